"""How a unified audit record is wrapped: recognition shared by all readers of it, and the ways to unwrap it.

``shape_of`` gives a JSON record one shape at most, and every JSON reader of audit records claims one shape, so no two can
claim one file. The CSV readers tell each other apart by their columns in the same way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reject
from mailwitness.model.salvage import salvage
from mailwitness.sources._entra_shape import family_of, instant
from mailwitness.sources._locale_dates import parse_locale_time

Shape = Literal[
    "wrapper", "graph_query", "bare", "recased", "office_activity", "cloud_app_event", "elastic", "wazuh", "hawk_simple"
]

REPEATED: Mapping[str, tuple[str, ...]] = {
    "id": ("identity", "recordid", "id", "officeid", "auditid"),
    "time": ("creationdate", "createddatetime", "creationtime", "timegenerated", "timegenerated [utc]", "timestamp"),
    "operation": ("operations", "operation", "actiontype"),
    "user_id": ("userids", "userprincipalname", "userid", "accountid"),
    "object_id": ("objectid", "officeobjectid"),
}
"""Columns around a record that repeat parts of it: what a reject can be salvaged from, lower case, best first."""

EXCEL_CELL_CHARACTERS = 32767  # support.microsoft.com, "Excel specifications and limits"


@lru_cache(maxsize=512)
def lower_names(names: tuple[str, ...]) -> Mapping[str, str]:
    """Lower-case name → the name as written; the first of two wins."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.strip().lower(), name)
    return found


def cell(row: Mapping[str, Any], *names: str) -> Any:
    """The first value of a row that is there and not empty, by lower-case names; None if there is none."""
    written = lower_names(tuple(row))
    for name in names:
        key = written.get(name)
        if key is not None and row[key] not in (None, ""):
            return row[key]
    return None


def is_audit(record: Mapping[str, Any]) -> bool:
    """Whether an object is a bare audit record, its keys in Microsoft's case."""
    return (
        "Operation" in record
        and "CreationTime" in record
        and ("RecordType" in record or "Workload" in record or "UserId" in record)
    )


def is_recased_audit(record: Mapping[str, Any]) -> bool:
    """Whether an object is a bare audit record whose keys some tool has put into another case."""
    keys = lower_names(tuple(record))
    return (
        not is_audit(record) and {"operation", "creationtime", "recordtype"} <= keys.keys() and "auditdata" not in keys
    )


def shape_of(record: Mapping[str, Any]) -> Shape | None:
    """The one way in which a JSON object wraps an audit record; None when it is not known to hold one."""
    if "AuditId" in record and "AuditCreationTime" in record:
        return "hawk_simple"
    if is_audit(record):
        return "bare"
    keys = lower_names(tuple(record))
    if "auditdata" in keys:
        return "graph_query" if "auditlogrecordtype" in keys else "wrapper"
    if "raweventdata" in keys:
        return "cloud_app_event"
    if "officeid" in keys and "operation" in keys:
        return "office_activity"
    inner = next((found for key in ("_source", "fields") if isinstance(found := record.get(key), dict)), record)
    if _is_wazuh(inner):
        return "wazuh"
    if _is_elastic(inner):
        return "elastic"
    return "recased" if is_recased_audit(record) else None


def _is_wazuh(record: Mapping[str, Any]) -> bool:
    data = record.get("data")
    holder = data if isinstance(data, dict) else record
    return isinstance(holder.get("office365"), dict)


def _is_elastic(record: Mapping[str, Any]) -> bool:
    if any(key.startswith("o365.audit.") for key in record):
        return True
    o365 = record.get("o365")
    if isinstance(o365, dict) and isinstance(o365.get("audit"), dict):
        return True
    return isinstance(record.get("o365audit"), dict)


def head_shape(head: Head) -> Shape | Literal["mixed"] | None:
    """The shape of all sampled records that have one; ``mixed`` when they have several, or Entra records are among them.

    A file whose first record is longer than the head, or cut off, shows no record: then the names in its text decide.
    """
    if not head.records:
        return text_shape(head.text)
    shapes = {shape for record in head.records if (shape := shape_of(record)) is not None}
    if len(shapes) > 1 or (shapes and any(family_of(record) is not None for record in head.records)):
        return "mixed"
    return next(iter(shapes), None)


def text_shape(text: str) -> Shape | None:
    """The shape that the names in a text speak for, where no record of it could be read."""
    names = set(re.findall(r'"(\w{2,20})"\s*:', text[:65536]))
    for name, shape in _TELLING_NAMES:
        if name in names:
            return shape
    return "bare" if is_audit(dict.fromkeys(names)) else None


_TELLING_NAMES: tuple[tuple[str, Shape], ...] = (
    ("auditLogRecordType", "graph_query"),
    ("AuditCreationTime", "hawk_simple"),
    ("AuditData", "wrapper"),
    ("RawEventData", "cloud_app_event"),
    ("OfficeId", "office_activity"),
    ("o365audit", "elastic"),
    ("office365", "wazuh"),
)


def from_columns(row: Mapping[str, Any], place: Place) -> dict[str, str]:
    """What the columns around a record say of it, as fields of a Reject; a time that could be two dates is left out."""
    found: dict[str, str] = {}
    for column, names in REPEATED.items():
        value = _time_of(row, place) if column == "time" else cell(row, *names)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            found[column] = str(value)
    return found


def unwrap_audit_data(frame: Frame, place: Place) -> RawRecord | Reject:
    """The audit record in the AuditData (or auditData) of a row or object."""
    row: Mapping[str, Any] = frame.value
    data = row.get("AuditData")
    if type(data) is str and data[:1] == "{" and data[-1:] == "}" and '"Id"' in data and '"CreationTime"' in data:
        # Nearly every row of every export: nothing to look up, nothing to decode.
        return RawRecord("audit_record", data, frame.offset, frame.length, _type_name(row.get("RecordType")))
    return wrapped_reading(frame, row, cell(row, "auditdata"), place)


def wrapped_reading(
    frame: Frame, row: Mapping[str, Any], data: Any, place: Place, name: str = "AuditData"
) -> RawRecord | Reject:
    """The audit record in a wrapper's cell ``name``, JSON text or object; the columns around it become the envelope.

    A text that begins and ends as an object is handed on as it is; decoding it is the record family's work, done once.
    """
    record = restored(data) if isinstance(data, Mapping) else None
    text = data.strip() if isinstance(data, str) else ""
    envelope = _type_name(cell(row, "recordtype", "auditlogrecordtype"))
    if text.startswith("@{") and (record := from_powershell_text(text)) is not None:
        envelope = {**(envelope or {}), "detail_lost": name}
    elif text[:1] == "{" and text[-1:] == "}":
        if '"Id"' in text and '"CreationTime"' in text:
            return RawRecord("audit_record", text, frame.offset, frame.length, envelope)
        record = json_object(text)
    if record is not None:
        for key, value in (("Id", cell(row, *REPEATED["id"])), ("CreationTime", _time_of(row, place))):
            if record.get(key) is None and key.lower() not in lower_names(tuple(record)) and value is not None:
                record[key] = value
        return RawRecord("audit_record", record, frame.offset, frame.length, envelope)
    known = from_columns(row, place)
    if not text:
        detail = f"{name} is empty; only the columns around it say what the record was"
        return Reject(frame.offset, frame.length, "audit_data_empty", detail, **known)
    saved = {**known, **salvage(text)}
    if text[:1] == "{" and text[-1:] != "}":
        detail = f"{name} ends after {len(text)} characters inside the record"
        if len(text) >= EXCEL_CELL_CHARACTERS - 1:
            detail += "; a spreadsheet cuts a cell at 32,767 characters: take the export that was not re-saved"
        return Reject(frame.offset, frame.length, "audit_data_cut_off", detail, **saved)
    detail = f"{name} is no JSON object; it begins {text[:40]!r}"
    return Reject(frame.offset, frame.length, "audit_data_not_json", detail, **saved)


def _type_name(kind: Any) -> dict[str, Any] | None:
    """The envelope that names the record's type, where the wrapper has a name and not the record's number again."""
    if not isinstance(kind, str) or not kind or kind.isdecimal():
        return None
    return {"record_type_name": kind[0].upper() + kind[1:]}


def _time_of(row: Mapping[str, Any], place: Place) -> str | None:
    return utc_time(cell(row, *REPEATED["time"]), place.options)


_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\\?/Date\(")
# Of the browsers' English forms only that of the United States has a comma and capitals.
_BROWSER_US = re.compile(r"\d{1,2}/\d{1,2}/\d{4}, .*[AP]M")


def utc_time(value: Any, options: Mapping[str, str], zone: str | None = None) -> str | None:
    """The instant as ISO 8601 text; None where the text leaves it open (two dates possible, or a zone not known).

    ``zone`` is the mark in the column's header: none or ``UTC`` is UTC, for any other the option ``time_zone`` is needed.
    """
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip()
    found = instant(text, zone, options)
    if found is not None and _ISO.match(found):
        return found
    if zone in (None, "UTC") and "day_first" not in options and _BROWSER_US.fullmatch(text):
        read = parse_locale_time(text, day_first=False)
        return None if read is None else read.isoformat() + "Z"
    return None


_PS_OBJECT = re.compile(r"@\{([^{}]*)\}")
_PS_PAIR = re.compile(r"(?:^|(?<=; ))(\w++)=(.*?)(?:; (?=\w++=)|$)", re.DOTALL)
_LOST = re.compile(r"System\.(Object\[\]|Collections\.[\w.`\[\]]+|Management\.Automation\.[\w.]+)")


def from_powershell_text(text: str) -> dict[str, Any] | None:
    """The pairs of ``@{Name=X; Value=Y}``, PowerShell's text for an object that ``ConvertTo-Json`` had no depth left for."""
    found = _PS_OBJECT.fullmatch(text.strip())
    return dict(_PS_PAIR.findall(found[1])) if found is not None else None


def restored(value: Any, depth: int = 32) -> Any:
    """A decoded record with PowerShell's object texts made objects again, and texts that say only a type taken out."""
    if depth and isinstance(value, Mapping):
        return {key: restored(inner, depth - 1) for key, inner in value.items() if not _is_lost(inner)}
    if depth and isinstance(value, list):
        return [restored(inner, depth - 1) for inner in value if not _is_lost(inner)]
    if isinstance(value, str) and value.startswith("@{") and value.endswith("}"):
        objects = [dict(_PS_PAIR.findall(inner)) for inner in _PS_OBJECT.findall(value)]
        if len(objects) > 1 and _PS_OBJECT.sub("", value).strip() == "":
            return objects
        return from_powershell_text(value) or value
    return value


def _is_lost(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("System.") and _LOST.fullmatch(value) is not None


def lost_columns(row: Mapping[str, Any]) -> str:
    """The names of the cells whose content the export left out, joined by commas."""
    return ", ".join(name for name, value in row.items() if _is_lost(value))


_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # whole pairs match too and come back unchanged
_NESTED = re.compile(r"\s*(\[\s*[\[{\"\]]|\{\s*[\"}])")


def decoded(text: Any) -> Any:
    """A cell with JSON in it as its value; any other cell as it is. Half a surrogate pair (a cut emoji) becomes ``?``."""
    if not isinstance(text, str) or not _NESTED.match(text):
        return text
    try:
        value = json.loads(text, strict=False)
        if _HALF_PAIR.search(text):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return text
    return value


def json_object(text: Any) -> dict[str, Any] | None:
    """The object that a text or value is; None when it is none."""
    value = decoded(text)
    return value if isinstance(value, dict) else None
