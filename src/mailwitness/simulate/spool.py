"""Records on their way from the departments that made them to the writers of files, on disk, in the order of time.

One file holds the records of one stream, one day and one department, sorted by (at, id), in blocks; whoever reads a stream merges the
departments day by day, a block of each at a time, so that memory does not grow with the tenant.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from mailwitness.simulate.logged import Logged, LogStream, Spooled

BLOCK_RECORDS = 64

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Spooled]).decode


class Spool:
    """Where one department puts its records. A record may come a day after its own time; a file is written once its day is over."""

    def __init__(self, folder: Path, department: int) -> None:
        self._folder = folder
        self._department = department
        self._open: dict[tuple[LogStream, int], list[Logged]] = {}

    def add(self, logged: Iterable[tuple[int, Logged]]) -> None:
        """Take (day of the record, record) pairs."""
        for day, one in logged:
            self._open.setdefault((one.stream, day), []).append(one)

    def close_until(self, day: int) -> None:
        """Write every day before this one."""
        for key in sorted(key for key in self._open if key[1] < day):
            stream, closed = key
            rows = sorted(self._open.pop(key), key=_order)
            path = self._folder / stream / f"{closed:04d}" / f"{self._department:04d}"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                for begin in range(0, len(rows), BLOCK_RECORDS):
                    block = _encode([Spooled.of(one) for one in rows[begin : begin + BLOCK_RECORDS]])
                    out.write(len(block).to_bytes(4, "big"))
                    out.write(block)


def records_of(
    folder: Path, streams: Iterable[LogStream], spent: frozenset[LogStream] = frozenset()
) -> Iterator[Spooled]:
    """All records of these streams, sorted by (at, id). Days of ``spent`` streams are removed once they are read: nobody else will."""
    wanted = sorted(streams)
    days = sorted({day.name for stream in wanted if (folder / stream).is_dir() for day in (folder / stream).iterdir()})
    for day in days:
        files = [
            path
            for stream in wanted
            if (folder / stream / day).is_dir()
            for path in sorted((folder / stream / day).iterdir())
        ]
        yield from heapq.merge(*map(_records_in, files), key=_order)
        for path in files:
            if path.parent.parent.name in spent:
                path.unlink()


def _records_in(path: Path) -> Iterator[Spooled]:
    with path.open("rb") as blocks:
        while size := blocks.read(4):
            yield from _decode(blocks.read(int.from_bytes(size, "big")))


def _order(one: Logged | Spooled) -> tuple[int, str, int]:
    return one.at, one.id, one.available
