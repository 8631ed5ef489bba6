"""Law 6: same evidence, same version: same findings, byte for byte. No clock, network or environment in analyses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from mailwitness.workflow.case import Case
from tests.laws.cases import access, case_of, json_lines, search_csv, signin

ASK = """
import json, sys
from mailwitness.workflow.case import Case
case = Case.open(sys.argv[1])
print(json.dumps([case.sql(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in ("findings", "reasons", "refs")], default=str))
"""

EVIDENCE = (
    json_lines(
        [access(n, SessionId=f"session-{n % 3}", MailboxOwnerUPN=f"{'ab'[n % 2]}@contoso.test") for n in range(40)]
    ),
    search_csv([access(n, ClientIPAddress="198.51.100.7") for n in range(30, 60)]),
    json.dumps({"value": [signin(n) for n in range(5)]}).encode(),
)


def answers(case: Case, **environment: str) -> bytes:
    return subprocess.check_output([sys.executable, "-c", ASK, str(case.path)], env={**os.environ, **environment})


def test_the_same_evidence_gives_the_same_findings(tmp_path: Path) -> None:
    """Another folder, another order, another hash seed, zone and locale: the same bytes."""
    one, _ = case_of(tmp_path / "one", *EVIDENCE)
    files = [tmp_path / "one" / "files" / f"{n}.dat" for n in (3, 1, 2)]
    other = Case.create(tmp_path / "other")
    for file in files:
        other.add(file)

    found = answers(one, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")

    assert len(json.loads(found)[0]) > 40
    assert found == answers(other, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8", SOURCE_DATE_EPOCH="0")


def test_asking_all_gives_what_the_case_holds(tmp_path: Path) -> None:
    """`ask` without narrowing and the kept findings are the same, and asking twice is too."""
    case, _ = case_of(tmp_path, *EVIDENCE)

    kept = sorted(finding_id for (finding_id,) in case.sql("SELECT finding_id FROM findings").fetchall())

    assert kept == sorted(finding["finding_id"] for finding in case.ask().findings)
    assert case.ask() == case.ask()
