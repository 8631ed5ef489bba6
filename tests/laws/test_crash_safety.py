"""Law 9: killed at any instant, the case opens again with nothing lost, nothing doubled, nothing half-published."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailwitness.case import settle, store
from mailwitness.errors import BusyError
from mailwitness.workflow import add
from mailwitness.workflow.case import Case
from tests.laws.cases import access, case_of, check_sound, deletion, json_array, json_lines, search_csv, tables
from tests.laws.damage import zipped

COMMAND = "import sys; from mailwitness.workflow.case import Case; Case.create(sys.argv[1]).add(sys.argv[2:])"


class Killed(BaseException):
    """Stands for the end of the process at one place."""


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(json_lines([access(n) for n in range(200)]))
    (folder / "b.csv").write_bytes(search_csv([access(n) for n in range(100, 300)]))
    (folder / "c.zip").write_bytes(zipped({"d.json": json_array([deletion(n) for n in range(400, 500)])}))
    return folder


@pytest.fixture
def expected(tmp_path: Path, evidence: Path) -> dict[str, list[str]]:
    undisturbed = Case.create(tmp_path / "undisturbed")
    undisturbed.add(evidence)
    return tables(undisturbed)


STEPS: dict[str, tuple[object, str]] = {
    "before a file is moved into place": (os, "replace"),
    "before a ledger entry": (store, "write_atomically"),
    "before anything is asked to be on disk": (store, "sync"),
    "before an act of custody": (store.Store, "record_added"),
    "before an item is published": (add, "_publish"),
    "before tables are swapped": (settle, "_swap"),
    "before tables are settled": (settle, "settle"),
}
"""Every act that changes what lies in the case: where it is called, and its name."""


@pytest.mark.parametrize("step", STEPS)
def test_an_end_at_every_step_is_recovered_from(
    step: str, tmp_path: Path, evidence: Path, expected: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first, second … call of each act the process ends without cleaning up; adding again makes the case whole."""
    case = Case.create(tmp_path / "case")
    owner, name = STEPS[step]
    real = getattr(owner, name)
    real_clear = store.Store._clear_leftovers
    for count in range(1, 20):
        left = count

        def end(*given: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                # A killed process cleans nothing up.
                monkeypatch.setattr(store.Store, "_clear_leftovers", lambda self: None)
                raise Killed
            return real(*given, **named)

        monkeypatch.setattr(owner, name, end)
        try:
            case.add(evidence)
            ended = False
        except Killed:
            ended = True
        monkeypatch.setattr(owner, name, real)
        monkeypatch.setattr(store.Store, "_clear_leftovers", real_clear)
        if not ended:
            break

    case.add(evidence)

    assert expected == tables(case)
    check_sound(case)
    assert [] == [path for path in (case.path / ".work").rglob("*") if path.is_file()]


def test_kills_at_random_moments_are_recovered_from(
    tmp_path: Path, evidence: Path, expected: dict[str, list[str]]
) -> None:
    """kill -9 while adding, four times over, and again while recovering."""
    case = tmp_path / "case"
    for after in (0.75, 0.95, 1.15, 1.35):
        process = subprocess.Popen([sys.executable, "-c", COMMAND, str(case), str(evidence)], stderr=subprocess.DEVNULL)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()

    opened = Case.create(case)
    opened.add(evidence)

    assert expected == tables(opened)
    check_sound(opened)


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, evidence: Path, expected: dict[str, list[str]]) -> None:
    """An interrupt (Ctrl-C) while reading leaves a case that is intact as far as it came, and free to be written."""
    case = Case.create(tmp_path / "case")

    def interrupt(step: add.Progress) -> None:
        if step.stage == "reading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.add(evidence, progress=interrupt)

    assert [] == [problem for problem in case.verify() if not problem.startswith("tables/: not settled")]
    case.add(evidence)
    assert expected == tables(case)
    check_sound(case)


def test_a_failed_add_leaves_no_bytes_behind(tmp_path: Path) -> None:
    """A wrong call after the bytes were copied leaves the case as it was."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))
    other = tmp_path / "other.csv"
    other.write_bytes(search_csv([access(2)]))

    with pytest.raises(Exception, match="reads json"):
        case.add(other, reader="bare_ual_json")

    assert 1 == len(list((case.path / "evidence").iterdir()))
    check_sound(case)


def test_an_unfinished_line_of_custody_is_dropped_by_the_next_writer(tmp_path: Path) -> None:
    """A kill in the middle of writing an act costs that act, which is written again."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))
    chain = case.path / "custody.jsonl"
    whole = chain.read_bytes()
    chain.write_bytes(whole[:-30])

    assert case.verify() != []
    case.add(tmp_path / "files")

    acts = [json.loads(line)["act"] for line in chain.read_bytes().splitlines()]
    assert ["created", "added"] == acts
    check_sound(case)


def test_a_case_that_is_being_written_is_busy_for_others(tmp_path: Path) -> None:
    """A second writer is told so at once, and reading goes on meanwhile."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))
    hold = "import sys, time; from pathlib import Path; from mailwitness.case.store import Store\nwith Store(Path(sys.argv[1])).writing(): print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", hold, str(case.path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert b"held\n" == holder.stdout.readline()

        began = time.monotonic()
        with pytest.raises(BusyError, match="another process is writing"):
            case.add(tmp_path / "files")
        assert time.monotonic() - began < 5
        assert [(1,)] == case.sql("SELECT count(*) FROM audit_events").fetchall()
    finally:
        holder.kill()
        holder.communicate()

    assert 0 == case.add(tmp_path / "files").new  # the lock of a killed process holds nobody up
