"""Which findings are news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mailwitness.watch.changes import GAP_CLAIM, Asked, compare
from tests.watch.receiving import finding

HIGH = Asked("high")


def news(
    rows: list[dict[str, Any]], told: dict[str, dict[str, Any] | None], asked: Asked = HIGH
) -> list[tuple[str, str]]:
    return [(change.key, change.change) for change in compare(rows, told, asked)]


def test_a_finding_is_new_once() -> None:
    """What was never told is new; told as it is, it is no news."""
    assert [("f1", "new")] == news([finding()], {})
    assert [] == news([finding()], {"f1": finding()})


@pytest.mark.parametrize(
    "other", [{"verdict": "undecidable"}, {"state": "blind"}, {"bounds": "unbounded"}, {"severity": "critical"}]
)
def test_another_verdict_state_bounds_or_severity_is_news(other: dict[str, str]) -> None:
    """Each of the four columns alone makes a change."""
    assert [("f1", "changed")] == news([finding(**other)], {"f1": finding()})


def test_a_longer_interval_or_another_title_is_no_news() -> None:
    """Coverage grows with every hour and says nothing new by that."""
    assert [] == news([finding(time_to=None, title="x", time_from=None)], {"f1": finding()})


def test_what_was_told_and_is_gone_is_withdrawn_once() -> None:
    """A receiver learns that what it was told is no longer found; and if it comes back, it is new."""
    assert [("f1", "withdrawn")] == news([], {"f1": finding()})
    assert [] == news([], {"f1": None})
    assert [("f1", "new")] == news([finding()], {"f1": None})


@pytest.mark.parametrize("severity", ["medium", "low", "informational", None, "of tomorrow"])
def test_what_is_milder_than_asked_is_not_told(severity: str | None) -> None:
    """No severity is the mildest of all."""
    assert [] == news([finding(severity=severity)], {})


def test_what_was_told_is_told_when_it_becomes_milder() -> None:
    """A finding told as high that is low now is news, though a new one would not be told."""
    assert [("f1", "changed")] == news([finding(severity="low")], {"f1": finding()})


def test_a_named_claim_is_told_whatever_severity() -> None:
    """``--tell`` names questions whose findings have no severity."""
    asked = Asked(None, frozenset({"told"}))

    assert [("f1", "new")] == news([finding(claim="told", severity=None), finding(finding_id="f2")], {}, asked)


def test_a_gap_is_always_told_and_a_whole_log_is_not() -> None:
    """That a log was not collected whole is told whatever severity was asked for."""
    gap = finding(claim=GAP_CLAIM, severity=None)
    whole = finding(finding_id="f2", claim=GAP_CLAIM, severity=None, verdict="supported")
    unknown = finding(finding_id="f3", claim=GAP_CLAIM, severity=None, verdict="undecidable")

    assert [("f1", "new")] == news([gap, whole, unknown], {}, Asked(None))


def stretch(key: str, begin: int, end: int, **more: Any) -> dict[str, Any]:
    """What is claimed of a mailbox from one hour to another."""
    hours = {"time_from": datetime(2026, 3, 2, begin), "time_to": datetime(2026, 3, 2, end)}
    return finding(finding_id=key, subject_kind="mailbox", subject="a@b", state="unknown", **hours) | more


def moved(now: dict[str, Any], before: dict[str, Any]) -> list[bool]:
    return [change.moved for change in compare([now], {before["finding_id"]: before}, HIGH)]


def test_a_stretch_that_begins_later_has_moved_and_is_no_news() -> None:
    """Both the old id and the new one are noted, and neither is told; times read back from memory are text."""
    before = stretch("f1", 2, 5) | {"time_from": "2026-03-02T02:00:00Z", "time_to": "2026-03-02T05:00:00Z"}

    assert [True, True] == moved(stretch("f2", 3, 6), before)


@pytest.mark.parametrize(
    "other",
    [
        stretch("f2", 5, 7),
        stretch("f2", 3, 6, state="blind"),
        stretch("f2", 3, 6, mailbox="c@d"),
        stretch("f2", 3, 6, time_to=None),
    ],
)
def test_another_time_state_or_mailbox_is_news(other: dict[str, Any]) -> None:
    """A stretch elsewhere did not move there: one ended and another one began."""
    assert [False, False] == moved(other, stretch("f1", 2, 5))


def test_one_stretch_takes_the_place_of_one() -> None:
    """Of two that overlap the one that is gone, one is news."""
    found = compare([stretch("f2", 2, 4), stretch("f3", 3, 6)], {"f1": stretch("f1", 1, 6)}, HIGH)

    assert [("f1", True), ("f2", True), ("f3", False)] == [(change.key, change.moved) for change in found]


def test_severities_reach_down_to_the_one_that_is_asked() -> None:
    """Medium means critical, high and medium."""
    assert ("critical", "high", "medium") == Asked("medium").severities()
    assert () == Asked(None).severities()
