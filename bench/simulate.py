"""How fast a tenant is simulated, and in how much memory.

python bench/simulate.py [--mailboxes 200] [--days 30] [--formats mes,settings] [--scenario G8,…] [--out FOLDER]

Prints records, wall and processor time, processor time of a record, and the peak of all processes together (proportional set size, so that
shared pages count once; seen every second). The folder is removed afterwards unless it is named.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import threading
import time
from pathlib import Path

from mailwitness.simulate.options import Options
from mailwitness.simulate.run import simulate


class Peak:
    """Watches this process and its children from a thread of its own. ``kilobytes``: the most that they had together."""

    def __init__(self) -> None:
        self.kilobytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1):
            self.kilobytes = max(self.kilobytes, sum(map(_proportional, [os.getpid(), *_children(os.getpid())])))


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def _proportional(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mailboxes", type=int, default=200)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--formats", default="")
    parser.add_argument("--scenario", default="")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    options = Options(
        mailboxes=given.mailboxes,
        days=given.days,
        formats=tuple(filter(None, given.formats.split(","))),
        scenarios=tuple(filter(None, given.scenario.split(","))),
    )
    phases: dict[str, float] = {}

    def told(what: str, _share: float) -> None:
        phases.setdefault(what, time.monotonic() - begin)

    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        peak = Peak()
        summary = simulate(
            options,
            given.out or Path(scratch) / "tenant",
            told,
        )
        wall = time.monotonic() - begin
        peak.close()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    records = sum(summary.records.values())
    print(
        f"{records:,} records, {wall:,.1f} s wall, {cpu:,.1f} s processor time, {1e6 * cpu / records:.0f} µs a record"
    )
    print(
        f"{records / wall * 60 / 1e6:.2f} M records a minute; {120 / cpu * records / 1e6:.2f} M if two cores did nothing else"
    )
    print(f"peak of all processes {peak.kilobytes / 1024:,.0f} MB; load {os.getloadavg()[0]:.1f}")
    print(", ".join(f"{what} from {at:.1f} s" for what, at in phases.items()))


if __name__ == "__main__":
    main()
