"""The account as one workbook, one sheet per listing, with every row that a sheet can hold.

All text is text: nothing becomes a formula, a link or a number. Rows are written as they come, so memory stays small.

Limits: a sheet holds 1,048,576 rows and a cell 32,767 characters (Excel's own limits); where they cut something off, the sheet
    says so in its first row and the CSV output has the rest.
Sources:
    - https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
    - https://xlsxwriter.readthedocs.io/working_with_memory.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from mailwitness.report.account import Account
from mailwitness.report.everything import EVERYTHING
from mailwitness.report.listing import Cell, Column, Kind, Row, count, stream
from mailwitness.report.text import time_text, visible

LONGEST_CELL = 32_700
MOST_ROWS = 1_048_576
_HEADER = 2
"""Rows above the data: what one row is, and the column titles."""

_WIDTHS: dict[Kind, int] = {"time": 21, "int": 12, "bytes": 12, "bool": 8, "code": 30, "text": 28, "list": 30}
_EPOCH = datetime(2000, 1, 1)


def write(account: Account, connection: duckdb.DuckDBPyConnection, out: Path, most_rows: int = MOST_ROWS) -> Path:
    """Write the workbook to ``out`` and return it; ``most_rows`` is how many rows a sheet takes."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": False,
    }
    with xlsxwriter.Workbook(str(out), options) as book:
        book.set_properties({"title": "Account of a case", "created": _EPOCH, "comments": "Made with mailwitness"})
        bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        soft = book.add_format({"font_color": "#59636B", "italic": True})
        head = book.add_format({"bold": True, "font_size": 14})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        _summary(book, account, head, bold, wrap)
        for question in EVERYTHING:
            sheet = book.add_worksheet(_sheet_name(question.title))
            room = most_rows - _HEADER
            left = count(connection, question) - room
            sheet.write_string(0, 0, f"{question.row} Times are UTC; empty is unknown.{_left_out(left)}", soft)
            _listing(sheet, question.columns, stream(connection, question, cell=LONGEST_CELL, limit=room), bold)
    return out


def _sheet_name(title: str) -> str:
    """The title as a sheet may be called: 31 characters, and none that Excel keeps for itself."""
    return re.sub(r"[\[\]:*?/\\]", "", title)[:31].strip()


def _summary(book: Any, account: Account, head: Any, bold: Any, wrap: Any) -> None:
    sheet = book.add_worksheet("Answer")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    lines: list[tuple[str, str, Any]] = [("Answer", account.summary.headline, head)]
    for part in account.summary.parts:
        lines.append((part.question, "", wrap))
        lines += [(said.certainty.replace("_", " "), said.text, wrap) for said in part.sentences]
    lines.append(("Evidence", account.summary.evidence, wrap))
    lines += [(figure.label, f"{figure.value} ({figure.meaning})", wrap) for figure in account.summary.figures]
    for title, steps in (
        ("Fetch next", account.next_steps),
        ("Switch on", account.outlook.switches),
        ("Close old protocols", account.closing),
        ("Check", account.checks),
    ):
        lines += [(title, f"{step.missing} {step.why} {step.get}: {step.command}", wrap) for step in steps]
    lines += [(key.replace("_", " "), value, wrap) for key, value in account.about.items()]
    lines += [("Limits and method", limit, wrap) for limit in account.limits]
    lines += [("Not asked", line, wrap) for line in account.not_asked]
    for number, (key, text, form) in enumerate(lines):
        sheet.write_string(number, 0, _fit(key), bold)
        sheet.write_string(number, 1, _fit(text), form)


def _left_out(rows: int) -> str:
    return f" {rows:,} more rows do not fit into a sheet; all of them are in the CSV output." if rows > 0 else ""


def _listing(sheet: Any, columns: Sequence[Column], rows: Iterable[Row], bold: Any) -> None:
    for number, column in enumerate(columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(1, number, column.title, bold)
    sheet.freeze_panes(_HEADER, 1)
    last = _HEADER - 1
    for last, row in enumerate(rows, start=_HEADER):
        for number, cell in enumerate(row):
            _write_cell(sheet, last, number, cell)
    sheet.autofilter(1, 0, last, len(columns) - 1)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int) and abs(cell) < 10**15:
        sheet.write_number(row, column, cell)
    elif isinstance(cell, datetime):
        sheet.write_string(row, column, time_text(cell))
    else:
        sheet.write_string(row, column, _fit("; ".join(cell) if isinstance(cell, tuple) else str(cell)))


def _fit(text: str) -> str:
    """The text with invisible characters named, cut to what a cell takes with a note."""
    shown = visible(text)
    if len(shown) <= LONGEST_CELL:
        return shown
    return f"{shown[: LONGEST_CELL - 60]}… (cut to fit a cell; {len(text):,} characters)"
