"""How fast a family of endpoints may be asked."""

from __future__ import annotations

import random

from mailwitness.collect.budget import RATES, Budget, Budgets, Rate


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def budget(rate: Rate, time: Time) -> Budget:
    return Budget(rate, time.wait, time, random.Random(1))


def test_five_requests_in_ten_seconds_are_what_sign_ins_get() -> None:
    """Five at once, and then one every two seconds."""
    time = Time()
    turns = budget(RATES["graph_audit_logs"], time)
    moments = []
    for _ in range(8):
        turns.take()
        moments.append(round(time.now, 3))
    assert [0, 0, 0, 0, 0, 2, 4, 6] == moments


def test_a_stated_wait_holds_everybody_at_least_so_long() -> None:
    """Whoever asks next waits, not only the one that was told."""
    time = Time()
    turns = budget(Rate(100, 10), time)
    turns.take()
    turns.throttled(12.0)
    turns.take()
    assert 12.0 <= time.now < 14.0


def test_without_a_stated_wait_each_pause_is_longer_until_an_answer_comes() -> None:
    """Doubling, with jitter that never goes below half."""
    time = Time()
    turns = budget(Rate(100, 10), time)
    pauses = [turns.throttled(None) for _ in range(5)]
    assert all(2 * 2**n / 2 <= pause <= 2 * 2**n for n, pause in enumerate(pauses))
    turns.answered()
    assert turns.throttled(None) <= 2.0


def test_throttling_halves_the_rate_and_answers_win_it_back() -> None:
    """Never to nothing, never above what it was."""
    turns = budget(Rate(10, 1), Time())
    for _ in range(50):
        turns.throttled(0.0)
    assert 0.2 == turns.rate
    for _ in range(100):
        turns.answered()
    assert 10 == turns.rate


def test_one_family_has_one_budget() -> None:
    """All workers of a run share it; another family has its own; a configured rate replaces the published one."""
    budgets = Budgets(lambda _: None, {"management": 7.0})
    assert budgets.of("management") is budgets.of("management")
    assert budgets.of("management") is not budgets.of("exchange")
    assert 7.0 == budgets.of("management").rate
