"""A report tells of the custody chain and the questions what the files themselves hold."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mailwitness.analyses import questions
from mailwitness.workflow.case import Case
from tests.laws.cases import access, case_of, deletion, json_lines, search_csv


def test_each_act_has_the_hash_of_its_line(tmp_path: Path) -> None:
    """Whoever has the file can compute the same; the last one is the one that the report names."""
    case = case_of(tmp_path, json_lines([access(1), deletion(2)]), search_csv([access(1)]))[0]
    lines = (case.path / "custody.jsonl").read_bytes().splitlines()

    account = case.account()

    assert [hashlib.sha256(line).hexdigest() for line in lines] == [row["line_hash"] for row in account.custody.dicts()]
    assert account.about["custody_last_hash"] == account.custody.dicts()[-1]["line_hash"]
    assert {row["sha256"] for row in account.evidence.dicts()} == {row["sha256"] for row in account.custody.dicts()} - {
        None
    }


def test_every_question_is_told_with_the_hash_of_its_file(tmp_path: Path) -> None:
    """Also those of which nothing here is a subject."""
    account = Case.create(tmp_path / "case").account()

    assert {
        (f"{q.pillar}/{q.name}.sql", q.claim, hashlib.sha256(q.path.read_bytes()).hexdigest()) for q in questions()
    } == {(row["name"], row["claim"], row["sha256"]) for row in account.questions.dicts()}
