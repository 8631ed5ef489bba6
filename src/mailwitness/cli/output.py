"""What the commands print: one JSON object, or text whose log content is made harmless."""

from __future__ import annotations

import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mailwitness.report.text import cut, visible

if TYPE_CHECKING:
    from rich.console import Console

    from mailwitness.workflow.add import Progress

SCHEMA_VERSION = 1
"""Of the JSON that commands print. It rises when a key changes its meaning or goes away, not when one is added."""


def wants_json(arguments: Sequence[str]) -> bool:
    """True if ``--json`` was given as an option, wherever it stands, so that wrong use is answered in JSON too."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def print_json(content: Mapping[str, Any], indent: int | None = 2) -> None:
    """One object on stdout. ASCII only: no control or bidirectional character of a log reaches the terminal."""
    sys.stdout.write(json.dumps(plain({"schema_version": SCHEMA_VERSION, **content}), indent=indent, allow_nan=False))
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """The value in JSON's own types. Times are UTC and end in Z; what is no number becomes null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else plain(float(value))
        case datetime():
            utc = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
            return utc.isoformat() + "Z"
        case date() | clock():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case Mapping():
            return {str(key): plain(held) for key, held in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(held) for held in value]
        case _:
            return str(value)


def complain(exit_code: int, kind: str, message: str, as_json: bool) -> int:
    """Tell what went wrong on stderr, and as JSON on stdout where asked; give back the exit code."""
    if as_json:
        code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
        print_json({"error": {"code": code, "message": message}})
    for line in message.splitlines():
        say(line)
    return exit_code


def screen() -> Console:
    """The terminal for results."""
    from rich.console import Console

    if isinstance(
        sys.stdout, io.TextIOWrapper
    ):  # a terminal of a narrow encoding shows escapes, it does not stop the command
        sys.stdout.reconfigure(errors="backslashreplace")
    return Console(highlight=False, emoji=False)


def say(message: str) -> None:
    """One line for the person at the terminal, on stderr if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(f"{visible(message)}\n")


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A callable that shows how far adding has come, on stderr; silent when that is no terminal or ``quiet``."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, emoji=False),
        transient=True,
    )
    with bar:
        task = bar.add_task("reading", total=None)

        def show(step: Progress) -> None:
            label = escape(visible(cut(f"{step.stage} {step.name}", 60)))
            if step.total > 0:
                bar.update(task, description=label, completed=step.done, total=step.total)
            else:
                bar.update(task, description=label)

        yield show
