"""A department's days: determinism, order, volume."""

from __future__ import annotations

from collections import Counter

import pytest

from mailwitness.simulate.acts import Act
from mailwitness.simulate.life import DepartmentLife, planned_changes
from mailwitness.simulate.options import Options
from mailwitness.simulate.service import Service
from mailwitness.simulate.tenant import Timeline, build
from tests.simulate.life.conftest import Lived


def test_departments_may_be_lived_in_any_order() -> None:
    """Another order, and a tenant made anew, give the same acts."""
    options = Options(seed=3, mailboxes=90, days=3)

    def lived(order: tuple[int, ...]) -> dict[int, list[list[Act]]]:
        tenant = build(options)
        timeline = Timeline(tenant, (), planned_changes(tenant))
        found = {}
        for department in order:
            life = DepartmentLife(tenant, department, timeline)
            found[department] = [life.day(day) for day in range(3)]
        return found

    assert lived((0, 1, 2)) == lived((2, 0, 1))


def test_another_seed_is_another_life() -> None:
    """No act of one seed has a key of the other."""

    def keys(seed: int) -> set[str]:
        tenant = build(Options(seed=seed, mailboxes=30, days=1))
        return {act.key for act in DepartmentLife(tenant, 0, Timeline(tenant)).day(0)}

    assert keys(1) & keys(2) == set()


def test_days_come_one_after_another() -> None:
    """A day out of turn is refused by name, since sessions carry their tokens from day to day."""
    tenant = build(Options(mailboxes=30, days=3))
    life = DepartmentLife(tenant, 0, Timeline(tenant))
    life.day(0)

    with pytest.raises(ValueError, match="day 2 was asked for; the next day of this department is 1"):
        life.day(2)


def test_acts_lie_in_their_day_in_order_under_unique_keys(lived: Lived) -> None:
    """Sorted by (at, key), none outside the UTC day, no key twice in the whole tenant."""
    for (_, day), acts in lived.days.items():
        order = [(act.at, act.key) for act in acts]
        assert order == sorted(order)
        assert lived.tenant.day_start(day) <= order[0][0]
        assert order[-1][0] < lived.tenant.day_start(day + 1)
    keys = Counter(act.key for act in lived.acts)
    assert [] == [key for key, times in keys.items() if times > 1]


def test_daily_life_belongs_to_no_scenario(lived: Lived) -> None:
    """Scenario and step are empty."""
    assert {("", "")} == {(act.scenario, act.step) for act in lived.acts}


def test_weekends_are_quieter(lived: Lived) -> None:
    """A day of the weekend has less than 40 % of a working day's acts, and is not empty."""
    totals: Counter[int] = Counter()
    for (_, day), acts in lived.days.items():
        totals[day] += len(acts)
    # the first day, 2026-03-02, is a Monday
    working = [count for day, count in totals.items() if day % 7 < 5]
    weekend = [count for day, count in totals.items() if day % 7 >= 5]

    assert 0 < max(weekend) < 0.4 * min(working)


def test_volume_and_background_are_as_declared(lived: Lived) -> None:
    """Recorded: 60 to 110 records a mailbox and working day, and 66 to 75 % of mail accesses are the service's own."""
    services = {
        share.app_id
        for key, share in lived.tenant.apps.items()
        if key in ("substrate", "search", "teams_service", "exchange")
    }
    records = background = accesses = 0
    for department in range(lived.tenant.departments):
        service = Service(lived.tenant, lived.timeline)
        for day in range(lived.tenant.options.days):
            logged = list(service.record(lived.days[department, day]))
            if day % 7 < 5:
                records += len(logged)
            for one in logged:
                if one.record.get("Operation") == "MailItemsAccessed":
                    accesses += 1
                    background += "RESTSystem" in one.record["ClientInfoString"] and one.record["AppId"] in services
    working_days = sum(day % 7 < 5 for day in range(lived.tenant.options.days))

    assert 60 < records / len(lived.tenant.mailboxes) / working_days < 110
    assert 0.66 < background / accesses < 0.75
