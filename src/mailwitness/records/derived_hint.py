"""Rows of other tools' derived tables: sessions, message lists, hunting results.

One row per line of such a table. The payload's keys are the columns of ``derived_hints``; ``detail`` is the line itself.

Clock: whatever the tool wrote.
Limits: a hint, never evidence for a verdict: how the tool came to it cannot be checked from the row.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-MailItemsAccessed.ps1)
"""

from __future__ import annotations

from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import canonical_json, content_id
from mailwitness.records.other_record import DETAIL_CHARACTERS, payload_mapping
from mailwitness.records.values import parse_address, parse_text, parse_time

_TEXTS = ("kind", "user_id", "session_id", "internet_message_id", "folder_path")


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    row: dict[str, Any] = {name: parse_text(payload.get(name)) for name in _TEXTS}
    address = parse_text(payload.get("client_ip"))
    row["client_ip"] = parse_address(address)[0] or address
    row["time"] = parse_time(payload.get("time"))
    row["row_id"] = content_id("derived_hints", row, payload.get("detail"))
    row["detail"] = canonical_json(payload.get("detail"))[:DETAIL_CHARACTERS]
    return {"derived_hints": [row]}


FAMILY = row_by_row("derived_hint", "derived_hints", (), rows_of)
