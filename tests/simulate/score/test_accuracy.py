"""Whether a logged success obtained mail, in every cell of its table."""

from __future__ import annotations

import pytest

from tests.simulate.score.conftest import ANA, Made

RULER = "success_obtained_mail"


def said(made: Made, verdict: str, **given: object) -> None:
    """A finding about the sign-in."""
    made.found(RULER, **{"subject_kind": "signin", "subject": "signin-1", "verdict": verdict, **given})


@pytest.mark.parametrize(
    ("obtained", "verdict", "outcome"),
    [
        (True, "supported", "right"),
        (True, "contradicted", "wrong"),
        (False, "supported", "wrong"),
        (False, "contradicted", "right"),
    ],
)
def test_a_decided_verdict_is_held_against_whether_mail_was_obtained(
    made: Made, obtained: bool, verdict: str, outcome: str
) -> None:
    """The id's case does not matter."""
    made.true("signins", obtained_mail=obtained, scenario="G8", step="try")
    said(made, verdict, subject="SIGNIN-1")
    assert made.table(RULER) == {"G8": {outcome: 1}}
    assert [(one.finding_id, one.truth) for one in made.misses(RULER)] == (
        [("finding-1", "signin-1")] if outcome == "wrong" else []
    )


@pytest.mark.parametrize("verdict", ["supported", "contradicted"])
def test_a_decided_verdict_about_no_sign_in_is_wrong(made: Made, verdict: str) -> None:
    """Nobody asked for that sign-in."""
    said(made, verdict)
    assert made.table(RULER) == {"": {"wrong": 1}}


def undecided(made: Made, outcome: str) -> None:
    """The outcome is the same for an undecidable finding and for none."""
    assert made.table(RULER) == {"": {outcome: 1}}
    said(made, "undecidable")
    assert made.table(RULER) == {"": {outcome: 1}}


@pytest.mark.parametrize(
    ("exported", "outcome"), [(True, "undecidable_though_decidable"), (False, "undecidable_rightly")]
)
def test_obtained_mail_is_decidable_by_an_exported_mail_access(made: Made, exported: bool, outcome: str) -> None:
    """Of its token or its connection."""
    made.true("signins", obtained_mail=True)
    made.true("accesses", signin_id="signin-1", exported=exported)
    made.true("accesses", signin_id="signin-2", key="act-2", exported=True)
    undecided(made, outcome)


@pytest.mark.parametrize(
    ("label", "switch"),
    [
        ("IMAP4", "ImapEnabled"),
        ("IMAP", "ImapEnabled"),
        ("POP3", "PopEnabled"),
        ("Exchange ActiveSync", "ActiveSyncEnabled"),
        ("Exchange Web Services", "EwsEnabled"),
    ],
)
def test_no_mail_is_decidable_by_the_switch_of_the_protocol_at_that_moment(made: Made, label: str, switch: str) -> None:
    """Half-open: what began at that moment holds; what held before or of another protocol does not."""
    at = "2026-03-02T08:00:00.000Z"
    made.true("signins", client_app_used=label)
    made.true("settings", name=switch, value="True", valid_to=at)
    made.true("settings", name=switch, value="False", valid_from=at)
    undecided(made, "undecidable_though_decidable")


@pytest.mark.parametrize(
    "given",
    [{"value": "True"}, {"name": "PopEnabled"}, {"subject": "another"}, {"valid_to": "2026-03-02T08:00:00.000Z"}],
)
def test_no_mail_is_not_decidable_by_another_switch(made: Made, given: dict[str, str]) -> None:
    """On, of another protocol or mailbox, or over."""
    made.true("signins")
    made.true("settings", **{"value": "False", **given})
    undecided(made, "undecidable_rightly")


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("recorded", "undecidable_though_decidable"),
        ("degraded", "undecidable_rightly"),
        ("blind", "undecidable_rightly"),
    ],
)
def test_no_mail_is_decidable_where_an_access_would_be_in_the_exports(made: Made, state: str, outcome: str) -> None:
    """The mailbox of the one who signed in, at that moment."""
    made.true("signins")
    made.true("coverage", exported_state=state)
    undecided(made, outcome)


def test_no_mail_is_decidable_for_a_protocol_that_cannot_read(made: Made) -> None:
    """SMTP sends."""
    made.true("signins", client_app_used="Authenticated SMTP")
    undecided(made, "undecidable_though_decidable")


@pytest.mark.parametrize("lacking", ["settings", "collection", "loss"])
def test_no_mail_is_rightly_undecidable_where_the_proof_lacks_something(made: Made, lacking: str) -> None:
    """Settings, a stated collection, or some records."""
    made.true("signins")
    made.true("settings", value="False")
    match lacking:
        case "settings":
            made.formats = ("mes",)
        case "collection":
            made.formats = ("settings",)
        case "loss":
            made.coverage = "loss20"
    undecided(made, "undecidable_rightly")


@pytest.mark.parametrize(
    "given",
    [
        {"error_code": 50126},
        {"client_app_used": "Browser"},
        {"client_app_used": "Mobile Apps and Desktop clients"},
        {"client_app_used": ""},
        {"user_principal_name": None},
        {"exported_streams": []},
        {"exported_streams": ["unified"]},
    ],
)
def test_what_is_no_logged_success_of_a_legacy_protocol_is_no_subject(made: Made, given: dict[str, object]) -> None:
    """Failures, modern clients, applications, and what no sign-in export has."""
    made.true("signins", **given)
    made.true("coverage", mailbox=ANA)
    assert made.table(RULER) == {"": {}}
