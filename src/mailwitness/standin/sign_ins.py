"""Graph's auditLogs: sign-ins of the four streams and directory audits, newest first, at most 1,000 a page.

``beta`` shows sign-ins of other streams than the interactive one only to those who ask for them by ``signInEventTypes``; ``v1.0`` has the
interactive ones only and fewer fields. Entra ID keeps 30 days, or 7 in a tenant without P1 or P2, which is also denied the sign-ins.

Faults: F1, F5, F18, F22, and those of the line.
Assumptions: ``v1.0`` refuses ``signInEventTypes``; which fields it lacks; a client without Directory.Read.All is not refused.
Sources:
    - https://learn.microsoft.com/graph/api/signin-list?view=graph-rest-beta
    - https://learn.microsoft.com/graph/api/directoryaudit-list
    - https://learn.microsoft.com/graph/throttling-limits   (5 requests in 10 seconds, per app and tenant)
    - https://github.com/microsoftgraph/microsoft-graph-docs/issues/14120, …/msgraph-sdk-powershell/issues/1388
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

import msgspec
from starlette.routing import Route

from mailwitness.standin.answer import Answer
from mailwitness.standin.door import Asked, Door, Way
from mailwitness.standin.holdings import Record
from mailwitness.standin.links import Link
from mailwitness.standin.moments import DAY
from mailwitness.standin.odata import BadFilter, Filter, GraphWords, passing, read_filter, whole
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.world import World

_STREAMS = {
    "interactiveUser": "interactive",
    "nonInteractiveUser": "noninteractive",
    "servicePrincipal": "service_principal",
    "managedIdentity": "managed_identity",
}
_BETA_ONLY = (
    "userAgent uniqueTokenIdentifier authenticationDetails authenticationProtocol incomingTokenType signInEventTypes homeTenantId "
    "autonomousSystemNumber originalRequestId tokenIssuerType authenticationProcessingDetails sessionLifetimePolicies sessionId"
).split()
_FREE_DAYS, _PREMIUM_DAYS = 7, 30


class AuditLogs:
    """The sign-ins and directory audits of one world."""

    def __init__(self, world: World) -> None:
        self._world, self._words = world, GraphWords(world)
        self._bucket = Bucket(5, 10, world.terms)

    def routes(self) -> list[Route]:
        door = Door(self._world, "graph", _Words(self._world))
        way = Way(("AuditLog.Read.All",), lambda asked: self._bucket, "F1", latency_s=0.5)
        return [
            Route("/{version:str}/auditLogs/signIns", door.opens(way, self._sign_ins), methods=["GET"]),
            Route("/{version:str}/auditLogs/directoryAudits", door.opens(way, self._directory_audits), methods=["GET"]),
        ]

    def _sign_ins(self, asked: Asked) -> Answer:
        if self._world.terms.licence == "free":
            return self._no_licence(None)
        if self._world.faults.strikes("F18", *asked.key):
            return self._no_licence("F18")
        return self._paged(asked, "signIns", "createdDateTime")

    def _directory_audits(self, asked: Asked) -> Answer:
        return self._paged(asked, "directoryAudits", "activityDateTime")

    def _no_licence(self, fault: str | None) -> Answer:
        return self._words.error(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
            fault=fault,
        )

    def _paged(self, asked: Asked, collection: str, field: str) -> Answer:
        version, query = asked.path["version"], asked.query
        if version not in ("v1.0", "beta"):
            return self._words.error(404, "BadRequest", f"Invalid version: {version}")
        top = whole(query.get("$top", self._world.terms.auditlog_page))
        if top is None or not 1 <= top <= 1000:
            return self._words.error(
                400,
                "BadRequest",
                f"Invalid page size specified: '{query['$top']}'. Must be between 1 and 1000 inclusive.",
            )
        size = min(top, self._world.terms.auditlog_page)
        if "$skiptoken" in query:
            link, fault = self._world.followed(query["$skiptoken"], asked.key)
            if link is None:
                return self._words.error(400, "BadRequest", "Invalid Skip Token, skip token is null", fault=fault)
        else:
            try:
                filter_ = read_filter(query["$filter"], field) if query.get("$filter") else Filter(None, None, {}, ())
                rows = self._rows(collection, version, filter_)
            except BadFilter as error:
                return self._words.error(400, "BadRequest", str(error))
            if query.get("$orderby", "").removesuffix(" asc") != field:
                rows.reverse()
            link = self._world.links.begin(asked.key, rows)
        return self._page(asked, collection, link, size)

    def _rows(self, collection: str, version: str, filter_: Filter) -> list[Record]:
        """What is there and may still be shown, the oldest first."""
        now, feeds = self._world.clock.now(), self._world.holdings.feeds
        days = _FREE_DAYS if self._world.terms.licence == "free" else _PREMIUM_DAYS
        since = max(filter_.since if filter_.since is not None else 0, now - days * DAY)
        until = filter_.until if filter_.until is not None else now + DAY
        if collection == "directoryAudits":
            streams = ["directory"]
        else:
            streams = self._streams(version, filter_)
        rows = [row for stream in streams for row in feeds[stream].between(since, until, now)]
        if len(streams) > 1:
            rows.sort(key=lambda row: (row.at, row.id))
        rows = passing(rows, filter_.tests)
        return [_plain(row) for row in rows] if version == "v1.0" and collection == "signIns" else rows

    def _streams(self, version: str, filter_: Filter) -> list[str]:
        wanted = filter_.any_of.get("signInEventTypes")
        if wanted is None:
            return ["interactive"]
        if version == "v1.0":
            raise BadFilter("Could not find a property named 'signInEventTypes' on type 'microsoft.graph.signIn'.")
        unknown = wanted - _STREAMS.keys()
        if unknown:
            raise BadFilter(f"Invalid filter clause: {sorted(unknown)[0]!r} is no sign-in event type.")
        return [_STREAMS[name] for name in sorted(wanted)]

    def _page(self, asked: Asked, collection: str, link: Link, size: int) -> Answer:
        query, end = link.query, link.begin + size
        if end > self._world.terms.long_query_rows and self._world.faults.marks("F22", *query.key):
            refused = self._words.throttled({"retry-after": "0" if self._world.terms.pace > 1 else "10"})
            refused.fault = "F22"
            return refused
        version, graph = asked.path["version"], self._world.addresses.graph
        head = f'{{"@odata.context":"https://graph.microsoft.com/{version}/$metadata#auditLogs/{collection}",'
        if end < len(query.rows):
            kept = {key: value for key, value in asked.query.items() if key != "$skiptoken"}
            kept["$skiptoken"] = self._world.links.token(link, end)
            head += f'"@odata.nextLink":"{graph}/{version}/auditLogs/{collection}?{urlencode(kept, quote_via=quote, safe="$")}",'
        rows = query.rows[link.begin : end]
        return Answer(200, b"".join((head.encode(), b'"value":[', b",".join([row.body for row in rows]), b"]}")))


class _Words(GraphWords):
    def forbidden(self, missing: str) -> Answer:
        return self.error(
            403,
            "Authentication_MSGraphPermissionMissing",
            f"The principal does not have required Microsoft Graph permission(s): {missing} to call this API. For more information about "
            "Microsoft Graph permissions, please visit https://learn.microsoft.com/graph/permissions-overview.",
        )


def _plain(row: Record) -> Record:
    """The sign-in as v1.0 shows it."""
    record = msgspec.json.decode(row.body)
    for name in _BETA_ONLY:
        record.pop(name, None)
    return Record(row.at, row.available, row.id, msgspec.json.encode(record))
