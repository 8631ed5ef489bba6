"""Recommendations about the tenant: recording, collection, retention, legacy authentication, forwarding, and what only people know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mailwitness.analyses import judging, questions
from mailwitness.model.tables import TABLES
from tests.analyses.conftest import TinyCase
from tests.analyses.posture.rows import (
    BOB,
    EVE,
    NOW,
    STANDARD,
    Row,
    access,
    answers,
    audit,
    conditions,
    plan,
    policy,
    settings,
    sight,
    signin,
    switch,
    window,
)

LEGACY = "cisa-legacy-authentication-blocked"
ALL_CLIENTS = conditions(clients='"all"')
MFA = '{"builtInControls":["mfa"],"operator":"OR"}'


def test_an_empty_case_decides_nothing(case: TinyCase) -> None:
    """Every recommendation is listed once, undecidable, with what would decide it."""
    case.given()

    found = case.ask(*(q.name for q in questions("posture")))

    assert {(f.claim, f.subject_kind, f.verdict, f.basis) for f in found} == {
        ("this recommendation is met", "recommendation", "undecidable", "none")
    }
    assert all(f.would_decide and f.title for f in found)
    assert len({f.subject for f in found}) == len(found) == 23


@pytest.mark.parametrize(
    ("ingestion", "disabled", "expected"),
    [
        ("true", "false", ("supported", "recording_on")),
        ('"True"', '"False"', ("supported", "recording_on")),
        ("false", "true", ("contradicted", "recording_off")),
        (None, None, ("undecidable", "switch_disputed")),
    ],
)
def test_the_tenants_switches(
    case: TinyCase, ingestion: str | None, disabled: str | None, expected: tuple[str, str]
) -> None:
    """On, off, and seen in two ways at once."""
    case.given(
        tenant_settings=[
            switch("unified_audit_log_ingestion_enabled", ingestion),
            switch("audit_disabled", disabled),
        ]
    )

    assert answers(case, "tenant_recording_on") == {
        "cisa-unified-audit-log-on": expected,
        "cisa-mailbox-auditing-on": expected,
    }


def test_switches_that_nobody_saw_now_are_unknown(case: TinyCase) -> None:
    """A value of an earlier time is no value of now, and another setting is not this one."""
    case.given(
        tenant_settings=[
            switch("audit_disabled", "false", valid_to="2026-03-01"),
            switch("admin_audit_log_enabled", "true"),
        ]
    )

    assert set(answers(case, "tenant_recording_on").values()) == {("undecidable", "switch_unknown")}


def test_a_switch_says_when_it_was_last_seen(case: TinyCase) -> None:
    """The date of the last sight stands in the sentence, and a warning where the case goes on for long."""
    case.given(
        tenant_settings=[switch("audit_disabled", "false", valid_from="2026-01-01")],
        setting_observations=[
            sight("audit_disabled", "false", "", at, kind="tenant") for at in ("2026-01-01", "2026-02-01")
        ],
        signins=[signin(at=NOW)],
    )

    found = next(f for f in case.ask("tenant_recording_on") if f.subject == "cisa-mailbox-auditing-on")

    assert [reason.sentence for reason in found.reasons] == [
        (
            "Mailbox auditing is on for the organisation (AuditDisabled is False). Last seen on 2026-02-01. "
            "This is judged at 2026-03-31; a change in between need not be known here."
        )
    ]


def collected(case: TinyCase) -> dict[str, tuple[str, str]]:
    return {name.removeprefix("cisa-collected-"): answer for name, answer in answers(case, "logs_collected").items()}


def test_logs_stated_whole_are_collected(case: TinyCase) -> None:
    """A statement that a log is whole supports it; for the others nothing is known."""
    case.given(collection_windows=[window("unified_audit_log"), window("signins_non_interactive")])

    assert collected(case) == {
        "unified-audit-log": ("supported", "log_collected"),
        "signins-interactive": ("undecidable", "log_not_collected"),
        "signins-non-interactive": ("supported", "log_collected"),
        "signins-service-principal": ("undecidable", "log_not_collected"),
        "signins-managed-identity": ("undecidable", "log_not_collected"),
    }


def test_a_window_that_was_not_got_contradicts(case: TinyCase) -> None:
    """What a collector says it did not get, and got nowhere else, is missing, whatever else is whole."""
    case.given(
        collection_windows=[
            window("unified_audit_log", until="2026-03-01"),
            window("unified_audit_log", since="2026-03-01", complete=False),
            window("signins_interactive"),
            window("signins_interactive", since="2026-03-02", until="2026-03-03", complete=False),
        ]
    )

    found = collected(case)

    assert found["unified-audit-log"] == ("contradicted", "log_incomplete")
    assert found["signins-interactive"] == ("supported", "log_collected")


@pytest.mark.parametrize(
    "windows",
    [[], [window("unified_audit_log_part")], [window("unified_audit_log", complete=None)], [window("ual", expected=9)]],
    ids=["no statement", "for some users", "nobody knows", "more records than are here"],
)
def test_records_without_proof_leave_it_open(case: TinyCase, windows: list[Row]) -> None:
    """Records alone do not show that they are all; neither does a statement of a part, or of more than the case holds."""
    case.given(audit_events=[audit(), audit("e2", record_type=2)], collection_windows=windows, signins=[signin()])

    found = collected(case)

    assert found["unified-audit-log"] == ("undecidable", "log_unproven")
    assert found["signins-interactive"] == ("undecidable", "log_unproven")


def test_a_search_that_found_nothing_is_no_proof(case: TinyCase) -> None:
    """A collector asked, the case holds nothing, and nothing says that there was nothing."""
    case.given(collection_windows=[window("signins_managed_identity", complete=None)])

    assert collected(case)["signins-managed-identity"] == ("undecidable", "log_unproven")


def test_bind_records_without_any_of_type_two_point_to_a_narrowed_search(case: TinyCase) -> None:
    """Mail accesses of type 50 alone: syncs may have been left out."""
    case.given(audit_events=[audit(), audit("e2", record_type=None)])

    assert collected(case)["unified-audit-log"] == ("undecidable", "record_type_missing")


def test_sign_ins_that_do_not_say_their_kind(case: TinyCase) -> None:
    """They may be of any kind, so no kind is shown to be missing."""
    case.given(signins=[signin(stream=None)])

    assert collected(case)["signins-non-interactive"] == ("undecidable", "log_unnamed")


def reach(case: TinyCase) -> dict[str, tuple[str, str]]:
    return {name.removeprefix("cisa-retention-"): answer for name, answer in answers(case, "log_reaches_back").items()}


YEAR = "2025-03-20"
"""More than twelve months before ``NOW``."""


def test_twelve_whole_months_with_records_reach_back(case: TinyCase) -> None:
    """Whole for twelve months, with a record in the first of them, and every user's records kept that long."""
    case.given(
        audit_events=[audit("old", YEAR), audit()],
        signins=[signin("old", YEAR), signin()],
        collection_windows=[
            window(f, YEAR) for f in ("unified_audit_log", "signins_interactive", "signins_non_interactive")
        ],
        mailbox_settings=[settings()],
        licences=[plan()],
    )

    assert reach(case) == {
        "unified-audit-log": ("supported", "log_reaches_back"),
        "signins": ("supported", "log_reaches_back"),
    }


def test_a_shorter_log_leaves_it_open(case: TinyCase) -> None:
    """What is kept elsewhere is not known; an old record that stands alone does not make a year."""
    case.given(
        audit_events=[audit("old", "2024-01-01"), audit()],
        signins=[signin("old", YEAR), signin()],
        collection_windows=[window("unified_audit_log"), window("signins_interactive", YEAR)],
    )

    assert reach(case) == {
        "unified-audit-log": ("undecidable", "log_shorter"),
        "signins": ("undecidable", "log_shorter"),
    }


def test_no_record_at_all(case: TinyCase) -> None:
    """A log that is not here says nothing of how long it is kept."""
    case.given(collection_windows=[window("unified_audit_log", YEAR)])

    assert reach(case) == {"unified-audit-log": ("undecidable", "no_record"), "signins": ("undecidable", "no_record")}


def test_a_whole_year_that_begins_late(case: TinyCase) -> None:
    """A search of twelve months that found nothing old: expired, or the tenant is younger."""
    case.given(audit_events=[audit()], collection_windows=[window("unified_audit_log", YEAR)])

    assert reach(case)["unified-audit-log"] == ("undecidable", "nothing_so_old")


@pytest.mark.parametrize("licences", [[], [plan(service_plan_id=STANDARD)], [plan(valid_to="2026-01-01")]])
def test_users_whose_records_expire_sooner(case: TinyCase, licences: list[Row]) -> None:
    """Without Audit (Premium) for every user, older records of some may have been gone before they were collected."""
    case.given(
        audit_events=[audit("old", YEAR), audit()],
        collection_windows=[window("unified_audit_log", YEAR)],
        mailbox_settings=[settings()],
        licences=licences,
    )

    assert reach(case)["unified-audit-log"] == ("undecidable", "kept_by_licence")


def retention(row_id: str, operation: str, at: str, duration: str | None, policy: str | None = "Short") -> Row:
    parameters = "[]" if duration is None else f'[{{"Name": "RetentionDuration", "Value": "{duration}"}}]'
    return audit(
        row_id,
        at,
        operation=f"{operation}-UnifiedAuditLogRetentionPolicy",
        object_id=policy,
        parameters=parameters,
        record_type=18,
    )


@pytest.mark.parametrize(
    ("acts", "code"),
    [
        ([retention("r1", "New", "2026-01-01", "ThreeMonths")], "retention_policy_short"),
        (
            [retention("r1", "New", "2026-01-01", "ThreeMonths"), retention("r2", "Set", "2026-01-02", None)],
            "retention_policy_short",
        ),
        ([retention("r1", "New", "2026-01-01", "TenYears")], "log_shorter"),
        (
            [retention("r1", "New", "2026-01-01", "ThreeMonths"), retention("r2", "Set", "2026-01-02", "TwelveMonths")],
            "log_shorter",
        ),
        (
            [retention("r1", "New", "2026-01-01", "ThreeMonths"), retention("r2", "Remove", "2026-01-02", None)],
            "log_shorter",
        ),
        ([retention("r1", "New", "2026-01-01", "ThreeMonths", policy=None)], "log_shorter"),
    ],
)
def test_retention_policies_that_were_shortened(case: TinyCase, acts: list[Row], code: str) -> None:
    """What a policy was set to last counts; one that was removed, or that is not named, does not."""
    case.given(audit_events=acts)

    verdict = "contradicted" if code == "retention_policy_short" else "undecidable"
    assert reach(case)["unified-audit-log"] == (verdict, code)


REPORT_ONLY = "enabledForReportingButNotEnforced"


@pytest.mark.parametrize(
    ("policies", "defaults", "expected"),
    [
        ([policy()], None, ("supported", "legacy_blocked")),
        (
            [policy(), policy("p2", conditions=ALL_CLIENTS, grant_controls=MFA)],
            "false",
            ("supported", "legacy_blocked"),
        ),
        ([policy(conditions=ALL_CLIENTS, grant_controls=MFA)], None, ("supported", "legacy_blocked_indirectly")),
        ([], "true", ("supported", "security_defaults_on")),
        ([policy(state=REPORT_ONLY)], "true", ("supported", "security_defaults_on")),
        ([policy(conditions=conditions(excluded='"u1"'))], None, ("undecidable", "legacy_block_excludes")),
        ([policy(conditions=conditions(users='"u1"'))], None, ("undecidable", "legacy_block_partial")),
        ([policy(conditions=conditions(clients='"other"'))], None, ("undecidable", "legacy_block_partial")),
        ([policy(conditions=conditions(applications='"a1"'))], None, ("undecidable", "legacy_block_partial")),
        (
            [policy(conditions=conditions(more='"locations":{"includeLocations":["l1"]},'))],
            None,
            ("undecidable", "legacy_block_partial"),
        ),
        (
            [policy(conditions=conditions(clients='"browser"', users='"u1"'), grant_controls=MFA)],
            None,
            ("contradicted", "legacy_not_blocked"),
        ),
        (
            [policy(grant_controls='{"builtInControls":["passwordChange"]}', conditions=ALL_CLIENTS)],
            "false",
            ("contradicted", "legacy_not_blocked"),
        ),
        ([policy(state="disabled")], "false", ("contradicted", "nothing_blocks_legacy")),
        ([policy(state=REPORT_ONLY)], None, ("undecidable", "security_defaults_unknown")),
        ([policy(state=None)], None, ("undecidable", "policies_unknown")),
        ([policy(conditions=None)], None, ("undecidable", "policies_unknown")),
        ([], "false", ("undecidable", "policies_unknown")),
        ([], None, ("undecidable", "policies_unknown")),
    ],
)
def test_legacy_authentication(
    case: TinyCase, policies: list[Row], defaults: str | None, expected: tuple[str, str]
) -> None:
    """Blocked for all; by what it cannot give; by security defaults; for some; for none; and not known."""
    case.given(
        conditional_access_policies=policies,
        tenant_settings=[] if defaults is None else [switch("security_defaults_enabled", defaults)],
    )

    assert answers(case, "legacy_authentication_blocked") == {LEGACY: expected}


def test_the_latest_state_of_a_policy_counts(case: TinyCase) -> None:
    """A policy that was switched off later does not block."""
    case.given(
        conditional_access_policies=[
            policy("p1", id="x"),
            policy("p2", id="x", state="disabled", modified_at="2026-02-01"),
            policy("p3", conditions=conditions(clients='"browser"')),
        ]
    )

    assert answers(case, "legacy_authentication_blocked") == {LEGACY: ("contradicted", "legacy_not_blocked")}


@pytest.mark.parametrize("moment", ["2026-01-01", None])
def test_states_of_a_policy_that_cannot_be_ordered_leave_it_open(case: TinyCase, moment: str | None) -> None:
    """Two states of one moment, or one without a time, and the policy is unknown."""
    case.given(
        conditional_access_policies=[policy("p1", id="x"), policy("p2", id="x", state="disabled", modified_at=moment)]
    )

    assert answers(case, "legacy_authentication_blocked") == {LEGACY: ("undecidable", "policies_unknown")}


def test_one_state_in_two_exports_is_one_policy(case: TinyCase) -> None:
    """Exports write the same conditions in two ways; what they say is the same."""
    shorter = '{"applications":{"includeApplications":["All"]},"clientAppTypes":["exchangeActiveSync","other"],"users":{"includeUsers":["All"]}}'
    case.given(conditional_access_policies=[policy("p1", id="x"), policy("p2", id="x", conditions=shorter)])

    assert answers(case, "legacy_authentication_blocked") == {LEGACY: ("supported", "legacy_blocked")}


def rule(forwards_to: str | None, row_id: str = "r1", **more: Any) -> Row:
    return {
        "row_id": row_id,
        "mailbox": BOB,
        "operation": "snapshot",
        "enabled": True,
        "forwards_to": forwards_to,
        **more,
    }


OUT = ("contradicted", "forwards_out")
ELSEWHERE = ("undecidable", "forwards_elsewhere")
NONE = ("undecidable", "no_forwarding_seen")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("eve@gmail.com")], OUT),
        ([rule('"Eve" [SMTP:Eve@GMail.com]; bob2@contoso.test', enabled=None)], OUT),
        ([rule("eve@contoso.test")], NONE),
        ([rule("eve@contoso.test; eve@fabrikam.test")], ELSEWHERE),
        ([rule("eve@contoso.test.fabrikam.test")], ELSEWHERE),
        ([rule("eve@notgmail.com")], ELSEWHERE),
        ([rule('"Eve" [EX:/o=ExchangeLabs/cn=eve]')], ELSEWHERE),
        ([rule("eve@gmail.com", enabled=False)], NONE),
        ([rule(None)], NONE),
        ([rule("")], NONE),
        ([], NONE),
        ([rule("eve@gmail.com", operation="New-InboxRule", time="2026-03-01")], OUT),
        (
            [
                rule("eve@gmail.com", operation="New-InboxRule", time="2026-03-01"),
                rule(None, "r2", operation="Remove-InboxRule", time="2026-03-02"),
            ],
            ELSEWHERE,
        ),
        (
            [
                rule("eve@gmail.com", operation="New-InboxRule", time="2026-03-03"),
                rule(None, "r2", operation="Remove-InboxRule", time="2026-03-02"),
            ],
            OUT,
        ),
        ([rule("eve@gmail.com"), rule(None, "r2", operation="Disable-InboxRule", time="2026-03-02")], ELSEWHERE),
    ],
)
def test_rules_that_forward(case: TinyCase, rules: list[Row], expected: tuple[str, str]) -> None:
    """To a public provider; to a known domain; to one that is not known; and rules that are off, removed or do not forward."""
    case.given(inbox_rules=rules, mailbox_settings=[settings()])

    assert answers(case, "no_external_forwarding") == {"cisa-no-external-forwarding": expected}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([("2026-03-01", '"smtp:eve@proton.me"')], OUT),
        ([("2026-03-01", '"smtp:eve@proton.me"'), ("2026-03-02", "null")], NONE),
        ([("2026-03-01", "null"), ("2026-03-02", '"eve@fabrikam.test"')], ELSEWHERE),
    ],
)
def test_mailboxes_that_forward(case: TinyCase, values: list[tuple[str, str]], expected: tuple[str, str]) -> None:
    """The address last seen counts."""
    case.given(
        mailbox_settings=[settings()],
        setting_observations=[sight("forwarding_smtp_address", value, at=at) for at, value in values],
    )

    assert answers(case, "no_external_forwarding") == {"cisa-no-external-forwarding": expected}


def test_forwarding_of_another_mailbox_is_not_asked(case: TinyCase) -> None:
    """Narrowed to a mailbox, the rules of others play no part."""
    case.given(inbox_rules=[rule("x@gmail.com", mailbox=EVE)], mailbox_settings=[settings(), settings(EVE)])

    assert answers(case, "no_external_forwarding", mailbox=BOB) == {"cisa-no-external-forwarding": NONE}


GRAPH = "00000003-0000-0000-c000-000000000000"


def test_applications_that_read_mail_are_counted_for_a_person(case: TinyCase) -> None:
    """Through a front the calling application counts; unknown ones are shown first; nothing is decided."""
    case.given(
        mail_accesses=[
            access("a1", app_id=GRAPH, client_app_id="aaaaaaaa-0000-4000-8000-000000000001"),
            access("a2", app_id="aaaaaaaa-0000-4000-8000-000000000001"),
            access("a3", app_id=GRAPH),
            access("a4"),
        ]
    )

    (found,) = case.ask("mail_app_baseline")

    assert found.verdict == "undecidable"
    assert [(r.code, r.sentence) for r in found.reasons] == [
        (
            "baseline_needs_a_person",
            (
                "1 applications of Microsoft and 1 that are not on its list read mail here (2 records by the latter, "
                "1 that name no application). A person has to say which of them are expected."
            ),
        )
    ]
    assert {ref.row_id for ref in found.refs} == {"a1", "a3", "a4"}


def test_without_mail_accesses_no_application_is_shown(case: TinyCase) -> None:
    """Nothing was read, in this case or in the mailbox asked for, so nothing shows who reads."""
    case.given(mail_accesses=[access(mailbox=EVE)])

    assert answers(case, "mail_app_baseline", mailbox=BOB) == {
        "cisa-mail-app-baseline": ("undecidable", "no_mail_access")
    }


def test_what_only_people_know_is_listed(case: TinyCase) -> None:
    """Three recommendations that no log answers."""
    case.given()

    assert answers(case, "people_asked") == dict.fromkeys(
        ("cisa-logs-searchable", "cisa-admin-accounts-separate", "cisa-provider-responsibilities"),
        ("undecidable", "people_must_answer"),
    )


def test_every_reason_code_is_in_a_test() -> None:
    """No code is left that no test expects."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    files = "".join(q.sql for q in questions("posture"))
    codes = set(re.findall(r"(?:THEN|ELSE) '([a-z]+(?:_[a-z]+)+)' *(?:END|WHEN|ELSE|\n)", files)) - TABLES.keys()

    assert len(codes) > 35
    assert {code for code in codes if f'"{code}"' not in tests} == set()


def test_a_large_case_gives_the_same_page_in_the_same_order(case: TinyCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions that share a claim are judged together, whichever way a case is judged."""
    case.given(mailbox_settings=[settings(audit_bypass=True)])
    names = [q.name for q in questions("posture")]
    case.ask(*names)
    at_once = case.rows("SELECT * FROM findings")

    monkeypatch.setattr(judging, "LARGE", -1)
    case.ask(*names)

    assert case.rows("SELECT * FROM findings") == at_once
