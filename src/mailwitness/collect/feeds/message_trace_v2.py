"""Message traces by ``Get-MessageTraceV2``, for clouds in which Graph has none.

A record is one message to one recipient.

The cmdlet has no pages: rows come newest first, and one goes on from the last row's recipient and time. Going on, rows of that same second come again; an
answer that brings nothing new while it is full is one second with more rows than can be had.

Clock: ``StartDate`` and ``EndDate`` select by when a message was received, UTC.
Limits: 90 days, ten days a query, 5,000 rows an answer, 100 queries in five minutes. For a mailbox it is asked for twice, as sender and as recipient.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from mmap import mmap

import msgspec

from mailwitness.collect.client import Refused
from mailwitness.collect.feed import Body, Feed, Gap, Needs, Unit
from mailwitness.collect.feeds._invoke_command import PERMISSION, gap_of, invoke
from mailwitness.collect.session import Session

_CMDLET = "Get-MessageTraceV2"
_ROLE = "Global Reader or Security Reader"
_ROWS = 5000


class _Row(msgspec.Struct):
    id: str | None = msgspec.field(default=None, name="MessageTraceId")
    recipient: str | None = msgspec.field(default=None, name="RecipientAddress")
    received: str | None = msgspec.field(default=None, name="Received")

    @property
    def name(self) -> str:
        return f"{self.id} {(self.recipient or '').lower()}"


class _Rows(msgspec.Struct):
    value: list[_Row]


_rows = msgspec.json.Decoder(_Rows)


def _ids(content: bytes | mmap) -> Iterable[str]:
    return [row.name for row in _rows.decode(content).value if row.id is not None]


def _fetch(unit: Unit, session: Session) -> Iterator[Body]:
    narrowed: list[dict[str, object]] = [{}]
    if unit.scope:
        narrowed = [{"RecipientAddress": unit.scope}, {"SenderAddress": unit.scope}]
    try:
        for parameters in narrowed:
            yield from _all(parameters, unit, session)
    except Refused as refusal:
        raise gap_of(refusal, _CMDLET, _ROLE) from None


def _all(narrowed: dict[str, object], unit: Unit, session: Session) -> Iterator[Body]:
    """Answer after answer, from the newest row to the oldest."""
    parameters: dict[str, object] = {
        "StartDate": _moment(unit.window_from),
        "EndDate": _moment(unit.window_to),
        "ResultSize": _ROWS,
        **narrowed,
    }
    had: set[str] = set()
    while True:
        rows: list[_Row] = []
        for reply in invoke(session, _CMDLET, parameters):
            page = _rows.decode(reply.content).value
            if {row.name for row in page} - had:
                yield reply.body(len(page))
            rows += page
        if len(rows) < _ROWS:
            return
        last = rows[-1]
        if not {row.name for row in rows} - had or last.received is None or last.recipient is None:
            raise Gap(
                "too_much",
                f"more than {_ROWS} messages within one second ({last.received}) to one recipient, which the service cannot tell apart",
            )
        had |= {row.name for row in rows}
        end = datetime.fromisoformat(last.received).replace(tzinfo=None)
        # The end given back is not before the row itself, so that its second is asked for whole.
        parameters |= {
            "EndDate": _moment(end + timedelta(seconds=end.microsecond > 0)),
            "StartingRecipientAddress": last.recipient,
        }


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


FEED = Feed(
    name="message_trace_v2",
    title="message traces, by Exchange",
    api="exchange",
    needs=Needs(
        (PERMISSION,), why="which messages a mailbox received and sent, in clouds where Graph has no traces", role=_ROLE
    ),
    fetch=_fetch,
    retention=timedelta(days=90),
    ids=_ids,
    generations=(timedelta(0), timedelta(hours=24)),
    by_default=False,
    states_as="message_trace",
)
