"""The command line: thin, fast to start, one JSON object on stdout where asked.

Progress and messages go to stderr. Exit codes: 0 done; 1 findings at or above ``--fail-on``; 2 wrong use; 3 evidence
unreadable or integrity broken; 4 done but incomplete; 5 remote or sign-in error; 70 a defect of ours; 130 interrupted; 141 whoever
read the output stopped reading.

Nothing here imports an engine until a command needs one, so ``--help`` stays quick.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from mailwitness.cli import commands, questions  # noqa: F401  each adds its commands to the app, in this order

# isort: split
from mailwitness.cli import errata, tokens  # noqa: F401

# isort: split
from mailwitness.cli import collecting  # noqa: F401

# isort: split
from mailwitness.cli import watching  # noqa: F401

# isort: split
from mailwitness.cli import simulating  # noqa: F401

# isort: split
from mailwitness.cli import standing_in  # noqa: F401

# isort: split
from mailwitness.cli import doctor  # noqa: F401

# isort: split
from mailwitness.cli.app import app
from mailwitness.cli.output import complain, wants_json
from mailwitness.errors import MailwitnessError
from mailwitness.workflow.data_frames import do_without_data_frames


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Without arguments it is the process's own command line, and has the process to itself."""
    if arguments is None:
        do_without_data_frames()
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = wants_json(given)
    try:
        code = app(given, prog_name="mailwitness", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except MailwitnessError as error:
        return complain(error.exit_code, type(error).__name__, str(error), as_json)
    except typer.TyperException as error:
        return _wrong_use(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(as_json)
    except (BrokenPipeError, SystemExit):
        # The argument parser turns a broken pipe into an exit with 1, which means findings here.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  what is left is flushed when the interpreter ends
        return 141
    except OSError as error:
        return complain(
            3, "FileError", f"{error.strerror or error}: {error.filename}" if error.filename else str(error), as_json
        )
    except Exception:  # noqa: BLE001  a defect of ours must not end with 1, which means findings
        return complain(70, "Defect", f"{traceback.format_exc()}a defect of mailwitness, please report it", as_json)
    if code == 130:
        return _interrupted(as_json)
    return code if isinstance(code, int) else 0


def _interrupted(as_json: bool) -> int:
    message = "interrupted; the case keeps what was published, run the command again to go on"
    return complain(130, "Interrupted", message, as_json)


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
