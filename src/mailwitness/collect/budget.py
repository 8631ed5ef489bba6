"""How fast each family of endpoints may be asked: one budget per family, shared by all workers of a run.

A run has one tenant and one application, so its budgets are per (tenant, application, family). A budget gives turns at a rate, halves
the rate when the service throttles, whatever it calls that, and wins it back bit by bit. A stated wait (Retry-After) holds every worker
of the family, not only the one that was told.

Limits: rates are what the vendor publishes or, marked so, cautious guesses. Another program under the same application shares the
    service's limit unseen; then the halving finds the rate.
Sources:
    - https://learn.microsoft.com/graph/throttling-limits   (auditLogs 5 requests in 10 seconds; identity protection 1 a second)
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference   (2,000 a minute and tenant)
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and how many may come at once."""

    per_second: float
    at_once: int = 1


RATES: Mapping[str, Rate] = {
    "graph_audit_logs": Rate(0.5, 5),
    "graph_identity_protection": Rate(1.0),
    "graph_conditional_access": Rate(1.0),
    "graph_directory": Rate(20.0, 20),  # resource units of a small tenant: 3,500 in 10 seconds, a listing costs up to 3
    "graph_audit_query": Rate(2.0, 4),  # a cautious guess
    "graph_mail": Rate(4.0, 4),  # a cautious guess: message rules and traces
    "management": Rate(33.0, 60),
    "exchange": Rate(3.0, 6),  # a cautious guess: unpublished
}
_SLOWEST = 0.02  # of the full rate
_RECOVERY = 0.02  # of the full rate, for each answer that was not throttled
_LONGEST_PAUSE = 150.0  # of the first one


class Budget:
    """Turns for one family. `take` waits for one; `throttled` and `answered` say what became of it."""

    def __init__(
        self,
        rate: Rate,
        wait: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
        first_pause_s: float = 2.0,
    ) -> None:
        self._first_pause_s = first_pause_s
        self._full = rate
        self._rate = rate.per_second
        self._tokens = float(rate.at_once)
        self._wait = wait
        self._clock = clock
        self._chance = chance or random.Random()
        self._at = clock()
        self._closed_until = 0.0
        self._in_a_row = 0
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Requests a second at present."""
        return self._rate

    def take(self) -> None:
        """Wait for a turn."""
        while (wait := self._try()) > 0:
            self._wait(wait)

    def _try(self) -> float:
        with self._lock:
            now = self._clock()
            self._tokens = min(self._full.at_once, self._tokens + (now - self._at) * self._rate)
            self._at = now
            if now < self._closed_until:
                return self._closed_until - now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self._rate

    def throttled(self, stated_s: float | None) -> float:
        """The service refused for want of budget. Returns how long the family is closed now: what it stated, else twice as long each time."""
        with self._lock:
            self._in_a_row += 1
            self._rate = max(self._rate / 2, self._full.per_second * _SLOWEST)
            self._tokens = 0.0
            if stated_s is None:
                longest = self._first_pause_s * min(_LONGEST_PAUSE, 2.0 ** min(self._in_a_row - 1, 10))
                pause = longest * self._chance.uniform(0.5, 1.0)
            else:
                pause = stated_s + self._chance.uniform(0.0, 0.1 * stated_s + 0.05)
            self._closed_until = max(self._closed_until, self._clock() + pause)
            return pause

    def answered(self) -> None:
        """The service answered, whatever it answered."""
        with self._lock:
            self._in_a_row = 0
            self._rate = min(self._full.per_second, self._rate + self._full.per_second * _RECOVERY)


class Budgets:
    """The budgets of one run, by family."""

    def __init__(
        self, wait: Callable[[float], None], changed: Mapping[str, float] | None = None, first_pause_s: float = 2.0
    ) -> None:
        self._wait = wait
        self._first_pause_s = first_pause_s
        self._changed = changed or {}
        self._held: dict[str, Budget] = {}
        self._lock = threading.Lock()

    def of(self, family: str) -> Budget:
        with self._lock:
            if family not in self._held:
                rate = RATES[family]
                if family in self._changed:
                    per_second = self._changed[family]
                    rate = Rate(per_second, max(1, round(per_second), rate.at_once))
                self._held[family] = Budget(rate, self._wait, first_pause_s=self._first_pause_s)
            return self._held[family]
