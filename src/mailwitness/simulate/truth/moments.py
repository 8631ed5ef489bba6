"""Moments as the truth files write them: ISO 8601, UTC, with milliseconds and Z, so that texts order as times do."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from mailwitness.simulate.world import MS_PER_DAY


def text_of(at: int) -> str:
    """A moment as text. Moments lie between the years 1970 and 9999."""
    day, rest = divmod(at, MS_PER_DAY)
    seconds, milliseconds = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(day)}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"


@lru_cache(maxsize=4096)
def at_of(text: str) -> int:
    """The moment that a text of `text_of` says."""
    seconds, _, milliseconds = text.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(f"{seconds}+00:00").timestamp()) * 1000 + int(milliseconds)


@lru_cache(maxsize=1024)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * MS_PER_DAY // 1000, UTC).strftime("%Y-%m-%d")
