"""What a whole file says that no single record of it does: the window in its name, the order of day and month in its dates.

Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UAL.ps1: ``UAL-<start>-<end>``, UTC)
    - https://github.com/philhagen/sof-elk/issues/274   (``InteractiveSignIns_<from>_<to>``)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailwitness.sources._locale_dates import learn_day_first, parse_locale_time
from mailwitness.sources.framing.csv_frames import Layout, csv_rows
from mailwitness.sources.framing.encoding import open_source

_STAMPED = re.compile(r"(?:^|/)UAL-(\d{14})-(\d{14})\b")
_LOOKED_AT_ROWS = 20_000


def window_in_name(name: str) -> tuple[datetime, datetime] | None:
    """The search window that Microsoft-Extractor-Suite writes into the names of its audit exports, UTC; None elsewhere.

    Names with days only (portal downloads) are left alone: whether their last day is inside is not documented.
    """
    found = _STAMPED.search(name)
    if found is None:
        return None
    try:
        begin, end = (
            datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC).replace(tzinfo=None)
            for stamp in found.groups()
        )
    except ValueError:
        return None
    return (begin, end) if begin < end else None


def window_row(name: str, evidence_id: str, received: int) -> dict[str, Any] | None:
    """The row of ``collection_windows`` that a file's name gives. A name says what was asked, not that all of it came."""
    window = window_in_name(name)
    if window is None:
        return None
    return {
        "feed": "unified_audit_log",
        "window_from": window[0],
        "window_to": window[1],
        "received": received,
        "complete": None,
        "statement": f"the file is named {name.rpartition('/')[2]}",
        "row_id": f"collection_windows:name:{evidence_id}",
        "evidence_id": evidence_id,
        "locator": "bytes=0+0",
        "sightings": 1,
    }


def day_first_of(
    path: Path, encoding: str, bom: int, layout: Layout, samples: tuple[Mapping[str, Any], ...]
) -> tuple[bool | None, bool]:
    """(whether days come before months, whether that matters) for a table whose dates a culture wrote.

    Looks into further rows only when the first ones do not tell. Beside a record with its own time the columns' dates do not matter.
    """
    columns = [name for name in layout.header if "date" in name.lower() or "time" in name.lower()]
    dates = [str(row[name]) for row in samples for name in columns if row.get(name)]
    unclear = [date for date in dates if date[:1].isdigit() and parse_locale_time(date) is None and _is_date(date)]
    if not unclear:
        return None, False
    learnt = learn_day_first(dates)
    if learnt is not None:
        return learnt, True
    places = [layout.header.index(name) for name in columns]
    with path.open("rb") as stream:
        source = open_source(stream, encoding, bom)
        source.read(layout.body)
        for number, row in enumerate(csv_rows(source, layout.delimiter, len(layout.header))):
            if number >= _LOOKED_AT_ROWS:
                break
            if row.kind == "row":
                learnt = learn_day_first(row.cells[place] for place in places)
                if learnt is not None:
                    return learnt, True
    own_times = bool(samples) and all(any('"CreationTime"' in str(cell) for cell in row.values()) for row in samples)
    return None, not own_times


def _is_date(text: str) -> bool:
    return parse_locale_time(text, True) is not None or parse_locale_time(text, False) is not None
