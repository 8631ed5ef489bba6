"""Entra admin centre, audit logs downloaded as CSV.

One row per directory audit, its targets, their changed properties and the additional details spread over numbered columns
(``Target1ModifiedProperty2NewValue``), which are put together again.

Clock: ``Date (UTC)``; ISO, in older downloads in the culture of the browser.
Limits: the file has at most three targets of five properties each, and no record id: a row's key is made of its content, so it
    does not merge with the same audit from Graph. Header names are those of the English portal. No real
    sample under an open licence is known: fixtures follow the sources.
Sources:
    - https://learn.microsoft.com/en-us/entra/identity/monitoring-health/howto-download-logs
    - https://github.com/bitpusher2k   (header list in ProcessEntraAuditLog.ps1)
    - https://learn.microsoft.com/en-us/graph/api/resources/directoryaudit
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._entra_shape import instant

_NAMES = {
    "dateutc": "activityDateTime",
    "date": "activityDateTime",
    "correlationid": "correlationId",
    "service": "loggedByService",
    "category": "category",
    "activity": "activityDisplayName",
    "result": "result",
    "resultreason": "resultReason",
    "useragent": "userAgent",
    "operationtype": "operationType",
    "auditid": "id",
    "id": "id",
}
_USER = {
    "actordisplayname": "displayName",
    "actorobjectid": "id",
    "actoruserprincipalname": "userPrincipalName",
    "ipaddress": "ipAddress",
}
_APP = {
    "actordisplayname": "displayName",
    "actorserviceprincipalid": "servicePrincipalId",
    "actorserviceprincipalname": "servicePrincipalName",
}
_TARGET = re.compile(r"^target(\d{1,2})(type|displayname|objectid|userprincipalname)$")
_TARGET_NAMES = {
    "type": "type",
    "displayname": "displayName",
    "objectid": "id",
    "userprincipalname": "userPrincipalName",
}
_PROPERTY = re.compile(r"^target(\d{1,2})modifiedproperty(\d{1,2})(name|oldvalue|newvalue)$")
_PROPERTY_NAMES = {"name": "displayName", "oldvalue": "oldValue", "newvalue": "newValue"}
_DETAIL = re.compile(r"^additionaldetails?(\d{1,2})(key|value)$")


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def sniff(head: Head) -> bool:
    """True for the admin centre's header: activity, service, category and the columns of an actor or a first target."""
    columns = {_bare(name) for name in head.header}
    return {"activity", "category", "service"} <= columns and any(c.startswith(("target1", "actor")) for c in columns)


def unwrap(frame: Frame, place: Place) -> RawRecord:
    """The directory audit of one row, nested as Graph gives it."""
    row: Mapping[str, Any] = frame.value
    cells = {_bare(name): value for name, value in row.items() if value}
    payload: dict[str, Any] = {name: cells[key] for key, name in _NAMES.items() if key in cells}
    if "activityDateTime" in payload:
        payload["activityDateTime"] = instant(payload["activityDateTime"], "UTC", place.options)
    if cells.get("actortype", "").lower() in ("application", "serviceprincipal", "app") or (
        "actorserviceprincipalid" in cells and "actoruserprincipalname" not in cells
    ):
        payload["initiatedBy"] = {"app": {name: cells[key] for key, name in _APP.items() if key in cells}}
    else:
        payload["initiatedBy"] = {"user": {name: cells[key] for key, name in _USER.items() if key in cells}}
    if "ipaddress" in cells:
        payload["callerIpAddress"] = cells["ipaddress"]
    payload["targetResources"] = _targets(cells)
    payload["additionalDetails"] = _details(cells)
    return RawRecord("directory_audit", payload, frame.offset, frame.length)


def _targets(cells: Mapping[str, Any]) -> list[dict[str, Any]]:
    targets: dict[int, dict[str, Any]] = {}
    properties: dict[tuple[int, int], dict[str, Any]] = {}
    for key, value in cells.items():
        if (found := _TARGET.match(key)) is not None:
            targets.setdefault(int(found[1]), {})[_TARGET_NAMES[found[2]]] = value
        elif (found := _PROPERTY.match(key)) is not None:
            properties.setdefault((int(found[1]), int(found[2])), {})[_PROPERTY_NAMES[found[3]]] = value
    for number, place in sorted(properties):
        target = targets.setdefault(number, {})
        target.setdefault("modifiedProperties", []).append(properties[number, place])
    return [targets[number] for number in sorted(targets)]


def _details(cells: Mapping[str, Any]) -> list[dict[str, Any]]:
    details: dict[int, dict[str, Any]] = {}
    for key, value in cells.items():
        if (found := _DETAIL.match(key)) is not None:
            details.setdefault(int(found[1]), {})[found[2]] = value
    return [details[number] for number in sorted(details)]


READER = Reader("entra_audits_csv", frozenset({"csv"}), sniff, unwrap, rank=1)
