"""Whether an access would have been recorded, in hours of a mailbox, in every cell of its table."""

from __future__ import annotations

import pytest

from tests.simulate.score.conftest import BO, Made

RULER = "would_be_recorded"


def said(made: Made, state: str | None, **given: object) -> None:
    """A finding about ana's mailbox; of the whole day if no times are given."""
    made.found(RULER, **{"subject_kind": "mailbox", "subject": "ana@contoso.test", "state": state, **given})


@pytest.mark.parametrize("true_state", ["recorded", "degraded", "blind"])
@pytest.mark.parametrize("state", ["recorded", "degraded", "blind"])
def test_recorded_is_held_against_degraded_and_blind(made: Made, state: str, true_state: str) -> None:
    """Which of the two it is does not matter: both contradict the claim. A whole day is 24 hours."""
    made.true("coverage", exported_state=true_state)
    said(made, state)
    right = (state == "recorded") == (true_state == "recorded")
    assert made.table(RULER) == {"": {"right" if right else "wrong": 24}}
    assert [(one.finding_id, one.truth) for one in made.misses(RULER)] == (
        [] if right else [("finding-1", "aaaa0000-0000-4000-8000-00000000000a 2026-03-02 00:00:00")]
    )


def test_each_hour_counts_where_it_lies(made: Made) -> None:
    """Intervals of finding and truth are cut at each other's ends, half-open; what no finding speaks of is missed."""
    made.true("coverage", time_to="2026-03-02T10:00:00.000Z")
    made.true("coverage", time_from="2026-03-02T10:00:00.000Z", exported_state="blind", scenario="G11", step="bypass")
    said(made, "recorded", time_from="2026-03-02 04:00:00", time_to="2026-03-02 11:30:00")
    assert made.table(RULER) == {
        "": {"right": 6, "undecidable_though_decidable": 4},
        "G11": {"wrong": 1.5, "undecidable_though_decidable": 12.5},
    }


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [("supported", "right"), ("contradicted", "wrong"), ("undecidable", "undecidable_though_decidable")],
)
def test_without_a_state_the_verdict_says_it(made: Made, verdict: str, outcome: str) -> None:
    """And a finding without times is about all the time."""
    made.true("coverage")
    said(made, None, verdict=verdict, time_from=None, time_to=None)
    assert made.table(RULER) == {"": {outcome: 24}}


@pytest.mark.parametrize("lacking", [None, "settings", "unified-only", "collection", "loss"])
def test_unknown_hours_are_decidable_where_settings_and_collection_are_known(made: Made, lacking: str | None) -> None:
    """Told or not told of; without one of the things they are rightly undecidable."""
    made.true("coverage")
    made.true("coverage", mailbox=BO)
    said(made, "unknown")
    match lacking:
        case "settings":
            made.formats = ("mes",)
        case "unified-only":  # has no settings at all, whatever formats were asked for
            made.coverage = "unified-only"
        case "collection":
            made.formats = ("settings",)
        case "loss":
            made.coverage = "loss20"
    assert made.table(RULER) == {"": {"undecidable_though_decidable" if lacking is None else "undecidable_rightly": 48}}
