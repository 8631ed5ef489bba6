"""The account as a folder of CSV files, one per listing, with every row.

UTF-8 with a byte order mark (spreadsheets need it), comma, CRLF, quoted where needed (RFC 4180). A cell that a spreadsheet would
run begins with an apostrophe; a character that cannot be seen is named (``⟨U+202E⟩``).

Limits: a cell holds at most 32,000 characters, what a spreadsheet takes; the case's tables hold the rest.
Sources:
    - https://owasp.org/www-community/attacks/CSV_Injection
    - https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from mailwitness.report.account import Account
from mailwitness.report.everything import EVERYTHING
from mailwitness.report.listing import Cell, stream
from mailwitness.report.text import time_text, visible

LONGEST_CELL = 32_000

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write(account: Account, connection: duckdb.DuckDBPyConnection, out: Path) -> Path:
    """Write the files into the folder ``out``, made if need be, and return it."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "summary.csv", ("key", "value"), _summary(account))
    _write(out / "answer.csv", ("question", "certainty", "sentence", "see"), _answer(account))
    for name, steps in (
        ("next_steps", account.next_steps),
        ("switch_on", account.outlook.switches),
        ("close_protocols", account.closing),
        ("checks", account.checks),
    ):
        rows = [(step.code, step.missing, step.why, step.get, step.command) for step in steps]
        _write(out / f"{name}.csv", ("code", "missing", "why", "get", "command"), rows)
    for question in EVERYTHING:
        names = [column.name for column in question.columns]
        _write(out / f"{question.key}.csv", names, stream(connection, question, cell=LONGEST_CELL))
    return out


def _summary(account: Account) -> Iterable[Sequence[Cell]]:
    yield from account.about.items()
    yield "headline", account.summary.headline
    yield "evidence", account.summary.evidence
    yield from ((figure.label, figure.value) for figure in account.summary.figures)
    yield from (("limit", limit) for limit in account.limits)
    yield from (("not asked", line) for line in account.not_asked)


def _answer(account: Account) -> Iterable[Sequence[Cell]]:
    for part in account.summary.parts:
        yield from ((part.question, said.certainty, said.text, said.see) for said in part.sentences)


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([cell_text(cell) for cell in row] for row in rows)


def cell_text(cell: Cell) -> str:
    """The cell as text that no spreadsheet runs; unknown is empty."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, datetime):
        return time_text(cell)
    return harmless("; ".join(cell) if isinstance(cell, tuple) else cell)


def harmless(text: str) -> str:
    """Text with an apostrophe before what would be a formula, and every invisible character named."""
    risky = text.lstrip(" ").startswith(_STARTS_A_FORMULA)
    return f"'{visible(text)}" if risky else visible(text)
