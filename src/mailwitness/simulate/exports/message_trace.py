"""Message traces as ``Get-MessageTraceV2`` gives them, piped to Export-Csv (Windows PowerShell 5.1, culture en-US).

One row per message and recipient, one file per search of at most ten days.

Limits: the command gives at most 5,000 rows at a time and goes back 90 days; file names are the script's own.
Sources: see ``_traces``
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._careless import CappedFiles, cut_of
from mailwitness.simulate.exports._clock import digits
from mailwitness.simulate.exports._searches import SearchFiles, written_below
from mailwitness.simulate.exports._traces import HEADER, trace_row
from mailwitness.simulate.exports.format import Format, Streams, Written
from mailwitness.simulate.logged import Spooled
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

CAP_ROWS = 5000
SEARCH_DAYS = 10


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    careful = tenant.options.collector == "careful"
    files = (SearchFiles if careful else CappedFiles)(
        out, tenant.start_at, tenant.end_at, SEARCH_DAYS * MS_PER_DAY, CAP_ROWS - careful,
        lambda begin, end: f"MessageTrace-{digits(begin)}-{digits(end)}.csv", head=b"\xef\xbb\xbf" + HEADER, cut=cut_of(tenant),
    )  # fmt: skip
    for one in logs:
        files.add(one.at, one.key, trace_row(one))
    files.close()
    return Written(written_below(out, files.files), frozenset(files.dropped))


FORMAT = Format("message_trace", "Get-MessageTraceV2 piped to Export-Csv", frozenset({"message_trace"}), write)
