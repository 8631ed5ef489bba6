"""Blobs of the Office 365 Management Activity API, one file per content id.

A blob is an array of bare records of one content type that became available within one hour; records are in no order, and one that the
API repeats is in both blobs. Folders are the content types. Names are content ids with ``$`` written as ``_``: the moments of the
oldest and the latest arrival, then the type.

Limits: an hour of more than 5,000 records of a type is several blobs. How many records a real blob has is not documented (assumption).
Sources:
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._clock import digits
from mailwitness.simulate.exports._searches import written_below
from mailwitness.simulate.exports.format import Format, Streams, Written
from mailwitness.simulate.logged import Spooled
from mailwitness.simulate.world import MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

BLOB_RECORDS = 5000
CONTENT_TYPES = {"Exchange": "Audit.Exchange", "AzureActiveDirectory": "Audit.AzureActiveDirectory"} | dict.fromkeys(
    ("SharePoint", "OneDrive"), "Audit.SharePoint"
)
"""Workload → content type; every other workload is in Audit.General."""

_Arrived = tuple[int, bytes]


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    """Hours of arrival stay open until no record can arrive in them any more, which is when records are younger than they."""
    files: list[Path] = []
    open_: dict[tuple[int, str], list[_Arrived]] = {}
    hour = 0
    for one in logs:
        if one.at // MS_PER_HOUR > hour:
            hour = one.at // MS_PER_HOUR
            for key in sorted(key for key in open_ if key[0] < hour):
                files.extend(_blobs(out, tenant, key[1], open_.pop(key)))
        arrived = max(one.at, one.available)
        key = arrived // MS_PER_HOUR, CONTENT_TYPES.get(one.head.Workload, "Audit.General")
        open_.setdefault(key, []).append((arrived, one.text))
    for key in sorted(open_):
        files.extend(_blobs(out, tenant, key[1], open_[key]))
    return Written(written_below(out, files))


def _blobs(out: Path, tenant: Tenant, content_type: str, records: list[_Arrived]) -> Iterator[Path]:
    records.sort(key=lambda record: record[0])
    folder = out / content_type
    folder.mkdir(exist_ok=True)
    for begin in range(0, len(records), BLOB_RECORDS):
        blob = records[begin : begin + BLOB_RECORDS]
        number = begin // BLOB_RECORDS
        first, last = blob[0][0], blob[-1][0]
        draw = tenant.chance.stream("blob", content_type, first, number)
        ids = [f"{digits(at)}{at % 1000:03}{draw.randrange(10**6):06}" for at in (first, last)]
        draw.shuffle(blob)
        path = (
            folder
            / f"{ids[0]}_{ids[1]}_{content_type.replace('.', '_').lower()}_{content_type.replace('.', '_')}_emea0036.json"
        )
        path.write_bytes(b"[" + b",".join(body for _, body in blob) + b"]")
        yield path


FORMAT = Format("management_api", "Office 365 Management Activity API blobs", frozenset({"unified"}), write)
