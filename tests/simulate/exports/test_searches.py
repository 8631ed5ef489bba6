"""How searches are cut: no full answer, no row lost, no row twice; and what cannot be helped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailwitness.simulate.exports import formats, goose, mes, message_trace, purview_csv, sual_csv
from mailwitness.simulate.exports._searches import Search, Searches, SearchFiles
from tests.simulate.exports.records import HOUR, MINUTE, bind, tenant_of, trace, write

S = 1000


def searched(rows: list[int], limit: int, length: int = 60 * S, end: int = 120 * S) -> list[Search[int]]:
    found: list[Search[int]] = []
    searches: Searches[int] = Searches(0, end, length, limit, found.append)
    for at in rows:
        searches.add(at, at)
    searches.close()
    return found


def as_tuples(found: list[Search[int]]) -> list[tuple[int, int, list[int], list[int]]]:
    return [(one.begin, one.end, one.rows, one.over) for one in found]


def test_searches_cover_the_period_without_holes() -> None:
    """Also where nothing is found, and to the end of the period."""
    assert [(0, 60 * S, [], []), (60 * S, 120 * S, [70 * S], [])] == as_tuples(searched([70 * S], 5))
    assert [(0, 60 * S, [], []), (60 * S, 120 * S, [], [])] == as_tuples(searched([], 5))


def test_a_search_ends_at_a_whole_second_before_it_is_full() -> None:
    """Rows of one second stay together."""
    rows = [1 * S, 2 * S, 3 * S, 3 * S + 1, 4 * S]

    assert [
        (0, 3 * S, [1 * S, 2 * S], []), (3 * S, 60 * S, [3 * S, 3 * S + 1, 4 * S], []), (60 * S, 120 * S, [], []),
    ] == as_tuples(searched(rows, 3))  # fmt: skip


def test_a_second_with_more_than_a_search_gives_loses_the_rest() -> None:
    """It becomes a search of its own, and what is over is named."""
    rows = [1 * S, 5 * S, 5 * S + 1, 5 * S + 2, 6 * S]

    assert [
        (0, 5 * S, [1 * S], []), (5 * S, 6 * S, [5 * S, 5 * S + 1], [5 * S + 2]), (6 * S, 60 * S, [6 * S], []),
        (60 * S, 120 * S, [], []),
    ] == as_tuples(searched(rows, 2))  # fmt: skip


def test_rows_outside_of_the_period_stretch_it() -> None:
    """An open record that was closed after the last day, and one from before the first."""
    found = searched([-5 * S, 130 * S + 1], 5)

    assert [(-5 * S, 60 * S), (60 * S, 120 * S), (120 * S, 131 * S)] == [(one.begin, one.end) for one in found]
    assert [[-5 * S], [], [130 * S + 1]] == [one.rows for one in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 50])
def test_files_and_searches_cut_alike(limit: int, tmp_path: Path) -> None:
    """Straight to disk or held in memory: the same windows, the same rows, the same losses."""
    rows = sorted([(n * n * 700) % (118 * S) for n in range(60)] + [40 * S] * 4)
    files = SearchFiles(tmp_path, 0, 120 * S, 60 * S, limit, lambda begin, end: f"{begin}-{end}.txt", tail=b"end")
    for number, at in enumerate(rows):
        files.add(at, ("unified", str(number)), f"{at}\n".encode())
    files.close()

    wanted = [one for one in searched(rows, limit) if one.rows]
    assert [(f"{one.begin}-{one.end}.txt", "".join(f"{at}\n" for at in one.rows) + "end") for one in wanted] == [
        (path.name, path.read_text()) for path in files.files
    ]
    assert sum(len(one.over) for one in wanted) == len(files.dropped)
    assert [(one.begin, one.end, len(one.rows) + len(one.over)) for one in wanted] == files.searches
    assert len(rows) == sum(len(one.rows) + len(one.over) for one in wanted)


def test_a_second_file_of_one_name_is_numbered(tmp_path: Path) -> None:
    files = SearchFiles(tmp_path, 0, 60 * S, 60 * S, 1, lambda _begin, _end: "query_data.csv")
    for second in (1, 2, 3):
        files.add(second * S, ("unified", str(second)), b"x")
    files.close()

    assert ["query_data.csv", "query_data (1).csv", "query_data (2).csv"] == [path.name for path in files.files]


@pytest.mark.parametrize(
    ("name", "module", "cap", "files"),
    [
        ("purview_csv", purview_csv, "CAP_ROWS", 3),
        ("goose", goose, "CAP_ROWS", 3),
        ("mes", mes, "PAGE_ROWS", 3),
        ("sual_csv", sual_csv, "PAGE_ROWS", 1),
        ("message_trace", message_trace, "CAP_ROWS", 3),
    ],
)
def test_caps_split_searches_and_lose_nothing(
    name: str, module: object, cap: str, files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven records of one hour under a cap of four: searches of three, three and one, and none is lost."""
    monkeypatch.setattr(module, cap, 4)
    make = trace if name == "message_trace" else bind
    given = [make(number, 9 * HOUR + number * MINUTE) for number in range(7)]

    written = write(name, tmp_path, given)

    found = {path: (tmp_path / path).read_text("utf-8-sig") for path in written.files}
    with_records = [text for path, text in found.items() if re.search("UAL-|AuditLog_|AuditLog-|ual_2|Trace-", path)]
    marks = [one.record.get("MessageId", one.id) for one in given]
    assert [1] * 7 == [sum(mark in text for text in with_records) for mark in marks]
    assert (files, frozenset()) == (len(with_records), written.dropped)


def test_a_second_over_the_cap_is_dropped_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Purview loses it silently; the extractor suite says that not all was captured; the collector's statement is not complete."""
    given = [bind(number, 9 * HOUR) for number in range(5)]
    monkeypatch.setattr(purview_csv, "CAP_ROWS", 4)
    monkeypatch.setattr(mes, "PAGE_ROWS", 4)

    portal = write("purview_csv", tmp_path / "portal", given)
    suite = write("mes", tmp_path / "suite", given)

    assert (frozenset({("unified", given[3].id), ("unified", given[4].id)}), 2) == (portal.dropped, len(suite.dropped))
    log = (tmp_path / "suite/Output/LogFile.txt").read_text("utf-8")
    assert "[INFO] Found 5 audit logs between 2026-03-02T00:00:00Z and 2026-03-02T12:00:00Z" in log
    assert "SOME EVENTS IN THIS RANGE ARE NOT CAPTURED" in log
    assert '"complete":true' not in (tmp_path / "portal/collection-statement.jsonl").read_text("utf-8")


@pytest.mark.parametrize("name", [name for name in formats() if name != "settings"])
def test_no_records_give_no_empty_files(name: str, tmp_path: Path) -> None:
    """A quiet period leaves statements, run logs and settings, and not one file that pretends to hold records."""
    written = write(name, tmp_path, [])

    days = tenant_of().options.days + tenant_of().options.delay_days
    stated = (tmp_path / "collection-statement.jsonl").read_text("utf-8")
    assert stated.count('"expected":0') == days * len(formats()[name].streams)
    assert not [path for path in written.files if "UAL-" in path or "SignIn" in path or "AuditLog_" in path]
