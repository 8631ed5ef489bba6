"""One stretch of one evidence item: bytes to typed rows on disk. This is what a worker process does.

A stretch is a whole file, or a part of a large one that begins and ends between records. Records are cut, unwrapped by the
reader, typed by their family in batches, and written as Parquet parts. What cannot be read becomes a reject with what can be saved of
it; nothing that is cut is dropped. The outcome says how many of each there were, so that the case can account for every record.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from mailwitness.model.evidence import Batch, Fault, Frame, Place, RawRecord, Reader, Reading, RecordCell, Reject, Skip
from mailwitness.model.salvage import salvage, salvage_row
from mailwitness.model.tables import TABLES
from mailwitness.records import families
from mailwitness.sources import readers
from mailwitness.sources.framing.csv_frames import Row, csv_rows, record_cells
from mailwitness.sources.framing.encoding import Source, Utf8Source, open_source, text_of
from mailwitness.sources.framing.head import record_value
from mailwitness.sources.framing.json_frames import json_cuts, line_places
from mailwitness.workflow.parts import Parts

BATCH_RECORDS = 8192
BATCH_BYTES = 32 << 20
_WIDE_COLUMNS = ("auditdata", "raweventdata", "_raw")


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch to read. ``start`` and ``end`` are offsets in the evidence; ``end`` None is its end. ``number`` orders stretches.

    ``skip_text`` is how many bytes of UTF-8 text lie before the first row, for encodings that cannot be entered in the middle.
    """

    path: str
    evidence_id: str
    reader: str
    shape: str
    encoding: str
    start: int
    end: int | None
    number: int
    out: str
    name: str
    modified: str | None = None
    delimiter: str = ","
    header: tuple[str, ...] = ()
    skip_text: int = 0
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What a stretch gave. ``primaries``: records by the table of their row. ``skips``: reason → [count, detail, first locator]."""

    records: int = 0
    primaries: dict[str, int] = field(default_factory=dict)
    rejects: int = 0
    skips: dict[str, list[Any]] = field(default_factory=dict)
    faults: int = 0
    parts: list[dict[str, Any]] = field(default_factory=list)
    first: str | None = None
    last: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_stretch(task: Task) -> Outcome:
    """Read one stretch and write its parts into ``task.out``."""
    collected = gc.isenabled()
    gc.disable()  # rows hold no cycles; the collector only slows their making
    try:
        return _Stretch(task).read()
    finally:
        if collected:
            gc.enable()


class _Stretch:
    """The work of one task: batches of raw records per family, and the parts they become."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.reader: Reader = readers()[task.reader]
        self.place = Place(task.name, task.modified, task.header, dict(task.options))
        self.parts = Parts(Path(task.out), task.number)
        self.outcome = Outcome()
        self._batches: dict[str, list[RawRecord]] = {}
        self._batch_bytes = 0
        self._batch_records = 0
        self._plain_header = [name.partition("#")[0].lower() for name in task.header]
        # Lines that are records as they stand and were taken together: their family, their batch, how many.
        self._lines: tuple[str, Batch] | None = None
        self._lines_taken = 0
        self._cut_again: set[int] = set()  # offsets of text already cut again

    def read(self) -> Outcome:
        with open(self.task.path, "rb") as stream:
            if (
                self.reader.bare is not None
                and self.task.shape == "json_lines"
                and not self.task.encoding.startswith("utf-16")
            ):
                self._bare_lines(stream, self.reader.bare)
            elif (
                self.reader.cell is not None
                and self.task.shape == "csv"
                and self.reader.cell.column in self.task.header
                and not self.task.encoding.startswith("utf-16")
            ):
                self._rows_of_records(stream, self.reader.cell)
            else:
                for reading in self._readings(stream):
                    self._take(reading)
        self._flush()
        self.outcome.parts = self.parts.close()
        self.outcome.first, self.outcome.last = self.parts.first, self.parts.last
        return self.outcome

    def _readings(self, stream: BinaryIO) -> Iterator[Reading]:
        task = self.task
        if task.shape == "json_lines" and not task.encoding.startswith("utf-16"):
            yield from self._json_lines(stream)
            return
        source = open_source(stream, task.encoding, task.start, task.end)
        if task.shape in ("json", "json_lines"):
            yield from self._json(source)
        elif task.shape == "csv":
            yield from self._csv(source)
        else:
            yield from self._text(source)

    def _bare_lines(self, stream: BinaryIO, family: str) -> None:
        """Lines that are records as they stand: the shortest way, for most of the bytes of most cases."""
        for text, offset in _whole_lines(stream, self.task.start, self.task.end):
            places = line_places(text, offset)
            if places and self._take_lines(family, text, places):
                continue
            for line, place in _split(text, offset):
                if line[:1] == b"{":
                    self._take(RawRecord(family, line, place, len(line)))
                elif line and not line.isspace():
                    for reading in self._json(Utf8Source(BytesIO(line), 0), place):
                        self._take(reading)

    def _rows_of_records(self, stream: BinaryIO, cell: RecordCell) -> None:
        """Rows that hold a record as it stands in one cell. A block with any other row is read row by row."""
        header, delimiter, end = self.task.header, self.task.delimiter, self.task.end
        wide = header.index(cell.column)
        offset = self.task.start
        while True:
            stream.seek(offset)
            block = stream.read(_LINE_BLOCK if end is None else min(_LINE_BLOCK, end - offset))
            if not block:
                return
            text = block[: block.rfind(b"\n") + 1]
            found = record_cells(text, offset, delimiter, len(header), wide, cell.names) if text else None
            if found is not None and self._take_lines(cell.family, *found):
                offset += len(text)
                continue
            until, base = offset + len(text or block), offset
            for row in csv_rows(Utf8Source(stream, base, end), delimiter, len(header), wide):
                offset = base + row.position + len(row.raw)
                for reading in self._row(row, base + row.position, len(row.raw)):
                    self._take(reading)
                if offset >= until:
                    break
            else:
                return  # the rest was blank

    def _take_lines(self, family: str, text: bytes, places: Sequence[tuple[int, int]]) -> bool:
        """Take lines that are records as they stand together, if their family can take them so."""
        begin = families()[family].batch
        if begin is None:
            return False
        if self._lines is None:
            self._lines = (family, begin(self.task.evidence_id))
        if not self._lines[1].add_lines(text, places):
            return False
        self.outcome.records += len(places)
        self._lines_taken += len(places)
        self._batch_bytes += len(text)
        if self._lines_taken >= BATCH_RECORDS or self._batch_bytes >= BATCH_BYTES:
            self._flush()
        return True

    def _json_lines(self, stream: BinaryIO) -> Iterator[Reading]:
        for line, offset in _lines(stream, self.task.start, self.task.end):
            if not line or line.isspace():
                continue
            value = None if self.reader.raw_frames else record_value(line, None)
            if isinstance(value, dict) or (self.reader.raw_frames and line[:1] == b"{"):
                yield from self._unwrap(Frame(line, offset, len(line), value))
            else:
                yield from self._json(Utf8Source(BytesIO(line), 0), offset)

    def _json(self, source: Source, base: int = 0) -> Iterator[Reading]:
        direct = self.reader.bare is not None or self.reader.raw_frames
        for cut in json_cuts(source):
            offset = base + source.original(cut.position)
            if cut.kind == "page_end":
                self._note_page(cut.page or {})
                continue
            if cut.kind == "array_open":
                self.outcome.notes["array_open"] = "the file ends in an open array: its writer did not finish"
                continue
            length = base + source.original(cut.position + len(cut.raw)) - offset
            if cut.kind == "record":
                if self.reader.bare is not None and cut.raw[:1] == b"{":
                    yield RawRecord(self.reader.bare, cut.raw, offset, length)
                    continue
                value = None if direct else record_value(cut.raw, cut.page)
                if value is None and not direct:
                    value = _windows_value(cut.raw)
                if isinstance(value, dict) or (direct and cut.raw[:1] == b"{"):
                    yield from self._unwrap(Frame(cut.raw, offset, length, value, cut.page))
                    continue
                yield _rejected(cut.raw, offset, length, cut.kind)
            else:
                yield _rejected(cut.raw, offset, length, cut.kind)

    def _csv(self, source: Source) -> Iterator[Reading]:
        header = self.task.header
        if self.task.skip_text:
            source.read(self.task.skip_text)
        wide = next((n for n, name in enumerate(header) if name.lower() in _WIDE_COLUMNS), None)
        for row in csv_rows(source, self.task.delimiter, len(header), wide):
            position = row.position + self.task.skip_text
            offset = source.original(position)
            yield from self._row(row, offset, source.original(position + len(row.raw)) - offset)

    def _row(self, row: Row, offset: int, length: int) -> Iterable[Reading]:
        header = self.task.header
        if row.kind == "broken":
            detail = f"the row has {len(row.cells)} cells, the header {len(header)}"
            saved = {**salvage_row(header, row.cells), **salvage(row.raw)}
            return (Reject(offset, length, "row_broken", detail, **saved),)
        first = self._plain_header[0]
        if (
            row.cells[0].strip('"\ufeff ').lower() == first
            and [c.strip().lower() for c in row.cells] == self._plain_header
        ):
            detail = "the header line again, as in files merged by hand"
            return (Skip(offset, length, "repeated_header", detail),)
        return self._unwrap(Frame(row.raw, offset, length, dict(zip(header, row.cells, strict=True))))

    def _text(self, source: Source) -> Iterator[Reading]:
        if self.reader.whole:
            raw = _rest(source)
            yield from self._unwrap(
                Frame(raw, self.task.start, source.original(len(raw)) - self.task.start, text_of(raw))
            )
            return
        for line, position in _lines(BytesIO(_rest(source)), 0, None):
            if line.strip():
                offset = source.original(position)
                length = source.original(position + len(line)) - offset
                yield from self._unwrap(Frame(line, offset, length, text_of(line).rstrip("\r")))

    def _unwrap(self, frame: Frame) -> Iterable[Reading]:
        made = self.reader.unwrap(frame, self.place)
        return (made,) if isinstance(made, (RawRecord, Reject, Skip)) else made

    def _note_page(self, page: Mapping[str, Any]) -> None:
        low = {str(key).lower(): value for key, value in page.items()}
        link = low.get("@odata.nextlink") or low.get("nextlink")
        # The state after the last page counts: earlier pages have a link because the next page follows.
        if link:
            self.outcome.notes["next_link"] = (
                "the last page names a next page that is not in the file: the export is incomplete"
            )
        else:
            self.outcome.notes.pop("next_link", None)

    def _take(self, reading: Reading) -> None:
        self.outcome.records += 1
        if type(reading) is RawRecord:
            self._batches.setdefault(reading.family, []).append(reading)
            self._batch_records += 1
            self._batch_bytes += reading.length
            if self._batch_records >= BATCH_RECORDS or self._batch_bytes >= BATCH_BYTES:
                self._flush()
        elif isinstance(reading, Reject):
            self._reject(reading)
        else:
            assert isinstance(reading, Skip)
            skipped = self.outcome.skips.setdefault(
                reading.reason, [0, reading.detail, f"bytes={reading.offset}+{reading.length}"]
            )
            skipped[0] += 1

    def _flush(self) -> None:
        batches, self._batches = self._batches, {}
        self._batch_records = self._batch_bytes = 0
        lines, self._lines = self._lines, None
        taken, self._lines_taken = self._lines_taken, 0
        if lines is not None:
            batches.setdefault(lines[0], [])
        for name, batch in sorted(batches.items()):
            family = families()[name]
            if lines is not None and lines[0] == name:
                lines[1].add(batch)
                typed, count = lines[1].typed(), taken + len(batch)
            else:
                typed, count = family.build(batch, self.task.evidence_id), len(batch)
            own = [t for t in typed.tables if t == family.primary or TABLES[t].extends == family.primary]
            kept = sum(typed.tables[t].num_rows for t in own)
            if kept + len(typed.rejects) != count:
                raise ValueError(f"family {name}: {count} records gave {kept} rows and {len(typed.rejects)} rejects")
            if kept:
                self.outcome.primaries[family.primary] = self.outcome.primaries.get(family.primary, 0) + kept
            for table, rows in typed.tables.items():
                self.parts.add(table, rows, primary=table in own)
            self._faults(typed.faults)
            again = {raw.offset: raw for raw in batch if raw.family == self.reader.bare}
            for reject in typed.rejects:
                self._reject_or_cut_again(reject, again.get(reject.offset))

    def _reject_or_cut_again(self, reject: Reject, raw: RawRecord | None) -> None:
        """A line that is no record by itself may hold several, or whole ones after a broken one."""
        if (
            raw is None
            or not isinstance(raw.payload, bytes)
            or reject.reason == "too_deep"
            or reject.offset in self._cut_again
            or raw.length != len(raw.payload)  # of a text in UTF-16, cut by its brackets already
        ):
            self._reject(reject)
            return
        self._cut_again.add(reject.offset)
        cuts = list(json_cuts(Utf8Source(BytesIO(raw.payload), 0)))
        if sum(cut.kind == "record" for cut in cuts) == 0 or len(cuts) < 2:
            self._reject(reject)
            return
        self.outcome.records -= 1  # the line was counted as one record; its pieces are counted instead
        for cut in cuts:
            offset = raw.offset + cut.position
            self._cut_again.add(offset)
            if cut.kind == "record" and cut.raw[:1] == b"{":
                self._take(RawRecord(raw.family, cut.raw, offset, len(cut.raw)))
            elif cut.kind not in ("page_end", "array_open"):
                self._take(_rejected(cut.raw, offset, len(cut.raw), cut.kind))
        self._flush()

    def _reject(self, reject: Reject) -> None:
        self.outcome.rejects += 1
        self.parts.add_row("rejects", {
            "evidence_id": self.task.evidence_id, "locator": reject.locator, "reason": reject.reason, "detail": reject.detail[:1000],
            "id": reject.id, "time": reject.time, "operation": reject.operation, "user_id": reject.user_id,
            "object_id": reject.object_id,
        })  # fmt: skip

    def _faults(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.outcome.faults += 1
            self.parts.add_row("faults", {
                "evidence_id": self.task.evidence_id, "locator": f"bytes={fault.offset}+{fault.length}", "row_id": fault.row_id,
                "path": fault.path, "found": fault.found,
            })  # fmt: skip


def _windows_value(raw: bytes) -> Any:
    """A record that is no UTF-8, read as Windows-1252; None when it is no JSON either way."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return msgspec.json.decode(raw.decode("cp1252", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return None
    return None


_CUT_REASONS = {
    "cut_off": ("cut_off", "the file ends inside this record"),
    "junk": ("not_a_record", "text between records"),
    "record": ("not_json", "balanced brackets, but not valid JSON"),
}


def _rejected(raw: bytes, offset: int, length: int, kind: str) -> Reject:
    reason, detail = _CUT_REASONS[kind]
    if kind == "record":
        try:
            value = msgspec.json.decode(raw)
            reason, detail = "not_an_object", f"expected a JSON object, found {type(value).__name__}"
        except RecursionError:
            reason, detail = "too_deep", "JSON nested deeper than can be read"
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            detail = f"{detail}: {error}"
    return Reject(offset, length, reason, detail, **salvage(raw))


_LINE_BLOCK = 1 << 20  # lines that are worked on together; more would not stay in a processor's cache


def _rest(source: Source) -> bytes:
    """All that is left, read in blocks: one read of everything would allocate its size first."""
    return b"".join(iter(lambda: source.read(1 << 20), b""))


def _lines(stream: BinaryIO, start: int, end: int | None) -> Iterator[tuple[bytes, int]]:
    """Lines without their newline, with the offset of each; a carriage return before the newline is not part of it."""
    for text, offset in _whole_lines(stream, start, end):
        yield from _split(text, offset)


def _split(text: bytes, offset: int) -> Iterator[tuple[bytes, int]]:
    for line in text.split(b"\n"):
        yield (line[:-1] if line[-1:] == b"\r" else line), offset
        offset += len(line) + 1


def _whole_lines(stream: BinaryIO, start: int, end: int | None) -> Iterator[tuple[bytes, int]]:
    """The text in blocks that end with a line, but for the last, with the offset of each."""
    stream.seek(start)
    offset, left = start, None if end is None else end - start
    pieces: list[bytes] = []  # of a line that goes on after the block
    while block := stream.read(_LINE_BLOCK if left is None else min(_LINE_BLOCK, left)):
        if left is not None:
            left -= len(block)
        cut = block.rfind(b"\n") + 1
        if cut:
            text = b"".join((*pieces, memoryview(block)[:cut]))
            pieces = [block[cut:]]
            yield text, offset
            offset += len(text)
        else:
            pieces.append(block)
    if last := b"".join(pieces):
        yield last, offset
