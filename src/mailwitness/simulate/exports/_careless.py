"""How a careless collector loses records: one search for a long time, and a file that broke off while it was copied.

The service gives the newest rows of a search up to its cap and says nothing of the rest; where it states a count, that is of all there
were. Of a format's files the one that holds the middle of the period ends in the middle of a row, after
seven tenths of its rows; a portal gives such a file of each log.

Limits: that a capped search gives its newest rows is documented for Search-UnifiedAuditLog and the portal's lists, and an assumption for
    all others. Which file breaks off, and where, is our choice.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog   (ResultSize; at most 5,000 a call)
    - https://learn.microsoft.com/purview/audit-log-export-records   (50,000 rows an export)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from mailwitness.simulate.exports._searches import Search, Searches, SearchFiles, free_name
from mailwitness.simulate.logged import Key

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a copy breaks off: in the file that holds this moment."""

    at: int

    def hits(self, begin: int, end: int) -> bool:
        """Whether the file of that stretch is the one."""
        return begin <= self.at < end

    def whole(self, rows: int) -> int:
        """How many of so many rows come whole; the next one comes in part."""
        return rows * 7 // 10


def cut_of(tenant: Tenant) -> Cut | None:
    """The collector's accident; none happens to a careful one."""
    if tenant.options.collector == "careful":
        return None
    return Cut((tenant.start_at + tenant.end_at) // 2)


class CappedSearches(Generic[T]):
    """As `Searches`, but a search is never split: it gives the newest ``limit`` rows, newest first."""

    def __init__(self, begin: int, end: int, length: int, limit: int, take: Callable[[Search[T]], None]) -> None:
        self._begin, self._until, self._length, self._limit, self._take = begin, end, length, limit, take
        self._rows: deque[T] = deque()
        self._over: list[T] = []

    def add(self, at: int, row: T) -> None:
        while at >= self._begin + self._length:
            self._hand_on(self._begin + self._length)
        self._rows.append(row)
        if len(self._rows) > self._limit:
            self._over.append(self._rows.popleft())

    def close(self) -> None:
        """Hand on what is open, and what is empty up to the end."""
        while self._rows or self._begin < self._until:
            self._hand_on(self._begin + self._length)

    def _hand_on(self, end: int) -> None:
        rows, over = list(reversed(self._rows)), self._over
        self._rows.clear()
        self._over = []
        begin, self._begin = self._begin, end
        self._take(Search(begin, end, rows, over))


class CappedFiles:
    """As `SearchFiles`, of searches that are never split."""

    def __init__(
        self, out: Path, begin: int, end: int, length: int, limit: int, name: Callable[[int, int], str],
        head: bytes = b"", between: bytes = b"", tail: bytes = b"", cut: Cut | None = None,
    ) -> None:  # fmt: skip
        self._out, self._name, self._cut = out, name, cut
        self._head, self._between, self._tail = head, between, tail
        self._searches: CappedSearches[tuple[Key, bytes]] = CappedSearches(begin, end, length, limit, self._take)
        self._names: dict[str, int] = {}
        self.files: list[Path] = []
        self.dropped: set[Key] = set()

    def add(self, at: int, key: Key, row: bytes | None) -> None:
        if row is not None:
            self._searches.add(at, (key, row))

    def close(self) -> None:
        self._searches.close()

    def _take(self, search: Search[tuple[Key, bytes]]) -> None:
        self.dropped.update(key for key, _ in search.over)
        if not search.rows:
            return
        path = self._out / free_name(self._names, self._name(search.begin, search.end))
        body = [row for _, row in search.rows]
        text = self._head + self._between.join(body) + self._tail
        if self._cut is not None and self._cut.hits(search.begin, search.end):
            whole = self._cut.whole(len(body))
            self.dropped.update(key for key, _ in search.rows[whole:])
            kept = self._head + b"".join(row + self._between for row in body[:whole])
            text = kept + body[whole][: len(body[whole]) // 2]
        path.write_bytes(text)
        self.files.append(path)


def broken_off(text: Callable[[Sequence[T]], bytes], rows: Sequence[T], cut: Cut) -> tuple[bytes, Sequence[T]]:
    """The beginning of what ``text`` makes of the rows, to the middle of a row; and the rows that it does not hold whole."""
    whole = cut.whole(len(rows))
    until = (len(text(rows[: max(whole, 1)])) * (whole > 0) + len(text(rows[: whole + 1]))) // 2
    return text(rows)[:until], rows[whole:]


def searches_of(
    tenant: Tenant, length: int, careless_length: int, limit: int, take: Callable[[Search[T]], None]
) -> Searches[T] | CappedSearches[T]:
    """The searches of the tenant's collector over the whole period. ``limit``: the rows of a full answer."""
    if tenant.options.collector == "careful":
        return Searches(tenant.start_at, tenant.end_at, length, limit - 1, take)
    return CappedSearches(tenant.start_at, tenant.end_at, careless_length, limit, take)


def files_of(
    tenant: Tenant, out: Path, length: int, limit: int, name: Callable[[int, int], str],
    head: bytes = b"", between: bytes = b"", tail: bytes = b"",
) -> SearchFiles | CappedFiles:  # fmt: skip
    """The files of the tenant's collector: a careless one asks once for the whole period. ``limit`` as in `searches_of`."""
    if tenant.options.collector == "careful":
        return SearchFiles(out, tenant.start_at, tenant.end_at, length, limit - 1, name, head, between, tail)
    whole = tenant.end_at - tenant.start_at
    return CappedFiles(out, tenant.start_at, tenant.end_at, whole, limit, name, head, between, tail, cut_of(tenant))
