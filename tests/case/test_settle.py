"""Settling: parts into tables of distinct events, the same from the same parts, and made again when they are gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mailwitness.case import settle
from mailwitness.case.store import Store
from mailwitness.workflow.case import Case
from tests.laws.cases import (
    access,
    accounts,
    case_of,
    check_sound,
    deletion,
    json_array,
    json_lines,
    rows,
    search_csv,
    tables,
)


def test_tables_taken_away_are_made_again(tmp_path: Path) -> None:
    """Tables can be made from the parts at any time, also by one who only reads."""
    case, _ = case_of(tmp_path, json_lines([access(1), access(2)]), search_csv([access(2), access(3)]))
    before = tables(case)
    shutil.rmtree(case.path / "tables")

    assert [(3,)] == Case.open(case.path).sql("SELECT count(*) FROM audit_events").fetchall()
    assert before == tables(case)
    check_sound(case)


def test_a_case_can_be_moved(tmp_path: Path) -> None:
    """Nothing in a case of copies knows where the case lies."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))
    before = tables(case)
    case.path.rename(tmp_path / "elsewhere")

    moved = Case.open(tmp_path / "elsewhere")

    assert before == tables(moved)
    assert json_lines([access(1)]).strip() == moved.raw_record("audit_events", f"audit:{access(1)['Id']}")
    check_sound(moved)


def test_settling_again_changes_no_byte_of_what_it_says(tmp_path: Path) -> None:
    """The same parts give the same tables and the same account."""
    case, _ = case_of(
        tmp_path, json_lines([access(n) for n in range(50)]), search_csv([access(n) for n in range(25, 75)])
    )
    store = Store(case.path)
    before, told = tables(case), accounts(case)

    settle.settle(store, store.entries(), {})

    assert (before, told) == (tables(case), accounts(case))


@pytest.mark.parametrize("small", [0, 10**9])
def test_linked_and_rewritten_parts_say_the_same(small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether parts are used as they are or written together plays no part."""
    files = [json_lines([deletion(100 * page + n) for n in range(5)]) for page in range(20)]
    expected, _ = case_of(tmp_path / "expected", *files)
    monkeypatch.setattr(settle, "SMALL_PART_ROWS", small)

    case, _ = case_of(tmp_path / "case", *files)

    assert tables(expected) == tables(case)
    check_sound(case)


def test_the_sighting_with_the_most_detail_is_shown(tmp_path: Path) -> None:
    """The whole vendor record goes before a copy that lost detail, whichever came first."""
    whole = access(1, SessionId="session-1")
    page = json.dumps(
        [{"TimeGenerated": access(1)["CreationTime"], "OfficeId": access(1)["Id"], "Operation": "MailItemsAccessed"}]
    ).encode()

    case, _ = case_of(tmp_path, page, json_array([whole]))

    shown = rows(case, "SELECT session_id FROM audit_events")
    assert ("session-1",) in shown
    check_sound(case)


def test_equal_records_without_an_id_are_as_many_as_one_export_holds(tmp_path: Path) -> None:
    """Two in one export and three in another are three events."""
    nameless = {k: v for k, v in deletion(1).items() if k != "Id"}

    case, _ = case_of(tmp_path, json_lines([nameless] * 2), json_array([nameless] * 3))

    assert [(1,), (2,), (2,)] == rows(case, "SELECT sightings FROM audit_events ORDER BY ALL")
    check_sound(case)
