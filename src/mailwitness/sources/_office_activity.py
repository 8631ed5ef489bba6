"""The OfficeActivity table of Log Analytics, its columns turned back into the names of the audit record.

The connector re-columned the record: some names got an underscore, some a prefix, enumerations became names (which stay names
here, the record family knows their numbers), nested values became JSON text. Columns that only Log Analytics adds are dropped; every other column keeps its name and value, empty cells
are unknown and left out.

Clock: ``TimeGenerated`` is the record's CreationTime in this table. Where an export has no such column, ``Start_Time`` stands
    in: in the public sample it lies 6 to 14 minutes later, so it is a time the act was before, not its instant.
Limits: not every record type of the unified log reaches this table, and columns the connector does not know are not there. A
    column marked ``[Local Time]`` carries no offset; without the option ``time_zone`` such a time is left out.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/officeactivity
    - https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema   (enumerations)
    - https://github.com/Azure/Azure-Sentinel   (Solutions/Training, a real sample; issue 8970, record types that do not arrive)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.sources._audit_shape import decoded, from_columns, utc_time

_RENAMED: Mapping[str, str] = {
    "officeid": "Id",
    "officeworkload": "Workload",
    "officeobjectid": "ObjectId",
    "client_ipaddress": "ClientIPAddress",
    "logon_type": "LogonType",
    "event_data": "EventData",
    "source_name": "SourceName",
    "site_url": "SiteUrl",
    "azureactivedirectory_eventtype": "AzureActiveDirectoryEventType",
    "aadtarget": "Target",
    "userids": "UserId",
}
_NOT_THE_RECORDS = frozenset(
    {"tenantid", "sourcesystem", "type", "tablename", "_resourceid", "_itemid", "_timereceived", "mg", "sourcerecordid"}
    | {"resultreasontype", "officetenantid", "_billedsize", "_isbillable", "_subscriptionid"}
)
_TIMES = ("TimeGenerated", "CreationTime", "CreationDate", "Start_Time", "ElevationTime", "ElevationApprovedTime")
_OTHER_TIMES = _TIMES[3:]
_TIME_MARK = re.compile(r"^(.*?)\s*\[([^\]]*)\]$")


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...]) -> tuple[tuple[str, str, str | None], ...]:
    """(column as written, name in the audit record, zone of a time column) for the columns that are the record's."""
    made = []
    for written in names:
        marked = _TIME_MARK.match(written)
        name, zone = (marked[1], marked[2]) if marked else (written, None)
        lower = name.lower()
        if lower in _NOT_THE_RECORDS:
            continue
        if lower.endswith("_"):
            name, lower = name[:-1], lower[:-1]
        made.append((written, _RENAMED.get(lower, name), zone))
    return tuple(made)


def audit_record(row: Mapping[str, Any], place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the audit record, its envelope) that a row of OfficeActivity is."""
    record: dict[str, Any] = {}
    times: dict[str, str] = {}
    for column, name, zone in _columns(tuple(row)):
        value = row[column]
        if value is None or value == "" or name in record:
            continue
        if name in _TIMES:
            time = utc_time(value, place.options, zone)
            if time is not None:
                times[name] = time
            continue
        record[name] = decoded(value)
    record.update((name, times[name]) for name in _OTHER_TIMES if name in times)
    time = next((times[name] for name in _TIMES[:4] if name in times), None)
    if time is not None:
        record["CreationTime"] = time
    envelope: dict[str, Any] = {}
    kind = record.get("RecordType")
    if isinstance(kind, str) and not kind.isdecimal():
        envelope["record_type_name"] = kind
    return record, envelope


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    """The audit record that one row of OfficeActivity is."""
    record, envelope = audit_record(frame.value, place)
    if "Operation" not in record:
        detail = "the row of OfficeActivity has no Operation, so it is not known what happened"
        return Reject(frame.offset, frame.length, "no_operation", detail, **from_columns(frame.value, place))
    return RawRecord("audit_record", record, frame.offset, frame.length, envelope or None)
