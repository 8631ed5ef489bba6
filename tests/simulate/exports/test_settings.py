"""What settings exports become in a case: two snapshots, each with its moment, that say what the timeline says."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from mailwitness.simulate.exports._objects import ADVANCED_AUDITING, PRODUCTS
from mailwitness.simulate.tenant import Tenant, Timeline
from mailwitness.simulate.world import Mailbox, Person
from mailwitness.workflow.case import Case
from tests.laws.cases import rows
from tests.simulate.exports.records import HOSTILE, HOUR, tenant_of, write

START, END = datetime(2026, 3, 2), datetime(2026, 3, 7)


def owner_and_mailbox() -> tuple[Person, Mailbox]:
    tenant = tenant_of()
    person = next(person for person in tenant.people if person.plan == "e5")
    mailbox = tenant.mailbox_of(person.number)
    assert mailbox is not None
    return person, mailbox


@cache
def changed() -> Timeline:
    """A timeline on which much changes on the first day."""
    tenant: Tenant = tenant_of()
    person, mailbox = owner_and_mailbox()
    at = tenant.start_at + HOUR
    rule = json.dumps(
        {"SubjectContainsWords": ["invoice", HOSTILE], "MoveToFolder": "RSS Feeds", "DeleteMessage": True}
    )
    return Timeline(
        tenant,
        [
            (mailbox.guid, "ImapEnabled", "False"),
            (mailbox.guid, "SmtpClientAuthenticationDisabled", ""),
            (mailbox.guid, "DefaultAuditSet", "Admin, Delegate, Owner"),
        ],
        [
            (at, mailbox.guid, "ImapEnabled", "True"),
            (at, mailbox.guid, "SmtpClientAuthenticationDisabled", "False"),
            (at, mailbox.guid, "DefaultAuditSet", "Admin"),
            (at, mailbox.guid, "AuditOwner", "HardDelete, Update"),
            (at, mailbox.guid, "ServicePlan", ""),
            (at, mailbox.guid, "InboxRule:.", rule),
            (at, person.object_id, "AuditBypassEnabled", "True"),
            (
                at,
                mailbox.guid,
                "AuthenticationPolicy",
                "Block basic: AllowBasicAuthImap False, AllowBasicAuthSmtp True",
            ),
            (at, "", "AuditDisabled", "True"),
            (at, "", "UnifiedAuditLogIngestionEnabled", "False"),
            (at, "", "SmtpClientAuthenticationDisabled", "False"),
            (at, tenant.policies[0].id, "state", "disabled"),
        ],
    )


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("settings")
    write("settings", folder / "settings", [], timeline=changed())
    case = Case.create(folder / "case")
    assert [] == case.add(folder / "settings", workers=1).problems
    return case


def test_both_snapshots_have_their_moments(case: Case) -> None:
    """Every mailbox that has protocol switches is known from the first moment of the period on, by a date in a file's name."""
    mailboxes = [mailbox for mailbox in tenant_of().mailboxes if mailbox.kind != "GroupMailbox"]

    assert [(START, "file_name", len(mailboxes)), (END, "file_name", len(mailboxes))] == rows(
        case,
        "SELECT time, time_from, count(*) FROM setting_observations WHERE setting = 'imap_enabled' GROUP BY ALL ORDER BY time",
    )


def test_a_mailboxs_settings_over_time_are_the_timelines(case: Case) -> None:
    """Before the change and, since nothing in the settings alone tells when it was made, from the second snapshot on after it."""
    _, mailbox = owner_and_mailbox()
    found = rows(
        case,
        "SELECT valid_from, imap_enabled, smtp_client_authentication_disabled, default_audit_set, audit_owner, audit_bypass "
        f"FROM mailbox_settings WHERE mailbox = '{mailbox.upn}' ORDER BY valid_from",
    )

    assert (START, False, None) == found[0][:3]
    assert ["Admin", "Delegate", "Owner"] == json.loads(found[0][3])
    assert (False, END, True, False, '["Admin"]', '["HardDelete", "Update"]', True) == (found[0][5], *found[1])


def test_the_tenants_switches_over_time_are_the_timelines(case: Case) -> None:
    assert [
        ("audit_disabled", "false", START), ("audit_disabled", "true", END),
        ("smtp_client_authentication_disabled", "true", START), ("smtp_client_authentication_disabled", "false", END),
        ("unified_audit_log_ingestion_enabled", "true", START), ("unified_audit_log_ingestion_enabled", "false", END),
    ] == rows(
        case,
        "SELECT setting, value, valid_from FROM tenant_settings WHERE setting IN ('audit_disabled', "
        "'smtp_client_authentication_disabled', 'unified_audit_log_ingestion_enabled') ORDER BY setting, valid_from",
    )  # fmt: skip


def test_an_authentication_policy_is_named_by_its_user_and_shown_beside(case: Case) -> None:
    """What the setting names and, for the rest, the vendor's default, which blocks."""
    _, mailbox = owner_and_mailbox()

    assert [(mailbox.upn, '"Block basic"')] == rows(
        case,
        "SELECT subject, value FROM setting_observations WHERE setting = 'authentication_policy' AND value <> 'null'",
    )
    assert [("false", 11), ("true", 1)] == rows(
        case,
        "SELECT value, count(*) FROM tenant_settings WHERE setting LIKE 'authentication_policy/Block basic/%' GROUP BY value ORDER BY value",
    )


def test_an_audit_licence_that_is_taken_away_ends(case: Case) -> None:
    """The product stays, its audit plan is off; the other plans and the others' plans go on."""
    person, _ = owner_and_mailbox()

    assert [(START, END)] == rows(
        case,
        f"SELECT valid_from, valid_to FROM licences WHERE user_principal_name = '{person.upn}' AND service_plan_id = '{ADVANCED_AUDITING[0]}'",
    )
    assert [(len(PRODUCTS["e5"][2]) - 1, datetime(9999, 12, 31))] == rows(
        case,
        f"SELECT count(*), max(valid_to) FROM licences WHERE user_principal_name = '{person.upn}' AND valid_to > '{END}' AND service_plan_id IS NOT NULL",
    )


def test_policies_and_inbox_rules_come_back(case: Case) -> None:
    """Policies of both snapshots; the rule that exists only at the second, its hostile word whole."""
    _, mailbox = owner_and_mailbox()
    policy = tenant_of().policies[0]

    assert [("disabled",), (policy.state,)] == rows(
        case, f"SELECT state FROM conditional_access_policies WHERE id = '{policy.id}' ORDER BY state"
    )
    ((owner, name, moves, deletes, conditions),) = rows(
        case, "SELECT mailbox, rule_name, moves_to, deletes, conditions FROM inbox_rules"
    )
    assert (mailbox.upn, ".", "RSS Feeds", True) == (owner, name, moves, deletes)
    assert {"SubjectContainsWords": f"invoice, {HOSTILE}"} == json.loads(conditions)


def test_the_extractor_suites_tables_say_the_same(tmp_path: Path) -> None:
    """Audit sets at both moments; the tool's own mistake with bypasses is kept, so its False is nothing known."""
    _, mailbox = owner_and_mailbox()
    write("mes", tmp_path / "mes", [], timeline=changed())
    case = Case.create(tmp_path / "case")

    assert [] == case.add(tmp_path / "mes", workers=1).problems
    found = rows(
        case,
        f"SELECT valid_from, default_audit_set, audit_bypass FROM mailbox_settings WHERE mailbox = '{mailbox.upn}' ORDER BY valid_from",
    )
    assert [(START, None), (END, None)] == [(row[0], row[2]) for row in found]
    assert [["Admin", "Delegate", "Owner"], ["Admin"]] == [sorted(json.loads(row[1])) for row in found]
    assert [(".", "RSS Feeds")] == rows(case, "SELECT rule_name, moves_to FROM inbox_rules")
