"""Well-read records of kinds that no table holds: companions such as permissions, devices, roles, old mailbox audit entries.

One row per record. The payload's keys are the columns of ``other_records``; ``detail`` is the record itself.

Clock: whatever time the record names; null when it names none.
Limits: ``detail`` is cut to 4,000 characters, the whole record stays in the evidence.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (companion files)
    - https://github.com/cisagov/untitledgoosetool   (companion files)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import canonical_json, content_id
from mailwitness.records.values import parse_text, parse_time

DETAIL_CHARACTERS = 4000


def other_row(
    kind: str | None, detail: Any, time: Any = None, id: str | None = None, actor: Any = None
) -> dict[str, Any]:
    """One row of ``other_records``; its id from the vendor's id where there is one, else from the content and its time."""
    when = parse_time(time)
    return {
        "row_id": f"other_records:{kind}:{id}" if id else content_id("other_records", kind, when, detail),
        "time": when,
        "id": id,
        "kind": kind,
        "actor": parse_text(actor),
        "detail": canonical_json(detail)[:DETAIL_CHARACTERS],
    }


def payload_mapping(raw: RawRecord) -> Mapping[str, Any] | Reject:
    """The payload if it is an object; our readers give nothing else, a stored record might."""
    if isinstance(raw.payload, Mapping):
        return raw.payload
    return Reject(
        raw.offset, raw.length, "not_an_object", f"{raw.family}: an object is due, found {type(raw.payload).__name__}"
    )


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    row = other_row(
        parse_text(payload.get("kind")),
        payload.get("detail"),
        payload.get("time"),
        parse_text(payload.get("id")),
        payload.get("actor"),
    )
    return {"other_records": [row]}


FAMILY = row_by_row("other_record", "other_records", (), rows_of)
