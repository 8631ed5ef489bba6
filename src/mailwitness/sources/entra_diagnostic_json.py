"""Entra records of the diagnostic settings: storage blobs (JSON lines) and Event Hub messages (``{"records": […]}``).

One wrapped record per object; ``category`` says which log it is of, ``properties`` holds the record in Graph's names. Sign-ins of
all streams, directory audits and Graph activity are read; other categories are kept as other records.

Clock: ``properties.createdDateTime`` (sign-in), ``properties.activityDateTime`` (audit), ``properties.timeGenerated`` (Graph
    request), UTC. The wrapper's ``time`` stands in where they are missing, and is kept beside a sign-in's own time.
Limits: a blob holds one hour and is appended to while the hour lasts. A missing hour is a gap, which the file cannot show.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/resource-logs-schema
    - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/resource-logs-blob-format
    - https://github.com/splunk/security_content   (data_sources/azure_active_directory_*.yml, real records)
    - https://github.com/wazuh/wazuh/issues/18936   (path of the blobs)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._entra_reading import all_are_wrapped, unwrap_object


def sniff(head: Head) -> bool:
    """True if the objects carry category and properties, and one of the further keys of the resource log schema."""
    return all_are_wrapped(head)


READER = Reader(
    "entra_diagnostic_json",
    frozenset({"json", "json_lines"}),
    sniff,
    unwrap_object,
    yields_to=frozenset({"wrapped_record_json"}),  # audit records among them
)
