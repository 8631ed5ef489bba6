"""Graph's audit search: a query is submitted, runs, ends, and its records are paged.

``POST …/security/auditLog/queries`` answers 201 and an id; the query is notStarted, then running, then succeeded, failed or cancelled. A query that
meets its limit succeeds all the same and says ``isRecordCountLimitExceeded``. ``@odata.count`` is the number of rows on the page.

Faults: F1, F5, F14, F15, F16, and those of the line.
Assumptions: the end of the interval is exclusive; rows come newest first; a query cut by its limit keeps the newer half; how long a query takes;
    an app with only a service's permission sees that service's records and no error.
Sources:
    - https://learn.microsoft.com/graph/api/resources/security-auditlogquery, …/security-auditlogrecord
    - https://learn.microsoft.com/graph/api/security-auditcoreroot-post-auditlogqueries, …/security-auditlogquery-list-records
    - https://learn.microsoft.com/graph/throttling-limits   (200 submissions in 24 hours, 50 unfinished)
    - https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/2677   (page of 150, @odata.count)
    - https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/2855   (records that no page can show)
    - https://github.com/KelvinTegelaar/CIPP-API   (AuditingDisabledTenant, 429 TooManyRequests)
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.routing import Route

from mailwitness.standin.answer import Answer, encode, json_answer
from mailwitness.standin.door import Asked, Door, Way
from mailwitness.standin.holdings import Record
from mailwitness.standin.links import Link
from mailwitness.standin.moments import DAY, HOUR, iso, moment_of
from mailwitness.standin.odata import GraphWords, whole
from mailwitness.standin.record_types import USER_TYPES, chosen, shown
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.world import World

_ANY_OF = (
    "AuditLogsQuery.Read.All",
    "AuditLogsQuery-Exchange.Read.All",
    "AuditLogsQuery-Entra.Read.All",
    "AuditLogsQuery-SharePoint.Read.All",
    "AuditLogsQuery-OneDrive.Read.All",
)
_WORKLOADS = {
    "AuditLogsQuery-Exchange.Read.All": "exchange",
    "AuditLogsQuery-Entra.Read.All": "azureactivedirectory",
    "AuditLogsQuery-SharePoint.Read.All": "sharepoint",
    "AuditLogsQuery-OneDrive.Read.All": "onedrive",
}
_FILTERS = {
    "recordTypeFilters": "record_type",
    "operationFilters": "operation",
    "userPrincipalNameFilters": "user",
    "ipAddressFilters": "address",
    "objectIdFilters": "object",
    "serviceFilters": "service",
}
_RETAINED = 180 * DAY
_HOURS_S = 6 * 3600
_MOST_TOP = 10_000


@dataclass(slots=True)
class _Query:
    """``ends_as``: its last state, reached after ``takes_s`` real seconds. ``is_cut``: whether its limit was met."""

    id: str
    asked: dict[str, Any]
    rows: list[Record]
    found: int
    is_cut: bool
    ends_as: str
    takes_s: float
    submitted_at: int
    fault: str | None
    born: float = field(default_factory=time.monotonic)

    def state(self) -> str:
        age = time.monotonic() - self.born
        if age < self.takes_s / 10:
            return "notStarted"
        return "running" if age < self.takes_s else self.ends_as


class AuditQueries:
    """The audit search of one world's tenant."""

    def __init__(self, world: World) -> None:
        self._world, self._words = world, _Words(world)
        self._bucket = Bucket(200, 60, world.terms)
        self._queries: dict[str, _Query] = {}

    def routes(self) -> list[Route]:
        door = Door(self._world, "graph", self._words)
        way = Way(_ANY_OF, lambda asked: self._bucket, "F1", latency_s=0.3)
        path = "/{version}/security/auditLog/queries"
        return [
            Route(path, door.opens(way, self._submit, key=_submission), methods=["POST"]),
            Route(path, door.opens(way, self._list), methods=["GET"]),
            Route(f"{path}/{{id}}", door.opens(way, self._show), methods=["GET"]),
            Route(f"{path}/{{id}}/records", door.opens(way, self._records), methods=["GET"]),
        ]

    def _submit(self, asked: Asked) -> Answer:
        terms, now = self._world.terms, self._world.clock.now()
        if not terms.auditing:
            inner = encode({"Status": "AuditingDisabledTenant", "Message": "Auditing is disabled in this tenant."})
            return self._words.error(400, "UnknownError", inner.decode())
        if terms.limits:
            of_a_day = [query for query in self._queries.values() if now - DAY < query.submitted_at <= now]
            unfinished = [query for query in self._queries.values() if query.state() in ("notStarted", "running")]
            if len(of_a_day) >= terms.queries_a_day or len(unfinished) >= terms.queries_at_once:
                return self._words.error(
                    429, "TooManyRequests", "The request has been throttled: too many audit log queries."
                )
        try:
            wanted = msgspec.json.decode(asked.body, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            return self._words.error(400, "BadRequest", f"Unable to read JSON request payload: {error}.")
        since, until = (moment_of(str(wanted.get(name))) for name in ("filterStartDateTime", "filterEndDateTime"))
        if since is None or until is None or since >= until:
            return self._words.error(
                400, "BadRequest", "filterStartDateTime and filterEndDateTime must be given, the start before the end."
            )
        for name in _FILTERS:
            if not isinstance(wanted.get(name), (list, type(None))):
                return self._words.error(400, "BadRequest", f"A collection was expected for '{name}'.")
        query = self._made(asked, wanted, since, until, now)
        self._queries[query.id] = query
        answer = json_answer(201, self._described(query))
        answer.fault = query.fault
        return answer

    def _made(self, asked: Asked, wanted: dict[str, Any], since: int, until: int, now: int) -> _Query:
        terms, faults = self._world.terms, self._world.faults
        filters = {_FILTERS[name]: values for name, values in wanted.items() if name in _FILTERS and values}
        if wanted.get("serviceFilter"):
            filters["service"] = [wanted["serviceFilter"]]
        there = self._world.holdings.feeds["unified"].between(max(since, now - _RETAINED), until, now)
        rows = self._allowed(chosen(there, filters, wanted.get("keywordFilter")), asked.token.permissions)
        rows.reverse()
        found, fault = len(rows), None
        is_cut = found > terms.query_records
        if is_cut:
            rows = rows[: terms.query_records]
        elif found > 1 and until - since > HOUR and faults.marks("F14", *asked.key):
            rows, is_cut, fault = rows[: found // 2], True, "F14"
        ends_as, takes_s = "succeeded", terms.seconds(terms.query_takes_s)
        if faults.strikes("F16", *asked.key):
            draw, fault = faults.draw("F16", *asked.key), "F16"
            if draw < 1 / 3:
                takes_s = _HOURS_S / terms.pace
            else:
                ends_as = "failed" if draw < 2 / 3 else "cancelled"
        id_ = faults.chance.guid("audit query", len(self._queries))
        return _Query(id_, wanted, rows, found, is_cut, ends_as, takes_s, now, fault)

    def _allowed(self, rows: list[Record], permissions: frozenset[str]) -> list[Record]:
        """Of the services that the app may search."""
        if "AuditLogsQuery.Read.All" in permissions:
            return list(rows)
        return chosen(rows, {"service": [_WORKLOADS[name] for name in sorted(permissions & _WORKLOADS.keys())]})

    def _described(self, query: _Query) -> dict[str, Any]:
        made: dict[str, Any] = {
            "@odata.type": "#microsoft.graph.security.auditLogQuery",
            "id": query.id,
            **{name: value for name, value in query.asked.items() if not name.startswith("@")},
            "status": query.state(),
            "isRecordCountLimitExceeded": False,
        }
        if made["status"] == "succeeded":
            made["approximateReturnedRecordCount"] = query.found
            made["recordCountLimit"] = self._world.terms.query_records
            made["isRecordCountLimitExceeded"] = query.is_cut
        return made

    def _list(self, asked: Asked) -> Answer:
        return json_answer(200, {"value": [self._described(query) for query in self._queries.values()]})

    def _show(self, asked: Asked) -> Answer:
        query = self._queries.get(asked.path["id"])
        if query is None:
            return self._no_query(asked)
        return json_answer(200, self._described(query))

    def _no_query(self, asked: Asked) -> Answer:
        return self._words.error(404, "NotFound", f"Audit log query {asked.path['id']} was not found.")

    def _records(self, asked: Asked) -> Answer:
        query, links = self._queries.get(asked.path["id"]), self._world.links
        if query is None:
            return self._no_query(asked)
        if query.state() != "succeeded":
            return self._words.error(400, "BadRequest", f"The query is {query.state()}; its records cannot be read.")
        top = whole(asked.query.get("$top", self._world.terms.query_page))
        if top is None or not 1 <= top <= _MOST_TOP:
            return self._words.error(400, "BadRequest", f"Invalid page size specified: '{asked.query['$top']}'.")
        if "$skiptoken" in asked.query:
            link, fault = self._world.followed(asked.query["$skiptoken"], asked.key)
            if link is None:
                return self._words.error(400, "BadRequest", "Invalid Skip Token, skip token is null", fault=fault)
        else:
            link = links.begin(asked.key, query.rows)
        return self._page(asked, query, link, top)

    def _page(self, asked: Asked, query: _Query, link: Link, size: int) -> Answer:
        end = link.begin + size
        rows, count, fault = link.query.rows[link.begin : end], None, None
        if any(row.id in self._world.terms.poison for row in rows):
            return self._words.error(500, "UnknownError", "", note="a poisoned record")
        if rows and self._world.faults.strikes("F15", *asked.key):
            lost = int(self._world.faults.draw("F15", *asked.key) * len(rows))
            if self._world.faults.draw("F15", *asked.key) < 0.5:
                count = len(rows)  # it says what should be there
            rows, fault = rows[:lost] + rows[lost + 1 + len(rows) // 10 :], "F15"
        graph, version = self._world.addresses.graph, asked.path["version"]
        path = f"{graph}/{version}/security/auditLog/queries/{query.id}/records"
        head = f'{{"@odata.context":"https://graph.microsoft.com/{version}/$metadata#security/auditLog/queries(\'{query.id}\')/records",'
        head += f'"@odata.count":{len(rows) if count is None else count},'
        if end < len(link.query.rows):
            kept = {**asked.query, "$skiptoken": self._world.links.token(link, end)}
            head += f'"@odata.nextLink":"{path}?{urlencode(kept, quote_via=quote, safe="$")}",'
        body = b"".join((head.encode(), b'"value":[', b",".join(map(_row, rows)), b"]}"))
        return Answer(200, body, fault=fault)


def _row(record: Record) -> bytes:
    """The record as the search shows it: some fields of it, and the whole of it as auditData."""
    fields = shown(record.body)
    type_name = fields.type_name()
    user_type = fields.UserType
    known = isinstance(user_type, int) and 0 <= user_type < len(USER_TYPES)
    made = {
        "id": record.id,
        "createdDateTime": iso(record.at),
        "auditLogRecordType": type_name[:1].lower() + type_name[1:],
        "operation": fields.Operation,
        "organizationId": fields.OrganizationId,
        "userType": USER_TYPES[user_type] if known else "unknownFutureValue",
        "userId": fields.UserId,
        "service": fields.Workload,
        "objectId": fields.ObjectId,
        "userPrincipalName": fields.UserId,
        "clientIp": fields.address(),
        "administrativeUnits": [],
    }
    head = encode(made)[:-1]
    return b'%b,"auditData":{"@odata.type":"#microsoft.graph.security.defaultAuditData",%b}' % (head, record.body[1:])


def _submission(request: Request, body: bytes) -> tuple[object, ...]:
    """What is searched for, whatever the search is called."""
    try:
        wanted = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return ("POST", request.url.path, body)
    wanted.pop("displayName", None)
    return ("POST", request.url.path, *(encode(pair).decode() for pair in sorted(wanted.items())))


class _Words(GraphWords):
    def throttled(self, headers: Mapping[str, str]) -> Answer:
        return self.error(429, "TooManyRequests", "The request has been throttled.", headers, note="throttled")

    def forbidden(self, missing: str) -> Answer:
        text = "The principal does not have required Microsoft Graph permission(s) to call this API."
        return self.error(403, "Forbidden", text, note=f"missing: {missing}")
