"""The ledger: states, windows, memory, and what a kill leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailwitness.collect.feed import Missing, Unit
from mailwitness.collect.ledger import Ledger, Stored, Wanted
from mailwitness.errors import IntegrityError

BEGIN = datetime(2026, 3, 1)
DAY = timedelta(days=1)
NOW = BEGIN + 10 * DAY


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def wanted(day: int, days: int = 1, **given: object) -> Wanted:
    begin = BEGIN + day * DAY
    return Wanted("logs", "", begin, begin + days * DAY, due=begin + days * DAY, **given)  # type: ignore[arg-type]


def taken(ledger: Ledger) -> Unit:
    found = ledger.take(["logs"], NOW, NOW)
    assert found is not None
    return found[0]


def fetched(ledger: Ledger, unit: Unit) -> None:
    body = Stored("raw/logs/x.json", 0, 10, "ab", 3, "GET https://contoso.test", None, None, None, None)
    ledger.finish(unit, [body], [], records=3, distinct=3, late=None, fetched_at=NOW, manifest=[])


def states(ledger: Ledger) -> list[str]:
    return [row.state for row in ledger.rows()]


def test_planning_twice_plans_once_and_only_what_is_free(ledger: Ledger) -> None:
    """A second run asks for no window again."""
    assert (1, 0) == (ledger.plan([wanted(0)]), ledger.plan([wanted(0)]))
    assert [(BEGIN + DAY, BEGIN + 3 * DAY)] == ledger.uncovered("logs", "", BEGIN, BEGIN + 3 * DAY)
    assert [(BEGIN, BEGIN + DAY)] == ledger.uncovered("logs", "b@contoso.test", BEGIN, BEGIN + DAY)


def test_the_newest_comes_first_and_then_what_is_forgotten_soonest(ledger: Ledger) -> None:
    """An old window is lost when it expires; the newest shows at once that the collector works."""
    ledger.plan([wanted(n, expires=BEGIN + (30 + n) * DAY, newest=n == 3) for n in (1, 3, 0, 2)])
    assert [3, 0, 1, 2] == [(taken(ledger).window_from - BEGIN).days for _ in range(4)]
    assert ledger.take(["logs"], NOW, NOW) is None


def test_what_is_not_due_is_left(ledger: Ledger) -> None:
    """A window that has not settled, and one that waits for a later attempt."""
    ledger.plan([wanted(0)])
    assert ledger.take(["logs"], BEGIN, NOW) is None
    unit = taken(ledger)
    ledger.put_back(unit, NOW + DAY, failed=True)
    assert ledger.take(["logs"], NOW, NOW) is None
    assert ledger.take(["logs"], NOW, NOW + DAY) is not None
    assert (1, 0) == ledger.tries(unit)


def test_a_killed_run_leaves_its_units_to_the_next(tmp_path: Path, ledger: Ledger) -> None:
    """Running is planned again; fetched stays, and only its proof is owed."""
    ledger.plan([wanted(0), wanted(1)])
    fetched(ledger, taken(ledger))
    taken(ledger)
    assert ["fetched", "running"] == states(ledger)
    ledger.close()  # as a kill would, but for the open file

    again = Ledger(tmp_path / "ledger.sqlite")
    again.begin_run(NOW, {})
    found = [again.take(["logs"], NOW, NOW) for _ in range(2)]
    again.close()
    assert {(0, True), (1, False)} == {((one[0].window_from - BEGIN).days, one[1]) for one in found if one is not None}


def test_a_unit_that_was_fetched_is_proven_by_whoever_fetched_it(ledger: Ledger) -> None:
    """No other worker takes it meanwhile."""
    ledger.plan([wanted(0)])
    fetched(ledger, taken(ledger))
    assert ledger.take(["logs"], NOW, NOW) is None


def test_parts_stand_for_a_window_that_was_too_much(ledger: Ledger) -> None:
    """They cover it, and it is not planned anew."""
    ledger.plan([wanted(0)])
    middle = BEGIN + DAY / 2
    ledger.split(taken(ledger), [(BEGIN, middle), (middle, BEGIN + DAY)], "too much")
    assert [(BEGIN, middle), (middle, BEGIN + DAY)] == [
        (row.unit.window_from, row.unit.window_to) for row in ledger.rows()
    ]
    assert [] == ledger.uncovered("logs", "", BEGIN, BEGIN + DAY)


def test_a_proven_window_is_listed_again_as_the_next_generation(ledger: Ledger) -> None:
    """At its time, not before."""
    ledger.plan([wanted(0)])
    unit = taken(ledger)
    fetched(ledger, unit)
    ledger.verified(unit, (2, NOW + DAY), None)
    assert [("verified", 0), ("planned", 2)] == [(row.state, row.unit.generation) for row in ledger.rows()]
    assert (0, 1) == (ledger.outstanding(["logs"], NOW), ledger.outstanding(["logs"], NOW + DAY))


def test_a_gap_is_asked_for_again_if_its_reason_may_be_gone(ledger: Ledger) -> None:
    """A permission may have been granted; what has expired stays so."""
    ledger.plan([wanted(0), wanted(1, gap=("outside_retention", "too old"))])
    ledger.give_up(taken(ledger), "permission_missing", "grant it", NOW)
    assert ["gap", "gap"] == states(ledger)
    assert 1 == ledger.ask_again("logs", ["permission_missing"])
    assert ["planned", "gap"] == states(ledger)


def test_contents_are_remembered_stored_or_lost(ledger: Ledger) -> None:
    """So that a blob is fetched once, and one that is gone is not asked for for ever."""
    ledger.plan([wanted(0)])
    unit = taken(ledger)
    body = Stored("raw/logs/x.json", 0, 10, "ab", 3, "GET", None, None, "blob-1", BEGIN)
    lost = Missing(BEGIN, BEGIN + DAY, "content_gone", "gone", key="blob-2")
    ledger.finish(unit, [body], [lost], records=3, distinct=3, late=None, fetched_at=NOW, manifest=[])
    assert (True, True, False, False) == tuple(
        ledger.has_content(feed, key)
        for feed, key in (("logs", "blob-1"), ("logs", "blob-2"), ("logs", "blob-3"), ("other", "blob-1"))
    )
    assert [("logs", lost)] == ledger.missing()


def test_a_feed_remembers_with_its_unit(tmp_path: Path, ledger: Ledger) -> None:
    """A query's id outlives the process."""
    ledger.plan([wanted(0)])
    unit = taken(ledger)
    ledger.remember(unit.id, "query", "q-1")
    ledger.close()
    again = Ledger(tmp_path / "ledger.sqlite")
    assert "q-1" == again.recall(unit.id, "query")
    again.remember(unit.id, "query", None)
    assert again.recall(unit.id, "query") is None
    again.close()


def test_what_is_no_ledger_is_named(tmp_path: Path) -> None:
    """And nothing in the folder is touched."""
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database at all, just some text" * 100)
    with pytest.raises(IntegrityError, match="Collect into another folder"):
        Ledger(path)


def test_a_full_disk_loses_only_what_was_being_written(ledger: Ledger) -> None:
    """The error says what to do; afterwards the ledger takes transactions again, and the unit is still to be fetched."""
    ledger.plan([wanted(0)])
    unit = taken(ledger)
    (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    large = [
        Stored(f"raw/logs/{n}.json", 0, 10, "ab" * 40, 3, "GET https://contoso.test", None, None, None, None)
        for n in range(500)
    ]

    with pytest.raises(OSError, match=r"make room on the disk and run the command again.*ledger.sqlite"):
        ledger.finish(unit, large, [], records=3, distinct=3, late=None, fetched_at=NOW, manifest=[])

    ledger._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    fetched(ledger, unit)
    assert ["fetched"] == states(ledger)
