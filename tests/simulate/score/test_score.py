"""What the score says of itself: what was asked, what is unmeasured, how many errors it lists, what it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwitness.errors import EvidenceError, UsageError
from mailwitness.simulate.score import CLAIMS, measuring, score
from tests.simulate.score.conftest import BY_RULER, Made


def test_every_claim_is_there_even_without_subjects(made: Made) -> None:
    """One row each, with nothing in it, and the coverage of the tenant."""
    made.coverage = "unified-only"
    found = made.scored()
    assert [one.claim for one in found.claims] == [claim.claim for claim in CLAIMS]
    assert {(one.scenario, one.coverage, one.subjects) for one in found.claims} == {("", "unified-only", 0)}
    assert (found.errors, found.unmeasured, found.most_wrong) == ((), (), 0)


def test_a_pillar_that_was_not_asked_is_measured_and_makes_no_errors(made: Made) -> None:
    """The ruler measures already what is not built yet."""
    made.asked = ("exposure",)
    made.true("tokens")
    made.true("accesses", unique_token_identifier="EREREQAAAECAAAAAAAAAAQ")
    found = made.scored()
    asked = {one.claim: (one.asked, one.undecidable_though_decidable) for one in found.claims}
    assert asked[BY_RULER["message"].claim] == (True, 1)
    assert asked[BY_RULER["credential_issued"].claim] == (False, 1)
    assert {error.claim for error in found.errors} == {BY_RULER["message"].claim, BY_RULER["list_complete"].claim}


def test_a_pillar_with_findings_was_asked(made: Made) -> None:
    """Whatever the caller says."""
    made.asked = ()
    made.found("success_obtained_mail", subject_kind="signin", subject="signin-9")
    asked = {one.pillar: one.asked for one in made.scored().claims}
    assert asked == {"exposure": False, "accuracy": True, "coverage": False, "provenance": False, "detection": False}


def test_a_claim_that_no_ruler_knows_is_told(made: Made) -> None:
    """With its findings, so that nothing is left out unsaid."""
    made.found("message", claim="recording was throttled", pillar="exposure")
    (unknown,) = made.scored().unmeasured
    assert (unknown.claim, unknown.pillar, unknown.findings) == ("recording was throttled", "exposure", 1)


def test_all_errors_are_counted_and_the_first_are_listed(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of their ids, of each claim, scenario and outcome."""
    monkeypatch.setattr(measuring, "ERRORS_LISTED", 2)
    for number in range(5):
        made.found("message", finding_id=f"finding-{number}", subject=f"<{number}@contoso.test>")
    found = made.scored()
    assert found.most_wrong == 5
    assert [error.finding_id for error in found.errors] == ["finding-0", "finding-1"]


def test_subjects_are_the_sum_of_all_outcomes(made: Made) -> None:
    """And the score as JSON holds the same."""
    made.true("accesses")
    made.true("accesses", key="act-2", messages=["<m2@contoso.test>"], exported=False)
    made.found("message")
    made.found("message", finding_id="finding-2", subject="<never@contoso.test>")
    (one,) = [claim for claim in made.scored().to_dict()["claims"] if claim["claim"] == BY_RULER["message"].claim]
    assert one == {
        "claim": "this message was accessed by this actor",
        "pillar": "exposure",
        "scenario": "",
        "coverage": "full",
        "asked": True,
        "unit": "subjects",
        "subjects": 3,
        "right": 1,
        "wrong": 1,
        "undecidable_rightly": 1,
        "undecidable_though_decidable": 0,
    }


def test_a_large_tenant_is_measured_in_parts_with_the_same_score(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of parts: every claim, with subjects and findings of every outcome."""
    for number in range(12):
        how = ("bind", "sync", "attachment")[number % 3]
        token, signin, exported = f"token-{number}", f"signin-{number}", number % 5 > 0
        made.true(
            "accesses", key=f"act-{number}", how=how, folder=f"\\F{number}", messages=[f"<m{number}@contoso.test>"],
            exported=exported, item_ids=[f"item-{number}"], unique_token_identifier=token, signin_id=signin,
        )  # fmt: skip
        made.true("signins", signin_id=signin, obtained_mail=number % 2 == 0)
        made.true("tokens", request_id=f"request-{number}", unique_token_identifier=token, issued=number % 3 > 0)
    made.true("coverage")
    for number in range(0, 20, 3):
        for kind in ("message", "attachment"):
            made.found(kind, finding_id=f"{kind}-{number}", subject=f"<m{number // 2}@contoso.test>")
        made.found("folder", finding_id=f"folder-{number}", subject_kind="folder", subject=f"\\F{number // 3}")
        made.found(
            "list_complete",
            finding_id=f"list-{number}",
            subject_kind="mailbox",
            time_to=f"2026-03-02 {number:02}:00:00",
        )
        made.found(
            "success_obtained_mail", finding_id=f"in-{number}", subject_kind="signin", subject=f"signin-{number // 2}"
        )
        made.found(
            "credential_issued", finding_id=f"token-{number}", subject_kind="token", subject=f"token-{number // 2}"
        )
    whole = made.scored()
    monkeypatch.setattr(measuring, "ROWS_IN_PART", 5)
    parted = made.scored()
    assert parted == whole
    assert {one.pillar for one in whole.claims if one.right and one.wrong} == {"exposure", "accuracy", "provenance"}


def test_a_folder_without_truth_files_is_wrong_use(tmp_path: Path) -> None:
    """Says which are missing and what to name."""
    with pytest.raises(UsageError, match=r"tenant\.json, signins\.jsonl.*Name the folder truth"):
        score([], [], tmp_path)


def test_a_broken_truth_file_is_named(made: Made) -> None:
    """A cut-off line is not skipped."""
    made.true("steps", scenario="G2")
    made.scored()
    steps = made.folder / "truth" / "steps.jsonl"
    steps.write_bytes(steps.read_bytes()[:-20])
    with pytest.raises(EvidenceError, match="steps cannot be read"):
        score([], [], made.folder / "truth")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"coverage": "full"}'])
def test_a_tenant_file_that_is_not_ours_is_named(made: Made, content: bytes) -> None:
    """Not JSON, not an object, or without what is needed."""
    made.scored()
    (made.folder / "truth" / "tenant.json").write_bytes(content)
    with pytest.raises(EvidenceError, match=r"tenant\.json"):
        score([], [], made.folder / "truth")


def test_no_findings_at_all_is_a_score(made: Made) -> None:
    """Everything is missed."""
    made.true("accesses")
    made.scored()
    found = score([], [], made.folder / "truth", ["exposure"])
    assert [one.undecidable_though_decidable for one in found.claims if one.pillar == "exposure"] == [1, 0, 0, 1]
