"""Microsoft-Extractor-Suite's list of mail sessions (``Sessions.csv``): one line per MailItemsAccessed record, condensed.

One row per line of the tool; a hint, never evidence for a verdict.

Clock: ``TimeStamp``, as the record's CreationTime, UTC.
Limits: derived from audit records that should be asked for. No real sample was at hand.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-MailItemsAccessed.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import utc_time
from mailwitness.sources._companion_shapes import column_kind, value_of


def sniff(head: Head) -> bool:
    """True for the tool's header of sessions."""
    return column_kind(head) == "mes_sessions"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row = frame.value
    payload = {
        "kind": "mes_session",
        "time": utc_time(value_of(row, ("timestamp",)), place.options),
        "user_id": value_of(row, ("user",)),
        "session_id": value_of(row, ("sessionid",)),
        "client_ip": value_of(row, ("clientip",)),
        "detail": row,
    }
    return RawRecord("derived_hint", payload, frame.offset, frame.length)


READER = Reader("mes_sessions_csv", frozenset({"csv"}), sniff, unwrap)
