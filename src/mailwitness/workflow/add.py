"""Evidence into the case: hash and keep, find the reader, read in stretches, publish item by item, settle."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mailwitness import __version__
from mailwitness.case.store import Readable, Store, evidence_id_of, hash_file, now
from mailwitness.errors import EvidenceError
from mailwitness.model.tables import columns_fingerprint
from mailwitness.sources.framing.csv_frames import row_starts
from mailwitness.sources.framing.encoding import Utf8Source
from mailwitness.workflow.detect import Detected, detect
from mailwitness.workflow.file_facts import day_first_of, window_row
from mailwitness.workflow.intake import Found, Problem, TooLarge, archive_kind, members, walk
from mailwitness.workflow.parts import Parts
from mailwitness.workflow.read import Outcome, Task
from mailwitness.workflow.workers import Workers

Keep = Literal["copy", "reference"]
STRETCH_BYTES = 64 << 20
ROUND_BYTES = 512 << 20
_CAPS = (5_000, 10_000, 30_000, 50_000, 100_000, 250_000, 500_000)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an act is: ``done`` and ``total`` bytes of what is known so far, and what is being worked on."""

    stage: str
    name: str
    done: int
    total: int


Report = Callable[[Progress], None]


@dataclass(slots=True)
class Item:
    """One evidence item on its way into the case."""

    evidence_id: str
    sha256: str
    size: int
    path: Path
    found: Found
    kept: Keep
    detected: Detected | None = None
    out: Path | None = None
    tasks: list[Task] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Taken:
    """What an `add` did: ids new to the case, ids it already had, and what could not be taken in."""

    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def take_in(
    store: Store,
    paths: Sequence[Path],
    *,
    reader: str | None,
    keep: Keep,
    options: Mapping[str, str],
    progress: Report,
    workers: int | None = None,
    wanted: Callable[[Path], bool] | None = None,
) -> Taken:
    """Bring all files under the paths into the case, each once; the caller holds the case for writing."""
    with Workers(workers) as started:
        return _take_in(store, walk(paths, store.root, wanted), reader, keep, options, progress, started)


def _take_in(
    store: Store,
    handed_over: Iterator[Found | Problem],
    reader: str | None,
    keep: Keep,
    options: Mapping[str, str],
    progress: Report,
    workers: Workers,
) -> Taken:
    taken = Taken()
    waiting: list[Item] = []
    queue: deque[Found | Problem] = deque(handed_over)
    opened: set[tuple[str, int]] = set()  # archives by depth: copies of one inside another are opened once
    total = sum(f.path.stat().st_size for f in queue if isinstance(f, Found))
    done = 0
    if total >= STRETCH_BYTES * 2:
        workers.begin()
    while queue:
        found = queue.popleft()
        if isinstance(found, Problem):
            taken.problems.append(found)
            continue
        progress(Progress("keeping", found.name, done, total))
        try:
            item = _keep(store, found, keep)
        except OSError as error:
            taken.problems.append(
                Problem(
                    found.name,
                    "",
                    f"cannot be read: {error.strerror}",
                    "Check its permissions, and the free space where the case lies.",
                )
            )
            continue
        done += item.size if found.depth == 0 else 0
        if store.has(item.evidence_id) or any(w.evidence_id == item.evidence_id for w in waiting):
            taken.known.append(item.evidence_id)
            if reader is not None and store.has(item.evidence_id):
                taken.problems.extend(_read_otherwise(store.entry(item.evidence_id), found.name, reader))
            if store.drop_unlisted_copy(item.evidence_id, item.sha256):
                item.path = found.path
            kind = archive_kind(item.path)
            if kind is None:
                continue
        else:
            kind = archive_kind(item.path) if item.size else None
            if kind is None:
                _plan(store, item, reader, options, taken)
                waiting.append(item)
        if kind is not None and (item.sha256, found.depth) not in opened:
            opened.add((item.sha256, found.depth))
            inside = _open_archive(store, item, kind, taken)
            queue.extendleft(reversed(inside))
        elif kind is not None and not store.has(item.evidence_id):
            item.notes["archive"] = f"{kind} archive, the same bytes as another that was opened"
            _publish(store, item, f"archive_{kind}")
            taken.new.append(item.evidence_id)
        if sum(w.size for w in waiting) >= ROUND_BYTES:
            _read_round(store, waiting, taken, progress, workers)
            waiting = []
    _read_round(store, waiting, taken, progress, workers)
    return taken


def _keep(store: Store, found: Found, keep: Keep) -> Item:
    """Hash the bytes and keep them, unless they are to stay where they are or already lie in the case."""
    if found.depth > 0:  # a member: `receive` has put it under its hash
        sha256, size, path, kept = found.path.name, found.path.stat().st_size, found.path, "copy"
    elif keep == "reference":
        sha256, size, path, kept = hash_file(found.path), found.path.stat().st_size, found.path.resolve(), keep
    else:
        with found.path.open("rb") as stream:
            path, sha256, size = store.keep(stream)
        kept = keep
    return Item(evidence_id_of(sha256, found.name), sha256, size, path, found, kept)  # type: ignore[arg-type]


def _read_otherwise(entry: Mapping[str, Any], name: str, reader: str) -> Iterator[Problem]:
    """What to say when a reader is named for an item that the case already holds without that reader's rows."""
    before = entry["reader"]
    if before != reader and not str(before).startswith("archive_"):
        how = "without a reader" if before is None else f"read as {before}"
        step = f"To read it as {reader}, make a new case: mailwitness investigate PATH --case NEW --reader {reader}"
        yield Problem(name, "", f"already in this case, {how}, which stays so", step)


def _open_archive(store: Store, item: Item, kind: str, taken: Taken) -> list[Found]:
    """Publish an archive as an item that holds no records itself, and give its members."""

    def receive(stream: Readable, limit: int) -> Path:
        return store.keep(stream, limit, TooLarge)[0]

    label = f"member of {item.evidence_id} ({item.found.name})"
    inside: list[Found] = []
    for member in members(
        Found(item.path, item.found.name, item.found.origin, item.found.modified, item.found.depth),
        kind,
        receive,
        label,
    ):
        if isinstance(member, Problem):
            taken.problems.append(member)
            item.notes[f"problem_{len(item.notes) + 1}"] = member.sentence()
        else:
            inside.append(member)
    if not store.has(item.evidence_id):
        item.notes["archive"] = f"{kind} archive of {len(inside)} file(s); its records are those of its members"
        _publish(store, item, f"archive_{kind}")
        taken.new.append(item.evidence_id)
    return inside


def _plan(store: Store, item: Item, reader: str | None, options: Mapping[str, str], taken: Taken) -> None:
    """Find the item's reader and cut large files into stretches that begin and end between records."""
    try:
        item.detected = detect(item.path, item.found.name, reader)
    except EvidenceError as error:
        item.notes["two_readers"] = str(error)
        taken.problems.append(Problem(item.found.name, "", "two readers match", str(error)))
        return
    found, shape = item.detected.reader, item.detected.shape
    if found is None:
        _note_unread(item, shape, taken)
        return
    item.out = store.work_folder(item.evidence_id)
    look = item.detected.look
    start = look.bom
    layout = look.layout if shape == "csv" else None
    if layout is not None:
        start += layout.body if not look.encoding.startswith("utf-16") else 0
    options = _with_day_order(item, options)
    item.options = dict(options)
    for number, (begin, end) in enumerate(_stretches(item, start)):
        item.tasks.append(
            Task(
                path=str(item.path),
                evidence_id=item.evidence_id,
                reader=found.id,
                shape=shape,
                encoding=look.encoding,
                start=begin,
                end=end,
                number=number,
                out=str(item.out),
                name=item.found.name,
                modified=item.found.modified,
                delimiter="," if layout is None else layout.delimiter,
                header=() if layout is None else layout.header,
                skip_text=layout.body if layout is not None and look.encoding.startswith("utf-16") else 0,
                options=dict(options),
            )
        )


def _with_day_order(item: Item, options: Mapping[str, str]) -> Mapping[str, str]:
    """The options, with the order of day and month that the file's dates show, unless the caller stated it."""
    assert item.detected is not None
    look, layout = item.detected.look, item.detected.look.layout
    if item.detected.shape != "csv" or layout is None or "day_first" in options:
        return options
    learnt, matters = day_first_of(item.path, look.encoding, look.bom, layout, look.heads[0].records)
    if learnt is not None:
        item.notes["day_order"] = (
            f"dates are written {'day' if learnt else 'month'} first, as the file's own dates show"
        )
        return {**options, "day_first": "true" if learnt else "false"}
    if matters:
        item.notes["day_order"] = (
            "day and month cannot be told apart in this file's dates; "
            "state it with --day-first or --month-first in a new case"
        )
    return options


def _note_unread(item: Item, shape: str, taken: Taken) -> None:
    """Say what a file without a reader is: nothing, prose, or data that nobody knows how to read."""
    name = item.found.name
    if shape == "empty":
        item.notes["empty"] = "the file is empty"
        taken.problems.append(Problem(name, "", "the file is empty", "Export it again if it should hold records."))
    elif shape == "text":
        item.notes["no_reader_text"] = "text that is no known export"
    else:
        what = {
            "binary": "a binary file that is no known export",
            "csv": "a table of an unknown kind",
            "json": "JSON of an unknown kind",
        }
        kind = what["json" if shape == "json_lines" else shape]
        item.notes["no_reader"] = kind
        step = (
            "If it is an export of a known kind, name its reader with --reader in a new case; "
            "`mailwitness doctor --json` lists the readers."
        )
        taken.problems.append(Problem(name, "", kind, step))


def _stretches(item: Item, start: int) -> Iterator[tuple[int, int | None]]:
    assert item.detected is not None
    look, shape, reader = item.detected.look, item.detected.shape, item.detected.reader
    splittable = (
        not look.encoding.startswith("utf-16")
        and (shape == "csv" or shape == "json_lines")
        and not (reader and reader.whole)
    )
    if not splittable or item.size < STRETCH_BYTES * 3 // 2:
        yield start, None
        return
    wanted = range(start + STRETCH_BYTES, item.size - STRETCH_BYTES // 4, STRETCH_BYTES)
    with item.path.open("rb") as stream:
        if shape == "csv":
            assert look.layout is not None
            source = Utf8Source(stream, start)
            starts = row_starts(source, look.layout.delimiter, len(look.layout.header), [w - start for w in wanted])
            cuts = [start + at for at in starts]
        else:
            cuts = []
            for position in wanted:
                stream.seek(position)
                while (block := stream.read(1 << 20)) and b"\n" not in block:
                    position += len(block)
                if block:
                    cuts.append(position + block.index(b"\n") + 1)
    cuts = sorted({cut for cut in cuts if start < cut < item.size})
    yield from zip([start, *cuts], [*cuts, item.size], strict=True)


def _read_round(store: Store, waiting: Sequence[Item], taken: Taken, progress: Report, workers: Workers) -> None:
    """Read the stretches of several items together, so that all cores work, and publish each item when it is whole."""
    items = {item.evidence_id: item for item in waiting}
    tasks = [task for item in waiting for task in item.tasks]
    sizes = [(task.end if task.end is not None else items[task.evidence_id].size) - task.start for task in tasks]
    size_of = {(t.evidence_id, t.number): s for t, s in zip(tasks, sizes, strict=True)}
    done, total = 0, sum(sizes)
    for item in waiting:
        if not item.tasks:
            _publish(store, item, None)
            taken.new.append(item.evidence_id)
    for task, outcome in workers.read_all(tasks, sizes):
        item = items[task.evidence_id]
        item.outcomes[task.number] = outcome
        done += size_of[task.evidence_id, task.number]
        progress(Progress("reading", item.found.name, done, total))
        if len(item.outcomes) == len(item.tasks):
            _publish(store, item, task.reader)
            taken.new.append(item.evidence_id)


def _publish(store: Store, item: Item, reader: str | None) -> None:
    outcomes = [item.outcomes[n] for n in sorted(item.outcomes)]
    primaries: dict[str, int] = {}
    skips: dict[str, list[Any]] = {}
    for outcome in outcomes:
        for table, count in outcome.primaries.items():
            primaries[table] = primaries.get(table, 0) + count
        for reason, (count, detail, locator) in outcome.skips.items():
            skips.setdefault(reason, [0, detail, locator])[0] += count
        item.notes.update(outcome.notes)
    if outcomes and "next_link" not in outcomes[-1].notes:
        item.notes.pop("next_link", None)
    records = sum(o.records for o in outcomes)
    parts = [part for o in outcomes for part in o.parts]
    window = window_row(item.found.name, item.evidence_id, records) if item.out is not None and reader else None
    if window is not None and item.out is not None:
        written = Parts(item.out, len(outcomes))
        written.add_row("collection_windows", window)
        parts += written.close()
    parts = [{**part, "sha256": hash_file(item.out / part["file"])} for part in parts if item.out]
    if records in _CAPS:
        item.notes["cap"] = (
            f"exactly {records:,} records, a limit of several exports: more may exist that the file does not hold"
        )
    if item.detected is not None and item.detected.look.encoding not in ("utf-8", "utf-8-sig", "empty", "binary"):
        item.notes["encoding"] = f"{item.detected.look.encoding}, read as such"
    firsts = [o.first for o in outcomes if o.first is not None]
    lasts = [o.last for o in outcomes if o.last is not None]
    entry = {
        "evidence_id": item.evidence_id,
        "sha256": item.sha256,
        "size_bytes": item.size,
        "name": item.found.name,
        "origin": item.found.origin,
        "reader": reader,
        "shape": None if item.detected is None else item.detected.shape,
        "encoding": None if item.detected is None else item.detected.look.encoding,
        "kept": "referenced" if item.kept == "reference" else "copied",
        "referenced_path": str(item.path) if item.kept == "reference" else None,
        "acquired_at": now(),
        "modified_at": item.found.modified,
        "version": __version__,
        "columns": columns_fingerprint(),
        "options": item.options,
        "scope_from": min(firsts, default=None),
        "scope_to": max(lasts, default=None),
        "records": records,
        "primaries": primaries,
        "rejects": sum(o.rejects for o in outcomes),
        "faults": sum(o.faults for o in outcomes),
        "skips": skips,
        "parts": parts,
        "notes": item.notes,
    }
    store.publish(entry, item.out if item.out is not None and parts else None)
    if item.out is not None and not parts:
        shutil.rmtree(item.out, ignore_errors=True)
