"""The answer in one sentence and one screen, the key figures, and the limits of both.

Everything is said of records: a client *obtained* a message; that a person read it, no log says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import duckdb

from mailwitness.report.answer import Part, Verdicts, parts_of, unissued
from mailwitness.report.listing import Listing
from mailwitness.report.next_steps import Step
from mailwitness.report.oddities import ODDITIES
from mailwitness.report.text import counted, time_text

Tone = Literal["plain", "attention", "problem"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the key table; ``tone`` says whether a person should look (shown with a word, never by colour alone)."""

    label: str
    value: str
    meaning: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Summary:
    """``headline`` in one sentence, ``parts`` for whoever reads one screen, ``evidence`` what it rests on, ``figures`` for the key table."""

    headline: str
    parts: tuple[Part, ...]
    evidence: str
    figures: tuple[Figure, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "headline": self.headline,
            "parts": [part.to_dict() for part in self.parts],
            "evidence": self.evidence,
            "figures": [asdict(figure) for figure in self.figures],
        }


_FACTS = """
SELECT (SELECT count(*) FROM evidence) AS items,
       (SELECT count(*) FROM evidence WHERE reader IS NULL) AS unread,
       (SELECT coalesce(sum(records), 0) FROM evidence) AS records,
       (SELECT coalesce(sum(rows), 0) FROM evidence) AS rows,
       (SELECT coalesce(sum(duplicates), 0) FROM evidence) AS duplicates,
       (SELECT coalesce(sum(rejects), 0) FROM evidence) AS rejects,
       (SELECT coalesce(sum(skips), 0) FROM evidence) AS skips,
       count(*) AS accesses, count(DISTINCT mailbox) AS mailboxes, min(time) AS first, max(time) AS last,
       count(*) FILTER (WHERE mail_access_type = 'Sync') AS syncs,
       count(DISTINCT mailbox) FILTER (WHERE mail_access_type = 'Sync') AS synced_mailboxes,
       count(DISTINCT mailbox) FILTER (WHERE mail_access_type = 'Sync' AND folder_path IS NULL) AS unknown_folders,
       count(DISTINCT mailbox) FILTER (WHERE is_throttled) AS throttled_mailboxes,
       count(*) FILTER (WHERE accessed_as = 'owner') AS by_owner,
       count(*) FILTER (WHERE accessed_as = 'delegate') AS by_delegate,
       count(*) FILTER (WHERE accessed_as = 'admin') AS by_admin,
       count(*) FILTER (WHERE accessed_as = 'application') AS by_application,
       count(*) FILTER (WHERE accessed_as = 'service') AS by_service,
       count(*) FILTER (WHERE accessed_as IS NULL) AS by_unknown,
       (SELECT coalesce(sum(messages), 0)::BIGINT FROM mailbox_message_counts) AS messages,
       (SELECT count(DISTINCT coalesce(actor, '')) FROM exposure_sessions WHERE background IS NULL) AS actors,
       (SELECT count(DISTINCT coalesce(mailbox, '')) FROM exposure_sessions WHERE background IS NULL) AS obtained_from,
       (SELECT count(*) FROM exposure_scopes WHERE accesses > 0 AND NOT is_background AND bounds = 'exact') AS exact,
       (SELECT count(*) FROM exposure_scopes WHERE accesses > 0 AND NOT is_background AND bounds = 'at_least') AS at_least,
       (SELECT count(*) FROM exposure_scopes WHERE accesses > 0 AND NOT is_background AND bounds = 'unbounded') AS unbounded,
       (SELECT count(*) FROM findings WHERE verdict = 'undecidable') AS undecidable,
       (SELECT count(*) FROM findings) AS findings
FROM mail_accesses
"""


def summarise(connection: duckdb.DuckDBPyConnection, listed: Mapping[str, Listing], steps: Sequence[Step]) -> Summary:
    """The summary of the case behind ``connection``; ``listed`` are the listings already asked, ``steps`` what is to be fetched next."""
    relation = connection.execute(_FACTS)
    names = [entry[0] for entry in relation.description or ()]
    facts = dict(zip(names, relation.fetchone() or (), strict=True))
    ((problems,),) = connection.execute(f"SELECT count(*) FROM ({ODDITIES.sql}) WHERE weight = 'problem'").fetchall()
    verdicts = Verdicts(connection)
    return Summary(
        _headline(facts, verdicts),
        parts_of(connection, facts, verdicts, steps),
        _about_the_evidence(facts),
        _figures(facts, listed, problems),
    )


def _headline(facts: Mapping[str, Any], verdicts: Verdicts) -> str:
    if not facts["records"]:
        return "No record could be read from this evidence, so nothing can be said about any mailbox."
    if not facts["accesses"]:
        return "No mail access is recorded in this evidence. That alone does not show that no mail was read."
    gravest = unissued(verdicts)
    if gravest is not None:
        return gravest
    at_least = "At least " if facts["at_least"] or facts["unbounded"] else ""
    return (
        f"{at_least}{counted(facts['messages'], 'message')} in {counted(facts['obtained_from'], 'mailbox', 'mailboxes')} "
        f"were obtained through {counted(facts['actors'], 'session or app', 'sessions and apps')}"
        + (f", and {counted(facts['syncs'], 'folder sync')} copied whole folders." if facts["syncs"] else ".")
    )


def _about_the_evidence(facts: Mapping[str, Any]) -> str:
    return (
        f"{counted(facts['items'], 'evidence item')} hold{'s' if facts['items'] == 1 else ''} {counted(facts['records'], 'record')}: "
        f"{facts['rows']:,} distinct, {facts['duplicates']:,} duplicates, {facts['rejects']:,} not readable whole, "
        f"{facts['skips']:,} left out on purpose."
        + (f" {counted(facts['unread'], 'item')} could not be read at all." if facts["unread"] else "")
        + (f" Mail accesses reach from {_time(facts['first'])} to {_time(facts['last'])}." if facts["accesses"] else "")
    )


def _figures(facts: Mapping[str, Any], listed: Mapping[str, Listing], problems: int) -> tuple[Figure, ...]:
    not_owner = facts["by_delegate"] + facts["by_admin"] + facts["by_application"]
    return (
        Figure("Mailboxes accessed", f"{facts['mailboxes']:,}", "with at least one access record"),
        Figure(
            "Messages obtained", f"{facts['messages']:,}", "distinct per mailbox; bound by a client, not proved read"
        ),
        Figure(
            "Folder syncs",
            f"{facts['syncs']:,}",
            "each exposes a whole folder",
            "attention" if facts["syncs"] else "plain",
        ),
        Figure("Sessions and apps", f"{facts['actors']:,}", "that obtained mail, without background services"),
        Figure("Background actors", f"{listed['background'].total:,}", "service traffic, listed apart with its reason"),
        Figure(
            "Accesses not by the owner",
            f"{not_owner:,}",
            "by delegates, administrators or applications",
            "attention" if not_owner else "plain",
        ),
        Figure(
            "Throttled mailboxes",
            f"{facts['throttled_mailboxes']:,}",
            "their record is not complete",
            "problem" if facts["throttled_mailboxes"] else "plain",
        ),
        Figure(
            "Problems in the input", f"{problems:,}", "something may be missing", "problem" if problems else "plain"
        ),
        Figure(
            "Undecidable findings",
            f"{facts['undecidable']:,} of {facts['findings']:,}",
            "more evidence would decide them",
            "attention" if facts["undecidable"] else "plain",
        ),
    )


def _time(value: Any) -> str:
    return "an unknown time" if value is None else time_text(value)


_LIMITS = """
A mail-access record says that a client obtained a message. It does not say that a person read it.
Several accesses to one message within two minutes are one record, and the same access within an hour is not recorded again: times are exact to about two minutes, and a count of records is not a count of readings.
A Sync names a folder, not messages. Everything in that folder at that time counts as exposed; reading the copy later leaves no record anywhere.
Mail that left by search and export, forwarding, inbox rules, journaling, connectors or assistants makes no mail-access record.
Where recording is throttled, licensed away, switched off or bypassed, absence of a record proves nothing. No absence is used here without proof that the interval was recorded.
Null means unknown, never false. Where two copies of a record disagree, both are kept and the claim is undecidable.
Verdicts follow from reasons by one rule: only reasons for, supported; only against, contradicted; anything else, undecidable. There are no scores.
Every row leads back to an evidence item and a place in its bytes (bytes=offset+length); mailwitness verify recomputes every hash, mailwitness explain shows the raw record.
"""


def limits_of(about: Mapping[str, str]) -> tuple[str, ...]:
    """What this account cannot say, whatever the case, and how it was made."""
    as_of = f"; this account was judged as of {about['as_of']}" if about.get("as_of") else ""
    return (*_LIMITS.strip().splitlines(), f"Equal evidence, version and as-of time give equal findings{as_of}.")
