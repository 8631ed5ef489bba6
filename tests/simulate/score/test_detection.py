"""Hits, misses and false alarms of detections."""

from __future__ import annotations

import pytest

from tests.simulate.score.conftest import Made

RULER = "technique"
RECORD = "99999999-0000-4000-8000-000000000009"


def alarm(made: Made, row_id: str, **given: object) -> None:
    """A finding of some detection that rests on a row."""
    made.found(RULER, **{"claim": "mail is forwarded outside", "subject_kind": "rule", "severity": "high", **given})
    made.refs.append((str(given.get("finding_id", "finding-1")), row_id))


def test_an_attack_is_hit_by_a_finding_that_rests_on_one_of_its_records(made: Made) -> None:
    """The row's id contains the vendor's; several steps are one attack."""
    made.true("steps", scenario="G2", step="rule")
    made.true("steps", scenario="G2", step="read", record_ids=[], exported_ids=[])
    alarm(made, f"audit:{RECORD.upper()}")
    assert made.table(RULER) == {"G2": {"right": 1}}


@pytest.mark.parametrize(
    ("exported_ids", "outcome"), [([RECORD], "undecidable_though_decidable"), ([], "undecidable_rightly")]
)
def test_an_attack_that_is_not_hit_is_missed_if_a_record_is_exported(
    made: Made, exported_ids: list[str], outcome: str
) -> None:
    """An undecidable finding is no hit."""
    made.true("steps", scenario="G2", step="rule", exported_ids=exported_ids)
    alarm(made, f"audit:{RECORD}", verdict="undecidable")
    assert made.table(RULER) == {"G2": {outcome: 1}}


@pytest.mark.parametrize("scenario", ["", "B4"])
def test_a_finding_in_daily_life_or_a_benign_case_is_a_false_alarm(made: Made, scenario: str) -> None:
    """Benign hard cases are there to be left alone."""
    if scenario:
        made.true("steps", scenario=scenario, step="backup")
    alarm(made, f"audit:{RECORD}")
    assert made.table(RULER) == {scenario: {"wrong": 1}}
    (wrong,) = made.misses(RULER)
    assert wrong.finding_id == "finding-1"


@pytest.mark.parametrize(("severity", "wrong"), [("low", 0), ("informational", 0), ("medium", 1), (None, 1)])
def test_a_quiet_finding_is_no_false_alarm(made: Made, severity: str | None, wrong: int) -> None:
    """Low severity is advice."""
    alarm(made, f"audit:{RECORD}", severity=severity)
    assert made.table(RULER) == {"": {"wrong": wrong} if wrong else {}}
