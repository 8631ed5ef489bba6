"""Where the parts of the simulated tenant meet: days of departments in parallel, then files, then the truth about them.

A department is run by one process from its first day to its last. What departments share (people, places, settings over time, the
staged acts) every process makes for itself from the options: it is a pure function of them. So the number of processes changes nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from mailwitness.errors import UsageError
from mailwitness.simulate.acts import Act, Cmdlet, DirectoryAct, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.exports import DEFAULT_FORMATS, formats
from mailwitness.simulate.exports.selection import Selection
from mailwitness.simulate.life import DepartmentLife, planned_changes
from mailwitness.simulate.options import Options
from mailwitness.simulate.service import Service
from mailwitness.simulate.spool import Spool, records_of
from mailwitness.simulate.staging import Staged, stage
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.truth import Truth, finish
from mailwitness.simulate.world import MS_PER_DAY

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written. ``records``: by stream, as the exports hold them. ``truth``: rows by truth file. ``files``: under exports/."""

    out: Path
    records: Mapping[str, int]
    files: tuple[str, ...]
    truth: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every process knows of the whole tenant."""

    tenant: Tenant
    timeline: Timeline
    staged: Staged
    staged_days: Mapping[tuple[int, int], tuple[Act, ...]]  # (department, day) → acts
    mail_signins: frozenset[str]  # sign-ins whose token or connection a staged act used on mail


def simulate(options: Options, out: Path, progress: Progress = lambda _what, _share: None) -> Summary:
    """Write ``out/exports`` (what a customer would hand over) and ``out/truth``. The folder must not exist or be empty.

    Everything is written beside ``out`` first and moved there when it is whole: an interrupted run leaves no half tenant.
    """
    chosen = [_format(name) for name in options.formats or DEFAULT_FORMATS]
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is not an empty folder. Name a new folder, or empty this one.")
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        made = _simulated(options, work, chosen, progress)
        if out.exists():
            out.rmdir()
        (work / "whole").rename(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Summary(out, *made)


def _format(name: str) -> str:
    known = formats()
    if name not in known:
        raise UsageError(f"--formats {name!r} is not known; it is one of {', '.join(sorted(known))}.")
    return name


def _simulated(
    options: Options, work: Path, chosen: list[str], progress: Progress
) -> tuple[Mapping[str, int], tuple[str, ...], Mapping[str, int]]:
    whole, spool = work / "whole", work / "spool"
    (whole / "exports").mkdir(parents=True)
    progress("preparing the tenant", 0.0)
    departments = _prepared(options).tenant.departments
    context = multiprocessing.get_context("spawn")
    days_done: Synchronized[int] = context.Value("q", 0)
    with ProcessPoolExecutor(
        min(os.cpu_count() or 1, departments + 1), context, initializer=_begin, initargs=(days_done,)
    ) as pool:
        living = [pool.submit(_run_department, options, work, number) for number in range(departments)]
        _await(living, lambda: days_done.value / (departments * options.days), "living", progress)
        records: dict[str, int] = {}
        for done in living:
            for stream, count in done.result().items():
                records[stream] = records.get(stream, 0) + count
        writing = [pool.submit(_write_format, options, spool, whole / "exports" / name, name) for name in chosen]
        _await(writing, lambda: sum(one.done() for one in writing) / len(writing), "writing exports", progress)
        dropped = frozenset[str]().union(*(one.result() for one in writing))
    progress("writing the truth", 0.0)
    rows = finish(_prepared(options).tenant, work / "truth", whole / "truth", dropped)
    progress("writing the truth", 1.0)
    files = tuple(sorted(str(p.relative_to(whole / "exports")) for p in (whole / "exports").rglob("*") if p.is_file()))
    return dict(sorted(records.items())), files, rows


def _await(tasks: list[Future[object]] | list[Future[dict[str, int]]], share: Callable[[], float], what: str, progress: Progress) -> None:
    left = set(tasks)
    while left:
        done, left = wait(left, timeout=0.3)
        for one in done:
            one.result()  # the first failure ends the run, with its own words
        progress(what, share())


_days_done: Synchronized[int] | None = None


def _begin(days_done: Synchronized[int]) -> None:
    global _days_done
    _days_done = days_done


@lru_cache(maxsize=1)
def _prepared(options: Options) -> _Stage:
    tenant = build(options)
    staged = stage(tenant, options.scenarios, options)
    timeline = Timeline(tenant, staged.overrides, [*planned_changes(tenant), *_changes(staged.acts)])
    by_day: dict[tuple[int, int], list[Act]] = {}
    mail_signins: set[str] = set()
    for act in staged.acts:
        by_day.setdefault((_department(tenant, act), _day(tenant, act.at)), []).append(act)
        if isinstance(act, MailAccess):
            mail_signins.update(_signins(act))
    return _Stage(
        tenant, timeline, staged, {key: tuple(acts) for key, acts in by_day.items()}, frozenset(mail_signins)
    )


def _changes(acts: Iterable[Act]) -> Iterator[tuple[int, str, str, str]]:
    for act in acts:
        if isinstance(act, (Cmdlet, DirectoryAct)):
            for subject, name, value in act.changes:
                yield act.at, subject, name, value


def _signins(access: MailAccess) -> Iterator[str]:
    if access.token is not None and access.token.issued:
        yield access.token.request_id
    if access.signin_id is not None:
        yield access.signin_id


def _department(tenant: Tenant, act: Act) -> int:
    """Where a staged act is run: with its mailbox, so that recording sees all of one mailbox; else with its person; else in the first."""
    if isinstance(act, (MailAccess, MailboxAct)):
        return tenant.mailbox(act.mailbox).department
    if isinstance(act, SignIn) and act.person is not None and act.person < len(tenant.people):
        return tenant.people[act.person].department
    return 0


def _day(tenant: Tenant, at: int) -> int:
    return (at - tenant.start_at) // MS_PER_DAY


def _run_department(options: Options, work: Path, number: int) -> dict[str, int]:
    """All days of one department: its acts, what is recorded of them, what an export will hold. Counts by stream."""
    stage_ = _prepared(options)
    tenant, quiet = stage_.tenant, stage_.staged.quiet
    life = DepartmentLife(tenant, number, stage_.timeline)
    service, selection = Service(tenant, stage_.timeline), Selection(tenant, options)
    truth = Truth(work / "truth", tenant, stage_.timeline, number, stage_.mail_signins)
    spool = Spool(work / "spool", number)
    counts: dict[str, int] = {}

    def keep(logged: Iterable[object]) -> list[tuple[object, bool]]:
        judged = [(one, selection.holds(one)) for one in logged]
        held = [one for one, is_held in judged if is_held]
        for one in held:
            counts[one.stream] = counts.get(one.stream, 0) + 1
        # What got lost on the way is spooled too: a run log counts it, no file holds it.
        spool.add((_day(tenant, one.at), one) for one, is_held in judged if is_held or one.lost)
        return judged

    for day in range(options.days):
        lived = [act for act in life.day(day) if not (quiet and getattr(act, "mailbox", None) in quiet)]
        acts = sorted([*lived, *stage_.staged_days.get((number, day), ())], key=lambda act: (act.at, act.key))
        judged = keep(service.record(acts))
        truth.take(acts, judged, service.fates())
        spool.close_until(day)
        if _days_done is not None:
            with _days_done.get_lock():
                _days_done.value += 1
    truth.take([], keep(service.close()), service.fates())
    truth.close()
    spool.close_until(options.days + 10_000)
    return counts


def _write_format(options: Options, spool: Path, out: Path, name: str) -> frozenset[str]:
    """Write one format's files; the ids that its caps left out."""
    stage_, chosen = _prepared(options), formats()[name]
    written = chosen.write(out, stage_.tenant, stage_.timeline, records_of(spool, chosen.streams), options)
    return frozenset(written.dropped)
