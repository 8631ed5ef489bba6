"""Messages, attachments, folders and the completeness of lists, each in every cell of its table."""

from __future__ import annotations

import pytest

from tests.simulate.score.conftest import ANA, BO, Made

THINGS = ("message", "attachment", "folder")
"""The three kinds of things obtained, each with its claim."""


def access(made: Made, kind: str, **given: object) -> None:
    """A true access of this kind."""
    how = {"message": "bind", "attachment": "attachment", "folder": "sync"}[kind]
    made.true("accesses", **{"how": how, "messages": [] if kind == "folder" else ["<m1@contoso.test>"], **given})


def finding(made: Made, kind: str, **given: object) -> None:
    """A finding that speaks of it."""
    if kind == "folder":
        given = {"subject_kind": "folder", "subject": "\\Inbox", **given}
    made.found(kind, **given)


@pytest.mark.parametrize("kind", THINGS)
def test_a_supported_finding_is_right_if_that_actor_obtained_it(made: Made, kind: str) -> None:
    """Mailbox, actor and thing agree; the scenario is the access's."""
    access(made, kind, scenario="G2", step="read")
    finding(made, kind)
    assert made.table(kind) == {"G2": {"right": 1}}


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize(
    "other", [{"mailbox": BO}, {"session_id": "session-2", "user": "bo@contoso.test"}, {"x": "thing"}]
)
def test_a_supported_finding_of_another_mailbox_actor_or_thing_is_wrong(
    made: Made, kind: str, other: dict[str, str]
) -> None:
    """And the access that did happen is missed."""
    if "x" in other:
        other = {"folder": "\\Archive"} if kind == "folder" else {"messages": ["<m2@contoso.test>"]}  # type: ignore[dict-item]
    access(made, kind, **other)
    finding(made, kind)
    assert made.table(kind) == {"": {"wrong": 1, "undecidable_though_decidable": 1}}
    wrong, missed = made.misses(kind)
    assert (wrong.outcome, wrong.finding_id, wrong.truth) == ("wrong", "finding-1", None)
    assert (missed.outcome, missed.finding_id, missed.truth) == ("undecidable_though_decidable", None, "act-1")


@pytest.mark.parametrize("kind", THINGS)
def test_a_contradicted_finding_is_wrong_if_it_happened_and_right_if_not(made: Made, kind: str) -> None:
    """Names the access that it denies."""
    access(made, kind)
    finding(made, kind, verdict="contradicted")
    finding(made, kind, verdict="contradicted", finding_id="finding-2", subject="never")
    assert made.table(kind) == {"": {"right": 1, "wrong": 1}}
    (wrong,) = made.misses(kind)
    assert (wrong.finding_id, wrong.truth) == ("finding-1", "act-1")


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize(
    ("exported", "outcome"), [(True, "undecidable_though_decidable"), (False, "undecidable_rightly")]
)
def test_what_was_not_found_was_decidable_if_a_record_is_exported(
    made: Made, kind: str, exported: bool, outcome: str
) -> None:
    """With a finding that is undecidable, and with none at all."""
    access(made, kind, exported=exported)
    assert made.table(kind) == {"": {outcome: 1}}
    finding(made, kind, verdict="undecidable")
    assert made.table(kind) == {"": {outcome: 1}}


@pytest.mark.parametrize(
    "actor",
    ["SESSION-1", "Ana@contoso.test", "app-outlook", "APP-GRAPH", "app-caller", "203.0.113.5", "203.0.113.0/24", None],
)
def test_any_name_of_the_actor_counts(made: Made, actor: str | None) -> None:
    """Session, user, application, calling application, and an address or network that was asked for; case does not matter."""
    access(made, "message", app_id="app-graph", client_app_id="app-caller")
    finding(made, "message", actor=actor, actor_kind="address" if actor and actor.startswith("203") else "session")
    assert made.table("message") == {"": {"right": 1}}


def test_a_network_that_does_not_hold_the_address_is_another_actor(made: Made) -> None:
    """The neighbour of the network asked for."""
    access(made, "message")
    finding(made, "message", actor="198.51.100.0/24", actor_kind="address")
    assert made.table("message") == {"": {"wrong": 1, "undecidable_though_decidable": 1}}


def test_the_service_is_known_by_the_name_that_findings_have_for_it(made: Made) -> None:
    """A background process without an application."""
    access(made, "message", logon="service", session_id=None, user=None)
    finding(made, "message", actor="(Microsoft service process)", actor_kind="service")
    assert made.table("message") == {"": {"right": 1}}


def test_a_subject_counts_once_however_often_it_was_accessed(made: Made) -> None:
    """One record suffices to decide it."""
    access(made, "message", exported=False)
    access(made, "message", key="act-2", exported=True, app="app-owa")
    assert made.table("message") == {"": {"undecidable_though_decidable": 1}}


def test_brackets_of_a_message_id_do_not_matter(made: Made) -> None:
    """Some exports leave them out."""
    access(made, "message")
    finding(made, "message", subject="m1@contoso.test")
    assert made.table("message") == {"": {"right": 1}}


def test_an_attachment_may_be_named_by_its_item_in_either_alphabet(made: Made) -> None:
    """Its record names the message by the item's REST id, which writes / and + otherwise."""
    access(made, "attachment", item_ids=["AA/B+C="])
    finding(made, "attachment", subject_kind="item", subject="AA-B_C=")
    assert made.table("attachment") == {"": {"right": 1}}


def test_a_message_in_a_folder_found_whole_is_found(made: Made) -> None:
    """The same actor's folder finding covers it, and so does one of an unknown folder."""
    for subject in ("\\Inbox", "(unknown folder: whole mailbox)"):
        made.rows["accesses"], made.findings = [], []
        access(made, "folder", messages=["<m7@contoso.test>"], scenario="G5")
        finding(made, "folder", subject=subject)
        assert made.table("message") == {"G5": {"right": 1}}
        assert made.table("folder") == {"G5": {"right": 1}}


def test_a_message_in_another_folder_is_not(made: Made) -> None:
    """The folder that was found is not where it lay."""
    access(made, "folder", messages=["<m7@contoso.test>"])
    finding(made, "folder", subject="\\Sent Items")
    assert made.table("message") == {"": {"undecidable_though_decidable": 1}}


def test_a_listed_message_of_a_daily_sync_is_right(made: Made) -> None:
    """The truth lists no messages of daily syncs, so any of that mailbox may be in it."""
    access(made, "folder")
    finding(made, "message")
    assert made.table("message") == {"": {"right": 1}}


def test_what_one_scenario_did_is_not_counted_in_another(made: Made) -> None:
    """Tables are by claim and scenario."""
    access(made, "message", scenario="G2")
    access(made, "message", scenario="G3", key="act-2", session_id="session-3", messages=["<m3@contoso.test>"])
    finding(made, "message")
    assert made.table("message") == {"G2": {"right": 1}, "G3": {"undecidable_though_decidable": 1}}


# The list is complete


def whole(made: Made, **given: object) -> None:
    """A finding about the completeness of the list."""
    made.found("list_complete", **{"subject_kind": "mailbox", "subject": "ana@contoso.test", **given})


def test_an_exact_list_that_has_everything_is_right(made: Made) -> None:
    """Every true access of the actor is in a finding."""
    access(made, "message")
    finding(made, "message")
    whole(made, finding_id="finding-2")
    assert made.table("list_complete") == {"": {"right": 1}}


@pytest.mark.parametrize("kind", THINGS)
def test_an_exact_list_that_lacks_something_is_wrong(made: Made, kind: str) -> None:
    """Recorded or not: the access happened."""
    access(made, kind, exported=False, recorded=False, fate="not_in_audit_set", scenario="G11")
    whole(made)
    assert made.table("list_complete") == {"G11": {"wrong": 1}}
    (wrong,) = made.misses("list_complete")
    assert (wrong.finding_id, wrong.truth, wrong.scenario) == ("finding-1", "act-1", "G11")
    how = {"message": "bind", "attachment": "attachment", "folder": "sync"}[kind]
    assert wrong.why == f"this access of the actor is in no finding: {how}, not_in_audit_set"


@pytest.mark.parametrize(
    ("logon", "name", "outcome"),
    [
        ("owner", "app-front", "right"),
        ("owner", "app-outlook", "wrong"),
        ("service", "app-front", "wrong"),
        ("application", "app-front", "wrong"),
    ],
)
def test_what_a_person_did_through_a_front_is_not_in_the_list_of_the_front(
    made: Made, logon: str, name: str, outcome: str
) -> None:
    """Records name Exchange as the application of Outlook on the web; its own background work has no part in the person's."""
    access(made, "message", logon=logon, app_id="app-front", exported=False)
    whole(made, actor=name, actor_kind="service")
    assert made.table("list_complete")[""][outcome] == 1


def test_an_attachment_of_a_listed_message_lacks_nothing(made: Made) -> None:
    """The list is one of messages."""
    access(made, "message")
    access(made, "attachment", key="act-2", recorded=False, exported=False)
    finding(made, "message")
    whole(made, finding_id="finding-2")
    assert made.table("list_complete") == {"": {"right": 1}}


def test_an_exact_list_of_another_time_is_not_wrong(made: Made) -> None:
    """What happened after the finding's time is not its matter."""
    access(made, "message")
    whole(made, time_to="2026-03-02 08:00:00")
    assert made.table("list_complete") == {"": {"right": 1}}


def test_a_list_that_is_said_to_lack_something_is_wrong_if_it_does_not(made: Made) -> None:
    """Contradicted is held against the truth as supported is."""
    access(made, "message")
    whole(made, verdict="contradicted", finding_id="finding-2")
    assert made.table("list_complete") == {"": {"right": 1}}
    finding(made, "message")
    assert made.table("list_complete") == {"": {"wrong": 1}}


def provable(made: Made) -> None:
    """An actor of which everything is found, everything recorded, and an undecidable finding about the list."""
    access(made, "message")
    made.true("coverage")
    finding(made, "message")
    whole(made, verdict="undecidable", finding_id="finding-2")


def test_a_list_could_be_decided_where_everything_is_provable(made: Made) -> None:
    """Full coverage, settings exported, a stated collection, no sync, no throttling, recorded all the time, nothing missing."""
    provable(made)
    assert made.table("list_complete") == {"": {"undecidable_though_decidable": 1}}


@pytest.mark.parametrize(
    "lacking",
    ["coverage", "settings", "collection", "sync", "throttled", "unstated", "degraded", "missing", "too_late"],
)
def test_a_list_is_rightly_undecidable_where_one_thing_cannot_be_proven(made: Made, lacking: str) -> None:
    """Each thing that the proof needs, left out alone."""
    provable(made)
    match lacking:
        case "coverage":
            made.coverage = "loss20"
        case "settings":
            made.formats = ("mes",)
        case "collection":
            made.formats = ("settings", "purview_csv")
        case "sync":
            access(made, "folder", key="act-2")
        case "throttled":
            access(
                made,
                "message",
                key="act-2",
                session_id="session-9",
                user="bo@contoso.test",
                fate="throttled",
                exported=False,
            )
        case "unstated":
            access(made, "message", key="act-2", throttling_stated=False)
        case "degraded":
            made.rows["coverage"][0]["exported_state"] = "degraded"
        case "missing":
            access(made, "message", key="act-2", messages=["<m2@contoso.test>"], exported=False)
        case "too_late":
            made.findings[-1]["time_to"] = "2026-03-05 12:00:00"
    assert made.table("list_complete").get("", {}).get("undecidable_though_decidable") is None


def test_an_actor_without_a_finding_about_its_list_is_missed_if_a_record_is_exported(made: Made) -> None:
    """And rightly not spoken of if none is."""
    access(made, "message")
    access(made, "message", mailbox=BO, key="act-2", exported=False, scenario="G10")
    assert made.table("list_complete") == {"": {"undecidable_though_decidable": 1}, "G10": {"undecidable_rightly": 1}}


def test_a_list_of_a_mailbox_that_is_not_there_cannot_be_exact(made: Made) -> None:
    """The finding is about nothing in this tenant."""
    whole(made, mailbox="nobody@contoso.test")
    assert made.table("list_complete") == {"": {"wrong": 1}}


def test_the_names_of_a_mailbox_are_one_mailbox(made: Made) -> None:
    """GUID, address and object id of its owner."""
    access(made, "message")
    for number, name in enumerate((ANA, "ANA@contoso.test", "object-ana")):
        finding(made, "message", mailbox=name, finding_id=f"finding-{number}")
    assert made.table("message") == {"": {"right": 3}}
