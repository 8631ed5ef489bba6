"""Buckets: so many requests in so many seconds, sliding. Real seconds, scaled by the pace."""

from __future__ import annotations

import time
from collections import deque

from mailwitness.standin.terms import Terms


class Bucket:
    """``requests`` in any stretch of ``seconds`` of the service."""

    def __init__(self, requests: int, seconds: float, terms: Terms) -> None:
        self._requests = requests
        self._span = terms.seconds(seconds)
        self._is_open = not terms.limits
        self._taken: deque[float] = deque()

    def wait(self) -> float:
        """0 if one more request is allowed, which is then counted; else the real seconds until one is."""
        if self._is_open:
            return 0.0
        now = time.monotonic()
        while self._taken and self._taken[0] <= now - self._span:
            self._taken.popleft()
        if len(self._taken) < self._requests:
            self._taken.append(now)
            return 0.0
        return self._taken[0] + self._span - now
