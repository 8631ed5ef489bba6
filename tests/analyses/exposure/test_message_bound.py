"""message_bound: this message was accessed by this actor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.analyses.conftest import TinyCase
from tests.analyses.exposure.rows import BOB, EVE, MESSAGE, background, bind, item, proof_of_recording, sync


def test_a_listed_message_was_accessed(case: TinyCase) -> None:
    """A bind record that lists a message supports the claim, with the item and the record as references."""
    case.given(mail_accesses=[bind()], mail_access_items=[item()])

    (found,) = case.ask("message_bound")

    assert (found.verdict, found.basis, found.subject_kind, found.subject) == (
        "supported",
        "record",
        "message",
        MESSAGE,
    )
    assert (found.mailbox, found.actor, found.actor_kind, found.accessed_as) == (BOB, "S1", "session", "owner")
    assert [r.code for r in found.reasons] == ["bound"]
    assert [(r.table_name, r.row_id, r.role) for r in found.refs] == [
        ("mail_access_items", f"a1/{MESSAGE}", "item"),
        ("mail_accesses", "a1", "record"),
    ]


def test_a_message_bound_often_is_one_finding_from_first_to_last(case: TinyCase) -> None:
    """Once per mailbox and actor, however often it was bound."""
    case.given(
        mail_accesses=[bind("a1", "2026-03-01 10:00"), bind("a2", "2026-03-01 12:30")],
        mail_access_items=[item("a1"), item("a2")],
    )

    (found,) = case.ask("message_bound")

    assert (found.time_from, found.time_to) == (datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 12, 30))
    assert 4 == len(found.refs)


def test_the_same_message_in_two_mailboxes_and_by_two_actors_stays_apart(case: TinyCase) -> None:
    """Mailbox and actor are part of what is claimed."""
    case.given(
        mail_accesses=[bind("a1"), bind("a2", session_id="S2"), bind("a3", mailbox=EVE)],
        mail_access_items=[item("a1"), item("a2"), item("a3")],
    )

    assert [(BOB, "S1"), (BOB, "S2"), (EVE, "S1")] == [(f.mailbox, f.actor) for f in case.ask("message_bound")]


@pytest.mark.parametrize("time", ["2026-03-01 10:00", None])
def test_an_item_is_found_by_its_access_with_the_time_of_it_or_none(case: TinyCase, time: str | None) -> None:
    """Tables from elsewhere need not repeat the access's time beside each item."""
    case.given(mail_accesses=[bind(at="2026-03-01 10:00")], mail_access_items=[item(time=time)])

    assert [MESSAGE] == [found.subject for found in case.ask("message_bound")]


def test_the_items_of_an_access_without_a_time_are_found(case: TinyCase) -> None:
    """Neither has a time; the access is not shown to be outside the time asked for."""
    case.given(mail_accesses=[bind(time=None)], mail_access_items=[item()])

    assert [MESSAGE] == [found.subject for found in case.ask("message_bound", time_from="2026-03-01")]


def test_without_an_internet_message_id_the_item_id_names_the_message(case: TinyCase) -> None:
    """Drafts have no internet message id; without any id the item's own row is named."""
    case.given(
        mail_accesses=[bind()],
        mail_access_items=[item(message=None, item_id="AAMk1"), {"row_id": "x1", "access_id": "a1"}],
    )

    assert ["AAMk1", "x1"] == [f.subject for f in case.ask("message_bound")]


@pytest.mark.parametrize("kind", [None, "Bind"])
def test_an_unknown_kind_of_access_is_still_an_access(case: TinyCase, kind: str | None) -> None:
    """The record lists the message, whatever it calls the access."""
    case.given(mail_accesses=[bind(mail_access_type=kind)], mail_access_items=[item()])

    assert ["bound"] == [r.code for f in case.ask("message_bound") for r in f.reasons]


def test_a_sync_that_lists_a_message_says_so(case: TinyCase) -> None:
    """A listing in a sync record is a reason of its own."""
    case.given(mail_accesses=[sync()], mail_access_items=[item("s1")])

    assert ["listed_in_sync"] == [r.code for f in case.ask("message_bound") for r in f.reasons]


def test_an_attachment_access_lists_no_message(case: TinyCase) -> None:
    """Its items belong to another claim."""
    case.given(mail_accesses=[bind(operation="AttachmentAccess")], mail_access_items=[item()])

    assert [] == case.ask("message_bound")


def test_background_work_of_the_service_is_kept_apart_with_its_reason(case: TinyCase) -> None:
    """It is an actor of its own kind, never dropped."""
    case.given(mail_accesses=[background()], mail_access_items=[item("b1")])

    (found,) = case.ask("message_bound")

    assert ("service", "(Microsoft service process)") == (found.actor_kind, found.actor)
    assert ["service_background"] == [r.code for r in found.reasons]


@pytest.mark.parametrize(
    "different",
    [
        {"session_id": "S9"},
        {"aad_session_id": "S9"},
        {"client_ip": "203.0.113.9"},
        {"client_ip": "2603:10b7::1"},
        {"client_ip": None},
        {"client_ip": "not an address"},
        {"client_info_string": "Client=REST;;"},
        {"client_info_string": None},
    ],
    ids=lambda d: "-".join(f"{k}={v}" for k, v in d.items()),
)
def test_one_doubt_and_it_is_not_background(case: TinyCase, different: dict[str, Any]) -> None:
    """A session, another client or an address elsewhere: not shown to be the service, and not in doubt either, whatever the app."""
    different = {"app_id": UNLISTED, **different}
    case.given(mail_accesses=[background(**different)], mail_access_items=[item("b1")])

    assert ["bound"] == [r.code for f in case.ask("message_bound") for r in f.reasons]


UNLISTED = "99999999-0000-4000-8000-000000000001"
GRAPH = "00000003-0000-0000-c000-000000000000"


@pytest.mark.parametrize(
    ("apps", "actor"),
    [
        ({"client_app_id": UNLISTED.upper()}, UNLISTED),
        ({"app_id": UNLISTED}, UNLISTED),
        ({"app_id": GRAPH, "client_app_id": UNLISTED}, UNLISTED),
        ({"app_id": UNLISTED, "client_app_id": GRAPH}, UNLISTED),
        ({"app_id": GRAPH}, GRAPH),
    ],
)
@pytest.mark.parametrize("accessed_as", ["owner", "service", "application", None])
def test_a_service_client_whose_application_is_on_no_list_is_the_applications_and_not_the_users(
    case: TinyCase, apps: dict[str, Any], actor: str, accessed_as: str | None
) -> None:
    """It is listed as an exposure, apart from the person's own, and says what is in doubt and what would decide it."""
    case.given(
        mail_accesses=[background(**apps, accessed_as=accessed_as), bind(session_id=None)],
        mail_access_items=[item("b1"), item("a1", "<m2@example.org>")],
    )

    own, found = sorted(case.ask("message_bound"), key=lambda f: f.actor != BOB)

    assert (BOB, "user", "<m2@example.org>", ["bound"]) == (
        own.actor,
        own.actor_kind,
        own.subject,
        [r.code for r in own.reasons],
    )
    assert (actor, "app", MESSAGE, "supported") == (found.actor, found.actor_kind, found.subject, found.verdict)
    assert ["unlisted_service_client"] == [r.code for r in found.reasons]
    assert found.reasons[0].sentence.endswith("(Get-MgServicePrincipal) and its sign-ins would decide it.")
    case.prepare()
    assert {BOB: (None, None), actor: (None, True)} == {
        s["actor"]: (s["background"], s["remark"] and s["remark"].startswith("1 of 1 accesses: No session"))
        for s in case.rows("FROM exposure_sessions")
    }


def test_asked_for_a_user_what_an_unlisted_application_did_in_that_name_stays_the_applications(case: TinyCase) -> None:
    """Still shown, never mixed; asked for the application or its address, that is the actor."""
    address = "2603:10b6:5:345::11"
    case.given(
        mail_accesses=[bind(session_id=None), background(app_id=UNLISTED)],
        mail_access_items=[item(), item("b1", "<m2@example.org>")],
    )

    assert {BOB: "user", UNLISTED: "app"} == {f.actor: f.actor_kind for f in case.ask("message_bound", actor=BOB)}
    assert {UNLISTED: "app"} == {f.actor: f.actor_kind for f in case.ask("message_bound", actor=UNLISTED)}
    assert {address: "address"} == {f.actor: f.actor_kind for f in case.ask("message_bound", actor=address)}


def test_a_known_service_application_is_background_by_its_id(case: TinyCase) -> None:
    """The application names the service."""
    substrate = "98DB8BD6-0cc0-4e67-9de5-f187f1cd1b41"
    case.given(mail_accesses=[background(app_id=substrate)], mail_access_items=[item("b1")])

    assert [("service", substrate.lower())] == [(f.actor_kind, f.actor) for f in case.ask("message_bound")]


@pytest.mark.parametrize(
    ("row", "actor", "kind"),
    [
        (bind(), "S1", "session"),
        (bind(session_id=None, aad_session_id="S2"), "S2", "session"),
        (bind(session_id=""), BOB, "user"),
        (bind(session_id=None), BOB, "user"),
        (bind(session_id=None, user_id="Bob@Contoso.test"), BOB, "user"),
        (bind(session_id=None, user_id=None, app_id="App-1"), "app-1", "app"),
        (bind(session_id=None, accessed_as="application", app_id="App-1", client_app_id="App-2"), "app-1", "app"),
        (
            bind(
                session_id=None,
                accessed_as="application",
                app_id="00000003-0000-0000-C000-000000000000",
                client_app_id="App-2",
            ),
            "app-2",
            "app",
        ),
        (bind(session_id=None, accessed_as="application", app_id=None, client_app_id="App-2"), "app-2", "app"),
        (bind(session_id=None, accessed_as="application"), BOB, "app"),
        (bind(session_id=None, accessed_as="service", client="service"), "(Microsoft service process)", "service"),
        (bind(session_id=None, user_id=None), None, "app"),
    ],
)
def test_who_acted(case: TinyCase, row: dict[str, object], actor: str | None, kind: str) -> None:
    """The session, else the application that acted for itself, else the user."""
    case.given(mail_accesses=[row], mail_access_items=[item()])

    assert [(actor, kind)] == [(f.actor, f.actor_kind) for f in case.ask("message_bound")]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("s1", "session"),
        ("203.0.113.9", "address"),
        ("203.0.113.0/24", "address"),
        ("APP-2", "app"),
        ("BOB@contoso.test", "user"),
        ("bob.object.id", "user"),
    ],
)
def test_an_actor_asked_for_is_the_actor_found(case: TinyCase, asked: str, kind: str) -> None:
    """A session, an address, a network, an application or any name of a user."""
    case.given(
        mail_accesses=[bind(client_app_id="app-2"), bind("a2", session_id="S2", client_ip="198.51.100.1", user_id=EVE)],
        mail_access_items=[item(), item("a2")],
        identities=[
            {"person": BOB, "kind": "upn", "value": BOB},
            {"person": BOB, "kind": "object_id", "value": "bob.object.id"},
        ],
    )

    assert [(asked, kind)] == [(f.actor, f.actor_kind) for f in case.ask("message_bound", actor=asked)]


@pytest.mark.parametrize(
    ("network", "matches"),
    [
        ("2001:db8::/32", True),
        ("2001:db8:0:0:0:0:0:1", True),
        ("2001:db8::1/128", True),
        ("2001:db8::2", False),
        ("2001:db9::/32", False),
        ("0.0.0.0/0", False),
        ("::/0", True),
    ],
)
def test_an_address_of_six_is_matched_by_its_bits(case: TinyCase, network: str, matches: bool) -> None:
    """Short and long forms of one address are one address, and families do not mix."""
    case.given(mail_accesses=[bind(client_ip="2001:db8::1")], mail_access_items=[item()])

    assert matches == bool(case.ask("message_bound", actor=network))


def test_background_work_done_in_a_users_name_is_not_the_users(case: TinyCase) -> None:
    """Asked for Bob, what the service did in his name stays the service's, and is still shown."""
    case.given(mail_accesses=[bind(), background()], mail_access_items=[item(), item("b1", "<m2@example.org>")])

    assert {BOB: "user", "(Microsoft service process)": "service"} == {
        f.actor: f.actor_kind for f in case.ask("message_bound", actor=BOB)
    }


@pytest.mark.parametrize(
    "name", ["bob@contoso.test", "BOB@CONTOSO.TEST", "b1d9a0c4-0000-4000-8000-000000000001", "bobby"]
)
def test_a_mailbox_is_found_by_any_of_its_names(case: TinyCase, name: str) -> None:
    """One record names the mailbox by its GUID, one by its UPN: it is one mailbox, and its message counts once."""
    guid = "b1d9a0c4-0000-4000-8000-000000000001"
    case.given(
        mail_accesses=[bind("a1"), bind("a2", mailbox=guid), bind("a3", mailbox=EVE)],
        mail_access_items=[item("a1"), item("a2"), item("a3")],
        identities=[
            {"person": BOB, "kind": "upn", "value": BOB},
            {"person": BOB, "kind": "mailbox_guid", "value": guid},
            {"person": BOB, "kind": "alias", "value": "bobby"},
        ],
    )

    assert [(BOB, 4)] == [(f.mailbox, len(f.refs)) for f in case.ask("message_bound", mailbox=name)]


def test_a_name_that_two_mailboxes_share_merges_nothing(case: TinyCase) -> None:
    """An ambiguous name leaves the mailbox as it is written."""
    case.given(
        mail_accesses=[bind(mailbox="info@contoso.test")],
        mail_access_items=[item()],
        identities=[{"person": person, "kind": "smtp", "value": "info@contoso.test"} for person in (BOB, EVE)],
    )

    assert ["info@contoso.test"] == [f.mailbox for f in case.ask("message_bound")]


def test_the_interval_is_half_open_and_an_unknown_time_is_kept(case: TinyCase) -> None:
    """An access at the end is outside; one without a time is not shown to be outside."""
    case.given(
        mail_accesses=[
            bind("a1", "2026-03-01 09:59:59"),
            bind("a2", "2026-03-01 10:00"),
            bind("a3", "2026-03-01 11:00"),
            bind("a4", None),
        ],
        mail_access_items=[item(f"a{n}", f"<m{n}@example.org>") for n in (1, 2, 3, 4)],
    )

    found = case.ask("message_bound", time_from="2026-03-01T10:00", time_to="2026-03-01T11:00")

    assert ["<m2@example.org>", "<m4@example.org>"] == [f.subject for f in found]


@pytest.mark.parametrize(
    ("subjects", "title"),
    [
        ({}, "Message without a known subject"),
        ({"mail_access_items": ["B", "A"]}, "A"),
        ({"message_mentions": ["Invoice"]}, "Invoice"),
        ({"message_traces": ["Invoice"], "message_mentions": ["Fw: Invoice"]}, "Fw: Invoice"),
        ({"message_mentions": [""]}, "Message without a known subject"),
    ],
)
def test_the_subject_comes_from_whatever_evidence_has_it(
    case: TinyCase, subjects: dict[str, list[str]], title: str
) -> None:
    """The record itself, a Send or move record, or a message trace; of several always the same."""
    case.given(mail_accesses=[bind()], mail_access_items=[item()])
    for table, values in subjects.items():
        row = item() if table == "mail_access_items" else {"internet_message_id": MESSAGE}
        case.given(**{table: [{**row, "row_id": f"{table}-{n}", "subject": s} for n, s in enumerate(values)]})

    assert [title] == [f.title for f in case.ask("message_bound")]
    case.prepare()
    assert [None if title.startswith("Message") else title] == [
        r["subject"] for r in case.rows("FROM exposed_messages")
    ]


def test_two_ways_of_access_by_one_actor_leave_the_way_unknown(case: TinyCase) -> None:
    """accessed_as is only said when all accesses say the same."""
    case.given(
        mail_accesses=[bind(), bind("a2", accessed_as="delegate")],
        mail_access_items=[item(), item("a2", "<m2@example.org>")],
    )

    assert [None, None] == [f.accessed_as for f in case.ask("message_bound")]


def test_a_message_carries_the_bounds_of_its_mailbox_and_actor(case: TinyCase) -> None:
    """Exact where recording is proven, unbounded where the same actor also synchronised."""
    case.given(
        mail_accesses=[
            bind("a1"),
            bind("a2", "2026-03-01 10:05", session_id="S2"),
            sync("s1", "2026-03-01 10:06", session_id="S2"),
        ],
        mail_access_items=[item("a1"), item("a2")],
        **proof_of_recording(),
    )

    assert [("S1", "exact"), ("S2", "unbounded")] == [(f.actor, f.bounds) for f in case.ask("message_bound")]


def test_an_access_that_lists_nothing_gives_no_message(case: TinyCase) -> None:
    """The neighbour: an access of the mailbox with no item."""
    case.given(mail_accesses=[bind()])

    assert [] == case.ask("message_bound")
