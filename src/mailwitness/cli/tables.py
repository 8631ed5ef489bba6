"""Rows, answers and explanations on a terminal.

Everything from a log is printed as plain ``Text``, so nothing in it is markup, and what cannot be seen is named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from mailwitness.cli.output import plain
from mailwitness.report.text import cut, visible

if TYPE_CHECKING:
    from rich.console import Console

    from mailwitness.workflow.case import Answer, Explanation

CELL = 200
"""Characters of one cell on a terminal; ``--json`` gives the rest."""

RAW = 4_000
"""Characters of a raw record on a terminal."""

SHOWN = 100
"""Findings of an answer that a terminal shows in full; ``--json`` gives all."""

_COLOUR = {"supported": "red", "contradicted": "green", "undecidable": "yellow"}


def cell(value: Any, length: int = CELL) -> Text:
    """One value, harmless; null is an empty cell."""
    held = plain(value)
    if held is None:
        return Text("")
    return Text(visible(cut(held if isinstance(held, str) else json.dumps(held, ensure_ascii=False), length)))


def print_grid(console: Console, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under their column names, numbers to the right."""
    table = Table()
    held = [list(row) for row in rows]
    for number, name in enumerate(names):
        values = [row[number] for row in held if row[number] is not None]
        numeric = bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        )
        table.add_column(cell(name), justify="right" if numeric else "left", overflow="fold")
    for row in held:
        table.add_row(*map(cell, row))
    console.print(table)


def print_rows(console: Console, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Some columns of rows."""
    print_grid(console, names, ([row[name] for name in names] for row in rows))


def print_answer(console: Console, answer: Answer) -> None:
    """What each claim came to and what would decide what is open, then each finding with its verdict, reasons and what would decide it."""
    if not answer.findings:
        console.print("no findings: nothing in this case is a subject of that question")
        return
    _print_verdicts(console, answer.findings)
    reasons: dict[str, list[Mapping[str, Any]]] = {}
    for reason in answer.reasons:
        reasons.setdefault(reason["finding_id"], []).append(reason)
    for finding in sorted(answer.findings, key=_reading_order)[:SHOWN]:
        _print_finding(console, finding, reasons.get(finding["finding_id"], []))
    if len(answer.findings) > SHOWN:
        left = len(answer.findings) - SHOWN
        _line(console, f"{left:,} more findings: --json gives all; --mailbox, --actor, --from and --to ask for fewer")


def _print_verdicts(console: Console, findings: Sequence[Mapping[str, Any]]) -> None:
    """How many findings each claim has of each verdict, and the evidence that most of the open ones name."""
    verdicts = Counter((finding["pillar"] or "", finding["claim"], finding["verdict"]) for finding in findings)
    for pillar, claim in sorted({(pillar, claim) for pillar, claim, _ in verdicts}):
        said = [
            (f"{verdicts[pillar, claim, verdict]:,} {verdict}", _COLOUR[verdict])
            for verdict in _COLOUR
            if verdicts[pillar, claim, verdict]
        ]
        parts: list[str | Text | tuple[str, str]] = [(pillar, "bold"), " ", cell(claim), ": "]
        for number, part in enumerate(said):
            parts += [", ", part] if number else [part]
        _line(console, *parts)
    wanted = Counter(
        finding["would_decide"]
        for finding in findings
        if finding["verdict"] == "undecidable" and finding["would_decide"]
    )
    for evidence, number in sorted(wanted.items(), key=lambda item: (-item[1], item[0]))[:1]:
        of = "finding" if number == 1 else "findings"
        _line(console, ("next", "bold"), f" for {number:,} open {of}: ", cell(evidence, 1_000))
    console.print()


def _reading_order(finding: Mapping[str, Any]) -> tuple[str, str, int, str, str]:
    """Each mailbox and actor together; what holds of the whole first, then folders, then messages as they happened."""
    place = {"mailbox": 0, "folder": 1}.get(str(finding["subject_kind"]), 2)
    moment, subject = str(finding["time_from"] or ""), str(finding["subject"] or "")
    return str(finding["mailbox"] or ""), str(finding["actor"] or ""), place, moment, subject


def print_explanation(console: Console, explanation: Explanation) -> None:
    """The finding, then its rows with their raw records, and the SQL that was asked."""
    _print_finding(console, explanation.finding, explanation.reasons)
    for row in explanation.rows:
        _line(console, (f"{row['table_name']} {row['row_id']}", "bold"), f" ({row['role']})")
        for name, value in (row["row"] or {}).items():
            _line(console, f"  {name} = ", cell(value))
        if row["raw"] is not None:
            _line(console, f"  raw record: {row['evidence']} {row['locator']}")
            _line(console, "  ", cell(row["raw"], RAW))
        console.print()
    if explanation.refs_total > len(explanation.rows):
        _line(console, f"{len(explanation.rows)} of {explanation.refs_total} rows are shown; all are in the table refs")
    for question in explanation.questions:
        _line(console, (f"SQL of {question['name']}", "bold"))
        for line in question["sql"].splitlines():
            _line(console, line)


def _print_finding(console: Console, finding: Mapping[str, Any], reasons: Iterable[Mapping[str, Any]]) -> None:
    verdict = finding["verdict"]
    _line(console, (verdict, f"bold {_COLOUR[verdict]}"), ": ", cell(finding["claim"]), ": ", cell(finding["title"]))
    for key in ("subject", "mailbox", "actor", "time_from", "time_to", "bounds", "basis"):
        if finding[key] is not None:
            _line(console, f"  {key}: ", cell(finding[key]))
    for reason in reasons:
        _line(console, f"  {reason['stance']}: ", cell(reason["sentence"], 1_000), f" ({reason['code']})")
    if finding["would_decide"] is not None:
        _line(console, "  would decide it: ", cell(finding["would_decide"], 1_000))
    _line(console, f"  finding {finding['finding_id']}")
    console.print()


def _line(console: Console, *parts: str | Text | tuple[str, str]) -> None:
    """One line of plain and styled parts, broken by the terminal only; what cannot be seen in them is named."""
    line = Text()
    for part in parts:
        if isinstance(part, Text):
            line.append_text(part)
        else:
            text, style = part if isinstance(part, tuple) else (part, "")
            line.append(visible(text), style)
    console.print(line, soft_wrap=True)
