"""Where the parts of the simulated tenant meet: days of departments in parallel, then files, then the truth about them.

A department is run by one process from its first day to its last. What departments share (people, places, settings over time, the
staged acts) every process makes for itself from the options: it is a pure function of them. So the number of processes changes nothing.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, TypeAlias

from mailwitness.errors import UsageError
from mailwitness.simulate.acts import Act, Cmdlet, DirectoryAct, MailAccess, MailboxAct, SignIn, TokenCapture
from mailwitness.simulate.exports import DEFAULT_FORMATS, Format, Part, close_format, formats, write_part
from mailwitness.simulate.exports.format import Streams
from mailwitness.simulate.exports.selection import Selection
from mailwitness.simulate.life import DepartmentLife, planned_changes
from mailwitness.simulate.logged import Key, Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.service import Service, recordability
from mailwitness.simulate.spool import Spool, records_of
from mailwitness.simulate.staging import Staged, stage
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.tenant.inbox_rules import PREFIX as INBOX_RULE
from mailwitness.simulate.truth import Truth, finish
from mailwitness.simulate.truth.rows import CapturedTokenRow

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written. ``records``: by stream, as the exports hold them. ``truth``: rows by truth file. ``files``: under exports/."""

    out: Path
    records: Mapping[str, int]
    files: tuple[str, ...]
    truth: Mapping[str, int]


Change: TypeAlias = tuple[int, str, str, str]
"""(at, subject, name, value) of a setting."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every process knows of the whole tenant. Not of it: the inbox rules of daily life, of which nothing that is recorded depends."""

    tenant: Tenant
    timeline: Timeline
    changes: tuple[Change, ...]  # of the timeline
    staged: Staged
    staged_days: Mapping[tuple[int, int], tuple[Act, ...]]  # (department, day) → acts


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
    exports = whole / "exports"
    exports.mkdir(parents=True)
    progress("preparing the tenant", 0.0)
    known = _prepared(options)
    captures = [act for act in known.staged.acts if isinstance(act, TokenCapture)]
    captured = _captured(known.tenant, captures, exports) if captures else []
    departments = known.tenant.departments
    context = multiprocessing.get_context("spawn")
    days_done: Synchronized[int] = context.Value("q", 0)
    with ProcessPoolExecutor(os.cpu_count() or 1, context, initializer=_begin, initargs=(days_done,)) as pool:
        living = [pool.submit(_run_department, options, work, number) for number in range(departments)]
        _await(living, lambda: days_done.value / (departments * options.days), "living", progress)
        records: Counter[str] = Counter()
        changes: list[Change] = []
        for lived in living:
            held, changed = lived.result()
            records.update(held)
            changes += changed
        writing = {
            (name, streams): pool.submit(
                _write_part, options, spool, exports / name, name, streams, _read_once(chosen, streams)
            )
            for name, streams in _longest_first(chosen, records)
        }
        telling = pool.submit(_tell, options, changes, captured, work / "truth", whole / "truth", chosen)
        tasks: list[Future[Any]] = [*writing.values(), telling]
        _await(tasks, lambda: sum(one.done() for one in tasks) / len(tasks), "writing exports", progress)
        made = [formats()[name] for name in chosen]
        left = [
            close_format(
                one,
                exports / one.id,
                known.tenant,
                _timeline(known, changes),
                [writing[one.id, streams].result() for streams in one.parts()],
            ).dropped
            for one in made
        ]
        dropped = _dropped_by_all(made, left)
        rows = telling.result()
        if dropped:  # the truth was told as if every export held all it could
            progress("writing the truth again", 0.0)
            shutil.rmtree(whole / "truth")
            rows = pool.submit(
                _tell, options, changes, captured, work / "truth", whole / "truth", chosen, dropped
            ).result()
    files = tuple(sorted(p.relative_to(exports).as_posix() for p in exports.rglob("*") if p.is_file()))
    return dict(sorted(records.items())), files, rows


def _captured(tenant: Tenant, captures: list[TokenCapture], exports: Path) -> list[CapturedTokenRow]:
    """Write captured tokens; the truth about them."""
    try:
        from mailwitness.simulate.captured.files import write_captured
    except ModuleNotFoundError as missing:
        raise UsageError(
            f"scenario {captures[0].scenario} signs tokens and needs {missing.name!r}, which is not installed. Install it: "
            "pip install 'mailwitness[tokens]', or leave the scenario out."
        ) from missing
    return write_captured(tenant, captures, exports)


def _tell(
    options: Options,
    changes: list[Change],
    captured: list[CapturedTokenRow],
    spool: Path,
    folder: Path,
    chosen: list[str],
    dropped: frozenset[Key] = frozenset(),
) -> dict[str, int]:
    """Write the truth files; the number of rows by file."""
    known = _prepared(options)
    return finish(known.tenant, _timeline(known, changes), spool, folder, chosen, dropped, captured)


def _longest_first(chosen: Iterable[str], records: Mapping[str, int]) -> list[tuple[str, Streams]]:
    """The parts of the formats, those with the most records first, so that no process ends long after the others."""
    parts = [(name, streams) for name in dict.fromkeys(chosen) for streams in formats()[name].parts()]
    return sorted(parts, key=lambda part: -sum(records.get(stream, 0) for stream in part[1]))


def _read_once(chosen: Iterable[str], streams: Streams) -> Streams:
    """Those of the streams that only one of the formats carries."""
    return frozenset(
        one for one in streams if sum(one in formats()[name].streams for name in dict.fromkeys(chosen)) == 1
    )


def _dropped_by_all(chosen: list[Format], dropped: list[frozenset[Key]]) -> frozenset[Key]:
    """The records that caps and cuts left out of every export: a format that carries their log and did not drop them has them."""
    lost: set[Key] = set()
    for format_, keys in zip(chosen, dropped, strict=True):
        for key in keys - lost:
            others = zip(chosen, dropped, strict=True)
            if all(key in theirs for other, theirs in others if other is not format_ and key[0] in other.streams):
                lost.add(key)
    return frozenset(lost)


def _await(tasks: Sequence[Future[Any]], share: Callable[[], float], what: str, progress: Progress) -> None:
    left = set(tasks)
    while left:
        done, left = wait(left, timeout=0.3)
        for one in done:
            one.result()  # the first failure ends the run, with its own words
        progress(what, share())


_days_done: Synchronized[int] | None = None


def _begin(days_done: Synchronized[int]) -> None:
    """Prepare a process: acts and records hold no cycles, so the collector of cycles would mostly look in vain."""
    global _days_done
    _days_done = days_done
    gc.set_threshold(100_000, 20, 50)


@lru_cache(maxsize=1)
def _prepared(options: Options) -> _Stage:
    tenant = build(options)
    planned = planned_changes(tenant)
    staged = stage(tenant, options.scenarios, options, planned)
    changes = (*planned, *_changes(staged.acts))
    timeline = Timeline(tenant, staged.overrides, changes)
    by_day: dict[tuple[int, int], list[Act]] = {}
    for act in staged.acts:
        by_day.setdefault((_department(tenant, act), tenant.day_of(act.at)), []).append(act)
    return _Stage(tenant, timeline, changes, staged, {key: tuple(acts) for key, acts in by_day.items()})


def _timeline(known: _Stage, changes: Iterable[Change]) -> Timeline:
    """All settings over time, with what daily life changed on the way."""
    return Timeline(known.tenant, known.staged.overrides, [*known.changes, *changes])


def _changes(acts: Iterable[Act]) -> Iterator[Change]:
    for act in acts:
        if isinstance(act, (Cmdlet, DirectoryAct, MailboxAct)):
            for subject, name, value in act.changes:
                yield act.at, subject, name, value


def _department(tenant: Tenant, act: Act) -> int:
    """Where a staged act is run: with its mailbox, so that recording sees all of one mailbox; else with its person; else in the first."""
    if isinstance(act, (MailAccess, MailboxAct)):
        return tenant.mailbox(act.mailbox).department
    if isinstance(act, SignIn) and act.person is not None and act.person < len(tenant.people):
        return tenant.people[act.person].department
    return 0


def _run_department(options: Options, work: Path, number: int) -> tuple[dict[str, int], list[Change]]:
    """All days of one department: its acts, what is recorded of them, what an export will hold. Records held, by stream; the inbox rules
    that people made."""
    known = _prepared(options)
    tenant, timeline, quiet = known.tenant, known.timeline, known.staged.quiet
    life, service = DepartmentLife(tenant, number, timeline), Service(tenant, timeline)
    selection, truth = Selection(tenant, options), Truth(work / "truth", tenant, number)
    spool, counts = Spool(work / "spool", number), Counter[str]()
    rules: list[Change] = []

    def keep(logged: Iterable[Logged]) -> list[tuple[Logged, bool]]:
        judged = [(one, selection.holds(one)) for one in logged]
        for one, is_held in judged:
            if is_held:
                counts[one.stream] += 1
        spool.add((tenant.day_of(one.at), one) for one, is_held in judged if is_held or one.lost)
        return judged

    for day in range(options.days):
        lived = [act for act in life.day(day) if not (quiet and getattr(act, "mailbox", None) in quiet)]
        acts = sorted([*lived, *known.staged_days.get((number, day), ())], key=lambda act: (act.at, act.key))
        rules += [change for change in _changes(lived) if change[2].startswith(INBOX_RULE)]
        judged = keep(service.record(acts))
        truth.take(acts, judged, service.fates())
        spool.close_until(day)
        if _days_done is not None:
            with _days_done.get_lock():
                _days_done.value += 1
    judged = keep(service.close())
    truth.take((), judged, service.fates())
    spool.close_until(options.days + 1)
    truth.close(
        stretch
        for mailbox in tenant.mailboxes_in(number)
        for stretch in recordability(tenant, timeline, mailbox, service.throttled(mailbox.guid))
    )
    return dict(counts), rules


def _write_part(options: Options, spool: Path, out: Path, name: str, streams: Streams, spent: Streams) -> Part:
    """Write some logs of one format. ``spent``: those that no other format reads; they are removed on the way, for they fill disks."""
    known, made = _prepared(options), formats()[name]
    return write_part(made, out, known.tenant, known.timeline, records_of(spool, streams, spent), streams)
