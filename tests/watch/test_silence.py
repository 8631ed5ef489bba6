"""Logs against their own rhythm."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from mailwitness.watch.silence import Feed, feeds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2)
SIX = timedelta(hours=6)


def feeds_of(
    now: datetime, audit: list[datetime] | None = None, signins: list[tuple[str | None, datetime]] | None = None
) -> list[Feed]:
    """What is found of a case that holds these records."""
    with duckdb.connect() as connection:
        for table in ("audit_events", "directory_audits", "graph_activity", "message_traces"):
            connection.execute(f"CREATE TABLE {table} (time TIMESTAMP)")
        connection.execute("CREATE TABLE signins (stream VARCHAR, time TIMESTAMP)")
        for moment in audit or []:
            connection.execute("INSERT INTO audit_events VALUES (?)", [moment])
        for row in signins or []:
            connection.execute("INSERT INTO signins VALUES (?, ?)", list(row))
        return feeds(lambda query: connection.execute(query).fetchall(), now)


def office_hours(weeks: int) -> list[datetime]:
    """A record each hour from eight to five, Monday (2 March 2026 is one) to Friday."""
    days = [START + DAY * n for n in range(7 * weeks) if n % 7 < 5]
    return [day + HOUR * hour for day in days for hour in range(8, 18)]


def test_a_log_that_rests_at_weekends_is_not_silent_on_monday() -> None:
    """The longest pause of the last weeks, doubled, is what a log may go without records: here a weekend."""
    last = office_hours(2)[-1]  # a Friday at five
    (log,) = feeds_of(last + 63 * HOUR, office_hours(2))

    assert Feed("unified_audit_log", 100, START + 8 * HOUR, last, 63 * HOUR) == log
    assert 126 * HOUR == log.silent_after(SIX)
    assert not log.is_silent(last + 126 * HOUR, SIX)
    assert log.is_silent(last + 126 * HOUR + timedelta(seconds=1), SIX)


def test_a_log_that_never_rests_is_silent_after_the_shortest_silence() -> None:
    """A busy log is told after six hours, or whatever shortest silence was asked for."""
    (log,) = feeds_of(START + 30 * DAY, [START + HOUR * n for n in range(24 * 10)])

    assert (SIX, "the shortest silence that is told") == (log.silent_after(SIX), log.rests_on(SIX))
    assert 2 * HOUR == log.silent_after(HOUR)


def test_a_young_log_may_rest_for_three_days() -> None:
    """Before a log has shown a weekend it may have one."""
    (log,) = feeds_of(START + 9 * DAY, [START + HOUR * n for n in range(24 * 6)])

    assert not log.has_rhythm
    assert 72 * HOUR == log.silent_after(SIX)
    assert "three days, for it has less than a week of history" == log.rests_on(SIX)


def test_a_pause_of_long_ago_is_no_rhythm() -> None:
    """Only the four weeks before the last record count: a closed summer does not hide a stop in autumn."""
    long_ago = [START - 60 * DAY]
    (log,) = feeds_of(START + 30 * DAY, long_ago + [START + HOUR * n for n in range(24 * 29)])

    assert HOUR == log.longest_gap


def test_a_record_of_the_future_keeps_no_log_alive() -> None:
    """An event with a wrong year is left out."""
    now = START + 20 * DAY
    (log,) = feeds_of(now, [*(START + HOUR * n for n in range(24 * 10)), datetime(2099, 1, 1)])

    assert START + 10 * DAY - HOUR == log.last
    assert log.is_silent(now, SIX)


def test_each_stream_of_signins_is_a_log_of_its_own() -> None:
    """One busy stream does not hide that another stopped; logons of the unified log are no stream, an unknown one is unnamed."""
    found = feeds_of(
        START + DAY,
        signins=[
            ("interactive", START),
            ("non_interactive", START),
            ("non_interactive", START),
            ("unified_audit_log", START),
        ],
    )

    assert [("signins_interactive", 1), ("signins_non_interactive", 2)] == [(log.name, log.records) for log in found]


def test_an_unnamed_stream_is_no_log() -> None:
    """Sign-ins of an unknown stream belong to a log that cannot be named, so no silence of it can be told."""
    assert [] == feeds_of(START + DAY, signins=[(None, START)])


@pytest.mark.parametrize("audit", [[], [START + 2 * DAY]])
def test_a_log_without_a_record_is_not_silent(audit: list[datetime]) -> None:
    """That a log is missing is a finding of coverage."""
    assert [] == feeds_of(START + DAY, audit)
