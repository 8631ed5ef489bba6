"""What changed: findings as they are now against findings as they were last told.

A finding is told when it first reaches what was asked for, and from then on whenever its verdict, state, bounds or severity is another one, or when it
is no longer found. A finding that never reached it is never told. The end of its interval does not count: coverage grows with every hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailwitness.watch.alert import SEVERITIES, Change

TOLD = ("verdict", "state", "bounds", "severity")
"""The columns of a finding of which another value is news."""

GAP_CLAIM = "every record of this log in this interval is in this case"
"""Contradicted, this claim is a gap in collection and is told whatever severity was asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings are to be told: those of ``severity`` or worse (None: no severity is asked for), and all of some claims, whatever severity."""

    severity: str | None = "medium"
    claims: frozenset[str] = frozenset()

    def severities(self) -> tuple[str, ...]:
        """The severities that are told."""
        if self.severity is None:
            return ()
        return SEVERITIES[: SEVERITIES.index(self.severity) + 1]

    def tells(self, row: Mapping[str, Any]) -> bool:
        """True if this finding is to be told."""
        return is_gap(row) or row["severity"] in self.severities() or row["claim"] in self.claims


@dataclass(frozen=True, slots=True)
class Changed:
    """One piece of news: the finding now (None: no longer found), and as it was told last (None: never)."""

    key: str
    change: Change
    now: Mapping[str, Any] | None
    before: Mapping[str, Any] | None

    @property
    def row(self) -> Mapping[str, Any]:
        row = self.now if self.now is not None else self.before
        assert row is not None
        return row


def is_gap(row: Mapping[str, Any]) -> bool:
    """True if the finding says that a log was not collected whole."""
    return (row["claim"], row["verdict"]) == (GAP_CLAIM, "contradicted")


def compare(
    rows: Iterable[Mapping[str, Any]], told: Mapping[str, Mapping[str, Any] | None], asked: Asked
) -> Iterator[Changed]:
    """The news, in the order of the findings' ids.

    ``rows``: the findings that are asked for, and those told before that still exist. ``told``: by finding id what was last told, None for
    one that was withdrawn.
    """
    now = {row["finding_id"]: row for row in rows}
    for key in sorted(now.keys() | told.keys()):
        row, before = now.get(key), told.get(key)
        if before is None:
            if row is not None and asked.tells(row):
                yield Changed(key, "new", row, None)
        elif row is None:
            yield Changed(key, "withdrawn", None, before)
        elif any(row[name] != before[name] for name in TOLD):
            yield Changed(key, "changed", row, before)
