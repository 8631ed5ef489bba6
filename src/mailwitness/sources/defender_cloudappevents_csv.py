"""CloudAppEvents from Defender XDR advanced hunting (CSV).

One row per event; ``RawEventData`` holds the original audit record, which is what is read. Events of apps outside Microsoft 365
carry something else there and are kept as other records.

Clock: ``CreationTime`` in RawEventData is UTC, written with a ``Z`` here.
Limits: an answer ends at 30,000 or 100,000 rows, depending on when it was asked, without saying so. No real sample under an
    open licence is known; fixtures are written from the sources.
Sources:
    - https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-cloudappevents-table
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._cloud_app_event import unwrap


def sniff(head: Head) -> bool:
    """True for a header with RawEventData."""
    return header_shape(head) == "cloud_app_event"


READER = Reader("defender_cloudappevents_csv", frozenset({"csv"}), sniff, unwrap)
