"""What changed: findings as they are now against findings as they were last told.

A finding is told when it first reaches what was asked for, and from then on whenever its verdict, state, bounds or severity is another one, or when it
is no longer found. A finding that never reached it is never told. The end of its interval does not count: coverage grows with every hour.

Where a claim is made of stretches of time, the beginning is part of the finding's id, and the newest stretch (of which nobody knows yet whether all records are there)
begins later with every run. So a stretch that takes the place of one that it overlaps, with the same verdict, state, bounds and severity, has moved: it is noted and not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
    """One change: the finding now (None: no longer found), and as it was told last (None: never). ``moved``: to be noted, and no news."""

    key: str
    change: Change
    now: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    moved: bool = False

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
) -> list[Changed]:
    """What changed, in the order of the findings' ids.

    ``rows``: the findings that are asked for, and those told before that still exist. ``told``: by finding id what was last told, None for
    one that was withdrawn.
    """
    now = {row["finding_id"]: row for row in rows}
    changed: list[Changed] = []
    for key in sorted(now.keys() | told.keys()):
        row, before = now.get(key), told.get(key)
        if before is None:
            if row is not None and asked.tells(row):
                changed.append(Changed(key, "new", row, None))
        elif row is None:
            changed.append(Changed(key, "withdrawn", None, before))
        elif any(row[name] != before[name] for name in TOLD):
            changed.append(Changed(key, "changed", row, before))
    return _with_moved(changed)


_SAME = ("claim", "subject_kind", "subject", "mailbox", "actor", *TOLD)


def _with_moved(changed: list[Changed]) -> list[Changed]:
    """Mark the pairs of a stretch that is gone and one that took its place."""
    gone: dict[tuple[Any, ...], list[Changed]] = {}
    for change in changed:
        if change.change == "withdrawn":
            gone.setdefault(tuple(change.row[name] for name in _SAME), []).append(change)
    moved: set[str] = set()
    for change in changed:
        if change.change == "new":
            for old in gone.get(tuple(change.row[name] for name in _SAME), []):
                if old.key not in moved and _overlap(old.row, change.row):
                    moved |= {old.key, change.key}
                    break
    return [replace(change, moved=True) if change.key in moved else change for change in changed]


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True if both have an interval and the intervals share time."""
    ends = [_moment(row[name]) for row in (one, other) for name in ("time_from", "time_to")]
    if None in ends:
        return False
    begin_one, end_one, begin_other, end_other = (end for end in ends if end is not None)
    return begin_one < end_other and begin_other < end_one


def _moment(given: datetime | str | None) -> datetime | None:
    """A time of a row; one that was read back from memory is text."""
    moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    return moment if moment is None or moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
