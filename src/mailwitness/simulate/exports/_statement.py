"""What a careful collector writes down about an export: for each log and day, how many distinct records there were and how many came.

No format of sign-ins says of itself that it is whole, so without such a statement nothing follows from a record that is not there. Its form
is ours (docs/formats.md, collection_statement_json); it holds what a collector can see, which is not what the service forgot.

One line per stream and day, to the day of the export, also for days on which nothing came. A record delivered twice counts once. A format that
holds only a part of a log by its nature says ``some``. A careless collector states nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mailwitness.simulate.exports._clock import iso
from mailwitness.simulate.exports.format import Format, everything
from mailwitness.simulate.exports.selection import LEFT_OUT
from mailwitness.simulate.logged import Key, LogStream, Spooled
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


@dataclass(frozen=True, slots=True)
class Counted:
    """By log and day of the period: distinct records that there were, and those that came."""

    there: Counter[tuple[LogStream, int]] = field(default_factory=Counter)
    came: Counter[tuple[LogStream, int]] = field(default_factory=Counter)


class Count:
    """Counts a format's records as they pass."""

    def __init__(self, made: Format, tenant: Tenant) -> None:
        self._made, self._tenant = made, tenant
        self.counted = Counted()

    def watched(self, logs: Iterable[Spooled]) -> Iterator[Spooled]:
        """The records that the format's writer gets: what it can keep, and lost ones only if it counts them."""
        made, tenant, start = self._made, self._tenant, self._tenant.start_at
        there, came = self.counted.there, self.counted.came
        keeps = None if made.keeps is everything else made.keeps
        last: tuple[str, str] = ("", "")
        for one in logs:
            if keeps is None or keeps(tenant, one):
                if one.id != last[1] or one.stream != last[0]:  # copies of a record follow each other
                    last = one.stream, one.id
                    key = one.stream, (one.at - start) // MS_PER_DAY
                    there[key] += 1
                    if not one.lost:
                        came[key] += 1
                if made.counts_lost or not one.lost:
                    yield one


def write_statement(
    made: Format, out: Path, tenant: Tenant, counted: Iterable[Counted], dropped: frozenset[Key]
) -> tuple[str, ...]:
    """Write the statement; its file's name, () where the format has no log, or where nobody counted."""
    streams = sorted(made.streams - LEFT_OUT[tenant.options.coverage])
    if not streams or tenant.options.collector == "careless":
        return ()
    there, came = Counter[tuple[LogStream, int]](), Counter[tuple[LogStream, int]]()
    for one in counted:
        there.update(one.there)
        came.update(one.came)
    cut = {stream for stream, _ in dropped}
    lines = [
        msgspec.json.encode(_line(made, tenant, stream, day, there[stream, day], came[stream, day], stream in cut))
        for stream in streams
        for day in range(_first_day(made, tenant, stream), (tenant.collected_at - tenant.start_at) // MS_PER_DAY)
    ]
    (out / NAME).write_bytes(b"".join(line + b"\n" for line in lines))
    return (NAME,)


def _first_day(made: Format, tenant: Tenant, stream: LogStream) -> int:
    """The first whole day that the format could hold."""
    for day in range(tenant.options.days):
        at = tenant.start_at + day * MS_PER_DAY
        if made.keeps(tenant, Spooled(stream, at, at, "", b"{}")):
            return day
    return tenant.options.days


def _line(
    made: Format, tenant: Tenant, stream: LogStream, day: int, there: int, came: int, cut: bool
) -> dict[str, object]:
    begin = tenant.start_at + day * MS_PER_DAY
    said = "every search ended below its cap" if there == came else f"{there - came} records did not arrive"
    return {
        "collection_statement": 1,
        "feed": FEEDS[stream],
        "window_from": iso(begin),
        "window_to": iso(begin + MS_PER_DAY),
        "users": "some" if stream in made.part_of else "all",
        "expected": there,
        "received": came,
        "complete": there == came and not cut,
        "collector": f"{tenant.name} response team, {made.title}",
        "statement": said if not cut else "a search reached its cap",
    }
