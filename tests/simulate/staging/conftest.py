"""Tenants and what is staged in them, made once: a small one, one with every scenario in it, one of the time of passwords over IMAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pytest

from mailwitness.simulate.acts import Act, Cmdlet, DirectoryAct, MailAccess, SignIn
from mailwitness.simulate.life import planned_changes
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.service import Service
from mailwitness.simulate.staging import Staged, scenarios, stage
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.world import Message


@dataclass(frozen=True)
class Played:
    """A tenant, what is staged in it, and its settings over time."""

    tenant: Tenant
    staged: Staged
    timeline: Timeline

    def of(self, scenario: str, step: str = "") -> list[Act]:
        """The acts of one scenario, or of one of its steps."""
        return [act for act in self.staged.acts if act.scenario == scenario and step in ("", act.step)]

    def sign_ins(self, scenario: str) -> list[SignIn]:
        return [act for act in self.of(scenario) if isinstance(act, SignIn)]

    def accesses(self, scenario: str, step: str = "") -> list[MailAccess]:
        return [act for act in self.of(scenario, step) if isinstance(act, MailAccess)]

    def obtained(self, scenario: str, step: str = "") -> list[Message]:
        return [message for act in self.accesses(scenario, step) for message in act.messages]

    def logged(self) -> list[Logged]:
        """What the service records when nothing else happens in the tenant."""
        return self._served()[0]

    def fates(self) -> dict[str, str]:
        """Key → why an act left no record."""
        return self._served()[1]

    def _served(self) -> tuple[list[Logged], dict[str, str]]:
        service = Service(self.tenant, self.timeline)
        logged: list[Logged] = []
        told: dict[str, str] = {}
        for day in range(self.tenant.options.days):
            logged.extend(service.record([act for act in self.staged.acts if self.tenant.day_of(act.at) == day]))
            told.update(service.fates())
        logged.extend(service.close())
        told.update(service.fates())
        return logged, told


@lru_cache(maxsize=4)
def tenant_of(mailboxes: int, days: int, start: date) -> Tenant:
    return build(Options(seed=7, mailboxes=mailboxes, days=days, start=start))


@lru_cache(maxsize=64)
def play(*names: str, mailboxes: int = 50, days: int = 14, start: date = date(2026, 3, 2)) -> Played:
    """These scenarios in a tenant."""
    tenant = tenant_of(mailboxes, days, start)
    planned = planned_changes(tenant)
    staged = stage(tenant, names, tenant.options, planned)
    changes = [
        (act.at, *change) for act in staged.acts if isinstance(act, (Cmdlet, DirectoryAct)) for change in act.changes
    ]
    return Played(tenant, staged, Timeline(tenant, staged.overrides, [*planned, *changes]))


@pytest.fixture(name="play")
def _play() -> Callable[..., Played]:
    return play


@pytest.fixture
def everything() -> Played:
    """All scenarios in one tenant."""
    return play(*scenarios(), mailboxes=200, days=21)
