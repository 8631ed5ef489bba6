"""Settings and objects of the directory by Microsoft Graph: policies, licences, applications and what they may do.

A record is one object, kept as the response's bytes.

Clock: none of their own, but for the times that objects carry; the moment of the snapshot by the service's clock stands in the folder's name.
Limits: a snapshot shows one moment; its changes are in the directory audits. Of application permissions those to Exchange Online and to Graph are asked for:
    nothing else lets an application read mail. Conditional Access takes one request a second from all applications together.
Sources:
    - https://learn.microsoft.com/graph/api/conditionalaccessroot-list-policies, …/conditionalaccessroot-list-namedlocations
    - https://learn.microsoft.com/graph/api/identitysecuritydefaultsenforcementpolicy-get
    - https://learn.microsoft.com/graph/api/user-list, …/subscribedsku-list, …/organization-list
    - https://learn.microsoft.com/graph/api/serviceprincipal-list, …/oauth2permissiongrant-list, …/serviceprincipal-list-approleassignedto
    - https://learn.microsoft.com/graph/api/mailfolder-list-messagerules   (does not show hidden rules)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import quote

import msgspec

from mailwitness.collect.client import Refused
from mailwitness.collect.feed import Body, Feed, Missing, Needs, Unit
from mailwitness.collect.feeds._graph_pages import gap_of, quoted
from mailwitness.collect.feeds._snapshots import (
    ONCE,
    for_each_mailbox_once_a_day,
    listed,
    once_a_day,
    one_of_many,
    part_named,
)
from mailwitness.collect.session import Session

_DIRECTORY = "graph_directory"
_ACCESS = "graph_conditional_access"
_MAIL = "graph_mail"
_TOP = {"$top": "999"}
_USER_FIELDS = "id,userPrincipalName,mail,accountEnabled,userType,createdDateTime,assignedPlans,assignedLicenses"
_RESOURCES = ("00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0000-c000-000000000000")
"""Office 365 Exchange Online and Microsoft Graph: the applications whose permissions let another read mail."""


class _Identified(msgspec.Struct):
    id: str
    name: str | None = msgspec.field(default=None, name="userPrincipalName")


class _Listing(msgspec.Struct):
    value: list[_Identified]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


def _collection(
    what: str,
    family: str,
    path: str,
    params: Mapping[str, str],
    permissions: tuple[str, ...],
    unit: Unit,
    session: Session,
) -> Iterator[Body]:
    """All pages of one collection."""
    part = part_named(what, session)
    try:
        for reply in listed(session, family, f"{session.addresses.graph}/v1.0/{path}", params):
            yield reply.body(len(reply.value.value), part=part)
    except Refused as refusal:
        raise gap_of(refusal, permissions) from None


def _single(
    what: str, family: str, path: str, permissions: tuple[str, ...], unit: Unit, session: Session
) -> Iterator[Body]:
    """One object that is no collection."""
    try:
        reply = session.get(family, f"{session.addresses.graph}/v1.0/{path}", dict[str, msgspec.Raw])
    except Refused as refusal:
        raise gap_of(refusal, permissions) from None
    yield reply.body(1, part=part_named(what, session))


def _application_permissions(permissions: tuple[str, ...], unit: Unit, session: Session) -> Iterator[Body]:
    """Which applications hold which permissions to Exchange Online and Graph."""
    part = part_named("appRoleAssignedTo", session)
    root = f"{session.addresses.graph}/v1.0/servicePrincipals"
    try:
        for app_id in _RESOURCES:
            found = session.get(
                _DIRECTORY, root, _Listing, params={"$filter": f"appId eq {quoted(app_id)}", "$select": "id,appId"}
            )
            for resource in found.value.value:
                for reply in listed(session, _DIRECTORY, f"{root}/{resource.id}/appRoleAssignedTo", _TOP):
                    yield one_of_many(reply, part)
    except Refused as refusal:
        raise gap_of(refusal, permissions) from None


def _message_rules(permissions: tuple[str, ...], unit: Unit, session: Session) -> Iterator[Body | Missing]:
    """The inbox rules of one user after the other: the one that the unit is about, or all."""
    part = part_named("messageRules", session)
    root = f"{session.addresses.graph}/v1.0/users"
    try:
        if unit.scope:
            users = [unit.scope]
        else:
            users = [
                user.id
                for reply in listed(session, _DIRECTORY, root, {"$select": "id,userPrincipalName", **_TOP}, _Listing)
                for user in reply.value.value
            ]
        for user in users:
            path = f"{root}/{quote(user, safe='@')}/mailFolders/inbox/messageRules"
            try:
                for reply in listed(session, _MAIL, path, None):
                    yield one_of_many(reply, part)
            except Refused as refusal:
                if refusal.status != 404:  # a user without a mailbox here
                    raise
                if unit.scope:
                    yield Missing(
                        unit.window_from, unit.window_to, "mailbox_not_found", f"inbox rules of {user}: {refusal}"
                    )
    except Refused as refusal:
        raise gap_of(refusal, permissions) from None


def _listing_feed(
    name: str,
    title: str,
    why: str,
    path: str,
    permission: str,
    family: str = _DIRECTORY,
    params: Mapping[str, str] = _TOP,
) -> Feed:
    what = path.rpartition("/")[2]
    return Feed(
        name=name,
        title=title,
        api="graph",
        needs=Needs((permission,), why=why),
        fetch=partial(_collection, what, family, path, params, (permission,)),
        retention=None,
        plan=once_a_day,
        generations=ONCE,
        states=False,
    )


_DEFAULTS = "policies/identitySecurityDefaultsEnforcementPolicy"

FEEDS = (
    _listing_feed(
        "conditional_access_policies",
        "Conditional Access policies",
        "whether legacy protocols were blocked, for whom, and who was left out",
        "identity/conditionalAccess/policies",
        "Policy.Read.All",
        _ACCESS,
        {},
    ),
    _listing_feed(
        "named_locations",
        "named locations",
        "which addresses the policies trust",
        "identity/conditionalAccess/namedLocations",
        "Policy.Read.All",
        _ACCESS,
        {},
    ),
    Feed(
        name="security_defaults",
        title="security defaults",
        api="graph",
        needs=Needs(("Policy.Read.All",), why="switched on, they block legacy protocols for all"),
        fetch=partial(_single, "securityDefaults", _DIRECTORY, _DEFAULTS, ("Policy.Read.All",)),
        retention=None,
        plan=once_a_day,
        generations=ONCE,
        states=False,
    ),
    _listing_feed(
        "subscribed_skus",
        "the tenant's products",
        "which service plans the tenant has at all",
        "subscribedSkus",
        "Organization.Read.All|Directory.Read.All",
        params={},
    ),
    _listing_feed(
        "user_licences",
        "users and their service plans",
        "whose mail accesses are recorded depends on the licence of the mailbox",
        "users",
        "User.Read.All|Directory.Read.All",
        params={"$select": _USER_FIELDS, **_TOP},
    ),
    _listing_feed(
        "service_principals",
        "applications of the tenant",
        "names and owners of the applications that appear in the logs",
        "servicePrincipals",
        "Application.Read.All|Directory.Read.All",
    ),
    _listing_feed(
        "oauth2_permission_grants",
        "delegated permissions of applications",
        "which applications may read mail for a user, or for all users",
        "oauth2PermissionGrants",
        "DelegatedPermissionGrant.Read.All|Directory.Read.All",
    ),
    Feed(
        name="application_permissions",
        title="application permissions to mail",
        api="graph",
        needs=Needs(
            ("Application.Read.All|Directory.Read.All",),
            why="which applications may read every mailbox without any user",
        ),
        fetch=partial(_application_permissions, ("Application.Read.All",)),
        retention=None,
        plan=once_a_day,
        generations=ONCE,
        states=False,
    ),
    Feed(
        name="message_rules",
        title="inbox rules by Graph, without hidden ones",
        api="graph",
        needs=Needs(
            ("MailboxSettings.Read", "User.Read.All|Directory.Read.All"),
            why="rules that forward or delete mail, where the application has no role in Exchange",
        ),
        fetch=partial(_message_rules, ("MailboxSettings.Read", "User.Read.All")),
        retention=None,
        plan=for_each_mailbox_once_a_day,
        generations=ONCE,
        states=False,
        by_default=False,
    ),
)
