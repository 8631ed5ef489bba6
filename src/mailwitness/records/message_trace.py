"""Message traces: one message on its way to one recipient, from Exchange's trace, Defender's EmailEvents or Graph.

One row per record. The payload's keys are the columns of ``message_traces`` and ``operation`` (what the export was). Each
record also gives the message's subject to the mailboxes of its sender and recipients, in ``message_mentions``.

Clock: received time, UTC.
Limits: the portal's historical search puts all recipients of a message into one row; ``recipient`` then lists them, and
    each has its own mention. A trace says that a message went to a mailbox, not that it was read.
Sources:
    - https://learn.microsoft.com/exchange/monitoring/trace-an-email-message/message-trace-modern-eac
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
    - https://learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table
"""

from __future__ import annotations

from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_address, parse_int, parse_text, parse_time


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    message_id = parse_text(payload.get("internet_message_id"))
    found = payload.get("recipients")
    listed = found if isinstance(found, list) else [payload.get("recipient")]
    recipients = [text.strip().lower() for text in listed if isinstance(text, str) and text.strip()]
    time = parse_time(payload.get("time"))
    sender = (parse_text(payload.get("sender")) or "").strip().lower() or None
    row: dict[str, Any] = {
        "time": time,
        "internet_message_id": message_id,
        "sender": sender,
        "recipient": "; ".join(recipients) or None,
        "subject": parse_text(payload.get("subject")),
        "size_bytes": parse_int(payload.get("size_bytes")),
        "status": parse_text(payload.get("status")),
        "from_ip": _address(payload.get("from_ip")),
        "to_ip": _address(payload.get("to_ip")),
    }
    row["row_id"] = content_id("message_traces", message_id, sender, recipients, time, payload.get("trace_id"))
    mailboxes = list(dict.fromkeys([*recipients, *([sender] if sender else [])]))
    mentions = [
        {
            "row_id": f"{row['row_id']}/{mailbox}",
            "time": time,
            "mailbox": mailbox,
            "internet_message_id": message_id,
            "subject": row["subject"],
            "sender": sender,
            "operation": parse_text(payload.get("operation")) or "MessageTrace",
        }
        for mailbox in mailboxes
        if message_id is not None
    ]
    return {"message_traces": [row], "message_mentions": mentions}


def _address(value: Any) -> str | None:
    text = parse_text(value)
    return parse_address(text)[0] or text


FAMILY = row_by_row("message_trace", "message_traces", ("message_mentions",), rows_of)
