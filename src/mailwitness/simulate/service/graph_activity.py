"""Requests to Microsoft Graph, as the properties of a MicrosoftGraphActivityLogs event.

``signInActivityId`` is the unique token identifier of the sign-in that issued the token; a request with a forged token, or with one that the
identity provider did not log, has an identifier that no sign-in row has.

Assumptions: the log is switched on; scopes and roles are not simulated (empty), a region is always ``West Europe``.
Clock: ``timeGenerated``, UTC, when the request came.
Sources:
    - https://learn.microsoft.com/graph/microsoft-graph-activity-logs-overview
    - https://learn.microsoft.com/azure/azure-monitor/reference/tables/microsoftgraphactivitylogs
    - https://github.com/SEKOIA-IO/intake-formats (Azure/azure-ad/tests/graph_activity_4.json: an event of 2026-04-21)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import GraphCall
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.eras import Era
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.moments import fraction

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant


class GraphLog:
    """Makes rows of requests."""

    def __init__(self, tenant: Tenant, delivery: Delivery, fates: dict[str, Reason]) -> None:
        self._tenant, self._delivery, self._fates = tenant, delivery, fates

    def take(self, act: GraphCall, era: Era) -> None:
        """One request: its row, or the reason why there is none."""
        if self._delivery.lost("graph_activity", act.at):
            self._fates[act.key] = "outage"
            return
        chance = self._tenant.chance
        fortune = Fortune(chance, "graph", act.key)
        id_ = chance.guid("record", act.key)
        token = act.token
        person = None if act.person is None else self._tenant.people[act.person]
        app_only = person is None
        row: dict[str, Any] = {
            "timeGenerated": fraction(act.at),
            "location": "West Europe",
            "requestId": id_,
            "operationId": id_,
            "clientRequestId": chance.guid("client request", act.key),
            "apiVersion": "beta" if "/beta/" in act.uri else "v1.0",
            "requestMethod": act.method,
            "responseStatusCode": act.status,
            "tenantId": self._tenant.tenant_id,
            "durationMs": 200_000 + int(fortune.spare * 4_000_000),
            "responseSizeBytes": act.size_bytes,
            "signInActivityId": "" if token is None else era.token_identifier(token.request_id),
            "roles": "",
            "appId": act.app.app_id,
            "userId": "" if person is None else person.object_id,
            "servicePrincipalId": act.app.principal_id if app_only else "",
            "scopes": "",
            "identityProvider": "",
            "clientAuthMethod": "1" if app_only else "0",
            "wids": "",
            "C_Idtyp": "app" if app_only else "user",
            "C_Iat": "" if token is None else str(token.issued_at // 1000),
            "ipAddress": act.place.ip,
            "userAgent": act.user_agent,
            "requestUri": act.uri,
            "C_Sid": token.session_id if token is not None and token.session_id is not None else "",
            "tokenIssuedAt": "" if token is None else fraction(token.issued_at),
        }
        self._delivery.other("graph_activity", act.at, id_, row, (act.key,), fortune.arrival)
