"""Graph's message trace: one row per message and recipient, the newest first.

90 days back, not past the current date, ten days to a query, the last 48 hours unless an interval is asked for; 1,000 rows a page or up to 5,000 by
``$top``; both ends of the interval are inclusive.

Faults: F1, F5, and those of the line.
Assumptions: the newest come first; the texts of errors; a date is a day of UTC.
Sources:
    - https://learn.microsoft.com/graph/api/messagetracingroot-list-messagetraces
    - https://learn.microsoft.com/exchange/monitoring/trace-an-email-message/graph-api-message-trace
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.routing import Route

from mailwitness.standin.answer import Answer, encode
from mailwitness.standin.door import Asked, Door, Way
from mailwitness.standin.holdings import Record
from mailwitness.standin.moments import DAY
from mailwitness.standin.odata import BadFilter, Filter, GraphWords, passing, read_filter, whole
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.world import World

_NAMES = {
    "MessageTraceId": "id",
    "MessageId": "messageId",
    "SenderAddress": "senderAddress",
    "RecipientAddress": "recipientAddress",
    "Received": "receivedDateTime",
    "Subject": "subject",
    "Status": "status",
    "FromIP": "fromIP",
    "ToIP": "toIP",
    "Size": "size",
}
TRACE_DAYS, SPAN_DAYS = 90, 10
_MOST = 5000


class MessageTraces:
    """The message trace of one world's tenant."""

    def __init__(self, world: World) -> None:
        self._world, self._words = world, GraphWords(world)
        self._bucket = Bucket(100, 300, world.terms)

    def routes(self) -> list[Route]:
        door = Door(self._world, "graph", self._words)
        way = Way(("ExchangeMessageTrace.Read.All",), lambda asked: self._bucket, "F1", latency_s=0.4)
        path = "/{version}/admin/exchange/tracing/messageTraces"
        return [Route(path, door.opens(way, self._traces), methods=["GET"])]

    def _traces(self, asked: Asked) -> Answer:
        query, links = asked.query, self._world.links
        top = whole(query.get("$top", self._world.terms.trace_page))
        if top is None or not 1 <= top <= _MOST:
            return self._words.error(
                400, "BadRequest", f"The value of $top has to be between 1 and {_MOST}, not '{query['$top']}'."
            )
        if "$skiptoken" in query:
            link, fault = self._world.followed(query["$skiptoken"], asked.key)
            if link is None:
                return self._words.error(400, "BadRequest", "Invalid Skip Token, skip token is null", fault=fault)
        else:
            try:
                asked_for = query.get("$filter")
                rows = self._rows(
                    read_filter(asked_for, "receivedDateTime") if asked_for else Filter(None, None, {}, ())
                )
            except BadFilter as error:
                return self._words.error(400, "BadRequest", str(error))
            link = links.begin(asked.key, rows)
        end = link.begin + top
        head = '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#admin/exchange/tracing/messageTraces",'
        if end < len(link.query.rows):
            kept = {**query, "$skiptoken": links.token(link, end)}
            path = f"{self._world.addresses.graph}{asked.key[1]}"
            head += f'"@odata.nextLink":"{path}?{urlencode(kept, quote_via=quote, safe="$")}",'
        rows = link.query.rows[link.begin : end]
        return Answer(200, b"".join((head.encode(), b'"value":[', b",".join([row.body for row in rows]), b"]}")))

    def _rows(self, filter_: Filter) -> list[Record]:
        now = self._world.clock.now()
        until = filter_.until if filter_.until is not None else now
        since = filter_.since if filter_.since is not None else until - 2 * DAY
        if until - since > SPAN_DAYS * DAY + 1:
            raise BadFilter(f"The interval of receivedDateTime is longer than {SPAN_DAYS} days.")
        if until - 1 >= (now // DAY + 1) * DAY:
            raise BadFilter("receivedDateTime ends later than the current date.")
        if since < now - TRACE_DAYS * DAY:
            raise BadFilter(f"receivedDateTime lies more than {TRACE_DAYS} days back.")
        rows = [_as_graph(row) for row in self._world.holdings.feeds["message_trace"].between(since, until, now)]
        return passing(rows, filter_.tests)[::-1]


def _as_graph(row: Record) -> Record:
    """The row in Graph's names; what it has beyond them stays as it is."""
    given: dict[str, Any] = msgspec.json.decode(row.body)
    made = {_NAMES.get(name, name): value for name, value in given.items() if name != "Organization"}
    if made.get("toIP") is None:
        made["toIP"] = ""
    if isinstance(made.get("status"), str):
        made["status"] = made["status"][:1].lower() + made["status"][1:]
    return Record(row.at, row.available, row.id, encode(made))
