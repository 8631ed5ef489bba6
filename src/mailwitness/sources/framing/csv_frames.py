"""Delimited text, cut into rows with their exact place.

Python's csv module parses; it is fed line by line, so the lines it took for a row tell where the row lies. A quote that was
opened and never closed (a cell cut off, files glued together) would swallow what follows: a row of the wrong width that spans
lines is given up at its first line and reading goes on at the next.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mailwitness.sources.framing.encoding import Source, text_of

READ_BYTES = 1 << 20
MAX_ROW_BYTES = 64 << 20
DELIMITERS = (",", ";", "\t", "|")
_RESYNC_TRIES = 2000  # lines looked at for the next good row before the whole stretch is given up

_BLANK = b" \t\r\n\x00"

_SINGLE_COLUMNS = ("auditdata", "raweventdata", "_raw")  # one column is a table only where it is known to hold records

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # AuditData exceeds the module's 128 KiB


@dataclass(slots=True)
class Row:
    """One row: its cells, its bytes and their position. ``broken``: not of the header's width, or an unclosed quote."""

    cells: list[str]
    raw: bytes
    position: int
    kind: Literal["row", "broken"] = "row"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a delimited text is laid out: its delimiter, its header, and where the first row begins (bytes of UTF-8 text)."""

    delimiter: str
    header: tuple[str, ...]
    body: int


def learn_layout(head: bytes) -> Layout | None:
    """The layout from the beginning of a text; None when it is no table of at least two columns.

    Skips a ``sep=;`` line and PowerShell's ``#TYPE`` line. Header names are trimmed of blanks and BOM; the second of two equal
    names becomes ``name#2``.
    """
    position, stated = 0, None
    lines = head.split(b"\n")
    for number, line in enumerate(lines):
        text = text_of(line).strip("\r\ufeff \t")
        if number < 5 and (not text or text.lower().startswith(("sep=", "#type "))):
            if text.lower().startswith("sep="):
                stated = text[4:5] if text[4:5] not in ('"', "") and not text[4:5].isalnum() else None
            position += len(line) + 1
            continue
        break
    rest = head[position:]
    best: tuple[int, str, list[str], int] | None = None
    for delimiter in (stated,) if stated else DELIMITERS:
        used = 0

        def physical() -> Iterator[str]:
            nonlocal used
            for line in rest.splitlines(keepends=True):
                used += len(line)
                yield text_of(line)

        try:
            cells = next(csv.reader(physical(), delimiter=delimiter), [])
        except csv.Error:
            continue
        if cells and (best is None or len(cells) > best[0]):
            best = (len(cells), delimiter, cells, used)
    single = best is not None and best[2][0].strip('\ufeff \t\r\n"').lower() in _SINGLE_COLUMNS
    if (
        best is None
        or (best[0] < 2 and not single)
        or (best[3] >= len(head) and not head.endswith(b"\n") and len(head) >= 65536)
    ):
        return None
    names: list[str] = []
    for cell in best[2]:
        name = cell.strip('\ufeff \t\r\n"')
        if not name or len(name) > 200 or any(c in name for c in "{}\n"):
            if name:
                return None
            name = f"column_{len(names) + 1}"
        seen = sum(1 for n in names if n == name or n.startswith(f"{name}#"))
        names.append(name if not seen else f"{name}#{seen + 1}")
    if all(_looks_like_data(name) for name in names):
        return None
    return Layout(best[1], tuple(names), position + best[3])


def _looks_like_data(name: str) -> bool:
    return name[:1].isdigit() or "://" in name or "@" in name[1:]


class _Lines:
    """Physical lines of a source, with their positions, and a way to go back to one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer, self._at_end = b"", False
        self._pending: list[bytes] = []  # lines given back, last first
        self._ready: Iterator[bytes] = iter(())
        self.taken: list[bytes] = []  # lines of the row being read

    def __iter__(self) -> Iterator[str]:
        return self

    def next_bytes(self) -> bytes:
        return self._pending.pop() if self._pending else self._next_line()

    def __next__(self) -> str:
        line = self.next_bytes()
        self.taken.append(line)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            return line.decode("cp1252", "replace")

    def _next_line(self) -> bytes:
        for line in self._ready:
            return line
        while not self._at_end:
            data = self._source.read(READ_BYTES)
            self._at_end = not data
            self._buffer += data
            end = self._buffer.rfind(b"\n") + 1
            if self._at_end or (len(self._buffer) > MAX_ROW_BYTES and not end):
                end = len(self._buffer)
            if end:
                block, self._buffer = self._buffer[:end], self._buffer[end:]
                self._ready = iter(_split_lines(block))
                for line in self._ready:
                    return line
        raise StopIteration

    def give_back(self, lines: Sequence[bytes]) -> None:
        self._pending.extend(reversed(lines))


def _split_lines(block: bytes) -> list[bytes]:
    lines = block.split(b"\n")
    last = lines.pop()
    made = [line + b"\n" for line in lines]
    if last:
        made.append(last)
    return made


def csv_rows(source: Source, delimiter: str, width: int, wide: int | None = None) -> Iterator[Row]:
    """Rows of ``width`` cells, in order. Blank lines are no rows; every other byte belongs to exactly one row.

    ``wide`` is the column that holds a JSON text, if one does: rows on one line whose other cells are simple are then cut
    without the parser, several times faster, to the same cells.
    """
    lines, position = _Lines(source), 0
    reader = csv.reader(lines, delimiter=delimiter)
    mark = delimiter.encode()
    while True:
        if wide is not None:
            try:
                line = lines.next_bytes()
            except StopIteration:
                return
            quick = _quick_cells(line, mark, width, wide)
            if quick is not None:
                yield Row(quick, line, position)
                position += len(line)
                continue
            lines.give_back([line])
        try:
            cells: list[str] | None = next(reader, None)
        except csv.Error:
            cells = []
        taken, lines.taken = lines.taken, []
        if cells is None and not taken:
            return
        raw = b"".join(taken)
        if not raw.strip(_BLANK):
            position += len(raw)
            continue
        if (
            cells is not None
            and len(cells) == width
            and not _unclosed(raw)
            and (len(taken) == 1 or _is_strict(raw, delimiter))
        ):
            yield Row(cells, raw, position)
            position += len(raw)
            continue
        if len(taken) > 1:
            keep = _lines_to_give_up(taken, delimiter, width)
            lines.give_back(taken[keep:])
            raw = b"".join(taken[:keep])
            reader = csv.reader(lines, delimiter=delimiter)
        if raw.strip(_BLANK):
            yield Row(_cells_of(raw, delimiter), raw, position, "broken")
        position += len(raw)


def _cells_of(raw: bytes, delimiter: str) -> list[str]:
    """What the parser makes of a broken row, for what can be saved of it."""
    try:
        return next(csv.reader(text_of(raw).splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error:
        return []


def _quick_cells(line: bytes, mark: bytes, width: int, wide: int) -> list[str] | None:
    """The cells of a row that lies on one line and whose cells but one are simple; None when it takes the parser.

    Every piece is checked to be a whole cell (plain without quotes, or quoted with inner quotes doubled), so a row cut this
    way is cut as the parser would.
    """
    line = line.rstrip(b"\r\n")
    before = line.split(mark, wide)
    if len(before) != wide + 1:
        return None
    after = before.pop().rsplit(mark, width - wide - 1)
    if len(after) != width - wide:
        return None
    big = after[0]
    if big[:1] != b'"' or big[-1:] != b'"' or len(big) < 2:
        return None
    inner = big[1:-1]
    text = inner.replace(b'""', b'"')
    if inner.count(b'"') != 2 * (len(inner) - len(text)) or b"\r" in inner:
        return None  # a quote that is not doubled
    cells = []
    for cell in (*before, *after[1:]):
        if b'"' in cell:
            if len(cell) < 2 or cell[:1] != b'"' or cell[-1:] != b'"' or cell.count(b'"') != 2:
                return None
            cell = cell[1:-1]
        cells.append(cell)
    try:
        made = [cell.decode() for cell in cells]
        made.insert(wide, text.decode())
    except UnicodeDecodeError:
        return None
    return made


def record_cells(
    text: bytes, offset: int, delimiter: str, width: int, wide: int, names: Sequence[str]
) -> tuple[bytes, list[tuple[int, int]]] | None:
    """Of whole lines that are rows: the cell of the column ``wide`` of each, on a line of its own, and the rows' (offset, length).

    None unless every row lies on one line, has all other cells without quotes, and a quoted cell there that is an object with
    these names in it. Such rows are cut as the parser would cut them, many times faster; any other is a matter for `csv_rows`.
    """
    if b"\0" in text:
        return None
    lines = text.replace(b'""', _DOUBLED).split(b"\n")
    lines.pop()
    ending = b"\r" if b"\r" in text else b""
    if ending and text.count(b"\r") != len(lines):
        return None
    mark, after = delimiter.encode(), width - wide - 1
    needed = [_DOUBLED + name.encode() + _DOUBLED for name in names]
    cells: list[bytes] = []
    places: list[tuple[int, int]] = []
    for line in lines:
        begin, end = line.find(b'"'), line.rfind(b'"')
        cell, rest = line[begin + 1 : end], line[end + 1 :]
        if (
            cell[:1] != b"{"
            or cell[-1:] != b"}"
            or line.count(mark, 0, begin) != wide
            or (line[begin - 1 : begin] != mark if wide else begin)
            or rest.count(mark) != after
            or not (rest.startswith(mark) if after else rest == ending)
            or not rest.endswith(ending)
        ):
            return None
        for name in needed:
            if name not in cell:
                return None
        cells.append(cell)
        length = len(line) + 1
        places.append((offset, length))
        offset += length
    cells.append(b"")
    joined = b"\n".join(cells)
    records = joined.translate(None, b"\0")
    if joined.count(b'"') != len(joined) - len(records):  # a quote that is not doubled
        return None
    return records, places


_DOUBLED = b'"\0'  # a doubled quote: of the same length, which is faster and moves no place


def _is_strict(raw: bytes, delimiter: str) -> bool:
    """Whether the quotes of a row over several lines are as they should be; a stray one may have joined two rows."""
    try:
        next(csv.reader(text_of(raw).splitlines(keepends=True), delimiter=delimiter, strict=True), None)
    except csv.Error:
        return False
    return True


def _unclosed(raw: bytes) -> bool:
    """Whether the quotes in a row do not pair up, so that its last cell was cut off."""
    return raw.count(b'"') % 2 == 1 and not raw.endswith(b'"\n')


def _lines_to_give_up(lines: Sequence[bytes], delimiter: str, width: int) -> int:
    """How many lines of a broken stretch come before the first line that begins a row of the right width."""
    for start in range(1, min(len(lines), _RESYNC_TRIES)):
        if lines[start].count(delimiter.encode()) < min(width - 1, 1):
            continue
        reader = csv.reader((text_of(line) for line in lines[start : start + 50]), delimiter=delimiter)
        try:
            if len(next(reader, [])) == width:
                return start
        except csv.Error:
            continue
    return len(lines)


def row_starts(read: Source, delimiter: str, width: int, wanted: Sequence[int]) -> list[int]:
    """For each wanted position, the first row start at or after it: outside quotes, and a row of ``width`` cells follows.

    Counting quotes tells inside from outside at the speed of memory. Where the count misleads (a stray quote), the check of
    the row's width moves on to the next line that fits.
    """
    starts: list[int] = []
    position, inside, window = 0, False, b""
    targets = sorted(wanted)
    for target in targets:
        while position < target:
            data = read.read(min(READ_BYTES * 4, target - position))
            if not data:
                return starts
            inside ^= data.count(b'"') % 2 == 1
            position += len(data)
        # From here line by line until a line start outside quotes is found that parses.
        window = read.read(READ_BYTES)
        look, within = 0, inside
        found = None
        while (newline := window.find(b"\n", look)) >= 0:
            within ^= window.count(b'"', look, newline) % 2 == 1
            look = newline + 1
            if not within and _fits(window[look:], delimiter, width):
                found = position + look
                break
        inside ^= window.count(b'"') % 2 == 1
        position += len(window)
        if found is not None and (not starts or found > starts[-1]):
            starts.append(found)
    return starts


def _fits(text: bytes, delimiter: str, width: int) -> bool:
    reader = csv.reader((text_of(line) for line in text[:262144].splitlines(keepends=True)), delimiter=delimiter)
    try:
        return len(next(reader, [])) == width
    except csv.Error:
        return False
