"""Dates of browsers and PowerShell cultures: read where they can be one thing, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailwitness.errors import UsageError
from mailwitness.sources._locale_dates import learn_day_first, parse_locale_time, zone_named

AFTERNOON = datetime(2021, 4, 28, 14, 54, 37)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4/28/2021, 2:54:37.000 PM", AFTERNOON),
        ("4/28/2021 2:54:37 PM", AFTERNOON),
        ("28/04/2021, 14:54:37", AFTERNOON),
        ("28/04/2021, 2:54:37 pm", AFTERNOON),
        ("28.04.2021 14:54:37", AFTERNOON),
        ("28. 4. 2021 14:54:37", AFTERNOON),
        ("28-4-2021 14:54:37", AFTERNOON),
        ("2021-04-28 14:54:37", AFTERNOON),
        ("2021/04/28 14:54:37", AFTERNOON),
        ("4/28/2021, 2:54:37\u202fPM", AFTERNOON),
        ("4/28/2021 12:00:00 AM", datetime(2021, 4, 28)),
        ("4/28/2021 12:00:00 PM", datetime(2021, 4, 28, 12)),
        ("16/07/2026 20:26:12.030", datetime(2026, 7, 16, 20, 26, 12, 30000)),
        ("28/04/2021", datetime(2021, 4, 28)),
        ("5/5/2021 14:00:00", datetime(2021, 5, 5, 14)),
    ],
)
def test_a_date_that_can_be_one_thing_is_read(text: str, expected: datetime) -> None:
    """A number over twelve, dots, a leading year or the same number twice settle the order."""
    assert expected == parse_locale_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3/2/2026, 9:15:22.000 AM", datetime(2026, 3, 2, 9, 15, 22)),
        ("11/12/2026, 9:15:22 AM", datetime(2026, 11, 12, 9, 15, 22)),
        ("12/4/2026 9:15:22 AM", datetime(2026, 12, 4, 9, 15, 22)),
    ],
)
def test_what_only_us_english_writes_needs_no_help(text: str, expected: datetime) -> None:
    """Capitals after a comma, or an unpadded second number before capitals, are en-US."""
    assert expected == parse_locale_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "05/07/2026 20:26:12",
        "5/7/2026, 8:26:12 pm",
        "11/12/2026 9:15:22 AM",
        "5-7-2026 20:26",
        "05/07/2026, 08:26:12 PM",
    ],
)
def test_a_date_that_can_be_two_is_none_until_someone_says(text: str) -> None:
    """Without the caller's word there is no time; with it there is, either way."""
    assert parse_locale_time(text) is None
    month_first, day_first = parse_locale_time(text, day_first=False), parse_locale_time(text, day_first=True)
    assert month_first is not None
    assert day_first is not None
    assert (month_first.month, month_first.day) == (day_first.day, day_first.month)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "13/13/2026",
        "31/02/2026 10:00",
        "4/28/2021 13:00 PM",
        "01/01/0001 00:00:00",
        "0001-01-01 00:00",
        "1" * 500,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    """Text that is no date, or a date that never was, gives None."""
    assert parse_locale_time(text) is None


def test_a_time_with_an_offset_is_an_instant() -> None:
    """An offset in the text makes the time aware."""
    assert parse_locale_time("2026-03-02T09:15:22+01:00") == datetime(2026, 3, 2, 8, 15, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (["05/07/2026 20:26:12", "16/07/2026 20:26:12"], True),
        (["3/2/2026 09:15", "3/13/2026 09:15"], False),
        (["05/07/2026 20:26:12", "06/06/2026 20:26:12"], None),
        (["16/07/2026 20:26", "3/13/2026 09:15"], None),
        (["", "text", "2026-03-02"], None),
    ],
)
def test_one_file_teaches_its_order(samples: list[str], expected: bool | None) -> None:
    """One date that can be one thing only decides for the file; none, or two that differ, decide nothing."""
    assert expected == learn_day_first(samples)


@pytest.mark.parametrize(("name", "hours"), [("+02:00", 2), ("-0530", -5.5), ("UTC", 0), (" +02:00", 2)])
def test_a_zone_is_a_name_or_an_offset(name: str, hours: float) -> None:
    """What the help of ``--time-zone`` promises."""
    assert zone_named(name).utcoffset(AFTERNOON) == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../UTC", "+25:00"])
def test_what_is_no_zone_is_wrong_use(name: str) -> None:
    """The message names it."""
    with pytest.raises(UsageError, match="no name of the IANA"):
        zone_named(name)
