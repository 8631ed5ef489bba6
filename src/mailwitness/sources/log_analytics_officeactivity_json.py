"""OfficeActivity from Log Analytics or Sentinel: API answers, ``az monitor log-analytics query``, continuous export (JSON).

One object per audit record, re-columned; see ``_office_activity`` for how the columns become the record again. An API answer
keeps its rows as lists under ``tables``; they arrive here with their column names.

Clock: ``TimeGenerated`` is ISO 8601 in UTC.
Limits: the API ends at 500,000 rows. Rank 1: the record's own text is gone. No real sample under an open licence is known;
    fixtures are written from the sources.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/officeactivity
    - https://learn.microsoft.com/en-us/azure/azure-monitor/logs/api/response-format
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._office_activity import unwrap


def sniff(head: Head) -> bool:
    """True if the objects have OfficeId and Operation."""
    return head_shape(head) == "office_activity"


READER = Reader("log_analytics_officeactivity_json", frozenset({"json", "json_lines"}), sniff, unwrap, rank=1)
