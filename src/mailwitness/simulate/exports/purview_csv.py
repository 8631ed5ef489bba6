"""Purview portal, audit search exported as CSV (the header since 2024).

One row per record, the record as JSON text in ``AuditData``. UTF-8 with a byte order mark, CRLF, ``CreationDate`` as ISO in UTC,
``RecordType`` as a number. The portal takes duplicates out.

Limits: the portal ends an export at 50,000 rows; the collector searched in stretches of at most a day that stayed below it. File names as
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

import msgspec

from mailwitness.simulate.exports._clock import date
from mailwitness.simulate.exports._csv import cell
from mailwitness.simulate.exports._searches import SearchFiles, written_below
from mailwitness.simulate.exports.format import Format, Written
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

CAP_ROWS = 50_000
HEADER = "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames"

_encode = msgspec.json.Encoder().encode


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Logged], options: Options) -> Written:
    files = SearchFiles(
        out, tenant.start_at, tenant.end_at, MS_PER_DAY, CAP_ROWS - 1,
        lambda begin, end: f"AuditLog_{date(begin)}_{date(end)}.csv", head=f"\ufeff{HEADER}\r\n".encode(),
    )  # fmt: skip
    last = ""
    for one in logs:
        if one.id == last:  # sorted by time and id, so a duplicate follows its record
            continue
        last = one.id
        files.add(one.at, one.id, _row(one))
    files.close()
    return Written(written_below(out, files.files), frozenset(files.dropped))


def _row(one: Logged) -> bytes:
    record = one.record
    return (
        f"{one.id},{record['CreationTime']}.0000000Z,{record['RecordType']},{cell(record['Operation'])},"
        f'{cell(record.get("UserId") or "")},"'.encode("utf-8", "surrogatepass")
        + _encode(record).replace(b'"', b'""')
        + b'",,\r\n'
    )


FORMAT = Format("purview_csv", "Purview portal audit export (CSV)", frozenset({"unified"}), write)
