"""Hawk's simplified audit records, ``Simple_*.json`` (JSON).

One object per audit record, partly flattened; see ``_hawk_simple`` for how it becomes the record again. Files that Hawk appended
to hold several arrays one after another.

Clock: ``AuditCreationTime`` is UTC.
Limits: rank 1, since the access context is there in part only. An object that only says ``Error`` is a record Hawk could not
    convert. No real sample under an open licence is known; fixtures are written from the sources.
Sources:
    - https://github.com/T0pCyber/hawk   (Hawk/internal/functions/Get-SimpleUnifiedAuditLog.ps1, Out-MultipleFileType.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._hawk_simple import unwrap


def sniff(head: Head) -> bool:
    """True if the objects have the names Hawk gives: AuditId, AuditCreationTime."""
    return head_shape(head) == "hawk_simple"


READER = Reader("hawk_simple_ual_json", frozenset({"json", "json_lines"}), sniff, unwrap, rank=1)
