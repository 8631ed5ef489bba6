"""Moments (milliseconds, UTC) in the words of the formats. Days are worked out once, for a writer meets each of them many times."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND


@lru_cache(maxsize=1024)
def day(number: int) -> str:
    """``2026-03-02``, of the day with that number since 1970."""
    return datetime.fromtimestamp(number * 86_400, UTC).strftime("%Y-%m-%d")


@lru_cache(maxsize=1024)
def _us_day(number: int) -> str:
    year, month, of_month = day(number).split("-")
    return f"{int(month)}/{int(of_month)}/{year}"


def iso(at: int) -> str:
    """``2026-03-02T09:15:22Z``"""
    number, rest = divmod(at, MS_PER_DAY)
    minutes, seconds = divmod(rest // MS_PER_SECOND, 60)
    return f"{day(number)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}Z"


def iso_fraction(at: int) -> str:
    """``2026-03-02T09:15:22.1230000Z``"""
    return f"{iso(at)[:-1]}.{at % MS_PER_SECOND:03}0000Z"


def us(at: int) -> str:
    """``3/2/2026 9:15:22 AM``: what PowerShell writes in culture en-US."""
    number, rest = divmod(at, MS_PER_DAY)
    minutes, seconds = divmod(rest // MS_PER_SECOND, 60)
    hour = minutes // 60
    return f"{_us_day(number)} {hour % 12 or 12}:{minutes % 60:02}:{seconds:02} {'AM' if hour < 12 else 'PM'}"


def browser(at: int) -> str:
    """``3/2/2026, 9:15:22.123 AM``: what Log Analytics writes for a browser in en-US."""
    number, rest = divmod(at, MS_PER_DAY)
    hour, rest = divmod(rest, MS_PER_HOUR)
    minute, rest = divmod(rest, MS_PER_MINUTE)
    second, milli = divmod(rest, MS_PER_SECOND)
    half = "AM" if hour < 12 else "PM"
    return f"{_us_day(number)}, {hour % 12 or 12}:{minute:02}:{second:02}.{milli:03} {half}"


def moment_of(text: str) -> int:
    """The moment that a record has as ISO 8601 in UTC."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def us_of(text: str | None) -> str:
    """The same moment as `us` writes it, '' for none."""
    return "" if text is None else us(moment_of(text))


def digits(at: int) -> str:
    """``20260302091522``"""
    return iso(at)[:-1].translate(_NO_MARKS)


def stamp(at: int) -> str:
    """``20260302-091522``"""
    text = digits(at)
    return f"{text[:8]}-{text[8:]}"


def date(at: int) -> str:
    """``2026-03-02``, of a moment."""
    return day(at // MS_PER_DAY)


_NO_MARKS = str.maketrans("", "", "-:T")
