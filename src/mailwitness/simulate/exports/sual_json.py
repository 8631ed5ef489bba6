"""``Search-UnifiedAuditLog | ConvertTo-Json`` in PowerShell 7: an array of result objects per day.

``AuditData`` stays JSON text, ``CreationDate`` is ISO 8601 in UTC. One file per day, asked in stretches as in ``sual_csv``; a day with a
single result is an object without an array around it, which is how ConvertTo-Json is.

Limits: file names are the script's own. A record that got lost shows as a hole in ``ResultIndex``.
Sources: see ``_audit_search``; https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwitness.simulate.exports._audit_search import PAGE_ROWS, record_type_name, results
from mailwitness.simulate.exports._careless import broken_off, cut_of, searches_of
from mailwitness.simulate.exports._clock import date, iso
from mailwitness.simulate.exports._searches import Search, written_below
from mailwitness.simulate.exports._shell_json import ShellArray, converted
from mailwitness.simulate.exports.format import Format, Streams, Written
from mailwitness.simulate.logged import Key, Spooled
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    arrays: list[ShellArray] = []
    dropped: set[Key] = set()
    broken: list[Path] = []

    cut = cut_of(tenant)

    def take(search: Search[Spooled]) -> None:
        dropped.update(one.key for one in search.over)
        count = len(search.rows) + len(search.over)
        found = list(results(tenant, search))
        rows = [_result(one, index, count) for index, one in found]
        path = out / f"UnifiedAuditLog-{date(search.begin)}.json"
        if rows and cut is not None and cut.hits(search.begin, search.end):
            text, left = broken_off(converted, rows, cut)
            dropped.update(one.key for _, one in found[len(rows) - len(left) :])
            path.write_bytes(text)
            broken.append(path)
            return
        if rows and (not arrays or arrays[-1].path != path):
            if arrays:
                arrays[-1].close()
            arrays.append(ShellArray(path))
        if rows:
            arrays[-1].add(rows)

    searches = searches_of(tenant, MS_PER_HOUR, MS_PER_DAY, PAGE_ROWS, take)
    for one in logs:
        searches.add(one.at, one)
    searches.close()
    if arrays:
        arrays[-1].close()
    return Written(written_below(out, [*broken, *(array.path for array in arrays)]), frozenset(dropped))


def _result(one: Spooled, index: int, count: int) -> dict[str, Any]:
    head = one.head
    return {
        "RecordType": record_type_name(head),
        "CreationDate": iso(one.at),
        "UserIds": head.UserId or "",
        "Operations": head.Operation,
        "AuditData": one.text.decode("utf-8"),
        "ResultIndex": index,
        "ResultCount": count,
        "Identity": one.id,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }


FORMAT = Format(
    "sual_json", "Search-UnifiedAuditLog piped to ConvertTo-Json", frozenset({"unified"}), write, counts_lost=True
)
