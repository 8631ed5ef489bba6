"""A month in the life of a small tenant, lived once for these tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest

from mailwitness.simulate.acts import Act, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.life import DepartmentLife, planned_changes
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, Timeline, build

OPTIONS = Options(seed=11, mailboxes=50, days=30)


@dataclass(frozen=True)
class Lived:
    """``days``: (department, day) → its acts, as `DepartmentLife.day` gave them."""

    tenant: Tenant
    timeline: Timeline
    days: dict[tuple[int, int], list[Act]]

    @cached_property
    def acts(self) -> list[Act]:
        """All of them."""
        return [act for day in self.days.values() for act in day]

    @cached_property
    def accesses(self) -> list[MailAccess]:
        """The mail accesses."""
        return [act for act in self.acts if isinstance(act, MailAccess)]

    @cached_property
    def sign_ins(self) -> dict[str, SignIn]:
        """Request id → sign-in."""
        return {act.request_id: act for act in self.acts if isinstance(act, SignIn)}

    @cached_property
    def mailbox_acts(self) -> list[MailboxAct]:
        """The other acts on mailboxes."""
        return [act for act in self.acts if isinstance(act, MailboxAct)]


def live(options: Options, overrides: tuple[tuple[str, str, str], ...] = ()) -> Lived:
    """Every department from its first day to its last."""
    tenant = build(options)
    timeline = Timeline(tenant, overrides, planned_changes(tenant))
    days: dict[tuple[int, int], list[Act]] = {}
    for department in range(tenant.departments):
        life = DepartmentLife(tenant, department, timeline)
        for day in range(options.days):
            days[department, day] = life.day(day)
    return Lived(tenant, timeline, days)


@pytest.fixture(scope="session")
def lived() -> Lived:
    return live(OPTIONS)
