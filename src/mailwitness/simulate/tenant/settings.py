"""What holds before day 0: protocol switches, audit sets, licences, tenant switches. Values are declared in ``settings.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.tenant.policies import Policy
from mailwitness.simulate.world import ClientKind, Mailbox, Person, Plan

ADVANCED_AUDITING = "2f442157-a11c-46b9-ae5b-6e39ff4e5849"
"""Service plan M365_ADVANCED_AUDITING: Audit (Premium)."""
AUDIT_PLATFORM = "f6de4823-28fa-440b-b886-4783fa86ddba"
"""Service plan M365_AUDIT_PLATFORM: Audit (Standard)."""

_KNOWN = declared("settings")

DEFAULT_ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {logon: tuple(actions) for logon, actions in _KNOWN["default_actions"].items()}
)
"""Logon type (Admin, Delegate, Owner) → actions that Exchange audits by default."""

GROUP_ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {logon: tuple(actions) for logon, actions in _KNOWN["group_actions"].items()}
)
"""Logon type → actions of a group mailbox, which no setting changes."""

LICENCES: Mapping[Plan, str] = MappingProxyType(dict(_KNOWN["licences"]))
"""Plan → service plan that entitles to mailbox audit records, '' where there is none."""

_SWITCHES: Mapping[str, ClientKind] = {"ImapEnabled": "imap", "PopEnabled": "pop"}


def closed_protocols(chance: Chance, mailbox: Mailbox) -> frozenset[ClientKind]:
    """Kinds of clients that the mailbox refuses before day 0."""
    held = _exception(chance, mailbox)
    return frozenset(kind for name, kind in _SWITCHES.items() if held.get(name) == "False")


def initial_settings(
    chance: Chance, mailboxes: tuple[Mailbox, ...], people: tuple[Person, ...], policies: tuple[Policy, ...]
) -> Iterator[tuple[str, str, str]]:
    """(subject, name, value) of every setting that exists."""
    for name, value in _KNOWN["tenant"].items():
        yield "", name, value
    for policy in policies:
        yield policy.id, "state", policy.state
    sets = {f"Audit{logon}": ", ".join(actions) for logon, actions in DEFAULT_ACTIONS.items()}
    for mailbox in mailboxes:
        held: dict[str, str] = {
            "RecipientTypeDetails": mailbox.kind,
            "ServicePlan": LICENCES[mailbox.plan],
            **_KNOWN["mailbox"],
            **sets,
        }
        held |= _exception(chance, mailbox)
        for name, value in held.items():
            yield mailbox.guid, name, value
    for person in people:
        yield person.object_id, "AuditBypassEnabled", "False"


def _exception(chance: Chance, mailbox: Mailbox) -> dict[str, str]:
    """What this mailbox has otherwise than the rest."""
    if mailbox.owner is None:
        return {}
    luck = chance.share("exception", mailbox.number)
    for exception in _KNOWN["exceptions"]:
        if luck < exception["share"]:
            return dict(exception["values"])
        luck -= exception["share"]
    return {}
