"""Message traces as JSON: Graph's exchangeMessageTrace pages, and Get-MessageTrace(V2) piped to ConvertTo-Json.

One record per message and recipient.

Clock: ``receivedDateTime`` and ``Received``, UTC.
Limits: a page that names a next link is not the last one. No real sample was at hand; the fixture is written from the
    documented resource.
Sources:
    - https://learn.microsoft.com/graph/api/messagetracingroot-list-messagetraces
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import record_kind
from mailwitness.sources._message_trace import trace_record


def sniff(head: Head) -> bool:
    """True for objects with message id, sender and recipient of a trace."""
    return record_kind(head) == "message_trace"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return trace_record(frame.value, frame, place, "MessageTrace")


READER = Reader("message_trace_json", frozenset({"json", "json_lines"}), sniff, unwrap)
