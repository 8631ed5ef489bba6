"""``Get-InboxRule`` piped to Export-Csv.

One row per rule.

Clock: none.
Limits: lists are written as type names unless they were joined. No real sample was at hand.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-inboxrule
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import column_kind
from mailwitness.sources._inbox_rule import exchange_rule


def sniff(head: Head) -> bool:
    """True for the properties of an inbox rule."""
    return column_kind(head) == "inbox_rule"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return exchange_rule(frame.value, frame.offset, frame.length)


READER = Reader("exo_inbox_rules_csv", frozenset({"csv"}), sniff, unwrap)
