"""``Search-UnifiedAuditLog | Export-Csv -NoTypeInformation -Encoding UTF8`` in Windows PowerShell 5.1, culture en-US.

One row per record, the record as JSON text in ``AuditData``; ``RecordType`` as a name, ``CreationDate`` the UTC clock in the machine's culture.
A careful script asked in stretches of at most an hour that stayed below a page of 5,000 rows and appended them to one file per day; a
careless one asked once a day and has its newest 5,000 rows, though ``ResultCount`` says how many there were.

Limits: file names are the script's own. A record that got lost shows as a hole in ``ResultIndex``.
Sources: see ``_audit_search``; https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/export-csv
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._audit_search import PAGE_ROWS, record_type_name, results
from mailwitness.simulate.exports._careless import broken_off, cut_of, searches_of
from mailwitness.simulate.exports._clock import date, us
from mailwitness.simulate.exports._csv import quoted
from mailwitness.simulate.exports._searches import Search, written_below
from mailwitness.simulate.exports.format import Format, Streams, Written
from mailwitness.simulate.logged import Key, Spooled
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

COLUMNS = (
    "PSComputerName RunspaceId PSShowComputerName RecordType CreationDate UserIds Operations AuditData ResultIndex ResultCount "
    "Identity IsValid ObjectState"
).split()


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    files: set[Path] = set()
    dropped: set[Key] = set()
    before = f'"outlook.office365.com","{tenant.chance.guid("runspace")}","False",'

    cut = cut_of(tenant)

    def take(search: Search[Spooled]) -> None:
        dropped.update(one.key for one in search.over)
        count = len(search.rows) + len(search.over)
        found = list(results(tenant, search))
        rows = [_row(before, one, index, count) for index, one in found]
        if not rows:
            return
        text = b"".join(rows)
        if cut is not None and cut.hits(search.begin, search.end):
            text, left = broken_off(b"".join, rows, cut)
            dropped.update(one.key for _, one in found[len(rows) - len(left) :])
        path = out / f"UnifiedAuditLog-{date(search.begin)}.csv"
        with path.open("ab") as stream:
            if path not in files:
                stream.write(b"\xef\xbb\xbf" + ",".join(map(quoted, COLUMNS)).encode() + b"\r\n")
            stream.write(text)
        files.add(path)

    searches = searches_of(tenant, MS_PER_HOUR, MS_PER_DAY, PAGE_ROWS, take)
    for one in logs:
        searches.add(one.at, one)
    searches.close()
    return Written(written_below(out, files), frozenset(dropped))


def _row(before: str, one: Spooled, index: int, count: int) -> bytes:
    head = one.head
    return (
        f'{before}"{record_type_name(head)}","{us(one.at)}",{quoted(head.UserId or "")},{quoted(head.Operation)},"'.encode(
            "utf-8", "surrogatepass"
        )
        + one.text.replace(b'"', b'""')
        + f'","{index}","{count}","{one.id}","True","Unchanged"\r\n'.encode()
    )


FORMAT = Format(
    "sual_csv", "Search-UnifiedAuditLog piped to Export-Csv", frozenset({"unified"}), write, counts_lost=True
)
