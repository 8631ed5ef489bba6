"""Conditional Access policies as an export shows them, from the payload in Graph's names.

One row of ``conditional_access_policies`` per state of a policy: exports that show the same state are one row, a policy that
was changed between two exports is two.

Clock: none of its own, so ``time`` is null unless the reader's envelope names the export's; ``modified_at`` is the policy's
    last change, UTC.
Limits: a state seen in an export holds since ``modified_at`` at the latest; what was before is in directory audits.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/conditionalaccesspolicy
"""

from __future__ import annotations

from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import canonical_json, content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_text, parse_time


def rows_of(raw: RawRecord) -> Rows | Reject:
    record = payload_mapping(raw)
    if isinstance(record, Reject):
        return record
    row: dict[str, Any] = {
        "id": parse_text(record.get("id")),
        "name": parse_text(record.get("displayName")),
        "state": parse_text(record.get("state")),
        "conditions": _json(record.get("conditions")),
        "grant_controls": _json(record.get("grantControls")),
        "session_controls": _json(record.get("sessionControls")),
        "modified_at": parse_time(record.get("modifiedDateTime")),
    }
    if row["id"] is None and row["name"] is None:
        return Reject(raw.offset, raw.length, "no_policy", "Neither an id nor a name of a Conditional Access policy.")
    row["row_id"] = content_id("conditional_access_policies", row)
    row["time"] = parse_time((raw.envelope or {}).get("time"))
    return {"conditional_access_policies": [row]}


def _json(value: Any) -> str | None:
    return None if value is None or value == "" else canonical_json(value)


FAMILY = row_by_row("conditional_access_policy", "conditional_access_policies", (), rows_of)
