"""Worker processes for stretches of evidence: one per core, fed over pipes.

They are started as ``python -m mailwitness.workflow.worker`` and live for one act. A process of our own instead of a pool from the
standard library, because that one runs the caller's main module again, which breaks scripts and notebooks; and a worker whose
parent is killed reads the end of its input and stops.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from queue import SimpleQueue
from typing import IO, Any

from mailwitness.workflow.read import Outcome, Task, read_stretch

# A stretch allocates and frees the same memory again and again. The C library and Arrow would give it back to the system each time
# and ask for it anew, which costs a quarter of the work; a worker lives for one call and may keep it. Ignored where unknown.
_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": "4000000000",
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TOP_PAD_": "67108864",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}

PARALLEL_FROM_BYTES = 8 << 20


class WorkerError(RuntimeError):
    """A worker failed on a stretch: a defect of ours, not of the evidence. Carries the worker's own traceback."""


class Workers:
    """The worker processes of one act: started when first needed or told to begin, ended with the context."""

    def __init__(self, count: int | None = None) -> None:
        self._most = count if count is not None else os.cpu_count() or 1
        self._processes: list[subprocess.Popen[bytes]] = []

    def begin(self, count: int | None = None) -> None:
        """Start them, at most ``count``; early, they load what they need while the evidence is still being kept."""
        wanted = min(self._most, count if count is not None else self._most)
        self._processes += [_start() for _ in range(wanted - len(self._processes))]

    def read_all(self, tasks: Sequence[Task], sizes: Sequence[int]) -> Iterator[tuple[Task, Outcome]]:
        """The outcomes of all tasks, as they come. Small work is done here, large work in worker processes."""
        if len(tasks) == 1 or sum(sizes) < PARALLEL_FROM_BYTES:
            for task in tasks:
                yield task, read_stretch(task)
            return
        self.begin(len(tasks))
        order = sorted(range(len(tasks)), key=lambda n: (-sizes[n], n))
        queue: SimpleQueue[int | None] = SimpleQueue()
        for n in order:
            queue.put(n)
        results: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        feeding = [
            threading.Thread(target=_feed, args=(process, tasks, queue, results), daemon=True)
            for process in self._processes
        ]
        for thread in feeding:
            queue.put(None)
            thread.start()
        try:
            for _ in tasks:
                n, result = results.get()
                if "error" in result:
                    raise WorkerError(f"{tasks[n].name}: reader {tasks[n].reader} failed\n{result['error']}")
                yield tasks[n], Outcome(**result)
        except BaseException:
            self._kill()
            raise
        finally:
            for thread in feeding:
                thread.join()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                with suppress(BrokenPipeError):
                    pipe.close()
        self._processes = []

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def _start() -> subprocess.Popen[bytes]:
    environment = {**_MEMORY, **os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "mailwitness.workflow.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _feed(
    process: subprocess.Popen[bytes], tasks: Sequence[Task], queue: SimpleQueue[int | None], results: SimpleQueue[Any]
) -> None:
    while (n := queue.get()) is not None:
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asdict(tasks[n])).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            result = json.loads(line) if line else {"error": f"the worker process ended (exit code {process.wait()})"}
        except (BrokenPipeError, ValueError) as error:
            result = {"error": f"the worker process ended: {error}"}
        results.put((n, result))


def serve(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """The worker's loop: a task as a JSON line in, its outcome as a JSON line out, until the input ends."""
    import traceback

    for line in stdin:
        given = json.loads(line)
        given["header"] = tuple(given["header"])
        try:
            answer = read_stretch(Task(**given)).to_dict()
        except Exception:  # noqa: BLE001  whatever it is, the parent names the stretch it happened on, and stops
            answer = {"error": traceback.format_exc()}
        stdout.write(json.dumps(answer).encode() + b"\n")
        stdout.flush()
