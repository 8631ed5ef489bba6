"""Untitled Goose Tool's ``.ual_bounds``: the time windows into which it cut its audit search, with the count of each.

One row per window.

Clock: ``start`` and ``end``, UTC.
Limits: newer versions drop a window once it is done, so one that still has ``done_status`` False was not finished; without
    that column nothing says whether it was. No real sample was at hand.
Sources:
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py, _insert_ual_record)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import utc_time

_COLUMNS = frozenset({"start", "end", "count"})


def sniff(head: Head) -> bool:
    """True for exactly the columns start, end and count, with or without done_status."""
    return head.columns() in (_COLUMNS, _COLUMNS | {"done_status"})


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row = {name.strip().lower(): value for name, value in frame.value.items()}
    done = {"true": True, "false": False}.get(str(row.get("done_status")).strip().lower())
    count = str(row["count"])
    payload = {
        "feed": "unified_audit_log",
        "window_from": utc_time(row["start"], place.options),
        "window_to": utc_time(row["end"], place.options),
        "expected": count if not count.startswith("-") else None,  # negative: the tool's own mark for "not counted"
        "complete": done,
        "statement": f"window {row['start']} to {row['end']}, {count} records",
    }
    return RawRecord("collection_window", payload, frame.offset, frame.length)


READER = Reader("goose_ual_bounds_csv", frozenset({"csv"}), sniff, unwrap)
