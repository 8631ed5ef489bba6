"""Audit records whose properties were made columns: one column per name, nested values as text or lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.sources._audit_shape import decoded, from_columns, lost_columns, lower_names, restored, utc_time


def expanded_reading(frame: Frame, row: Mapping[str, Any], place: Place) -> RawRecord | Reject:
    """The audit record from columns that bear its names; what the export left out stays out."""
    record = {name: decoded(value) for name, value in row.items() if value not in (None, "")}
    lost = lost_columns(record)
    record = restored(record)
    written = lower_names(tuple(record))
    envelope: dict[str, Any] = {}
    kind = record.get(written.get("recordtype", ""))
    if isinstance(kind, str) and not kind.isdecimal():
        envelope["record_type_name"] = kind
    time = utc_time(record.pop(written.get("creationtime", ""), None), place.options)
    if time is not None:
        record["CreationTime"] = time
    if lost:
        envelope["detail_lost"] = lost
    if "operation" not in written:
        detail = "the row has no Operation, so it is not known what happened"
        return Reject(frame.offset, frame.length, "no_operation", detail, **from_columns(row, place))
    return RawRecord("audit_record", record, frame.offset, frame.length, envelope or None)
