"""``Get-InboxRule`` as JSON: ConvertTo-Json, the admin API, Untitled Goose Tool's ``EXO_InboxRules_PowerShell.json``, Hawk.

One record per rule.

Clock: none.
Limits: the mailbox is the owner's identity, which may be a name rather than an address. No real sample was at hand.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-inboxrule
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import record_kind
from mailwitness.sources._inbox_rule import exchange_rule


def sniff(head: Head) -> bool:
    """True for objects with the properties of an inbox rule."""
    return record_kind(head) in ("inbox_rule", "mes_rules")


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return exchange_rule(frame.value, frame.offset, frame.length)


READER = Reader("exo_inbox_rules_json", frozenset({"json", "json_lines"}), sniff, unwrap)
