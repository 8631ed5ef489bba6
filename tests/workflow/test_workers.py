"""Worker processes: what they answer is what this process would, and their failures carry their traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mailwitness.workflow import workers
from mailwitness.workflow.read import Outcome, Task, read_stretch
from mailwitness.workflow.workers import WorkerError, Workers
from tests.laws.cases import access, json_lines


def tasks_of(folder: Path, count: int, reader: str = "bare_ual_json") -> list[Task]:
    made = []
    for number in range(count):
        file, out = folder / f"{number}.jsonl", folder / f"out{number}"
        file.write_bytes(json_lines([access(100 * number + n) for n in range(number + 1)]))
        out.mkdir()
        made.append(Task(str(file), "ev-1", reader, "json_lines", "utf-8", 0, None, number, str(out), file.name))
    return made


def read_all(tasks: list[Task], workers: int) -> list[tuple[Task, Outcome]]:
    with Workers(workers) as started:
        return list(started.read_all(tasks, [1] * len(tasks)))


def test_workers_answer_what_this_process_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task comes back once, with its own outcome."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    expected = {task.number: read_stretch(task) for task in tasks_of(tmp_path / "here", 5)}
    monkeypatch.setattr(workers, "PARALLEL_FROM_BYTES", 0)

    found = {task.number: outcome for task, outcome in read_all(tasks_of(tmp_path / "there", 5), 2)}

    assert expected == found


def test_a_failing_worker_names_the_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours is an error with file, reader and traceback, and no worker stays behind."""
    monkeypatch.setattr(workers, "PARALLEL_FROM_BYTES", 0)
    started: list[subprocess.Popen[bytes]] = []
    real = workers._start

    def start() -> subprocess.Popen[bytes]:
        started.append(real())
        return started[-1]

    monkeypatch.setattr(workers, "_start", start)

    with pytest.raises(WorkerError, match=r"(?s)jsonl: reader nobody failed.*KeyError"):
        read_all(tasks_of(tmp_path, 3, reader="nobody"), 2)

    assert [True, True] == [process.poll() is not None for process in started]


def test_a_killed_worker_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is told, and nobody waits for it."""
    monkeypatch.setattr(workers, "PARALLEL_FROM_BYTES", 0)
    real = workers._start

    def start_and_kill() -> object:
        process = real()
        process.kill()
        return process

    monkeypatch.setattr(workers, "_start", start_and_kill)

    with pytest.raises(WorkerError, match="the worker process ended"):
        read_all(tasks_of(tmp_path, 3), 2)
