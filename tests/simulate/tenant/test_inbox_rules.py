"""Inbox rules as settings: what commands make of them."""

from __future__ import annotations

import json

import pytest

from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, build
from mailwitness.simulate.tenant.inbox_rules import change_by


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    return build(Options(mailboxes=10, days=1))


def test_a_new_rule_has_the_properties_of_its_parameters(tenant: Tenant) -> None:
    """Words and addresses are lists, switches booleans, and what only names the rule is none of them."""
    box = tenant.mailboxes[0]
    parameters = (
        ("Name", "."), ("Mailbox", box.upn), ("SubjectContainsWords", "invoice; bank"), ("ForwardTo", "a@x.example"),
        ("MarkAsRead", "True"), ("MoveToFolder", "RSS Feeds"),
    )  # fmt: skip

    mailbox, name, value = change_by(tenant, "New-InboxRule", f"{box.upn}\\.", parameters, "")

    assert (box.guid, "InboxRule:.") == (mailbox, name)
    assert {
        "Enabled": True, "SubjectContainsWords": ["invoice", "bank"], "ForwardTo": ["a@x.example"], "MarkAsRead": True,
        "MoveToFolder": "RSS Feeds",
    } == json.loads(value)  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "parameters", "left"),
    [
        ("Set-InboxRule", (("MoveToFolder", "Archive"),), {"Enabled": True, "MoveToFolder": "Archive"}),
        ("Disable-InboxRule", (("Identity", "x"),), {"Enabled": False, "MoveToFolder": "RSS Feeds"}),
        ("Enable-InboxRule", (), {"Enabled": True, "MoveToFolder": "RSS Feeds"}),
        ("Remove-InboxRule", (), None),
    ],
)
def test_later_commands_change_the_rule_that_is_there(
    operation: str, parameters: tuple[tuple[str, str], ...], left: dict[str, object] | None, tenant: Tenant
) -> None:
    """What they do not name stays; a removed rule is no setting any more."""
    held = json.dumps({"Enabled": True, "MoveToFolder": "RSS Feeds"})

    *_, value = change_by(tenant, operation, f"{tenant.mailboxes[0].upn}\\.", parameters, held)

    assert left == (json.loads(value) if value else None)


def test_a_rule_of_no_mailbox_is_refused(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="names no rule of a mailbox"):
        change_by(tenant, "New-InboxRule", "nobody@x.example\\.", (), "")
