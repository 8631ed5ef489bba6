"""Entra admin centre, logs downloaded as CSV: sign-ins of users (57 columns), of applications and managed identities (22), audit logs.

UTF-8 without a byte order mark, CRLF. The headers have the portal's own flaws: trailing blanks (``Application ID ``), a double one
(``Autonomous system  number``), and ``Incoming token type`` twice. Values are the portal's words for Graph's.

Limits: whole seconds; no applied policies, no authentication steps (those are in a sibling file that is not written here). The audit log has no
record id and at most three targets of five properties. The header of MSISignIns is not known from any public source; it is taken to be that of
ApplicationSignIns. The portal's words and its ``Interrupted`` follow the few public rows (assumption).
Sources:
    - https://learn.microsoft.com/entra/identity/monitoring-health/howto-download-logs
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes   (codes that interrupt)
    - headers: a public schema note of January 2026 quoted in docs/formats.md's sources, and
      https://github.com/bitpusher2k   (ProcessEntraSignInLog.ps1, ProcessEntraAuditLog.ps1)
See also ``_portal``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwitness.simulate.exports._csv import row
from mailwitness.simulate.exports._portal import download
from mailwitness.simulate.exports.format import SIGN_INS, Format, Streams, Written
from mailwitness.simulate.exports.selection import kept_by_entra
from mailwitness.simulate.logged import LogStream, Spooled

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

USER_HEADER = (
    "Date (UTC)|Request ID|User agent|Correlation ID|User ID|User|Username|User type|Cross tenant access type|Incoming token type|"
    "Authentication Protocol|Unique token identifier|Original transfer method|Client credential type|Token Protection - Sign In Session|"
    "Token Protection - Sign In Session StatusCode|Application|Application ID |App owner tenant ID|Resource|Resource ID |Resource tenant ID|"
    "Resource owner tenant ID|Home tenant ID|Home tenant name|IP address|Location|Status|Sign-in error code|Failure reason|Client app|"
    "Device ID|Browser|Operating System|Compliant|Managed|Join Type|Multifactor authentication result|Multifactor authentication auth method|"
    "Multifactor authentication auth detail|Authentication requirement|Sign-in identifier|Session ID|IP address (seen by resource)|"
    "Through Global Secure Access|Global Secure Access IP address|Autonomous system  number|Flagged for review|Token issuer type|"
    "Incoming token type|Token issuer name|Latency|Conditional Access|Managed Identity type|Associated Resource Id|Federated Token Id|"
    "Federated Token Issuer"
).split("|")
APPLICATION_HEADER = (
    "Date (UTC)|Request ID|Correlation ID|Service principal ID|Service principal name|Credential key ID|Credential thumbprint|Application|"
    "Application ID |App owner tenant ID|Resource|Resource ID |Resource tenant ID|Resource owner tenant ID|Home tenant ID|Home tenant name|"
    "IP address|Location|Status|Sign-in error code|Failure reason|Conditional Access"
).split("|")
_TARGETS, _PROPERTIES, _DETAILS = range(1, 4), range(1, 6), range(1, 7)
AUDIT_HEADER = [
    *(
        "Date (UTC)|CorrelationId|Service|Category|Activity|Result|ResultReason|User Agent|ActorType|ActorDisplayName|ActorObjectId|"
        "ActorUserPrincipalName|IPAddress|ActorHomeTenantId|ActorHomeTenantName|ActorServicePrincipalId|ActorServicePrincipalName"
    ).split("|"),
    *(
        name
        for target in _TARGETS
        for name in (
            *(f"Target{target}{part}" for part in ("Type", "DisplayName", "ObjectId", "UserPrincipalName")),
            *(
                f"Target{target}ModifiedProperty{number}{part}"
                for number in _PROPERTIES
                for part in ("Name", "OldValue", "NewValue")
            ),
        )
    ),
    *(f"AdditionalDetail{number}{part}" for number in _DETAILS for part in ("Key", "Value")),
]

_WORDS = {
    "none": "None",
    "primaryRefreshToken": "Primary refresh token",
    "refreshToken": "Refresh token",
    "remoteDesktopToken": "Remote desktop token",
    "saml11": "SAML 1.1",
    "saml20": "SAML 2.0",
    "oAuth2": "OAuth 2.0",
    "ropc": "ROPC",
    "deviceCode": "Device code",
    "deviceCodeFlow": "Device code flow",
    "authenticationTransfer": "Authentication transfer",
    "b2bCollaboration": "B2B collaboration",
    "b2bDirectConnect": "B2B direct connect",
    "serviceProvider": "Service provider",
    "singleFactorAuthentication": "Single-factor authentication",
    "multiFactorAuthentication": "Multifactor authentication",
    "success": "Success",
    "failure": "Failure",
    "notApplied": "Not Applied",
    "member": "Member",
    "guest": "Guest",
    "AzureAD": "Azure AD",
    "unbound": "Unbound",
    "bound": "Bound",
}
"""Graph's value → the portal's word. Others stay as they are."""
_INTERRUPTS = frozenset(
    {50058, 50072, 50074, 50076, 50079, 50097, 50125, 50129, 50140, 50144, 50158, 50187, 50199, 65001}
)
_NOTHING: dict[str, Any] = {}


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    return download(out, tenant, logs, "csv", _row, _head)


def _head(stream: LogStream) -> bytes:
    if stream == "directory":
        return row(AUDIT_HEADER)
    return row(USER_HEADER if stream in ("interactive", "noninteractive") else APPLICATION_HEADER)


def _row(one: Spooled) -> bytes:
    if one.stream == "directory":
        return row(_audit_cells(one.record))
    if one.stream in ("interactive", "noninteractive"):
        return row(_user_cells(one.record))
    return row(_application_cells(one.record))


def _word(value: str | None) -> str:
    return "" if value is None else _WORDS.get(value, value)


def _yes(value: bool | None) -> str:
    return "" if value is None else "Yes" if value else "No"


def _status(code: int) -> str:
    return "Success" if code == 0 else "Interrupted" if code in _INTERRUPTS else "Failure"


def _place(location: dict[str, Any]) -> str:
    parts = (location.get("city"), location.get("state"), location.get("countryOrRegion"))
    return ", ".join(part for part in parts if part)


def _user_cells(record: dict[str, Any]) -> list[str]:
    get = record.get
    status, device = get("status") or _NOTHING, get("deviceDetail") or _NOTHING
    mfa, protection = get("mfaDetail") or _NOTHING, get("tokenProtectionStatusDetails") or _NOTHING
    code = status.get("errorCode") or 0
    asn = get("autonomousSystemNumber")
    latency = get("processingTimeInMilliseconds")
    return [
        get("createdDateTime") or "",
        get("id") or "",
        get("userAgent") or "",
        get("correlationId") or "",
        get("userId") or "",
        get("userDisplayName") or "",
        get("userPrincipalName") or "",
        _word(get("userType")),
        _word(get("crossTenantAccessType")),
        _word(get("incomingTokenType")),
        _word(get("authenticationProtocol")),
        get("uniqueTokenIdentifier") or "",
        _word(get("originalTransferMethod")),
        _word(get("clientCredentialType")),
        _word(protection.get("signInSessionStatus")),
        str(protection.get("signInSessionStatusCode") or ""),
        get("appDisplayName") or "",
        get("appId") or "",
        get("appOwnerTenantId") or "",
        get("resourceDisplayName") or "",
        get("resourceId") or "",
        get("resourceTenantId") or "",
        get("resourceOwnerTenantId") or "",
        get("homeTenantId") or "",
        get("homeTenantName") or "",
        get("ipAddress") or "",
        _place(get("location") or _NOTHING),
        _status(code),
        str(code),
        status.get("failureReason") or "",
        get("clientAppUsed") or "",
        device.get("deviceId") or "",
        device.get("browser") or "",
        device.get("operatingSystem") or "",
        _yes(device.get("isCompliant")),
        _yes(device.get("isManaged")),
        device.get("trustType") or "",
        status.get("additionalDetails") or "",
        mfa.get("authMethod") or "",
        mfa.get("authDetail") or "",
        _word(get("authenticationRequirement")),
        get("signInIdentifier") or "",
        get("sessionId") or "",
        get("ipAddressFromResourceProvider") or "",
        _yes(get("isThroughGlobalSecureAccess")),
        get("globalSecureAccessIpAddress") or "",
        "" if asn is None else str(asn),
        _yes(get("flaggedForReview")),
        _word(get("tokenIssuerType")),
        _word(get("incomingTokenType")),
        get("tokenIssuerName") or "",
        "" if latency is None else f"{latency}ms",
        _word(get("conditionalAccessStatus")),
        "",
        "",
        "",
        "",
    ]


def _application_cells(record: dict[str, Any]) -> list[str]:
    get = record.get
    status = get("status") or _NOTHING
    code = status.get("errorCode") or 0
    return [
        get("createdDateTime") or "",
        get("id") or "",
        get("correlationId") or "",
        get("servicePrincipalId") or "",
        get("servicePrincipalName") or "",
        get("servicePrincipalCredentialKeyId") or "",
        get("servicePrincipalCredentialThumbprint") or "",
        get("appDisplayName") or "",
        get("appId") or "",
        get("appOwnerTenantId") or "",
        get("resourceDisplayName") or "",
        get("resourceId") or "",
        get("resourceTenantId") or "",
        get("resourceOwnerTenantId") or "",
        get("homeTenantId") or "",
        get("homeTenantName") or "",
        get("ipAddress") or "",
        _place(get("location") or _NOTHING),
        _status(code),
        str(code),
        status.get("failureReason") or "",
        _word(get("conditionalAccessStatus")),
    ]


def _audit_cells(record: dict[str, Any]) -> Iterator[str]:
    get = record.get
    initiated = get("initiatedBy") or _NOTHING
    user, app = initiated.get("user") or _NOTHING, initiated.get("app") or _NOTHING
    yield from (
        get("activityDateTime") or "",
        get("correlationId") or "",
        get("loggedByService") or "",
        get("category") or "",
        get("activityDisplayName") or "",
        get("result") or "",
        get("resultReason") or "",
        get("userAgent") or "",
        "User" if user else "Application",
        (user or app).get("displayName") or "",
        user.get("id") or "",
        user.get("userPrincipalName") or "",
        user.get("ipAddress") or "",
        user.get("homeTenantId") or "",
        user.get("homeTenantName") or "",
        app.get("servicePrincipalId") or "",
        app.get("servicePrincipalName") or "",
    )
    targets = get("targetResources") or []
    for number in _TARGETS:
        target = targets[number - 1] if number <= len(targets) else _NOTHING
        for name in ("type", "displayName", "id", "userPrincipalName"):
            yield target.get(name) or ""
        changed = target.get("modifiedProperties") or []
        for place in _PROPERTIES:
            one = changed[place - 1] if place <= len(changed) else _NOTHING
            for name in ("displayName", "oldValue", "newValue"):
                yield one.get(name) or ""
    details = get("additionalDetails") or []
    for number in _DETAILS:
        detail = details[number - 1] if number <= len(details) else _NOTHING
        yield detail.get("key") or ""
        yield detail.get("value") or ""


FORMAT = Format(
    "entra_portal_csv", "Entra admin centre downloads (CSV)", frozenset({*SIGN_INS, "directory"}), write, kept_by_entra
)
