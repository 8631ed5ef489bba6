"""Downloads of the Entra admin centre: what CSV and JSON have in common.

One file per log and stretch of the whole period: ``InteractiveSignIns_2026-03-02_2026-04-01.csv``. A stretch is cut where the file would reach the
portal's cap; a second file of one name gets `` (1)``.

Limits: the cap of 100,000 rows is commonly cited, others were documented. Entra ID keeps 30 days.
Sources:
    - https://learn.microsoft.com/entra/identity/monitoring-health/howto-download-logs
    - https://github.com/philhagen/sof-elk/issues/274   (file names)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._careless import CappedFiles, files_of
from mailwitness.simulate.exports._clock import date
from mailwitness.simulate.exports._searches import SearchFiles, written_below
from mailwitness.simulate.exports.format import Written
from mailwitness.simulate.logged import Key, LogStream, Spooled
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

CAP_ROWS = 100_000
TAGS: Mapping[LogStream, str] = {
    "interactive": "InteractiveSignIns",
    "noninteractive": "NonInteractiveSignIns",
    "service_principal": "ApplicationSignIns",
    "managed_identity": "MSISignIns",
    "directory": "AuditLogs",
}


def download(
    out: Path, tenant: Tenant, logs: Iterable[Spooled], ending: str, row: Callable[[Spooled], bytes],
    head: Callable[[LogStream], bytes], between: bytes = b"", tail: bytes = b"",
) -> Written:  # fmt: skip
    """Write each log to its files, each record by ``row``."""
    files: dict[LogStream, SearchFiles | CappedFiles] = {}
    for one in logs:
        found = files.get(one.stream)
        if found is None:
            found = files[one.stream] = files_of(
                tenant, out, max(tenant.options.days, 1) * MS_PER_DAY, CAP_ROWS,
                _names(TAGS[one.stream], ending), head(one.stream), between, tail,
            )  # fmt: skip
        found.add(one.at, one.key, row(one))
    for found in files.values():
        found.close()
    dropped = frozenset[Key]().union(*(found.dropped for found in files.values()))
    return Written(written_below(out, (path for found in files.values() for path in found.files)), dropped)


def _names(tag: str, ending: str) -> Callable[[int, int], str]:
    return lambda begin, end: f"{tag}_{date(begin)}_{date(end)}.{ending}"
