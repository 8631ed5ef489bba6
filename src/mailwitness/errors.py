"""What can go wrong for a caller, sorted by what the caller can do about it.

Bad data never raises: a record that cannot be read becomes a `Reject`. These are for bad calls and broken cases.
Every message says what, where, what was found and what to do next.
"""

from __future__ import annotations


class MailwitnessError(Exception):
    """The root, never raised itself. ``exit_code`` is what the command line ends with."""

    exit_code = 2


class UsageError(MailwitnessError):
    """Fix the call: a name, an option, a question or a path that does not exist."""

    exit_code = 2


class EvidenceError(MailwitnessError):
    """Fix the evidence: it cannot be opened, or two readers claim it."""

    exit_code = 3


class IntegrityError(MailwitnessError):
    """Stop and look: bytes, ledger or custody chain are not what was recorded."""

    exit_code = 3


class BusyError(MailwitnessError):
    """Retry: another process is writing to this case."""

    exit_code = 3


class RemoteError(MailwitnessError):
    """Fix the access or try again: the tenant cannot be reached, or does not let the application in."""

    exit_code = 5
