"""Risk detections of Entra ID Protection: what the vendor itself found suspicious, and when it found it.

A record is one detection about one user or sign-in.

Clock: filtered on ``detectedDateTime``, UTC; ``activityDateTime`` is the act's own time and may be days before it.
Limits: P2 has details and 90 days, P1 30 days, without either 7 days, generic and few. One request a second for all applications of the tenant,
    and its 429 says not how long to wait.
Sources:
    - https://learn.microsoft.com/graph/api/riskdetection-list
    - https://learn.microsoft.com/graph/throttling-limits
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mailwitness.collect.client import Refused
from mailwitness.collect.feed import Body, Feed, Gap, Needs, Unit, for_the_tenant
from mailwitness.collect.feeds._graph_pages import gap_of, ids, pages, window_filter
from mailwitness.collect.session import Session

_PERMISSIONS = ("IdentityRiskEvent.Read.All",)
_PAGE_ROWS = 500


def _fetch(unit: Unit, session: Session) -> Iterator[Body]:
    params = {"$top": str(_PAGE_ROWS), "$filter": window_filter("detectedDateTime", unit)}
    try:
        yield from pages(unit, session, "graph_identity_protection", "/v1.0/identityProtection/riskDetections", params)
    except Refused as refusal:
        if "licen" in refusal.message.lower():
            raise Gap("licence_missing", f"the tenant has no licence for risk detections ({refusal})") from None
        raise gap_of(refusal, _PERMISSIONS) from None


FEED = Feed(
    name="risk_detections",
    title="risk detections",
    api="graph",
    needs=Needs(
        _PERMISSIONS,
        why="what the vendor found suspicious, with its own times; a lead, not a proof",
        licence="Entra ID P2 for all details",
    ),
    fetch=_fetch,
    retention=timedelta(days=90),
    plan=for_the_tenant,
    ids=ids,
)
