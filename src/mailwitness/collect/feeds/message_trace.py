"""Message traces of Microsoft Graph: which message went from whom to whom, and what became of it.

A record is one message to one recipient.

Clock: filtered on ``receivedDateTime``, UTC, both ends inclusive.
Limits: 90 days, ten days a query, 5,000 rows a page. For a mailbox it is asked for twice, as sender and as recipient. Not in the national clouds: there
    ``message_trace_v2`` asks Exchange.
Sources:
    - https://learn.microsoft.com/graph/api/messagetracingroot-list-messagetraces
    - https://learn.microsoft.com/exchange/monitoring/trace-an-email-message/graph-api-message-trace
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from mmap import mmap

import msgspec

from mailwitness.collect.client import Refused
from mailwitness.collect.feed import Body, Feed, Needs, Unit
from mailwitness.collect.feeds._graph_pages import gap_of, pages, quoted
from mailwitness.collect.session import Session

_PERMISSIONS = ("ExchangeMessageTrace.Read.All",)
_PATH = "/v1.0/admin/exchange/tracing/messageTraces"
_PAGE_ROWS = 5000
_PAGES = 200


class _Row(msgspec.Struct):
    id: str | None = None
    recipient: str | None = msgspec.field(default=None, name="recipientAddress")


class _Rows(msgspec.Struct):
    value: list[_Row]


_rows = msgspec.json.Decoder(_Rows)


def _ids(content: bytes | mmap) -> Iterable[str]:
    """A message has a row for each recipient, so both name a record."""
    return [f"{row.id} {(row.recipient or '').lower()}" for row in _rows.decode(content).value if row.id is not None]


def _fetch(unit: Unit, session: Session) -> Iterator[Body]:
    begin, end = (moment.isoformat(timespec="seconds") + "Z" for moment in (unit.window_from, unit.window_to))
    window = f"receivedDateTime ge {begin} and receivedDateTime le {end}"
    asked = [window]
    if unit.scope:
        asked = [
            f"{window} and {field} eq {quoted(unit.scope.lower())}" for field in ("recipientAddress", "senderAddress")
        ]
    try:
        for expression in asked:
            params = {"$top": str(_PAGE_ROWS), "$filter": expression}
            yield from pages(unit, session, "graph_mail", _PATH, params, limit=_PAGES)
    except Refused as refusal:
        raise gap_of(refusal, _PERMISSIONS) from None


FEED = Feed(
    name="message_trace",
    title="message traces",
    api="graph",
    needs=Needs(
        _PERMISSIONS,
        why="which messages a mailbox received and sent, with their subjects: what an accessed message was",
        clouds=frozenset(("worldwide", "gcc")),
    ),
    fetch=_fetch,
    retention=timedelta(days=90),
    ids=_ids,
    generations=(timedelta(0), timedelta(hours=24)),
)
