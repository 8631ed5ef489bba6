"""What the account says of a case: the answer, what it rests on, what is odd, and what to fetch next."""

from __future__ import annotations

from typing import Any

import pytest

from mailwitness.analyses import questions, runner
from mailwitness.errata import make_applying
from mailwitness.report.account import build_account
from mailwitness.report.exposure import EACH, SCHEDULES
from mailwitness.report.listing import TOP
from mailwitness.report.text import cut, size_text, time_text, visible

from .conftest import PROCEEDINGS, VIEWS, Given, make_case
from .small_case import ABOUT, APP, SESSION, at, small_case


def codes(account: Any) -> list[str]:
    return [step.code for step in account.next_steps]


def sentences(account: Any) -> list[str]:
    return [said.text for part in account.summary.parts for said in part.sentences]


def test_an_empty_case_says_that_nothing_can_be_said(given: Given) -> None:
    """Without a record there is one thing to do: bring evidence."""
    account = build_account(given(), ABOUT)

    assert "No record could be read from this evidence, so nothing can be said about any mailbox." == (
        account.summary.headline
    )
    assert ["no_records"] == codes(account)


def test_no_mail_access_is_not_said_to_be_no_reading(given: Given) -> None:
    """Absence of records is never an answer by itself."""
    tables = {"evidence": small_case()["evidence"], "signins": small_case()["signins"]}

    account = build_account(given(**tables), ABOUT)

    assert account.summary.headline == (
        "No mail access is recorded in this evidence. That alone does not show that no mail was read."
    )
    assert "no_mail_access" in codes(account)


def test_the_summary_counts_messages_sessions_and_syncs(given: Given) -> None:
    """The headline is the answer; background service traffic is not part of it."""
    account = build_account(given(**small_case()), ABOUT)

    assert account.summary.headline == (
        "At least 3 messages in 1 mailbox were obtained through 2 sessions and apps, and 1 folder sync copied whole folders."
    )
    assert (
        "Of 2 lists of messages, one for each mailbox and actor, 1 is a lower bound and 1 has no upper bound."
        in sentences(account)
    )
    assert [SESSION, APP] == [row["actor"] for row in account.sessions.dicts()]
    assert ["(Microsoft service process)"] == [row["actor"] for row in account.background.dicts()]


def test_steps_name_the_evidence_that_is_missing(given: Given) -> None:
    """Each step is due only while its evidence is missing, and its command carries the case's own dates."""
    account = build_account(given(**small_case()), ABOUT)

    assert [
        "no_non_interactive",
        "no_app_signins",
        "no_mailbox_settings",
        "no_tenant_settings",
        "no_licences",
        "no_message_trace",
        "no_directory_audits",
        "cut_off_file",
    ] == codes(account)
    assert "Get-MessageTraceV2 -StartDate 2026-03-01T00:00:00Z -EndDate 2026-03-05T00:00:00Z" in next(
        step.command for step in account.next_steps if step.code == "no_message_trace"
    )


@pytest.mark.parametrize("with_sync", [True, False])
def test_only_record_type_50_means_a_filtered_search(given: Given, with_sync: bool) -> None:
    """Syncs have record type 2; a case without any was probably searched by record type."""
    tables = small_case()
    if not with_sync:
        tables["mail_accesses"] = [row for row in tables["mail_accesses"] if row["mail_access_type"] == "Bind"]

    assert with_sync != ("sync_filtered" in codes(build_account(given(**tables), ABOUT)))


def test_a_case_without_sign_ins_names_the_export(given: Given) -> None:
    """No sign-in table at all is said with the export and the command that gets it."""
    tables = small_case()
    del tables["signins"]

    step = next(step for step in build_account(given(**tables), ABOUT).next_steps if step.code == "no_signins")

    assert "Entra admin centre" in step.get
    assert step.command.startswith('Get-MgBetaAuditLogSignIn -All -Filter "createdDateTime ge 2026-03-01T00:00:00Z')


def test_oddities_name_the_files_that_have_them(given: Given) -> None:
    """Unknown formats, caps, cut files, conflicts and throttling are problems; duplicates and skips are notes."""
    account = build_account(given(**small_case()), ABOUT)

    odd = {row["code"]: (row["weight"], row["amount"], row["items"]) for row in account.oddities.dicts()}
    assert odd == {
        "cap_hit": ("problem", 5000, ["ual_5000.json"]),
        "cut_off": ("problem", 5, ["purview/AuditLog_2026-03.csv"]),
        "not_recognised": ("problem", 1, ["notes.docx"]),
        "copies_disagree": ("problem", 1, None),
        "throttled": ("problem", 1, None),
        "duplicates": ("note", 649, ["AuditLog_again.csv", "purview/AuditLog_2026-03.csv"]),
        "throttling_not_stated": ("note", 3, None),
        "repeated_header": ("note", 3, ["purview/AuditLog_2026-03.csv"]),
        "unexpected_type": ("note", 1, ["purview/AuditLog_2026-03.csv"]),
        "note": ("note", 1, ["notes.docx"]),
    }


@pytest.mark.parametrize(
    "notes, expected",
    [
        ('["two things"]', [("note", "note", "two things")]),
        ('{"array_open": "not finished"}', [("problem", "array_open", "not finished")]),
        ('{"problem_1": "a bomb"}', [("problem", "problem", "a bomb")]),
        ('{"archive": "a zip"}', []),
        ("[]", []),
        (None, []),
    ],
)
def test_notes_of_the_evidence_are_oddities(
    given: Given, notes: str | None, expected: list[tuple[str, str, str]]
) -> None:
    """A note is shown with its code; what another oddity already says is not said twice."""
    item = small_case()["evidence"][2] | {"notes": notes}

    account = build_account(given(evidence=[item]), ABOUT)

    assert expected == [(row["weight"], row["code"], row["what"]) for row in account.oddities.dicts()]


def test_undecidable_findings_say_what_would_decide_them(given: Given) -> None:
    """One row per claim and missing evidence."""
    (row,) = build_account(given(**small_case()), ABOUT).undecided.dicts()

    assert (
        "this logged success obtained mail",
        1,
        "A CAS mailbox export or directory audit from before 2026-03-02.",
    ) == (
        row["claim"],
        row["findings"],
        row["would_decide"],
    )


def test_a_finding_leads_to_its_place_in_the_evidence(given: Given) -> None:
    """A reference carries the evidence item and the place of the row's record in its bytes."""
    account = build_account(given(**small_case()), ABOUT)

    detail = next(detail for detail in account.findings if detail.finding.finding_id == "f1")
    (ref,) = detail.refs

    assert ("mail_accesses", "m1", "access", "ev1", "purview/AuditLog_2026-03.csv", "bytes=100+99") == (
        ref.table_name,
        ref.row_id,
        ref.role,
        ref.evidence_id,
        ref.evidence_name,
        ref.locator,
    )


def test_a_reference_to_an_unknown_table_has_no_place(given: Given) -> None:
    """A table name comes from data and is never put into SQL unless it is a declared table."""
    tables = small_case()
    tables["refs"][0]["table_name"] = "mail_accesses; DROP TABLE findings"

    account = build_account(given(**tables), ABOUT)

    detail = next(detail for detail in account.findings if detail.finding.finding_id == "f1")
    assert [None] == [ref.locator for ref in detail.refs]


def test_the_most_severe_findings_come_first(given: Given) -> None:
    """A claim with a severe finding is not hidden behind many ordinary ones."""
    account = build_account(given(**small_case()), ABOUT)

    assert "f2" == account.findings[0].finding.finding_id


def test_a_schedule_lists_messages_folders_and_unknown_time(given: Given) -> None:
    """Per mailbox and actor: the bounds in a sentence, each message once, each folder, each unknown interval."""
    account = build_account(given(**small_case()), ABOUT)

    first, second = account.schedules
    assert first.statement == (
        "3 messages and 1 synced folder, between 2026-03-02T09:14:55Z and 2026-03-02T09:31:40Z. No list can be complete: "
        "folders were copied whole, or recording was throttled. Why more cannot be excluded: 1 reason, listed below."
    )
    assert ["<0@example.org>", "<1@example.org>", "<2@example.org>"] == [
        row["message"] for row in first.messages.dicts()
    ]
    assert ["\\Inbox"] == [row["folder_path"] for row in first.folders.dicts()]
    assert ["throttled"] == [row["code"] for row in first.unknown.dicts()]
    assert ((APP, "at_least", 0)) == (second.actor, second.bounds, second.messages.total)


def test_the_views_of_the_analyses_are_what_the_report_reads() -> None:
    """The account of a case whose views come from the analyses themselves says who obtained what."""
    tables = {
        name: rows
        for name, rows in small_case().items()
        if name not in VIEWS and name not in ("findings", "reasons", "refs")
    }
    for row in tables["mail_access_items"]:
        row["row_id"] = f"i{row['internet_message_id']}"
    connection = make_case(views=PROCEEDINGS, **tables)
    runner.prepare(connection, sorted({question.pillar for question in questions()}))
    make_applying(connection)

    account = build_account(connection, ABOUT)

    assert [(SESSION, 3, 1)] == [
        (row["actor"], row["messages"], row["folders_synced"])
        for row in account.sessions.dicts()
        if row["actor_kind"] == "session"
    ]
    assert ["\\Inbox"] == [row["folder_path"] for row in account.schedules[0].folders.dicts()]
    assert "throttled" in [row["code"] for row in account.schedules[0].unknown.dicts()]
    assert ("MW-E0015", "seen", 1) in [(row["id"], row["how"], row["rows"]) for row in account.errata.dicts()]


def test_a_large_case_is_shown_in_part_and_counted_whole(given: Given) -> None:
    """The account holds the first rows of each listing; the totals are true."""
    connection = given(**small_case())
    connection.execute(
        """INSERT INTO exposure_sessions BY NAME SELECT 'm' || i AS mailbox, 'actor' || i AS actor, 'session' AS actor_kind,
        'at_least' AS bounds, i AS messages, 0 AS folders_synced, 1 AS accesses FROM range(1000) AS t(i)"""
    )
    connection.execute(
        """INSERT INTO exposed_messages BY NAME SELECT 'm999' AS mailbox, 'actor999' AS actor, '<' || i || '>' AS message
        FROM range(5000) AS t(i)"""
    )

    account = build_account(connection, ABOUT)

    assert (1002, TOP) == (account.sessions.total, len(account.sessions.rows))
    assert SCHEDULES == len(account.schedules)
    schedule = next(schedule for schedule in account.schedules if schedule.actor == "actor999")
    assert (5000, EACH) == (schedule.messages.total, len(schedule.messages.rows))
    assert account.sessions.note == (
        "Showing 200 of 1,002; all of them are in the CSV output (sessions.csv) and in the case's tables and findings (Parquet)."
    )


def test_apps_are_named_and_a_name_of_their_own_is_marked(given: Given) -> None:
    """A name from the published list stands; one that only a sign-in gives is what the app says of itself."""
    tables = small_case()
    tables["first_party_apps"] = [{"app_id": "a1", "name": "Office 365 Exchange Online"}]
    tables["signins"][0].update(app_id="B2", app_display_name="Outlook Helper")
    tables["exposure_sessions"] = [tables["exposure_sessions"][0] | {"apps": ["a1", "b2", "c3"]}]

    (row,) = build_account(given(**tables), ABOUT).sessions.dicts()

    assert ["a1: Office 365 Exchange Online", "b2: says it is Outlook Helper", "c3"] == row["apps"]


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain ünïcode 日本", "plain ünïcode 日本"),
        ("a\nb\tc\rd", "a⏎b⇥c␍d"),
        ("\x00\x1b\x7f\x9b", "⟨U+0000⟩⟨U+001B⟩⟨U+007F⟩⟨U+009B⟩"),
        ("\u202egpj\u2066x\u200b", "⟨U+202E⟩gpj⟨U+2066⟩x⟨U+200B⟩"),
        ("\u2028\ufeff\ue000", "⟨U+2028⟩⟨U+FEFF⟩⟨U+E000⟩"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, shown: str) -> None:
    """Control, bidirectional, zero-width and private characters are written as their code points."""
    assert shown == visible(text)


def test_texts_of_times_and_sizes() -> None:
    """Times end in Z, sizes carry their unit, long texts their length."""
    assert ["2026-03-02T09:14:55Z", "2026-03-02T09:14:55.250Z"] == [
        time_text(at("2026-03-02T09:14:55")),
        time_text(at("2026-03-02T09:14:55.250")),
    ]
    assert ["0 B", "999 B", "14.2 KB", "3.1 MB"] == [size_text(size) for size in (0, 999, 14_200, 3_100_000)]
    assert "xx… (10 characters)" == cut("x" * 10, 2)
