"""Commands that only read a case: ask, explain, report, sql."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mailwitness.cli.app import AsJson, CasePath, app
from mailwitness.cli.commands import FailOn, fails
from mailwitness.cli.output import print_json, say, screen
from mailwitness.cli.times import given_time

Mailbox = Annotated[str | None, typer.Option("--mailbox", metavar="MAILBOX", help="Only this mailbox.")]
Actor = Annotated[
    str | None, typer.Option("--actor", metavar="ACTOR", help="Only this session, address, network, app or user.")
]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="From this time on (ISO 8601, UTC).")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before this time (ISO 8601, UTC).")]

ROWS_SHOWN = 200
"""Rows of ``sql`` that a terminal shows; ``--json`` gives all."""


@app.command(short_help="Findings with their verdict, reasons and rows.")
def ask(
    case: CasePath,
    question: Annotated[str | None, typer.Argument(help="A claim; without it, every claim.")] = None,
    mailbox: Mailbox = None,
    actor: Actor = None,
    time_from: From = None,
    time_to: To = None,
    fail_on: FailOn = "never",
    as_json: AsJson = False,
) -> int:
    """Ask a case: findings with their verdict, reasons and rows."""
    since, until = given_time(time_from, "--from"), given_time(time_to, "--to")
    from mailwitness.workflow.case import Case

    answer = Case.open(case).ask(question, mailbox=mailbox, actor=actor, time_from=since, time_to=until)
    if as_json:
        print_json({"case": str(case), "findings": answer.findings, "reasons": answer.reasons, "refs": answer.refs})
    else:
        from mailwitness.cli.tables import print_answer

        print_answer(screen(), answer)
    return 1 if fails(fail_on, (finding["verdict"] for finding in answer.findings)) else 0


@app.command(short_help="What a finding rests on, to the raw records.")
def explain(
    case: CasePath,
    finding: Annotated[str, typer.Argument(help="A finding's id, or the beginning of one.")],
    mailbox: Mailbox = None,
    actor: Actor = None,
    time_from: From = None,
    time_to: To = None,
    as_json: AsJson = False,
) -> int:
    """Show what a finding rests on: reasons, rows, raw records and the SQL that was asked.

    A finding that was asked for an actor or an interval is found with the same options.
    """
    since, until = given_time(time_from, "--from"), given_time(time_to, "--to")
    from mailwitness.workflow.case import Case

    explanation = Case.open(case).explain(finding, mailbox=mailbox, actor=actor, time_from=since, time_to=until)
    if as_json:
        print_json({"case": str(case), **explanation.to_dict()})
    else:
        from mailwitness.cli.tables import print_explanation

        print_explanation(screen(), explanation)
    return 0


@app.command(short_help="Write what the case says to a file.")
def report(
    case: CasePath,
    form: Annotated[
        Literal["html", "json", "csv", "xlsx"], typer.Option("--format", help="The form of the report.")
    ] = "html",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="PATH", help="A file; for csv a folder.", show_default="in the working directory"
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write what the case says to a file."""
    from mailwitness.workflow.case import Case

    target = out if out is not None else Path(f"{case.resolve().name}-report" + ("" if form == "csv" else f".{form}"))
    Case.open(case).report(form, target)
    if as_json:
        print_json({"case": str(case), "format": form, "report": str(target)})
    else:
        say(f"report: {target}")
    return 0


@app.command(short_help="Ask the tables in SQL, read only.")
def sql(
    case: CasePath,
    query: Annotated[str, typer.Argument(help="One SELECT over the case's tables, in DuckDB's dialect.")],
    as_json: AsJson = False,
) -> int:
    """Ask the tables of a case in SQL. Nothing can be written."""
    import duckdb

    from mailwitness.errors import UsageError
    from mailwitness.workflow.case import Case

    try:
        relation = Case.open(case).sql(query)
        names = list(relation.columns)
        rows = relation.fetchall() if as_json else relation.limit(ROWS_SHOWN + 1).fetchall()
    except duckdb.Error as error:
        raise UsageError(f"the query cannot be answered: {error}") from None
    if as_json:
        print_json({"columns": names, "rows": rows}, indent=None)
        return 0
    from mailwitness.cli.tables import print_grid

    print_grid(screen(), names, rows[:ROWS_SHOWN])
    if len(rows) > ROWS_SHOWN:
        say(f"the first {ROWS_SHOWN} rows are shown; --json gives all, LIMIT chooses")
    return 0
