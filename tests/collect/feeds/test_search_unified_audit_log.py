"""The unified audit log by Search-UnifiedAuditLog."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwitness.collect.feeds import search_unified_audit_log
from mailwitness.standin import Terms
from mailwitness.standin.terms import CMDLETS
from tests.collect.feeds.reach import START, audits, in_reach
from tests.standin.tenants import audit

NAME, LOG = "search_unified_audit_log", "unified_audit_log"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_unified_audit_log, "_APART_S", 0.1)


def test_every_record_comes_counted_and_without_a_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of several answers, in no order."""
    monkeypatch.setattr(search_unified_audit_log, "_ROWS", 100)
    with in_reach(tmp_path, unified=audits(1000)) as reach:
        summary = reach.collect(NAME)

        assert reach.truth() == reach.had(NAME)
        assert not summary.gaps


@pytest.mark.parametrize("seed", range(4))
def test_answers_that_look_like_success_are_not_believed(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty answers, counts of zero, holes and warnings: what is missing lies in a gap."""
    monkeypatch.setattr(search_unified_audit_log, "_ROWS", 50)
    with in_reach(tmp_path, "F17=0.3", "F12=0.1", seed=seed, unified=audits(600)) as reach:
        summary = reach.collect(NAME)

        assert [] == reach.lost(summary, reach.standin.holds[LOG], reach.had(NAME))


def test_a_session_that_is_full_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session gives its rows and not a word about those that it has not."""
    monkeypatch.setattr(search_unified_audit_log, "_SESSION_ROWS", 60)
    with in_reach(tmp_path, terms=Terms(limits=False, search_rows=60), unified=audits(500)) as reach:
        summary = reach.collect(NAME)

        assert reach.truth() == reach.had(NAME)
        assert not summary.gaps


@pytest.mark.parametrize(("fault", "seed"), [("F7=0.6", 2), ("F24=0.6", 3), ("F17=0.6", 4)])
def test_rows_of_an_answer_that_was_lost_are_not_taken_for_had(tmp_path: Path, fault: str, seed: int) -> None:
    """The session has moved on, and a repeated request would get what follows, or nothing."""
    with in_reach(tmp_path, fault, seed=seed, unified=audits(300)) as reach:
        summary = reach.collect(NAME)

        assert [] == reach.lost(summary, reach.standin.holds["unified_audit_log"], reach.had(NAME))


def test_nothing_is_asked_for_three_times(tmp_path: Path) -> None:
    """A window without a record takes three sessions."""
    with in_reach(tmp_path, unified=[audit(1, START)]) as reach:
        reach.collect(NAME, begin=START.replace(tzinfo=None, day=4), days=1)

        assert 3 == reach.asked("POST", "/InvokeCommand")


def test_a_role_that_is_missing_is_named(tmp_path: Path) -> None:
    """Exchange says that there is no such cmdlet; the gap says which role allows it."""
    terms = Terms(limits=False, cmdlets=CMDLETS - {"Search-UnifiedAuditLog"})
    with in_reach(tmp_path, terms=terms, unified=audits(5)) as reach:
        gaps = reach.collect(NAME).gaps

    assert {"permission_missing"} == {gap.reason for gap in gaps}
    assert "View-Only Audit Logs" in gaps[0].detail
