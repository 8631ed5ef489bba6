"""The unified audit log by ``Search-UnifiedAuditLog``: sessions of up to 50,000 rows, in no order. For clouds without the audit query, and to check the others.

A record is one audit record as JSON text in ``AuditData``.

The cmdlet's answers look like success when they are none, so a window is proven only if

- the rows that came are as many as the last of them says there are (``ResultCount``), and their ``ResultIndex`` run from 1 without a hole;
- that count is below 50,000, which is where a session ends without a word: else the window is cut;
- an empty answer came three times, a minute apart and in three sessions.

An empty answer after rows, a count of 0 or an index of -1 on a row, a jump of the index, or a warning of a cancelled task: the session is thrown away and the
window asked for again.

Clock: ``StartDate`` and ``EndDate`` select by event time, UTC. Records are there up to a day after the event.
Limits: whether the end is inclusive is not documented; a window is asked for up to a second more. For a mailbox the search is for acts *of* that user. In the cloud
    that 21Vianet operates the cmdlet exists and finds nothing. Rows repeat; the ids tell.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
    - https://github.com/ANSSI-FR/DFIR-O365RC   (DFIR-O365RC.psm1: answers that look like success)
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite/issues/138   (first call empty, second not)
    - https://github.com/T0pCyber/hawk/issues/21   (50,000 of 254,452)
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from mmap import mmap

import msgspec

from mailwitness.collect.client import Refused, Reply
from mailwitness.collect.feed import Again, Body, Feed, Fetched, Needs, Restart, Split, Unit, for_each_mailbox
from mailwitness.collect.feeds._invoke_command import PERMISSION, Answer, gap_of, invoke
from mailwitness.collect.session import Session

_CMDLET = "Search-UnifiedAuditLog"
_ROLE = "View-Only Audit Logs"
_ROWS = 5000
_SESSION_ROWS = 50_000
_APART_S = 60.0
_FAILED_WORDS = ("cancel", "failed to process")


class _Row(msgspec.Struct):
    index: int | None = msgspec.field(default=None, name="ResultIndex")
    count: int | None = msgspec.field(default=None, name="ResultCount")
    identity: str | None = msgspec.field(default=None, name="Identity")


class _Rows(msgspec.Struct):
    value: list[_Row]


_rows = msgspec.json.Decoder(_Rows)


def _ids(content: bytes | mmap) -> Iterable[str]:
    return [row.identity for row in _rows.decode(content).value if row.identity is not None]


def _fetch(unit: Unit, session: Session) -> Iterator[Body]:
    parameters: dict[str, object] = {
        "StartDate": unit.window_from.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "EndDate": (unit.window_to + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "SessionId": f"mailwitness-{uuid.uuid4()}",
        "SessionCommand": "ReturnLargeSet",
        "ResultSize": _ROWS,
    }
    if unit.scope:
        parameters["UserIds"] = unit.scope
    had, count = 0, None
    try:
        while count is None or had < count:
            before = had
            # The session moves on with each answer: the rows of one that was lost on its way would never come again.
            for reply in invoke(session, _CMDLET, parameters, once=True):
                rows = _believed(reply, had)
                if rows:
                    yield reply.body(len(rows))
                    had, count = had + len(rows), rows[-1].count
            if had == before:
                if count is not None:
                    raise Restart(f"an empty answer after {had} of {count} rows")
                return
            if count is not None and count >= _SESSION_ROWS:
                raise Split(2, f"{count} rows; a session gives {_SESSION_ROWS}")
    except Refused as refusal:
        raise gap_of(refusal, _CMDLET, _ROLE) from None
    if had != count:
        raise Restart(f"{had} rows came, and the last of them says {count}")


def _believed(reply: Reply, had: int) -> list[_Row]:
    """The rows of an answer that follow on those before it. Restart where they do not."""
    answer: Answer = reply.value
    for warning in answer.warnings or ():
        if any(words in warning.lower() for words in _FAILED_WORDS):
            raise Restart(f"the service warned: {warning[:200]}")
    rows = _rows.decode(reply.content).value
    for number, row in enumerate(rows, start=had + 1):
        if row.index != number or not row.count:
            raise Restart(f"row {number} calls itself {row.index} of {row.count}")
    return rows


def _prove(unit: Unit, fetched: Fetched, again: Again) -> str | None:
    """Counted rows prove themselves; an empty window is asked for twice again, a minute apart, each time in another session."""
    for number in (2, 3) if fetched.records == 0 else ():
        later = again(_APART_S)
        if later.records:
            raise Restart(f"the first session found nothing, session {number} {later.records} rows")
    return None


FEED = Feed(
    name="search_unified_audit_log",
    title="unified audit log, searched by Exchange",
    api="exchange",
    needs=Needs(
        (PERMISSION,),
        why="the unified audit log months back in clouds without the audit query; elsewhere a second opinion",
        role=_ROLE,
        licence="unified auditing on",
        clouds=frozenset(("worldwide", "gcc", "gcc-high", "dod")),
    ),
    fetch=_fetch,
    retention=timedelta(days=180),
    plan=for_each_mailbox,
    prove=_prove,
    ids=_ids,
    generations=(timedelta(0), timedelta(hours=24)),
    by_default=False,
    log="unified_audit_log",
    states_as="unified_audit_log",
)
