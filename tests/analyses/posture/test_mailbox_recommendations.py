"""Recommendations about every mailbox: audited actions, bypass, plans, protocols."""

from __future__ import annotations

from typing import Any

import pytest

from tests.analyses.conftest import TinyCase
from tests.analyses.posture.rows import (
    BOB,
    EVE,
    NOW,
    STANDARD,
    access,
    answers,
    audit,
    plan,
    plan_sight,
    settings,
    sight,
    signin,
    switch,
    window,
)

ALL_SETS = '["Admin", "Delegate", "Owner"]'
WHOLE_SIGNINS = [window("signins_interactive"), window("signins_non_interactive")]


def test_what_microsoft_manages_holds_reading_and_sending(case: TinyCase) -> None:
    """The managed set records MailItemsAccessed and Send; searches are only recorded where the list says so."""
    case.given(mailbox_settings=[settings(default_audit_set=ALL_SETS)])

    assert answers(case, "actions_audited") == {
        "cisa-logs-mailitemsaccessed": ("supported", "action_audited"),
        "cisa-logs-send": ("supported", "action_audited"),
        "cisa-logs-search": ("undecidable", "action_audit_unknown"),
    }


def test_lists_that_name_the_actions_are_believed(case: TinyCase) -> None:
    """A customised list that holds an action records it."""
    own = '["MailItemsAccessed", "Send", "SearchQueryInitiated"]'
    case.given(
        mailbox_settings=[
            settings(
                default_audit_set="[]",
                audit_owner=own,
                audit_delegate='["MailItemsAccessed"]',
                audit_admin='["MailItemsAccessed"]',
            )
        ]
    )

    assert set(answers(case, "actions_audited").values()) == {("supported", "action_audited")}


def test_one_mailbox_that_fails_decides(case: TinyCase) -> None:
    """A customised list without an action contradicts, whatever is unknown of other mailboxes; the failing ones are shown."""
    case.given(
        mailbox_settings=[
            settings(
                default_audit_set='["Admin", "Delegate"]',
                audit_owner='["Update"]',
                audit_delegate='["MailItemsAccessed"]',
            ),
            settings(EVE),
        ]
    )

    found = case.ask("actions_audited")

    assert {f.subject: (f.verdict, f.severity, f.reasons[0].code) for f in found} == {
        "cisa-logs-mailitemsaccessed": ("contradicted", "high", "action_not_audited"),
        "cisa-logs-send": ("contradicted", "medium", "action_not_audited"),
        "cisa-logs-search": ("contradicted", "medium", "action_not_audited"),
    }
    assert {(ref.table_name, ref.row_id) for f in found for ref in f.refs} == {("mailbox_settings", f"ms-{BOB}")}
    sentence = next(f for f in found if f.subject == "cisa-logs-mailitemsaccessed").reasons[0].sentence
    assert sentence.startswith(f"MailItemsAccessed is not audited in 1 of 2 mailboxes, among them {BOB} (1 unknown).")
    assert "Set-Mailbox -Identity <mailbox> -DefaultAuditSet Admin,Delegate,Owner" in sentence


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"default_audit_set": ALL_SETS, "audit_owner": '["Update"]'},
        {"default_audit_set": '["Admin", "Delegate"]'},
        {"audit_owner": '["Update"]'},
    ],
    ids=["nothing", "a managed list shown without it", "a customised list not seen", "the set not seen"],
)
def test_lists_that_do_not_tell_leave_reading_open(case: TinyCase, known: dict[str, str]) -> None:
    """Neither an unknown list nor a managed one that shows less than it should decides of MailItemsAccessed."""
    case.given(mailbox_settings=[settings(**known)])

    assert answers(case, "actions_audited")["cisa-logs-mailitemsaccessed"] == ("undecidable", "action_audit_unknown")


def test_a_name_that_holds_another_action_is_not_it(case: TinyCase) -> None:
    """SendAs and SendOnBehalf are not Send."""
    case.given(
        mailbox_settings=[settings(default_audit_set='["Admin", "Delegate"]', audit_owner='["SendAs", "SendOnBehalf"]')]
    )

    assert answers(case, "actions_audited")["cisa-logs-send"] == ("contradicted", "action_not_audited")


def test_mailboxes_that_cannot_record_are_left_out(case: TinyCase) -> None:
    """A room's or a group's lists do not count; with nothing else, no mailbox is known."""
    case.given(mailbox_settings=[settings(recipient_type="RoomMailbox", default_audit_set="[]", audit_owner="[]")])

    assert set(answers(case, "actions_audited").values()) == {("undecidable", "no_mailbox_known")}


def test_settings_of_an_earlier_time_do_not_count(case: TinyCase) -> None:
    """Only what was seen last is judged."""
    case.given(
        mailbox_settings=[
            settings(
                row_id="old", valid_from="2026-01-01", valid_to="2026-03-30", default_audit_set="[]", audit_owner="[]"
            ),
            settings(default_audit_set=ALL_SETS),
        ]
    )

    assert answers(case, "actions_audited")["cisa-logs-send"] == ("supported", "action_audited")


def test_a_setting_of_a_name_that_may_be_any_mailbox_leaves_it_open(case: TinyCase) -> None:
    """A failing setting of an unknown name is no proof that a mailbox fails, and no proof that none does."""
    case.given(
        mailbox_settings=[
            settings(default_audit_set=ALL_SETS),
            settings("someone", default_audit_set='["Admin", "Delegate"]', audit_owner='["Update"]'),
        ]
    )

    assert answers(case, "actions_audited")["cisa-logs-send"] == ("undecidable", "action_audit_unknown")


def test_a_mailbox_known_by_its_accesses_alone_is_unknown(case: TinyCase) -> None:
    """A mailbox that was read and whose settings nobody saw leaves every recommendation about mailboxes open."""
    case.given(mailbox_settings=[settings(default_audit_set=ALL_SETS)], mail_accesses=[access(mailbox=EVE)])

    found = case.ask("actions_audited")

    assert {f.verdict for f in found} == {"undecidable"}
    assert ("mail_accesses", "a1") in {(r.table_name, r.row_id) for f in found for r in f.refs}


def test_asked_for_one_mailbox_it_is_judged_alone(case: TinyCase) -> None:
    """Narrowed to a mailbox, another that fails plays no part, and the finding is of that mailbox."""
    case.given(
        mailbox_settings=[settings(default_audit_set=ALL_SETS), settings(EVE, default_audit_set="[]", audit_owner="[]")]
    )

    found = [f for f in case.ask("actions_audited", mailbox=BOB) if f.subject == "cisa-logs-send"]

    assert [(f.verdict, f.mailbox) for f in found] == [("supported", BOB)]


def test_the_date_of_the_sight_is_said_and_its_age(case: TinyCase) -> None:
    """A sight long before the newest record says so; the time asked for counts as the newest."""
    case.given(
        mailbox_settings=[settings(default_audit_set=ALL_SETS)],
        setting_observations=[sight("default_audit_set", ALL_SETS)],
    )

    fresh = next(f for f in case.ask("actions_audited") if f.subject == "cisa-logs-send")
    stale = next(f for f in case.ask("actions_audited", as_of="2026-06-01") if f.subject == "cisa-logs-send")

    assert fresh.reasons[0].sentence == (
        "Send is audited in each of the 1 mailboxes known here. Last seen between 2026-03-30 and 2026-03-30."
    )
    assert stale.reasons[0].sentence == (
        fresh.reasons[0].sentence + " This is judged at 2026-06-01; a change in between need not be known here."
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([settings(audit_bypass=False), settings(EVE, audit_bypass=False)], ("supported", "none_bypasses")),
        ([settings(audit_bypass=True), settings(EVE)], ("contradicted", "account_bypasses")),
        ([settings(audit_bypass=False), settings(EVE)], ("undecidable", "bypass_unknown")),
        ([], ("undecidable", "no_mailbox_known")),
    ],
)
def test_accounts_exempt_from_auditing(case: TinyCase, known: list[dict[str, Any]], expected: Any) -> None:
    """All seen not to be exempt, one exempt, one unknown, none known."""
    case.given(mailbox_settings=known)

    assert answers(case, "no_audit_bypass") == {"cisa-no-audit-bypass": expected}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("2026-03-20", ("contradicted", "account_bypasses")),
        ("2026-03-31", ("undecidable", "bypass_unknown")),
    ],
)
def test_an_exempt_account_counts_whatever_its_name(case: TinyCase, listed: str, expected: tuple[str, str]) -> None:
    """A service account without a mailbox is exempt all the same; a later list may show it under another name."""
    case.given(
        mailbox_settings=[settings(audit_bypass=False), settings("svc", audit_bypass=True, recipient_type=None)],
        setting_observations=[
            sight("audit_bypass_enabled", "true", "svc"),
            sight("audit_bypass_enabled", "false", at=listed),
        ],
    )
    case.connection.execute("UPDATE setting_observations SET how = 'change' WHERE subject = 'svc'")

    assert answers(case, "no_audit_bypass") == {"cisa-no-audit-bypass": expected}


def test_accounts_nobody_signs_in_to_count_only_where_seen(case: TinyCase) -> None:
    """A shared mailbox's account that was not asked about leaves nothing open; one that is exempt decides."""
    shared = settings("team@contoso.test", recipient_type="SharedMailbox")
    case.given(mailbox_settings=[settings(audit_bypass=False), shared])
    unseen = answers(case, "no_audit_bypass")
    case.connection.execute("UPDATE mailbox_settings SET audit_bypass = TRUE WHERE recipient_type = 'SharedMailbox'")

    assert unseen == {"cisa-no-audit-bypass": ("supported", "none_bypasses")}
    assert answers(case, "no_audit_bypass") == {"cisa-no-audit-bypass": ("contradicted", "account_bypasses")}


def test_a_plan_of_either_kind_meets_it(case: TinyCase) -> None:
    """Premium or Standard; shared mailboxes need none."""
    case.given(
        mailbox_settings=[settings(), settings(EVE), settings("team@contoso.test", recipient_type="SharedMailbox")],
        licences=[plan(), plan(EVE, STANDARD)],
    )

    assert answers(case, "audit_plan") == {"cisa-audit-plan": ("supported", "audit_plan_assigned")}


@pytest.mark.parametrize("taken_away", [[], [plan(valid_to="2026-03-30")]], ids=["never had", "taken away"])
def test_a_user_whose_plans_lack_it_fails(case: TinyCase, taken_away: list[dict[str, Any]]) -> None:
    """A list of a user's plans without one of Purview Audit contradicts."""
    case.given(mailbox_settings=[settings(), settings(EVE)], licences=taken_away, licence_observations=[plan_sight()])

    found = case.ask("audit_plan")

    assert [(f.verdict, [r.code for r in f.reasons], [(r.table_name, r.row_id) for r in f.refs]) for f in found] == [
        ("contradicted", ["audit_plan_missing"], [("licence_observations", plan_sight()["row_id"])])
    ]


@pytest.mark.parametrize(
    ("known", "seen", "code"),
    [
        ([settings()], [], "audit_plan_unknown"),
        ([settings()], [plan_sight(service_plan_id=None)], "audit_plan_unknown"),
        ([], [], "no_mailbox_known"),
    ],
    ids=["no list", "a product without its plans", "no mailbox"],
)
def test_plans_that_nobody_listed_leave_it_open(
    case: TinyCase, known: list[dict[str, Any]], seen: list[dict[str, Any]], code: str
) -> None:
    """Without a list of plans, or of mailboxes, nothing is decided."""
    case.given(mailbox_settings=known, licence_observations=seen)

    assert answers(case, "audit_plan") == {"cisa-audit-plan": ("undecidable", code)}


def protocols(case: TinyCase) -> dict[str, tuple[str, str]]:
    return {
        name.removeprefix("cisa-").removesuffix("-off-where-unused"): answer
        for name, answer in answers(case, "unused_protocols_off").items()
    }


def test_protocols_that_are_off_meet_it(case: TinyCase) -> None:
    """Off is off, and nothing of sign-ins need be known."""
    case.given(
        mailbox_settings=[
            settings(
                imap_enabled=False, pop_enabled=False, smtp_client_authentication_disabled=True, recipient_type=None
            )
        ]
    )

    assert set(protocols(case).values()) == {("supported", "protocol_off_where_unused")}


def test_a_protocol_that_is_on_and_not_used_fails(case: TinyCase) -> None:
    """On, and the whole sign-ins of 30 days show no success by it; a failure is no use."""
    case.given(
        mailbox_settings=[settings(imap_enabled=True, pop_enabled=True, smtp_client_authentication_disabled=False)],
        signins=[signin(client_app_used="IMAP4", error_code=50126)],
        audit_events=[audit(at=NOW)],
        collection_windows=WHOLE_SIGNINS,
    )

    assert set(protocols(case).values()) == {("contradicted", "protocol_on_and_unused")}


def test_use_by_a_sign_in_or_a_mail_access_meets_it(case: TinyCase) -> None:
    """What is on and used is not unused: a logged success, or mail read by a client of the protocol."""
    case.given(
        mailbox_settings=[settings(imap_enabled=True, pop_enabled=True, smtp_client_authentication_disabled=False)],
        signins=[signin("s1", client_app_used="IMAP4"), signin("s2", client_app_used="Authenticated SMTP")],
        mail_accesses=[access(client="pop")],
        collection_windows=WHOLE_SIGNINS,
    )

    assert set(protocols(case).values()) == {("supported", "protocol_off_where_unused")}


@pytest.mark.parametrize(
    ("windows", "kind"),
    [
        ([], "UserMailbox"),
        ([window("signins_interactive")], "UserMailbox"),
        ([window("signins_interactive", since="2026-03-20"), window("signins_non_interactive")], "UserMailbox"),
        ([window("signins_interactive", until="2026-03-20"), window("signins_non_interactive")], "UserMailbox"),
        (WHOLE_SIGNINS, "SharedMailbox"),
    ],
    ids=["no sign-ins", "no non-interactive ones", "too short", "too old", "a shared mailbox"],
)
def test_use_that_cannot_be_excluded_leaves_it_open(case: TinyCase, windows: list[dict[str, Any]], kind: str) -> None:
    """Absence of use counts only where both kinds of sign-in are whole for 30 days, and never of a shared mailbox."""
    case.given(
        mailbox_settings=[settings(imap_enabled=True, recipient_type=kind)],
        audit_events=[audit(at=NOW)],
        collection_windows=windows,
    )

    assert protocols(case)["imap"] == ("undecidable", "protocol_use_unknown")


def test_unknown_switches_leave_it_open(case: TinyCase) -> None:
    """A switch nobody saw decides nothing; without mailboxes there is nothing to judge."""
    nothing = protocols(case_given(case))
    case.given(mailbox_settings=[settings()])

    assert set(nothing.values()) == {("undecidable", "no_mailbox_known")}
    assert set(protocols(case).values()) == {("undecidable", "protocol_unknown")}


def case_given(case: TinyCase) -> TinyCase:
    case.given()
    return case


@pytest.mark.parametrize(
    ("tenant", "expected"),
    [
        ("true", ("supported", "protocol_off_where_unused")),
        ("false", ("contradicted", "protocol_on_and_unused")),
        (None, ("undecidable", "protocol_unknown")),
    ],
)
def test_smtp_auth_that_is_inherited_is_the_tenants(case: TinyCase, tenant: str | None, expected: Any) -> None:
    """A mailbox seen with no value of its own has the tenant's, if that was seen."""
    case.given(
        mailbox_settings=[settings()],
        setting_observations=[sight("smtp_client_authentication_disabled", "null")],
        tenant_settings=[switch("smtp_client_authentication_disabled", tenant)],
        audit_events=[audit(at=NOW)],
        collection_windows=WHOLE_SIGNINS,
    )

    assert protocols(case)["smtp-auth"] == expected


def test_the_first_twenty_failing_mailboxes_are_shown(case: TinyCase) -> None:
    """The number is in the sentence, the rows are bounded."""
    case.given(mailbox_settings=[settings(f"m{n:02}@contoso.test", audit_bypass=True) for n in range(25)])

    (found,) = case.ask("no_audit_bypass")

    assert found.reasons[0].sentence.startswith("25 of 25 accounts are exempt")
    assert len(found.refs) == 20
