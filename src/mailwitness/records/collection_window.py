"""What an export or a collector says of its own search: the window it asked for, how much there was, how much it got.

One row per statement. The payload's keys are the columns of ``collection_windows``.

Clock: window ends are UTC as the collector wrote them.
Limits: ``complete`` is null unless the source says that all or not all was retrieved; an empty answer alone proves nothing.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UAL.ps1: its log lines)
    - https://github.com/ANSSI-FR/DFIR-O365RC   (its log lines)
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py: its bounds file)
"""

from __future__ import annotations

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_bool, parse_int, parse_text, parse_time


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    row = {
        "feed": parse_text(payload.get("feed")),
        "window_from": parse_time(payload.get("window_from")),
        "window_to": parse_time(payload.get("window_to")),
        "expected": parse_int(payload.get("expected")),
        "received": parse_int(payload.get("received")),
        "complete": parse_bool(payload.get("complete")),
        "statement": parse_text(payload.get("statement")),
    }
    return {"collection_windows": [{"row_id": content_id("collection_windows", row), **row}]}


FAMILY = row_by_row("collection_window", "collection_windows", (), rows_of)
