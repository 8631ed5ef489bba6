"""How fast evidence comes in, as ratios to reading the same JSON with orjson, in one run on one machine.

    python bench/intake.py [--megabytes 1000] [--forms jsonl,purview] [--folder DIR] [--compare]

R is the CPU time of one process that reads the file line by line and calls ``orjson.loads`` on each record, nothing else. `add` is
the whole command: hashing, keeping a copy, reading in worker processes, settling. Its CPU is that of all its processes, its peak memory
the sum of the peaks of the command and its largest workers. ``--compare`` adds what a user would try first: pandas
``read_json`` with ``json_normalize``, and one DuckDB ``read_json`` query.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from audit_records import write

BASELINE = """
import orjson, sys
with open(sys.argv[1], 'rb') as lines:
    for line in lines:
        orjson.loads(line)
"""
ADD = "import sys; from mailwitness.cli import main; sys.argv = ['mailwitness', 'add', *sys.argv[1:]]; main()"
PANDAS = """
import json, sys, pandas
frame = pandas.read_json(sys.argv[1], lines=True)
print(len(pandas.json_normalize(json.loads(frame.to_json(orient='records')))))
"""
DUCKDB = """
import duckdb, sys
connection = duckdb.connect()
connection.execute("SET threads = 2")
print(connection.execute("SELECT Operation, count(*), sum(len(Folders)) FROM read_json(?, format = 'newline_delimited') GROUP BY ALL", [sys.argv[1]]).fetchall())
"""


def measure(code: str, *arguments: str) -> dict[str, float]:
    """Wall and CPU seconds of a Python process and its children, and their peak memory in MB."""
    wrapped = (
        "import resource, sys, time, json\n"
        "begin = time.perf_counter()\n"
        f"try:\n    exec({code!r})\nexcept SystemExit:\n    pass\n"
        "own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print('\\nMEASURED', json.dumps({'wall': time.perf_counter() - begin,"
        " 'cpu': own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,"
        " 'own_mb': own.ru_maxrss / 1000, 'child_mb': children.ru_maxrss / 1000}))\n"
    )
    done = subprocess.run([sys.executable, "-c", wrapped, *arguments], capture_output=True, text=True, check=False)
    line = next((x for x in done.stdout.splitlines() if x.startswith("MEASURED")), None)
    if line is None:
        raise SystemExit(f"{arguments}: failed\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(line.removeprefix("MEASURED"))
    return found


def run(folder: Path, form: str, megabytes: int, compare: bool) -> None:
    plain = folder / f"{megabytes}.jsonl"
    source = plain if form == "jsonl" else folder / f"{megabytes}.csv"
    records = write(source, megabytes, form, seed=1)
    if form == "purview":  # the same records as lines, for the baseline
        import csv

        csv.field_size_limit(2**31 - 1)
        with source.open(newline="", encoding="utf-8-sig") as rows, plain.open("w") as lines:
            lines.writelines(row["AuditData"] + "\n" for row in csv.DictReader(rows))
    baseline = measure(BASELINE, str(plain))
    case = folder / "case"
    shutil.rmtree(case, ignore_errors=True)
    add = measure(ADD, str(case), str(source))
    again = measure(BASELINE, str(plain))
    r = (baseline["cpu"] + again["cpu"]) / 2
    print(f"{form}, {source.stat().st_size / 1e6:,.0f} MB, {records:,} records")
    print(f"  R (orjson.loads alone)   cpu {r:7.2f} s  (before {baseline['cpu']:.2f}, after {again['cpu']:.2f})")
    print(
        f"  add                      cpu {add['cpu']:7.2f} s = {add['cpu'] / r:4.1f} R   wall {add['wall']:7.2f} s = {add['wall'] / r:4.1f} R"
    )
    print(
        f"  peak memory              command {add['own_mb']:,.0f} MB, largest worker {add['child_mb']:,.0f} MB (two workers)"
    )
    if compare and form == "jsonl":
        for name, code in (("pandas read_json + json_normalize", PANDAS), ("DuckDB read_json, one query", DUCKDB)):
            found = measure(code, str(plain))
            print(f"  {name}: cpu {found['cpu'] / r:.1f} R, wall {found['wall'] / r:.1f} R, {found['own_mb']:,.0f} MB")
    for path in (plain, source):
        path.unlink(missing_ok=True)
    shutil.rmtree(case, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--forms", default="jsonl,purview")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--compare", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        for form in given.forms.split(","):
            run(Path(scratch), form, given.megabytes, given.compare)
