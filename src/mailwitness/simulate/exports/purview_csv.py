"""Purview portal, audit search exported as CSV (the header since 2024).

One row per record, the record as JSON text in ``AuditData``. UTF-8 with a byte order mark, CRLF, ``CreationDate`` as ISO in UTC,
``RecordType`` as a number. The portal takes duplicates out.

Limits: the portal ends an export at 50,000 rows; a careful collector searches in stretches of at most a day that
    stay below it, a careless one once for the whole period. File names as
    the older Compliance Center gave them; line ends and the byte order mark are not settled by a public sample (assumption).
Sources:
    - https://learn.microsoft.com/purview/audit-log-export-records
    - https://github.com/philhagen/sof-elk/issues/257   (header and a row)
    - https://github.com/MicrosoftDocs/microsoft-365-docs/issues/9655   (50,000 rows)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._careless import files_of
from mailwitness.simulate.exports._clock import date
from mailwitness.simulate.exports._csv import cell
from mailwitness.simulate.exports._searches import written_below
from mailwitness.simulate.exports.format import Format, Streams, Written
from mailwitness.simulate.logged import Spooled
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

CAP_ROWS = 50_000
HEADER = "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames"


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    files = files_of(
        tenant, out, MS_PER_DAY, CAP_ROWS,
        lambda begin, end: f"AuditLog_{date(begin)}_{date(end)}.csv", head=f"\ufeff{HEADER}\r\n".encode(),
    )  # fmt: skip
    last = ""
    for one in logs:
        if one.id == last:  # sorted by time and id, so a duplicate follows its record
            continue
        last = one.id
        files.add(one.at, one.key, _row(one))
    files.close()
    return Written(written_below(out, files.files), frozenset(files.dropped))


def _row(one: Spooled) -> bytes:
    head = one.head
    return (
        f"{one.id},{head.CreationTime}.0000000Z,{head.RecordType},{cell(head.Operation)},"
        f'{cell(head.UserId or "")},"'.encode("utf-8", "surrogatepass")
        + one.text.replace(b'"', b'""')
        + b'",,\r\n'
    )


FORMAT = Format("purview_csv", "Purview portal audit export (CSV)", frozenset({"unified"}), write)
