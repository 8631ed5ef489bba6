"""Inbox rules as settings of a mailbox: ``InboxRule:<name>``, the value a JSON object of the rule's properties, '' while there is none.

What a command or a program does to a rule is a change of that setting. Nothing that the service records depends on it, so daily life may
change rules on the way, and need not plan them for all days at once.

Source: https://learn.microsoft.com/powershell/module/exchange/new-inboxrule ; set-inboxrule, enable-inboxrule, disable-inboxrule, remove-inboxrule
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailwitness.simulate.tenant.tenant import Tenant

PREFIX = "InboxRule:"
_SWITCHED = {"Enable-InboxRule": True, "Disable-InboxRule": False}
COMMANDS = frozenset({"New-InboxRule", "Set-InboxRule", "Remove-InboxRule", *_SWITCHED})
_NO_PROPERTIES = frozenset({"Name", "Identity", "Mailbox", "Confirm", "Force", "AlwaysDeleteOutlookRulesBlob"})
_LISTS = frozenset({"From", "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "SentTo"})


def setting_name(rule: str) -> str:
    """The name of the setting that a rule is."""
    return PREFIX + rule


def rule_of(parameters: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The properties that a command's parameters give a rule: switches as booleans, words and addresses as lists."""
    made: dict[str, object] = {}
    for name, text in parameters:
        if name in _NO_PROPERTIES:
            continue
        if text in ("True", "False"):
            made[name] = text == "True"
        elif name in _LISTS or name.endswith("Words"):
            made[name] = [part.strip() for part in text.split(";")]
        else:
            made[name] = text
    return made


def change_by(
    tenant: Tenant, operation: str, target: str, parameters: Iterable[tuple[str, str]], held: str
) -> tuple[str, str, str]:
    """(mailbox's GUID, setting, new value) of a rule command about ``<address>\\<rule>``. ``held``: the value before it."""
    mailbox, rule = parsed(tenant, target)
    if operation == "Remove-InboxRule":
        return mailbox, setting_name(rule), ""
    properties = {"Enabled": True} if operation == "New-InboxRule" else json.loads(held or "{}")
    properties |= rule_of(parameters)
    if operation in _SWITCHED:
        properties["Enabled"] = _SWITCHED[operation]
    return mailbox, setting_name(rule), json.dumps(properties)


def parsed(tenant: Tenant, target: str) -> tuple[str, str]:
    """(mailbox's GUID, rule) of ``<address>\\<rule>``; ValueError if no mailbox has that address."""
    address, _, rule = target.partition("\\")
    for mailbox in tenant.mailboxes:
        if mailbox.upn == address and rule:
            return mailbox.guid, rule
    raise ValueError(f"{target!r} names no rule of a mailbox; it is written as address\\rule")
