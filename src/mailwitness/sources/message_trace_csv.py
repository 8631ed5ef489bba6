"""Message traces as a table: the portal's historical search, Get-MessageTrace and Get-MessageTraceV2 piped to Export-Csv.

One row per message and recipient; the portal's summary report has one row per message with all its recipients.

Clock: ``origin_timestamp`` and ``Received``, UTC, written in the culture of the machine; a date that could be two is unknown.
Limits: the portal's files hold what the search asked for, at most 100,000 messages. No real sample was at hand; the fixtures
    are written from the documented columns.
Sources:
    - https://learn.microsoft.com/exchange/monitoring/trace-an-email-message/message-trace-modern-eac
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import column_kind
from mailwitness.sources._message_trace import trace_record


def sniff(head: Head) -> bool:
    """True for a header with message id, sender and recipient of a trace."""
    return column_kind(head) == "message_trace"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return trace_record(frame.value, frame, place, "MessageTrace")


READER = Reader("message_trace_csv", frozenset({"csv"}), sniff, unwrap)
