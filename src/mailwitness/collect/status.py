"""What a collection folder has: for each feed its windows as a strip, what is done, what is missing and why, what the service forgets next.

A strip needs no colour: each sign is one stretch of time of equal length, and where several states meet in it the worst is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from mailwitness.collect.feeds import feeds
from mailwitness.collect.ledger import Ledger, Row
from mailwitness.collect.run import LEDGER
from mailwitness.collect.statement import SETTLED
from mailwitness.errors import UsageError

State = Literal["settled", "early", "waiting", "gap"]
SIGNS: Mapping[State, str] = {"settled": "#", "early": "+", "waiting": ".", "gap": "!"}
LEGEND = (
    "# had, listed a day or more after; + had, to be listed again; . not fetched yet; ! missing; blank: not asked for"
)
_WORST: tuple[State, ...] = ("settled", "early", "waiting", "gap")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a feed in one state."""

    window_from: datetime
    window_to: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Absent:
    """What is missing for one reason: the stretches together, and one detail for all."""

    reason: str
    windows: int
    window_from: datetime
    window_to: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed and scope. ``late``: records that only a later listing brought, by generation."""

    feed: str
    scope: str
    stretches: tuple[Stretch, ...]
    records: int
    late: Mapping[int, int]
    absent: tuple[Absent, ...]
    waiting: int
    next_expiry: datetime | None
    next_listing: datetime | None

    @property
    def window(self) -> tuple[datetime, datetime]:
        return min(s.window_from for s in self.stretches), max(s.window_to for s in self.stretches)

    def share(self, state: State) -> float:
        """How much of the asked time is in that state."""
        whole = sum((s.window_to - s.window_from for s in self.stretches), timedelta(0))
        mine = sum((s.window_to - s.window_from for s in self.stretches if s.state == state), timedelta(0))
        return mine / whole if whole else 0.0

    def strip(self, begin: datetime, end: datetime, width: int) -> str:
        """The stretches as signs, from ``begin`` to ``end``."""
        step = (end - begin) / width
        signs = []
        for n in range(width):
            left, right = begin + n * step, begin + (n + 1) * step
            met = {s.state for s in self.stretches if s.window_from < right and s.window_to > left}
            signs.append(SIGNS[max(met, key=_WORST.index)] if met else " ")
        return "".join(signs)


@dataclass(frozen=True, slots=True)
class Status:
    """A folder's state."""

    tenant_id: str | None
    cloud: str | None
    feeds: tuple[FeedStatus, ...]

    @property
    def complete(self) -> bool:
        return all(s.state in ("settled", "early") for feed in self.feeds for s in feed.stretches)


def read(folder: Path) -> Status:
    """The state of a folder. UsageError if it is none."""
    path = folder / LEDGER
    if not path.is_file():
        raise UsageError(f"{folder}: no collection is here (no {LEDGER}). Make one: mailwitness collect {folder}")
    ledger = Ledger(path)
    try:
        rows = ledger.rows()
        missing = ledger.missing()
        return Status(
            ledger.meta("tenant_id"),
            ledger.meta("cloud"),
            tuple(
                _status(
                    feed,
                    scope,
                    [row for row in rows if (row.unit.feed, row.unit.scope) == (feed, scope)],
                    [
                        Absent(lost.reason, 1, lost.window_from, lost.window_to, lost.detail)
                        for name, lost in missing
                        if name == feed
                    ],
                )
                for feed, scope in sorted({(row.unit.feed, row.unit.scope) for row in rows})
            ),
        )
    finally:
        ledger.close()


def _status(feed: str, scope: str, rows: Sequence[Row], lost: Sequence[Absent]) -> FeedStatus:
    had = {(row.unit.window_from, row.unit.window_to) for row in rows if row.state == "verified"}
    stretches = [Stretch(row.unit.window_from, row.unit.window_to, _state(row)) for row in _last_of_each(rows)]
    stretches += [Stretch(one.window_from, one.window_to, "gap") for one in lost]
    gaps = [row for row in rows if row.state == "gap" and (row.unit.window_from, row.unit.window_to) not in had]
    open_ = [row for row in rows if row.state in ("planned", "running", "fetched")]
    first = [row for row in open_ if (row.unit.window_from, row.unit.window_to) not in had]
    return FeedStatus(
        feed=feed,
        scope=scope,
        stretches=tuple(sorted(stretches, key=lambda s: (s.window_from, s.window_to))),
        records=sum(row.distinct_records or row.records or 0 for row in _last_of_each(rows)),
        late=dict(
            sum((Counter({row.unit.generation: row.late_records}) for row in rows if row.late_records), Counter())
        ),
        absent=tuple(_by_reason([*_absent(gaps), *lost])),
        waiting=len(first),
        next_expiry=min((row.expires_at for row in first if row.expires_at is not None), default=None),
        next_listing=min((row.due_at for row in open_), default=None),
    )


def _last_of_each(rows: Sequence[Row]) -> list[Row]:
    """Of each window its last verified listing, else its first row."""
    chosen: dict[tuple[datetime, datetime], Row] = {}
    for row in rows:
        window = row.unit.window_from, row.unit.window_to
        if window not in chosen or row.state == "verified":
            chosen[window] = row
    return list(chosen.values())


def _state(row: Row) -> State:
    if row.state == "gap":
        return "gap"
    if row.state != "verified" or row.fetched_at is None:
        return "waiting"
    feed = feeds().get(row.unit.feed)
    is_listed_once = feed is not None and len(feed.generations) == 1
    return "settled" if is_listed_once or row.fetched_at >= row.unit.window_to + SETTLED else "early"


def _absent(gaps: Iterable[Row]) -> list[Absent]:
    return [Absent(row.reason or "", 1, row.unit.window_from, row.unit.window_to, row.detail or "") for row in gaps]


def _by_reason(found: Iterable[Absent]) -> list[Absent]:
    made: dict[str, Absent] = {}
    for one in found:
        held = made.get(one.reason)
        made[one.reason] = (
            one
            if held is None
            else Absent(
                one.reason,
                held.windows + 1,
                min(held.window_from, one.window_from),
                max(held.window_to, one.window_to),
                held.detail,
            )
        )
    return [made[reason] for reason in sorted(made)]
