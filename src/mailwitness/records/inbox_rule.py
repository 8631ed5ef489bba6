"""Inbox rules as an export shows them: Get-InboxRule, Graph messageRules, the tables of collection tools.

One row per rule. The payload's keys are the columns of ``inbox_rules``; ``conditions`` and ``actions`` may be objects.

Clock: rules carry no time; the row's time is null, because a rule in an export may be years old.
Limits: rules that were removed, and hidden ones unless asked for, are not in an export.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-inboxrule
    - https://learn.microsoft.com/graph/api/resources/messagerule
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import canonical_json, content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_bool, parse_text, parse_time

_TEXTS = ("mailbox", "operation", "rule_name", "rule_id", "forwards_to", "moves_to", "client_ip", "user_id")


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    row: dict[str, Any] = {name: parse_text(payload.get(name)) for name in _TEXTS}
    row["mailbox"] = row["mailbox"].lower() if row["mailbox"] and "@" in row["mailbox"] else row["mailbox"]
    row["operation"] = row["operation"] or "snapshot"
    row["time"] = parse_time(payload.get("time"))
    row["enabled"] = parse_bool(payload.get("enabled"))
    row["deletes"] = parse_bool(payload.get("deletes"))
    for name in ("conditions", "actions"):
        value = payload.get(name)
        row[name] = canonical_json(value) if isinstance(value, Mapping | list) else parse_text(value)
    row["row_id"] = content_id("inbox_rules", row)
    return {"inbox_rules": [row]}


FAMILY = row_by_row("inbox_rule", "inbox_rules", (), rows_of)
