"""Audit records as Elastic's o365 integration, SOF-ELK and Wazuh keep them, turned back into the record.

Elastic: the record before the pipeline (``event.original`` or ``o365audit``) is taken where it was kept. Else ``o365.audit``
holds most of the record's keys, its bags of names and values folded to objects (which the record family reads as well); what the pipeline moved to common fields
(``event.id``, ``event.action``, ``event.provider``, ``organization.id``, ``client.address``, ``user.id``) is fetched back.
Wazuh: the record stands whole under ``office365``, its numbers as text.

Sources:
    - https://github.com/elastic/integrations   (packages/o365/data_stream/audit: ingest pipeline and its expected results)
    - https://github.com/philhagen/sof-elk   (configfiles/6701-microsoft365.conf)
    - https://github.com/wazuh/wazuh/issues/37478   (an alert)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.model.salvage import salvage
from mailwitness.sources._audit_shape import decoded, is_audit, json_object, utc_time

_MOVED: Mapping[str, tuple[str, ...]] = {
    "Id": ("event.id",),
    "Operation": ("event.action",),
    "Workload": ("event.provider",),
    "OrganizationId": ("organization.id",),
    "ClientIP": ("client.address", "client.ip", "source.address", "source.ip"),
    "UserId": ("user.id", "user.email"),
    "Folders": ("o365.audit.ExchangeAggregatedFolders",),
    "Messages": ("o365.audit.ExchangeAggregatedMessages",),
}
_PREFIX = "o365.audit."
_KIBANA_TIME = re.compile(r"([A-Z][a-z]{2} \d{1,2}, \d{4}) @ (\d\d:\d\d:\d\d)(?:\.\d+)?")


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    """The audit record of one hit, source document, alert or row."""
    hit: Mapping[str, Any] = frame.value
    source = next((hit[key] for key in ("_source", "fields") if isinstance(hit.get(key), Mapping)), hit)
    wazuh = _at(source, "data.office365") or _at(source, "office365")
    if isinstance(wazuh, Mapping):
        return RawRecord("audit_record", wazuh, frame.offset, frame.length)
    original = _at(source, "event.original")
    for kept in (original, source.get("o365audit"), _at(source, "message")):
        record = json_object(kept)
        if record is not None and is_audit(record):
            payload = kept if isinstance(kept, str) else record
            return RawRecord("audit_record", payload, frame.offset, frame.length)
    return _from_fields(frame, source, place)


def _from_fields(frame: Frame, source: Mapping[str, Any], place: Place) -> RawRecord | Reject:
    audit = _at(source, "o365.audit")
    record = dict(audit) if isinstance(audit, Mapping) else _nested(source)
    for name, paths in _MOVED.items():
        if record.get(name) in (None, ""):
            value = next((found for path in paths if (found := _at(source, path)) not in (None, "")), None)
            if value is not None:
                record[name] = value
    if not record.get("CreationTime"):
        record["CreationTime"] = _timestamp(_at(source, "@timestamp"), place)
    if record.get("Operation") in (None, ""):
        detail = "neither an audit record nor o365.audit with an operation is in the document"
        return Reject(frame.offset, frame.length, "no_operation", detail, **salvage(frame.raw))
    envelope = {"record_type_name": code} if isinstance(code := _at(source, "event.code"), str) and code else None
    return RawRecord("audit_record", record, frame.offset, frame.length, envelope)


def _at(source: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, written nested or as one key; a list of one (Elasticsearch ``fields``) is its value."""
    value: Any = source.get(path)
    if value is None:
        value = source
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], Mapping):
        value = value[0]
    return None if value == "-" else value


def _nested(source: Mapping[str, Any]) -> dict[str, Any]:
    """The record from keys like ``o365.audit.AppAccessContext.APIId``."""
    made: dict[str, Any] = {}
    for key in source:
        if not key.startswith(_PREFIX):
            continue
        value = decoded(_at(source, key))
        if value in (None, ""):
            continue
        *parents, name = key.removeprefix(_PREFIX).split(".")
        inside = made
        for parent in parents[:6]:
            inside = inside.setdefault(parent, {})
            if not isinstance(inside, dict):
                break
        else:
            inside[name] = value
    return made


def _timestamp(value: Any, place: Place) -> str | None:
    """``@timestamp``: ISO from the API; in a Kibana CSV in the viewer's zone, so the option ``time_zone`` is needed."""
    if isinstance(value, str) and (shown := _KIBANA_TIME.fullmatch(value.strip())):
        try:
            wall = datetime.strptime(f"{shown[1]} {shown[2]}", "%b %d, %Y %H:%M:%S")  # noqa: DTZ007 - zone follows
        except ValueError:
            return None
        return utc_time(wall.isoformat(sep=" "), place.options, "Local Time")
    return utc_time(value, place.options)
