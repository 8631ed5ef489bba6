"""A feed: one log or settings endpoint of one service, and the little that the collector must know to fetch it.

How a feed is written
    One module in ``collect/feeds/`` with a ``FEED`` (or ``FEEDS``, a tuple, where several differ by a parameter alone), found there; there is no list to edit.

    ``fetch(unit, session)`` yields the response bodies of one unit from its first page to its last, each as `Session.get` or
    `Session.post` gave it: ``yield reply.body(records=…)``. It keeps nothing and may be called again for the same unit at any time: after
    a crash, an expired link, a window cut in two. What it meets that is no body, it says:

    - ``raise Split(pieces, why)``: too much for one window; the unit is replaced by equal parts of it.
    - ``raise Restart(why)``: a link died or two answers disagree; the unit is fetched again from its first page.
    - ``raise Later(seconds, why)``: a job of the service is still running; the unit comes back then. ``session.remember(name, value)`` and
      ``session.recall(name)`` keep what is needed until then (a query's id) with the unit, in the ledger, over runs and crashes.
    - ``raise Gap(reason, detail)``: this window cannot be had, now or ever. The detail says what would change that.
    - ``yield Missing(…)``: a part of it cannot be had, the rest can.

    What goes wrong on the wire is not the feed's matter: waiting its turn, Retry-After, expired tokens, 5xx, cut-off and endless bodies
    are handled below it, and an answer that stays bad raises `Unavailable`, which the collector turns into later attempts, smaller
    windows and at last a gap. Only a definite refusal reaches the feed, as `Refused`: its ``code`` is the body's, which
    decides, not the status. A refusal that the feed does not catch becomes a gap that names it.

    ``prove(unit, fetched, again)`` returns None if the unit is proven, else what remains unproven. `zero_asked_twice` serves
    most feeds: rows prove themselves when every page came and parsed; none at all must be answered by a second, independent call.

Clock: all times are naive UTC. ``session.now()`` is the service's clock (from its ``Date`` headers), not this machine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from mmap import mmap
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mailwitness.collect.session import Session

GENERATIONS = (timedelta(0), timedelta(hours=3), timedelta(hours=24), timedelta(hours=72), timedelta(days=6))
"""When a window is listed, counted from its end: once it has settled, then again, because records arrive late, some after days."""

Cloud = Literal["worldwide", "gcc", "gcc-high", "dod", "china"]
EVERY_CLOUD: frozenset[Cloud] = frozenset(("worldwide", "gcc", "gcc-high", "dod", "china"))


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work: a half-open window of a feed. ``scope`` is '' for the whole tenant, else the mailbox or part it is about.

    ``generation`` counts the listings of a window (see `GENERATIONS`).
    """

    id: int
    feed: str
    scope: str
    window_from: datetime
    window_to: datetime
    generation: int = 0

    @property
    def length(self) -> timedelta:
        return self.window_to - self.window_from


@dataclass(frozen=True, slots=True)
class Body:
    """A response body, byte for byte, and the request that it answers.

    ``key`` is the service's own id of the body, where it has one that never changes (a content id): such a body is fetched once.
    ``created`` is when the service says it made it. ``part`` sends the body to a file of that name of its own beside the unit's (a
    listing beside what it lists; with ``settings/…`` a snapshot); None is the unit's own file.
    """

    content: bytes | mmap
    records: int
    request: str
    server_date: str | None = None
    request_id: str | None = None
    key: str | None = None
    created: datetime | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A part of a unit that cannot be had: since when and until when records may be missing, and why. ``key`` as in `Body`."""

    window_from: datetime
    window_to: datetime
    reason: str
    detail: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch of a unit brought: counts, the distinct ids of its records where the feed can tell them, what is missing."""

    records: int
    ids: frozenset[str] | None
    missing: tuple[Missing, ...] = ()


class Split(Exception):
    """The window holds too much for one unit: cut it into ``pieces``."""

    def __init__(self, pieces: int, why: str) -> None:
        super().__init__(why)
        self.pieces = pieces
        self.why = why


class Restart(Exception):
    """The unit must be fetched again from its first page."""


class Later(Exception):
    """The service needs ``seconds`` more; the unit comes back then."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds
        self.why = why


class Gap(Exception):
    """The unit cannot be had. ``reason`` is a stable code, ``detail`` a sentence with what would change it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Needs:
    """What a feed must be allowed. ``permissions``: application roles of the service, all of them; ``helpful``: what makes records fuller.

    ``role`` is a directory or Exchange role beside them, ``licence`` what the tenant must have, ``why`` what an investigation loses without it.
    """

    permissions: tuple[str, ...]
    why: str
    helpful: tuple[str, ...] = ()
    role: str | None = None
    licence: str | None = None
    clouds: frozenset[Cloud] = EVERY_CLOUD


@dataclass(frozen=True, slots=True)
class Plan:
    """The interval that is wanted of a feed, and for whom. ``mailboxes`` empty: the whole tenant. ``now``: the service's clock."""

    window_from: datetime
    window_to: datetime
    mailboxes: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A window to be fetched, before the ledger gives it a number. ``due``: when first; None: once it has settled."""

    scope: str
    window_from: datetime
    window_to: datetime
    due: datetime | None = None


Again = Callable[[float], Fetched]
"""Fetch the unit once more after so many seconds, with nothing kept from the first time."""
Fetch = Callable[[Unit, "Session"], Iterator[Body | Missing]]
Prove = Callable[[Unit, Fetched, Again], str | None]


def zero_asked_twice(unit: Unit, fetched: Fetched, again: Again) -> str | None:
    """Rows prove themselves; an empty answer counts only if a second call is empty too. If it is not, the unit starts again."""
    if fetched.records == 0 and not fetched.missing:
        second = again(1.0)
        if second.records != 0:
            raise Restart(f"the first call answered no records, the second {second.records}")
    return None


def windows_by_day(plan: Plan, longest: timedelta = timedelta(days=1)) -> Iterable[tuple[datetime, datetime]]:
    """The interval cut at multiples of ``longest`` since 1970, so that two runs cut at the same moments."""
    epoch = datetime(1970, 1, 1)
    begin = plan.window_from
    while begin < plan.window_to:
        end = min(epoch + ((begin - epoch) // longest + 1) * longest, plan.window_to)
        yield begin, end
        begin = end


def for_the_tenant(plan: Plan) -> Iterable[Planned]:
    """Day by day, for the whole tenant whoever was asked for: an endpoint that cannot select users."""
    return [Planned("", begin, end) for begin, end in windows_by_day(plan)]


def for_each_mailbox(plan: Plan) -> Iterable[Planned]:
    """Day by day, for each mailbox asked for, or else for the tenant."""
    return [Planned(scope, *window) for scope in plan.mailboxes or ("",) for window in windows_by_day(plan)]


def no_ids(content: bytes | mmap) -> Iterable[str]:
    """For feeds whose bodies are not compared between listings."""
    return ()


@dataclass(frozen=True, slots=True)
class Feed:
    """One log or settings endpoint. ``name`` as in ``collection_windows.feed`` and as the folder below ``raw/``.

    ``api`` is the service whose token it needs (graph, management, exchange). ``retention``: how far back the service reaches, None for what it
    does not forget. ``settle``: how long after its end a window is first listed. ``generations``: see `GENERATIONS`; a snapshot of settings has one.
    ``ids`` names the records of a body, to compare listings and to count distinct records. ``states``: its windows go into the statement under
    its own name; False for a feed of which another speaks, or that is no log.
    ``smallest``: below this no window is cut any more. ``part_of``: the feed of the statement that this one makes up together with others, and
    whose windows are of another time (when content became available); it needs all of them. ``lead`` and ``lag``: how
    much earlier than the wanted beginning and later than the wanted end such windows are asked for. ``log``: the name of the log that it is a way to. ``reach_shown_by``: the feeds whose older records show that this one's log was kept then too. ``partial``: even for
    the whole tenant it brings a part of the log only (some record types), so it never states the whole. ``states_as``: the log in the statement, where
    that is not the feed's own name because several feeds bring it, each in its way. ``probe``: whether it can be asked for a moment, to see whether it
    answers, without leaving anything in the tenant.
    """

    name: str
    title: str
    api: Literal["graph", "management", "exchange"]
    needs: Needs
    fetch: Fetch
    retention: timedelta | None
    plan: Callable[[Plan], Iterable[Planned]] = for_each_mailbox
    prove: Prove = zero_asked_twice
    ids: Callable[[bytes | mmap], Iterable[str]] = no_ids
    generations: tuple[timedelta, ...] = GENERATIONS
    settle: timedelta = timedelta(minutes=10)
    smallest: timedelta = timedelta(minutes=1)
    states: bool = True
    by_default: bool = True
    part_of: str | None = None
    lead: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)
    log: str | None = None
    reach_shown_by: frozenset[str] = frozenset()
    partial: bool = False
    states_as: str | None = None
    probe: bool = True
