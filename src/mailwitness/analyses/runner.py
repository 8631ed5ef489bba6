"""Asks questions of a case's tables: reason rows in, findings with reasons and references out.

Everything is one set-based statement after another in DuckDB; nothing loops over rows. The same rows in any order give the
same findings, byte for byte: the tables are ordered by their keys, and no aggregate takes the first row it meets.

Limits: the questions see only the connection's views and tables of ``model.tables`` and ``table_presence``; no clock, network
    or environment.
"""

from __future__ import annotations

import ipaddress
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from mailwitness.analyses import GIVEN, PARAMETERS, Question, View, views_for
from mailwitness.analyses.judging import SQL_TYPES, judge
from mailwitness.knowledge.facts import rows_of

_V4_WITH_PORT = re.compile(r"^(\d+(?:\.\d+){3}):\d+$")
_BRACKETED = re.compile(r"^\[([^\]]+)\](?::\d+)?$")
_PARAMETER = re.compile(rf"\$({'|'.join(PARAMETERS)})\b")

_WRITTEN = """halved AS (
            SELECT client_ip, string_split(regexp_replace(lower(client_ip), '%.*$', ''), '::') AS halves,
                   [part FOR part IN string_split(client_ip, '.')] AS bytes
            FROM seen
        ),
        grouped AS (
            SELECT client_ip, bytes, len(halves) AS pieces,
                   list_filter(string_split(halves[1], ':'), lambda g: g <> '') AS head,
                   list_filter(string_split(coalesce(halves[2], ''), ':'), lambda g: g <> '') AS tail
            FROM halved
        ),
        written AS (
            SELECT client_ip, CASE
                WHEN regexp_full_match(client_ip, '[0-9]{1,3}([.][0-9]{1,3}){3}')
                    THEN '4' || array_to_string(list_transform(bytes, lambda b: format('{:02x}', CAST(b AS INTEGER))), '')
                WHEN contains(client_ip, ':') AND ((pieces = 1 AND len(head) = 8) OR (pieces = 2 AND len(head) + len(tail) <= 7))
                    THEN '6' || array_to_string(list_transform(head, lambda g: lpad(g, 4, '0')), '')
                             || repeat('0000', 8 - len(head) - len(tail))
                             || array_to_string(list_transform(tail, lambda g: lpad(g, 4, '0')), '')
                END AS key
            FROM grouped
        )"""
"""Steps from ``seen(client_ip)`` to ``written``: each address with its key, a text of fixed length per family; null: no address."""

_COUNTED_ANSWERS = {
    "message_counts": """
        SELECT mailbox, actor, count(*) AS messages FROM findings
        WHERE claim = 'this message was accessed by this actor' AND subject_kind = 'message' GROUP BY mailbox, actor""",
    "mailbox_message_counts": """
        SELECT f.mailbox, count(DISTINCT f.subject) AS messages FROM findings AS f
        JOIN exposure_scopes AS s ON s.mailbox IS NOT DISTINCT FROM f.mailbox AND s.actor IS NOT DISTINCT FROM f.actor
        WHERE f.claim = 'this message was accessed by this actor' AND f.subject_kind = 'message' AND NOT s.is_background
        GROUP BY f.mailbox""",
}
"""Views that count messages, over findings: the same figures from rows that are already distinct."""


def run(
    connection: duckdb.DuckDBPyConnection,
    questions: Sequence[Question],
    mailbox: str | None = None,
    actor: str | None = None,
    time_from: datetime | None = None,
    time_to: datetime | None = None,
    as_of: datetime | None = None,
    into: Path | None = None,
) -> None:
    """Make the temporary tables ``findings``, ``reasons`` and ``refs`` that answer the questions.

    The connection has a view or table for every event and built table of the model (empty where the case has none), and
    ``table_presence(name, rows)``. ``actor`` is a session, an address or network, an application or a user. The views that
    the questions need stay on the connection; `prepare` makes the rest for reports. With ``into`` the answers are Parquet files in that folder
    (``findings*.parquet``, ``reasons*.parquet``, ``refs*.parquet``) and temporary views over them: the way for a whole case.
    """
    pillars = sorted({q.pillar for q in questions})
    prepare(connection, pillars, mailbox, actor, time_from, time_to, as_of, [q.sql for q in questions])
    with tempfile.TemporaryDirectory(prefix="mailwitness-reasons-", dir=_temporary(connection)) as scratch:
        judge(connection, [(q, _bound(q.sql)) for q in questions], Path(scratch), into)


def prepare(
    connection: duckdb.DuckDBPyConnection,
    pillars: Sequence[str],
    mailbox: str | None = None,
    actor: str | None = None,
    time_from: datetime | None = None,
    time_to: datetime | None = None,
    as_of: datetime | None = None,
    texts: Sequence[str] | None = None,
    answered: bool = False,
) -> None:
    """Make the views of the pillars for this mailbox, actor and time, without asking anything.

    What views keep is computed now. Given the texts of SQL that will be run, only the views that those need are there afterwards.
    ``answered``: the connection's ``findings`` hold the answers of the whole case, and messages are counted there.
    """
    given = (_text(mailbox), _text(actor), _utc(time_from), _utc(time_to), _utc(as_of))
    for (name, type_), value in zip(PARAMETERS.items(), given, strict=True):
        connection.execute(f"SET VARIABLE asked_{name} = CAST($value AS {SQL_TYPES[type_]})", {"value": value})
    _give_applications(connection)
    _give_addresses(connection, given[1])
    _give_networks(connection)
    _give_facts(connection, "legacy_protocols")
    _give_facts(connection, "signin_error_codes")
    keeping = {
        True: True,
        False: False,
        "narrowed": mailbox is not None or actor is not None,
        "mailbox": mailbox is not None,
    }
    known = views_for(pillars)
    needed = known if texts is None else _needed(known, texts)
    before = dict(
        connection.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_catalog = 'temp'"
        ).fetchall()
    )
    for view in known:
        if view.name in before:
            connection.execute(f"DROP {'VIEW' if before[view.name] == 'VIEW' else 'TABLE'} temp.{view.name}")
        if view in needed:
            sql = _COUNTED_ANSWERS.get(view.name, view.sql) if answered else view.sql
            connection.execute(f"CREATE TEMP {'TABLE' if keeping[view.kept] else 'VIEW'} {view.name} AS {_bound(sql)}")


def _needed(known: Sequence[View], texts: Sequence[str]) -> list[View]:
    """The views that these texts of SQL name, and those that these views name."""
    found: list[View] = []
    texts = list(texts)
    for text in texts:
        named = [view for view in known if view not in found and re.search(rf"\b{view.name}\b", text)]
        found += named
        texts += [view.sql for view in named]
    return found


def _give_applications(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (row["app_id"].lower(), row["name"], row["front"] == "true", row["service"] == "true")
        for row in rows_of("first_party_apps.csv")
    ]
    _fill(connection, "first_party_apps", "app_id VARCHAR, name VARCHAR, is_front BOOLEAN, is_service BOOLEAN", rows)


def _fill(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    """A temporary table of these rows, in one statement: a statement for each row costs more than all else a small case does."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    if rows:
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        connection.execute(f"INSERT INTO {name} VALUES {marks}", [value for row in rows for value in row])


def _give_addresses(connection: duckdb.DuckDBPyConnection, actor: str | None) -> None:
    """The addresses of the mail accesses, each with the networks it lies in.

    An address becomes a text of fixed length per family, so that a network is a range of texts.
    """
    asked = _network(actor)
    networks = [(True, *_range(ipaddress.ip_network(row["network"]))) for row in rows_of("microsoft_networks.csv")]
    if asked is not None:
        networks.append((False, *_range(asked)))
    _fill(connection, "known_networks", "is_microsoft BOOLEAN, first VARCHAR, last VARCHAR", networks)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE client_addresses AS
        WITH seen AS (SELECT DISTINCT client_ip FROM mail_accesses WHERE client_ip IS NOT NULL),
        {_WRITTEN}
        SELECT w.client_ip,
               CASE WHEN w.key IS NOT NULL THEN coalesce(bool_or(n.is_microsoft), FALSE) END AS is_microsoft_service,
               coalesce(bool_or(NOT n.is_microsoft), FALSE) AS is_asked
        FROM written AS w
        LEFT JOIN known_networks AS n ON w.key BETWEEN n.first AND n.last
        GROUP BY w.client_ip, w.key
    """)


def _give_networks(connection: duckdb.DuckDBPyConnection) -> None:
    """The IPv6 addresses of sign-ins and audit records with their /64; a view, for it is read by few questions."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW address_networks AS
        WITH seen AS (
            SELECT lower(client_ip) AS client_ip FROM audit_events WHERE contains(client_ip, ':')
            UNION SELECT lower(client_ip) FROM mail_accesses WHERE contains(client_ip, ':')
            UNION SELECT lower(ip_address) FROM signins WHERE contains(ip_address, ':')
        ),
        {_WRITTEN}
        SELECT client_ip AS address, key[:17] AS network FROM written WHERE key IS NOT NULL
    """)


def _give_facts(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """A data file of ``knowledge`` as the table of that name; an empty value is null."""
    columns = GIVEN[name].columns
    rows = [[row[column.name] or None for column in columns] for row in rows_of(f"{name}.csv")]
    _fill(connection, name, ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in columns), rows)


def _network(actor: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network an actor was asked for as, or None when it is a session, an application or a user."""
    if actor is None:
        return None
    text = _BRACKETED.sub(
        r"\1", _V4_WITH_PORT.sub(r"\1", actor.strip())
    )  # as logs write it: 192.0.2.1:443, [2001:db8::1]:443
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = found.network_address.ipv4_mapped if isinstance(found, ipaddress.IPv6Network) else None
    return found if mapped is None or found.prefixlen < 96 else ipaddress.ip_network((mapped, found.prefixlen - 96))


def _range(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[str, str]:
    digits = 8 if network.version == 4 else 32
    return (
        f"{network.version}{int(network.network_address):0{digits}x}",
        f"{network.version}{int(network.broadcast_address):0{digits}x}",
    )


def _bound(sql: str) -> str:
    """SQL with its parameters as session variables: a view cannot hold a parameter, and the engine folds them as constants."""
    return _PARAMETER.sub(
        lambda match: f"CAST(getvariable('asked_{match[1]}') AS {SQL_TYPES[PARAMETERS[match[1]]]})", sql
    )


def _text(value: str | None) -> str | None:
    return None if value is None else value.strip()


def _temporary(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The connection's own folder for what does not fit in memory, if it was given one that exists."""
    folder = str(connection.execute("SELECT current_setting('temp_directory')").fetchall()[0][0])
    return folder if Path(folder).is_absolute() and Path(folder).is_dir() else None


def _utc(value: datetime | None) -> datetime | None:
    """Naive UTC, as the tables hold it; a naive time already is."""
    return value if value is None or value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
