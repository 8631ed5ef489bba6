"""Working days."""

from __future__ import annotations

from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE


def test_weekends_are_free(tenant: Tenant) -> None:
    """2026-03-02 is a Monday, so days 5 and 6 of each week have no working time."""
    for person in tenant.members(0):
        for day in range(-14, 28):
            work = tenant.workday(person, day)
            if day % 7 in (5, 6):
                assert (work.off, work.starts_at) == ("weekend", work.ends_at)
            else:
                assert work.off in ("", "leave", "ill")
                assert (work.off == "") == (work.starts_at < work.ends_at)


def test_work_lies_in_the_persons_own_day(tenant: Tenant) -> None:
    """All but two begin between five and one in their own zone, and nobody works longer than eleven hours."""
    late = set()
    for person in tenant.people:
        for day in range(20):
            work = tenant.workday(person, day)
            if work.off:
                continue
            local = work.starts_at - tenant.day_start(day) + person.zone * MS_PER_MINUTE
            assert 4 * MS_PER_HOUR <= work.ends_at - work.starts_at <= 11 * MS_PER_HOUR
            if local > 13 * MS_PER_HOUR:
                late.add(person.number)
                assert local < MS_PER_DAY
            else:
                assert local >= 5 * MS_PER_HOUR

    assert len(late) == 2
    assert all(tenant.people[number].is_admin for number in late)


def test_some_travel_and_some_are_on_leave(tenant: Tenant) -> None:
    """In sixty days there are trips of two to five days to one place, and leave."""
    trips = 0
    leave = 0
    for person in tenant.people:
        days = [tenant.workday(person, day) for day in range(60)]
        away = [day for day, work in enumerate(days) if work.where == "travel"]
        leave += any(work.off == "leave" for work in days)
        assert len({days[day].destination for day in away}) <= 1
        assert all((work.destination is not None) == (work.where == "travel") for work in days)
        if away:
            trips += 1
            assert 2 <= len(away) <= 5
            assert away == list(range(away[0], away[0] + len(away)))

    assert trips >= 3
    assert leave >= 10
