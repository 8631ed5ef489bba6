"""Rows, answers and explanations on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from mailwitness.cli.output import plain
from mailwitness.report.terminal import safe
from mailwitness.report.text import cut

if TYPE_CHECKING:
    from rich.console import Console

    from mailwitness.workflow.case import Answer, Explanation

CELL = 200
"""Characters of one cell on a terminal; ``--json`` and ``explain`` give the rest."""

_COLOUR = {"supported": "red", "contradicted": "green", "undecidable": "yellow"}


def cell(value: Any) -> str:
    """One value, harmless: no markup, no escape; null is an empty cell."""
    held = plain(value)
    if held is None:
        return ""
    return safe(cut(held if isinstance(held, str) else json.dumps(held, ensure_ascii=False), CELL))


def print_grid(console: Console, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under their column names."""
    table = Table(*(safe(name) for name in names))
    for row in rows:
        table.add_row(*map(cell, row))
    console.print(table)


def print_rows(console: Console, title: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Some columns of rows, numbers to the right."""
    table = Table(title=safe(title), title_justify="left")
    for name in names:
        numbers = bool(rows) and all(row[name] is None or isinstance(row[name], int) for row in rows)
        table.add_column(name, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(cell(row[name]) for name in names))
    console.print(table)


def print_answer(console: Console, answer: Answer) -> None:
    """Each finding with its verdict, reasons, and what would decide it where nothing does yet."""
    if not answer.findings:
        console.print("no findings: nothing in this case is a subject of that question")
    for finding in answer.findings:
        _print_finding(console, finding, [r for r in answer.reasons if r["finding_id"] == finding["finding_id"]])


def print_explanation(console: Console, explanation: Explanation) -> None:
    """The finding, then its rows, their raw records and the SQL."""
    content = explanation.to_dict()
    _print_finding(console, content["finding"], content["reasons"])
    for row in content["rows"]:
        console.print(f"\n[bold]{safe(row['table_name'])}[/] {safe(row['row_id'])} ({safe(row['role'])})")
        for name, value in row["row"].items():
            if value is not None:
                console.print(f"  {safe(name)} = {cell(value)}")
        if row.get("raw") is not None:
            console.print(f"  raw record, {cell(row['evidence_id'])} {cell(row['locator'])}:")
            console.print(f"  {safe(row['raw'])}", soft_wrap=True)
    if content.get("sql"):
        console.print("\n[bold]SQL[/]")
        console.print("\n".join(safe(line) for line in content["sql"].splitlines()), soft_wrap=True)


def _print_finding(console: Console, finding: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]]) -> None:
    verdict = finding["verdict"]
    console.print(f"[bold {_COLOUR[verdict]}]{verdict}[/] {cell(finding['title'])}")
    for key in ("mailbox", "actor", "bounds", "basis"):
        if finding.get(key) is not None:
            console.print(f"  {key}: {cell(finding[key])}")
    for reason in reasons:
        console.print(f"  {reason['stance']}: {cell(reason['sentence'])} ({safe(reason['code'])})", soft_wrap=True)
    if finding.get("would_decide"):
        console.print(f"  would decide it: {cell(finding['would_decide'])}", soft_wrap=True)
    console.print(f"  finding {safe(finding['finding_id'])}\n")
