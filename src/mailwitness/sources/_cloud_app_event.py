"""The CloudAppEvents table of Defender XDR: the audit record inside ``RawEventData``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.sources._audit_shape import cell, is_audit, is_recased_audit, json_object, utc_time, wrapped_reading


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    """The audit record of one row; an event of another cloud app is kept whole as an other record."""
    row: Mapping[str, Any] = frame.value
    data = cell(row, "raweventdata")
    record = json_object(data)
    if record is None or is_audit(record) or is_recased_audit(record):
        return wrapped_reading(frame, row, data, place, "RawEventData")
    other = {
        "time": utc_time(
            cell(row, "timestamp", "timegenerated", "timestamp [utc]", "timegenerated [utc]"), place.options
        ),
        "id": cell(row, "reportid"),
        "kind": cell(row, "application", "actiontype") or "cloud_app_event",
        "actor": cell(row, "accountdisplayname", "accountid", "accountobjectid"),
        "detail": dict(row),
    }
    return RawRecord("other_record", other, frame.offset, frame.length)
