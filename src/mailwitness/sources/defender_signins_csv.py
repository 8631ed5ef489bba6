"""Defender XDR advanced hunting, sign-ins: ``AADSignInEventsBeta`` and ``EntraIdSignInEvents`` and their service-principal twins.

One row per sign-in, as CSV or as ``Results`` of the API; the sign-in's id is ``RequestId``.

Clock: ``Timestamp``, UTC.
Limits: authentication steps are not in these tables. ``ConditionalAccessStatus`` is a number: 0 applied, 1 failed, 2 not applied.
    No real sample under an open licence is known: fixtures follow the tables' description.
Sources:
    - https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-aadsignineventsbeta-table
    - https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-entraidsigninevents-table
    - https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-aadspnsignineventsbeta-table
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._entra_names import STREAMS
from mailwitness.sources._entra_shape import instant

_NAMES = {
    "timestamp": "createdDateTime",
    "requestid": "id",
    "correlationid": "correlationId",
    "sessionid": "sessionId",
    "uniquetokenid": "uniqueTokenIdentifier",
    "accountdisplayname": "userDisplayName",
    "accountobjectid": "userId",
    "accountupn": "userPrincipalName",
    "application": "appDisplayName",
    "applicationid": "appId",
    "resourcedisplayname": "resourceDisplayName",
    "resourceid": "resourceId",
    "resourcetenantid": "resourceTenantId",
    "authenticationrequirement": "authenticationRequirement",
    "tokenissuertype": "tokenIssuerType",
    "useragent": "userAgent",
    "clientappused": "clientAppUsed",
    "conditionalaccesspolicies": "appliedConditionalAccessPolicies",
    "ipaddress": "ipAddress",
    "serviceprincipalid": "servicePrincipalId",
    "serviceprincipalname": "servicePrincipalName",
}
_POLICY_STATUS = {"0": "success", "1": "failure", "2": "notApplied"}
_PORTAL_ZONE = " [utc]"


@lru_cache(maxsize=256)
def _columns(names: tuple[str, ...]) -> Mapping[str, str]:
    """Lower-case column → the name as written."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.strip().lower().removesuffix(_PORTAL_ZONE), name)
    return found


def sniff(head: Head) -> bool:
    """True for a time stamp, a request id and an error code beside an application."""
    columns = _columns(head.header or tuple(key for record in head.records for key in record)).keys()
    return {"timestamp", "requestid", "errorcode", "applicationid"} <= columns and "raweventdata" not in columns


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    """The sign-in of one row."""
    row = frame.value
    if not isinstance(row, dict):
        return Reject(
            frame.offset, frame.length, "not_an_object", f"A row was expected here, found {type(row).__name__}."
        )
    written = _columns(tuple(row))
    cells = {key: row[name] for key, name in written.items() if row[name] not in (None, "")}
    payload: dict[str, Any] = {name: cells[key] for key, name in _NAMES.items() if key in cells}
    if "createdDateTime" in payload:
        payload["createdDateTime"] = instant(payload["createdDateTime"], "UTC", place.options)
    if "errorcode" in cells:
        payload["status"] = {"errorCode": cells["errorcode"]}
    if "country" in cells or "city" in cells:
        payload["location"] = {"countryOrRegion": cells.get("country"), "city": cells.get("city")}
    device = cells.get("entraiddeviceid") or cells.get("aaddeviceid")
    if device is not None:
        payload["deviceDetail"] = {"deviceId": device}
    status = str(cells.get("conditionalaccessstatus", ""))
    if status:
        payload["conditionalAccessStatus"] = _POLICY_STATUS.get(status, status)
    return RawRecord("signin", payload, frame.offset, frame.length, {"stream": _stream(cells)})


def _stream(cells: Mapping[str, Any]) -> str | None:
    managed = str(cells.get("ismanagedidentity", "")).lower()
    if managed in ("true", "1"):
        return "managed_identity"
    if managed in ("false", "0"):
        return "service_principal"
    kinds = str(cells.get("logontype", "")).lower()
    found = {stream for name, stream in STREAMS.items() if f'"{name}"' in kinds or kinds.strip("[] ") == name}
    return found.pop() if len(found) == 1 else None


READER = Reader("defender_signins_csv", frozenset({"csv", "json", "json_lines"}), sniff, unwrap, rank=1)
