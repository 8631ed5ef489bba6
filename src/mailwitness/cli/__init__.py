"""The command line: thin, fast to start, one JSON object on stdout where asked.

Progress and messages go to stderr. Exit codes: 0 done; 1 findings at or above ``--fail-on``; 2 wrong use; 3 evidence
unreadable or integrity broken; 4 done but incomplete; 5 remote or sign-in error; 130 interrupted.

Nothing here imports an engine until a command needs one, so ``--help`` stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from mailwitness.cli import commands, questions  # noqa: F401  each adds its commands to the app, in this order

# isort: split
from mailwitness.cli import doctor  # noqa: F401

# isort: split
from mailwitness.cli.app import app
from mailwitness.cli.output import complain, wants_json
from mailwitness.errors import MailwitnessError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = wants_json(given)
    try:
        code = app(given, prog_name="mailwitness", standalone_mode=False)
    except MailwitnessError as error:
        return complain(error.exit_code, type(error).__name__, str(error), as_json)
    except typer.TyperException as error:
        return _wrong_use(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return complain(
            130,
            "Interrupted",
            "interrupted; the case keeps what was published, run the command again to go on",
            as_json,
        )
    except OSError as error:
        return complain(
            3, "FileError", f"{error.strerror or error}: {error.filename}" if error.filename else str(error), as_json
        )
    if code == 130:
        return complain(
            130,
            "Interrupted",
            "interrupted; the case keeps what was published, run the command again to go on",
            as_json,
        )
    return code if isinstance(code, int) else 0


def _wrong_use(error: typer.TyperException, as_json: bool) -> int:
    """Show what the argument parser found wrong, in its own form unless JSON was asked for."""
    code: int = getattr(error, "exit_code", 2)
    message = getattr(error, "format_message", None)
    if as_json and message is not None:
        return complain(code, "UsageError", message(), as_json)
    show = getattr(error, "show", None)
    if show is None:
        return complain(code, "UsageError", str(error), as_json)
    show()
    return code
