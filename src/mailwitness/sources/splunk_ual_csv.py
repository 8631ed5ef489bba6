"""Vendor records in a Splunk search export (CSV).

One row per event; the record is the JSON text in ``_raw``. Source types ``o365:management:activity`` and ``azure:monitor:aad`` hold
audit records, sign-ins and directory audits; the family is decided row by row.

Clock: as in the record. ``_time`` is Splunk's and is not used.
Limits: events cut at Splunk's line limit arrive as cut-off text and are rejected with what could be saved. No real sample of the
    CSV under an open licence is known; the events in the sources are real.
Sources:
    - https://github.com/splunk/security_content   (data_sources/o365_*.yml)
    - https://splunkbase.splunk.com/app/4055   (source types)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._any_record import other, reading_of
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._audit_shape import cell, is_audit, json_object, wrapped_reading


def sniff(head: Head) -> bool:
    """True for a header with ``_raw`` whose events are records of a known family; AuditData beside it goes before."""
    return header_shape(head) == "raw_event"


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    row: Mapping[str, Any] = frame.value
    text = cell(row, "_raw")
    event = json_object(text)
    if event is None or is_audit(event):
        return wrapped_reading(frame, {}, text, place, "_raw")
    return reading_of(frame, event, place) or other(frame, row)


READER = Reader("splunk_ual_csv", frozenset({"csv"}), sniff, unwrap)
