"""From reason rows to findings, reasons and references: the one rule, as SQL over whole tables.

All reason rows of a finding come from one question and speak of one mailbox. So a small case is judged at once, and a large one
question by question, and where a question has a row for every item, some mailboxes after the others: each batch of reason rows lies in
a scratch file and gives a piece of the answers, and memory stays bounded however many messages there are. Either way the answers
are in the order of claim, mailbox and finding id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import duckdb

from mailwitness.analyses import REASON_COLUMNS, Question
from mailwitness.model.tables import TABLES

SQL_TYPES = {"text": "VARCHAR", "time": "TIMESTAMP", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}

LARGE = 200_000
"""A case with a table of more rows than this is judged from scratch files."""

ITEMS_IN_TURN = 1_500_000
"""Listed items that a question about every item looks at in one turn; a mailbox is never divided."""

_PARTS_OF_ID = ("claim", "subject_kind", "subject", "mailbox", "actor")


def _joined(parts: Sequence[str]) -> str:
    """SQL of one text over parts, each with its length before it, so that no two lists of parts make one text."""
    return " || ".join(f"coalesce(length({part}) || ':' || {part}, '-') || ';'" for part in parts)


_ASKED = [f"CAST(getvariable('asked_{name}') AS VARCHAR)" for name in ("actor", "time_from", "time_to")]


def finding_id(by_time: bool) -> str:
    """SQL of a finding's id. What was asked is part of it: the same claim can be decided of an hour and not of the whole time.

    So is the beginning of the stretch where the claim is made of one (``by_time``).
    """
    stretch = f" || '@' || {_joined(['CAST(time_from AS VARCHAR)'])}" if by_time else ""
    asked = f"CASE WHEN coalesce({', '.join(_ASKED)}) IS NULL THEN '' ELSE {_joined(_ASKED)} END"
    return f"md5({_joined(_PARTS_OF_ID)} || {asked}{stretch})"


VERDICT = """CASE
    WHEN bool_or(stance IS NULL OR stance NOT IN ('for', 'against', 'open'))
        THEN error('a stance is for, against or open')
    WHEN bool_and(stance = 'for') THEN 'supported'
    WHEN bool_and(stance = 'against') THEN 'contradicted'
    ELSE 'undecidable' END"""
"""``model.findings.verdict_of`` over a group of reason rows; a test holds the two together."""

_BASIS = """CASE
    WHEN min(basis) = max(basis) THEN min(basis)
    WHEN bool_or(basis = 'record') THEN 'record'
    WHEN bool_or(basis = 'configuration') THEN 'configuration'
    WHEN bool_or(basis = 'absence') THEN 'absence' ELSE 'none' END"""

_BOUNDS = """CASE
    WHEN bool_or(bounds = 'unbounded') THEN 'unbounded'
    WHEN bool_or(bounds = 'at_least') THEN 'at_least'
    WHEN bool_or(bounds = 'exact') THEN 'exact' END"""

_OWN = ", ".join((*_PARTS_OF_ID, "pillar"))
"""What all reason rows of one finding share: the engine groups by it faster than it finds the least of equal texts."""

_CONFLICT = "Evidence that settles which of the reasons is wrong would decide it."

_ANSWERS = {
    "findings": (
        f"""
        WITH judged AS (
            SELECT finding_id, {_OWN}, min(actor_kind) AS actor_kind,
                   CASE WHEN min(coalesce(accessed_as, '')) = max(coalesce(accessed_as, '')) THEN min(accessed_as) END
                       AS accessed_as,
                   min(time_from) AS time_from, max(time_to) AS time_to, {VERDICT} AS verdict, {_BASIS} AS basis,
                   min(state) AS state, {_BOUNDS} AS bounds, max(severity) AS severity, min(title) AS title
            FROM {{rows}} GROUP BY finding_id, {_OWN}
        ),
        decisive AS (
            SELECT finding_id, string_agg(would_decide, ' ' ORDER BY would_decide) AS would_decide
            FROM (SELECT DISTINCT finding_id, would_decide FROM {{rows}} WHERE would_decide IS NOT NULL)
            GROUP BY finding_id
        )
        SELECT judged.*, CASE WHEN verdict = 'undecidable' THEN coalesce(would_decide, '{_CONFLICT}') END AS would_decide
        FROM judged LEFT JOIN decisive USING (finding_id)""",
        "finding_id",
    ),
    "reasons": (
        "SELECT DISTINCT claim, mailbox, finding_id, code, stance, sentence FROM {rows}",
        "finding_id, code, stance, sentence",
    ),
    "refs": (
        """
        SELECT DISTINCT claim, mailbox, finding_id, table_name, row_id, role FROM (
            SELECT claim, mailbox, finding_id, table_name, row_id, role FROM {rows} WHERE row_id IS NOT NULL
            UNION ALL
            SELECT claim, mailbox, finding_id, within_table, within_row_id, 'record' FROM {rows} WHERE within_row_id IS NOT NULL
        )""",
        "finding_id, table_name, row_id, role",
    ),
}
"""For each answer table its SQL over reason rows, and the order that its rows are kept in within a claim and mailbox."""


def judge(
    connection: duckdb.DuckDBPyConnection, questions: Sequence[tuple[Question, str]], scratch: Path, into: Path | None
) -> None:
    """Make ``findings``, ``reasons`` and ``refs`` from the questions, each with its SQL ready to run.

    They are temporary tables; or, with ``into``, Parquet files ``<name>*.parquet`` in that folder, in the order of their names,
    and temporary views over them.
    """
    pieces: dict[str, list[Path]] = {name: [] for name in _ANSWERS}
    if not _is_large(connection):
        _gather_in_table(connection, questions)
        if into is None:
            for name in _ANSWERS:
                make(connection, "TABLE", name, _answer(name, "reason_rows"))
        else:
            _write(connection, _answers("reason_rows"), into, "", pieces)
        connection.execute("DROP TABLE temp.reason_rows")
    else:
        rows = scratch / "rows.parquet"
        for number in _batches(connection, questions, rows):
            batch = _answers(f"read_parquet({literal(str(rows))})", of_one_claim=True)
            _write(connection, batch, into or scratch, f"-{number:04}", pieces)
    for name, files in pieces.items():
        if files:
            listed = ", ".join(literal(str(file)) for file in files)
            with _insertion_order(connection, True):
                make(connection, "TABLE" if into is None else "VIEW", name, f"FROM read_parquet([{listed}])")


def _answer(name: str, rows: str, *, of_one_claim: bool = False) -> str:
    """SQL of an answer table over reason rows. ``of_one_claim``: sorting need not compare the claims of all rows, which are one."""
    sql, order = _ANSWERS[name]
    columns = ", ".join(TABLES[name].column_names())
    first = "" if of_one_claim else "claim, "
    return f"SELECT {columns} FROM ({sql.format(rows=rows)}) ORDER BY {first}mailbox NULLS FIRST, {order}"


def _answers(rows: str, *, of_one_claim: bool = False) -> dict[str, str]:
    return {name: _answer(name, rows, of_one_claim=of_one_claim) for name in _ANSWERS}


def _write(
    connection: duckdb.DuckDBPyConnection,
    answers: Mapping[str, str],
    folder: Path,
    suffix: str,
    pieces: dict[str, list[Path]],
) -> None:
    """The answers that a batch of reason rows gives, as a file each."""
    with _insertion_order(connection, True):
        for name, files in pieces.items():
            file = folder / f"{name}{suffix}.parquet"
            connection.execute(
                f"COPY ({answers[name]}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
            files.append(file)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def make(connection: duckdb.DuckDBPyConnection, kind: str, name: str, sql: str) -> None:
    """A temporary table or view of that name, whatever temporary thing had the name before."""
    for known in connection.execute(
        "SELECT table_type FROM information_schema.tables WHERE table_name = ? AND table_catalog = 'temp'", [name]
    ).fetchall():
        connection.execute(f"DROP {'VIEW' if known[0] == 'VIEW' else 'TABLE'} temp.{name}")
    connection.execute(f"CREATE TEMP {kind} {name} AS {sql}")


def _is_large(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute("SELECT coalesce(max(rows), 0) FROM table_presence").fetchall()
    return bool(found[0][0] > LARGE)


def _gather_in_table(connection: duckdb.DuckDBPyConnection, questions: Sequence[tuple[Question, str]]) -> None:
    columns = ", ".join(f"{name} {SQL_TYPES[type_]}" for name, type_ in REASON_COLUMNS.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE reason_rows (finding_id VARCHAR, claim VARCHAR, pillar VARCHAR, {columns})"
    )
    for question, sql in questions:
        connection.execute(f"INSERT INTO reason_rows BY NAME {_reason_rows(connection, question, sql)}")


def _batches(
    connection: duckdb.DuckDBPyConnection, questions: Sequence[tuple[Question, str]], file: Path
) -> Iterator[int]:
    """Write the reason rows of one batch after the other to the file, in the order of claim and mailbox.

    Questions that share a claim are one batch: their findings stand in one order.
    """
    number = 0
    for (_, in_turns), asked in groupby(sorted(questions, key=_batch), key=_batch):
        sharing = list(asked)
        reason_rows = " UNION ALL ".join(f"({_reason_rows(connection, question, sql)})" for question, sql in sharing)
        for _ in _turns(connection) if in_turns else [0]:
            with _insertion_order(connection, False):
                found = connection.execute(f"COPY ({reason_rows}) TO {literal(str(file))} (FORMAT parquet)").fetchall()
            if found[0][0] > 0 or number == 0:
                yield number
                number += 1


def _batch(asked: tuple[Question, str]) -> tuple[str, bool]:
    return asked[0].claim, asked[0].in_turns


def _turns(connection: duckdb.DuckDBPyConnection) -> Iterator[int]:
    """Narrow the questions to some mailboxes after the others, so that the accesses of a turn fit in memory.

    A case asked for one mailbox or actor is one turn. The tables that views keep were made before, from all mailboxes.
    """
    narrowed = connection.execute(
        "SELECT getvariable('asked_mailbox') IS NOT NULL OR getvariable('asked_actor') IS NOT NULL"
    ).fetchall()[0][0]
    if narrowed:
        yield 0
        return
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE turns AS
        WITH sizes AS (
            SELECT coalesce(lower(a.mailbox), '') AS name, coalesce(min(n.mailbox), lower(a.mailbox), '') AS mailbox,
                   sum(greatest(coalesce(a.items_listed, 1), 1)) AS items
            FROM mail_accesses AS a LEFT JOIN mailbox_names AS n ON n.name = lower(a.mailbox) GROUP BY lower(a.mailbox)
        )
        SELECT name, CAST(floor(sum(items) OVER (ORDER BY mailbox) / {ITEMS_IN_TURN}) AS INTEGER) AS turn
        FROM sizes""")
    try:
        connection.execute("SET VARIABLE asked_mailbox = '(in turns)'")
        for (turn,) in connection.execute("SELECT DISTINCT turn FROM turns ORDER BY turn").fetchall() or [(0,)]:
            make(connection, "TABLE", "asked_names", f"SELECT 'mailbox' AS part, name FROM turns WHERE turn = {turn}")
            yield turn
    finally:
        connection.execute("SET VARIABLE asked_mailbox = CAST(NULL AS VARCHAR)")
        make(connection, "TABLE", "asked_names", "SELECT '' AS part, '' AS name WHERE FALSE")
        connection.execute("DROP TABLE turns")


def _reason_rows(connection: duckdb.DuckDBPyConnection, question: Question, sql: str) -> str:
    """The question's rows with every reason column, its claim and the finding's id, as SQL."""
    both = f"SELECT * FROM ({sql}) UNION ALL BY NAME {_missing(question)}"
    returned = {row[0] for row in connection.execute(f"DESCRIBE {both}").fetchall()}
    unknown = sorted(returned - REASON_COLUMNS.keys())
    if unknown:
        raise ValueError(f"{question.path}: returns {', '.join(unknown)}, which is no column of a reason row")
    own = {"subject_kind": literal(question.subject_kind), "subject": "'(unknown)'"}
    columns = ", ".join(
        f"CAST({f'coalesce({name}, {own[name]})' if name in own else name if name in returned else 'NULL'} "
        f"AS {SQL_TYPES[type_]}) AS {name}"
        for name, type_ in REASON_COLUMNS.items()
    )
    return f"""
        WITH returned AS (
            SELECT {literal(question.claim)} AS claim, {literal(question.pillar)} AS pillar, {columns}
            FROM ({both})
        )
        SELECT {finding_id(question.by_time)} AS finding_id, * FROM returned"""


def _missing(question: Question) -> str:
    """SQL of the open reasons for tables the question needs and the case has no row of."""
    rows = [
        f"""SELECT 'mailbox' AS subject_kind, coalesce(lower(getvariable('asked_mailbox')), '(every mailbox)') AS subject,
            lower(getvariable('asked_mailbox')) AS mailbox, getvariable('asked_actor') AS actor,
            getvariable('asked_time_from') AS time_from, getvariable('asked_time_to') AS time_to, 'none' AS basis,
            'at_least' AS bounds, {literal(question.title + ": no such records in this case")} AS title,
            'table_missing' AS code, 'open' AS stance, {literal(f"The case has no rows of {table}.")} AS sentence,
            {literal(decisive)} AS would_decide
        WHERE coalesce((SELECT max(rows) FROM table_presence WHERE name = {literal(table)}), 0) = 0"""
        for table, decisive in sorted(question.needs.items())
    ]
    return " UNION ALL BY NAME ".join([*rows, "SELECT 'mailbox' AS subject_kind WHERE FALSE"])


@contextmanager
def _insertion_order(connection: duckdb.DuckDBPyConnection, kept: bool) -> Iterator[None]:
    """Whether rows are written in the order they come in: needed once they are sorted, costly before."""
    before = bool(connection.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0])
    connection.execute(f"SET preserve_insertion_order = {kept}")
    try:
        yield
    finally:
        connection.execute(f"SET preserve_insertion_order = {before}")
