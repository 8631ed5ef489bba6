"""All that the services hold of a tenant, with the moment from which each record can be had: what a stand-in for them serves.

No customer hands this over and no service exports it. ``<stream>/<day>.jsonl`` has one line per record and day of the record's own time, in its
order: ``at`` (that time) and ``available`` (when it can first be asked for), both in milliseconds since 1970, ``id``, ``record``. A record that the
service delivers twice has two lines. ``objects/<moment>.json`` are the settings, licences, policies and principals at the first moment, at each later
midnight that finds one of them changed, and on the day of the export. ``tenant.json`` says whose they are.

Limits: what changes between two midnights is seen at the next. Users are those with a licence. Grants of the directory are those whose use the sign-ins show, from the first moment on.
    Coverage ``unified-only`` has no objects. Graph activity is left out: no service can be asked for it.
Sources: see ``_objects``; https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant,
    https://learn.microsoft.com/graph/api/resources/approleassignment,
    https://learn.microsoft.com/graph/permissions-reference (ids of permissions)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from mailwitness.simulate.exports._clock import digits, iso, moment_of
from mailwitness.simulate.exports._objects import PRODUCTS, Object, Objects
from mailwitness.simulate.exports._searches import written_below
from mailwitness.simulate.exports.format import SIGN_INS, Format, Streams, Written
from mailwitness.simulate.exports.settings import rule_object
from mailwitness.simulate.logged import LogStream, Spooled
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

_OWN_TIME: Mapping[LogStream, str] = {
    "unified": "CreationTime",
    "directory": "activityDateTime",
    "message_trace": "Received",
    **dict.fromkeys(SIGN_INS, "createdDateTime"),
}
"""Where a record of the stream has its own time: what a service filters by."""
_MAIL_READ_ROLE = "810c84a8-4a9e-49e6-bf7d-12d328003f65"
"""The application permission Mail.Read of Microsoft Graph."""
_MAIL_READ_SCOPE = "offline_access User.Read Mail.Read"

_encode = msgspec.json.Encoder().encode


class _Head(msgspec.Struct, frozen=True, gc=False):
    """What is needed of a record: its own time, and who used what."""

    CreationTime: str = ""
    activityDateTime: str = ""
    Received: str = ""
    createdDateTime: str = ""
    appId: str | None = None
    userId: str | None = None


class _Seen:
    """Who used which application of others, as the sign-ins show it."""

    def __init__(self, tenant: Tenant) -> None:
        self._others = {app.app_id for app in tenant.apps.values() if not app.first_party}
        self.by_people: set[tuple[str, str]] = set()
        self.by_themselves: set[str] = set()

    def note(self, stream: LogStream, head: _Head) -> None:
        if head.appId not in self._others:
            return
        if stream == "service_principal":
            self.by_themselves.add(head.appId)
        elif head.userId:
            self.by_people.add((head.appId, head.userId))


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    files: list[Path] = []
    days: dict[LogStream, tuple[int, IO[bytes]]] = {}
    seen = _Seen(tenant)
    decode = msgspec.json.Decoder(_Head).decode
    try:
        for one in logs:
            head = decode(one.text)
            at = _own_time(one.stream, head)
            day = at // MS_PER_DAY
            held = days.get(one.stream)
            if held is None or held[0] != day:
                if held is not None:
                    held[1].close()
                path = out / one.stream / f"{digits(day * MS_PER_DAY)[:8]}.jsonl"
                path.parent.mkdir(exist_ok=True)
                days[one.stream] = held = day, path.open("ab")
                files.append(path)
            line = {"at": at, "available": max(at, one.available), "id": one.id, "record": msgspec.Raw(one.text)}
            held[1].write(_encode(line) + b"\n")
            if one.stream in SIGN_INS:
                seen.note(one.stream, head)
    finally:
        for _, opened in days.values():
            opened.close()
    if tenant.options.coverage != "unified-only":
        files += _snapshots(out, tenant, timeline, seen)
    return Written(written_below(out, files))


def _own_time(stream: LogStream, head: _Head) -> int:
    text: str = getattr(head, _OWN_TIME[stream])
    return moment_of(text if text.endswith("Z") else text + "Z")


def _snapshots(out: Path, tenant: Tenant, timeline: Timeline, seen: _Seen) -> Iterator[Path]:
    """``tenant.json``, then the objects of every midnight that differs from the one before."""
    about = out / "tenant.json"
    about.write_bytes(
        _encode(
            {
                "tenant_id": tenant.tenant_id,
                "domain": tenant.domain,
                "name": tenant.name,
                "start_at": tenant.start_at,
                "end_at": tenant.end_at,
                "collected_at": tenant.collected_at,
            }
        )
        + b"\n"
    )
    yield about
    folder = out / "objects"
    folder.mkdir()
    before = b""
    for at in (*range(tenant.start_at, tenant.collected_at, MS_PER_DAY), tenant.collected_at):
        made = _encode(_objects(tenant, timeline, at, seen))
        if made != before:
            path = folder / f"{digits(at)}.json"
            path.write_bytes(b'{"at":%d,"objects":' % at + made + b"}\n")
            yield path
        before = made


def _objects(tenant: Tenant, timeline: Timeline, at: int, seen: _Seen) -> dict[str, list[Object]]:
    """Name of a command or of a Graph collection → what it shows."""
    objects = Objects(tenant, timeline, at)
    groups = {mailbox.guid for mailbox in tenant.mailboxes if mailbox.kind == "GroupMailbox"}
    mailboxes = list(objects.mailboxes())
    return {
        "Get-CASMailbox": list(objects.cas_mailboxes()),
        "Get-Mailbox": [made for made in mailboxes if made["ExchangeGuid"] not in groups],
        "Get-Mailbox -GroupMailbox": [made for made in mailboxes if made["ExchangeGuid"] in groups],
        "Get-MailboxAuditBypassAssociation": list(objects.bypasses()),
        "Get-OrganizationConfig": [objects.organization()],
        "Get-TransportConfig": [objects.transport()],
        "Get-AdminAuditLogConfig": [objects.admin_audit_log()],
        "Get-User": list(objects.users()),
        "Get-AuthenticationPolicy": list(objects.authentication_policies()),
        "Get-InboxRule": [
            {**rule_object(mailbox, name, rule), **rule} for mailbox, name, rule in objects.inbox_rules()
        ],
        "Get-MailboxPermission": [
            {
                "Identity": mailbox.upn.partition("@")[0],
                "User": user,
                "AccessRights": rights,
                "IsInherited": False,
                "Deny": False,
                "InheritanceType": "All",
            }
            for mailbox in tenant.mailboxes
            for user, rights in (
                ("NT AUTHORITY\\SELF", ["FullAccess", "ReadPermission"]),
                *((tenant.people[number].upn, ["FullAccess"]) for number in mailbox.delegates),
            )
        ],
        "Get-RecipientPermission": [
            {
                "Identity": mailbox.upn.partition("@")[0],
                "Trustee": "NT AUTHORITY\\SELF",
                "AccessControlType": "Allow",
                "AccessRights": ["SendAs"],
                "IsInherited": False,
            }
            for mailbox in tenant.mailboxes
        ],
        "users": [
            {
                **user,
                "userType": "Member",
                "createdDateTime": iso(tenant.start_at - 400 * MS_PER_DAY),
                "assignedLicenses": [
                    {"skuId": PRODUCTS[tenant.person_by_upn(user["userPrincipalName"]).plan][0], "disabledPlans": []}
                ],
            }
            for user in objects.licensed_users()
        ],
        "subscribedSkus": list(objects.subscribed_skus()),
        "identity/conditionalAccess/policies": list(objects.policies()),
        "identity/conditionalAccess/namedLocations": [],
        "policies/identitySecurityDefaultsEnforcementPolicy": [
            {
                "id": "00000000-0000-0000-0000-000000000005",
                "displayName": "Security Defaults",
                "description": "Basic identity security mechanisms for the whole organisation.",
                "isEnabled": timeline.value("", "SecurityDefaults", at) == "True",
            }
        ],
        **_principals(tenant, seen),
    }


def _principals(tenant: Tenant, seen: _Seen) -> dict[str, list[Object]]:
    apps = {app.app_id: app for app in tenant.apps.values()}
    graph = tenant.apps["graph"]
    return {
        "servicePrincipals": [
            {
                "id": app.principal_id,
                "appId": app.app_id,
                "displayName": app.name,
                "appOwnerOrganizationId": app.owner_tenant,
                "accountEnabled": True,
                "servicePrincipalType": "Application",
                "signInAudience": "AzureADMyOrg" if app.owner_tenant == tenant.tenant_id else "AzureADMultipleOrgs",
                "tags": [] if app.first_party else ["WindowsAzureActiveDirectoryIntegratedApp"],
                "appRoles": [
                    {
                        "id": _MAIL_READ_ROLE,
                        "value": "Mail.Read",
                        "isEnabled": True,
                        "allowedMemberTypes": ["Application"],
                    }
                ]
                if app is graph
                else [],
            }
            for app in tenant.apps.values()
        ],
        "oauth2PermissionGrants": [
            {
                "id": tenant.chance.bits("grant", app, user).hex(),
                "clientId": apps[app].principal_id,
                "consentType": "Principal",
                "principalId": user,
                "resourceId": graph.principal_id,
                "scope": _MAIL_READ_SCOPE,
            }
            for app, user in sorted(seen.by_people)
        ],
        "appRoleAssignedTo": [
            {
                "id": tenant.chance.bits("assignment", app).hex(),
                "createdDateTime": iso(tenant.start_at - 100 * MS_PER_DAY),
                "appRoleId": _MAIL_READ_ROLE,
                "principalId": apps[app].principal_id,
                "principalDisplayName": apps[app].name,
                "principalType": "ServicePrincipal",
                "resourceId": graph.principal_id,
                "resourceDisplayName": graph.name,
            }
            for app in sorted(seen.by_themselves)
        ],
    }


_STREAMS: Streams = frozenset({*SIGN_INS, "unified", "directory", "message_trace"})
FORMAT = Format(
    "tenant",
    "What the services hold, for the stand-in to serve",
    _STREAMS,
    write,
    together=_STREAMS,  # grants are seen in all of them
)
