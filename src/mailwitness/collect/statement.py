"""The collection statement: for every feed and window what was asked for and what came, in the form that the case reads as evidence of coverage.

It is written anew from the ledger at the end of each run. What it calls complete:

- a window of which every page came and parsed, whose emptiness was answered twice, and which was listed 24 hours or more after its end. Of a window that was
  listed sooner only the part that was 24 hours old is complete; of the rest nobody knows, because records arrive late;
- for the unified audit log by the Management Activity API, whose windows are of when content became available: the time from the beginning of
  an unbroken row of listings of all its content types to 24 hours before its end, and not before content was first seen, or the subscription first seen
  enabled: nothing from before a subscription can be had, and nothing says when it began.

An empty window before the first record of its log, and of the logs that would show how far back it reaches, is not called complete: the log may begin there (a
licence bought since, a shorter retention). A gap is ``complete: false`` with its reason; of a window not fetched yet nobody knows. ``collector`` names the collection,
the same in all of its statements, so that a gap that a later statement has filled is one no more.

Limits: no service can prove that it has given all; 24 hours is the vendor's longest usual delay, and some records are later (the re-listings show how many).
Sources:
    - https://learn.microsoft.com/purview/audit-log-search   (up to 24 hours until records are available)
    - https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from mailwitness.collect.feed import Feed
from mailwitness.collect.ledger import Ledger, Row, text_of

NAME = "collection-statement.jsonl"
SETTLED = timedelta(hours=24)
_LISTED_AGAIN = timedelta(hours=3)
LATEST = timedelta(days=7)
"""How much older than its content's availability an event may be, as far as it was seen (five days) and a little more."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Line:
    """One statement. ``complete`` None: nobody knows."""

    feed: str
    window: Span
    for_all: bool
    complete: bool | None
    received: int | None
    why: str


def write(ledger: Ledger, folder: Path, feeds: Mapping[str, Feed]) -> None:
    """Write the statement, at once and whole. Feeds that this run does not know keep their windows out of it."""
    collection = ledger.meta("collection_id") or ""
    lines = [_json(line, collection) for line in lines_of(ledger, feeds)]
    path = folder / NAME
    if not lines and not path.exists():
        return
    content = "".join(lines).encode()
    if path.exists() and path.read_bytes() == content:
        return
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _json(line: Line, collection: str) -> str:
    made: dict[str, object] = {
        "collection_statement": 1,
        "feed": line.feed,
        "window_from": text_of(line.window[0]),
        "window_to": text_of(line.window[1]),
        "users": "all" if line.for_all else "some",
    }
    if line.received is not None:
        made["received"] = line.received
    if line.complete is not None:
        made["complete"] = line.complete
    made["collector"] = f"mailwitness collection {collection}"
    made["statement"] = line.why
    return json.dumps(made, ensure_ascii=True) + "\n"


def lines_of(ledger: Ledger, feeds: Mapping[str, Feed]) -> Iterator[Line]:
    """All statements. What one feed of a log has whole is not denied because another has not."""
    lines = list(_by_feed(ledger, feeds))
    whole: dict[str, list[Span]] = {}
    for line in lines:
        if line.complete and line.for_all:
            whole.setdefault(line.feed, []).append(line.window)
    for line in lines:
        if line.complete or not line.for_all:
            yield line
        else:
            yield from (replace(line, window=left) for left in _without([line.window], whole.get(line.feed, [])))


def _by_feed(ledger: Ledger, feeds: Mapping[str, Feed]) -> Iterator[Line]:
    """What each feed has to say, by feed and window."""
    by_feed: dict[str, list[Row]] = {}
    for row in ledger.rows():
        by_feed.setdefault(row.unit.feed, []).append(row)
    lost: dict[int, list[Span]] = {}
    for unit, missing in ledger.missing_by_unit():
        lost.setdefault(unit, []).append((missing.window_from, missing.window_to))
    begins = {name: _begin(name, by_feed, feeds) for name in by_feed}
    for name in sorted(by_feed):
        feed = feeds.get(name)
        if feed is not None and feed.states and feed.part_of is None:
            yield from _of_feed(feed, by_feed[name], lost, begins[name])
    for whole in sorted({feed.part_of for feed in feeds.values() if feed.part_of is not None}):
        parts = [feed for feed in feeds.values() if feed.part_of == whole]
        if any(part.name in by_feed for part in parts):
            yield from _of_parts(whole, parts, by_feed, lost, ledger)


def _begin(name: str, by_feed: Mapping[str, Sequence[Row]], feeds: Mapping[str, Feed]) -> datetime | None:
    """The beginning of the first window with a record, of this feed or of those that show how far back it reaches."""
    shown_by = {name} | (feeds[name].reach_shown_by if name in feeds else frozenset())
    found = [
        row.unit.window_from
        for other in shown_by
        for row in by_feed.get(other, ())
        if row.state == "verified" and row.records
    ]
    return min(found, default=None)


def _of_feed(
    feed: Feed, rows: Sequence[Row], lost: Mapping[int, Sequence[Span]], begins: datetime | None
) -> Iterator[Line]:
    name = feed.states_as or feed.name
    newest: dict[tuple[str, Span], Row] = {}
    for row in rows:  # by generation, so that the last listing of a window stays
        if row.state == "verified":
            newest[row.unit.scope, (row.unit.window_from, row.unit.window_to)] = row
    had: dict[str, list[Span]] = {}
    for scope, window in newest:
        had.setdefault(scope, []).append(window)
    for (scope, window), row in newest.items():
        for_all = scope == "" and not feed.partial
        gone = lost.get(row.unit.id, [])
        for begin, end in _without([window], gone):
            yield from _settled(name, (begin, end), row, for_all, begins, not gone)
        for begin, end in gone:
            yield Line(name, (begin, end), for_all, False, None, "a part of this window could not be had")
    for row in rows:
        if row.state == "verified":
            continue
        for window in _without([(row.unit.window_from, row.unit.window_to)], had.get(row.unit.scope, [])):
            complete = False if row.state == "gap" else None
            yield Line(name, window, row.unit.scope == "" and not feed.partial, complete, None, _why(row))


def _why(row: Row) -> str:
    if row.state == "gap":
        return f"{row.reason}: {row.detail}"
    return "not fetched yet: the collection is not at its end"


def _settled(name: str, window: Span, row: Row, for_all: bool, begins: datetime | None, whole: bool) -> Iterator[Line]:
    """A verified window: complete as far as it was a day old when last listed."""
    begin, end = window
    if row.fetched_at is None:
        return
    if row.records == 0 and (begins is None or end <= begins):
        yield Line(
            name, window, for_all, None, 0, "empty, and no record of this log is older: it may not have been kept then"
        )
        return
    settled = min(end, row.fetched_at - SETTLED)
    received = row.distinct_records if row.distinct_records is not None else row.records
    if settled >= end:
        how = "empty by two independent calls" if row.records == 0 else "every page came"
        yield Line(
            name, window, for_all, True, received if whole else None, f"{how}; listed a day or more after its end"
        )
        return
    if settled > begin:
        yield Line(name, (begin, settled), for_all, True, None, "every page came; listed a day or more after")
    yield Line(
        name,
        (max(begin, settled), end),
        for_all,
        None,
        None,
        "every page came, less than a day after: records may be late",
    )


def _of_parts(
    whole: str,
    parts: Sequence[Feed],
    by_feed: Mapping[str, Sequence[Row]],
    lost: Mapping[int, Sequence[Span]],
    ledger: Ledger,
) -> Iterator[Line]:
    """The log that several feeds make up: complete where all of them were listed without a break."""
    listed: list[Span] | None = None
    asked: list[Span] = []
    gaps: list[tuple[Span, str]] = []
    for part in parts:
        rows = by_feed.get(part.name, ())
        had = [
            (row.unit.window_from, min(row.unit.window_to, row.fetched_at - _LISTED_AGAIN))
            for row in rows
            if row.state == "verified" and row.fetched_at is not None
        ]
        fetched = [(row.unit.window_from, row.unit.window_to) for row in rows if row.state == "verified"]
        for row in rows:
            asked.append((row.unit.window_from, row.unit.window_to))
            if row.state == "gap":
                for begin, end in _without([(row.unit.window_from, row.unit.window_to)], fetched):
                    gaps.append(((begin - SETTLED, end), f"{part.name}: {_why(row)}"))
            for span in lost.get(row.unit.id, ()):
                gaps.append((span, f"{part.name}: content could not be had"))
        begins = [row.unit.window_from for row in rows if row.state == "verified" and row.records]
        enabled = ledger.meta(f"enabled {part.name}")
        if enabled is not None:
            begins.append(datetime.fromisoformat(enabled).replace(tzinfo=None))
        since = min(begins, default=None)
        mine = [] if since is None else _joined([(max(begin, since), end) for begin, end in had])
        listed = mine if listed is None else _both(listed, mine)
    complete = _without(
        [(begin, end - SETTLED) for begin, end in listed or [] if end - SETTLED > begin], [span for span, _ in gaps]
    )
    for span in complete:
        yield Line(whole, span, True, True, None, "every content type was listed without a break until a day later")
    for span, why in gaps:
        yield Line(whole, span, True, False, None, why)
    for span in _without(_joined(asked), [*complete, *(span for span, _ in gaps)]):
        yield Line(
            whole,
            span,
            True,
            None,
            None,
            "listed, but records may be late, or not every content type is known to have been on",
        )


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch made one."""
    made: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if made and begin <= made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], end)
        else:
            made.append((begin, end))
    return made


def _without(spans: Iterable[Span], gone: Iterable[Span]) -> list[Span]:
    """What of the spans lies in none of the others."""
    left = _joined(spans)
    for lost_from, lost_to in gone:
        left = [
            piece
            for begin, end in left
            for piece in ((begin, min(end, lost_from)), (max(begin, lost_to), end))
            if piece[0] < piece[1]
        ]
    return left


def _both(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What lies in both."""
    return _joined((max(a, c), min(b, d)) for a, b in some for c, d in others if max(a, c) < min(b, d))
