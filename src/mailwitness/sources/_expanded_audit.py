"""Audit records whose properties were made columns: one column per name, nested values as text or lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.sources._audit_shape import decoded, from_columns, lost_columns, lower_names, restored, utc_time

_WHOLE_COPY = frozenset({"auditdata", "_raw", "raweventdata", "officeid"})
_SIMPLE = frozenset({"auditid", "auditcreationtime", "fullcommand", "parameterstring"})
_PATH = re.compile(r"[a-z]+_\d+(_[a-z0-9]+)+|param_.+|(item|folder|destfolder|appaccesscontext)_[a-z0-9_]+")


def is_expanded(columns: frozenset[str]) -> bool:
    """Whether a header (lower case) holds the record's own names, as ``AuditData | ConvertFrom-Json | Export-Csv`` gives."""
    named = {"creationtime", "operation"} <= columns and bool(columns & {"id", "recordtype", "workload"})
    return named and not columns & _WHOLE_COPY and not is_flattened(columns)


def is_flattened(columns: frozenset[str]) -> bool:
    """Whether a header (lower case) is that of Hawk's simplified records."""
    if columns & _WHOLE_COPY or not columns & {"operation", "operations"}:
        return False
    return bool(columns & _SIMPLE) or any(_PATH.fullmatch(name) for name in columns)


def is_projected(columns: frozenset[str]) -> bool:
    """Whether a header (lower case) is a query's choice of columns that left the record's id out."""
    timed = columns & {
        "timegenerated",
        "timegenerated [utc]",
        "timegenerated [local time]",
        "creationtime",
        "creationdate",
    }
    if not timed or "operation" not in columns or not columns & {"userid", "userids"} or columns & _WHOLE_COPY:
        return False
    return not is_expanded(columns) and not is_flattened(columns) and not columns & {"id", "recordid", "identity"}


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
