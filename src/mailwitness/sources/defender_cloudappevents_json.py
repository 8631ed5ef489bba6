"""CloudAppEvents from Defender XDR: answers of the hunting API, or rows of the streamed table (JSON, JSON lines).

One object per event; ``RawEventData``, text or object, holds the original audit record, which is what is read. Events of apps
outside Microsoft 365 carry something else there and are kept as other records.

Clock: ``CreationTime`` in RawEventData is UTC, written with a ``Z`` here.
Limits: an answer ends at its row limit without saying so. No real sample under an open licence is known; fixtures are written
    from the sources.
Sources:
    - https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-cloudappevents-table
    - https://learn.microsoft.com/en-us/defender-xdr/api-advanced-hunting   (Schema, Results)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._cloud_app_event import unwrap


def sniff(head: Head) -> bool:
    """True if the objects have RawEventData."""
    return head_shape(head) == "cloud_app_event"


READER = Reader("defender_cloudappevents_json", frozenset({"json", "json_lines"}), sniff, unwrap)
