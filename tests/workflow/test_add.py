"""Evidence into the case: stretches, workers, references, and what cannot be read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mailwitness.errors import UsageError
from mailwitness.sources.framing import csv_frames
from mailwitness.workflow import add, intake, workers
from mailwitness.workflow.add import Progress
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
    signin,
    tables,
)
from tests.laws.damage import zipped

RECORDS = [*(access(n, Note="x" * (n % 300)) for n in range(300)), *(deletion(n) for n in range(400, 500))]
SPLITTABLE = {
    "lines": json_lines(RECORDS),
    "lines with CRLF": json_lines(RECORDS, "\r\n"),
    "lines after a BOM": b"\xef\xbb\xbf" + json_lines(RECORDS),
    "lines of sign-ins": json_lines([signin(n) for n in range(400)]),
    "lines, some broken": json_lines(RECORDS[:50])
    + json_lines(RECORDS[50:]).replace(b'"UserType": 0', b'"UserType": ', 40),
    "a table": search_csv(RECORDS),
    "a table with sep=": search_csv(RECORDS, ";", "\n", "sep=;\n"),
    "a table with newlines in cells": search_csv([access(n, Note="a") for n in range(300)]).replace(
        b'""Note"": ""a""', b'""Note"":\n\n ""a""'
    ),
    "a table with its header again": search_csv(RECORDS[:200]) + search_csv(RECORDS[150:]),
}


@pytest.mark.parametrize("layout", SPLITTABLE)
def test_a_file_read_in_stretches_gives_what_it_gives_whole(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a large file is cut plays no part: same rows, same places, same rejects."""
    whole, _ = case_of(tmp_path / "whole", SPLITTABLE[layout])
    monkeypatch.setattr(add, "STRETCH_BYTES", 7_001)
    monkeypatch.setattr(csv_frames, "READ_BYTES", 2_000)

    cut, _ = case_of(tmp_path / "cut", SPLITTABLE[layout])

    (entry,) = (cut.path / "ledger").glob("*.json")
    assert entry.read_text().count("-00003.parquet") > 0
    assert accounts(whole) == accounts(cut)
    found, expected = tables(cut), tables(whole)
    # Names that go together are noted once for a batch of records, so their places depend on the batches.
    assert set(named(cut)) == set(named(whole))
    assert {**expected, "identity_mentions": []} == {**found, "identity_mentions": []}
    check_sound(cut)


def named(case: Case) -> list[tuple[object, ...]]:
    return rows(case, "SELECT kind_a, value_a, kind_b, value_b FROM identity_mentions")


def test_any_stretch_size_accounts_for_broken_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where quotes mislead, a cut may fall elsewhere, and still each byte is read once and each good record is there."""
    rows_ = search_csv(RECORDS).split(b"\r\n")
    rows_[100:100] = [b'"50","x","ana,"y","{""Id"":""q"r']
    data = b"\r\n".join(rows_)

    monkeypatch.setattr(csv_frames, "READ_BYTES", 2_000)
    for size in (3_000, 10_000, 31_337):
        monkeypatch.setattr(add, "STRETCH_BYTES", size)
        case, _ = case_of(tmp_path / str(size), data)
        assert [(400,)] == rows(case, "SELECT count(*) FROM audit_events")
        check_sound(case)


def test_one_worker_and_two_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes change nothing but the time it takes."""
    monkeypatch.setattr(add, "STRETCH_BYTES", 20_000)
    alone, _ = case_of(tmp_path / "alone", json_lines(RECORDS), search_csv(RECORDS), workers=1)
    monkeypatch.setattr(workers, "PARALLEL_FROM_BYTES", 0)
    started: list[subprocess.Popen[bytes]] = []
    real = workers._start

    def start() -> subprocess.Popen[bytes]:
        started.append(real())
        return started[-1]

    monkeypatch.setattr(workers, "_start", start)

    together, _ = case_of(tmp_path / "together", json_lines(RECORDS), search_csv(RECORDS), workers=2)

    assert 2 == len(started)
    assert (accounts(alone), tables(alone)) == (
        accounts(together),
        tables(together),
    )  # the same stretches, so the same batches
    check_sound(together)


def test_evidence_left_in_place_is_read_from_there(tmp_path: Path) -> None:
    """keep=reference copies nothing; the records come back from the original."""
    case, added = case_of(tmp_path, json_lines([access(1)]), keep="reference")

    assert ["referenced"] == [item["kept"] for item in added.evidence]
    assert [] == list((case.path / "evidence").iterdir())
    assert json_lines([access(1)]).strip() == case.raw_record("mail_accesses", f"audit:{access(1)['Id']}")
    check_sound(case)


def test_a_referenced_item_added_as_a_copy_stays_a_reference(tmp_path: Path) -> None:
    """Adding again changes nothing, also in the other way of keeping."""
    case, _ = case_of(tmp_path, json_lines([access(1)]), zipped({"a.csv": search_csv([access(2)])}), keep="reference")

    case.add(tmp_path / "files", keep="copy")

    assert 1 == len(list((case.path / "evidence").iterdir()))  # the member, which lies nowhere else
    check_sound(case)


@pytest.mark.parametrize("broken", [json_lines([access(1)])[:-1] + b" ", b"", None])
def test_a_reference_that_changed_is_named(broken: bytes | None, tmp_path: Path) -> None:
    """Changed, emptied or gone: verify says which file."""
    case, _ = case_of(tmp_path, json_lines([access(1)]), keep="reference")
    original = tmp_path / "files" / "1.dat"
    if broken is None:
        original.unlink()
    else:
        original.write_bytes(broken)

    (problem,) = case.verify()

    assert "1.dat" in problem
    assert "changed" in problem or "gone" in problem


def test_what_cannot_be_read_is_a_problem_and_the_rest_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without permission, a link to nowhere, a loop and a pipe are each named."""
    folder = tmp_path / "evidence"
    (folder / "below").mkdir(parents=True)
    (folder / "good.jsonl").write_bytes(json_lines([access(1)]))
    (folder / "secret.jsonl").write_bytes(json_lines([access(2)]))
    (folder / "below" / "good.csv").write_bytes(search_csv([access(3)]))
    (folder / "below" / "up").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "nowhere")
    (folder / "round").symlink_to(folder / "round")
    os.mkfifo(folder / "pipe")
    real = Path.open

    def refuse(path: Path, *given: object, **named: object) -> object:
        if path.name == "secret.jsonl":  # a test may run as one who may read everything
            raise PermissionError(13, "Permission denied")
        return real(path, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    case = Case.create(tmp_path / "case")
    added = case.add([folder, tmp_path / "missing"])
    monkeypatch.undo()

    assert ["below/up", "dangling", "pipe", "round", "secret.jsonl", str(tmp_path / "missing")] == sorted(
        (problem.partition(":")[0] for problem in added.problems), key=lambda name: (name.startswith("/"), name)
    )
    assert [(2,)] == rows(case, "SELECT count(*) FROM audit_events")
    assert not added.complete
    check_sound(case)


def test_a_damaged_gzip_keeps_what_came_before_the_damage(tmp_path: Path) -> None:
    """What could be expanded is evidence; the damage is a problem."""
    import gzip

    data = gzip.compress(json_lines(RECORDS))

    case, added = case_of(tmp_path, data[: len(data) // 2])

    assert 1 == sum("damaged in the archive" in problem for problem in added.problems)
    assert rows(case, "SELECT count(*) FROM audit_events")[0][0] > 50
    check_sound(case)


def test_a_zip_without_its_end_is_a_problem(tmp_path: Path) -> None:
    """A zip whose directory is cut off cannot be opened, and that is said."""
    case, added = case_of(tmp_path, zipped({"a.jsonl": json_lines([access(1)])})[:-30])

    assert [True] == ["not a whole zip archive" in problem for problem in added.problems]
    check_sound(case)


def test_a_named_reader_is_used_and_a_wrong_one_refused(tmp_path: Path) -> None:
    """--reader decides between layouts it can read, and says so where it cannot."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(json_lines([access(1)]))
    case = Case.create(tmp_path / "case")

    with pytest.raises(UsageError, match="no reader 'nobody'"):
        case.add(file, reader="nobody")
    with pytest.raises(UsageError, match="reads csv, this file is json_lines"):
        case.add(file, reader="sual_ual_csv")
    assert ["bare_ual_json"] == [item["reader"] for item in case.add(file, reader="bare_ual_json").evidence]


def test_progress_reaches_its_total(tmp_path: Path) -> None:
    """Reading tells how far it is, up to all of it."""
    steps: list[Progress] = []
    file = tmp_path / "a.json"
    file.write_bytes(json_array(RECORDS))

    Case.create(tmp_path / "case").add(file, progress=steps.append)

    assert ["keeping", "reading", "settling"] == list(dict.fromkeys(step.stage for step in steps))
    assert [file.stat().st_size] == [step.done for step in steps if step.stage == "reading" and step.done == step.total]


def test_a_case_is_no_evidence_of_itself(tmp_path: Path) -> None:
    """A case inside the folder given, or another one, is passed over."""
    (tmp_path / "a.jsonl").write_bytes(json_lines([access(1)]))
    Case.create(tmp_path / "other").add(tmp_path / "a.jsonl")
    case = Case.create(tmp_path / "case")

    added = case.add(tmp_path)

    assert ["a.jsonl"] == [item["name"] for item in added.evidence]
    assert [True] == ["other: a case, which is no evidence" in problem for problem in added.problems]
    assert [] == [
        p
        for p in intake.walk([tmp_path], case.path)
        if isinstance(p, intake.Problem) and "case: a case" in p.sentence()
    ]


def test_notes_tell_what_is_odd_of_a_file(tmp_path: Path) -> None:
    """A full page of records, an open array and another encoding are said."""
    full = case_of(tmp_path / "full", json_lines([deletion(n) for n in range(5_000)]))[1]
    opened = case_of(tmp_path / "open", json_array([deletion(1)])[:-1])[1]

    assert [True] == ["exactly 5,000 records" in problem for problem in full.problems]
    assert [True] == ["open array" in problem for problem in opened.problems]
