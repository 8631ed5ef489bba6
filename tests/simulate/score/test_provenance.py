"""Whether a credential was issued, in every cell of its table."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.simulate.score.conftest import BO, Made

RULER = "credential_issued"
ID, TOKEN = "11111111-0000-4000-8000-000000000001", "EREREQAAAECAAAAAAAAAAQ"


def said(made: Made, verdict: str, **given: object) -> None:
    """A finding about the token on ana's mailbox."""
    made.found(RULER, **{"subject_kind": "token", "subject": TOKEN, "verdict": verdict, **given})


def used(made: Made, issued: bool = True, exported: bool = True, names: bool = True, **given: object) -> None:
    """A token, and a mail access by it."""
    made.true("tokens", **{"issued": issued, "signin_exported": issued, "signin_id": ID if issued else None, **given})
    made.true("accesses", unique_token_identifier=TOKEN, exported=exported, names_credential=names)


@pytest.mark.parametrize(
    ("issued", "verdict", "outcome"),
    [
        (True, "supported", "right"),
        (True, "contradicted", "wrong"),
        (False, "supported", "wrong"),
        (False, "contradicted", "right"),
    ],
)
@pytest.mark.parametrize("subject", [TOKEN, ID.upper(), b64encode(ID.encode()).decode(), "Session-1"])
def test_a_decided_verdict_is_held_against_whether_it_was_issued(
    made: Made, issued: bool, verdict: str, outcome: str, subject: str
) -> None:
    """The token in either writing or as the GUID it encodes, or its session."""
    used(made, issued, scenario="G1", step="read")
    said(made, verdict, subject=subject)
    assert made.table(RULER) == {"G1": {outcome: 1}}
    assert [(one.finding_id, one.truth) for one in made.misses(RULER)] == (
        [("finding-1", ID)] if outcome == "wrong" else []
    )


def test_a_session_with_one_forged_token_was_not_issued(made: Made) -> None:
    """It takes one to make support wrong, and contradiction is right then."""
    used(made)
    used(made, issued=False, request_id="22222222-0000-4000-8000-000000000002", unique_token_identifier="other")
    said(made, "supported", subject="session-1")
    said(made, "contradicted", subject="session-1", finding_id="finding-2")
    assert made.table(RULER) == {"": {"wrong": 1, "right": 1}}
    (wrong,) = made.misses(RULER)
    assert wrong.truth == "22222222-0000-4000-8000-000000000002"


@pytest.mark.parametrize("given", [{"mailbox": "bo@contoso.test"}, {"subject": TOKEN.lower()}])
def test_a_decided_verdict_of_another_mailbox_or_token_is_wrong(made: Made, given: dict[str, str]) -> None:
    """Token identifiers are case-sensitive. The token that was used is missed."""
    used(made)
    said(made, "supported", **given)
    assert made.table(RULER) == {"": {"wrong": 1, "undecidable_though_decidable": 1}}


@pytest.mark.parametrize(
    ("issued", "signin_exported", "coverage", "formats", "outcome"),
    [
        (True, True, "unified-only", (), "undecidable_though_decidable"),
        (True, False, "full", ("mes",), "undecidable_rightly"),
        (False, False, "full", ("mes",), "undecidable_though_decidable"),
        (False, False, "full", ("purview_csv",), "undecidable_rightly"),
        (False, False, "unified-only", ("mes",), "undecidable_rightly"),
        (False, False, "no-noninteractive", ("mes",), "undecidable_rightly"),
        (False, False, "loss20", ("mes",), "undecidable_rightly"),
    ],
)
def test_what_decides_is_the_issuing_record_or_all_feeds(
    made: Made, issued: bool, signin_exported: bool, coverage: str, formats: tuple[str, ...], outcome: str
) -> None:
    """The same for an undecidable finding and for none."""
    made.coverage, made.formats = coverage, formats
    used(made, issued, signin_exported=signin_exported)
    assert made.table(RULER) == {"": {outcome: 1}}
    said(made, "undecidable")
    assert made.table(RULER) == {"": {outcome: 1}}


@pytest.mark.parametrize("given", [{"exported": False}, {"names": False}])
def test_a_token_that_no_exported_record_names_is_no_subject(made: Made, given: dict[str, bool]) -> None:
    """Nobody could ask about it."""
    used(made, **given)
    assert made.table(RULER) == {"": {}}


def test_a_token_on_two_mailboxes_is_two_subjects(made: Made) -> None:
    """A finding of one says nothing of the other."""
    used(made)
    made.true("tokens", mailbox=BO, scenario="G7")
    made.true("accesses", mailbox=BO, unique_token_identifier=TOKEN, key="act-2")
    said(made, "supported")
    assert made.table(RULER) == {"": {"right": 1}, "G7": {"undecidable_though_decidable": 1}}
