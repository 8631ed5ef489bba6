"""A small tenant, and vendor records made by hand for it: what the writers are given in these tests."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from mailwitness.simulate.exports import Written, close_format, formats, write_part
from mailwitness.simulate.exports.format import Streams
from mailwitness.simulate.logged import Logged, LogStream, Spooled
from mailwitness.simulate.options import Coverage, Options
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.world import MS_PER_HOUR

HOUR, MINUTE = MS_PER_HOUR, 60_000
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
SESSION = "99999999-0000-4000-8000-000000000009"
OBJECT_ID = "cccc1111-0000-4000-8000-000000000001"
PRINCIPAL = "dddd1111-0000-4000-8000-000000000001"
HOSTILE = '=HYPERLINK("http://example.org"),;\r\n"<script>alert(1)</script>"\t\\ \u202eÜber 😀'
"""A subject that wants to be a formula, a new row, markup, a new column, and to be read backwards."""


@cache
def tenant_of(
    coverage: Coverage = "full", days: int = 2, formats_: tuple[str, ...] = (), delay_days: int = 3
) -> Tenant:
    return build(Options(seed=3, mailboxes=10, days=days, coverage=coverage, formats=formats_, delay_days=delay_days))


def write(
    name: str, out: Path, logs: Iterable[Logged], tenant: Tenant | None = None, timeline: Timeline | None = None,
    parts: Iterable[Streams] | None = None,
) -> Written:  # fmt: skip
    """Write one format as a run does: sorted records of its streams alone, part by part (by default all in one)."""
    tenant, made = tenant or tenant_of(), formats()[name]
    timeline = timeline or Timeline(tenant)
    ordered = [
        Spooled.of(one)
        for one in sorted(
            (one for one in logs if one.stream in made.streams), key=lambda one: (one.at, one.id, one.available)
        )
    ]
    written = [
        write_part(made, out, tenant, timeline, (one for one in ordered if one.stream in streams), streams)
        for streams in parts or (made.streams,)
    ]
    return close_format(made, out, tenant, timeline, written)


def guid(kind: str, number: int) -> str:
    return f"{kind}{number:04d}-0000-4000-8000-{number:012d}"


def token_of(signin_id: str) -> str:
    """The unique token identifier that Microsoft makes of a sign-in's id."""
    return urlsafe_b64encode(UUID(signin_id).bytes_le).rstrip(b"=").decode()


def time(at: int) -> str:
    """A moment of these tests, all on one of the days 2 to 4 March 2026."""
    day, rest = divmod(at - tenant_of().start_at, 24 * HOUR)
    second = rest // 1000
    return f"2026-03-{2 + day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def logged(stream: LogStream, after: int, id_: str, record: dict[str, Any], late: int = 10 * MINUTE) -> Logged:
    at = tenant_of().start_at + after
    return Logged(stream, at, at + late, id_, record, ())


def bind(number: int, after: int, subject: str = "Invoice", **more: Any) -> Logged:
    """A bind of one message by a program with a token."""
    tenant, owner, id_ = tenant_of(), tenant_of().people[0], guid("aaaa", number)
    at = tenant.start_at + after
    record = {
        "AppAccessContext": {
            "AADSessionId": SESSION,
            "APIId": EXCHANGE,
            "ClientAppId": EXCHANGE,
            "IssuedAtTime": time(tenant.start_at),
            "UniqueTokenId": token_of(guid("bbbb", 1)),
        },
        "CreationTime": time(at),
        "Id": id_,
        "Operation": "MailItemsAccessed",
        "OrganizationId": tenant.tenant_id,
        "RecordType": 50,
        "ResultStatus": "Succeeded",
        "UserKey": owner.puid,
        "UserType": 0,
        "Version": 1,
        "Workload": "Exchange",
        "UserId": owner.upn,
        "AppId": EXCHANGE,
        "ClientIPAddress": "203.0.113.5",
        "ClientInfoString": "Client=OWA;Action=ViaProxy",
        "ExternalAccess": False,
        "InternalLogonType": 0,
        "LogonType": 0,
        "LogonUserSid": owner.sid,
        "MailboxGuid": owner.mailbox,
        "MailboxOwnerSid": owner.sid,
        "MailboxOwnerUPN": owner.upn,
        "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": "False"}],
        "OrganizationName": tenant.domain,
        "OriginatingServer": "AM9PR08MB1234 (15.20.4200.000)\r\n",
        "OperationCount": 1,
        "Folders": [
            {
                "Id": "LgAAAA1",
                "Path": "\\Inbox",
                "FolderItems": [
                    {
                        "InternetMessageId": f"<m{number}@contoso.test>",
                        "SizeInBytes": 2048,
                        "Id": "Rg1",
                        "Subject": subject,
                    }
                ],
            }
        ],
    } | more
    return logged("unified", after, id_, record)


def rule(number: int, after: int, name: str = HOSTILE) -> Logged:
    """An administration record."""
    tenant, owner, id_ = tenant_of(), tenant_of().people[0], guid("aaaa", number)
    record = {
        "CreationTime": time(tenant.start_at + after),
        "Id": id_,
        "Operation": "New-InboxRule",
        "OrganizationId": tenant.tenant_id,
        "RecordType": 1,
        "ResultStatus": "True",
        "UserKey": owner.puid,
        "UserType": 2,
        "Version": 1,
        "Workload": "Exchange",
        "UserId": owner.upn,
        "ClientIP": "203.0.113.5:36185",
        "ObjectId": f"{owner.upn}\\1",
        "ExternalAccess": False,
        "SessionId": SESSION,
        "Parameters": [{"Name": "Name", "Value": name}, {"Name": "DeleteMessage", "Value": "True"}],
    }
    return logged("unified", after, id_, record)


def logon(number: int, after: int, signin: int) -> Logged:
    """The unified log's record of a sign-in, under the sign-in's own id."""
    tenant, owner, id_ = tenant_of(), tenant_of().people[0], guid("bbbb", signin)
    record = {
        "CreationTime": time(tenant.start_at + after),
        "Id": id_,
        "Operation": "UserLoggedIn",
        "OrganizationId": tenant.tenant_id,
        "RecordType": 15,
        "ResultStatus": "Success",
        "UserKey": OBJECT_ID,
        "UserType": 0,
        "Version": 1,
        "Workload": "AzureActiveDirectory",
        "ClientIP": "203.0.113.5",
        "ObjectId": EXCHANGE,
        "UserId": owner.upn,
        "ExtendedProperties": [{"Name": "UserAgent", "Value": "curl/8"}],
        "DeviceProperties": [{"Name": "SessionId", "Value": SESSION}],
        "ErrorNumber": "0",
    }
    return logged("unified", after, id_, record)


_TYPES = {
    "interactive": "interactiveUser",
    "noninteractive": "nonInteractiveUser",
    "service_principal": "servicePrincipal",
    "managed_identity": "managedIdentity",
}


def signin(number: int, after: int, stream: LogStream = "interactive", name: str = "Ana Gray", **more: Any) -> Logged:
    """A successful sign-in; of an application in the two streams of applications."""
    tenant, owner, id_ = tenant_of(), tenant_of().people[0], guid("bbbb", number)
    human = stream in ("interactive", "noninteractive")
    record = {
        "id": id_,
        "createdDateTime": time(tenant.start_at + after) + "Z",
        "userDisplayName": name if human else "",
        "userPrincipalName": owner.upn if human else "",
        "userId": OBJECT_ID if human else "",
        "appId": EXCHANGE,
        "appDisplayName": "Office 365 Exchange Online",
        "ipAddress": "203.0.113.5",
        "ipAddressFromResourceProvider": None,
        "clientAppUsed": "Browser" if human else None,
        "userAgent": "Mozilla/5.0 (X11; Linux, x86_64)",
        "correlationId": guid("eeee", number),
        "conditionalAccessStatus": "notApplied",
        "originalRequestId": id_,
        "isInteractive": stream == "interactive",
        "tokenIssuerType": "AzureAD",
        "processingTimeInMilliseconds": 90,
        "resourceDisplayName": "Office 365 Exchange Online",
        "resourceId": EXCHANGE,
        "resourceTenantId": tenant.tenant_id,
        "homeTenantId": tenant.tenant_id,
        "authenticationRequirement": "singleFactorAuthentication",
        "signInIdentifier": owner.upn if human else "",
        "servicePrincipalName": "" if human else "Archive robot",
        "servicePrincipalId": "" if human else PRINCIPAL,
        "signInEventTypes": [_TYPES[stream]],
        "userType": "member",
        "flaggedForReview": False,
        "autonomousSystemNumber": 64500,
        "crossTenantAccessType": "none",
        "uniqueTokenIdentifier": token_of(id_),
        "incomingTokenType": "none",
        "authenticationProtocol": "oAuth2",
        "originalTransferMethod": "none",
        "sessionId": SESSION if human else "",
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None},
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "Linux", "browser": "Firefox 128"},
        "location": {"city": "Ghent", "state": "Ghent", "countryOrRegion": "BE", "geoCoordinates": None},
        "authenticationDetails": [],
        "appliedConditionalAccessPolicies": [],
    } | more
    return logged(stream, after, id_, record)


def directory(number: int, after: int, name: str = HOSTILE) -> Logged:
    """An audit of the directory: an application was given consent."""
    tenant, owner = tenant_of(), tenant_of().people[0]
    id_ = f"Directory_{guid('ffff', number)}_A1B2C_{number}"
    record = {
        "id": id_,
        "category": "ApplicationManagement",
        "correlationId": guid("ffff", number),
        "result": "success",
        "resultReason": "",
        "activityDisplayName": "Consent to application",
        "activityDateTime": time(tenant.start_at + after) + ".0000000Z",
        "loggedByService": "Core Directory",
        "operationType": "Assign",
        "initiatedBy": {"user": {"id": OBJECT_ID, "displayName": None, "userPrincipalName": owner.upn, "ipAddress": "203.0.113.5"}, "app": None},
        "targetResources": [
            {
                "id": PRINCIPAL,
                "displayName": name,
                "type": "ServicePrincipal",
                "userPrincipalName": None,
                "modifiedProperties": [{"displayName": "ConsentAction.Permissions", "oldValue": None, "newValue": '"Mail.Read"'}],
            }
        ],
        "additionalDetails": [{"key": "User-Agent", "value": "curl/8"}],
    }  # fmt: skip
    return logged("directory", after, id_, record)


def graph_call(number: int, after: int) -> Logged:
    tenant, id_ = tenant_of(), guid("abcd", number)
    at = time(tenant.start_at + after)
    record = {
        "timeGenerated": f"{at}.0000000Z",
        "location": "West Europe",
        "requestId": id_,
        "operationId": id_,
        "apiVersion": "v1.0",
        "requestMethod": "GET",
        "responseStatusCode": 200,
        "tenantId": tenant.tenant_id,
        "durationMs": 400_000,
        "responseSizeBytes": 5120,
        "signInActivityId": token_of(guid("bbbb", 1)),
        "appId": EXCHANGE,
        "userId": OBJECT_ID,
        "servicePrincipalId": "",
        "C_Sid": SESSION,
        "ipAddress": "203.0.113.5",
        "userAgent": "curl/8",
        "requestUri": 'https://graph.microsoft.com/v1.0/me/messages?$search="a,b"',
        "tokenIssuedAt": f"{time(tenant.start_at)}.0000000Z",
    }
    return logged("graph_activity", after, id_, record)


def trace(number: int, after: int, subject: str = HOSTILE) -> Logged:
    tenant, owner, id_ = tenant_of(), tenant_of().people[0], guid("dcba", number)
    record = {
        "Organization": tenant.domain,
        "MessageId": f"<m{number}@example.org>",
        "MessageTraceId": id_,
        "Received": time(tenant.start_at + after) + ".0000000Z",
        "SenderAddress": "out@example.org",
        "RecipientAddress": owner.upn,
        "Subject": subject,
        "Status": "Delivered",
        "FromIP": "198.51.100.9",
        "ToIP": None,
        "Size": 20480,
    }
    return logged("message_trace", after, id_, record)


def one_life() -> list[Logged]:
    """Some records of every stream, over both days."""
    return [
        bind(1, 9 * HOUR, HOSTILE),
        bind(2, 30 * HOUR + 5000),
        rule(3, 10 * HOUR),
        logon(4, 8 * HOUR, signin=1),
        signin(1, 8 * HOUR),
        signin(2, 33 * HOUR, name=HOSTILE),
        signin(3, 9 * HOUR + 1000, "noninteractive", incomingTokenType="primaryRefreshToken"),
        signin(4, 20 * HOUR, "service_principal"),
        signin(5, 40 * HOUR, "managed_identity"),
        directory(1, 11 * HOUR),
        graph_call(1, 12 * HOUR),
        trace(1, 7 * HOUR),
        trace(2, 47 * HOUR, "Plain"),
    ]
