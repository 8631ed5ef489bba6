"""Exchange settings piped to ``Export-Csv``: Get-CASMailbox, Get-Mailbox, Get-OrganizationConfig and their neighbours.

One row per object. Covers plain PowerShell exports and the ``Reports`` folder of the CrowdStrike Reporting Tool (CRT).

Clock: that of the file, see `_exo_shape`.
Limits: Export-Csv writes lists as type names (``System.Object[]``); such cells are unknown. No real sample was at hand; the
    fixture is written from the documented properties.
Sources:
    - https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets
    - https://github.com/CrowdStrike/CRT   (names of its reports)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._exo_shape import cmdlet_of, lower_keys, settings_record


def sniff(head: Head) -> bool:
    """True if the header holds the property names of one settings object."""
    return cmdlet_of(head.columns()) is not None


def unwrap(frame: Frame, place: Place) -> RawRecord:
    cmdlet = cmdlet_of(lower_keys(frame.value)) or "settings"
    return settings_record(frame.value, frame.offset, frame.length, place, cmdlet)


READER = Reader("exo_settings_csv", frozenset({"csv"}), sniff, unwrap)
