"""Law 4: that no record is there says nothing, unless it is proven that one would be."""

from __future__ import annotations

import json
from pathlib import Path

from tests.laws.cases import access, case_of, json_lines, signin


def test_nothing_is_concluded_from_absence_without_coverage(tmp_path: Path) -> None:
    """Without settings and collection windows no verdict rests on absence, and completeness is undecidable."""
    case, _ = case_of(tmp_path, json_lines([access(n) for n in range(3)]), json.dumps({"value": [signin(1)]}).encode())

    assert [] == case.sql("SELECT * FROM findings WHERE basis = 'absence'").fetchall()
    assert [("undecidable",)] == case.sql(
        "SELECT DISTINCT verdict FROM findings WHERE claim ILIKE '%complete%' OR claim ILIKE '%unrecorded%'"
    ).fetchall()


def test_a_mailbox_without_records_is_not_called_untouched(tmp_path: Path) -> None:
    """Asked of a mailbox of which nothing is known, the case does not say that nobody read it."""
    case, _ = case_of(tmp_path, json_lines([access(1)]))

    answer = case.ask(mailbox="bob@contoso.test")

    assert [] == [finding for finding in answer.findings if finding["verdict"] == "contradicted"]
