"""Who read which mail, with what credential, and can the logs be believed to say so?

The public names. Each is imported when it is first used, so ``import mailwitness`` loads no engine::

    from mailwitness import Case

    case = Case.open("incident-case")
    answer = case.ask(mailbox="b@example.org")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailwitness.errors import BusyError, EvidenceError, IntegrityError, MailwitnessError, UsageError
    from mailwitness.model.findings import Finding, Reason, Ref, Verdict, verdict_of
    from mailwitness.model.tables import TABLES
    from mailwitness.workflow.case import Case

__version__ = "0.1.0"

__all__ = [
    "TABLES",
    "BusyError",
    "Case",
    "EvidenceError",
    "Finding",
    "IntegrityError",
    "MailwitnessError",
    "Reason",
    "Ref",
    "UsageError",
    "Verdict",
    "__version__",
    "verdict_of",
]

_HOMES = {
    "TABLES": "mailwitness.model.tables",
    "BusyError": "mailwitness.errors",
    "Case": "mailwitness.workflow.case",
    "EvidenceError": "mailwitness.errors",
    "Finding": "mailwitness.model.findings",
    "IntegrityError": "mailwitness.errors",
    "MailwitnessError": "mailwitness.errors",
    "Reason": "mailwitness.model.findings",
    "Ref": "mailwitness.model.findings",
    "UsageError": "mailwitness.errors",
    "Verdict": "mailwitness.model.findings",
    "verdict_of": "mailwitness.model.findings",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mailwitness' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
