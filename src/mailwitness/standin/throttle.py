"""Buckets: so many requests in so many seconds, sliding. Real seconds, scaled by the pace."""

from __future__ import annotations

import time
from collections import deque

from mailwitness.standin.terms import Terms


class Bucket:
    """``units`` in any stretch of ``seconds`` of the service. A request costs one unit or more."""

    def __init__(self, units: int, seconds: float, terms: Terms) -> None:
        self._units = units
        self._span = terms.seconds(seconds)
        self._is_open = not terms.limits
        self._taken: deque[float] = deque()

    def left(self) -> int:
        """Units that may still be used now."""
        return self._units - len(self._taken)

    def wait(self, cost: int = 1) -> float:
        """0 if one more request is allowed, which is then counted; else the real seconds until one is."""
        if self._is_open:
            return 0.0
        now = time.monotonic()
        while self._taken and self._taken[0] <= now - self._span:
            self._taken.popleft()
        if len(self._taken) + cost <= self._units:
            self._taken.extend([now] * cost)
            return 0.0
        return self._taken[min(cost, len(self._taken)) - 1] + self._span - now
