"""Entra directory audits of Microsoft Graph: who changed what in the directory, from consents to role assignments.

A record is one act on one or several objects.

Clock: ``activityDateTime``, UTC.
Limits: 30 days with Entra ID P1 or P2, else 7. No user filter covers both who acted and whom it was done to, so it is collected for the whole tenant.
Sources:
    - https://learn.microsoft.com/graph/api/directoryaudit-list
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mailwitness.collect.client import Refused
from mailwitness.collect.feed import Body, Feed, Needs, Unit, for_the_tenant
from mailwitness.collect.feeds._graph_pages import PAGE_ROWS, gap_of, ids, pages, window_filter
from mailwitness.collect.feeds.signins import SIGN_INS
from mailwitness.collect.session import Session

_PERMISSIONS = ("AuditLog.Read.All",)


def _fetch(unit: Unit, session: Session) -> Iterator[Body]:
    params = {"$top": str(PAGE_ROWS), "$filter": window_filter("activityDateTime", unit)}
    try:
        yield from pages(unit, session, "graph_audit_logs", "/v1.0/auditLogs/directoryAudits", params)
    except Refused as refusal:
        raise gap_of(refusal, _PERMISSIONS) from None


FEED = Feed(
    name="directory_audits",
    title="directory audits",
    api="graph",
    needs=Needs(
        _PERMISSIONS,
        why="consents, new credentials of applications, role and policy changes: how an intruder stays",
        helpful=("Directory.Read.All", "Organization.Read.All"),
        role="Reports Reader, where a person signs in instead of the application",
    ),
    fetch=_fetch,
    retention=timedelta(days=30),
    plan=for_the_tenant,
    ids=ids,
    reach_shown_by=SIGN_INS,  # kept as long, and without a licence too
)
