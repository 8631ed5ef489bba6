"""Messages as an inventory lists them: any table that puts a message's id beside its subject.

One row per listed message. The payload's keys are the columns of ``message_mentions``.

Clock: the message's own received or sent time, where the inventory has one.
Limits: an inventory shows what a mailbox held when it was made; a deleted message is not in it.
Sources:
    - https://learn.microsoft.com/graph/api/resources/message
"""

from __future__ import annotations

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_text, parse_time

_TEXTS = ("mailbox", "internet_message_id", "subject", "sender", "folder_path", "operation")


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    row = {name: parse_text(payload.get(name)) for name in _TEXTS}
    row["mailbox"] = row["mailbox"].lower() if row["mailbox"] else None
    row["sender"] = row["sender"].lower() if row["sender"] else None
    row["operation"] = row["operation"] or "inventory"
    time = parse_time(payload.get("time"))
    return {"message_mentions": [{"row_id": content_id("message_mentions", row, time), "time": time, **row}]}


FAMILY = row_by_row("message_mention", "message_mentions", (), rows_of)
