"""Tiny tenants for the stand-in to serve, written as the simulator's format ``tenant`` is, and a client that knows the way in."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from mailwitness.standin import StandIn

TENANT = "11111111-0000-4000-8000-000000000001"
START = datetime(2026, 3, 2, tzinfo=UTC)
EXPORT = datetime(2026, 3, 6, tzinfo=UTC)
BOXES = ("ana", "bo", "cleo")
RESOURCES = {
    "graph": "https://graph.microsoft.com/.default",
    "management": "https://manage.office.com/.default",
    "exchange": "https://outlook.office365.com/.default",
}
Line = dict[str, Any]


def hours(count: float) -> datetime:
    """That long after the tenant's first moment."""
    return START + timedelta(hours=count)


def text(moment: datetime) -> str:
    """As a query has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(id_: str, at: datetime, record: dict[str, Any], available: datetime | None) -> Line:
    stamps = [
        int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000) for moment in (at, available or at)
    ]
    return {"at": stamps[0], "available": stamps[1], "id": id_, "record": record}


def sign_in(number: int, at: datetime, available: datetime | None = None, **fields: Any) -> Line:
    """A sign-in, its id told by the number."""
    id_ = f"aaaa0000-0000-4000-8000-{number:012}"
    record = {
        "id": id_, "createdDateTime": text(at), "userPrincipalName": "ana@contoso.test", "userId": "u1", "appId": "app",
        "ipAddress": "203.0.113.5", "userAgent": "A", "status": {"errorCode": 0}, "location": {"countryOrRegion": "BE"}, **fields,
    }  # fmt: skip
    return _line(id_, at, record, available)


def directory_audit(number: int, at: datetime) -> Line:
    id_ = f"Directory_{number}"
    record = {"id": id_, "activityDateTime": text(at), "activityDisplayName": "Add user", "initiatedBy": {"user": None}}
    return _line(id_, at, record, None)


def audit(number: int, at: datetime, available: datetime | None = None, **fields: Any) -> Line:
    """A record of the unified audit log: a mail access unless told otherwise."""
    id_ = f"bbbb0000-0000-4000-8000-{number:012}"
    record = {
        "Id": id_, "CreationTime": text(at)[:-1], "Operation": "MailItemsAccessed", "RecordType": 50, "UserType": 0,
        "Workload": "Exchange", "OrganizationId": TENANT, "UserId": "ana@contoso.test", "ClientIPAddress": "203.0.113.5",
        "Folders": [], **fields,
    }  # fmt: skip
    return _line(id_, at, record, available)


def trace(number: int, at: datetime, recipient: str = "ana@contoso.test") -> Line:
    id_ = f"cccc0000-0000-4000-8000-{number:012}"
    record = {
        "Organization": "contoso.test", "MessageId": f"<m{number}@contoso.test>", "MessageTraceId": id_, "Received": text(at),
        "SenderAddress": "bo@contoso.test", "RecipientAddress": recipient, "Subject": "s", "Status": "Delivered",
        "FromIP": "203.0.113.9", "ToIP": None, "Size": 100,
    }  # fmt: skip
    return _line(id_, at, record, None)


def objects(imap: bool = True) -> dict[str, list[dict[str, Any]]]:
    """What the commands and collections show; ``imap``: of every mailbox."""
    mailboxes = [
        {"Identity": name, "PrimarySmtpAddress": f"{name}@contoso.test", "ExchangeGuid": f"guid-{name}"}
        for name in BOXES
    ]
    rule = {
        "MailboxOwnerId": "ana@contoso.test",
        "Name": ".",
        "Enabled": True,
        "MoveToFolder": "RSS Feeds",
        "ForwardTo": ["x@y.example"],
    }
    return {
        "Get-CASMailbox": [{**mailbox, "ImapEnabled": imap} for mailbox in mailboxes],
        "Get-Mailbox": mailboxes,
        "Get-Mailbox -GroupMailbox": [{"Identity": "all", "PrimarySmtpAddress": "all@contoso.test"}],
        "Get-MailboxAuditBypassAssociation": [{"Identity": "ana", "AuditBypassEnabled": False}],
        "Get-OrganizationConfig": [{"AuditDisabled": False}],
        "Get-TransportConfig": [{"SmtpClientAuthenticationDisabled": True}],
        "Get-AdminAuditLogConfig": [{"UnifiedAuditLogIngestionEnabled": True}],
        "Get-User": [{"UserPrincipalName": "ana@contoso.test", "AuthenticationPolicy": None}],
        "Get-AuthenticationPolicy": [],
        "Get-InboxRule": [rule],
        "Get-MailboxPermission": [{"Identity": name, "User": "NT AUTHORITY\\SELF", "AccessRights": ["FullAccess"]} for name in BOXES],
        "Get-RecipientPermission": [],
        "users": [{"id": f"u{n}", "userPrincipalName": f"{name}@contoso.test", "accountEnabled": True} for n, name in enumerate(BOXES, 1)],
        "subscribedSkus": [{"skuId": "sku", "skuPartNumber": "SPE_E5"}],
        "identity/conditionalAccess/policies": [{"id": "p1", "state": "enabled"}],
        "identity/conditionalAccess/namedLocations": [],
        "policies/identitySecurityDefaultsEnforcementPolicy": [{"id": "d", "isEnabled": False}],
        "servicePrincipals": [{"id": "sp1", "appId": "app"}, {"id": "sp2", "appId": "graph"}],
        "oauth2PermissionGrants": [{"id": "g1", "clientId": "sp1", "scope": "Mail.Read"}],
        "appRoleAssignedTo": [{"id": "r1", "principalId": "sp1", "resourceId": "sp2"}],
    }  # fmt: skip


def write_tenant(folder: Path, snapshots: Mapping[datetime, Any] | None = None, **streams: list[Line]) -> Path:
    """A tenant of these records. ``snapshots``: moment → objects."""
    folder.mkdir()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def stamp(moment: datetime) -> int:
        return int((moment - epoch).total_seconds() * 1000)

    about = {
        "tenant_id": TENANT, "domain": "contoso.test", "name": "Contoso",
        "start_at": stamp(START), "end_at": stamp(EXPORT), "collected_at": stamp(EXPORT),
    }  # fmt: skip
    (folder / "tenant.json").write_text(json.dumps(about))
    (folder / "objects").mkdir()
    for moment, made in (snapshots or {START: objects()}).items():
        (folder / "objects" / f"{moment:%Y%m%d%H%M%S}.json").write_text(
            json.dumps({"at": stamp(moment), "objects": made})
        )
    for stream, lines in streams.items():
        (folder / stream).mkdir()
        (folder / stream / "20260302.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


class Client:
    """Asks a stand-in as a plain program would: no retry, no mercy."""

    def __init__(self, standin: StandIn, timeout: float = 30.0) -> None:
        self.standin = standin
        self.http = httpx.Client(verify=ssl.create_default_context(cafile=str(standin.ca_file)), timeout=timeout)
        self._tokens: dict[str, str] = {}

    def sign_in(self, service: str, **changed: str) -> httpx.Response:
        """What the token endpoint answers."""
        form = {
            "grant_type": "client_credentials", "client_id": self.standin.client_id, "client_secret": self.standin.client_secret,
            "scope": RESOURCES[service], **changed,
        }  # fmt: skip
        return self.http.post(
            f"{self.standin.addresses.authority}/{self.standin.tenant_id}/oauth2/v2.0/token", data=form
        )

    def headers(self, service: str) -> dict[str, str]:
        if service not in self._tokens:
            self._tokens[service] = self.sign_in(service).json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens[service]}"}

    def forget(self) -> None:
        """Throw the tokens away."""
        self._tokens.clear()

    def graph(self, path: str, **query: str) -> httpx.Response:
        """``path`` after the host, or a whole link."""
        url = path if path.startswith("https:") else f"{self.standin.addresses.graph}/{path}"
        return self.http.get(
            url, params={f"${name}": value for name, value in query.items()} or None, headers=self.headers("graph")
        )

    def post(self, path: str, content: Any) -> httpx.Response:
        return self.http.post(f"{self.standin.addresses.graph}/{path}", json=content, headers=self.headers("graph"))

    def feed(self, path: str, method: str = "GET", **query: str) -> httpx.Response:
        """The Management API: ``path`` after the root, or a whole link."""
        root = f"{self.standin.addresses.management}/api/v1.0/{self.standin.tenant_id}/activity/feed"
        url = path if path.startswith("https:") else f"{root}/{path}"
        whole = {"PublisherIdentifier": self.standin.tenant_id, **query} if "?" not in url else None
        return self.http.request(method, url, params=whole, headers=self.headers("management"))

    def content(self, begin: datetime, end: datetime, content_type: str = "Audit.Exchange") -> httpx.Response:
        return self.feed(
            "subscriptions/content", contentType=content_type, startTime=text(begin)[:-1], endTime=text(end)[:-1]
        )

    def command(self, name: str, url: str | None = None, prefer: str = "", **parameters: Any) -> httpx.Response:
        """InvokeCommand."""
        at = url or f"{self.standin.addresses.exchange}/adminapi/beta/{self.standin.tenant_id}/InvokeCommand"
        headers = {**self.headers("exchange"), **({"Prefer": prefer} if prefer else {})}
        return self.http.post(at, json={"CmdletInput": {"CmdletName": name, "Parameters": parameters}}, headers=headers)

    def sign_ins(self, begin: datetime, end: datetime, kind: str = "interactiveUser", **query: str) -> httpx.Response:
        wanted = f"createdDateTime ge {text(begin)} and createdDateTime lt {text(end)} and signInEventTypes/any(t: t eq '{kind}')"
        return self.graph("beta/auditLogs/signIns", filter=wanted, **query)

    def pages(self, first: httpx.Response) -> Iterator[httpx.Response]:
        """This page of Graph and all that follow."""
        page = first
        while True:
            yield page
            link = page.json().get("@odata.nextLink")
            if link is None:
                return
            page = self.graph(link)


def ids(answer: httpx.Response) -> list[str]:
    """Of a page of Graph."""
    return [row["id"] for row in answer.json()["value"]]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, answer.json()["error"]["code"]
