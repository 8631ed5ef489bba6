"""One result of ``Search-UnifiedAuditLog``: the audit record, and what the row says of the search it came from."""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Place, RawRecord, Reading
from mailwitness.sources._audit_shape import unwrap_audit_data

TIMED_OUT = "ResultIndex -1 or ResultCount 0 on a row: the search timed out, records of its session are missing"


def unwrap(frame: Frame, place: Place) -> Reading | tuple[Reading, ...]:
    """The record; and once more the row as a statement of a window that is not complete, where the search timed out.

    The statement is the same for all rows of a file, so it becomes one collection window, seen as often as it was said.
    """
    made = unwrap_audit_data(frame, place)
    row = frame.value
    if str(row.get("ResultIndex")) != "-1" and str(row.get("ResultCount")) != "0":
        return made
    statement = {"feed": "unified_audit_log", "complete": False, "statement": TIMED_OUT}
    return made, RawRecord("collection_window", statement, frame.offset, frame.length)
