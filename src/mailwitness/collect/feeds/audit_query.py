"""The unified audit log by Graph's audit query: a search that the service runs, then pages. The way back over months.

A record is one audit record, whole, in ``auditData``. The log is searched without a filter of record types, so a window that is had is had whole.

The service has said of finished searches what was not so, and these are the answers to it:

- a search that meets its limit of records **succeeds**; only ``isRecordCountLimitExceeded`` says that it was cut, and then the window is cut in two;
- the same finished search, paged twice, has given other records: it is paged until two passes in a row name the same ids, five times at most; what every pass
  brought is kept, and if no two agreed the window is named ``unstable``;
- a page whose ``@odata.count`` is not what it holds is asked for again; a page that never comes cuts the window, so that what breaks it ends up alone in one of a minute;
- a search that fails or is cancelled is over: it is submitted again once, then the window is cut; one that runs for six hours is given up and submitted anew.

Submissions are counted (200 in 24 hours for the whole tenant, of which 180 are used here): with none left, the rest is a gap that the next run asks for again. A
submission whose answer is lost on the way is made again and costs one more, uncounted; the other 20 are for these.

Clock: ``filterStartDateTime`` and ``filterEndDateTime`` select by event time, UTC. Records are there up to a day after the event, so a window is asked for a day after its
    end where none is asked for in particular.
Limits: 180 days with Audit (Standard), a year with (Premium), which is a licence of the user whose record it is: so what is older than 180 days is a part of the log, never the whole,
    and is a feed of its own that has to be named. For a mailbox the search is for acts *of* that user: what others did to the mailbox (delegates,
    administrators, applications) is found only by a search of the whole log. Not in the national clouds. A token with permission for some services only is
    answered with those services' records and no word about the others; so the permission for all is required.
    Whether the end of the interval is inclusive is not documented; windows are asked for up to a second more, and what comes twice is one record.
Sources:
    - https://learn.microsoft.com/graph/api/resources/security-auditlogquery   (isRecordCountLimitExceeded)
    - https://learn.microsoft.com/graph/api/security-auditcoreroot-post-auditlogqueries, …/security-auditlogquery-list-records
    - https://learn.microsoft.com/graph/throttling-limits   (security audit log query service limits)
    - https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/2677, …/2855   (counts of pages, pages that never come)
    - https://github.com/langwatch/langwatch/pull/7142   (two passes, two counts)
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from mailwitness.collect.client import Refused, Reply, Unavailable
from mailwitness.collect.feed import Body, Feed, Gap, Later, Missing, Needs, Plan, Planned, Restart, Split, Unit
from mailwitness.collect.feeds._graph_pages import gap_of, ids
from mailwitness.collect.session import Session

_FAMILY = "graph_audit_query"
_PATH = "/v1.0/security/auditLog/queries"
_PERMISSION = "AuditLogsQuery.Read.All"
_PAGE_ROWS = 999
_STANDARD = timedelta(days=180)
_LONGEST = timedelta(days=7)
_SMALLEST = timedelta(minutes=1)
_SETTLED = timedelta(hours=24)
_PASSES = 5
_COUNT_TRIES = 4
_SUBMISSIONS = 180
_DEADLINE = timedelta(hours=6)
_POLL_S = (2.0, 120.0)
_DEAD_LINK_WORDS = ("skip token", "skiptoken", "page token")
_NOTED = "audit query submissions"
_counting = threading.Lock()


class _Query(msgspec.Struct):
    id: str
    status: str = "unknownFutureValue"
    is_cut: bool | None = msgspec.field(default=None, name="isRecordCountLimitExceeded")
    found: int | None = msgspec.field(default=None, name="approximateReturnedRecordCount")


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]
    count: int | None = msgspec.field(default=None, name="@odata.count")
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


def _fetch(unit: Unit, session: Session) -> Iterator[Body | Missing]:
    try:
        query = _finished(unit, session)
        yield from _passes(query, unit, session)
    except Refused as refusal:
        raise _gap_of(refusal) from None


# The search


def _finished(unit: Unit, session: Session) -> str:
    """The id of the unit's search, once it has succeeded and was not cut. Later while it runs."""
    id_ = session.recall("query")
    if id_ is None:
        id_ = _submitted(unit, session)
    try:
        query: _Query = session.get(_FAMILY, f"{session.addresses.graph}{_PATH}/{id_}", _Query).value
    except Refused as refusal:
        if refusal.status != 404:
            raise
        session.remember("query", None)
        raise Restart(f"the service does not know search {id_} any more") from None
    if query.status == "succeeded":
        if query.is_cut:
            raise Split(2, f"search {id_} met the service's limit of records")
        return id_
    age = session.now() - datetime.fromisoformat(session.recall("submitted") or session.now().isoformat())
    if query.status in ("failed", "cancelled"):
        session.remember("query", None)
        failures = int(session.recall("failures") or 0) + 1
        session.remember("failures", str(failures))
        if failures < 2:
            raise Restart(f"search {id_} {query.status}")
        if unit.length < 2 * _SMALLEST:
            raise Gap(
                "query_failed",
                f"the service's search of this window {query.status} {failures} times. Collect again later.",
            )
        raise Split(2, f"the search {query.status} {failures} times")
    if age > _DEADLINE:
        session.remember("query", None)
        raise Restart(f"search {id_} was still {query.status} after {_DEADLINE}")
    shortest, longest = _POLL_S
    raise Later(min(max(shortest, age.total_seconds() / 4), longest), f"search {id_} is {query.status}")


def _submitted(unit: Unit, session: Session) -> str:
    if _PERMISSION not in session.granted("graph"):
        raise Gap(
            "permission_missing",
            f"the application has not {_PERMISSION}. With permission for some services the search leaves out the others without a word. "
            "Grant it and an administrator's consent, then collect again.",
        )
    _take_submission(session)
    wanted: dict[str, object] = {
        "@odata.type": "#microsoft.graph.security.auditLogQuery",
        "displayName": f"mailwitness {unit.id}",
        "filterStartDateTime": _moment(unit.window_from),
        "filterEndDateTime": _moment(unit.window_to + timedelta(seconds=1)),
    }
    if unit.scope:
        wanted["userPrincipalNameFilters"] = [unit.scope]
    query: _Query = session.post(_FAMILY, f"{session.addresses.graph}{_PATH}", _Query, json=wanted).value
    session.remember("query", query.id)
    session.remember("submitted", session.now().isoformat())
    return query.id


def _moment(moment: datetime) -> str:
    """In whole seconds: a window that begins within one is asked for from its beginning."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _take_submission(session: Session) -> None:
    """Count one more submission of the last 24 hours. Later when there are too many."""
    with _counting:
        now = session.now()
        noted = [datetime.fromisoformat(text) for text in json.loads(session.ledger.meta(_NOTED) or "[]")]
        noted = sorted(moment for moment in noted if now - timedelta(hours=24) < moment)
        if len(noted) >= _SUBMISSIONS:
            again = noted[0] + timedelta(hours=24)
            raise Gap(
                "budget_spent",
                f"{_SUBMISSIONS} searches were submitted within 24 hours, and the service takes 200 of a tenant. Collect again from {_moment(again)} on.",
            )
        session.ledger.set_meta(_NOTED, json.dumps([moment.isoformat() for moment in [*noted, now]]))


# Its records


def _passes(query: str, unit: Unit, session: Session) -> Iterator[Body | Missing]:
    """The records, paged until two passes in a row name the same ids. Of later passes the pages with something new are kept."""
    had: set[str] = set()
    before: set[str] | None = None
    for number in range(_PASSES):
        now: set[str] = set()
        for reply in _pages(query, session):
            named = set(ids(reply.content)) if reply.value.value else set()
            if number == 0 or named - had:
                yield reply.body(len(reply.value.value))
            now |= named
            had |= named
        if now == before:
            return
        before = now
    yield Missing(
        unit.window_from,
        unit.window_to,
        "unstable",
        f"search {query} was paged {_PASSES} times and no two passes in a row gave the same records; all that came is kept",
    )


def _pages(query: str, session: Session) -> Iterator[Reply]:
    """One pass over the pages, each as long as it says it is."""
    url: str | None = f"{session.addresses.graph}{_PATH}/{query}/records"
    params: dict[str, str] | None = {"$top": str(_PAGE_ROWS)}
    seen: set[str] = set()
    while url is not None:
        reply = _whole_page(url, params, len(seen) + 1, session)
        yield reply
        url, params = reply.value.next_link, None
        if url is not None and url in seen:
            raise Restart("a page links to one that was fetched already")
        seen.add(url or "")


def _whole_page(url: str, params: dict[str, str] | None, number: int, session: Session) -> Reply:
    for _ in range(_COUNT_TRIES):
        try:
            reply = session.get(_FAMILY, url, _Page, params=params)
        except Refused as refusal:
            if number > 1 and any(words in refusal.message.lower() for words in _DEAD_LINK_WORDS):
                raise Restart(f"page {number}'s link died: {refusal}") from None
            raise
        except Unavailable as error:
            raise Split(2, f"page {number} did not come: {error}") from None
        page: _Page = reply.value
        if page.count is None or page.count == len(page.value):
            return reply
    raise Split(2, f"page {number} said {page.count} records and held {len(page.value)}, {_COUNT_TRIES} times")


def _gap_of(refusal: Refused) -> Gap:
    if "AuditingDisabledTenant" in refusal.message:
        return Gap(
            "auditing_off",
            "the unified audit log is switched off: nothing is recorded. See Get-AdminAuditLogConfig, UnifiedAuditLogIngestionEnabled.",
        )
    return gap_of(refusal, (_PERMISSION,))


def _plan(plan: Plan) -> Iterable[Planned]:
    """Weeks that begin on the same days for every run. Where the interval goes up to now, its last day waits until its records are there."""
    end = plan.window_to
    if plan.now - end < timedelta(hours=1):
        midnight = datetime(plan.now.year, plan.now.month, plan.now.day)
        end = min(end, midnight - timedelta(days=1) if plan.now - midnight < timedelta(hours=1) else midnight)
    epoch = datetime(1970, 1, 5)
    for scope in plan.mailboxes or ("",):
        begin = plan.window_from
        while begin < end:
            following = min(epoch + ((begin - epoch) // _LONGEST + 1) * _LONGEST, end)
            yield Planned(scope, begin, following)
            begin = following


def _plan_premium(plan: Plan) -> Iterable[Planned]:
    """What is older than the other feed reaches."""
    return _plan(replace(plan, window_to=min(plan.window_to, plan.now - _STANDARD)))


_NEEDS = Needs(
    (_PERMISSION,),
    why="who read, sent and moved mail, months back: the one way to what happened before anyone subscribed",
    licence="unified auditing on",
    clouds=frozenset(("worldwide", "gcc")),
)
_FEED = Feed(
    name="audit_query",
    title="unified audit log, searched by Graph",
    api="graph",
    needs=_NEEDS,
    fetch=_fetch,
    retention=_STANDARD,
    plan=_plan,
    prove=lambda unit, fetched, again: None,  # two passes that agree are the proof, of an empty answer too
    ids=ids,
    generations=(timedelta(0), timedelta(hours=72)),
    settle=timedelta(minutes=10),
    smallest=_SMALLEST,
    log="unified_audit_log",
    states_as="unified_audit_log",
)
FEEDS = (
    _FEED,
    replace(
        _FEED,
        name="audit_query_premium",
        title="unified audit log of half a year ago and more, searched by Graph",
        needs=replace(_NEEDS, licence="Audit (Premium), of the user whose record it is"),
        retention=timedelta(days=365),
        plan=_plan_premium,
        generations=(timedelta(0),),
        by_default=False,
        partial=True,
    ),
)
