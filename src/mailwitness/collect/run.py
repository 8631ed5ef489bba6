"""One run of the collector over a folder: plan what is wanted and not yet had, fetch it with several workers, prove it, write it down.

Every state is in the ledger, so a run may end at any instant and the next goes on: after Ctrl-C, a kill, a power cut, a day without network. What cannot be had
becomes a gap with its reason. A sign-in that is refused for everything ends the run, because then nothing can be had.
"""

from __future__ import annotations

import getpass
import math
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import filelock

from mailwitness.collect import manifest, statement
from mailwitness.collect.client import Interrupted, Network, Refused, Unavailable
from mailwitness.collect.clock import Clock
from mailwitness.collect.connect import Connection
from mailwitness.collect.credentials import SignInError
from mailwitness.collect.feed import (
    Body,
    Feed,
    Fetched,
    Gap,
    Later,
    Missing,
    Plan,
    Restart,
    Split,
    Unit,
)
from mailwitness.collect.feeds import feeds as all_feeds
from mailwitness.collect.ledger import Ledger, Wanted, utc_now
from mailwitness.collect.raw import UnitFiles, clear_partial
from mailwitness.collect.session import Session
from mailwitness.errors import BusyError, RemoteError, UsageError

LEDGER = "ledger.sqlite"
_TRIES = 5
_RESTARTS = 12
_SPLIT_AFTER = 2
_FAILS_ALONE = timedelta(minutes=15)
"""Below this a window that fails is not cut: its size is not what makes it fail."""
ASKED_AGAIN = (
    "permission_missing",
    "licence_missing",
    "licence_unclear",
    "not_in_this_cloud",
    "not_subscribed",
    "subscription_disabled",
    "unavailable",
    "unstable",
    "unproven",
    "refused",
    "sign_in_refused",
    "query_failed",
    "budget_spent",
)
"""Reasons that may be gone by the next run; gaps with them are asked for again as long as the service still has the window."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is to bring. None: from as far back as each service reaches, until now. ``mailboxes`` empty: the whole tenant."""

    window_from: datetime | None = None
    window_to: datetime | None = None
    mailboxes: tuple[str, ...] = ()
    start_subscriptions: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come. ``records_per_s`` and ``left_s`` are of the run so far; None until they can be told."""

    done: int
    total: int
    records: int
    bytes: int
    feed: str
    records_per_s: float
    left_s: float | None
    throttled: int


@dataclass(frozen=True, slots=True)
class GapFound:
    """A window that was not had."""

    feed: str
    scope: str
    window_from: datetime
    window_to: datetime
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did: units proven in it, records and bytes of them, the folder's gaps, and what is due later."""

    verified: int
    records: int
    late: int
    bytes: int
    requests: int
    throttled: int
    seconds: float
    interrupted: bool
    gaps: tuple[GapFound, ...]
    outstanding: int
    next_listing_at: datetime | None

    @property
    def complete(self) -> bool:
        return not self.gaps and not self.outstanding and not self.interrupted


@dataclass(slots=True)
class _Tally:
    """Counts that workers share."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: int = 0
    verified: int = 0
    records: int = 0
    late: int = 0
    bytes: int = 0
    feed: str = ""
    fatal: BaseException | None = None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep the folder for one writer. BusyError if another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise BusyError(f"{folder}: another process is collecting into this folder; wait for it or stop it") from None
    try:
        yield
    finally:
        lock.release()


class Run:
    """One tenant, one folder, some feeds."""

    def __init__(
        self,
        folder: Path,
        connection: Connection,
        feeds: Mapping[str, Feed],
        version: str,
    ) -> None:
        self._folder = folder
        self._connection = connection
        self._config = connection.config
        self._client = connection.client
        self._feeds = feeds
        self._version = version
        self._tally = _Tally()

    @property
    def clock(self) -> Clock:
        return self._client.clock

    def collect(
        self, wish: Wish, progress: Callable[[Progress], None] = lambda _: None, every_s: float = 0.2
    ) -> Summary:
        """Do all that is due. KeyboardInterrupt ends it in good order; the summary says so."""
        with locked(self._folder):
            ledger = Ledger(self._folder / LEDGER)
            try:
                return self._collect(ledger, wish, progress, every_s)
            finally:
                ledger.close()

    def _collect(self, ledger: Ledger, wish: Wish, progress: Callable[[Progress], None], every_s: float) -> Summary:
        self._refuse_other_tenant(ledger)
        clear_partial(self._folder)
        self.clock.observe = ledger.observe_clock
        began, run = time.monotonic(), ledger.begin_run(utc_now(), self._about(wish))
        outcome = "failed"
        interrupted = False
        try:
            self._connection.learn_clock(feed.api for feed in self._feeds.values())
            self._claim(ledger)
            horizon = self._plan(ledger, wish)
            workers = self._start(ledger, wish, horizon)
            try:
                self._watch(ledger, workers, horizon, began, progress, every_s)
            except KeyboardInterrupt:
                interrupted = True
                self._client.stop()
                for worker in workers:
                    worker.join(timeout=5.0)
            if self._tally.fatal is not None:
                raise self._tally.fatal
            outcome = "interrupted" if interrupted else "done"
        finally:
            statement.write(ledger, self._folder, all_feeds())
            manifest.write(ledger, self._folder)
            ledger.end_run(run, utc_now(), outcome)
        return self._summary(ledger, horizon, time.monotonic() - began, interrupted)

    def _refuse_other_tenant(self, ledger: Ledger) -> None:
        for name, value in self._belongs_to():
            held = ledger.meta(name)
            if held is not None and held != value:
                raise UsageError(
                    f"{self._folder}: this folder is of {name} {held}, the configuration names {value}. Collect each tenant into its own folder."
                )

    def _claim(self, ledger: Ledger) -> None:
        """Once the tenant has let us in, the folder is its own; not before, or a mistyped tenant would keep it."""
        for name, value in (*self._belongs_to(), ("collection_id", os.urandom(8).hex())):
            if ledger.meta(name) is None:
                ledger.set_meta(name, value)

    def _belongs_to(self) -> tuple[tuple[str, str], ...]:
        return ("tenant_id", self._config.tenant_id), ("cloud", self._config.cloud)

    def _about(self, wish: Wish) -> dict[str, Any]:
        """Who collects, where, with what: for the custody of what comes. Nothing secret is known here."""
        config = self._config
        return {
            "tool": f"mailwitness {self._version}",
            "user": _user(),
            "host": platform.node(),
            "tenant_id": config.tenant_id,
            "client_id": config.client_id,
            "cloud": config.cloud,
            "credential": config.credential,
            "graph": config.addresses.graph,
            "feeds": sorted(self._feeds),
            "mailboxes": list(wish.mailboxes),
            "window_from": None if wish.window_from is None else wish.window_from.isoformat() + "Z",
            "window_to": None if wish.window_to is None else wish.window_to.isoformat() + "Z",
            "start_subscriptions": wish.start_subscriptions,
        }

    # Planning

    def _plan(self, ledger: Ledger, wish: Wish) -> datetime:
        """Plan every window that is wanted and was not planned before. Returns the service's now: what is due until then is done."""
        now = self.clock.now()
        for feed in self._feeds.values():
            if self._impossible(feed) is None:
                ledger.ask_again(feed.name, ASKED_AGAIN)
            ledger.plan(self._wanted(ledger, feed, wish, now))
        return now

    def _wanted(self, ledger: Ledger, feed: Feed, wish: Wish, now: datetime) -> Iterator[Wanted]:
        last = (now - feed.settle).replace(second=0, microsecond=0)
        end = last if wish.window_to is None else min(_minute_after(wish.window_to) + feed.lag, last)
        reach = None if feed.retention is None else (now - feed.retention).replace(second=0, microsecond=0)
        # What expires within minutes would be gone before its turn.
        oldest = end - timedelta(days=30) if reach is None else reach + timedelta(minutes=15)
        begin = oldest if wish.window_from is None else wish.window_from.replace(second=0, microsecond=0)
        if oldest <= begin:  # what expired before the wanted beginning is no loss
            begin = max(begin - feed.lead, oldest)
        if begin >= end:
            return
        refusal = self._impossible(feed)
        if reach is not None and begin < oldest and refusal is None:
            detail = f"the service keeps {feed.retention.days if feed.retention else 0} days; only an export made earlier has this window"
            yield from self._gaps(ledger, feed, wish, begin, min(oldest, end), ("outside_retention", detail))
            begin = oldest
        if begin >= end:
            return
        if refusal is not None:
            yield from self._gaps(ledger, feed, wish, begin, end, refusal)
            return
        for planned in feed.plan(Plan(begin, end, wish.mailboxes, now)):
            for free_from, free_to in ledger.uncovered(
                feed.name, planned.scope, planned.window_from, planned.window_to
            ):
                yield Wanted(
                    feed.name,
                    planned.scope,
                    free_from,
                    free_to,
                    due=planned.due if planned.due is not None else free_to + feed.settle,
                    expires=None if feed.retention is None else free_from + feed.retention,
                    newest=free_to == end,
                )

    def _gaps(
        self, ledger: Ledger, feed: Feed, wish: Wish, begin: datetime, end: datetime, why: tuple[str, str]
    ) -> Iterator[Wanted]:
        scopes = {planned.scope for planned in feed.plan(Plan(begin, end, wish.mailboxes, end))}
        for scope in sorted(scopes):
            for free_from, free_to in ledger.uncovered(feed.name, scope, begin, end):
                yield Wanted(feed.name, scope, free_from, free_to, due=free_to, gap=why)

    def _impossible(self, feed: Feed) -> tuple[str, str] | None:
        config = self._config
        if config.cloud not in feed.needs.clouds:
            return "not_in_this_cloud", f"Microsoft does not offer it in the cloud {config.cloud!r}"
        if feed.api not in config.resources:
            return (
                "not_in_this_cloud",
                f"no address of the {feed.api} service is known for the cloud {config.cloud!r}; name it under [addresses]",
            )
        return None

    # Work

    def _start(self, ledger: Ledger, wish: Wish, horizon: datetime) -> list[threading.Thread]:
        """Workers for each service, so that one service's waiting does not hold up another."""
        by_api: dict[str, list[Feed]] = {}
        for feed in self._feeds.values():
            by_api.setdefault(feed.api, []).append(feed)
        workers = [
            threading.Thread(
                target=self._work,
                args=(ledger, [feed.name for feed in feeds], wish, horizon),
                name=f"collect-{api}-{number}",
                daemon=True,
            )
            for api, feeds in by_api.items()
            for number in range(self._config.workers)
        ]
        for worker in workers:
            worker.start()
        return workers

    def _watch(
        self,
        ledger: Ledger,
        workers: Sequence[threading.Thread],
        horizon: datetime,
        began: float,
        progress: Callable[[Progress], None],
        every_s: float,
    ) -> None:
        names = list(self._feeds)
        while True:
            alive = [worker for worker in workers if worker.is_alive()]
            left = ledger.outstanding(names, horizon)
            seconds = time.monotonic() - began
            tally = self._tally
            progress(
                Progress(
                    done=tally.done,
                    total=tally.done + left,
                    records=tally.records,
                    bytes=tally.bytes,
                    feed=tally.feed,
                    records_per_s=tally.records / seconds if seconds > 0 else 0.0,
                    left_s=seconds / tally.done * left if tally.done else None,
                    throttled=self._client.counts.throttled,
                )
            )
            if not alive:
                return
            alive[0].join(timeout=every_s)

    def _work(self, ledger: Ledger, feeds: Sequence[str], wish: Wish, horizon: datetime) -> None:
        try:
            while not self._client.stopped:
                taken = ledger.take(feeds, horizon, self.clock.now())
                if taken is None:
                    if ledger.outstanding(feeds, horizon) == 0:
                        return
                    self._client.wait(0.02)
                    continue
                unit, only_prove = taken
                self._handle(ledger, unit, only_prove, wish)
        except Interrupted:
            return
        except BaseException as error:  # noqa: BLE001  told by the thread that waits for this one
            with self._tally.lock:
                self._tally.fatal = self._tally.fatal or error
            self._client.stop()

    def _handle(self, ledger: Ledger, unit: Unit, only_prove: bool, wish: Wish) -> None:
        feed = self._feeds[unit.feed]
        began = self.clock.now()
        tried = _Tried(ledger, unit, began, time.monotonic(), self.clock)
        session = Session(
            self._client,
            ledger,
            unit,
            self._config.tenant_id,
            self._config.addresses,
            wish.start_subscriptions,
        )
        files = UnitFiles(self._folder, unit)
        try:
            self._refuse_expired(feed, unit)
            fetched = self._held(ledger, feed, unit) if only_prove else self._fetch(ledger, feed, unit, session, files)
            unproven = feed.prove(unit, fetched, lambda pause: self._again(feed, unit, session, pause))
            if unproven is not None:
                ledger.give_up(unit, "unproven", unproven, self.clock.now())
                tried("unproven", unproven)
            else:
                self._verified(ledger, feed, unit, fetched)
                tried("verified", None, fetched.records)
        except Interrupted:
            ledger.release(unit)
            raise
        except Split as split:
            self._split(ledger, feed, unit, split.pieces, split.why, tried)
        except Restart as restart:
            self._restart(ledger, feed, unit, str(restart), tried)
        except Later as later:
            ledger.put_back(unit, self.clock.now() + timedelta(seconds=later.seconds * self._client.pace))
            tried("later", later.why)
            return
        except Gap as gap:
            ledger.give_up(unit, gap.reason, gap.detail, self.clock.now())
            tried("gap", gap.detail)
        except Refused as refusal:
            ledger.give_up(unit, "refused", f"the service refused ({refusal}; {refusal.request})", self.clock.now())
            tried("gap", str(refusal))
        except SignInError as error:
            if not error.only_there:
                ledger.release(unit)
                raise
            ledger.give_up(unit, "sign_in_refused", str(error), self.clock.now())
            tried("gap", str(error))
        except RemoteError:
            ledger.release(unit)
            raise
        except Unavailable as error:
            self._failed(ledger, feed, unit, str(error), tried)
        finally:
            files.drop()
        with self._tally.lock:
            self._tally.done += 1
            self._tally.feed = unit.feed

    def _fetch(self, ledger: Ledger, feed: Feed, unit: Unit, session: Session, files: UnitFiles) -> Fetched:
        """Fetch the unit whole, put its bodies on the disk and then into the ledger."""
        records, ids, missing = 0, set[str](), self._slipped(feed, unit)
        for item in feed.fetch(unit, session):
            if isinstance(item, Missing):
                missing.append(item)
                continue
            files.add(item)
            records += item.records
            if item.records:
                ids.update(feed.ids(item.content))
        size = files.size
        before = self._ids_of(feed, ledger.earlier_bodies(unit)) if unit.generation and ids else set[str]()
        late = len(ids - before) if unit.generation else None
        stored, entries = files.keep()
        ledger.finish(
            unit,
            stored,
            missing,
            records=records,
            distinct=len(ids | before) if ids else None,
            late=late,
            fetched_at=self.clock.now(),
            manifest=entries,
        )
        with self._tally.lock:
            self._tally.records += records
            self._tally.bytes += size
            self._tally.late += late or 0
        return Fetched(records, frozenset(ids), tuple(missing))

    def _refuse_expired(self, feed: Feed, unit: Unit) -> None:
        """A service answers nothing for what it has forgotten, and that nothing must not be taken for an empty window."""
        if feed.retention is not None and unit.window_to <= self.clock.now() - feed.retention:
            raise Gap(
                "outside_retention",
                f"the service keeps {feed.retention.days} days; this window's turn came too late. Only an export made earlier has it.",
            )

    def _slipped(self, feed: Feed, unit: Unit) -> list[Missing]:
        """The beginning of a window that passed out of the service's reach before its turn came."""
        reach = None if feed.retention is None else self.clock.now() - feed.retention
        if reach is None or unit.generation or unit.window_from >= reach:
            return []
        return [Missing(unit.window_from, reach, "outside_retention", "it expired before its turn came")]

    def _again(self, feed: Feed, unit: Unit, session: Session, pause: float) -> Fetched:
        """Fetch the unit once more, keeping nothing."""
        session.wait(pause)
        records, ids, missing = 0, set[str](), list[Missing]()
        for item in feed.fetch(unit, session):
            if isinstance(item, Body):
                records += item.records
                ids.update(feed.ids(item.content) if item.records else ())
            else:
                missing.append(item)
        return Fetched(records, frozenset(ids), tuple(missing))

    def _held(self, ledger: Ledger, feed: Feed, unit: Unit) -> Fetched:
        """What an earlier run fetched of the unit and did not come to prove."""
        ids = self._ids_of(feed, ledger.bodies(unit))
        return Fetched(ledger.records_of(unit), frozenset(ids), tuple(ledger.missing_of(unit)))

    def _ids_of(self, feed: Feed, bodies: Iterable[tuple[str, int, int]]) -> set[str]:
        found: set[str] = set()
        for file, offset, length in bodies:
            if file.startswith(f"raw/{feed.name}/"):
                with (self._folder / file).open("rb") as stream:
                    stream.seek(offset)
                    found.update(feed.ids(stream.read(length)))
        return found

    def _verified(self, ledger: Ledger, feed: Feed, unit: Unit, fetched: Fetched) -> None:
        now = self.clock.now()
        following = None
        for generation, after in enumerate(feed.generations):
            if generation > unit.generation and unit.window_to + after > now:
                following = generation, unit.window_to + after
                break
        expires = None if feed.retention is None else unit.window_from + feed.retention
        ledger.verified(unit, following, expires)
        with self._tally.lock:
            self._tally.verified += 1

    def _split(self, ledger: Ledger, feed: Feed, unit: Unit, pieces: int, why: str, tried: _Tried) -> None:
        most = math.floor(unit.length / feed.smallest)
        if most < 2:
            detail = f"more than the service gives for a window of {unit.length}: {why}"
            ledger.give_up(unit, "too_much", detail, self.clock.now())
            tried("gap", detail)
            return
        pieces = max(2, min(pieces, most))
        cuts = [unit.window_from + unit.length * n / pieces for n in range(pieces)] + [unit.window_to]
        ledger.split(unit, list(pairwise(cuts)), why)
        tried("split", why)

    def _restart(self, ledger: Ledger, feed: Feed, unit: Unit, why: str, tried: _Tried) -> None:
        _, restarts = ledger.tries(unit)
        if restarts + 1 < _RESTARTS:
            ledger.put_back(unit, None, restarted=True)
            tried("restart", why)
        elif unit.length >= 2 * feed.smallest:
            self._split(ledger, feed, unit, 2, f"{restarts + 1} restarts: {why}", tried)
        else:
            ledger.give_up(unit, "unstable", f"{restarts + 1} times: {why}", self.clock.now())
            tried("gap", why)

    def _failed(self, ledger: Ledger, feed: Feed, unit: Unit, why: str, tried: _Tried) -> None:
        """Try again later, or in halves where the service answers others meanwhile: then it is the window, and not an outage."""
        if not self._client.counts.answered_hosts:
            ledger.release(unit)
            raise Network(
                f"no service answers: {why}. Look at network, proxy (HTTPS_PROXY) and firewall of this machine, and at [addresses]. "
                "Run the command again: it goes on where it was."
            )
        attempts = ledger.tries(unit)[0] + 1
        if attempts >= _TRIES:
            ledger.give_up(unit, "unavailable", f"{attempts} attempts: {why}", self.clock.now())
            tried("gap", why)
        elif (
            attempts >= _SPLIT_AFTER
            and unit.length >= 2 * _FAILS_ALONE
            and self._client.answered_since(feed.api, tried.started)
        ):
            self._split(ledger, feed, unit, 2, why, tried)
        else:
            pause = self._client.pace * 10 * 2.0**attempts
            ledger.put_back(unit, self.clock.now() + timedelta(seconds=pause), failed=True)
            tried("failed", why)

    def _summary(self, ledger: Ledger, horizon: datetime, seconds: float, interrupted: bool) -> Summary:
        rows = [row for row in ledger.rows() if row.unit.feed in self._feeds]
        had = {_window(row.unit) for row in rows if row.state == "verified"}
        gaps = [
            GapFound(*_window(row.unit), row.reason or "", row.detail or "")
            for row in rows
            if row.state == "gap" and _window(row.unit) not in had
        ]
        gaps += [
            GapFound(name, "", lost.window_from, lost.window_to, lost.reason, lost.detail)
            for name, lost in ledger.missing()
            if name in self._feeds
        ]
        later = [row.due_at for row in rows if row.state == "planned" and row.due_at > horizon]
        tally, counts = self._tally, self._client.counts
        return Summary(
            verified=tally.verified,
            records=tally.records,
            late=tally.late,
            bytes=tally.bytes,
            requests=counts.requests,
            throttled=counts.throttled,
            seconds=seconds,
            interrupted=interrupted,
            gaps=tuple(gaps),
            outstanding=ledger.outstanding(list(self._feeds), horizon),
            next_listing_at=min(later, default=None),
        )


@dataclass(frozen=True, slots=True)
class _Tried:
    """Notes in the ledger what became of one attempt."""

    ledger: Ledger
    unit: Unit
    began: datetime
    started: float
    clock: Clock

    def __call__(self, outcome: str, detail: str | None, records: int | None = None) -> None:
        self.ledger.tried(self.unit, self.began, self.clock.now(), outcome, detail, records)


def _window(unit: Unit) -> tuple[str, str, datetime, datetime]:
    return unit.feed, unit.scope, unit.window_from, unit.window_to


def _minute_after(moment: datetime) -> datetime:
    """The moment, or the next whole minute."""
    whole = moment.replace(second=0, microsecond=0)
    return moment if whole == moment else whole + timedelta(minutes=1)


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None
