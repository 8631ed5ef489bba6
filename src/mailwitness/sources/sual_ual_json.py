"""``Search-UnifiedAuditLog | ConvertTo-Json``, also as Microsoft-Extractor-Suite writes and merges it (JSON, JSON lines).

One object per audit record, with the record in ``AuditData``: JSON text, or an object where the tool expanded it.

Clock: ``CreationTime`` in AuditData is UTC without a zone designator. ``CreationDate`` (``/Date(ms)/`` from PowerShell 5.1,
    ISO from 7) is used only where that is missing.
Limits: ``ConvertTo-Json`` cuts below its depth: what came out as ``@{Name=X; Value=Y}`` is made an object again, what came
    out as ``System.Object[]`` is lost and left out. A ``;`` inside such a value cannot always be told from the next pair.
    No real sample under an open licence is known; fixtures are written from the sources.
Sources:
    - https://learn.microsoft.com/en-us/powershell/module/exchange/search-unifiedauditlog
    - https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.utility/convertto-json   (depth)
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UAL.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._search_result import unwrap


def sniff(head: Head) -> bool:
    """True if the objects wrap their record in AuditData as the cmdlet does."""
    return head_shape(head) == "wrapper"


READER = Reader("sual_ual_json", frozenset({"json", "json_lines"}), sniff, unwrap)
