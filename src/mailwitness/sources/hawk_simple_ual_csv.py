"""Hawk's simplified audit records, ``Simple_*.csv`` (CSV).

One row per audit record, flattened; see ``_hawk_simple`` for how the columns become the record again.

Clock: ``AuditCreationTime`` (or ``CreationTime``) is UTC, perhaps in the culture of the collecting machine. Where that text could
    be two dates, the record has no time.
Limits: the columns are those of the first record, so later records may lack items; lists that were not flattened say
    ``System.Object[]`` and are left out. Rank 2. A row that only says ``Error`` is a record Hawk could not convert. No real
    sample under an open licence is known; fixtures are written from the sources.
Sources:
    - https://github.com/T0pCyber/hawk   (Hawk/internal/functions/Get-SimpleUnifiedAuditLog.ps1, several versions)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._hawk_simple import unwrap


def sniff(head: Head) -> bool:
    """True for a header with flattened names, or with the columns that Hawk adds."""
    return header_shape(head) == "flattened"


READER = Reader("hawk_simple_ual_csv", frozenset({"csv"}), sniff, unwrap, rank=2)
