"""What a careful collector writes down about an export: for each log and day, how many distinct records there were and how many came.

No format of sign-ins says of itself that it is whole, so without such a statement nothing follows from a record that is not there. Its form
is ours (docs/formats.md, collection_statement_json); it holds what a collector can see, which is not what the service forgot.

One line per stream and day, to the day of the export, also for days on which nothing came. A record delivered twice counts once. A format that holds only a part of a log by its nature says ``some``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mailwitness.simulate.exports._clock import iso
from mailwitness.simulate.exports.format import Format
from mailwitness.simulate.exports.selection import LEFT_OUT
from mailwitness.simulate.logged import Logged, LogStream
from mailwitness.simulate.options import Options
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

NAME = "collection-statement.jsonl"
FEEDS: dict[LogStream, str] = {
    "unified": "unified_audit_log",
    "interactive": "signins_interactive",
    "noninteractive": "signins_non_interactive",
    "service_principal": "signins_service_principal",
    "managed_identity": "signins_managed_identity",
    "directory": "directory_audits",
    "graph_activity": "graph_activity",
    "message_trace": "message_trace",
}


class Statement:
    """Counts one format's records as they pass, and states what was counted."""

    def __init__(self, made: Format, tenant: Tenant, options: Options) -> None:
        self._made, self._tenant = made, tenant
        self._streams = sorted(made.streams - LEFT_OUT[options.coverage])
        self._there: Counter[tuple[LogStream, int]] = Counter()
        self._came: Counter[tuple[LogStream, int]] = Counter()
        self._days: dict[str, tuple[LogStream, int]] = {}

    def watched(self, logs: Iterable[Logged]) -> Iterator[Logged]:
        """The records that the format's writer gets: what it can keep, and lost ones only if it counts them."""
        made, tenant, start = self._made, self._tenant, self._tenant.start_at
        before = ("", "")
        for one in logs:
            if made.keeps(tenant, one):
                name = one.stream, one.id
                if name != before:  # copies of a record follow each other
                    before = name
                    key = one.stream, (one.at - start) // MS_PER_DAY
                    self._there[key] += 1
                    if not one.lost:
                        self._came[key] += 1
                if made.counts_lost or not one.lost:
                    yield one

    def write(self, out: Path, dropped: frozenset[str]) -> tuple[str, ...]:
        """The statement's file name; () where the format has no log."""
        if not self._streams:
            return ()
        lines = [
            msgspec.json.encode(self._line(stream, day, bool(dropped)))
            for stream in self._streams
            for day in range(self._first_day(stream), (self._tenant.collected_at - self._tenant.start_at) // MS_PER_DAY)
        ]
        (out / NAME).write_bytes(b"".join(line + b"\n" for line in lines))
        return (NAME,)

    def _first_day(self, stream: LogStream) -> int:
        """The first whole day that the format could hold."""
        for day in range(self._tenant.options.days):
            at = self._tenant.start_at + day * MS_PER_DAY
            if self._made.keeps(self._tenant, Logged(stream, at, at, "", {}, ())):
                return day
        return self._tenant.options.days

    def _line(self, stream: LogStream, day: int, cut: bool) -> dict[str, object]:
        there, came = self._there[stream, day], self._came[stream, day]
        begin = self._tenant.start_at + day * MS_PER_DAY
        said = "every search ended below its cap" if there == came else f"{there - came} records did not arrive"
        return {
            "collection_statement": 1,
            "feed": FEEDS[stream],
            "window_from": iso(begin),
            "window_to": iso(begin + MS_PER_DAY),
            "users": "some" if stream in self._made.part_of else "all",
            "expected": there,
            "received": came,
            "complete": there == came and not cut,
            "collector": f"{self._tenant.name} response team, {self._made.title}",
            "statement": said if not cut else "a search reached its cap",
        }
