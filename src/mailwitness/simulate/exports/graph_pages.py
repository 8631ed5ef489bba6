"""Pages of Microsoft Graph, beta: sign-ins per event type and directory audits, as a script of one's own saves them.

One file per search of at most a day, a line per page of at most 1,000 objects, the newest first. Every page but the last of a search names the next
one in ``@odata.nextLink``.

Limits: Entra ID keeps 30 days; older records are in no page. File names are the script's own.
Sources:
    - https://learn.microsoft.com/graph/api/signin-list?view=graph-rest-beta
    - https://learn.microsoft.com/graph/api/directoryaudit-list
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from mailwitness.simulate.exports._clock import digits, iso
from mailwitness.simulate.exports._searches import Search, Searches, written_below
from mailwitness.simulate.exports.format import EVENT_TYPES, SIGN_INS, Format, Streams, Written
from mailwitness.simulate.exports.selection import kept_by_entra
from mailwitness.simulate.logged import Key, LogStream, Spooled
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

PAGE_ROWS = 1000
SEARCH_ROWS = 10 * PAGE_ROWS

_encode = msgspec.json.Encoder().encode
_Row: TypeAlias = tuple[Key, bytes]


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    files: list[Path] = []
    dropped: set[Key] = set()
    searches: dict[LogStream, Searches[_Row]] = {}
    for one in logs:
        search = searches.get(one.stream)
        if search is None:
            search = searches[one.stream] = _searches(out, tenant, one.stream, files, dropped)
        search.add(one.at, (one.key, one.text))
    for stream in sorted(searches):
        searches[stream].close()
    return Written(written_below(out, files), frozenset(dropped))


def _searches(out: Path, tenant: Tenant, stream: LogStream, files: list[Path], dropped: set[Key]) -> Searches[_Row]:
    if stream == "directory":
        collection, folder, field, filter_ = "directoryAudits", out / "directoryAudits", "activityDateTime", ""
    else:
        collection, folder, field = "signIns", out / "signIns" / EVENT_TYPES[stream], "createdDateTime"
        filter_ = f" and signInEventTypes/any(t: t eq '{EVENT_TYPES[stream]}')"
    folder.mkdir(parents=True, exist_ok=True)
    url = f"https://graph.microsoft.com/beta/auditLogs/{collection}?$top={PAGE_ROWS}&$filter={field} ge "

    def take(search: Search[_Row]) -> None:
        dropped.update(key for key, _ in search.over)
        rows = [row for _, row in reversed(search.rows)]
        if not rows:
            return
        lines: list[bytes] = []
        for number, begin in enumerate(range(0, len(rows), PAGE_ROWS), start=1):
            page = rows[begin : begin + PAGE_ROWS]
            link = ""
            if begin + PAGE_ROWS < len(rows):
                token = tenant.chance.bits("skip token", stream, search.begin, number).hex()
                next_ = f"{url}{iso(search.begin)} and {field} lt {iso(search.end)}{filter_}&$skiptoken={token}"
                link = f'"@odata.nextLink":{_encode(next_).decode()},'
            head = f'{{"@odata.context":"https://graph.microsoft.com/beta/$metadata#auditLogs/{collection}",{link}"value":['
            lines.append(head.encode() + b",".join(page) + b"]}\n")
        path = folder / f"{digits(search.begin)}-{digits(search.end)}.json"
        path.write_bytes(b"".join(lines))
        files.append(path)

    return Searches(tenant.start_at, tenant.end_at, MS_PER_DAY, SEARCH_ROWS, take)


FORMAT = Format(
    "graph_pages",
    "Microsoft Graph pages of sign-ins and directory audits",
    frozenset({*SIGN_INS, "directory"}),
    write,
    kept_by_entra,
)
