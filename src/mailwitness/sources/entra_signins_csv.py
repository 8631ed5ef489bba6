"""Entra admin centre, sign-in logs downloaded as CSV (all four streams).

One row per sign-in. Headers have trailing and double blanks (``Application ID ``, ``Autonomous system  number``) and
``Incoming token type`` twice, of which the first filled one counts. The header tells users from service principals; which
of the two streams of each it is, only the file's name does (``InteractiveSignIns_…``, ``NonInteractiveSignIns_…``,
``ApplicationSignIns_…``, ``MSISignIns_…``), and a name that contradicts the header says nothing.

Clock: ``Date (UTC)``; ISO, in older downloads in the culture of the browser.
Limits: applied Conditional Access policies and authentication steps are not in this file. Non-interactive rows may stand for
    several sign-ins that the portal grouped. Header names are those of the English portal. The portal's words
    for Graph's values (``Primary refresh token``) are given in Graph's form where known. A full file (100,000 rows) is
    likely cut. No real sample under an open licence is known: fixtures follow the sources.
Sources:
    - https://learn.microsoft.com/en-us/entra/identity/monitoring-health/howto-download-logs
    - https://github.com/philhagen/sof-elk/issues/274   (file names)
    - https://github.com/bitpusher2k   (header lists in ProcessEntraSignInLog.ps1)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._entra_shape import instant, stream_of_name

_NAMES = {
    "dateutc": "createdDateTime",
    "date": "createdDateTime",
    "datelocal": "createdDateTime",
    "requestid": "id",
    "useragent": "userAgent",
    "correlationid": "correlationId",
    "userid": "userId",
    "user": "userDisplayName",
    "username": "userPrincipalName",
    "usertype": "userType",
    "crosstenantaccesstype": "crossTenantAccessType",
    "incomingtokentype": "incomingTokenType",
    "authenticationprotocol": "authenticationProtocol",
    "uniquetokenidentifier": "uniqueTokenIdentifier",
    "originaltransfermethod": "originalTransferMethod",
    "clientcredentialtype": "clientCredentialType",
    "tokenprotectionsigninsession": "signInTokenProtectionStatus",
    "application": "appDisplayName",
    "applicationid": "appId",
    "resource": "resourceDisplayName",
    "resourceid": "resourceId",
    "resourcetenantid": "resourceTenantId",
    "resourceownertenantid": "resourceOwnerTenantId",
    "hometenantid": "homeTenantId",
    "ipaddress": "ipAddress",
    "ipaddressseenbyresource": "ipAddressFromResourceProvider",
    "location": "location",
    "clientapp": "clientAppUsed",
    "authenticationrequirement": "authenticationRequirement",
    "signinidentifier": "signInIdentifier",
    "sessionid": "sessionId",
    "autonomoussystemnumber": "autonomousSystemNumber",
    "tokenissuertype": "tokenIssuerType",
    "conditionalaccess": "conditionalAccessStatus",
    "conditionalaccessstatus": "conditionalAccessStatus",
    "serviceprincipalid": "servicePrincipalId",
    "serviceprincipalname": "servicePrincipalName",
    "credentialkeyid": "servicePrincipalCredentialKeyId",
    "credentialthumbprint": "servicePrincipalCredentialThumbprint",
    "managedidentitytype": "managedIdentityType",
    "federatedtokenid": "federatedTokenId",
    "status": "status.text",
    "signinerrorcode": "status.errorCode",
    "failurereason": "status.failureReason",
    "deviceid": "deviceDetail.deviceId",
    "browser": "deviceDetail.browser",
    "operatingsystem": "deviceDetail.operatingSystem",
    "compliant": "deviceDetail.isCompliant",
    "managed": "deviceDetail.isManaged",
    "jointype": "deviceDetail.trustType",
    "signins": "grouped",
    "signincount": "grouped",
    "numberofsignins": "grouped",
}

_GRAPH_VALUES = {
    "".join(filter(str.isalnum, value.lower())): value
    for value in """none primaryRefreshToken saml11 saml20 remoteDesktopToken refreshToken oAuth2 ropc wsFederation
    deviceCode authenticationTransfer nativeAuth deviceCodeFlow b2bCollaboration b2bDirectConnect microsoftSupport
    serviceProvider passthrough singleFactorAuthentication multiFactorAuthentication notApplied success failure member
    guest AzureAD ADFederationServices AzureADBackupAuth NPSExtension""".split()
} | {"oauth20": "oAuth2", "wsfed": "wsFederation", "adfs": "ADFederationServices"}
_WITH_GRAPH_VALUES = frozenset(
    """incomingTokenType authenticationProtocol originalTransferMethod crossTenantAccessType authenticationRequirement
    conditionalAccessStatus userType tokenIssuerType""".split()
)
_OF_USERS = ("interactive", "non_interactive")
_OF_APPS = ("service_principal", "managed_identity")


_REPEATED = re.compile(r"#\d+$")


def _bare(name: str) -> str:
    """Letters and digits of a header name, lower case, without the ``#2`` of a repeated one."""
    return "".join(filter(str.isalnum, _REPEATED.sub("", name.lower())))


@lru_cache(maxsize=256)
def _plan(header: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], bool]:
    """(column, canonical name) pairs, the streams that the header allows, and whether its times are UTC."""
    bare = [_bare(name) for name in header]
    pairs = tuple((name, _NAMES[key]) for name, key in zip(header, bare, strict=True) if key in _NAMES)
    streams: tuple[str, ...]
    if "username" in bare or "user" in bare:
        streams = _OF_USERS
    else:
        streams = _OF_APPS if "serviceprincipalid" in bare or "serviceprincipalname" in bare else _OF_USERS + _OF_APPS
    return pairs, streams, "datelocal" not in bare


def sniff(head: Head) -> bool:
    """True for the admin centre's header: a date, ``Request ID``, ``IP address``, and a sign-in's own columns."""
    columns = {_bare(name) for name in head.header}
    return (
        bool(columns & {"dateutc", "date", "datelocal"})
        and {"requestid", "ipaddress", "application"} <= columns
        and bool(columns & {"signinerrorcode", "status", "clientapp"})
    )


def unwrap(frame: Frame, place: Place) -> RawRecord:
    """The sign-in of one row."""
    row: Mapping[str, Any] = frame.value
    pairs, streams, utc = _plan(tuple(row))
    flat: dict[str, Any] = {}
    for column, name in pairs:
        value = row[column]
        if value and name not in flat:
            flat[name] = value
    payload: dict[str, Any] = {}
    for name, value in flat.items():
        outer, _, inner = name.partition(".")
        if inner:
            payload.setdefault(outer, {})[inner] = value
        elif name in _WITH_GRAPH_VALUES:
            payload[name] = _GRAPH_VALUES.get("".join(filter(str.isalnum, value.lower())), value)
        else:
            payload[name] = value
    grouped = payload.pop("grouped", None)
    status = payload.get("status", {})
    if status.pop("text", None) == "Success":
        status.setdefault("errorCode", 0)
    if "createdDateTime" in payload:
        payload["createdDateTime"] = instant(payload["createdDateTime"], "UTC" if utc else "Local", place.options)
    stream = stream_of_name(place.name)
    envelope = {"stream": stream if stream in streams else None, "sign_ins_grouped": grouped}
    return RawRecord("signin", payload, frame.offset, frame.length, envelope)


READER = Reader("entra_signins_csv", frozenset({"csv"}), sniff, unwrap, rank=1)
