"""One alert: what it says, what it keeps back, and the id by which a receiver drops a repeat.

An alert is a flat JSON object. It names mailbox, actor, claim, verdict and the finding's id, with which anyone who may open the case reads the
rest (``mailwitness explain CASE FINDING``). Subjects of messages, message ids, folder paths and item ids stay in the case, unless content was asked
for: alerts travel over chat, mail and log servers that are not meant to hold mail. What was kept back is named in ``withheld``.

The id is a hash of the case, of what the alert is about, and of a number that rises each time the same thing is told anew. It is the same
however often one alert is sent.

Limits: mailboxes, actors and names of applications come out of logs, so whoever writes to the log chooses them. Here they are data; each channel says how
its form keeps them so.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

SCHEMA_VERSION = 1
"""Of the JSON of alerts. It rises when a key changes its meaning or goes away, not when one is added."""

Kind = Literal["finding", "gap", "silence"]
"""``finding``: of an analysis. ``gap``: a finding that a log was not collected whole. ``silence``: a log that delivers nothing."""

Change = Literal["new", "changed", "withdrawn"]
"""``withdrawn``: what was told before is no longer found: later evidence took it back, or the log delivers again."""

SEVERITIES = ("critical", "high", "medium", "low", "informational")
"""From the worst to the mildest. A finding without one has been given none by its analysis."""

_SHOWN_SUBJECTS = frozenset(
    {"mailbox", "signin", "session", "token", "user", "app", "feed", "recommendation", "tenant"}
)
"""Kinds of subject that are identifiers of accounts, sign-ins and logs. Of any other kind the subject and the title may be content of mail."""

_CUT = 500


@dataclass(frozen=True, slots=True)
class Alert:
    """One message. ``content`` is the JSON object; ``severity`` None where the analysis gives none."""

    alert_id: str
    severity: str | None
    content: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        return str(self.content["sentence"])


def alert_id_of(case_id: str, key: str, serial: int) -> str:
    """The id of the ``serial``-th alert about one thing in one case."""
    parts = (case_id, key, str(serial))
    joined = "".join(f"{len(part)}:{part};" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def finding_alert(
    about: Mapping[str, str],
    alert_id: str,
    kind: Kind,
    change: Change,
    now: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    codes: Sequence[str],
    with_content: bool,
) -> Alert:
    """The alert of a finding. ``now`` is its row, None when it is withdrawn; ``before`` is what was last told of it."""
    row = now if now is not None else before
    assert row is not None
    shown = with_content or row["subject_kind"] in _SHOWN_SUBJECTS
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "alert_id": alert_id,
        "kind": kind,
        "change": change,
        **about,
        "severity": row["severity"],
        "sentence": _finding_sentence(kind, change, row, before),
        **{name: row[name] for name in ("finding_id", "claim", "pillar", "subject_kind")},
        **({"subject": row["subject"], "title": row["title"]} if shown else {"withheld": ["subject", "title"]}),
        **{name: row[name] for name in ("mailbox", "actor", "actor_kind", "time_from", "time_to")},
        **{name: None if now is None else now[name] for name in ("verdict", "state", "bounds")},
        "before": None if before is None else {n: before[n] for n in ("verdict", "state", "bounds", "severity")},
        "reasons": list(codes),
    }
    return Alert(alert_id, row["severity"], _cut_all(content))


def silence_alert(
    about: Mapping[str, str],
    alert_id: str,
    change: Change,
    feed: str,
    last_record: datetime | None,
    threshold_s: float,
    rests_on: str,
) -> Alert:
    """The alert of a log that fell silent, or that delivers again (``withdrawn``)."""
    last = None if last_record is None else time_text(last_record)
    if change == "withdrawn":
        sentence = f"{feed} delivers again; its last record is of {last}"
    else:
        sentence = (
            f"{feed} is silent: its last record is of {last}, longer ago than {hours_text(threshold_s)} ({rests_on})"
        )
    severity = None if change == "withdrawn" else "high"
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "alert_id": alert_id,
        "kind": "silence",
        "change": change,
        **about,
        "severity": severity,
        "sentence": sentence,
        "feed": feed,
        "last_record": last,
        "silent_after_s": round(threshold_s),
    }
    return Alert(alert_id, severity, _cut_all(content))


def _finding_sentence(kind: Kind, change: Change, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """One line for people. It holds names out of logs: a channel escapes it like any other text."""
    said = [row["severity"] or "no severity"]
    if change == "withdrawn":
        said.append("no longer found")
    else:
        said.append(str(row["verdict"]))
        said += [str(row[name]) for name in ("state", "bounds") if row[name] is not None]
    if change == "changed" and before is not None:
        was = [str(before[name]) for name in ("verdict", "state", "bounds") if before[name] is not None]
        said.append(f"before: {', '.join(was)}")
    words = {"new": "new", "changed": "changed", "withdrawn": "withdrawn"}[change]
    what = "gap" if kind == "gap" else "finding"
    where = [f"{name} {row[name]}" for name in ("mailbox", "actor") if row[name] is not None]
    if row["subject_kind"] in ("feed", "recommendation"):
        where.append(f"{row['subject_kind']} {row['subject']}")
    if kind == "gap" and row["time_from"] is not None and row["time_to"] is not None:
        where.append(f"from {_moment_text(row['time_from'])} to {_moment_text(row['time_to'])}")
    return "; ".join([f"{words} {what} ({', '.join(said)}): {row['claim']}", *where])


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC with Z. A naive time is UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds") + "Z"


def _moment_text(moment: datetime | str) -> str:
    """A time of a finding's row; one that was read back from memory is text already."""
    return moment if isinstance(moment, str) else time_text(moment)


def hours_text(seconds: float) -> str:
    """``90 min``, ``6 h``, ``62.5 h``."""
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f}".removesuffix(".0") + " h"


def harmless(text: str) -> str:
    """The text on one line that shows: what is no printable character becomes its escape (``\\n``, ``\\x1b``, ``\\u202e``)."""
    return "".join(c if c == " " or _prints(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def _prints(character: str) -> bool:
    return character.isprintable() and unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn")


def _cut_all(content: dict[str, Any]) -> dict[str, Any]:
    """Times as text, and no text longer than a line: a log field may be a megabyte."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return time_text(value)
        if isinstance(value, str) and len(value) > _CUT:
            return f"{value[:_CUT]}… ({len(value)} characters)"
        return value

    return {name: plain(value) for name, value in content.items()}
