"""The service's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailwitness.collect.clock import Clock, http_date

LOCAL = datetime(2026, 3, 1, 12)


def clock() -> Clock:
    return Clock(lambda: (LOCAL - datetime(1970, 1, 1)).total_seconds())


def date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_the_service_is_right_and_this_machine_is_not() -> None:
    """Ninety seconds behind here is ninety seconds behind there."""
    one = clock()
    one.heard(date(LOCAL - timedelta(seconds=90)))
    assert LOCAL - timedelta(seconds=90) == one.now()


def test_one_machine_of_many_that_is_wrong_moves_nothing() -> None:
    """The middle of the last answers counts."""
    one = clock()
    for seconds in (0, 0, 0, 300, 0):
        one.heard(date(LOCAL + timedelta(seconds=seconds)))
    assert LOCAL == one.now()


def test_a_change_is_told_once() -> None:
    """The ledger keeps what the clock was, not each answer."""
    one = clock()
    told: list[float] = []
    one.observe = lambda at, ahead: told.append(ahead.total_seconds())
    for _ in range(10):
        one.heard(date(LOCAL + timedelta(seconds=60)))
    assert [60.0] == told


def test_what_is_no_date_is_none() -> None:
    """A missing or broken header is not an error."""
    one = clock()
    one.heard(None)
    one.heard("yesterday")
    assert (None, None, LOCAL) == (http_date("yesterday"), one.observed, one.now())
