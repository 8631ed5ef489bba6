"""Dates as a browser or a PowerShell culture wrote them: ``4/28/2021, 2:54:37.000 PM``, ``26.06.2022 05:40:02``.

Two numbers up to twelve with slashes or dashes between them do not say which is the day. Then the caller's word or the rest
of the file decides (``learn_day_first``); without either the answer is None, never a guess. Two forms need no help, because
of the cultures with slashes and upper-case AM or PM only en-US writes them: a comma after the date (browsers), and a second
number of one digit (the day-first ones pad the month).

Limits: cultures whose dates hold month names or other calendars are not read.
Sources:
    - https://cldr.unicode.org/translation/date-time/date-time-patterns   (patterns by culture)
    - https://github.com/Azure/Azure-Sentinel   (portal exports in en-US form, Solutions/Training)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mailwitness.errors import UsageError

_YEAR_FIRST = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)")
_DATE = re.compile(
    r"^(\d{1,4})([-/.])\s?(\d{1,2})\2\s?(\d{1,4})\.?"  # 4/28/2021  28.04.2021  28. 4. 2021
    r"(?:([,T]?)\s*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?"  # 2:54:37.000
    r"\s*([AaPp])?\.?\s?[Mm]?\.?)?$"
)
_YEARS = (1990, 2200)  # of a log's date; beyond them it is a number of another kind
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)")
_BLANKS = re.compile(r"[\s\u00a0\u202f\u200e]+")


@lru_cache(maxsize=16)
def zone_named(name: str) -> tzinfo:
    """The zone that a caller stated: a name of the IANA database or an offset such as ``+02:00``. UsageError when it is neither."""
    offset = _OFFSET.fullmatch(name.strip())
    if offset is not None:
        east = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(east if offset[1] == "+" else -east)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"time_zone: {name!r} is no name of the IANA time zone database and no offset. "
            "Write it like 'Europe/Brussels', 'UTC' or '+02:00'."
        ) from None


def parse_locale_time(text: str, day_first: bool | None = None) -> datetime | None:
    """The wall-clock time that the text shows, naive; aware (UTC) only where the text itself has an offset. None if it cannot
    be read, or if day and month cannot be told apart and ``day_first`` does not say."""
    text = _BLANKS.sub(" ", text).strip() if len(text) <= 60 else ""
    if _YEAR_FIRST.match(text):
        found = _iso(text)
        if found is not None:
            return found
    match = _DATE.match(text)
    if match is None:
        return None
    first, separator, second, third, comma, hour, minute, second_of, fraction, half = match.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    else:
        order = _order(first, second, separator, comma, half) if day_first is None else day_first
        if order is None or len(third) not in (2, 4):
            return None
        year = int(third) + (2000 if len(third) == 2 else 0)
        day, month = (int(first), int(second)) if order else (int(second), int(first))
    if not _YEARS[0] <= year <= _YEARS[1]:
        return None
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half in "Pp" else 0)
    try:
        micro = int((fraction or "0").ljust(6, "0")[:6])
        return datetime(year, month, day, hours, int(minute or 0), int(second_of or 0), micro)
    except ValueError:
        return None


def learn_day_first(samples: Iterable[str]) -> bool | None:
    """Whether the dates of one file put the day first, from those that can be one thing only; None if none can, or they differ."""
    seen = set()
    for text in samples:
        match = _DATE.match(_BLANKS.sub(" ", text).strip()) if len(text) <= 60 else None
        if match is not None and len(match[1]) < 4 and match[1] != match[3]:
            seen.add(_order(match[1], match[3], match[2], match[5], match[10]))
    seen.discard(None)
    return seen.pop() if len(seen) == 1 else None


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else found


def _order(first: str, second: str, separator: str, comma: str | None, half: str | None) -> bool | None:
    """True: day first; False: month first; None: cannot be told."""
    if int(first) > 12 or separator == ".":
        return True
    if int(second) > 12:
        return False
    if first == second:
        return True  # the same date either way
    capitals = separator == "/" and half is not None and half.isupper() and first[0] != "0"
    if capitals and (len(second) == 1 or (comma == "," and second[0] != "0")):
        return False
    return None
