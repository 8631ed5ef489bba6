"""The application that the commands are added to, and the options that several of them share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mailwitness import __version__

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done; 1 findings at or above --fail-on; 2 wrong use; 3 evidence unreadable or integrity broken; "
    "4 done but incomplete; 5 remote or sign-in error; 130 interrupted.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
CasePath = Annotated[Path, typer.Argument(help="The case folder.")]
Paths = Annotated[list[Path], typer.Argument(exists=True, help="Files, folders or archives.")]
ReaderId = Annotated[
    str | None, typer.Option("--reader", metavar="ID", help="Read the files as this format, whatever they look like.")
]
TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone", metavar="ZONE", help="Zone of local times that state none, such as Europe/Brussels or +02:00."
    ),
]
DayFirst = Annotated[
    bool | None,
    typer.Option(
        "--day-first/--month-first", help="Order of day and month in dates such as 3/4/2026.", show_default=False
    ),
]
CollectedFor = Annotated[
    Literal["all-users", "some-users"] | None,
    typer.Option(
        "--collected-for",
        help="State whom the audit log was searched for, where its collector's log does not say. Kept with the evidence.",
        show_default=False,
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailwitness {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Who read which mail, with what credential, and can the logs be believed to say so?

    Begin with: mailwitness investigate PATH, where PATH is a folder of exports. All times are UTC.
    """
