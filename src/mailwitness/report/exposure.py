"""The exposure schedule: per mailbox and actor, what was accessed, and how far that list can be believed.

Reads the views of the exposure analyses: ``exposure_sessions`` (who), ``exposed_messages`` and ``exposed_folders``
(what), ``exposure_unknown`` (what cannot be excluded). Nothing is judged here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from mailwitness.report.listing import CELL, Listing, Question, Row, columns, cut_column, row_of
from mailwitness.report.text import counted

SCHEDULES = 12
"""Pairs of mailbox and actor that the account shows; all of them are in the CSV output."""

EACH = 50
"""Messages shown per pair, so that all pairs together stay some hundred rows."""

_SESSION_COLUMNS = columns("""
mailbox         text  Mailbox
actor           code  Actor
actor_kind      text  Actor is a
users           list  Users
accessed_as     text  Accessed as
bounds          text  Bounds
messages        int   Messages
folders_synced  int   Folders synced
accesses        int   Access records
throttled       int   Throttled
unissued        int   Credentials without sign-in
clients         list  Clients
addresses       list  Addresses
apps            list  Apps
first_time      time  First
last_time       time  Last
remark          text  In doubt
""")

_SESSION_ORDER = (
    "unissued DESC, folders_synced > 0 DESC, messages DESC, accesses DESC, mailbox NULLS LAST, actor NULLS LAST"
)

_NAMED = """
    WITH names AS (
        SELECT app_id, min(name) AS name FROM (
            SELECT lower(app_id) AS app_id, name FROM first_party_apps
            UNION ALL
            SELECT lower(s.app_id), concat('says it is ', min(s.app_display_name)) FROM signins AS s
            WHERE s.app_display_name <> '' AND lower(s.app_id) NOT IN (SELECT lower(app_id) FROM first_party_apps)
            GROUP BY lower(s.app_id)
        ) GROUP BY app_id
    ),
    known AS (SELECT map(list(app_id ORDER BY app_id), list(name ORDER BY app_id)) AS name_of FROM names)
    SELECT e.* REPLACE (list_transform(e.apps, lambda app: concat_ws(': ', app, k.name_of[app])) AS apps), coalesce(u.unissued, 0) AS unissued
    FROM exposure_sessions AS e CROSS JOIN known AS k
    LEFT JOIN (
        SELECT mailbox, actor, count(*) AS unissued FROM findings
        WHERE claim = 'the credential behind this mail access was issued by a recorded sign-in' AND verdict = 'contradicted' GROUP BY mailbox, actor
    ) AS u ON u.mailbox IS NOT DISTINCT FROM e.mailbox AND u.actor IS NOT DISTINCT FROM e.actor
"""
"""Sessions with their apps named (Microsoft's own from the published list, others as the sign-in log has them), and how many of the credentials
they used are shown to have no sign-in: what is gravest comes first."""

SESSIONS = Question(
    "sessions",
    "Sessions and apps that obtained mail",
    "One row is one mailbox and one actor: a session, or where the record names none, an app or a user.",
    _SESSION_COLUMNS,
    f"SELECT * FROM ({_NAMED}) WHERE background IS NULL",
    _SESSION_ORDER,
    "No session or app obtained mail in this evidence.",
)

BACKGROUND = Question(
    "background",
    "Background service traffic",
    "One row is one mailbox and one service, kept apart for the reason given. It is counted, never dropped.",
    (*_SESSION_COLUMNS, *columns("background  text  Why apart")),
    f"SELECT * FROM ({_NAMED}) WHERE background IS NOT NULL",
    _SESSION_ORDER,
    "No access was recognised as background service traffic.",
)

MESSAGES = Question(
    "messages",
    "Messages obtained",
    "One row is one message of one mailbox obtained by one actor, however often.",
    columns("""
mailbox              text   Mailbox
actor                code   Actor
first_time           time   First
last_time            time   Last
subject              text   Subject
internet_message_id  code   Message id
message              code   Item
folder_path          text   Folder
size_bytes           bytes  Size
accesses             int    Accesses
attachments          int    Attachments
client               text   Client
client_ip            code   Address
"""),
    "SELECT * FROM exposed_messages",
    "mailbox NULLS LAST, actor NULLS LAST, first_time NULLS LAST, message",
    "No message is listed in this evidence.",
)

FOLDERS = Question(
    "folders",
    "Folders synced",
    "One row is one folder of one mailbox synced by one actor. Everything in it then counts as exposed.",
    columns("""
mailbox      text  Mailbox
actor        code  Actor
folder_path  text  Folder
first_time   time  First
last_time    time  Last
syncs        int   Syncs
"""),
    """SELECT * REPLACE (coalesce(folder_path, '(folder not named: it may be any)') AS folder_path)
    FROM exposed_folders""",
    "mailbox NULLS LAST, actor NULLS LAST, first_time NULLS LAST, folder_path NULLS LAST",
    "No folder was synced.",
)

UNKNOWN = Question(
    "unknown",
    "What cannot be excluded",
    "One row is one interval in which more may have been accessed than any log shows, and why.",
    columns("""
mailbox       text  Mailbox
actor         code  Actor
time_from     time  From
time_to       time  To
code          code  Code
reason        text  Why
would_decide  text  What would decide it
"""),
    "SELECT * FROM exposure_unknown",
    "mailbox NULLS LAST, actor NULLS LAST, time_from NULLS FIRST, time_to NULLS LAST, code, reason",
    "No such interval is known.",
)

_BOUNDS = {
    "exact": "Complete: every access in this interval would have been recorded, and the records are here.",
    "at_least": "At least these: more may have been accessed than the records show.",
    "unbounded": "No list can be complete: folders were copied whole, or recording was throttled.",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one actor obtained from one mailbox, with the bounds of that list in a sentence."""

    mailbox: str | None
    actor: str | None
    actor_kind: str | None
    accessed_as: str | None
    bounds: str | None
    statement: str
    messages: Listing
    folders: Listing
    unknown: Listing

    def to_dict(self) -> dict[str, Any]:
        return {
            "mailbox": self.mailbox,
            "actor": self.actor,
            "actor_kind": self.actor_kind,
            "accessed_as": self.accessed_as,
            "bounds": self.bounds,
            "statement": self.statement,
            "messages": self.messages.to_dict(),
            "folders": self.folders.to_dict(),
            "unknown": self.unknown.to_dict(),
        }


def schedules(connection: duckdb.DuckDBPyConnection, sessions: Listing) -> tuple[Schedule, ...]:
    """The schedules of the sessions listed first, with everything each obtained."""
    pairs = sessions.dicts()[:SCHEDULES]
    parts = {question.key: _by_pair(connection, question, pairs) for question in (MESSAGES, FOLDERS, UNKNOWN)}
    made = []
    for number, pair in enumerate(pairs):
        messages, folders, unknown = (parts[key][number] for key in ("messages", "folders", "unknown"))
        made.append(
            Schedule(
                pair["mailbox"],
                pair["actor"],
                pair["actor_kind"],
                pair["accessed_as"],
                pair["bounds"],
                _statement(pair, messages, folders, unknown),
                messages,
                folders,
                unknown,
            )
        )
    return tuple(made)


def _statement(pair: Mapping[str, Any], messages: Listing, folders: Listing, unknown: Listing) -> str:
    said = f"{counted(messages.total, 'message')}"
    if folders.total:
        said += f" and {counted(folders.total, 'synced folder')}"
    said += f", {_interval(pair)}. {_BOUNDS.get(pair['bounds'], 'Its bounds are not known.')}"
    if unknown.total:
        said += f" Why more cannot be excluded: {counted(unknown.total, 'reason')}, listed below."
    return said


def _interval(pair: Mapping[str, Any]) -> str:
    first, last = pair["first_time"], pair["last_time"]
    return f"at {first}" if first == last else f"between {first} and {last}"


def _by_pair(connection: duckdb.DuckDBPyConnection, question: Question, pairs: list[dict[str, Any]]) -> list[Listing]:
    """The question's rows for each pair, in one pass however many pairs there are."""
    kept = tuple(column for column in question.columns if column.name not in ("mailbox", "actor"))
    rows: dict[int, list[Row]] = defaultdict(list)
    totals: dict[int, int] = {}
    found = connection.execute(
        f"""
        WITH pairs AS (
            SELECT unnest(range(len($mailboxes))) AS pair, unnest($mailboxes) AS pair_mailbox, unnest($actors) AS pair_actor
        )
        SELECT pair, count(*) OVER (PARTITION BY pair), {", ".join(cut_column(column, CELL) for column in kept)}
        FROM (
            SELECT * FROM ({question.sql})
            WHERE (mailbox IS NULL OR list_contains($mailboxes, mailbox)) AND (actor IS NULL OR list_contains($actors, actor))
        ) JOIN pairs
          ON mailbox IS NOT DISTINCT FROM pair_mailbox AND actor IS NOT DISTINCT FROM pair_actor
        QUALIFY row_number() OVER (PARTITION BY pair ORDER BY {question.order}) <= {EACH}
        ORDER BY pair, {question.order}
        """,
        {"mailboxes": [pair["mailbox"] for pair in pairs], "actors": [pair["actor"] for pair in pairs]},
    ).fetchall()
    for pair, total, *row in found:
        rows[pair].append(row_of(row))
        totals[pair] = total
    return [
        Listing(question.key, question.title, question.row, kept, tuple(rows[n]), totals.get(n, 0), question.empty)
        for n in range(len(pairs))
    ]
