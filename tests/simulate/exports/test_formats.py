"""What holds for every format: its name, determinism, files as stated, one page of tests per peculiarity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mailwitness.simulate.exports import DEFAULT_FORMATS, formats, mes
from mailwitness.simulate.exports.selection import Selection
from mailwitness.simulate.logged import Logged, Spooled
from mailwitness.simulate.tenant import Timeline
from mailwitness.workflow.case import Case
from tests.laws.cases import rows
from tests.simulate.exports.records import HOUR, MINUTE, bind, one_life, signin, tenant_of, write

EVERY = tuple(formats())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_formats_are_found_and_the_default_ones_are_among_them() -> None:
    assert (
        "diagnostic_settings", "entra_portal_csv", "entra_portal_json", "goose", "graph_pages", "log_analytics_csv",
        "management_api", "mes", "message_trace", "purview_csv", "settings", "sual_csv", "sual_json", "tenant",
    ) == EVERY  # fmt: skip
    assert {*DEFAULT_FORMATS} <= {*EVERY}


@pytest.mark.parametrize("name", EVERY)
def test_the_same_records_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    """Names, bytes and times of files; and what is said to be written is what is there."""
    given = [one for one in one_life() if one.stream in formats()[name].streams]

    first = write(name, tmp_path / "first", given)
    second = write(name, tmp_path / "second", given)

    assert first == second
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    assert tuple(contents(tmp_path / "first")) == first.files
    assert {tenant_of().collected_at / 1000} == {(tmp_path / "first" / path).stat().st_mtime for path in first.files}


@pytest.mark.parametrize("name", EVERY)
def test_a_format_written_in_parts_is_the_same(name: str, tmp_path: Path) -> None:
    """Every process may write another log of it: the files are those of one that writes all."""
    made = formats()[name]

    whole = write(name, tmp_path / "whole", one_life(), parts=[made.streams])
    parted = write(name, tmp_path / "parted", one_life(), parts=made.parts())

    assert made.streams == frozenset().union(*made.parts())
    assert (whole.files, whole.dropped) == (parted.files, parted.dropped)
    assert contents(tmp_path / "whole") == contents(tmp_path / "parted")


@pytest.mark.parametrize("name", EVERY)
def test_records_are_not_changed_by_writing(name: str, tmp_path: Path) -> None:
    """Several writers are given the same objects."""
    given = [one for one in one_life() if one.stream in formats()[name].streams]
    before = msgspec.json.encode(given)

    write(name, tmp_path, given)

    assert before == msgspec.json.encode(given)


@pytest.mark.parametrize("name", [name for name in EVERY if formats()[name].streams])
def test_a_writer_holds_no_more_than_a_window(name: str, tmp_path: Path) -> None:
    """While records still come, those of earlier days are on disk already."""
    tenant = tenant_of(days=4)
    seen: list[int] = []

    def passing() -> Iterator[Spooled]:
        for one in one_life():
            if one.stream in formats()[name].streams:
                for day in range(4):
                    at = tenant.start_at + day * 24 * HOUR + 13 * HOUR
                    yield Spooled(one.stream, at, at, f"{one.id}-{day}", msgspec.json.encode(one.record))
                seen.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
                return

    formats()[name].write(tmp_path, tenant, Timeline(tenant), passing(), formats()[name].streams)

    one_file_for_all = name in ("entra_portal_csv", "entra_portal_json", "message_trace", "mes")
    assert one_file_for_all or seen[0] > 0


def lossy(count: int) -> tuple[list[Logged], int]:
    """Records of one hour as a run with loss gives them to a writer, and how many came."""
    tenant = tenant_of("loss20")
    selection = Selection(tenant, tenant.options)
    given = [bind(number, 9 * HOUR + number * 1000) for number in range(count)]
    return given, sum(selection.holds(one) for one in given)


def test_the_run_log_says_what_there_was_and_the_files_hold_less(tmp_path: Path) -> None:
    """Its windows become collection windows that are not complete, with the true numbers."""
    given, came = lossy(40)

    write("mes", tmp_path / "mes", given, tenant_of("loss20"))

    log = (tmp_path / "mes/Output/LogFile.txt").read_text("utf-8")
    assert 20 < came < 40
    assert f"Successfully retrieved {came} records out of total 40 for the current time range" in log
    case = Case.create(tmp_path / "case")
    case.add(tmp_path / "mes", options={"collected_for": "all-users"}, workers=1)
    assert [(40, came, False)] == rows(
        case,
        "SELECT expected, received, complete FROM collection_windows "
        "WHERE statement LIKE '%Found 40%' AND feed = 'unified_audit_log'",
    )
    assert [(came,)] == rows(case, "SELECT count(*) FROM audit_events")


def test_a_window_of_which_nothing_came_is_said_to_be_empty_and_not_quiet(tmp_path: Path) -> None:
    given, _ = lossy(40)
    gone = [one for one in given if one.lost][:1]

    write("mes", tmp_path, gone, tenant_of("loss20"))

    log = (tmp_path / "Output/LogFile.txt").read_text("utf-8")
    assert "[WARNING] Empty data set returned between 2026-03-02T00:00:00Z and 2026-03-02T12:00:00Z" in log
    assert 3 == log.count("No audit logs between")


@pytest.mark.parametrize("name", ["sual_csv", "sual_json"])
def test_lost_rows_leave_holes_in_the_result_index(name: str, tmp_path: Path) -> None:
    """The count is what there was."""
    given, came = lossy(40)

    write(name, tmp_path, given, tenant_of("loss20"))

    text = next(tmp_path.glob("UnifiedAuditLog*")).read_text("utf-8-sig")
    if name == "sual_json":
        found = [(row["ResultIndex"], row["ResultCount"]) for row in json.loads(text)]
    else:
        found = [(int(line.split('","')[-5]), int(line.split('","')[-4])) for line in text.splitlines()[1:]]
    assert (came, {40}) == (len(found), {count for _, count in found})
    indexes = [index for index, _ in found]
    assert indexes == sorted(indexes)
    assert came < max(indexes) <= 40


def test_goose_states_what_there_was_in_its_bounds(tmp_path: Path) -> None:
    given, _ = lossy(40)

    write("goose", tmp_path, given, tenant_of("loss20"))

    assert (
        "start,end,count\n2026-03-02 04:00:00,2026-03-03 04:00:00,40\n" == (tmp_path / "m365/.ual_bounds").read_text()
    )


def test_blobs_hold_what_arrived_in_one_hour_and_repeat_what_is_repeated(tmp_path: Path) -> None:
    """A record of 9:59 that arrives at 10:09 is in the blob of 10 o'clock; its duplicate, an hour later, in the next."""
    one = bind(1, 10 * HOUR - MINUTE)
    again = Logged("unified", one.at, one.available + HOUR, one.id, one.record, ())
    blobs = write("management_api", tmp_path, [one, again, bind(2, 9 * HOUR)]).files[:3]

    assert [
        ("Audit.Exchange/20260302091000", 1), ("Audit.Exchange/20260302100900", 1), ("Audit.Exchange/20260302110900", 1),
    ] == [(path[:29], len(json.loads((tmp_path / path).read_bytes()))) for path in blobs]  # fmt: skip
    assert all("$" not in path for path in blobs)


def test_purview_takes_duplicates_out(tmp_path: Path) -> None:
    one = bind(1, HOUR)
    again = Logged("unified", one.at, one.available + HOUR, one.id, one.record, ())

    write("purview_csv", tmp_path, [one, again])

    assert 2 == len((tmp_path / "AuditLog_2026-03-02_2026-03-03.csv").read_bytes().splitlines())


def test_every_page_but_the_last_names_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pages of a search, newest first; the case finds nothing missing."""
    monkeypatch.setattr("mailwitness.simulate.exports.graph_pages.PAGE_ROWS", 2)

    write("graph_pages", tmp_path / "pages", [signin(number, HOUR + number * 1000) for number in range(5)])

    (path,) = (tmp_path / "pages/signIns/interactiveUser").glob("*.json")
    pages = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [True, True, False] == ["@odata.nextLink" in page for page in pages]
    assert [2, 2, 1] == [len(page["value"]) for page in pages]
    created = [one["createdDateTime"] for page in pages for one in page["value"]]
    assert created == sorted(created, reverse=True)
    case = Case.create(tmp_path / "case")
    assert [] == case.add(tmp_path / "pages", workers=1).problems


def test_two_pages_of_one_second_share_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extractor suite names a file by the second and appends: two arrays, one after the other."""
    monkeypatch.setattr(mes, "GRAPH_PAGE_ROWS", 2)
    given = [signin(number, HOUR + number * 1000) for number in range(7)]

    write("mes", tmp_path / "mes", given)

    found = sorted((tmp_path / "mes").rglob("*-SignInLogs.json"))
    assert [2, 1, 1] == [path.read_bytes().count(b"\n]") + path.read_bytes().startswith(b"{") for path in found]
    case = Case.create(tmp_path / "case")
    assert [] == case.add(tmp_path / "mes", workers=1).problems
    assert [(7,)] == rows(case, "SELECT count(*) FROM signins")


@pytest.mark.parametrize("name", EVERY)
def test_unified_only_has_nothing_but_the_unified_log(name: str, tmp_path: Path) -> None:
    """Not even settings: nothing but that log, its run log or bounds, and a statement about it."""
    tenant = tenant_of("unified-only", formats_=(name,))
    selection = Selection(tenant, tenant.options)
    given = [one for one in one_life() if one.stream in formats()[name].streams and selection.holds(one)]

    write(name, tmp_path, given, tenant)

    names = [path.name for path in tmp_path.rglob("*") if path.is_file() and path.name != "collection-statement.jsonl"]
    known = ("UAL-", "LogFile.txt", "ual_", ".ual_bounds", "AuditLog_", "UnifiedAuditLog-", "2026030", "query_data")
    assert [] == [found for found in names if not found.startswith(known)]
    assert bool(names) == ("unified" in formats()[name].streams)
