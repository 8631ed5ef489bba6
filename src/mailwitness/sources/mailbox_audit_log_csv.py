"""The old in-mailbox audit log, ``Search-MailboxAuditLog -ShowDetails``, as CSV (also Microsoft-Extractor-Suite's legacy folder).

One row per entry, kept as another record of kind ``mailbox_audit_log``.

Clock: ``LastAccessed``, in the culture of the machine; the cmdlet shows local time in some sessions, so the zone is not sure.
Limits: entries have no record id and cannot be told from their unified-audit twins; they are shown, not counted as accesses.
    No real sample was at hand.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-mailboxauditlog
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-MailboxAuditLog.ps1)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import utc_time
from mailwitness.sources._companion_shapes import column_kind, value_of


def sniff(head: Head) -> bool:
    """True for a header with LastAccessed and Operation."""
    return column_kind(head) == "mailbox_audit_log"


def entry_record(row: Mapping[str, Any], frame: Frame, place: Place) -> RawRecord:
    """The raw record of one entry of the old log."""
    payload = {
        "kind": "mailbox_audit_log",
        "time": utc_time(value_of(row, ("lastaccessed",)), place.options),
        "actor": value_of(row, ("logonuserdisplayname", "logonusersid", "mailboxresolvedownername")),
        "detail": row,
    }
    return RawRecord("other_record", payload, frame.offset, frame.length)


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return entry_record(frame.value, frame, place)


READER = Reader("mailbox_audit_log_csv", frozenset({"csv"}), sniff, unwrap)
