"""What holds before day 0: protocol switches, audit sets, licences, tenant switches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwitness.simulate.tenant.policies import Policy
from mailwitness.simulate.world import Mailbox, Person

ADVANCED_AUDITING = "2f442157-a11c-46b9-ae5b-6e39ff4e5849"
"""Service plan M365_ADVANCED_AUDITING: Audit (Premium)."""
AUDIT_PLATFORM = "f6de4823-28fa-440b-b886-4783fa86ddba"
"""Service plan M365_AUDIT_PLATFORM: Audit (Standard)."""

DEFAULT_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "Admin": tuple(
        "ApplyRecord Create HardDelete MailItemsAccessed MoveToDeletedItems Send SendAs SendOnBehalf SoftDelete Update "
        "UpdateCalendarDelegation UpdateFolderPermissions UpdateInboxRules".split()
    ),
    "Delegate": tuple(
        "ApplyRecord Create HardDelete MailItemsAccessed MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update "
        "UpdateFolderPermissions UpdateInboxRules".split()
    ),
    "Owner": tuple(
        "ApplyRecord HardDelete MailItemsAccessed MoveToDeletedItems Send SoftDelete Update UpdateCalendarDelegation "
        "UpdateFolderPermissions UpdateInboxRules".split()
    ),
}
"""Logon type → actions that Exchange audits by default (learn.microsoft.com/purview/audit-mailboxes)."""

GROUP_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "Admin": ("Create", "Update", "MoveToDeletedItems", "SoftDelete", "HardDelete", "SendAs", "SendOnBehalf"),
    "Delegate": ("Create", "Update", "MoveToDeletedItems", "SoftDelete", "HardDelete", "SendAs", "SendOnBehalf"),
    "Owner": ("Update", "MoveToDeletedItems", "SoftDelete", "HardDelete"),
}
"""The fixed set of a group mailbox, which no setting changes and which has neither MailItemsAccessed nor Send (same page)."""

LICENCE: Mapping[str, str] = {
    "e5": ADVANCED_AUDITING,
    "e3": AUDIT_PLATFORM,
    "business": AUDIT_PLATFORM,
    "f3": "",
    "none": "",
}


def initial_settings(
    mailboxes: tuple[Mailbox, ...], people: tuple[Person, ...], policies: tuple[Policy, ...]
) -> Iterator[tuple[str, str, str]]:
    """(subject, name, value) of every setting that exists."""
    tenant = {
        "AuditDisabled": "False",
        "UnifiedAuditLogIngestionEnabled": "True",
        "SmtpClientAuthenticationDisabled": "True",
        "DefaultAuthenticationPolicy": "",
        "SecurityDefaults": "False",
    }
    for name, value in tenant.items():
        yield "", name, value
    for policy in policies:
        yield policy.id, "state", policy.state
    for mailbox in mailboxes:
        held = {
            "RecipientTypeDetails": mailbox.kind,
            "ServicePlan": LICENCE[mailbox.plan],
            "ImapEnabled": "True",
            "PopEnabled": "True",
            "SmtpClientAuthenticationDisabled": "",
            "EwsEnabled": "True",
            "OWAEnabled": "True",
            "ActiveSyncEnabled": "True",
            "AuthenticationPolicy": "",
            "AuditEnabled": "True",
            "DefaultAuditSet": "Admin, Delegate, Owner",
            "AuditAdmin": ", ".join(DEFAULT_ACTIONS["Admin"]),
            "AuditDelegate": ", ".join(DEFAULT_ACTIONS["Delegate"]),
            "AuditOwner": ", ".join(DEFAULT_ACTIONS["Owner"]),
            "AuditLogAgeLimit": "90.00:00:00",
            "ForwardingSmtpAddress": "",
            "DeliverToMailboxAndForward": "False",
        }
        for name, value in held.items():
            yield mailbox.guid, name, value
    for person in people:
        yield person.object_id, "AuditBypassEnabled", "False"
