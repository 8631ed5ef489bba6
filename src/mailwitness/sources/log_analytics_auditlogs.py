"""Directory audits from Log Analytics or Sentinel: ``AuditLogs`` as CSV (portal) or JSON (API, command line, continuous export).

One row per directory audit. ``TargetResources``, ``InitiatedBy`` and ``AdditionalDetails`` are JSON text in cells.

Clock: ``ActivityDateTime``, UTC; where a query left it out, ``TimeGenerated`` stands for it. A result without either has no time.
Limits: the portal ends a result at 30,000 rows; an export of a query holds only what the query kept.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/auditlogs
    - https://github.com/Azure/Azure-Sentinel   (Solutions/Training, a query result)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._entra_reading import all_are, unwrap_object


def sniff(head: Head) -> bool:
    """True if the columns are a directory audit's, in the names of a Log Analytics table."""
    return all_are(head, "directory_audit", "table")


READER = Reader(
    "log_analytics_auditlogs",
    frozenset({"csv", "json", "json_lines"}),
    sniff,
    unwrap_object,
    rank=1,
    yields_to=frozenset({"wrapped_record_json"}),  # audit records among them
)
