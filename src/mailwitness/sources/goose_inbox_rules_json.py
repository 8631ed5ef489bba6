"""Untitled Goose Tool's ``EXO_InboxRules_Graph.json``: per user one line, an array of messageRules that ends in the user's UPN.

One record per rule; the UPN object at the end of a line belongs to the rules before it and is no record. Read line by line as
text, because cut into single objects the rules would lose their mailbox. A rule's place is its line.

Clock: none.
Limits: users whose rules could not be read are in ``_user_inbox_503.json``, not here. No real sample was at hand; the layout
    is that of the tool's source.
Sources:
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py, dump_exo_inboxrules)
    - https://learn.microsoft.com/graph/api/resources/messagerule
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from mailwitness.model.evidence import Frame, Head, Place, Reader, Reading, Reject
from mailwitness.sources._inbox_rule import graph_rule
from mailwitness.sources._text_lines import text_lines
from mailwitness.sources.graph_inbox_rules_json import is_goose


def sniff(head: Head) -> bool:
    """True for an array of messageRule objects that ends in an object with only a UPN."""
    return head.text.lstrip()[:1] == "[" and is_goose(head)


def unwrap(frame: Frame, place: Place) -> Iterator[Reading]:
    for offset, length, text in text_lines(frame):
        if not text.strip():
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield Reject(offset, length, "not_json", f"a line is no JSON array: {error}")
            continue
        items = [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, Mapping)]
        marks = [str(item["userPrincipalName"]) for item in items if set(item) == {"userPrincipalName"}]
        rules = [item for item in items if set(item) != {"userPrincipalName"}]
        for rule in rules:
            yield graph_rule(rule, offset, length, marks[-1].replace("%27", "'") if marks else None)


READER = Reader("goose_inbox_rules_json", frozenset({"text"}), sniff, unwrap, whole=True)
