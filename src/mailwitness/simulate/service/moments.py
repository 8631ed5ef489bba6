"""Moments as the logs write them. All are UTC; only some say so.

The date part of a day is made once, so that a record costs no calendar arithmetic.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from mailwitness.simulate.world import MS_PER_DAY

_MINUTES = tuple(f"{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))
_SECONDS = tuple(f"{second:02d}" for second in range(60))


@lru_cache(maxsize=4096)
def date_of(day: int) -> str:
    """The date of a day counted from 1970-01-01: ``2026-03-02T``."""
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%dT")


def unzoned(at: int) -> str:
    """As the unified log writes it, whole seconds and no zone: ``2026-03-02T09:15:22``."""
    day, rest = divmod(at, MS_PER_DAY)
    minute, ms = divmod(rest, 60_000)
    return date_of(day) + _MINUTES[minute] + _SECONDS[ms // 1000]


def zulu(at: int) -> str:
    """As Graph writes a sign-in, whole seconds: ``2026-03-02T09:15:22Z``."""
    return unzoned(at) + "Z"


def fraction(at: int) -> str:
    """With the seven decimals of .NET: ``2026-03-02T09:15:22.1230000Z``."""
    return f"{unzoned(at)}.{at % 1000:03d}0000Z"
