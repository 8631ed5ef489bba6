"""The check of the SQL files: every file passes, and each kind of fault is found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mailwitness.analyses import Question, question, questions, read_question, views
from mailwitness.analyses.check import faults_of, faults_of_question, problems, tables_of, views_known
from mailwitness.errors import UsageError
from tests.analyses.conftest import TinyCase


def test_every_file_names_only_declared_tables_and_columns_in_the_portable_subset() -> None:
    """No SQL file has a fault."""
    assert [] == list(problems())


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT nope FROM mail_accesses", "Column 'nope' could not be resolved"),
        ("SELECT row_id FROM nowhere", "names 'nowhere', which is no table or view before it"),
        ("SELECT ANY_VALUE(row_id) AS a FROM mail_accesses", "calls ANY_VALUE"),
        ("SELECT a.row_id FROM mail_accesses AS a ASOF JOIN signins AS s ON a.time >= s.time", "joins with ASOF"),
        ("SELECT LAG(id) OVER (ORDER BY time) AS a FROM mail_accesses", "ends with a unique id"),
        ("SELECT SUM(1) OVER (PARTITION BY id) AS a FROM mail_accesses", "a window without ORDER BY"),
        ("SELECT $user AS a FROM mail_accesses", "has the parameter 'user'"),
        ("SELECT APPROX_COUNT_DISTINCT(id) AS a FROM mail_accesses", "calls APPROX_DISTINCT"),
        ("SELECT SPLIT(id, '.') AS a FROM mail_accesses", "calls SPLIT"),
        ("SELECT ARRAY_AGG(id) AS a FROM mail_accesses", "gathers a list without sorting it"),
        ("SELECT * FROM mail_accesses", "selects *"),
        ("SELECT row_id FROM mail_accesses LIMIT 1", "a LIMIT takes rows that nothing determines"),
        ("SELECT CURRENT_TIMESTAMP AS a", "an analysis has no clock"),
        ("DROP TABLE mail_accesses", "is not one SELECT"),
        ("SELEKT", "is not one SELECT"),
    ],
)
def test_a_fault_is_named(sql: str, fault: str) -> None:
    """Each kind of fault gives a sentence that says what it is."""
    assert fault in " ".join(faults_of(sql, views_known("exposure"))[0])


def test_a_question_that_returns_what_is_no_reason_is_a_fault() -> None:
    """A question returns reason columns, the three that make a reason among them, and needs real tables."""
    broken = dataclasses.replace(
        question("throttled"),
        sql="SELECT 'x' AS code, row_id AS rows FROM mail_accesses",
        needs={"nowhere": "It would."},
    )

    assert [
        "returns 'rows', which is no column of a reason row",
        "returns no 'stance'",
        "returns no 'sentence'",
        "needs 'nowhere', which is no table",
    ] == faults_of_question(broken, views_known("exposure"))


def test_claims_and_names_are_unique(case: TinyCase) -> None:
    """Two questions never claim the same, for their findings would share an id; those of posture share a claim and each has subjects of its own."""
    alone = [q for q in questions() if q.pillar != "posture"]
    posture = [q for q in questions() if q.pillar == "posture"]
    subjects = [f.subject for q in posture for f in case.ask(q.name) if f.subject_kind == "recommendation"]

    assert len(questions()) == len({q.name for q in questions()})
    assert len(alone) == len({q.claim for q in alone})
    assert {"this recommendation is met"} == {q.claim for q in posture} - {q.claim for q in alone}
    assert subjects and len(subjects) == len(set(subjects))


def test_a_question_is_found_by_name_or_claim_and_an_unknown_one_names_those_there_are() -> None:
    """What a person types is the file's name or the claim."""
    assert question("message_bound") == question("this message was accessed by this actor")
    with pytest.raises(UsageError, match="message_bound"):
        question("nothing")


def test_a_comment_that_lacks_a_part_is_named(tmp_path: Path) -> None:
    """A file without sources does not become a question."""
    (tmp_path / "q.sql").write_text(
        "/*\nclaim: c\npillar: p\nsubject: s\nquestion: q\nnulls: n\nneeds: {}\n*/\nSELECT 1"
    )
    with pytest.raises(ValueError, match="has no sources"):
        read_question(tmp_path / "q.sql")


def test_the_tables_named_are_the_dependencies() -> None:
    """Steps are not dependencies; tables and views are."""
    assert frozenset({"mail_access_items", "message_mentions", "message_traces"}) == tables_of(
        next(view for view in views("exposure") if view.name == "message_subjects")
    )


@pytest.mark.parametrize("asked", questions(), ids=lambda q: q.name)
def test_each_question_has_public_sources_and_says_what_would_decide_it(asked: Question) -> None:
    """A reader can follow every question to a public page."""
    assert all(source.startswith("https://") for source in asked.sources)
    assert asked.question and asked.nulls and all(text.endswith("would decide it.") for text in asked.needs.values())
