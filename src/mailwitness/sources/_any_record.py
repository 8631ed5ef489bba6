"""A vendor record of whichever family, found inside some tool's own object.

Which family it is follows from the record's keys, record by record, so that one file may hold several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.sources import _cloud_app_event, _elastic_o365, _entra_shape, _hawk_simple, _office_activity
from mailwitness.sources._audit_shape import cell, json_object, shape_of, unwrap_audit_data

HOLDERS = ("record", "example_log", "result", "_raw", "raw", "event", "message", "log", "body", "data")
"""Keys under which tools put the record, in the order in which they are tried."""


def reading_of(frame: Frame, record: Mapping[str, Any], place: Place) -> RawRecord | Reject | None:
    """What an object is, if it is a record of a family known by its keys; None if it is not."""
    here = Frame(frame.raw, frame.offset, frame.length, record, frame.envelope)
    match shape_of(record):
        case "bare" | "recased":
            return RawRecord("audit_record", record, frame.offset, frame.length)
        case "wrapper" | "graph_query":
            return unwrap_audit_data(here, place)
        case "office_activity":
            return _office_activity.unwrap(here, place)
        case "cloud_app_event":
            return _cloud_app_event.unwrap(here, place)
        case "hawk_simple":
            return _hawk_simple.unwrap(here, place)
        case "elastic" | "wazuh":
            return _elastic_o365.unwrap(here, place)
    if _entra_shape.family_of(record) is None:
        return None
    return _entra_shape.to_raw(record, frame.offset, frame.length, options=place.options)


def held_record(record: Mapping[str, Any], depth: int = 2) -> dict[str, Any] | None:
    """The object, or JSON text of one, that some tool's object holds under a known key and that has a family."""
    for key in HOLDERS:
        inner = json_object(record.get(key))
        if inner is None:
            continue
        if shape_of(inner) is not None or _entra_shape.family_of(inner) is not None:
            return inner
        deeper = held_record(inner, depth - 1) if depth > 1 else None
        if deeper is not None:
            return deeper
    return None


def other(frame: Frame, record: Mapping[str, Any]) -> RawRecord:
    """An object of no known family, kept whole."""
    inner = next((found for key in HOLDERS if (found := json_object(record.get(key))) is not None), record)
    kind = cell(record, "sourcetype", "log_types", "source_type", "type")
    time = cell(inner, "creationtime", "createddatetime", "activitydatetime", "timegenerated", "timestamp", "time")
    payload = {
        "time": time,
        "id": cell(inner, "id"),
        "kind": ", ".join(map(str, kind)) if isinstance(kind, list) else kind or "record",
        "actor": cell(inner, "userid", "userprincipalname"),
        "detail": dict(inner),
    }
    return RawRecord("other_record", payload, frame.offset, frame.length)
