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

import msgspec

from mailwitness.simulate.exports._audit_search import PAGE_ROWS, record_type_name, results
from mailwitness.simulate.exports._clock import date, iso
from mailwitness.simulate.exports._searches import Search, Searches, written_below
from mailwitness.simulate.exports._shell_json import ShellArray
from mailwitness.simulate.exports.format import Format, Written
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.world import MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

_encode = msgspec.json.Encoder().encode


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Logged], options: Options) -> Written:
    arrays: list[ShellArray] = []
    dropped: set[str] = set()

    def take(search: Search[Logged]) -> None:
        dropped.update(one.id for one in search.over)
        count = len(search.rows)
        rows = [_result(one, index, count) for index, one in results(tenant, search)]
        path = out / f"UnifiedAuditLog-{date(search.begin)}.json"
        if rows and (not arrays or arrays[-1].path != path):
            if arrays:
                arrays[-1].close()
            arrays.append(ShellArray(path))
        if rows:
            arrays[-1].add(rows)

    searches = Searches(tenant.start_at, tenant.end_at, MS_PER_HOUR, PAGE_ROWS - 1, take)
    for one in logs:
        searches.add(one.at, one)
    searches.close()
    if arrays:
        arrays[-1].close()
    return Written(written_below(out, (array.path for array in arrays)), frozenset(dropped))


def _result(one: Logged, index: int, count: int) -> dict[str, Any]:
    return {
        "RecordType": record_type_name(one),
        "CreationDate": iso(one.at),
        "UserIds": one.record.get("UserId") or "",
        "Operations": one.record["Operation"],
        "AuditData": _encode(one.record).decode("utf-8"),
        "ResultIndex": index,
        "ResultCount": count,
        "Identity": one.id,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }


FORMAT = Format(
    "sual_json", "Search-UnifiedAuditLog piped to ConvertTo-Json", frozenset({"unified"}), write, counts_lost=True
)
