"""Kills ``mailwitness add`` at random moments and adds again: ``python bench/kills.py [KILLS] [MEGABYTES]``.

After each kill the case must open, and after adding again its tables must equal, as sets, those of a case that nobody disturbed.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mailwitness.workflow.case import Case
from tests.laws.cases import access, deletion, json_array, json_lines, search_csv, tables
from tests.laws.damage import zipped

COMMAND = "import sys; from mailwitness.workflow.case import Case; Case.create(sys.argv[1]).add(sys.argv[2:])"


def write_evidence(folder: Path, megabytes: float) -> None:
    """Overlapping exports in several layouts, one of them in an archive in an archive."""
    folder.mkdir()
    each = max(20, int(megabytes * 1_000_000 / 4 / 700))
    inner = zipped({"c.csv": search_csv([access(n) for n in range(each // 2, each)])})
    (folder / "a.jsonl").write_bytes(json_lines([access(n) for n in range(each)]))
    (folder / "b.csv").write_bytes(search_csv([access(n) for n in range(each // 2, each * 3 // 2)]))
    (folder / "c.zip").write_bytes(
        zipped({"inner.zip": inner, "d.json": json_array([deletion(n) for n in range(each)])})
    )
    for page in range(20):
        (folder / f"page{page:02d}.json").write_bytes(
            json_array([deletion(10_000_000 + page * 50 + n) for n in range(60)])
        )


def kill_once(case: Path, evidence: Path, after: float) -> bool:
    """Start an add and kill it; whether it was still running."""
    process = subprocess.Popen([sys.executable, "-c", COMMAND, str(case), str(evidence)], stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def run(kills: int, megabytes: float, seed: int) -> int:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_evidence(folder / "evidence", megabytes)
        Case.create(folder / "undisturbed").add(folder / "evidence")
        expected = tables(Case.open(folder / "undisturbed"))
        began = time.monotonic()
        subprocess.check_call([sys.executable, "-c", COMMAND, str(folder / "timed"), str(folder / "evidence")])
        whole = time.monotonic() - began
        killed = 0
        while killed < kills:
            case = folder / "case"
            shutil.rmtree(case, ignore_errors=True)
            for _ in range(chance.choice((1, 1, 1, 2, 3))):  # sometimes killed again while it recovers
                killed += kill_once(case, folder / "evidence", chance.uniform(0.2, 1.05) * whole)
            if (case / "case.json").exists():
                Case.open(case)  # as it lies
            opened = Case.create(case)
            opened.add(folder / "evidence")
            assert tables(opened) == expected, f"tables differ (seed {seed}, kill {killed})"
            problems = opened.verify()
            assert not problems, f"{problems} (seed {seed}, kill {killed})"
        print(f"{killed} kills within {whole:.1f} s each, seed {seed}: every case came out whole")
        return killed


if __name__ == "__main__":
    run(
        int(sys.argv[1]) if len(sys.argv) > 1 else 50,
        float(sys.argv[2]) if len(sys.argv) > 2 else 4,
        int(sys.argv[3]) if len(sys.argv) > 3 else 1,
    )
