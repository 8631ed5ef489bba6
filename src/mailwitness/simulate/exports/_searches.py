"""How a careful collector cuts a long time into searches, so that the service cuts none of them.

A search is of whole seconds, half-open. It never reaches over an edge of its grid (a day, twelve hours), and it ends early where it would
have as many rows as the service gives at once: a full answer may be a cut one. A second that alone has more than that cannot be split;
what is over is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from mailwitness.simulate.logged import Key
from mailwitness.simulate.world import MS_PER_SECOND

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Search(Generic[T]):
    """One search: its window, what it gave, and what the service had beyond its cap."""

    begin: int
    end: int
    rows: list[T]
    over: list[T]


class Searches(Generic[T]):
    """Collects rows that come in the order of time and hands on each search when its window is over. Holds one search in memory.

    Empty searches are handed on too, to the end of the period; a row outside of the period stretches it.
    """

    def __init__(self, begin: int, end: int, length: int, limit: int, take: Callable[[Search[T]], None]) -> None:
        self._begin, self._until, self._length, self._limit, self._take = begin, end, length, limit, take
        self._edge = begin + length
        self._rows: list[T] = []
        self._seconds: list[int] = []

    def add(self, at: int, row: T) -> None:
        second = at - at % MS_PER_SECOND
        if second >= self._edge:
            self._pass(second)
        elif second < self._begin:  # older than what was asked for: only the first search can meet it
            self._begin = second
        if len(self._rows) >= self._limit and second > self._seconds[0]:
            self._split(second)
        self._rows.append(row)
        self._seconds.append(second)

    def close(self) -> None:
        """The end of the period: hand on what is open, and what is empty up to the end."""
        if self._begin < self._until or self._rows:
            self._hand_on(max(min(self._edge, self._until), self._seconds[-1] + MS_PER_SECOND if self._rows else 0))
        while self._begin < self._until:
            self._edge += self._length
            self._hand_on(min(self._edge, self._until))

    def _pass(self, second: int) -> None:
        """Close every window that ends before this second."""
        while second >= self._edge:
            self._hand_on(self._edge)
            self._edge += self._length

    def _split(self, second: int) -> None:
        """End the search where this second begins: its rows, if there are some already, begin the next one."""
        keep = len(self._rows)
        while self._seconds[keep - 1] == second:
            keep -= 1
        rows, self._rows = self._rows[keep:], self._rows[:keep]
        seconds = self._seconds[keep:]
        self._hand_on(second)
        self._rows, self._seconds = rows, seconds

    def _hand_on(self, end: int) -> None:
        self._take(Search(self._begin, end, self._rows[: self._limit], self._rows[self._limit :]))
        self._begin, self._rows, self._seconds = end, [], []


class Breaks(Protocol):
    """Where a copy of the files breaks off: `mailwitness.simulate.exports._careless.Cut`."""

    def hits(self, begin: int, end: int) -> bool: ...
    def whole(self, rows: int) -> int: ...


class SearchFiles:
    """The same, for searches whose files need to know nothing of the whole: rows go straight to disk, one second of them is held.

    ``name``: (begin, end) of a search → the file's name; a second file of that name gets `` (1)``, as browsers do it. A search that
    gave nothing makes no file. ``between`` goes between two rows. ``searches``: (begin, end, rows that there were) of every search that
    found anything.
    """

    def __init__(
        self, out: Path, begin: int, end: int, length: int, limit: int, name: Callable[[int, int], str],
        head: bytes = b"", between: bytes = b"", tail: bytes = b"",
        cut: Breaks | None = None,
    ) -> None:  # fmt: skip
        self._cut = cut
        self._out, self._until, self._length, self._limit, self._name = out, end, length, limit, name
        self._head, self._between, self._tail = head, between, tail
        self._begin, self._edge = begin, begin + length
        self._second = begin
        self._pending: list[tuple[Key, bytes]] = []
        self._pending_there = 0
        self._count = 0
        self._file: BinaryIO | None = None
        self._part = out
        self._names: dict[str, int] = {}
        self._there = 0
        self.files: list[Path] = []
        self.searches: list[tuple[int, int, int]] = []
        self.dropped: set[Key] = set()
        self._held: list[tuple[Key, int]] = []  # of the file that may break off: its rows and their sizes

    def add(self, at: int, key: Key, row: bytes | None) -> None:
        """A row; None for one that was there and got lost."""
        second = at - at % MS_PER_SECOND
        if second != self._second:
            self._flush()
            self._second = second
            self._begin = min(self._begin, second)
            if second >= self._edge:
                self._end_file(self._edge)
                while second >= self._edge:
                    self._begin, self._edge = self._edge, self._edge + self._length
        self._pending_there += 1
        if row is None:
            return
        if len(self._pending) < self._limit:
            self._pending.append((key, row))
        else:
            self.dropped.add(key)

    def close(self) -> None:
        self._flush()
        self._end_file(max(min(self._edge, self._until), self._second + MS_PER_SECOND))

    def _flush(self) -> None:
        if self._count and self._count + len(self._pending) > self._limit:
            self._end_file(self._second)
        self._there += self._pending_there
        self._pending_there = 0
        if not self._pending:
            return
        if self._file is None:
            self._part = self._out / f".{self._name(self._begin, self._edge)}.part"
            self._file = self._part.open("xb", buffering=1 << 18)
            self._file.write(self._head)
        elif self._between:
            self._file.write(self._between)
        self._file.write(self._between.join([row for _, row in self._pending]))
        if self._cut is not None and self._cut.hits(self._begin, self._edge):
            self._held += [(key, len(row)) for key, row in self._pending]
        self._count += len(self._pending)
        self._pending = []

    def _end_file(self, end: int) -> None:
        if self._there:
            self.searches.append((self._begin, end, self._there))
        if self._file is not None:
            self._file.write(self._tail)
            if self._cut is not None and self._cut.hits(self._begin, end):
                self._break_off(self._file, self._cut)
            self._held = []
            self._file.close()
            self._file = None
            path = self._out / free_name(self._names, self._name(self._begin, end))
            self._part.rename(path)
            self.files.append(path)
        self._begin, self._count, self._there = end, 0, 0

    def _break_off(self, file: BinaryIO, cut: Breaks) -> None:
        """End the file in the middle of a row."""
        whole = cut.whole(len(self._held))
        size = len(self._head) + sum(size + len(self._between) for _, size in self._held[:whole])
        file.truncate(size + self._held[whole][1] // 2)
        self.dropped.update(key for key, _ in self._held[whole:])


def free_name(names: dict[str, int], name: str) -> str:
    """The name, numbered as browsers do it if it was given before. ``names``: how often each was."""
    taken = names.get(name, 0)
    names[name] = taken + 1
    stem, dot, ending = name.rpartition(".")
    return name if not taken else f"{stem} ({taken}){dot}{ending}"


def written_below(out: Path, files: Iterable[Path]) -> tuple[str, ...]:
    """The files' names below a folder, with ``/``, sorted, each once."""
    return tuple(sorted({path.relative_to(out).as_posix() for path in files}))
