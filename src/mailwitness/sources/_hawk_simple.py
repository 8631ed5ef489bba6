"""Hawk's simplified audit records, put back into the record: what its CSV and its JSON have in common.

``Folders_0_FolderItems_0_InternetMessageId`` becomes folders and items, ``Param_*`` parameters, ``AppAccessContextUniqueTokenId``
and its neighbours the access context; what Hawk added of its own (``FullCommand``, the search's columns) is left out.

Sources:
    - https://github.com/T0pCyber/hawk   (Hawk/internal/functions/Get-SimpleUnifiedAuditLog.ps1, several versions)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.sources._expanded_audit import expanded_reading

_RENAMED: Mapping[str, str] = {
    "auditid": "Id",
    "auditcreationtime": "CreationTime",
    "auditrecordtype": "RecordType",
    "aadsessionid": "AppAccessContext_AADSessionId",
    "appaccesscontextissuedattime": "AppAccessContext_IssuedAtTime",
    "appaccesscontextuniquetokenid": "AppAccessContext_UniqueTokenId",
}
_FALLBACK: Mapping[str, str] = {
    "identity": "Id",
    "creationdate": "CreationTime",
    "operations": "Operation",
    "userids": "UserId",
}
_MADE_UP = frozenset(
    {"parameters", "parameterstring", "fullcommand", "isvalid", "objectstate", "resultindex", "resultcount"}
)
_OBJECTS = frozenset({"Item", "Folder", "DestFolder", "AppAccessContext"})
_MAX_DEPTH = 8


def rebuilt(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record that a flattened row was made from, as far as its columns go."""
    flat: dict[str, Any] = {}
    fallback: dict[str, Any] = {}
    parameters: list[dict[str, Any]] = []
    written_type = {name.lower() for name in row} & {"auditrecordtype"}
    for name, value in row.items():
        lower = name.lower()
        if value is None or value == "" or lower in _MADE_UP or (lower == "recordtype" and written_type):
            continue
        if lower.startswith("param_"):
            parameters.append({"Name": name[len("param_") :], "Value": value})
        elif lower in _FALLBACK:
            fallback[_FALLBACK[lower]] = value
        else:
            flat[_RENAMED.get(lower, name)] = value
    for name, value in fallback.items():
        flat.setdefault(name, value)
    record: dict[str, Any] = {}
    for name, value in flat.items():
        _put(record, _path(name), value)
    made: dict[str, Any] = {name: _listed(value) for name, value in record.items()}
    if parameters:
        made["Parameters"] = parameters
    return made


def _path(name: str) -> list[str]:
    """``Folders_0_Path`` in its parts; a name that is no path (``Name_1``, a collision) stays one."""
    parts = name.split("_")
    nested = (len(parts) > 2 and parts[1].isdecimal()) or parts[0] in _OBJECTS
    return parts if nested and all(parts) and len(parts) <= _MAX_DEPTH else [name]


def _put(record: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inside = record.setdefault(part, {})
        if not isinstance(inside, dict):
            return
        record = inside
    record.setdefault(path[-1], value)


def _listed(value: Any, depth: int = _MAX_DEPTH) -> Any:
    """Objects whose keys all are numbers as lists, in the order of the numbers."""
    if not isinstance(value, dict) or not depth:
        return value
    inside = {key: _listed(member, depth - 1) for key, member in value.items()}
    if inside and all(key.isdecimal() for key in inside):
        return [inside[key] for key in sorted(inside, key=lambda key: (len(key), key))]
    return inside


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    row: Mapping[str, Any] = frame.value
    if row.get("RecordType") == "Error" and row.get("ObjectState") == "Error":
        detail = f"Hawk could not convert this record: {str(row.get('ErrorDetails') or row.get('Operations'))[:200]}"
        return Reject(frame.offset, frame.length, "export_error", detail)
    return expanded_reading(frame, rebuilt(row), place)
