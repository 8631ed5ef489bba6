"""Exchange settings as JSON: ``ConvertTo-Json`` of a Get cmdlet, answers of the admin API, Untitled Goose Tool's EXO files.

One record per object.

Clock: that of the file, see `_exo_shape`.
Limits: ``ConvertTo-Json`` at its default depth turns nested values into texts. No real sample was at hand; the fixture is
    written from the documented properties.
Sources:
    - https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py: EXO_*_PowerShell.json)
"""

from __future__ import annotations

from collections.abc import Mapping

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._exo_shape import cmdlet_of, lower_keys, settings_record


def sniff(head: Head) -> bool:
    """True if every sampled object is a settings object."""
    return bool(head.records) and all(cmdlet_of(lower_keys(record)) is not None for record in head.records)


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    cmdlet = cmdlet_of(lower_keys(frame.value)) if isinstance(frame.value, Mapping) else None
    if cmdlet is None:
        detail = "not the settings object of a known cmdlet, among objects that are"
        return Reject(frame.offset, frame.length, "not_a_settings_object", detail)
    return settings_record(frame.value, frame.offset, frame.length, place, cmdlet)


READER = Reader("exo_settings_json", frozenset({"json", "json_lines"}), sniff, unwrap)
