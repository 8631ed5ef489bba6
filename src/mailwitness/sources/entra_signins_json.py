"""Entra sign-ins as JSON objects: Graph pages, admin-centre downloads, and what collectors save of either.

One object per sign-in, in Graph's names (lowerCamel) or in those of its PowerShell SDK (UpperCamel, with
``AdditionalProperties``). Written so by the admin centre, Microsoft-Extractor-Suite, Untitled Goose Tool, DFIR-O365RC, Hawk and
scripts of one's own; pages, arrays glued together, single objects and JSON lines.

The stream is what ``signInEventTypes`` says (Graph beta), else what a file or folder is named after; else ``isInteractive``
decides for users, and for the rest it stays unknown.

Clock: ``createdDateTime``, UTC.
Limits: Graph v1.0, and beta without a filter on ``signInEventTypes``, list interactive sign-ins only. v1.0 has no session id, token
    identifier or authentication protocol. No real sample of a page under an open licence is known: fixtures follow the sources.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/signin?view=graph-rest-beta
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-AzureEntraGraphLogs.ps1)
    - https://github.com/cisagov/untitledgoosetool   (goosey/azure_dumper.py)
    - https://github.com/ANSSI-FR/DFIR-O365RC, https://github.com/T0pCyber/hawk   (SDK objects)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._entra_reading import all_are, unwrap_object


def sniff(head: Head) -> bool:
    """True if the objects are bare sign-ins, with Graph's names in any case."""
    return all_are(head, "signin", "graph")


READER = Reader(
    "entra_signins_json",
    frozenset({"json", "json_lines"}),
    sniff,
    unwrap_object,
    yields_to=frozenset({"wrapped_record_json"}),  # audit records among them
)
