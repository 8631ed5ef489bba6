"""Entra sign-ins of Microsoft Graph, beta: four streams, each asked for by its own event type.

A record is one sign-in. v1.0, and beta without a filter on ``signInEventTypes``, list interactive sign-ins alone: a collector that does not ask for the others
misses nearly all use of tokens.

Clock: ``createdDateTime``, UTC. Records were measured to appear minutes to hours late; no bound is published.
Limits: 30 days with Entra ID P1 or P2, else 7, and then the API answers 403 ``Authentication_RequestFromNonPremiumTenantOrB2CTenant``. Licensed tenants get
    that answer too, now and then; so it is believed only when the tenant's licences bear it out. Service principals and managed identities have no
    mailbox and are always collected for the whole tenant.
Sources:
    - https://learn.microsoft.com/graph/api/signin-list?view=graph-rest-beta
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
    - https://github.com/microsoftgraph/microsoft-graph-docs/issues/14120   (the licence error in licensed tenants)
    - https://github.com/splunk/splunk-add-on-microsoft-azure/issues/90   (late rows)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial

from mailwitness.collect.client import Refused, Reply
from mailwitness.collect.feed import Body, Feed, Gap, Needs, Unit, for_each_mailbox, for_the_tenant
from mailwitness.collect.feeds._graph_pages import PAGE_ROWS, Page, gap_of, ids, pages, quoted, window_filter
from mailwitness.collect.feeds._premium import NOT_PREMIUM, is_premium
from mailwitness.collect.session import Session

_PATH = "/beta/auditLogs/signIns"
_FAMILY = "graph_audit_logs"
_PERMISSIONS = ("AuditLog.Read.All",)
_HELPFUL = ("Directory.Read.All", "Policy.Read.All", "Organization.Read.All")
_TRIES_IF_LICENSED = 60
_TRIES_IF_UNKNOWN = 12


def _fetch(event_type: str, unit: Unit, session: Session) -> Iterator[Body]:
    expression = f"{window_filter('createdDateTime', unit)} and signInEventTypes/any(t: t eq {quoted(event_type)})"
    if unit.scope:
        expression += f" and userPrincipalName eq {quoted(unit.scope.lower())}"
    try:
        yield from pages(
            unit, session, _FAMILY, _PATH, {"$top": str(PAGE_ROWS), "$filter": expression}, ask=_asking(session)
        )
    except Refused as refusal:
        raise gap_of(refusal, _PERMISSIONS) from None


def _asking(session: Session) -> Callable[[str, Mapping[str, str] | None], Reply]:
    """Gets a page, believing "no premium licence" only if the tenant's licences say so too."""

    def get(url: str, given: Mapping[str, str] | None) -> Reply:
        tries = 0
        while True:
            try:
                return session.get(_FAMILY, url, Page, params=given)
            except Refused as refusal:
                if refusal.code != NOT_PREMIUM:
                    raise
                tries += 1
                premium = is_premium(session)
                if premium is False:
                    raise Gap(
                        "licence_missing",
                        "the tenant has no Entra ID P1 or P2, which reading sign-ins by Graph needs. The admin centre shows seven days of them: download those.",
                    ) from None
                if tries >= (_TRIES_IF_LICENSED if premium else _TRIES_IF_UNKNOWN):
                    held = "has Entra ID P1 or P2" if premium else "does not show its licences (Organization.Read.All)"
                    raise Gap(
                        "licence_unclear",
                        f"the service said {tries} times that the tenant has no premium licence; the tenant {held}. Collect again later.",
                    ) from None
                session.wait(min(0.5 * tries, 5.0))

    return get


SIGN_INS = frozenset(
    ("signins_interactive", "signins_non_interactive", "signins_service_principal", "signins_managed_identity")
)
"""Kept under one licence: an old record of one stream shows that the others were kept then."""

_WHY = {
    "interactiveUser": "who signed in with a password or second factor, and every legacy protocol (IMAP, POP, SMTP)",
    "nonInteractiveUser": "every use of a refresh token: where most access to mail gets its token",
    "servicePrincipal": "applications that read mail with their own credentials",
    "managedIdentity": "Azure resources that read mail with an identity of their own",
}
_TITLES = {
    "interactiveUser": ("signins_interactive", "sign-ins of people, interactive", for_each_mailbox),
    "nonInteractiveUser": ("signins_non_interactive", "sign-ins of people, non-interactive", for_each_mailbox),
    "servicePrincipal": ("signins_service_principal", "sign-ins of service principals", for_the_tenant),
    "managedIdentity": ("signins_managed_identity", "sign-ins of managed identities", for_the_tenant),
}

FEEDS = tuple(
    Feed(
        name=name,
        title=title,
        api="graph",
        needs=Needs(
            _PERMISSIONS,
            why=_WHY[event_type],
            helpful=_HELPFUL,
            role="Reports Reader, where a person signs in instead of the application",
            licence="Entra ID P1 or P2",
        ),
        fetch=partial(_fetch, event_type),
        retention=timedelta(days=30),
        plan=plan,
        ids=ids,
        reach_shown_by=SIGN_INS,
    )
    for event_type, (name, title, plan) in _TITLES.items()
)
