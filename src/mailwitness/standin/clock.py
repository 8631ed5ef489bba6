"""The services' clock: a moment of the simulated tenant that runs on from there, at real speed or faster.

Moments are whole milliseconds since 1970-01-01T00:00Z. Waiting (throttles, latency, the life of a token or link) is in real seconds and has
nothing to do with it.
"""

from __future__ import annotations

import threading
import time


class Clock:
    """Runs from ``moment``; ``rate`` simulated seconds pass in a real one (0: it stands still)."""

    def __init__(self, moment: int, rate: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._rate = rate
        self._moment = moment
        self._set_at = time.monotonic()

    def now(self) -> int:
        """The services' moment."""
        with self._lock:
            return self._moment + int((time.monotonic() - self._set_at) * 1000 * self._rate)

    def set(self, moment: int) -> None:
        """Go to that moment, forwards or back, and run on from there."""
        with self._lock:
            self._moment = moment
            self._set_at = time.monotonic()
