"""The service's clock, learnt from the ``Date`` headers of its answers.

A collector's machine may be minutes off. Windows end at the service's now, and what is asked for must not lie in its future.

Clock: ``Date`` has whole seconds; an answer's way back is not known, so the service's now is known to a second and the way's time.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as naive UTC; None if it is none."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo is not None else found


class Clock:
    """This machine's clock plus what the service's is ahead of it: the middle of the last answers, since a service is many machines."""

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self._local = local
        self._ahead = timedelta(0)
        self._heard: deque[timedelta] = deque(maxlen=31)
        self._lock = threading.Lock()
        self.observed: datetime | None = None
        self.observe: Callable[[datetime, timedelta], None] = lambda _at, _ahead: None
        """Called with (local time, how far the service is ahead) when that has changed by two seconds or more."""

    def heard(self, date: str | None) -> None:
        """Take a ``Date`` header in."""
        server = http_date(date)
        if server is None:
            return
        local = self._here()
        with self._lock:
            self._heard.append(server - local)
            ahead = sorted(self._heard)[len(self._heard) // 2]
            # The header has whole seconds: a difference below two says nothing.
            told = self.observed is None or abs(ahead - self._ahead) >= timedelta(seconds=2)
            if told:
                self._ahead = ahead if abs(ahead) >= timedelta(seconds=2) else timedelta(0)
            self.observed = server
        if told:
            self.observe(local, ahead)

    def now(self) -> datetime:
        """The service's time, as far as it is known."""
        with self._lock:
            return self._here() + self._ahead

    def _here(self) -> datetime:
        return datetime.fromtimestamp(self._local(), UTC).replace(tzinfo=None)
