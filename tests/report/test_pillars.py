"""The sections on old protocols, credentials and the advisory, and the end of the report, show what the findings say."""

from __future__ import annotations

import csv as csv_files
import io
import re
from pathlib import Path

import pytest
from markupsafe import escape

from mailwitness.report import csv, html
from mailwitness.report.account import build_account
from mailwitness.report.accuracy import BLOCKING_POLICY
from mailwitness.report.everything import EVERYTHING

from .conftest import Given
from .judged_case import judged_case
from .small_case import ABOUT


def test_old_protocols_are_counted_by_verdict(given: Given) -> None:
    """One row is what the log called the client; the findings of the small case have titles of their own."""
    rows = build_account(given(**judged_case()), ABOUT).legacy_protocols_used.dicts()

    assert [
        ("IMAP success", 1, 0, 0),
        ("Finding f2 of the invented case", 0, 0, 1),
        ("Finding f3 of the invented case", 0, 1, 0),
    ] == [(row["what"], row["supported"], row["contradicted"], row["undecidable"]) for row in rows]


def test_each_success_comes_with_its_reasons(given: Given) -> None:
    """Those that obtained mail come first, the others after what is open."""
    rows = build_account(given(**judged_case()), ABOUT).legacy_successes_judged.dicts()

    assert [("supported", ["The reason of a1."]), ("undecidable", ["No settings are known for that time."]), ("contradicted", ["POP was off for that mailbox."])] == [
        (row["verdict"], row["reasons"]) for row in rows
    ]  # fmt: skip


def test_what_closes_it_counts_the_data_at_hand(given: Given) -> None:
    """The policy of old clients has all protocols but password grants, which have one of their own; what has no switch has none."""
    steps = build_account(given(**judged_case()), ABOUT).closing

    assert [
        (
            "block_legacy",
            (
                "Without exclusions it would have stopped 4 that succeeded of the sign-ins of 2 users in this case. 20 had failed already: it asks only after the password, "
                "so it stops no guessing."
            ),
        ),
        (
            "require_mfa",
            (
                "Without exclusions it would have stopped 7 that succeeded of the sign-ins of 1 user in this case. 1 had failed already: it asks only after the password, "
                "so it stops no guessing."
            ),
        ),
        (
            "close_protocol",
            (
                "In this case it would have met 3 sign-ins that succeeded and 20 that failed, of 2 users from 5 addresses, between 2026-03-02T01:00:00Z "
                "and 2026-03-02T02:00:00Z. A switch closes the mailbox; an authentication policy refuses before the password is looked at."
            ),
        ),
    ] == [(step.code, step.why) for step in steps]
    assert [BLOCKING_POLICY, "Set-CASMailbox IMAP; New-AuthenticationPolicy IMAP"] == [
        steps[0].command,
        steps[2].command,
    ]


def test_policies_begin_in_report_only_mode_and_are_whole(given: Given) -> None:
    """A command that locks everybody out is no advice: nothing is enforced at once, and the braces of PowerShell close."""
    commands = [step.command for step in build_account(given(**judged_case()), ABOUT).closing[:2]]

    assert [True, True] == ["state = 'enabledForReportingButNotEnforced'" in command for command in commands]
    assert [True, True] == [
        "excludeUsers = @('<object id of an emergency account>')" in command for command in commands
    ]
    assert [(0, 0)] * 2 == [
        (command.count("{") - command.count("}"), command.count("(") - command.count(")")) for command in commands
    ]


def test_without_such_a_sign_in_there_is_nothing_to_close(given: Given) -> None:
    """Advice comes with the finding."""
    account = build_account(given(), ABOUT)

    assert ((), 0) == (account.closing, account.legacy_advice.total)


def test_credentials_are_counted_by_verdict_and_join(given: Given) -> None:
    """What nobody issued comes first; each finding counts once, by its best join."""
    tables = judged_case()
    tables["reasons"] += [
        {"finding_id": "p4", "code": "address_fits", "stance": "open", "sentence": "Some time."},
        {"finding_id": "p4", "code": "recent_signin_fits", "stance": "open", "sentence": "Shortly before."},
    ]

    account = build_account(given(**tables), ABOUT)

    assert [
        ("contradicted", "none fits", 2),
        ("undecidable", "T4: the same user and address signed in within 28 hours before", 1),
        ("supported", "T1: a sign-in has the token itself", 1),
    ] == [(row["verdict"], row["tier"], row["credentials"]) for row in account.credentials.dicts()]
    assert [("against", "no_signin_issued_it", 2), ("open", "address_fits", 1), ("open", "feed_not_collected", 1)] == [
        (row["stance"], row["code"], row["credentials"]) for row in account.provenance_reasons.dicts()[:3]
    ]


def test_gaps_stand_beside_the_rate_of_the_whole_case(given: Given) -> None:
    """Days without a gap are left out but count in the rate; what nothing explains comes first."""
    rows = build_account(given(**judged_case()), ABOUT).provenance_gaps.dicts()

    assert [
        ("2026-03-02", "app2", 2, 2, 2, "2 of 2", "2 of 10"),
        ("2026-03-02", "app1", 40, 2, 0, "2 of 100", "2 of 100"),
    ] == [
        tuple(
            row[name] for name in ("day", "app", "credentials", "without_signin", "unexplained", "of_app", "of_client")
        )
        for row in rows
    ]


def test_recommendations_are_met_not_met_or_unknown(given: Given) -> None:
    """What is not met comes first, the gravest of it before the rest, each with what fixes it; what is unknown with what decides it."""
    rows = build_account(given(**judged_case()), ABOUT).posture.dicts()

    assert [
        (
            "not_met",
            "cisa-legacy-authentication-blocked",
            "None of 2 policies blocks them.",
            f"A Conditional Access policy that does: {BLOCKING_POLICY}",
        ),
        (
            "not_met",
            "cisa-logs-search",
            "SearchQueryInitiated is not audited.",
            "Set-Mailbox -Identity <mailbox> -AuditOwner @{Add='SearchQueryInitiated'}",
        ),
        ("unknown", "cisa-logs-searchable", "The reason of k4.", "An export of the sign-ins would decide it."),
        ("met", "cisa-unified-audit-log-on", "The reason of k1.", None),
    ] == [tuple(row[name] for name in ("met", "recommendation", "evidence", "to_do")) for row in rows]


def test_the_page_says_met_with_a_word_and_a_sign(given: Given) -> None:
    """Colour is never the only carrier, and no command is cut."""
    page = html.page(build_account(given(**judged_case()), ABOUT))

    table = page[page.index('<section id="posture"') : page.index('<section id="findings"')]
    assert [1, 1, 2] == [table.count(f">{word}<") for word in ("● met", "? unknown", "▲ not met")]
    assert BLOCKING_POLICY.replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;") in table


def test_the_end_has_custody_questions_and_checks(given: Given) -> None:
    """A question without a finding is listed with its zeros; the case's own name stands in the commands."""
    account = build_account(given(**judged_case()), ABOUT)

    assert [(1, "created", None, "aa"), (2, "added", "notes.docx", "bb")] == [
        (row["number"], row["act"], row["name"], row["line_hash"]) for row in account.custody.dicts()
    ]
    assert [("accuracy/legacy.sql", 1, 1, 1), ("exposure/none.sql", 0, 0, 0)] == [
        (row["name"], row["supported"], row["contradicted"], row["undecidable"]) for row in account.questions.dicts()
    ]
    assert "mailwitness verify contoso-0147" == account.checks[0].command
    page = html.page(account)
    assert [] == [line for line in account.not_asked if escape(line) not in page]


@pytest.mark.parametrize("name", ["next_steps", "switch_on", "close_protocols", "checks", "answer", "summary"])
def test_the_folder_of_tables_has_the_answer_and_what_to_do(given: Given, tmp_path: Path, name: str) -> None:
    """Every answer of the page is in the CSV output."""
    connection = given(**judged_case())
    account = build_account(connection, ABOUT)

    folder = csv.write(account, connection, tmp_path / "csv")

    rows = list(csv_files.reader(io.StringIO((folder / f"{name}.csv").read_text("utf-8-sig"), newline="")))
    assert len(rows) > 1
    if name == "answer":
        assert [
            [part.question, said.certainty, said.text, said.see]
            for part in account.summary.parts
            for said in part.sentences
        ] == rows[1:]
    assert {f"{question.key}.csv" for question in EVERYTHING} <= {path.name for path in folder.iterdir()}


def test_every_listing_of_the_account_is_in_the_outputs_for_machines(given: Given) -> None:
    """What the page lists, the CSV and XLSX outputs hold whole, under names that do not collide."""
    account = build_account(given(), ABOUT)
    keys = [question.key for question in EVERYTHING]

    assert len(keys) == len(set(keys))
    assert {listing.key for listing in account.listings()} <= set(keys)


def test_a_row_leads_to_its_finding_in_full(given: Given) -> None:
    """Where the page has it; else the beginning of its number is what explain takes."""
    page = html.page(build_account(given(**judged_case()), ABOUT))

    table = page[page.index('<section id="posture"') : page.index('<section id="findings"')]
    assert ["d-k1", "d-k2", "d-k3", "d-k4"] == sorted(re.findall(r'href="#(d-[^"]+)"', table))
    assert 1 == page.count('id="d-k2"')
