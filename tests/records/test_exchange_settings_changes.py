"""What admin cmdlets changed, read from their names and parameters."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from mailwitness.records.exchange_settings_changes import inbox_rule_of, settings_changes

AT = datetime(2026, 3, 2, 9, 0)
ROW = {"row_id": "audit:1", "result_status": "True"}


def changed(operation: str, *parameters: tuple[str, str], object_id: str | None = None) -> dict[str, Any]:
    rows = settings_changes(operation, list(parameters), object_id, AT, ROW)
    return {row["setting"]: json.loads(row["value"]) for row in rows}


def test_cas_mailbox_change_gives_one_whole_row_per_setting() -> None:
    """Each named setting is one observation at the record's time, of the mailbox as written."""
    rows = settings_changes(
        "Set-CASMailbox", [("Identity", "Ana@contoso.test"), ("PopEnabled", "False")], "contoso.test/ana", AT, ROW
    )

    assert rows == [
        {
            "row_id": "audit:1/pop_enabled",
            "time": AT,
            "subject_kind": "mailbox",
            "subject": "Ana@contoso.test",
            "setting": "pop_enabled",
            "value": "false",
            "how": "change",
            "learned_from": "Set-CASMailbox",
            "time_from": "record",
        }
    ]


def test_null_is_kept_only_where_the_vendor_gives_it_a_meaning() -> None:
    """A null SMTP switch inherits the tenant's value; a null IMAP switch says nothing."""
    assert changed(
        "Set-CASMailbox", ("SmtpClientAuthenticationDisabled", "$null"), ("ImapEnabled", ""), object_id="ana"
    ) == {"smtp_client_authentication_disabled": None}


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "Set-TransportConfig",
            [("SmtpClientAuthenticationDisabled", "True")],
            {"smtp_client_authentication_disabled": True},
        ),
        ("Set-OrganizationConfig", [("AuditDisabled", "$true")], {"audit_disabled": True}),
        (
            "Set-OrganizationConfig",
            [("DefaultAuthenticationPolicy", "Block Basic")],
            {"default_authentication_policy": "Block Basic"},
        ),
        (
            "Set-AdminAuditLogConfig",
            [("UnifiedAuditLogIngestionEnabled", "False")],
            {"unified_audit_log_ingestion_enabled": False},
        ),
        ("Set-MailboxAuditBypassAssociation", [("AuditByPassEnabled", "True")], {"audit_bypass_enabled": True}),
        ("Set-User", [("AuthenticationPolicy", "Allow IMAP")], {"authentication_policy": "Allow IMAP"}),
        ("New-AuthenticationPolicy", [("Name", "P"), ("AllowBasicAuthImap", "True")], {"allow_basic_auth_imap": True}),
        ("Set-Mailbox", [("AuditEnabled", "False")], {"audit_enabled": False}),
        (
            "Set-Mailbox",
            [("ForwardingSmtpAddress", "smtp:out@example.org"), ("DeliverToMailboxAndForward", "True")],
            {"forwarding_smtp_address": "smtp:out@example.org", "deliver_to_mailbox_and_forward": True},
        ),
        ("Set-Mailbox", [("ForwardingSmtpAddress", "")], {"forwarding_smtp_address": None}),
        ("Set-Mailbox", [("Type", "Shared")], {"recipient_type_details": "SharedMailbox"}),
        (
            "Set-Mailbox",
            [("DefaultAuditSet", "Admin, Owner")],
            {"default_audit_set": {"add": ["Admin", "Owner"], "remove": []}},
        ),
        ("Set-Mailbox", [("Office", "Ghent")], {}),
        ("Get-Mailbox", [("AuditEnabled", "False")], {}),
    ],
)
def test_each_cmdlet_gives_its_settings(operation: str, parameters: list[tuple[str, str]], expected: object) -> None:
    """Every setting cmdlet of the list is read; parameters that are no known setting are not."""
    assert changed(operation, *parameters, object_id="x") == expected


def test_customising_actions_takes_the_logon_type_out_of_the_default_set() -> None:
    """A list set by hand is no longer managed by Microsoft, as documented for DefaultAuditSet."""
    assert changed("Set-Mailbox", ("AuditOwner", "Update,Move"), object_id="ana") == {
        "audit_owner": ["Move", "Update"],
        "default_audit_set": {"add": [], "remove": ["Owner"]},
    }


def test_added_and_removed_actions_are_a_difference_to_replay() -> None:
    """A record that says only what was added and removed does not say what the list then was."""
    assert changed(
        "Set-Mailbox", ("AuditDelegate", '@{Add="MailItemsAccessed","Send"; Remove="Move"}'), object_id="ana"
    ) == {
        "audit_delegate": {"add": ["MailItemsAccessed", "Send"], "remove": ["Move"]},
        "default_audit_set": {"add": [], "remove": ["Delegate"]},
    }


@pytest.mark.parametrize(
    "written",
    [
        "@{Remove=MailItemsAccessed}",
        '{"Remove":"MailItemsAccessed"}',
        '{"@odata.type":"#Exchange.GenericHashTable","Remove":["MailItemsAccessed"]}',
        '{"remove": "MailItemsAccessed"',
    ],
)
def test_a_difference_is_read_however_its_hash_table_is_written(written: str) -> None:
    """As PowerShell shows it, as JSON with or without its type, or cut off: an action that was removed is never taken for one that is listed."""
    assert changed("Set-Mailbox", ("AuditOwner", written), object_id="ana") == {
        "audit_owner": {"add": [], "remove": ["MailItemsAccessed"]},
        "default_audit_set": {"add": [], "remove": ["Owner"]},
    }


def test_failed_cmdlet_changed_nothing() -> None:
    """ResultStatus False of an admin cmdlet gives no observation."""
    failed = {"row_id": "audit:1", "result_status": "False"}

    assert settings_changes("Set-CASMailbox", [("PopEnabled", "True")], "ana", AT, failed) == []


def test_subject_is_identity_else_object_and_empty_for_the_tenant() -> None:
    """The subject is written as the record wrote it; the tenant has none; a policy is named."""
    subjects = [
        settings_changes(operation, parameters, object_id, AT, ROW)[0]["subject"]
        for operation, parameters, object_id in (
            ("Set-CASMailbox", [("PopEnabled", "True")], "contoso.test/Users/Ana"),
            ("Set-TransportConfig", [("SmtpClientAuthenticationDisabled", "True")], "contoso.test/Transport Settings"),
            ("Set-AuthenticationPolicy", [("Identity", "Block"), ("AllowBasicAuthPop", "False")], None),
        )
    ]

    assert subjects == ["contoso.test/Users/Ana", "", "Block"]


def test_new_inbox_rule_gives_a_whole_row() -> None:
    """Actions and conditions are told apart; plumbing parameters are neither."""
    row = inbox_rule_of(
        "New-InboxRule",
        [
            ("AlwaysDeleteOutlookRulesBlob", "False"),
            ("Force", "False"),
            ("MoveToFolder", "RSS Feeds"),
            ("Name", "."),
            ("SubjectContainsWords", "phish;invoice"),
            ("ForwardTo", "out@example.org"),
            ("DeleteMessage", "False"),
        ],
        "EURPR01A001.PROD.OUTLOOK.COM/Hosted/contoso.test/ana\\.",
        AT,
        "Ana@contoso.test",
        "203.0.113.5",
    )

    assert row == {
        "time": AT,
        "mailbox": "ana@contoso.test",
        "operation": "New-InboxRule",
        "rule_name": ".",
        "rule_id": None,
        "enabled": True,
        "conditions": '{"SubjectContainsWords": "phish;invoice"}',
        "actions": '{"DeleteMessage": "False", "ForwardTo": "out@example.org", "MoveToFolder": "RSS Feeds"}',
        "forwards_to": "out@example.org",
        "deletes": False,
        "moves_to": "RSS Feeds",
        "client_ip": "203.0.113.5",
        "user_id": "Ana@contoso.test",
    }


def test_disable_names_the_mailbox_and_rule_of_its_identity() -> None:
    """Identity ``mailbox\\number`` gives mailbox and rule id; an admin acts on another's mailbox."""
    row = inbox_rule_of(
        "Disable-InboxRule", [("Identity", "ana@contoso.test\\1844674")], None, AT, "admin@contoso.test", None
    )

    assert row is not None
    assert (row["mailbox"], row["rule_id"], row["rule_name"], row["enabled"], row["deletes"]) == (
        "ana@contoso.test", "1844674", None, False, None,
    )  # fmt: skip


def test_outlook_made_rule_is_read_from_its_action_list() -> None:
    """UpdateInboxRules keeps its actions as JSON in one property."""
    row = inbox_rule_of(
        "UpdateInboxRules",
        [
            ("RuleOperation", "AddMailboxRule"),
            ("RuleId", "77"),
            ("RuleState", "Enabled"),
            ("RuleCondition", "Subject contains invoice"),
            ("RuleName", "x"),
            ("RuleActions", '[{"ActionType":"Forward","Recipients":["out@example.org"]},{"ActionType":"Delete"}]'),
        ],
        None,
        AT,
        "ana@contoso.test",
        None,
    )

    assert row is not None
    assert (row["rule_name"], row["rule_id"], row["enabled"], row["forwards_to"], row["deletes"]) == (
        "x", "77", True, "out@example.org", True,
    )  # fmt: skip
    assert row["conditions"] == '{"RuleCondition": "Subject contains invoice"}'


def test_other_operations_are_no_rule() -> None:
    """Anything else gives nothing."""
    assert inbox_rule_of("Set-Mailbox", [], None, AT, None, None) is None
