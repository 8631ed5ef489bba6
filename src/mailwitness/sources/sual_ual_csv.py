"""``Search-UnifiedAuditLog | Export-Csv``, also as Microsoft-Extractor-Suite writes it (CSV).

One row per audit record; the record is the JSON text in ``AuditData``. ``RecordType`` is a name here, ``Identity`` repeats the
record's id. Columns that a log system added when the file went through it are left alone; any order of columns is read.

Clock: ``CreationTime`` in AuditData is UTC without a zone designator. ``CreationDate`` shows the UTC clock in the culture of
    the collecting machine and is used only where the record's own time is missing and the text can be one date only.
Limits: ``ResultIndex`` = -1, or ``ResultCount`` = 0 on a row that exists, is how the service shows that a search timed out:
    rows of that session are missing. Such a row also gives a collection window that is not complete. 5,000 and 50,000 rows are the caps of a page and of
    a session. No real sample under an open licence is known; fixtures are written from the sources.
Sources:
    - https://learn.microsoft.com/en-us/powershell/module/exchange/search-unifiedauditlog
    - https://github.com/ANSSI-FR/DFIR-O365RC   (DFIR-O365RC.psm1: rule for ResultIndex and ResultCount)
    - https://github.com/invictus-ir/o365_dataset   (the header after a log system added its columns)
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UAL.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._search_result import unwrap


def sniff(head: Head) -> bool:
    """True for any header with AuditData that is neither the portal's nor a Graph audit query's."""
    return header_shape(head) == "search"


READER = Reader("sual_ual_csv", frozenset({"csv"}), sniff, unwrap)
