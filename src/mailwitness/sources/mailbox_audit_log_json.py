"""The old in-mailbox audit log, ``Search-MailboxAuditLog -ShowDetails``, as JSON (DFIR-O365RC's ``MailboxAuditLog_*.json``).

One record per entry, kept as another record of kind ``mailbox_audit_log``.

Clock: ``LastAccessed``; see `mailbox_audit_log_csv`.
Limits: as for the CSV. No real sample was at hand.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-mailboxauditlog
    - https://github.com/ANSSI-FR/DFIR-O365RC   (DFIR-O365RC/Search-O365.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import record_kind
from mailwitness.sources.mailbox_audit_log_csv import entry_record


def sniff(head: Head) -> bool:
    """True for objects with LastAccessed and Operation."""
    return record_kind(head) == "mailbox_audit_log"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return entry_record(frame.value, frame, place)


READER = Reader("mailbox_audit_log_json", frozenset({"json", "json_lines"}), sniff, unwrap)
