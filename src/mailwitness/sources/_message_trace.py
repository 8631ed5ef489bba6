"""One row of a message trace, whatever its column names: the portal's, PowerShell's, Graph's or Defender's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord
from mailwitness.sources._audit_shape import utc_time
from mailwitness.sources._companion_shapes import value_of

_NAMES: Mapping[str, tuple[str, ...]] = {
    "internet_message_id": ("internetmessageid", "messageid"),
    "sender": ("senderaddress", "senderfromaddress", "sendermailfromaddress", "returnpath"),
    "subject": ("subject", "messagesubject"),
    "size_bytes": ("totalbytes", "size", "emailsize", "messagesize"),
    "status": ("status", "deliveryaction", "eventid"),
    "from_ip": ("fromip", "originalclientip", "senderipv4", "senderipv6"),
    "to_ip": ("toip",),
    "trace_id": ("messagetraceid", "networkmessageid", "id"),
}
_TIME = (
    "origintimestamputc",
    "origintimestamp",
    "datetimeutc",
    "datetime",
    "receiveddatetime",
    "received",
    "timestamp",
    "timegenerated",
)


def trace_record(row: Mapping[str, Any], frame: Frame, place: Place, operation: str) -> RawRecord:
    """The raw record of one trace row; ``recipient_status`` (``a@x##Deliver;b@x##…``) gives recipients and their states."""
    payload: dict[str, Any] = {column: value_of(row, names) for column, names in _NAMES.items()}
    payload["time"] = utc_time(value_of(row, _TIME), place.options)
    payload["operation"] = operation
    states = str(value_of(row, ("recipientstatus",)) or "")
    pairs = [part.partition("##") for part in states.split(";") if "##" in part]
    written = value_of(row, ("recipientaddress", "recipientemailaddress"))
    payload["recipients"] = [pair[0].strip() for pair in pairs] or str(written or "").split(";")
    if payload["status"] is None:
        payload["status"] = "; ".join(pair[2].strip() for pair in pairs) or None
    return RawRecord("message_trace", payload, frame.offset, frame.length)
