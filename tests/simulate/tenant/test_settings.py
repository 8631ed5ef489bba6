"""What holds before day 0."""

from __future__ import annotations

from collections import Counter

from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, build
from mailwitness.simulate.tenant.settings import ADVANCED_AUDITING, AUDIT_PLATFORM, DEFAULT_ACTIONS, GROUP_ACTIONS


def _held(tenant: Tenant) -> dict[tuple[str, str], str]:
    settings = tenant.initial_settings()
    held = {(subject, name): value for subject, name, value in settings}
    assert len(held) == len(settings)
    return held


def test_every_mailbox_has_every_setting(tenant: Tenant) -> None:
    """No mailbox lacks a switch, and no setting is declared twice."""
    held = _held(tenant)
    names = (
        "RecipientTypeDetails ServicePlan ImapEnabled PopEnabled SmtpClientAuthenticationDisabled EwsEnabled OWAEnabled ActiveSyncEnabled "
        "MAPIEnabled AuthenticationPolicy AuditEnabled DefaultAuditSet AuditAdmin AuditDelegate AuditOwner AuditLogAgeLimit "
        "ForwardingSmtpAddress DeliverToMailboxAndForward"
    ).split()

    for mailbox in tenant.mailboxes:
        assert {name for subject, name in held if subject == mailbox.guid} == set(names)
        assert held[mailbox.guid, "RecipientTypeDetails"] == mailbox.kind


def test_audit_licence_follows_the_plan(tenant: Tenant) -> None:
    """Premium for E5, the platform for E3 and business, nothing for frontline and unlicensed mailboxes."""
    held = _held(tenant)
    found = {(mailbox.plan, held[mailbox.guid, "ServicePlan"]) for mailbox in tenant.mailboxes}

    assert found == {
        ("e5", ADVANCED_AUDITING),
        ("e3", AUDIT_PLATFORM),
        ("business", AUDIT_PLATFORM),
        ("f3", ""),
        ("none", ""),
    }


def test_the_tenant_audits_and_nobody_is_bypassed(tenant: Tenant) -> None:
    """Switches of the organisation, and one bypass entry for each person, outsiders included."""
    held = _held(tenant)

    assert {name: value for (subject, name), value in held.items() if subject == ""} == {
        "AuditDisabled": "False",
        "UnifiedAuditLogIngestionEnabled": "True",
        "SmtpClientAuthenticationDisabled": "True",
        "DefaultAuthenticationPolicy": "",
        "SecurityDefaults": "False",
    }
    assert {held[person.object_id, "AuditBypassEnabled"] for person in tenant.people} == {"False"}
    assert [held[policy.id, "state"] for policy in tenant.policies] == [policy.state for policy in tenant.policies]


def test_few_mailboxes_differ() -> None:
    """Of 4,000 people the declared shares have a protocol off or a customised audit set; shared mailboxes have defaults."""
    tenant = build(Options(mailboxes=5000))
    held = _held(tenant)
    people = [m.guid for m in tenant.mailboxes if m.owner is not None]
    others = [m.guid for m in tenant.mailboxes if m.owner is None]
    share = {
        name: sum(held[guid, name] == value for guid in people) / len(people)
        for name, value in {
            "PopEnabled": "False",
            "ImapEnabled": "False",
            "SmtpClientAuthenticationDisabled": "False",
            "DefaultAuditSet": "Admin, Delegate",
        }.items()
    }

    assert 0.13 < share["PopEnabled"] < 0.19
    assert 0.04 < share["ImapEnabled"] < 0.08
    assert 0.015 < share["SmtpClientAuthenticationDisabled"] < 0.045
    assert 0.02 < share["DefaultAuditSet"] < 0.04
    assert Counter(held[guid, "DefaultAuditSet"] for guid in others) == {"Admin, Delegate, Owner": len(others)}
    custom = {
        "MailItemsAccessed" in held[guid, "AuditOwner"]
        for guid in people
        if held[guid, "DefaultAuditSet"] == "Admin, Delegate"
    }
    assert custom == {True, False}


def test_default_actions_hold_mail_access_and_group_sets_do_not() -> None:
    """MailItemsAccessed is in each default set; Send is not in the delegate's; a group mailbox has neither."""
    assert all("MailItemsAccessed" in actions for actions in DEFAULT_ACTIONS.values())
    assert {logon for logon, actions in DEFAULT_ACTIONS.items() if "Send" in actions} == {"Admin", "Owner"}
    assert not any({"MailItemsAccessed", "Send"} & set(actions) for actions in GROUP_ACTIONS.values())
