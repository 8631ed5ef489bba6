"""Records of a Microsoft Graph ``auditLogQuery``: pages, arrays, or Microsoft-Extractor-Suite's UALGraph (JSON, JSON lines).

One object per audit record, the record itself in ``auditData``. The names around it are Graph's: ``auditLogRecordType`` is the
record type's name in lower camel case, ``createdDateTime`` the record's time.

Clock: ``CreationTime`` in auditData is UTC without a zone designator; ``createdDateTime`` is used only where it is missing.
Limits: the same query paged twice may give different records, and records repeat across pages. No real sample under an open
    licence is known; fixtures are written from the sources.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/security-auditlogrecord
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UALGraph.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape, unwrap_audit_data


def sniff(head: Head) -> bool:
    """True if the objects carry auditData and auditLogRecordType."""
    return head_shape(head) == "graph_query"


READER = Reader("graph_audit_query_json", frozenset({"json", "json_lines"}), sniff, unwrap_audit_data)
