"""Defender advanced hunting, table EmailEvents, as JSON: messages with subject, sender and recipient.

One record per message and recipient.

Clock: ``Timestamp``, UTC.
Limits: an answer of the API has a row limit. No real sample was at hand; the fixture is
    written from the documented columns.
Sources:
    - https://learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import record_kind
from mailwitness.sources._message_trace import trace_record


def sniff(head: Head) -> bool:
    """True for objects with the columns of EmailEvents."""
    return record_kind(head) == "emailevents"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return trace_record(frame.value, frame, place, "EmailEvents")


READER = Reader("defender_emailevents_json", frozenset({"json", "json_lines"}), sniff, unwrap)
