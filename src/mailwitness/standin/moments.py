"""Moments (milliseconds since 1970, UTC) as the services write and read them. A tick is 100 nanoseconds, the finest that they read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
TICKS = 10_000
"""In a millisecond."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?)?")


def ticks_of(text: str) -> int | None:
    """The moment of an ISO 8601 text in ticks, UTC where it names no offset; None if it is none."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        return None
    day, clock, fraction, offset = form.groups()
    try:
        read = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{(offset or 'Z').replace('Z', '+00:00')}")
    except ValueError:
        return None
    return (read - _BEGINNING) // timedelta(milliseconds=1) * TICKS + int((fraction or "0").ljust(7, "0"))


def moment_of(text: str) -> int | None:
    """The same in milliseconds; anything finer is cut off."""
    ticks = ticks_of(text)
    return None if ticks is None else ticks // TICKS


def iso(at: int) -> str:
    """``2026-03-02T09:15:22Z``"""
    return (_BEGINNING + timedelta(milliseconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_milliseconds(at: int) -> str:
    """``2026-03-02T09:15:22.123Z``"""
    return f"{iso(at)[:-1]}.{at % SECOND:03}Z"


def digits(at: int) -> str:
    """``20260302091522123``"""
    return f"{(_BEGINNING + timedelta(milliseconds=at)).strftime('%Y%m%d%H%M%S')}{at % SECOND:03}"


def http_date(at: int) -> str:
    """``Mon, 02 Mar 2026 09:15:22 GMT``"""
    return format_datetime(_BEGINNING + timedelta(milliseconds=at), usegmt=True)
