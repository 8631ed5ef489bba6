"""A listing: the first rows of one question to the case, with the true number of rows.

The account holds listings, every output renders listings, and the outputs that can hold everything (CSV, XLSX) stream the
question's remaining rows from the case. So a large case never passes through memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from mailwitness.report.text import time_text

Kind = Literal["text", "code", "time", "int", "bytes", "bool", "list"]
Cell = str | int | bool | None | datetime | tuple[str, ...]
Row = tuple[Cell, ...]

TOP = 200
"""Rows of one listing that the account itself holds."""

CELL = 4_000
"""Characters of one cell that the account shows; the record holds the rest."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``title`` for people; ``kind`` decides alignment and form (``code`` is an identifier, kept unbroken)."""

    name: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """One SELECT whose columns are ``columns``; ``order`` is total, so that equal cases give equal bytes."""

    key: str
    title: str
    row: str
    columns: tuple[Column, ...]
    sql: str
    order: str
    empty: str = "None."


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows shown of a question, and ``total``, how many there are."""

    key: str
    title: str
    row: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    empty: str = "None."

    @property
    def note(self) -> str | None:
        """What is not shown and where it is; None when everything is."""
        if self.total <= len(self.rows):
            return None
        return (
            f"Showing {len(self.rows):,} of {self.total:,}; all of them are in the CSV output ({self.key}.csv) "
            "and in the case's tables and findings (Parquet)."
        )

    def dicts(self) -> list[dict[str, Any]]:
        """Each row as column → value."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, map(plain, row), strict=True)) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "row": self.row,
            "total": self.total,
            "shown": len(self.rows),
            "rows": self.dicts(),
        }


def columns(text: str) -> tuple[Column, ...]:
    """Columns from lines ``name kind Title``; the form is a table, so it is written as one."""
    made = []
    for line in text.strip().splitlines():
        name, kind, title = line.split(None, 2)
        made.append(Column(name, title, kind))  # type: ignore[arg-type]
    return tuple(made)


def plain(cell: Cell) -> Any:
    """The cell as JSON holds it."""
    if isinstance(cell, datetime):
        return time_text(cell)
    return list(cell) if isinstance(cell, tuple) else cell


def ask(connection: duckdb.DuckDBPyConnection, question: Question, top: int = TOP) -> Listing:
    """The question's first rows; the rest is counted, not fetched."""
    rows = connection.execute(f"{_select(question, CELL, counted=True)} LIMIT {top}").fetchall()
    total = rows[0][-1] if rows else 0
    shown = tuple(row_of(row[:-1]) for row in rows)
    return Listing(question.key, question.title, question.row, question.columns, shown, total, question.empty)


def stream(
    connection: duckdb.DuckDBPyConnection, question: Question, cell: int = CELL, limit: int | None = None
) -> Iterator[Row]:
    """All rows of the question (or the first ``limit``), in order, a few thousand in memory at a time.

    The connection is busy until the last row is taken.
    """
    sql = _select(question, cell)
    cursor = connection.execute(sql if limit is None else f"{sql} LIMIT {limit}")
    while chunk := cursor.fetchmany(5_000):
        yield from map(row_of, chunk)


def count(connection: duckdb.DuckDBPyConnection, question: Question) -> int:
    """How many rows the question has."""
    (total,) = connection.execute(f"SELECT count(*) FROM ({question.sql})").fetchone() or (0,)
    return int(total)


def _select(question: Question, length: int, counted: bool = False) -> str:
    chosen = [cut_column(column, length) for column in question.columns]
    if counted:
        chosen.append("count(*) OVER ()")
    return f"SELECT {', '.join(chosen)} FROM ({question.sql}) ORDER BY {question.order}"


def cut_column(column: Column, length: int) -> str:
    """The column, a long text or list cut inside the engine: a cell of a log can be 10 MB."""
    name = f'"{column.name}"'
    if column.kind == "list":
        most = length // 40
        return (
            f"CASE WHEN len({name}) > {most} THEN list_append({name}[1:{most}], '… (' || len({name}) || ' in all)') "
            f"ELSE {name} END AS {name}"
        )
    if column.kind not in ("text", "code"):
        return name
    return (
        f"CASE WHEN length({name}) > {length} THEN left({name}, {length}) || '… (' || length({name}) || ' characters)' "
        f"ELSE {name} END AS {name}"
    )


def row_of(row: Sequence[Any]) -> Row:
    """The engine's row as cells: lists become tuples of text."""
    return tuple(tuple(str(part) for part in cell) if isinstance(cell, list) else cell for cell in row)
