"""folder_synced, attachment_opened, throttled, throttling_unknown, and the views for reports."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.analyses.conftest import TinyCase
from tests.analyses.exposure.rows import BOB, EVE, MESSAGE, Row, background, bind, item, proof_of_recording, sync


def test_a_synced_folder_was_exposed_whole(case: TinyCase) -> None:
    """Two syncs of one folder are one finding without an upper end."""
    case.given(mail_accesses=[sync("s1"), sync("s2", "2026-03-01 12:00"), sync("s3", folder_path="\\Archive")])

    found = case.ask("folder_synced")

    assert [
        ("folder", "\\Archive", "supported", "unbounded", 1),
        ("folder", "\\Inbox", "supported", "unbounded", 2),
    ] == [(f.subject_kind, f.subject, f.verdict, f.bounds, len(f.refs)) for f in found]
    assert ["synced", "synced"] == [r.code for f in found for r in f.reasons]


@pytest.mark.parametrize("path", [None, "", "Not Available"])
def test_an_unknown_folder_is_the_whole_mailbox(case: TinyCase, path: str | None) -> None:
    """A sync that names no folder may mean any."""
    case.given(mail_accesses=[sync(folder_path=path)])

    (found,) = case.ask("folder_synced")

    assert ("(unknown folder: whole mailbox)", ["synced_folder_unknown"]) == (
        found.subject,
        [r.code for r in found.reasons],
    )


def test_a_sync_by_the_service_says_so(case: TinyCase) -> None:
    """Background syncs are kept with their reason."""
    case.given(mail_accesses=[background(mail_access_type="Sync", folder_path="\\Inbox")])

    assert [("service", ["service_background"])] == [
        (f.actor_kind, [r.code for r in f.reasons]) for f in case.ask("folder_synced")
    ]


def test_a_sync_by_an_unlisted_service_client_says_so(case: TinyCase) -> None:
    """The application's own list, with the doubt."""
    case.given(mail_accesses=[background(mail_access_type="Sync", folder_path="\\Inbox", app_id="App-1")])

    assert [("app-1", "app", "unbounded", ["unlisted_service_client"])] == [
        (f.actor, f.actor_kind, f.bounds, [r.code for r in f.reasons]) for f in case.ask("folder_synced")
    ]


@pytest.mark.parametrize(
    "row",
    [bind(folder_path="\\Inbox"), bind(mail_access_type=None), bind(operation="MessageBind", mail_access_type="Sync")],
)
def test_what_is_no_sync_exposes_no_folder(case: TinyCase, row: Row) -> None:
    """The neighbour: a bind in a folder, and an access of unknown kind."""
    case.given(mail_accesses=[row])

    assert [] == case.ask("folder_synced")


def attachment(row_id: str = "at1", **more: object) -> Row:
    return bind(row_id, "2026-03-01 10:01", operation="AttachmentAccess", **more)


@pytest.mark.parametrize(
    "ids",
    [{"item_id": "A1", "message_item_id": "X"}, {"item_id": "X"}, {"item_id": "X", "message_item_id": ""}],
    ids=["message's id", "item id alone", "empty"],
)
def test_an_attachment_is_joined_to_its_message_by_the_item_id(case: TinyCase, ids: dict[str, str]) -> None:
    """The attachment record knows only the item id of the message; a bind of the same mailbox knows both."""
    case.given(
        mail_accesses=[bind("a1", session_id="S2"), attachment()],
        mail_access_items=[item("a1", item_id="X"), item("at1", None, **ids)],
        message_mentions=[{"internet_message_id": MESSAGE, "subject": "Offer"}],
    )

    (found,) = case.ask("attachment_opened")

    assert (found.verdict, found.subject_kind, found.subject, found.title) == ("supported", "message", MESSAGE, "Offer")
    assert ["attachment_accessed"] == [r.code for r in found.reasons]


def test_an_item_id_in_the_alphabet_of_rest_is_that_of_the_store(case: TinyCase) -> None:
    """Attachment records write - and _ where mail accesses write / and +."""
    case.given(
        mail_accesses=[bind("a1"), attachment()],
        mail_access_items=[item("a1", item_id="AB/C+D="), item("at1", None, item_id="A1", message_item_id="AB-C_D=")],
    )

    assert [("message", MESSAGE)] == [(f.subject_kind, f.subject) for f in case.ask("attachment_opened")]


def test_the_id_of_the_attachment_itself_names_no_message(case: TinyCase) -> None:
    """The neighbour: a bind lists what has the attachment's own id."""
    case.given(
        mail_accesses=[bind("a1"), attachment()],
        mail_access_items=[item("a1", item_id="A1"), item("at1", None, item_id="A1", message_item_id="X")],
    )

    assert [("item", "X")] == [(f.subject_kind, f.subject) for f in case.ask("attachment_opened")]


@pytest.mark.parametrize(
    "others",
    [
        [],
        [item("a1", item_id="Y")],
        [item("a2", item_id="X", mailbox=EVE)],
        [item("a1", item_id="X"), item("a1", "<m2@example.org>", item_id="X")],
    ],
    ids=["nothing known", "another item", "another mailbox", "two messages"],
)
def test_an_attachment_that_cannot_be_joined_keeps_the_item_id_of_its_message(
    case: TinyCase, others: list[Row]
) -> None:
    """Another item, another mailbox or two candidates: the item id stays the subject."""
    case.given(
        mail_accesses=[bind("a1"), bind("a2", mailbox=EVE), attachment()],
        mail_access_items=[*others, item("at1", None, item_id="A1", message_item_id="X")],
    )

    assert [("item", "X")] == [(f.subject_kind, f.subject) for f in case.ask("attachment_opened")]


def test_a_message_says_how_many_attachments_of_it_were_taken(case: TinyCase) -> None:
    """Two attachments by this actor; the other actor's and the other message's do not count."""
    case.given(
        mail_accesses=[bind("a1"), attachment(), attachment("at2", session_id="S2"), bind("a2", session_id="S2")],
        mail_access_items=[
            item("a1", item_id="X"),
            item("a1", "<m2@example.org>", item_id="Y"),
            item("a2", item_id="X"),
            item("at1", None, row_id="at1/0", item_id="A1", message_item_id="X"),
            item("at1", None, row_id="at1/1", item_id="A2", message_item_id="X"),
            item("at2", None, item_id="A1", message_item_id="X"),
        ],
    )
    case.prepare()

    assert {("S1", MESSAGE): 2, ("S1", "<m2@example.org>"): 0, ("S2", MESSAGE): 1} == {
        (m["actor"], m["message"]): m["attachments"] for m in case.rows("FROM exposed_messages")
    }


@pytest.mark.parametrize(
    ("app", "code"), [(None, "service_background"), ("App-1", "unlisted_service_client")], ids=["known", "unlisted"]
)
def test_an_attachment_taken_by_the_service_says_so(case: TinyCase, app: str | None, code: str) -> None:
    """Background again, and the doubt."""
    case.given(
        mail_accesses=[background("at1", operation="AttachmentAccess", app_id=app)],
        mail_access_items=[item("at1", None, item_id="X")],
    )

    assert [code] == [r.code for f in case.ask("attachment_opened") for r in f.reasons]


def test_a_bind_opens_no_attachment(case: TinyCase) -> None:
    """The neighbour."""
    case.given(mail_accesses=[bind()], mail_access_items=[item()])

    assert [] == case.ask("attachment_opened")


def test_a_throttled_record_leaves_a_day_unknown_for_everyone_present(case: TinyCase) -> None:
    """24 hours after the mark, for each actor whose presence is within a day of it."""
    case.given(
        mail_accesses=[
            bind("a1", "2026-03-01 10:00", is_throttled=True),
            bind("a2", "2026-03-02 12:00", session_id="S2"),
            bind("a3", "2026-03-10 12:00", session_id="S3"),
            bind("a4", "2026-03-01 10:00", mailbox=EVE, session_id="S4"),
        ]
    )

    found = case.ask("throttled")

    assert ["S1", "S2"] == [f.actor for f in found]
    assert {("undecidable", "unbounded", datetime(2026, 3, 1, 10), datetime(2026, 3, 2, 10))} == {
        (f.verdict, f.bounds, f.time_from, f.time_to) for f in found
    }
    assert [["throttled"], ["throttled"]] == [[r.code for r in f.reasons] for f in found]
    assert "from 2026-03-01T10:00:00Z to 2026-03-02T10:00:00Z" in found[0].reasons[0].sentence


def test_marks_that_follow_each_other_are_one_stretch(case: TinyCase) -> None:
    """Marks less than a day apart make one stretch; two stretches are two reasons."""
    case.given(
        mail_accesses=[
            bind(f"a{n}", at, is_throttled=True)
            for n, at in enumerate(["2026-03-01 10:00", "2026-03-02 09:00", "2026-03-05 10:00"])
        ]
    )

    (found,) = case.ask("throttled")

    assert 2 == len(found.reasons)
    assert (datetime(2026, 3, 1, 10), datetime(2026, 3, 6, 10)) == (found.time_from, found.time_to)


def flood(
    case: TinyCase, records: int, *, spread_s: int = 60, next_after_h: int | None = None, kind: str = "Bind"
) -> None:
    """That many binds of Bob, evenly spread, and perhaps one more so many hours after the last."""
    case.given(mail_accesses=[bind("first"), bind("eve", mailbox=EVE)])
    case.connection.execute(f"""
        INSERT INTO mail_accesses BY NAME
        SELECT mail_accesses.* REPLACE ('n' || i AS row_id, TIMESTAMP '2026-03-01 10:00' + to_seconds(i * {spread_s}) AS time,
                          '{kind}' AS mail_access_type)
        FROM mail_accesses, range(1, {records}) AS n(i) WHERE row_id = 'first'""")
    if next_after_h is not None:
        case.connection.execute(f"""
            INSERT INTO mail_accesses BY NAME
            SELECT * REPLACE ('next' AS row_id, (SELECT max(time) FROM mail_accesses) + to_hours({next_after_h}) AS time)
            FROM mail_accesses WHERE row_id = 'first'""")
    case.given()


@pytest.mark.parametrize("next_after_h", [None, 23, 30])
def test_a_flood_and_then_silence_is_probably_throttled(case: TinyCase, next_after_h: int | None) -> None:
    """1,000 binds within a day after which none follows for 23 hours or more."""
    flood(case, 1000, next_after_h=next_after_h)

    (found,) = case.ask("throttled")

    assert ("undecidable", ["throttling_inferred"]) == (found.verdict, [r.code for r in found.reasons])
    assert found.time_from == datetime(2026, 3, 2, 2, 39)


@pytest.mark.parametrize(
    "neighbour",
    [
        {"records": 999},
        {"records": 1000, "next_after_h": 22},
        {"records": 1000, "spread_s": 90},
        {"records": 1000, "kind": "Sync"},
    ],
    ids=str,
)
def test_what_is_no_flood_is_not_inferred(case: TinyCase, neighbour: dict[str, int]) -> None:
    """One record fewer, an earlier next, a longer time, or syncs, which are never throttled."""
    flood(case, **neighbour)  # type: ignore[arg-type]

    assert [] == case.ask("throttled")


def test_a_flood_is_known_as_one_however_short_the_time_asked_for(case: TinyCase) -> None:
    """A time after its end shows that it was a flood; a time that ends within it does not show silence after it."""
    flood(case, 1100, next_after_h=23)
    case.given(mail_accesses=[bind("late", "2026-03-03 04:00")])

    assert ["throttling_inferred"] == [
        r.code
        for f in case.ask("throttled", time_from="2026-03-03 03:30", time_to="2026-03-03 05:00")
        for r in f.reasons
    ]
    assert [] == case.ask("throttled", time_from="2026-03-01 10:00", time_to="2026-03-02 03:30")


def test_a_mark_before_the_time_asked_for_reaches_into_it(case: TinyCase) -> None:
    """Throttled the evening before: the night is unknown."""
    case.given(
        mail_accesses=[
            bind("a1", "2026-03-01 20:00", session_id="S2", is_throttled=True),
            bind("a2", "2026-03-02 12:00"),
        ]
    )

    assert ["S1"] == [f.actor for f in case.ask("throttled", time_from="2026-03-02")]
    assert [] == case.ask("throttled", time_to="2026-03-01T20:00")


def test_a_mailbox_with_few_records_of_a_whole_log_was_not_throttled(case: TinyCase) -> None:
    """The mark is missing, but throttling begins only after a thousand records, and these would be here."""
    case.given(mail_accesses=[bind("a2", is_throttled=None)], **proof_of_recording())

    (found,) = case.ask("throttling_unknown", time_from="2026-02-10", time_to="2026-03-10")

    assert ("contradicted", "absence", ["too_few_to_throttle"]) == (
        found.verdict,
        found.basis,
        [r.code for r in found.reasons],
    )


def test_records_that_do_not_say_are_counted(case: TinyCase) -> None:
    """Null is unknown; false is known; a sync is never throttled and so need not say."""
    case.given(
        mail_accesses=[bind("a1"), bind("a2", is_throttled=None), bind("a3", is_throttled=None), sync(session_id="S2")]
    )

    (found,) = case.ask("throttling_unknown")

    assert ("undecidable", "S1", ["throttling_unknown"]) == (
        found.verdict,
        found.actor,
        [r.code for r in found.reasons],
    )
    assert "2 bind records of this actor do not say whether recording was throttled." == found.reasons[0].sentence
    assert [("mail_accesses", "a2")] == [(r.table_name, r.row_id) for r in found.refs]


def test_the_views_show_who_touched_what(case: TinyCase) -> None:
    """Sessions with clients, addresses and counts; messages once; folders; what is unknown."""
    case.given(
        mail_accesses=[
            bind("a1"),
            bind("a2", "2026-03-01 11:00", client="rest", client_ip="198.51.100.7", app_id="App-1"),
            sync("s1", "2026-03-01 12:00"),
            background(),
        ],
        mail_access_items=[item("a1", size_bytes=10, folder_path="\\Inbox"), item("a2"), item("b1")],
    )
    case.prepare()

    sessions = case.rows("FROM exposure_sessions ORDER BY actor")
    assert [("(Microsoft service process)", True, 1, 0), ("S1", False, 1, 1)] == [
        (s["actor"], s["background"] is not None, s["messages"], s["folders_synced"]) for s in sessions
    ]
    assert (
        ["outlook_desktop", "owa", "rest"],
        ["198.51.100.7", "203.0.113.9"],
        ["app-1"],
        [BOB],
        3,
        "unbounded",
    ) == tuple(sessions[1][name] for name in ("clients", "addresses", "apps", "users", "accesses", "bounds"))

    (message,) = case.rows("FROM exposed_messages WHERE actor = 'S1'")
    assert (MESSAGE, 2, 10, "\\Inbox", "several", datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 11)) == tuple(
        message[name]
        for name in (
            "internet_message_id",
            "accesses",
            "size_bytes",
            "folder_path",
            "client",
            "first_time",
            "last_time",
        )
    )
    assert [("S1", "\\Inbox", 1)] == [
        tuple(f[n] for n in ("actor", "folder_path", "syncs")) for f in case.rows("FROM exposed_folders")
    ]
    assert {"collection_unproven", "throttling_unknown"} & {u["code"] for u in case.rows("FROM exposure_unknown")}
