"""Asks questions of a case's tables: reason rows in, findings with reasons and references out.

Everything is one set-based statement after another in DuckDB; nothing loops over rows. The same rows in any order give the
same findings, byte for byte: the tables are ordered by their keys, and no aggregate takes the first row it meets.

Limits: the questions see only the connection's views and tables of ``model.tables`` and ``table_presence``; no clock, network
    or environment.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from mailwitness.analyses import PARAMETERS, REASON_COLUMNS, Question, View, views
from mailwitness.knowledge.facts import rows_of
from mailwitness.model.tables import TABLES

_TYPES = {"text": "VARCHAR", "time": "TIMESTAMP", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}
_PARAMETER = re.compile(rf"\$({'|'.join(PARAMETERS)})\b")

FINDING_ID = (
    "md5("
    + " || ".join(
        f"coalesce(length({part}) || ':' || {part}, '-') || ';'"
        for part in ("claim", "subject_kind", "subject", "mailbox", "actor")
    )
    + ")"
)
"""The finding's id over its parts, each with its length before it, so that no two lists of parts make one text."""

VERDICT = """CASE
    WHEN bool_or(stance IS NULL OR stance NOT IN ('for', 'against', 'open'))
        THEN error('a stance is for, against or open')
    WHEN bool_and(stance = 'for') THEN 'supported'
    WHEN bool_and(stance = 'against') THEN 'contradicted'
    ELSE 'undecidable' END"""
"""``model.findings.verdict_of`` over a group of reason rows; a test holds the two together."""

_BASIS = """CASE
    WHEN min(basis) = max(basis) THEN min(basis)
    WHEN bool_or(basis = 'record') THEN 'record'
    WHEN bool_or(basis = 'configuration') THEN 'configuration'
    WHEN bool_or(basis = 'absence') THEN 'absence' ELSE 'none' END"""

_BOUNDS = """CASE
    WHEN bool_or(bounds = 'unbounded') THEN 'unbounded'
    WHEN bool_or(bounds = 'at_least') THEN 'at_least'
    WHEN bool_or(bounds = 'exact') THEN 'exact' END"""

_CONFLICT = "Evidence that settles which of the reasons is wrong would decide it."


def run(
    connection: duckdb.DuckDBPyConnection,
    questions: Sequence[Question],
    mailbox: str | None = None,
    actor: str | None = None,
    time_from: datetime | None = None,
    time_to: datetime | None = None,
    as_of: datetime | None = None,
) -> None:
    """Make the temporary tables ``findings``, ``reasons`` and ``refs`` that answer the questions.

    The connection has a view or table for every event and built table of the model (empty where the case has none), and
    ``table_presence(name, rows)``. ``actor`` is a session, an address or network, an application or a user. The views of
    the questions' pillars stay on the connection for reports.
    """
    prepare(connection, sorted({q.pillar for q in questions}), mailbox, actor, time_from, time_to, as_of)
    for name in ("findings", "reasons", "refs"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_found ({_columns_of(name)})")
    for question in questions:
        _answer(connection, question)
    for name, key in (
        ("findings", "finding_id"),
        ("reasons", "finding_id, code, stance, sentence"),
        ("refs", "finding_id, table_name, row_id, role"),
    ):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {name}_found ORDER BY {key}")
        connection.execute(f"DROP TABLE {name}_found")


def prepare(
    connection: duckdb.DuckDBPyConnection,
    pillars: Sequence[str],
    mailbox: str | None = None,
    actor: str | None = None,
    time_from: datetime | None = None,
    time_to: datetime | None = None,
    as_of: datetime | None = None,
) -> None:
    """Make the views of the pillars for this mailbox, actor and time, without asking anything."""
    given = (_text(mailbox), _text(actor), _utc(time_from), _utc(time_to), _utc(as_of))
    for (name, type_), value in zip(PARAMETERS.items(), given, strict=True):
        connection.execute(f"SET VARIABLE asked_{name} = CAST($value AS {_TYPES[type_]})", {"value": value})
    _give_applications(connection)
    _give_addresses(connection, given[1])
    for pillar in pillars:
        for view in views(pillar):
            _make(connection, view)


def _answer(connection: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Add one question's findings, reasons and references."""
    sql = _bound(question.sql)
    returned = {row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
    unknown = sorted(returned - REASON_COLUMNS.keys())
    if unknown:
        raise ValueError(f"{question.path}: returns {', '.join(unknown)}, which is no column of a reason row")
    columns = ", ".join(
        f"CAST({name if name in returned else 'NULL'} AS {_TYPES[type_]}) AS {name}"
        for name, type_ in REASON_COLUMNS.items()
        if name not in ("subject", "subject_kind")
    )
    claim = _literal(question.claim)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE reason_rows AS
        WITH returned AS (
            SELECT {claim} AS claim, coalesce(subject_kind, {_literal(question.subject_kind)}) AS subject_kind,
                   coalesce(subject, '(unknown)') AS subject, {columns}
            FROM ({sql})
            UNION ALL BY NAME
            {_missing(question)}
        )
        SELECT {FINDING_ID} AS finding_id, * FROM returned
    """)
    connection.execute(f"""
        INSERT INTO findings_found BY NAME
        WITH judged AS (
            SELECT finding_id, subject_kind, subject, mailbox, actor, min(actor_kind) AS actor_kind,
                   CASE WHEN min(coalesce(accessed_as, '')) = max(coalesce(accessed_as, '')) THEN min(accessed_as) END
                       AS accessed_as,
                   min(time_from) AS time_from, max(time_to) AS time_to, {VERDICT} AS verdict, {_BASIS} AS basis,
                   min(state) AS state, {_BOUNDS} AS bounds, max(severity) AS severity, min(title) AS title
            FROM reason_rows GROUP BY finding_id, subject_kind, subject, mailbox, actor
        ),
        decisive AS (
            SELECT finding_id, string_agg(would_decide, ' ' ORDER BY would_decide) AS would_decide
            FROM (SELECT DISTINCT finding_id, would_decide FROM reason_rows WHERE would_decide IS NOT NULL)
            GROUP BY finding_id
        )
        SELECT judged.*, {claim} AS claim, {_literal(question.pillar)} AS pillar,
               CASE WHEN verdict = 'undecidable' THEN coalesce(would_decide, {_literal(_CONFLICT)}) END AS would_decide
        FROM judged LEFT JOIN decisive USING (finding_id)
    """)
    connection.execute(
        "INSERT INTO reasons_found BY NAME SELECT DISTINCT finding_id, code, stance, sentence FROM reason_rows"
    )
    connection.execute("""
        INSERT INTO refs_found BY NAME
        SELECT DISTINCT finding_id, table_name, row_id, role FROM (
            SELECT finding_id, table_name, row_id, role FROM reason_rows WHERE row_id IS NOT NULL
            UNION ALL
            SELECT finding_id, within_table, within_row_id, 'record' FROM reason_rows WHERE within_row_id IS NOT NULL
        )
    """)
    connection.execute("DROP TABLE reason_rows")


def _missing(question: Question) -> str:
    """SQL of the open reasons for tables the question needs and the case has no row of."""
    rows = [
        f"""SELECT {_literal(question.claim)} AS claim, 'mailbox' AS subject_kind,
            coalesce(lower(getvariable('asked_mailbox')), '(every mailbox)') AS subject,
            lower(getvariable('asked_mailbox')) AS mailbox, getvariable('asked_actor') AS actor,
            getvariable('asked_time_from') AS time_from, getvariable('asked_time_to') AS time_to, 'none' AS basis,
            'at_least' AS bounds, {_literal(question.title)} || ': no such records in this case' AS title,
            'table_missing' AS code, 'open' AS stance, {_literal(f"The case has no rows of {table}.")} AS sentence,
            {_literal(decisive)} AS would_decide
        WHERE coalesce((SELECT max(rows) FROM table_presence WHERE name = {_literal(table)}), 0) = 0"""
        for table, decisive in sorted(question.needs.items())
    ]
    nothing = f"SELECT {_literal(question.claim)} AS claim WHERE FALSE"
    return " UNION ALL BY NAME ".join([*rows, nothing])


def _make(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    other = "VIEW" if view.kept else "TABLE"
    kind = "TABLE" if view.kept else "VIEW"
    known = connection.execute(
        "SELECT table_type FROM information_schema.tables WHERE table_name = ? AND table_catalog = 'temp'", [view.name]
    ).fetchone()
    if known is not None and (known[0] == "VIEW") != (kind == "VIEW"):
        connection.execute(f"DROP {other} temp.{view.name}")
    connection.execute(f"CREATE OR REPLACE TEMP {kind} {view.name} AS {_bound(view.sql)}")


def _give_applications(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE first_party_apps (app_id VARCHAR, name VARCHAR, is_front BOOLEAN, is_service BOOLEAN)"
    )
    connection.executemany(
        "INSERT INTO first_party_apps VALUES (?, ?, ?, ?)",
        [
            (row["app_id"].lower(), row["name"], row["front"] == "true", row["service"] == "true")
            for row in rows_of("first_party_apps.csv")
        ],
    )


def _give_addresses(connection: duckdb.DuckDBPyConnection, actor: str | None) -> None:
    """The addresses of the mail accesses, each with the networks it lies in.

    An address becomes a text of fixed length per family, so that a network is a range of texts.
    """
    asked = _network(actor)
    networks = [(True, *_range(ipaddress.ip_network(row["network"]))) for row in rows_of("microsoft_networks.csv")]
    if asked is not None:
        networks.append((False, *_range(asked)))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_networks (is_microsoft BOOLEAN, first VARCHAR, last VARCHAR)"
    )
    connection.executemany("INSERT INTO known_networks VALUES (?, ?, ?)", networks)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE client_addresses AS
        WITH seen AS (SELECT DISTINCT client_ip FROM mail_accesses WHERE client_ip IS NOT NULL),
        halved AS (
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
        )
        SELECT w.client_ip,
               CASE WHEN w.key IS NOT NULL THEN coalesce(bool_or(n.is_microsoft), FALSE) END AS is_microsoft_service,
               coalesce(bool_or(NOT n.is_microsoft), FALSE) AS is_asked
        FROM written AS w
        LEFT JOIN known_networks AS n ON w.key BETWEEN n.first AND n.last
        GROUP BY w.client_ip, w.key
    """)


def _network(actor: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network an actor was asked for as, or None when it is a session, an application or a user."""
    if actor is None:
        return None
    try:
        return ipaddress.ip_network(actor.strip(), strict=False)
    except ValueError:
        return None


def _range(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[str, str]:
    digits = 8 if network.version == 4 else 32
    return (
        f"{network.version}{int(network.network_address):0{digits}x}",
        f"{network.version}{int(network.broadcast_address):0{digits}x}",
    )


def _bound(sql: str) -> str:
    """SQL with its parameters as session variables: a view cannot hold a parameter, and the engine folds them as constants."""
    return _PARAMETER.sub(lambda match: f"CAST(getvariable('asked_{match[1]}') AS {_TYPES[PARAMETERS[match[1]]]})", sql)


def _columns_of(table: str) -> str:
    return ", ".join(f"{column.name} {_TYPES[column.type]}" for column in TABLES[table].columns)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(value: str | None) -> str | None:
    return None if value is None else value.strip()


def _utc(value: datetime | None) -> datetime | None:
    """Naive UTC, as the tables hold it; a naive time already is."""
    return value if value is None or value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
