"""Entra directory audits as JSON objects: Graph pages, admin-centre downloads, and what collectors save of either.

One object per directory audit in Graph's names (lowerCamel) or those of its PowerShell SDK (UpperCamel). Written so by the
admin centre, Microsoft-Extractor-Suite, Untitled Goose Tool, DFIR-O365RC, Hawk; pages, arrays and JSON lines.

Clock: ``activityDateTime``, UTC.
Limits: no real sample of a page under an open licence is known: fixtures follow the sources.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/directoryaudit
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-AzureEntraGraphLogs.ps1)
    - https://github.com/cisagov/untitledgoosetool   (goosey/azure_dumper.py)
    - https://github.com/ANSSI-FR/DFIR-O365RC   (SDK objects)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._entra_reading import all_are, unwrap_object


def sniff(head: Head) -> bool:
    """True if the objects are bare directory audits, with Graph's names in any case."""
    return all_are(head, "directory_audit", "graph")


READER = Reader(
    "entra_audits_json",
    frozenset({"json", "json_lines"}),
    sniff,
    unwrap_object,
    yields_to=frozenset({"wrapped_record_json"}),  # audit records among them
)
