"""Who is who over time: UPNs, addresses, object ids, mailbox GUIDs and names, tied together by the records that name two.

Names of one person are a connected component. UPN and SMTP addresses are one kind of name when they are equal; a name or
an alias hangs on a component but never joins two, because two people may share it.

Limits: an address given to another person later joins both; object ids then show two people under one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from typing import Any

import duckdb

_WEAK = frozenset({"name", "alias"})
_ORDER = ("upn", "smtp", "object_id", "mailbox_guid", "sid")
_NEVER = datetime(1, 1, 1)
_COMMON_NAME = re.compile(r"^cn=((?:[^,\\]|\\.)+)", re.IGNORECASE)


class Identities:
    """The names seen, and the person that each one means."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._kinds: dict[str, dict[str, datetime | None]] = defaultdict(dict)
        self._weak: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._persons: dict[str, str] = {}
        self._resolved: dict[str, str] = {}

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Identities:
        """From ``identity_mentions`` and the mailbox GUIDs of ``audit_events``."""
        made = cls()
        for row in connection.execute(
            """SELECT kind_a, lower(value_a), kind_b, lower(value_b), max(time) FROM identity_mentions
               WHERE value_a IS NOT NULL AND value_b IS NOT NULL GROUP BY ALL
               UNION ALL
               SELECT 'upn', lower(mailbox_owner_upn), 'mailbox_guid', lower(mailbox_guid), max(time) FROM audit_events
               WHERE mailbox_owner_upn LIKE '%@%' AND mailbox_guid IS NOT NULL GROUP BY ALL"""
        ).fetchall():
            made._tie(*row)
        made._name_persons()
        return made

    def _tie(self, kind_a: str, value_a: str, kind_b: str, value_b: str, time: datetime | None) -> None:
        strong = [(kind, value) for kind, value in ((kind_a, value_a), (kind_b, value_b)) if kind not in _WEAK]
        for kind, value in strong:
            self._parent.setdefault(value, value)
            seen = self._kinds[value].get(kind)
            self._kinds[value][kind] = max(filter(None, (seen, time)), default=None)
        if len(strong) == 2:
            first, second = sorted((self._root(value_a), self._root(value_b)))
            self._parent[second] = first
        elif strong:
            weak = (kind_b, value_b) if kind_a not in _WEAK else (kind_a, value_a)
            self._weak[weak].add(strong[0][1])

    def _root(self, value: str) -> str:
        while self._parent[value] != value:
            self._parent[value] = self._parent[self._parent[value]]
            value = self._parent[value]
        return value

    def _name_persons(self) -> None:
        """A person is the UPN last seen; without one, the first address or id there is."""
        members: dict[str, list[str]] = defaultdict(list)
        for value in sorted(self._parent):
            members[self._root(value)].append(value)
        for root, values in members.items():
            for kind in _ORDER:
                named = [(self._kinds[v][kind] or _NEVER, v) for v in values if kind in self._kinds[v]]
                if named:
                    self._persons[root] = max(named)[1]
                    break
            else:
                self._persons[root] = values[0]

    def resolve(self, subject: str) -> str:
        """The person a subject means; the subject as written where no single person is known by that name."""
        if subject not in self._resolved:
            self._resolved[subject] = self._person_of(subject)
        return self._resolved[subject]

    def _person_of(self, subject: str) -> str:
        """The person by the whole text, then by the name in it.

        ``domain/OU/name``, ``organisation\\name`` and ``CN=name,…`` are tried whole, then by their name.
        """
        text = subject.strip().lower()
        common_name = _COMMON_NAME.match(text)
        for candidate in (text, re.split(r"[/\\]", text)[-1], common_name[1] if common_name else ""):
            if candidate in self._parent:
                return self._persons[self._root(candidate)]
            roots = {self._root(value) for kind in _WEAK for value in self._weak.get((kind, candidate), ())}
            if len(roots) == 1:
                return self._persons[roots.pop()]
        return text if "@" in text else subject

    def rows(self) -> list[dict[str, Any]]:
        """Rows of ``identities``: every name of every person, once."""
        found = {
            (self._persons[self._root(value)], kind, value) for value, kinds in self._kinds.items() for kind in kinds
        }
        for (kind, name), values in self._weak.items():
            found |= {(self._persons[self._root(value)], kind, name) for value in values}
        return [{"person": person, "kind": kind, "value": value} for person, kind, value in sorted(found)]
