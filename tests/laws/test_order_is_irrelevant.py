"""Law 7: evidence may arrive in any order, twice, in overlapping exports."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

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

EXPORTS = (
    json_lines([access(n) for n in range(6)]),
    search_csv([access(n) for n in range(3, 9)]),
    json_array(
        [
            access(2, ClientIPAddress="198.51.100.7"),
            access(4, Operation="MessageBind"),
            deletion(20),
            access(5, UserId=None),
        ]
    ),
    json_lines([{k: v for k, v in access(30).items() if k != "Id"}] * 2),
    json_array([{k: v for k, v in access(30).items() if k != "Id"}] * 3),
)

_EXAMPLES = settings().max_examples


def given_in(order: tuple[int, ...], folder: Path, at_once: bool) -> dict[str, list[str]]:
    files = [folder / f"{n}.dat" for n in range(len(EXPORTS))]
    for file, data in zip(files, EXPORTS, strict=True):
        file.write_bytes(data)
    case, _ = case_of(folder)
    for batch in [list(order)] if at_once else [[n] for n in order]:
        case.add([files[n] for n in batch])
    check_sound(case)
    return tables(case)


def test_the_order_of_evidence_plays_no_part(tmp_path: Path) -> None:
    """Forwards, backwards, at once or one by one: the same tables."""
    ways = (((0, 1, 2, 3, 4), True), ((4, 3, 2, 1, 0), False), ((2, 4, 0, 3, 1), True))
    found = []
    for number, (order, at_once) in enumerate(ways):
        folder = tmp_path / str(number)
        folder.mkdir()
        found.append(given_in(order, folder, at_once))

    assert [found[0]] * len(found) == found


@settings(max_examples=max(2, _EXAMPLES // 10))
@given(st.permutations(range(len(EXPORTS))), st.lists(st.integers(0, len(EXPORTS) - 1), max_size=3))
def test_any_order_with_repeats_gives_the_same_tables(order: list[int], again: list[int]) -> None:
    """Adding what is there already changes nothing, whenever it happens."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        assert given_in((0, 1, 2, 3, 4), Path(one), True) == given_in((*order, *again), Path(other), False)


def test_adding_again_changes_nothing(tmp_path: Path) -> None:
    """The second time all is known: no new item, no new act, the same tables."""
    case, _ = case_of(tmp_path, *EXPORTS)
    before, custody = tables(case), (case.path / "custody.jsonl").read_bytes()

    again = case.add(tmp_path / "files")

    assert (0, len(EXPORTS)) == (again.new, len(again.evidence))
    assert (before, custody) == (tables(case), (case.path / "custody.jsonl").read_bytes())


def test_a_copy_under_another_name_is_registered_and_brings_nothing(tmp_path: Path) -> None:
    """Every file handed over is an item; the records of a copy are duplicates."""
    case, added = case_of(tmp_path, json_lines([access(1)]), json_lines([access(1)]))

    assert {(1, 1, 0, 0, 0), (1, 0, 1, 0, 0)} == set(accounts(case).values())
    assert (2, [(1, 2)]) == (added.new, rows(case, "SELECT count(*), sum(sightings) FROM audit_events"))
