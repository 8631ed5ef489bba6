"""The account on a terminal: the answer first, then what it rests on, then what to do next.

Works without colour (NO_COLOR), without a wide window and without Unicode art; every colour has a word beside it. Text of logs is made
harmless first: no escape, no markup, no line that reads backwards.

Sources:
    - https://no-color.org/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mailwitness.report.account import Account
from mailwitness.report.answer import Part
from mailwitness.report.listing import Cell, Column, Listing
from mailwitness.report.text import cut, size_text, time_text, visible

CELL = 160
"""Characters of one cell on a terminal."""

COMMAND = 800
"""Characters of a cell that holds what to run, which is of no use when cut."""

_STYLES = {
    "problem": "bold red",
    "attention": "yellow",
    "undecidable": "yellow",
    "at_least": "yellow",
    "unbounded": "red",
    "open": "yellow",
}


_SHORT = {"folders_synced": "Synced"}
"""Column titles where a terminal's width is dear."""


def safe(text: str) -> str:
    """Text of a log for a terminal: what cannot be seen is named, and nothing in it is Rich markup."""
    return escape(visible(text))


def print_account(account: Account, console: Console) -> None:
    """The account in one or two screens; the report holds the rest."""
    console.print()
    console.print(Text(visible(account.summary.headline), "bold"))
    for part in account.summary.parts:
        _part(part, console)
    _first_step(account, console)
    console.print()
    console.print(Text(visible(account.summary.evidence)))
    if account.sessions.total:
        _heading(console, "Who obtained mail", account.sessions, 12)
        _grid(console, account.sessions, _session_columns(console.width), 12)
        for row in account.sessions.dicts()[:12]:
            if row["remark"]:
                console.print(Text(f"  {cut(visible(row['actor'] or '-'), CELL)}: {visible(row['remark'])}", "dim"))
    if account.background.total:
        console.print(Text(f"{account.background.total:,} more of background service traffic, in the report.", "dim"))
    for title, listing, names, most in (
        ("Credentials without a sign-in", account.unissued, ("mailbox", "credentials", "messages", "first"), 8),
        (
            "Logged successes of old protocols",
            account.legacy_protocols_used,
            ("what", "supported", "contradicted", "undecidable", "users"),
            8,
        ),
        ("Recommendations not met", _only(account.posture, "met", "not_met"), ("title", "to_do"), 6),
    ):
        if listing.total:
            _heading(console, title, listing, most)
            _grid(console, listing, names, most)
    _heading(console, "Evidence", account.evidence, 6)
    _grid(console, account.evidence, ("name", "reader", "records", "duplicates", "rejects", "skips"), 6)
    if account.oddities.total:
        _heading(console, "Odd in the input", account.oddities, 10)
        _grid(console, account.oddities, ("weight", "what", "amount", "unit", "items"), 10)
    if account.undecided.total:
        _heading(console, "Not decided", account.undecided, 6)
        _grid(console, account.undecided, ("claim", "findings", "would_decide"), 6)
    _steps(account, console)


def _part(part: Part, console: Console) -> None:
    """A question with its sentences, each with how sure it is before it."""
    if not part.sentences:
        return
    console.print()
    console.print(Text(part.question, "bold"))
    _marked(
        console,
        (
            (Text(said.certainty.replace("_", " "), _STYLES.get(said.certainty, "green")), Text(visible(said.text)))
            for said in part.sentences
        ),
    )


def _first_step(account: Account, console: Console) -> None:
    """The command of the first thing to fetch, so that it stands on the first screen; the others follow at the end."""
    _marked(console, ((Text("run", "dim"), Text(visible(step.command), "cyan")) for step in account.next_steps[:1]))


def _marked(console: Console, rows: Iterable[tuple[Text, Text]]) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=8, no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    if grid.row_count:
        console.print(Padding(grid, (0, 0, 0, 2)))


def _only(listing: Listing, name: str, value: str) -> Listing:
    """The listing's rows that have this value, of a listing that is shown whole."""
    place = [column.name for column in listing.columns].index(name)
    rows = tuple(row for row in listing.rows if row[place] == value)
    return replace(listing, rows=rows, total=len(rows))


def _session_columns(width: int) -> tuple[str, ...]:
    """The columns that a window of this width can hold, the most telling first."""
    if width < 110:
        return ("mailbox", "actor", "bounds", "messages", "folders_synced")
    if width < 140:
        return ("mailbox", "actor", "addresses", "bounds", "messages", "folders_synced")
    names = ("mailbox", "actor", "addresses", "accessed_as", "bounds", "messages", "folders_synced", "first_time")
    return names if width < 180 else (*names, "last_time", "clients")


def _steps(account: Account, console: Console) -> None:
    console.print()
    if not account.next_steps:
        console.print(Text("Nothing more to fetch that this report can name.", "bold"))
        return
    console.print(Text("Fetch next", "bold"))
    for number, step in enumerate(account.next_steps, start=1):
        console.print(
            Padding(Text.assemble((f"{number}  ", "dim"), (step.missing, "bold"), " ", step.why), (0, 0, 0, 2))
        )
        console.print(Padding(Text(step.get, "dim"), (0, 0, 0, 5)))
        console.print(Padding(Text(step.command, "cyan"), (0, 0, 0, 5)))


def _heading(console: Console, title: str, listing: Listing, most: int) -> None:
    shown = min(most, len(listing.rows))
    of = f"{listing.total:,}" if shown == listing.total else f"{shown} of {listing.total:,}; the report has the rest"
    console.print()
    console.print(Text.assemble((title, "bold"), (f"  {of}", "dim")))


def _grid(console: Console, listing: Listing, names: Iterable[str], most: int) -> None:
    places = {column.name: (number, column) for number, column in enumerate(listing.columns)}
    chosen = [places[name] for name in names]
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for _, column in chosen:
        number = column.kind in ("int", "bytes")
        grid.add_column(
            _SHORT.get(column.name, column.title),
            justify="right" if number else "left",
            overflow="fold",
            header_style="dim",
            min_width=36 if column.name == "actor" and console.width >= 120 else None,  # a session id in one line
            no_wrap=number or column.kind == "time" or column.name in ("bounds", "weight", "verdict"),
        )
    for row in listing.rows[:most]:
        grid.add_row(*(_cell(row[number], column) for number, column in chosen))
    console.print(Padding(grid, (0, 0, 0, 2)))


def _cell(value: Cell, column: Column) -> Text:
    if value is None or value == ():
        return Text("-", "dim")
    if isinstance(value, tuple):
        return Text(cut(", ".join(visible(part) for part in value), CELL))
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(size_text(value) if column.kind == "bytes" else f"{value:,}", "dim" if value == 0 else "")
    if isinstance(value, str):
        shown = visible(value.replace("_", " ") if column.name == "bounds" else value)
        return Text(cut(shown, COMMAND if column.name == "to_do" else CELL), _STYLES.get(value, ""))
    return Text(time_text(value))
