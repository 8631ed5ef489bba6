"""What a careless collector leaves out: what lay beyond a cap, and what came after the place where a file broke off."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import msgspec
import pytest

from mailwitness.simulate.exports import entra_portal_csv, formats, purview_csv, sual_csv, sual_json
from mailwitness.simulate.exports._careless import Cut
from mailwitness.simulate.logged import Key, Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, build
from tests.simulate.exports.records import HOUR, MINUTE, bind, signin, write

DAY = 24 * HOUR
WITH_LOGS = [name for name in formats() if formats()[name].streams]


def careless(days: int) -> Tenant:
    return build(Options(seed=3, mailboxes=10, days=days, collector="careless"))


def keys(given: list[Logged]) -> frozenset[Key]:
    return frozenset((one.stream, one.id) for one in given)


@pytest.mark.parametrize(("name", "module"), [("sual_csv", sual_csv), ("sual_json", sual_json)])
def test_a_search_gives_its_newest_rows_and_says_how_many_there_were(
    name: str, module: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One search a day: four rows of seven, newest first, each of which says that there are seven; the other three are dropped."""
    monkeypatch.setattr(module, "PAGE_ROWS", 4)
    given = [bind(number, 9 * HOUR + number * MINUTE) for number in range(7)]

    written = write(name, tmp_path, given, careless(4))

    path = tmp_path / written.files[0]
    text = path.read_text("utf-8-sig")
    rows = json.loads(text) if name == "sual_json" else list(csv.DictReader(text.splitlines()))
    assert [one.id for one in given[:2:-1]] == [row["Identity"] for row in rows]
    assert [(str(n), "7") for n in range(1, 5)] == [(str(row["ResultIndex"]), str(row["ResultCount"])) for row in rows]
    assert keys(given[:3]) == written.dropped


def test_one_search_for_the_whole_period_ends_at_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portals' downloads hold the newest rows of all days; that they are full is all that one sees."""
    monkeypatch.setattr(purview_csv, "CAP_ROWS", 5)
    monkeypatch.setattr(Cut, "hits", lambda *_: False)
    given = [bind(number, number * DAY // 3 + HOUR) for number in range(9)]

    written = write("purview_csv", tmp_path, given, careless(4))

    assert ("AuditLog_2026-03-02_2026-03-06.csv",) == written.files
    rows = csv.DictReader((tmp_path / written.files[0]).read_text("utf-8-sig").splitlines())
    assert [one.id for one in given[:3:-1]] == [row["RecordId"] for row in rows]
    assert keys(given[:4]) == written.dropped


@pytest.mark.parametrize("name", ["goose", "mes", "purview_csv", "sual_csv", "sual_json"])
def test_a_file_breaks_off_in_the_middle_of_a_row(name: str, tmp_path: Path) -> None:
    """Of ten records of the day in the middle seven are whole in the file, one is there in part and two are gone: three are dropped."""
    given = [bind(number, 2 * DAY + 13 * HOUR + number * MINUTE) for number in range(10)]

    written = write(name, tmp_path, given, careless(5))

    (text,) = (
        found
        for path in written.files
        if any(one.id in (found := (tmp_path / path).read_text("utf-8-sig")) for one in given)
    )
    dropped = {id_ for _, id_ in written.dropped}
    whole = {one.id for one in given} - dropped
    assert (7, 3, keys(given) >= written.dropped) == (len(whole), len(dropped), True)
    assert all(one in text for one in whole)
    assert sum(id_ in text for id_ in dropped) <= 1
    assert text[-1] not in "\n]"


def test_each_log_of_a_portal_breaks_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capped and broken download: five newest of eight rows, of which three are whole."""
    monkeypatch.setattr(entra_portal_csv, "CAP_ROWS", 5, raising=False)
    monkeypatch.setattr("mailwitness.simulate.exports._portal.CAP_ROWS", 5)
    given = [signin(number, HOUR + number * MINUTE) for number in range(8)]

    written = write("entra_portal_csv", tmp_path, given, careless(4))

    text = (tmp_path / next(path for path in written.files if "Interactive" in path)).read_text("utf-8-sig")
    assert keys(given[:3]) | keys(given[3:5]) == written.dropped
    assert [one.id in text for one in given[5:]] == [True] * 3


@pytest.mark.parametrize("name", WITH_LOGS)
def test_nothing_is_stated(name: str, tmp_path: Path) -> None:
    """Who does not see what is missing states nothing of it."""
    written = write(name, tmp_path, [bind(1, HOUR), signin(2, HOUR)], careless(2))

    assert not [path for path in written.files if path.endswith("collection-statement.jsonl")]


def test_only_a_known_collector_is_taken() -> None:
    """The message names what there is."""
    with pytest.raises(Exception, match="--collector 'lazy' is not known; it is one of careful, careless"):
        msgspec.structs.replace(Options(), collector="lazy")
