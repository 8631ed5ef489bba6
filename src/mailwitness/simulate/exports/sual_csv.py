"""``Search-UnifiedAuditLog | Export-Csv -NoTypeInformation -Encoding UTF8`` in Windows PowerShell 5.1, culture en-US.

One row per record, the record as JSON text in ``AuditData``; ``RecordType`` as a name, ``CreationDate`` the UTC clock in the machine's culture.
The script asked in stretches of at most an hour that stayed below a page of 5,000 rows and appended them to one file per day.

Limits: file names are the script's own. A record that got lost shows as a hole in ``ResultIndex``.
Sources: see ``_audit_search``; https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/export-csv
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mailwitness.simulate.exports._audit_search import PAGE_ROWS, record_type_name, results
from mailwitness.simulate.exports._clock import date, us
from mailwitness.simulate.exports._csv import quoted
from mailwitness.simulate.exports._searches import Search, Searches, written_below
from mailwitness.simulate.exports.format import Format, Written
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.world import MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

COLUMNS = (
    "PSComputerName RunspaceId PSShowComputerName RecordType CreationDate UserIds Operations AuditData ResultIndex ResultCount "
    "Identity IsValid ObjectState"
).split()

_encode = msgspec.json.Encoder().encode


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Logged], options: Options) -> Written:
    files: set[Path] = set()
    dropped: set[str] = set()
    before = f'"outlook.office365.com","{tenant.chance.guid("runspace")}","False",'

    def take(search: Search[Logged]) -> None:
        dropped.update(one.id for one in search.over)
        count = len(search.rows)
        rows = [_row(before, one, index, count) for index, one in results(tenant, search)]
        if not rows:
            return
        path = out / f"UnifiedAuditLog-{date(search.begin)}.csv"
        with path.open("ab") as stream:
            if path not in files:
                stream.write(b"\xef\xbb\xbf" + ",".join(map(quoted, COLUMNS)).encode() + b"\r\n")
            stream.write(b"".join(rows))
        files.add(path)

    searches = Searches(tenant.start_at, tenant.end_at, MS_PER_HOUR, PAGE_ROWS - 1, take)
    for one in logs:
        searches.add(one.at, one)
    searches.close()
    return Written(written_below(out, files), frozenset(dropped))


def _row(before: str, one: Logged, index: int, count: int) -> bytes:
    record = one.record
    return (
        f'{before}"{record_type_name(one)}","{us(one.at)}",{quoted(record.get("UserId") or "")},{quoted(record["Operation"])},"'.encode(
            "utf-8", "surrogatepass"
        )
        + _encode(record).replace(b'"', b'""')
        + f'","{index}","{count}","{one.id}","True","Unchanged"\r\n'.encode()
    )


FORMAT = Format(
    "sual_csv", "Search-UnifiedAuditLog piped to Export-Csv", frozenset({"unified"}), write, counts_lost=True
)
