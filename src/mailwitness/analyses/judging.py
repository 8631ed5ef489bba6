"""From reason rows to findings, reasons and references: the one rule, as SQL over whole tables.

All reason rows of a finding come from one question and speak of one mailbox. So a small case is judged at once, and a large one
question by question, and where a question has a row for every item, some mailboxes after the others: each batch of reason rows lies in
a scratch file and gives a piece of the answers, and memory stays bounded however many messages there are. Either way the answers
are in the order of claim, mailbox and finding id.
"""

from __future__ import annotations

import re
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

ITEMS_IN_TURN = 5_000_000
"""Listed items that a question about every item looks at in one turn, at most; a mailbox is never divided. Every turn reads all items
of the case to find its own, so few turns are faster."""

BYTES_OF_ITEM = 560
"""What an item of a turn takes in memory until it is judged: an engine with less memory takes more turns."""

MOST_WORDS = 5_000
"""A column with no more texts than this in a batch is sorted as numbers that stand for them."""

_PARTS_OF_ID = ("claim", "subject_kind", "subject", "mailbox", "actor")


def _joined(parts: Sequence[str]) -> str:
    """SQL of one text over parts, each with its length before it, so that no two lists of parts make one text."""
    marked = (f"CASE WHEN {part} IS NULL THEN '-;' ELSE concat(length({part}), ':', {part}, ';') END" for part in parts)
    return f"concat({', '.join(marked)})"  # one text made at once: || would make one for each part


_ASKED = [f"CAST(getvariable('asked_{name}') AS VARCHAR)" for name in ("actor", "time_from", "time_to")]


def finding_id(by_time: bool) -> str:
    """SQL of a finding's id. What was asked is part of it: the same claim can be decided of an hour and not of the whole time.

    So is the beginning of the stretch where the claim is made of one (``by_time``).
    """
    asked = f"CASE WHEN coalesce({', '.join(_ASKED)}) IS NULL THEN '' ELSE {_joined(_ASKED)} END"
    stretch = f", '@', {_joined(['CAST(time_from AS VARCHAR)'])}" if by_time else ""
    return f"md5(concat({_joined(_PARTS_OF_ID)}, {asked}{stretch}))"


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

_JUDGED = f"""SELECT finding_id, {_OWN}, min(actor_kind) AS actor_kind,
            CASE WHEN min(coalesce(accessed_as, '')) = max(coalesce(accessed_as, '')) THEN min(accessed_as) END AS accessed_as,
            min(time_from) AS time_from, max(time_to) AS time_to, {VERDICT} AS verdict, {_BASIS} AS basis, min(state) AS state,
            {_BOUNDS} AS bounds, max(severity) AS severity, min(title) AS title"""
"""SQL of what a finding says, over the group of its reason rows."""


def _of_one_row(sql: str) -> str:
    """SQL over groups as SQL over rows that are each alone in theirs: there these aggregates are the row's own value."""
    return re.sub(r"\b(min|max|bool_and|bool_or)\(", "(", sql)


# Most findings of a large case are messages with one reason row each. They need no grouping; `several` holds the ids of the others.
_ALONE = "{rows} ANTI JOIN several USING (finding_id)"
_TOGETHER = "{rows} SEMI JOIN several USING (finding_id)"

_ANSWERS = {
    "findings": (
        f"""
        WITH decisive AS (
            SELECT finding_id, string_agg(would_decide, ' ' ORDER BY would_decide) AS would_decide
            FROM (SELECT DISTINCT finding_id, would_decide FROM {_TOGETHER} WHERE would_decide IS NOT NULL)
            GROUP BY finding_id
        ),
        judged AS (
            {_of_one_row(_JUDGED)}, would_decide
            FROM {_ALONE}
            UNION ALL
            SELECT grouped.*, decisive.would_decide
            FROM ({_JUDGED} FROM {_TOGETHER} GROUP BY finding_id, {_OWN}) AS grouped LEFT JOIN decisive USING (finding_id)
        )
        SELECT * REPLACE (CASE WHEN verdict = 'undecidable' THEN coalesce(would_decide, '{_CONFLICT}') END AS would_decide)
        FROM judged""",
        "finding_id",
    ),
    "reasons": (
        f"""
        SELECT claim, mailbox, finding_id, code, stance, sentence FROM {_ALONE}
        UNION ALL
        SELECT DISTINCT claim, mailbox, finding_id, code, stance, sentence FROM {_TOGETHER}""",
        "finding_id, code, stance, sentence",
    ),
    "refs": (
        f"""
        SELECT claim, mailbox, finding_id, table_name, row_id, role FROM {_ALONE} WHERE row_id IS NOT NULL
        UNION ALL
        SELECT claim, mailbox, finding_id, within_table, within_row_id, 'record' FROM {_ALONE}
        WHERE within_row_id IS NOT NULL AND (within_table, within_row_id, 'record') IS DISTINCT FROM (table_name, row_id, role)
        UNION ALL
        SELECT DISTINCT claim, mailbox, finding_id, table_name, row_id, role FROM (
            SELECT claim, mailbox, finding_id, table_name, row_id, role FROM {_TOGETHER} WHERE row_id IS NOT NULL
            UNION ALL
            SELECT claim, mailbox, finding_id, within_table, within_row_id, 'record' FROM {_TOGETHER} WHERE within_row_id IS NOT NULL
        )""",
        "finding_id, table_name, row_id, role",
    ),
}
"""For each answer table its SQL over reason rows, and the order that its rows are kept in within a claim and mailbox."""

_WORDS = {
    column: column
    for column in (
        "claim",
        "pillar",
        "subject_kind",
        "mailbox",
        "actor_kind",
        "accessed_as",
        "basis",
        "state",
        "bounds",
        "severity",
    )
} | {
    "title": "title",
    "code": "code",
    "stance": "stance",
    "sentence": "sentence",
    "table_name": "within_table",
    "role": "role",
}
"""Columns of answers that often repeat the same texts, each with a second column of reason rows that its texts come from."""


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
        _find_several(connection, "reason_rows")
        if into is None:
            for name in _ANSWERS:
                make(connection, "TABLE", name, _answer(name, "reason_rows"))
        else:
            _write(connection, _answers("reason_rows"), into, "", pieces)
        connection.execute("DROP TABLE temp.reason_rows")
    else:
        file = scratch / "rows.parquet"
        for number in _batches(connection, questions, file):
            rows = f"read_parquet({literal(str(file))})"
            _find_several(connection, rows)
            words = _number_words(connection, rows)
            _write(connection, _answers(rows, words, of_one_claim=True), into or scratch, f"-{number:04}", pieces)
    for name, files in pieces.items():
        if files:
            listed = ", ".join(literal(str(file)) for file in files)
            with _insertion_order(connection, True):
                make(connection, "TABLE" if into is None else "VIEW", name, f"FROM read_parquet([{listed}])")


def _find_several(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Make the temporary table ``several``: the findings that have more than one reason row."""
    sql = f"SELECT finding_id FROM {rows} GROUP BY finding_id HAVING count(*) > 1"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE several AS {sql}")


def _number_words(connection: duckdb.DuckDBPyConnection, rows: str) -> frozenset[str]:
    """Make a type ``<column>_words`` for each column that repeats few texts: sorting then moves numbers, which stand in the order of the texts."""
    counts = connection.execute(
        f"SELECT {', '.join(f'approx_count_distinct({column})' for column in _WORDS)} FROM {rows}"
    ).fetchall()[0]
    numbered = set()
    for (column, other), count in zip(_WORDS.items(), counts, strict=True):
        connection.execute(f"DROP TYPE IF EXISTS {column}_words")
        if 0 < count <= MOST_WORDS:
            # Every table and role is named by two columns or by the judging itself.
            more = (
                f" UNION SELECT {other} FROM {rows}"
                if other != column
                else " UNION SELECT 'record'"
                if column == "role"
                else ""
            )
            texts = f"SELECT {column} AS word FROM {rows}{more}"
            connection.execute(
                f"CREATE TYPE {column}_words AS ENUM (SELECT DISTINCT word FROM ({texts}) WHERE word IS NOT NULL ORDER BY word)"
            )
            numbered.add(column)
    return frozenset(numbered)


def _answer(name: str, rows: str, words: frozenset[str] = frozenset(), *, of_one_claim: bool = False) -> str:
    """SQL of an answer table over reason rows. ``of_one_claim``: sorting need not compare the claims of all rows, which are one."""
    sql, order = _ANSWERS[name]
    columns = TABLES[name].column_names()
    numbered = ", ".join(
        f"CAST({column} AS {column}_words) AS {column}" if column in words else column
        for column in dict.fromkeys((*columns, "claim", "mailbox"))
    )
    first = "" if of_one_claim else "claim, "
    return f"""SELECT {", ".join(columns)} FROM (SELECT {numbered} FROM ({sql.format(rows=rows)}))
        ORDER BY {first}mailbox NULLS FIRST, {order}"""


def _answers(rows: str, words: frozenset[str] = frozenset(), *, of_one_claim: bool = False) -> dict[str, str]:
    return {name: _answer(name, rows, words, of_one_claim=of_one_claim) for name in _ANSWERS}


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
                found = connection.execute(
                    f"COPY ({reason_rows}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION lz4_raw)"
                ).fetchall()
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
        SELECT name, CAST(floor(sum(items) OVER (ORDER BY mailbox) / {_items_in_turn(connection)}) AS INTEGER) AS turn
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


def _items_in_turn(connection: duckdb.DuckDBPyConnection) -> int:
    """As many as the engine's memory holds."""
    number, unit = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
    memory = float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit)
    return min(ITEMS_IN_TURN, max(int(memory / BYTES_OF_ITEM), 1))


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
