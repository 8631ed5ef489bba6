"""Requests to Microsoft Graph from Log Analytics or Sentinel: ``MicrosoftGraphActivityLogs`` as CSV or JSON.

One row per request.

Clock: ``TimeGenerated``, UTC: in this table it is when the request was received.
Limits: the log exists only where a diagnostic setting sends it somewhere. No real sample under an open licence is known:
    fixtures follow the table's description.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/microsoftgraphactivitylogs
    - https://learn.microsoft.com/en-us/graph/microsoft-graph-activity-logs-overview
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._entra_reading import all_are, unwrap_object


def sniff(head: Head) -> bool:
    """True if the columns are a Graph request's."""
    return all_are(head, "graph_activity", "table") or all_are(head, "graph_activity", "graph")


READER = Reader(
    "log_analytics_graph_activity",
    frozenset({"csv", "json", "json_lines"}),
    sniff,
    unwrap_object,
    rank=1,
    yields_to=frozenset({"wrapped_record_json"}),  # audit records among them
)
