"""Administrators' acts and the settings that they change."""

from __future__ import annotations

import json

from mailwitness.simulate.acts import Cmdlet, DirectoryAct, SignIn
from mailwitness.simulate.life import planned_acts, planned_changes
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Timeline, build
from mailwitness.simulate.tenant.inbox_rules import PREFIX
from tests.simulate.life.conftest import Lived


def test_planned_changes_are_those_of_the_acts(lived: Lived) -> None:
    """What the timeline is built from is what the acts of all departments change, neither more nor less; but inbox rules change on the way."""
    changes = [
        (act.at, *change) for act in lived.acts if isinstance(act, (Cmdlet, DirectoryAct)) for change in act.changes
    ]
    made = sorted(change for change in changes if not change[2].startswith(PREFIX))

    assert made
    assert tuple(made) == planned_changes(lived.tenant)


def test_a_large_tenant_plans_every_kind_of_change() -> None:
    """Protocols, licences and audit sets change, within the simulated days; plans are the same however often they are asked for."""
    tenant = build(Options(seed=2, mailboxes=1500, days=60))
    changes = planned_changes(tenant)

    assert {"ImapEnabled", "PopEnabled", "ServicePlan", "AuditOwner", "DefaultAuditSet"} == {
        name for _, _, name, _ in changes
    }
    assert {True} == {tenant.start_at <= at < tenant.end_at for at, *_ in changes}
    assert changes == planned_changes(tenant)
    timeline = Timeline(tenant, (), changes)
    lapses = [
        (held.valid_from, held.valid_to)
        for mailbox in tenant.mailboxes
        for held in timeline.intervals(mailbox.guid, "ServicePlan")[1:]
        if held.value == ""
    ]
    assert lapses


def test_a_change_of_licence_names_its_plans_as_json() -> None:
    """The directory's Update user beside it says which service plan came or went."""
    tenant = build(Options(seed=2, mailboxes=1500, days=60))
    acts = [act for number in range(tenant.departments) for act in planned_acts(tenant, number)]
    licences = [act for act in acts if isinstance(act, DirectoryAct) and act.changes]
    plans = [act for act in acts if isinstance(act, DirectoryAct) and act.modified]

    assert len(licences) == len(plans) > 5
    assert {"Change user license"} == {act.activity for act in licences}
    for act in plans:
        ((name, old, new),) = act.modified
        assert "AssignedPlan" == name
        assert json.loads(old) != json.loads(new)


def test_a_command_follows_a_sign_in_of_its_administrator(lived: Lived) -> None:
    """Somebody signed in to the shell, from the place of the command or nearby, in the minutes before."""
    shells = [act for act in lived.acts if isinstance(act, SignIn) and act.client.kind == "powershell"]
    commands = [act for act in lived.acts if isinstance(act, Cmdlet) and act.operation != "New-InboxRule"]

    assert commands
    for command in commands:
        assert any(act.person == command.actor and 0 <= command.at - act.at <= 360_000 for act in shells)
        assert lived.tenant.people[command.actor or 0].is_admin


def test_password_changes_are_the_tenants(lived: Lived) -> None:
    """Each in its moment, by the person about themselves."""
    tenant = lived.tenant
    made = sorted(
        (act.at, act.actor)
        for act in lived.acts
        if isinstance(act, DirectoryAct) and act.activity == "Change user password"
    )
    expected = sorted(
        (at, person.number)
        for person in tenant.people
        for at in tenant.password_changes(person)
        if tenant.start_at <= at < tenant.end_at
    )

    assert made
    assert expected == made
