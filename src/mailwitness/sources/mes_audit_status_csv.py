"""Microsoft-Extractor-Suite's mailbox audit status: audit settings of every mailbox, one table.

One row per mailbox, read as the object of ``Get-Mailbox`` that it was made from.

Clock: the file's name, in the collecting machine's zone, see `_exo_shape`.
Limits: ``AuditBypassEnabled`` False is not taken as known: the tool looks bypasses up by UPN in a list keyed by Identity, and
    writes False where it finds none. A list with count 0 is empty. No real sample was at hand.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-AuditLogSettings.ps1)
"""

from __future__ import annotations

from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import cell
from mailwitness.sources._exo_shape import settings_record


def sniff(head: Head) -> bool:
    """True for its header: the effective state beside the action lists."""
    return {"userprincipalname", "auditenabled", "effectiveauditstate"} <= head.columns()


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row = frame.value
    made: dict[str, Any] = {
        "UserPrincipalName": cell(row, "userprincipalname"),
        "DisplayName": cell(row, "displayname"),
        "RecipientTypeDetails": cell(row, "recipienttypedetails"),
        "AuditEnabled": cell(row, "auditenabled"),
        "DefaultAuditSet": cell(row, "defaultauditset") or [],
    }
    for who in ("Owner", "Delegate", "Admin"):
        actions = cell(row, f"{who.lower()}auditactions")
        if actions is not None or cell(row, f"{who.lower()}auditactionscount") == "0":
            made[f"Audit{who}"] = actions or []
    if str(cell(row, "auditbypassenabled")).lower() == "true":
        made["AuditBypassEnabled"] = "True"
    return settings_record(made, frame.offset, frame.length, place, "Get-Mailbox")


READER = Reader("mes_audit_status_csv", frozenset({"csv"}), sniff, unwrap)
