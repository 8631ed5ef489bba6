"""Dated facts read from the data files of this folder."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one data file; lines that begin with ``#`` carry its sources."""
    text = files("mailwitness.knowledge").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def record_type_names() -> Mapping[int, str]:
    """Published number → name of audit record types. The enumeration has gaps and grows; unknown numbers are normal.

    Source: github.com/MicrosoftDocs/office-365-management-api, office-365-management-activity-api-schema.md (AuditLogRecordType).
    """
    return {int(row["number"]): row["name"] for row in rows_of("audit_record_types.csv")}


@cache
def record_type_numbers() -> Mapping[str, int]:
    """Lower-case name → number."""
    return {name.lower(): number for number, name in record_type_names().items()}
