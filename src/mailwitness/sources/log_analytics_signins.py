"""Sign-ins from Log Analytics or Sentinel: query results as CSV (portal) or JSON (API, command line, continuous export).

One row per sign-in of ``SigninLogs``, ``AADNonInteractiveUserSignInLogs``, ``AADServicePrincipalSignInLogs``,
``AADManagedIdentitySignInLogs`` or ``ADFSSignInLogs``; ``Type`` or ``Category`` says which, and so the stream. Nested values are JSON
text in cells, in the non-interactive table also in JSON. Some exports give a column twice, as ``<name>_dynamic`` and
``<name>_string``: the filled one counts.

Clock: ``CreatedDateTime``, UTC. ``TimeGenerated`` is when the row was ingested and is never taken for it; a row without
    ``CreatedDateTime`` has no time. Under ``[UTC]`` the portal writes dates in the browser's culture; under
    ``[Local Time]`` they have no offset and are read only with the option ``time_zone``.
Limits: the portal ends a result at 30,000 rows; an export of a query holds only what the query kept.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/signinlogs
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/aadnoninteractiveusersigninlogs
    - https://github.com/Azure/Azure-Sentinel   (Solutions/Training, portal exports)
    - https://github.com/microsoft/msticpy   (tests/testdata/localdata/aad_logons.pkl)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._entra_reading import all_are, unwrap_object


def sniff(head: Head) -> bool:
    """True if the columns are a sign-in's, in the names of a Log Analytics table."""
    return all_are(head, "signin", "table")


READER = Reader(
    "log_analytics_signins",
    frozenset({"csv", "json", "json_lines"}),
    sniff,
    unwrap_object,
    rank=1,
    yields_to=frozenset({"wrapped_record_json"}),  # audit records among them
)
