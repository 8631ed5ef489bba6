"""Defender advanced hunting, table EmailEvents, as CSV: messages with subject, sender and recipient.

One row per message and recipient.

Clock: ``Timestamp``, UTC.
Limits: the portal's download has a row limit and does not say when it was reached. No real sample was at hand; the fixture is
    written from the documented columns.
Sources:
    - https://learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import column_kind
from mailwitness.sources._message_trace import trace_record


def sniff(head: Head) -> bool:
    """True for the columns of EmailEvents."""
    return column_kind(head) == "emailevents"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return trace_record(frame.value, frame, place, "EmailEvents")


READER = Reader("defender_emailevents_csv", frozenset({"csv"}), sniff, unwrap)
