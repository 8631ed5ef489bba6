"""What a watch remembers, also when it is killed."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from mailwitness.errors import BusyError, IntegrityError
from mailwitness.watch.memory import Memory
from tests.watch.receiving import alert, finding

NOW = datetime(2026, 3, 2, 9)


def test_news_waits_for_each_channel_until_it_was_sent(tmp_path: Path) -> None:
    """Each channel gets each alert, in the order in which they were noted, also after the memory was closed."""
    first, second = alert(2), alert(1)
    with Memory.held(tmp_path) as memory:
        memory.note([("finding:f2", finding(), first), ("finding:f1", finding(), second)], ["a", "b"])
        memory.sent("a", [first], NOW)
    with Memory.held(tmp_path) as memory:
        assert [second] == memory.waiting("a", 9)
        assert [first, second] == memory.waiting("b", 9)
        assert [first] == memory.waiting("b", 1)
        assert {"a": (1, 1), "b": (0, 2)} == memory.deliveries()


def test_what_was_told_comes_back_with_how_often(tmp_path: Path) -> None:
    """The number of tellings goes into the next id; what was withdrawn is None."""
    with Memory.held(tmp_path) as memory:
        memory.note([("finding:f1", finding(), None), ("silence:x", {"last_record": NOW}, None)], [])
        memory.note([("finding:f1", None, None)], [])

        assert {"finding:f1": (2, None)} == memory.told("finding:")
        assert {"silence:x": (1, {"last_record": "2026-03-02T09:00:00Z"})} == memory.told("silence:")


def test_what_fails_waits_with_its_reason(tmp_path: Path) -> None:
    """A failure changes nothing but the count of attempts and the reason."""
    with Memory.held(tmp_path) as memory:
        memory.note([("finding:f1", finding(), alert())], ["a"])
        memory.failed("a", [alert()], "no answer in time")

        assert [alert()] == memory.waiting("a", 9)
    with sqlite3.connect(tmp_path / "watch/memory.sqlite") as connection:
        assert [(1, "no answer in time")] == connection.execute("SELECT attempts, error FROM deliveries").fetchall()
    connection.close()


def test_news_is_noted_whole_or_not_at_all(tmp_path: Path) -> None:
    """An error in the middle leaves neither the news nor its alerts."""
    with Memory.held(tmp_path) as memory:
        with pytest.raises(sqlite3.IntegrityError):
            memory.note([("finding:f1", finding(), alert()), ("finding:f2", finding(), alert())], ["a"])

        assert {} == memory.told("finding:")
        assert [] == memory.waiting("a", 9)


def test_one_watch_at_a_time(tmp_path: Path) -> None:
    """A second one is told to stay away."""
    with Memory.held(tmp_path), pytest.raises(BusyError, match="another watch of this case"), Memory.held(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"no database at all, and long enough to look at" * 20, None])
def test_a_memory_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Another file in its place, or one of a later version, ends the run with what to do."""
    file = tmp_path / "watch/memory.sqlite"
    with Memory.held(tmp_path):
        pass
    if content is not None:
        file.write_bytes(content)
    else:
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA user_version = 99")
        connection.close()

    with pytest.raises(IntegrityError, match=r"memory\.sqlite.*[Mm]ove .* away"), Memory.held(tmp_path):
        pass


def test_a_file_is_known_by_place_size_and_time(tmp_path: Path) -> None:
    """A file that changed is looked at again."""
    with Memory.held(tmp_path) as memory:
        memory.note_taken([("/in/a", 10, 5)])

        assert memory.is_taken("/in/a", 10, 5)
        assert not memory.is_taken("/in/a", 11, 5)
        assert not memory.is_taken("/in/a", 10, 6)
        assert not memory.is_taken("/in/b", 10, 5)


def test_a_disk_that_does_not_take_it_is_no_defect(tmp_path: Path) -> None:
    """The system's error, with the file's name; nothing of the news is noted, and the memory goes on."""
    with Memory.held(tmp_path) as memory:
        ((pages,),) = memory._connection.execute("PRAGMA page_count").fetchall()
        memory._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OSError, match="full"):
            memory.note([(f"finding:f{n}", finding(), alert(n)) for n in range(200)], ["a"])

        assert ({}, {}) == (memory.told(""), memory.deliveries())
        memory.set_mark("x", "y")
        assert "y" == memory.mark("x")
