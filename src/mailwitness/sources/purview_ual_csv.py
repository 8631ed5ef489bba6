"""Purview portal audit-search export (CSV).

One row per audit record. The record is the JSON text in ``AuditData``; the other columns repeat parts of it and serve where
a cell is empty or cut off. Headers read: ``RecordId,CreationDate,RecordType,Operation,UserId,AuditData`` with or without
``AssociatedAdminUnits,AssociatedAdminUnitsNames``, and the older ``CreationDate,UserIds,Operations,AuditData`` (which a
``Select-Object`` of those four properties in PowerShell writes as well).

Clock: ``CreationTime`` in AuditData is UTC without a zone designator. ``CreationDate`` is used only where that is missing.
Limits: the portal ends an export at 50,000 rows without saying so, so a file of exactly that length is taken as cut.
    A spreadsheet that saved the file again cut every cell at 32,767 characters. No real sample under an open licence is
    known; the fixtures are written from the headers in the sources.
Sources:
    - https://learn.microsoft.com/en-us/purview/audit-log-export-records
    - https://github.com/philhagen/sof-elk/issues/257   (header and a row)
    - https://github.com/MicrosoftDocs/microsoft-365-docs/issues/9655   (50,000 rows)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader, RecordCell
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._audit_shape import unwrap_audit_data


def sniff(head: Head) -> bool:
    """True for a header with AuditData and the portal's names beside it."""
    return header_shape(head) == "portal"


READER = Reader(
    "purview_ual_csv",
    frozenset({"csv"}),
    sniff,
    unwrap_audit_data,
    cell=RecordCell("AuditData", "audit_record", ("Id", "CreationTime")),
)
