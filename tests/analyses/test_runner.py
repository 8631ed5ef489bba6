"""The runner: the rule of verdicts, ids, missing tables, order and duplicates."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import random
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from mailwitness.analyses import judging, question, questions, runner
from mailwitness.analyses.judging import VERDICT
from mailwitness.analyses.runner import prepare, run
from mailwitness.model.findings import verdict_of
from mailwitness.model.tables import TABLES
from tests.analyses.conftest import TinyCase, empty_case
from tests.analyses.exposure.rows import BOB, EVE, Row, background, bind, item, sync

ALL = [q.name for q in questions()]
STANCES = ("for", "against", "open")


@pytest.mark.parametrize(
    "stances", [list(s) for n in (1, 2, 3) for s in itertools.combinations_with_replacement(STANCES, n)], ids="-".join
)
def test_sql_and_python_give_one_verdict(stances: list[str]) -> None:
    """The rule stands twice, and both say the same for every set of stances."""
    given = duckdb.execute("SELECT " + VERDICT + " FROM (SELECT unnest($s) AS stance)", {"s": stances}).fetchall()

    assert [(verdict_of(stances),)] == given


@pytest.mark.parametrize("stance", ["perhaps", None])
def test_a_stance_nobody_knows_is_an_error(stance: str | None) -> None:
    """A mistyped stance never becomes a verdict."""
    with pytest.raises(duckdb.InvalidInputException, match="a stance is"):
        duckdb.execute("SELECT " + VERDICT + " FROM (SELECT unnest($s) AS stance)", {"s": [stance, "for"]}).fetchall()


def test_a_single_row_is_judged_without_any_aggregate() -> None:
    """What a finding of one reason row says is that row's own: no group is made for it."""
    alone = judging._of_one_row(judging._JUDGED)

    assert {"alone": [], "grouped": ["bool_and", "bool_or", "max", "min"]} == {
        name: sorted(set(re.findall(r"\b(\w+)\(", sql)) - {"coalesce", "error", "IN"})
        for name, sql in (("alone", alone), ("grouped", judging._JUDGED))
    }


@pytest.mark.parametrize("large", [False, True])
def test_a_reason_said_twice_changes_nothing(large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding of one reason row is judged by itself, one of more rows as a group: the answers are the same."""
    asked = [question(name) for name in ALL]
    twice = [dataclasses.replace(q, sql=f"SELECT * FROM ({q.sql}) UNION ALL SELECT * FROM ({q.sql})") for q in asked]
    once, again = empty_case(), empty_case()
    for case in (once, again):
        case.given(**_busy())
    run(once.connection, asked)
    if large:
        monkeypatch.setattr(judging, "LARGE", 0)
    run(again.connection, twice)

    for name in ("findings", "reasons", "refs"):
        expected = once.connection.execute(f"SELECT * FROM temp.{name}").fetchall()
        assert expected == again.connection.execute(f"SELECT * FROM temp.{name}").fetchall()


def test_the_finding_id_is_over_parts_with_their_lengths(case: TinyCase) -> None:
    """Anyone can compute a finding's id from its parts."""
    case.given(mail_accesses=[bind()], mail_access_items=[item()])

    (found,) = case.ask("message_bound")

    parts = (found.claim, found.subject_kind, found.subject, found.mailbox, found.actor)
    text = "".join(("-" if part is None else f"{len(part)}:{part}") + ";" for part in parts)
    assert hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() == found.finding_id


@pytest.mark.parametrize("name", ALL)
def test_an_empty_case_leaves_every_claim_undecidable(case: TinyCase, name: str) -> None:
    """A missing table is never an answer; the finding says what would decide it."""
    case.given()

    found = case.ask(name)

    assert found and {("undecidable", "none")} == {(one.verdict, one.basis) for one in found}
    assert all(one.would_decide for one in found)
    if question(name).needs:
        assert [({"table_missing"}, " ".join(sorted(question(name).needs.values())))] == [
            ({r.code for r in one.reasons}, one.would_decide) for one in found
        ]


def test_a_mailbox_asked_for_in_an_empty_case_is_the_subject(case: TinyCase) -> None:
    """What was asked stands in the finding."""
    case.given()

    (found,) = case.ask("message_bound", mailbox="Bob@contoso.test", actor="S1")

    assert (BOB, BOB, "S1") == (found.subject, found.mailbox, found.actor)


def _busy() -> dict[str, list[Row]]:
    accesses = [bind(f"a{n}", f"2026-03-01 10:{n:02}", session_id=f"S{n % 3}") for n in range(30)]
    accesses += [bind(f"e{n}", mailbox=mailbox) for n, mailbox in enumerate([EVE, None, "other@contoso.test"])]
    accesses += [sync(f"s{n}", session_id="S1") for n in range(2)] + [background(is_throttled=True)]
    items = [item(row["row_id"], f"<m{n % 7}@example.org>", subject=f"Subject {n}") for n, row in enumerate(accesses)]
    return {"mail_accesses": accesses, "mail_access_items": items}


def test_the_order_of_rows_changes_nothing() -> None:
    """The same rows in any order give the same findings, reasons and refs, in the same order."""
    answers = []
    for seed in range(4):
        case, tables = empty_case(), _busy()
        for rows in tables.values():
            random.Random(seed).shuffle(rows)
        case.given(**tables)
        run(case.connection, [question(name) for name in ALL])
        answers.append(
            [case.connection.execute(f"SELECT * FROM {t}").fetchall() for t in ("findings", "reasons", "refs")]
        )

    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert all(answers[0])


def test_a_second_copy_of_an_access_changes_no_verdict() -> None:
    """A record exported under a second row id adds references and nothing else."""
    once, twice, tables = empty_case(), empty_case(), _busy()
    once.given(**tables)
    copies = {
        "mail_accesses": [{**row, "row_id": f"copy-{row['row_id']}"} for row in tables["mail_accesses"]],
        "mail_access_items": [
            {**row, "row_id": f"copy-{row['row_id']}", "access_id": f"copy-{row['access_id']}"}
            for row in tables["mail_access_items"]
        ],
    }
    twice.given(**tables)
    twice.given(**copies)

    names = [name for name in ALL if question(name).pillar != "posture"]  # whose sentences count records
    assert [dataclasses.replace(f, refs=()) for f in once.ask(*names)] == [
        dataclasses.replace(f, refs=()) for f in twice.ask(*names)
    ]


def test_asking_twice_on_one_connection_answers_the_second_question_alone(case: TinyCase) -> None:
    """Nothing of an earlier question stays in the answer."""
    case.given(
        mail_accesses=[bind(), bind("a2", session_id="S2")], mail_access_items=[item(), item("a2", "<m2@example.org>")]
    )
    case.ask(*ALL, actor="S1")

    assert ["S2"] == [f.actor for f in case.ask("message_bound", actor="S2")]


def test_an_aware_time_is_the_same_moment(case: TinyCase) -> None:
    """11:00 in a zone an hour ahead is 10:00 UTC, and half-open intervals begin there."""
    case.given(mail_accesses=[bind(at="2026-03-01 10:00")], mail_access_items=[item()])
    ahead = timezone(timedelta(hours=1))

    assert 1 == len(case.ask("message_bound", time_from=datetime(2026, 3, 1, 11, tzinfo=ahead)))
    assert [] == case.ask("message_bound", time_to=datetime(2026, 3, 1, 10, tzinfo=UTC))


def test_text_in_a_log_is_never_sql(case: TinyCase) -> None:
    """Quotes in what was asked and in what is read stay text."""
    odd = "x'); DROP TABLE mail_accesses; --"
    case.given(mail_accesses=[bind(session_id=odd)], mail_access_items=[item(message=odd)])

    assert [(odd, odd)] == [(f.subject, f.actor) for f in case.ask("message_bound", actor=odd)]
    assert [] == case.ask("message_bound", mailbox=odd)


@pytest.mark.parametrize(("items_in_turn", "most_words"), [(1, 5_000), (20, 2), (1_000_000, 0)])
def test_a_large_case_gives_the_same_answers_through_files(
    items_in_turn: int, most_words: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged in parts from scratch files, sorted as numbers or as texts, written to a folder: the same rows in the same order."""
    small, large = empty_case(), empty_case()
    for case in (small, large):
        case.given(**_busy())
    run(small.connection, [question(name) for name in ALL])
    monkeypatch.setattr(judging, "LARGE", 0)
    monkeypatch.setattr(judging, "ITEMS_IN_TURN", items_in_turn)
    monkeypatch.setattr(judging, "MOST_WORDS", most_words)
    run(large.connection, [question(name) for name in ALL], into=tmp_path)

    for name in ("findings", "reasons", "refs"):
        expected = small.connection.execute(f"SELECT * FROM temp.{name}").fetchall()
        assert expected == large.connection.execute(f"SELECT * FROM temp.{name}").fetchall()
        written = duckdb.read_parquet([str(file) for file in sorted(tmp_path.glob(f"{name}*.parquet"))])
        assert expected == written.fetchall()
        assert list(TABLES[name].column_names()) == written.columns
    assert {"findings", "reasons", "refs"} == {file.name.partition("-")[0] for file in tmp_path.iterdir()}


def test_a_large_case_without_any_answer_has_empty_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reason row at all still makes the three tables."""
    case = empty_case()
    case.given(mail_accesses=[bind()])
    monkeypatch.setattr(judging, "LARGE", 0)

    assert [] == case.ask("folder_synced")
    run(case.connection, [question("folder_synced")], into=tmp_path)
    assert [(0,)] == duckdb.read_parquet(str(tmp_path / "refs*.parquet")).aggregate("count(*)").fetchall()


def test_messages_counted_in_the_answers_are_those_counted_in_the_records(case: TinyCase) -> None:
    """A report reads the counts from findings, where each message stands once."""
    case.given(**_busy())
    case.ask(*ALL)
    counts = {}
    for answered in (False, True):
        prepare(case.connection, ["exposure"], answered=answered)
        counts[answered] = [
            case.rows("FROM message_counts ORDER BY ALL"),
            case.rows("FROM mailbox_message_counts ORDER BY ALL"),
            case.rows("FROM exposure_sessions ORDER BY ALL"),
        ]

    assert counts[False] == counts[True]
    assert [(BOB, 7), (EVE, 1), ("other@contoso.test", 1), (None, 1)] == [
        (row["mailbox"], row["messages"]) for row in counts[True][1]
    ]


def test_a_mailbox_is_judged_in_one_turn_whatever_names_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records under its GUID and under its address make one finding, however little fits in a turn."""
    case = empty_case()
    guid = "b1d9a0c4-0000-4000-8000-000000000001"
    case.given(
        mail_accesses=[bind("a1"), bind("a2", mailbox=guid), bind("a3", mailbox=EVE)],
        mail_access_items=[item("a1"), item("a2"), item("a3")],
        identities=[
            {"person": BOB, "kind": "upn", "value": BOB},
            {"person": BOB, "kind": "mailbox_guid", "value": guid},
        ],
    )
    monkeypatch.setattr(judging, "LARGE", 0)
    monkeypatch.setattr(judging, "ITEMS_IN_TURN", 1)

    assert [(BOB, 4), (EVE, 2)] == [(f.mailbox, len(f.refs)) for f in case.ask("message_bound")]


@pytest.mark.parametrize(
    ("asked", "network"),
    [
        ("192.0.2.1:443", "192.0.2.1/32"),
        ("[2001:db8::1]:443", "2001:db8::1/128"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ],
)
def test_an_address_may_be_asked_for_as_a_log_writes_it(asked: str, network: str) -> None:
    """With its port, in brackets, or mapped into IPv6: an answer of nothing would be wrong."""
    assert network == str(runner._network(asked))


@pytest.mark.parametrize(("memory", "items"), [("600MB", 1_071_428), ("100GB", 5_000_000)])
def test_a_turn_is_as_large_as_memory_allows(memory: str, items: int) -> None:
    """Fewer items at once where the engine has little memory, never more than the most."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{memory}'")

    assert items == pytest.approx(judging._items_in_turn(connection), rel=0.001)
