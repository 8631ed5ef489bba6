"""Microsoft-Extractor-Suite's tables of inbox rules: ``MailboxRules.csv`` and ``MailboxRulesGraph.csv``.

One row per rule.

Clock: none; the tool writes no times, and a rule in the table may be years old.
Limits: hidden rules are not asked for. No real sample was at hand; the header is that of the tool's source.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-Rules.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import column_kind
from mailwitness.sources._inbox_rule import exchange_rule


def sniff(head: Head) -> bool:
    """True for a header with UserName and RuleName."""
    return column_kind(head) == "mes_rules"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return exchange_rule(frame.value, frame.offset, frame.length)


READER = Reader("mes_rules_csv", frozenset({"csv"}), sniff, unwrap)
