"""verify computes everything again and names what is not as recorded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mailwitness.errors import IntegrityError
from mailwitness.workflow.case import Case
from tests.laws.cases import access, case_of, deletion, json_lines, search_csv


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return case_of(tmp_path, json_lines([access(1), deletion(2)]), search_csv([access(1), access(3)]))[0]


def one(case: Case, pattern: str) -> Path:
    return sorted(case.path.glob(pattern))[0]


def overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def test_an_untouched_case_is_intact(case: Case) -> None:
    """Nothing changed, nothing is said; also after reading and reporting."""
    case.findings.fetchall()

    assert [] == case.verify()
    assert [] == Case.open(case.path).verify()


def test_a_case_with_a_window_in_a_file_name_is_intact(tmp_path: Path) -> None:
    """The row that a file's name gives lies in a part of its own, which is hashed like every other."""
    path = tmp_path / "UAL-20260302000000-20260303000000.json"
    path.write_bytes(json_lines([access(1)]))
    case = case_of(tmp_path, path)[0]

    assert [] == case.verify()
    overwrite(one(case, "parts/*/*collection_windows*"), b"")
    assert ["parts/"] == [problem[:6] for problem in case.verify() if "collection_windows" in problem]


def test_changed_evidence_is_named(case: Case) -> None:
    """One byte of one file."""
    path = one(case, "evidence/*")
    overwrite(path, path.read_bytes().replace(b"contoso", b"c0ntoso", 1))

    (problem,) = case.verify()

    assert path.name in problem
    assert "SHA-256" in problem


def test_evidence_that_is_gone_is_named(case: Case) -> None:
    """A file taken out of the case."""
    path = one(case, "evidence/*")
    path.unlink()

    assert [True] == [path.name in problem and "gone" in problem for problem in case.verify()]
    with pytest.raises(IntegrityError):
        for row_id in (1, 2, 3):
            case.raw_record("audit_events", f"audit:aaaa1111-0000-4000-8000-{row_id:012d}")


def test_a_changed_entry_is_named(case: Case) -> None:
    """A ledger entry with another name in it."""
    path = one(case, "ledger/*.json")
    entry = json.loads(path.read_text())
    overwrite(path, json.dumps({**entry, "name": "other"}, indent=1, sort_keys=True).encode() + b"\n")

    assert any("the entry changed" in problem and path.name in problem for problem in case.verify())


@pytest.mark.parametrize("data", [b"", b"{", b"5", b"{}", b'{"evidence_id": "x"}', b"\xff\xfe"])
def test_an_entry_that_is_none_is_named(data: bytes, case: Case) -> None:
    """A ledger file that cannot be read stops every command with its name, and verify names it."""
    path = one(case, "ledger/*.json")
    overwrite(path, data)

    assert [True] == [path.name in problem for problem in case.verify()]
    with pytest.raises(IntegrityError, match=path.name):
        Case.open(case.path)


def test_an_entry_taken_away_is_named(case: Case) -> None:
    """Custody remembers what the ledger lost, and its bytes are not cleared away by the next add."""
    path = one(case, "ledger/*.json")
    path.unlink()

    assert any(path.name in problem and "gone" in problem for problem in case.verify())
    case.add(one(case, "ledger/*.json"))
    assert 3 == len(list((case.path / "evidence").iterdir()))


@pytest.mark.parametrize("line", [0, 1, 2])
@pytest.mark.parametrize("change", ["edit", "remove", "scalar", "garbage", "swap"])
def test_a_changed_chain_is_named(line: int, change: str, case: Case) -> None:
    """A line of custody changed, removed, replaced or moved breaks the chain or contradicts the ledger."""
    path = case.path / "custody.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    if change == "edit":
        lines[line] = lines[line].replace(b'"at": "2', b'"at": "3')
    elif change == "remove":
        del lines[line]
    elif change == "scalar":
        lines[line] = b"5\n"
    elif change == "garbage":
        lines[line] = b"\xff{\n"
    else:
        lines[line], lines[line - 1] = lines[line - 1], lines[line]
    path.write_bytes(b"".join(lines))

    found = case.verify()
    if (line, change) == (2, "edit"):  # the last line has no line after it; its hash is in every report
        assert [] == found
    else:
        assert any("custody.jsonl" in problem for problem in found), found


def test_a_changed_part_is_named(case: Case) -> None:
    """A part with one value changed and as many rows as before."""
    path = one(case, "parts/*/audit_events-*.parquet")
    table = pq.read_table(path)
    column = table.column_names.index("user_id")
    path.unlink()
    pq.write_table(table.set_column(column, "user_id", [["eve@example.org"] * table.num_rows]), path)

    assert any(f"{path.parent.name}/{path.name}" in problem and "changed" in problem for problem in case.verify())


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not parquet at all"])
def test_a_broken_part_is_named(data: bytes, case: Case) -> None:
    """A part that is no Parquet file any more is named, not a failure."""
    path = one(case, "parts/*/mail_accesses-*.parquet")
    path.unlink()
    path.write_bytes(data)

    assert any(path.name in problem for problem in case.verify())


def test_a_changed_table_is_named(case: Case) -> None:
    """A settled table that was changed is named, with what makes it again."""
    path = one(case, "tables/mail_accesses/a-merged.parquet")
    path.write_bytes(path.read_bytes().replace(b"PAR1", b"PAR2"))

    assert [True] == ["tables/mail_accesses/a-merged.parquet" in problem for problem in case.verify()]


def test_a_file_put_into_the_evidence_by_hand_is_named(case: Case) -> None:
    """What no entry names is said, and stays."""
    (case.path / "evidence" / "by_hand.json").write_bytes(b"{}")

    assert [True] == ["by_hand.json" in problem for problem in case.verify()]
    case.add(case.path / "evidence" / "by_hand.json")
    assert (case.path / "evidence" / "by_hand.json").exists()


def test_a_table_that_is_a_copy_of_its_part_is_looked_at_too(tmp_path: Path) -> None:
    """A moved case has no links: what is read are the tables, so a row taken out of one must show."""
    made, _ = case_of(tmp_path, json_lines([access(1), access(2)]))
    moved = Case.open(shutil.copytree(made.path, tmp_path / "moved"))
    assert [] == moved.verify()
    path = one(moved, "tables/mail_access_items/*.parquet")
    path.chmod(0o644)

    pq.write_table(pq.read_table(path).slice(0, 1), path)

    assert [True] == [path.name in problem for problem in moved.verify()]


def test_a_file_put_among_the_tables_is_named(case: Case) -> None:
    """It would be read as part of the table."""
    path = one(case, "tables/mail_access_items/*.parquet")
    shutil.copy(path, path.with_name("more.parquet"))

    assert [True] == ["more.parquet" in problem for problem in case.verify()]


def test_changed_findings_are_named(case: Case) -> None:
    """Answers that were cut after they were written are not the case's answers."""
    case.findings.fetchall()
    kept = one(case, "findings/*/findings*.parquet")
    pq.write_table(pq.read_table(kept).slice(0, 0), kept)

    (problem,) = Case.open(case.path).verify()

    assert problem.startswith(f"findings/{kept.parent.name}/{kept.name}: changed since it was written")


def test_an_add_interrupted_before_its_last_step_is_no_damage(case: Case) -> None:
    """Tables that were not settled yet are settled, and the case is intact."""
    (case.path / "tables" / "settled.json").unlink()

    assert [] == Case.open(case.path).verify()
