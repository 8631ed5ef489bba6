"""Audit records with their properties as columns (CSV).

One row per audit record, one column per property of AuditData: Hawk's CSV files, Microsoft-Extractor-Suite with
``-AuditDataOnly``, Sparrow, and collectors that write a column per key. Columns of JSON text are read as such.

Clock: ``CreationTime`` is UTC; PowerShell may have turned it into the culture of the collecting machine. Where that text could
    be two dates, the record has no time.
Limits: detail is lost. PowerShell writes ``System.Object[]`` for every list, so the folders and messages of a mail access are
    gone, and the columns are those of the first record only. Lost columns are left out, which is not the same as empty, and
    named with the record. Rank 2: any other sighting of the record is shown before this one. No real sample under an open
    licence is known; fixtures are written from the sources.
Sources:
    - https://github.com/T0pCyber/hawk   (Hawk/internal/functions/Out-MultipleFileType.ps1)
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UAL.ps1)
    - https://github.com/cisagov/Sparrow   (Sparrow.ps1)
    - https://github.com/ddbnl/office365-audit-log-collector
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._expanded_audit import expanded_reading


def sniff(head: Head) -> bool:
    """True for a header with CreationTime, Operation and other names of the record, and no copy of the whole record."""
    return header_shape(head) == "expanded"


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    return expanded_reading(frame, frame.value, place)


READER = Reader("expanded_ual_csv", frozenset({"csv"}), sniff, unwrap, rank=2)
