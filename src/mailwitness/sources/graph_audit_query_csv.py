"""Records of a Microsoft Graph ``auditLogQuery`` as Microsoft-Extractor-Suite's UALGraph writes them (CSV).

One row per audit record; the record is JSON in the last cell, ``auditData``, pretty-printed over many lines.

Clock: ``CreationTime`` in auditData is UTC without a zone designator; ``createdDateTime`` is used only where it is missing.
Limits: as for the same records in JSON; a spreadsheet that saved the file again cut every cell at 32,767 characters. No real
    sample under an open licence is known; fixtures are written from the sources.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/security-auditlogrecord
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UALGraph.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._audit_shape import unwrap_audit_data


def sniff(head: Head) -> bool:
    """True for a header with auditData and auditLogRecordType."""
    return header_shape(head) == "graph_query"


READER = Reader("graph_audit_query_csv", frozenset({"csv"}), sniff, unwrap_audit_data)
