"""Graph's messageRules of an inbox, as pages or lists.

One record per rule.

Clock: none.
Limits: the mailbox is known only from the page's ``@odata.context``; Graph does not list hidden rules. No real sample was at
    hand; the fixture is written from the documented resource.
Sources:
    - https://learn.microsoft.com/graph/api/resources/messagerule
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import record_kind
from mailwitness.sources._inbox_rule import graph_rule

_GOOSE_MARK = re.compile(r'\{"userPrincipalName": ?"[^"]{1,200}"\}\s*\]')
_USER = re.compile(r"users\('([^']{1,200})'\)")


def is_goose(head: Head) -> bool:
    """Whether an array of rules ends in an object that holds nothing but a UPN, as Untitled Goose Tool writes it."""
    return _GOOSE_MARK.search(head.text) is not None and '"sequence"' in head.text and '"actions"' in head.text


def sniff(head: Head) -> bool:
    """True for messageRule objects without Untitled Goose Tool's markers."""
    return record_kind(head) == "graph_message_rule" and not is_goose(head)


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return graph_rule(frame.value, frame.offset, frame.length, _mailbox(frame.envelope))


def _mailbox(envelope: Mapping[str, Any] | None) -> str | None:
    found = _USER.search(str((envelope or {}).get("@odata.context", "")))
    return unquote(found[1]) if found is not None else None


READER = Reader("graph_inbox_rules_json", frozenset({"json", "json_lines"}), sniff, unwrap)
