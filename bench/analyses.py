"""How long the analyses take over a case of 10 million mail accesses (20 million items) and 5 million sign-ins.

Writes a made-up tenant to parts as `add` writes them, in the order of time, with ids that lie in no order: 90 days of mailboxes with
5,000 accesses and 2,520 sign-ins each, all of whose tokens were issued by a recorded sign-in but for one in 2,000 and all of one session in 1,500; services, applications,
IMAP, synchronising, throttling, the four sign-in logs and the logons of the unified log, settings, licences, directory audits, and
collectors that say that each log is whole. Then it asks every pillar of the whole case, each alone and all in one run as a case does, and the exposure questions of one mailbox,
one session and one network. The engine is a case's own, with two threads.

Run: ``python bench/analyses.py [--accesses N] [--only mailbox|session|network|accuracy|coverage|exposure|posture|provenance|everything]
[--statements 0.5]``. The last one prints each statement that took so many seconds or more.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from mailwitness.analyses import questions
from mailwitness.analyses.runner import run
from mailwitness.case import settings_intervals
from mailwitness.case.engines import duckdb_engine as engine
from mailwitness.model.tables import TABLES
from mailwitness.records.columns import arrow_schema
from mailwitness.workflow.parts import GROUP_ROWS, Parts

ACCESSES_EACH, SIGNINS_A_DAY, DAYS, SESSIONS = 5_000, 28, 90, 8
PARTS = 8
PILLARS = ("accuracy", "coverage", "exposure", "posture", "provenance")
BUILT = ("identities", "mailbox_settings", "tenant_settings", "licences")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accesses", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mailwitness-bench-analyses")
    parser.add_argument("--memory", default=engine.share_of_memory())
    parser.add_argument("--only", default="")
    parser.add_argument("--statements", type=float, default=None)
    asked = parser.parse_args()
    folder = asked.folder / str(asked.accesses)
    if not (folder / "done").exists():
        generate(folder, asked.accesses)
    connected = partial(connect, folder, asked.memory, asked.statements)
    scopes: dict[str, dict[str, Any]] = {
        "mailbox": {"mailbox": "user7@contoso.test"},
        "session": {"actor": session_of(42, 3, 5)},
        "network": {"actor": "198.51.100.0/26"},
    }
    for name, scope in scopes.items():
        if asked.only in ("", name):
            connection = connected()
            for question in questions("exposure"):
                _measure(f"{name}: {question.name}", partial(run, connection, [question], **scope))
            _measure(f"{name}: all exposure questions", partial(run, connection, questions("exposure"), **scope))
            _tell(connection)
    for name in (*PILLARS, "everything"):
        if asked.only in ("", name):
            connection = connected()
            with tempfile.TemporaryDirectory(prefix="answers-", dir=asked.folder) as answers:
                chosen = questions(name if name in PILLARS else None)
                _measure(f"whole case: {name}", partial(run, connection, chosen, into=Path(answers)))
                _tell(connection)


def _tell(connection: duckdb.DuckDBPyConnection) -> None:
    """How many findings of which verdict the last run gave: all of one kind would measure little."""
    found = connection.execute("SELECT claim, verdict, count(*) FROM findings GROUP BY ALL ORDER BY ALL").fetchall()
    for claim, verdict, count in found:
        print(f"    {claim}: {verdict} {count:,}")
    connection.close()


def _measure(name: str, act: Callable[[], object]) -> None:
    """Print wall and processor seconds and the peak of memory so far; on a busy machine only the second says something."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"{name}: {wall:.1f} s, processor {cpu:.1f} s, peak {peak:,.0f} MB, load {load}", flush=True)


class _Timed:
    """A connection that prints the statements which take long."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, least: float) -> None:
        self._connection, self._least = connection, least

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *more: Any) -> duckdb.DuckDBPyConnection:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return self._connection.execute(sql, *more)
        finally:
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if cpu >= self._least:
                print(
                    f"  {cpu:6.1f} s processor {wall:6.1f} s  {' '.join(sql.split())[:110]}",
                    file=sys.stderr,
                    flush=True,
                )


def connect(folder: Path, memory: str, statements: float | None = None) -> duckdb.DuckDBPyConnection:
    """A case's connection over the parts; mail accesses are audit events too."""
    (folder / "spill").mkdir(exist_ok=True)
    connection = engine.connect(folder / "spill", memory, threads=2)
    files = {name: sorted(folder.glob(f"*/{name}-*.parquet")) for name in TABLES}
    engine.declare(connection, {**files, "audit_events": files["audit_events"] + files["mail_accesses"]})
    columns = {c.name: "NULL" for c in TABLES["evidence"].columns} | {
        "evidence_id": "'ev1'",
        "reader": "'management_api'",
        "scope_from": _START,
        "scope_to": f"{_START} + to_days({DAYS})",
        "acquired_at": f"{_START} + to_days({DAYS + 5})",
        "modified_at": f"{_START} + to_days({DAYS + 5})",
    }
    types = {c.name: engine.SQL_TYPES[c.type] for c in TABLES["evidence"].columns}
    connection.execute("DROP VIEW evidence")
    connection.execute(
        f"CREATE TABLE evidence AS SELECT {', '.join(f'CAST({v} AS {types[n]}) AS {n}' for n, v in columns.items())}"
    )
    return connection if statements is None else _Timed(connection, statements)  # type: ignore[return-value]


_ID = "CAST(CAST(md5({}) AS UUID) AS VARCHAR)"
_START = "TIMESTAMP '2026-01-01'"
TENANT = "ad150704-dff8-4932-89d6-1dffa770cabc"


def session_of(mailbox: int, week: int, number: int) -> str:
    """The session that `generate` made of this mailbox, week and number."""
    return str(duckdb.execute(f"SELECT {_ID.format('?')}", [f"session {mailbox} {week} {number}"]).fetchall()[0][0])


def generate(folder: Path, accesses: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "3GB"})
    mailboxes = max(accesses // ACCESSES_EACH, 1)
    for macro in (
        "name_of(m) AS format('user{}@contoso.test', m)",
        f"id_of(words) AS {_ID.format('words')}",
        # One session for each mailbox, week and number; one token for each of its days.
        "session_of(m, d, s) AS id_of(format('session {} {} {}', m, d // 7, s))",
        "token_of(m, d, s) AS md5(format('token {} {} {}', m, d, s))[:22]",
        "signin_of(m, d, s) AS id_of(format('signin {} {} {}', m, d, s))",
        f"issued(m, d, s) AS {_START} + to_days(d) + to_seconds((m * 7 + s * 131) % 3000)",
        "home_of(m, s) AS CASE WHEN s = 6 THEN format('2001:db8:{:x}:{}::1', m, s) ELSE format('198.51.{}.{}', 100 + m % 20, m // 20 % 32 * 8 + s) END",
        "client_of(s) AS ['outlook_desktop', 'outlook_desktop', 'outlook_desktop', 'owa', 'owa', 'outlook_mobile', 'outlook_mobile', 'eas'][s + 1]",
        "app_of(s) AS ['d3590ed6-52b3-4102-aeff-aad2292ab01c', '9199bf20-a13f-4107-85dc-02114787ef48', '27922004-5251-4030-b22d-91ecd9a37ea4', 'f8d98a96-0999-43f5-8af3-69971c7bb423'][list_position(['outlook_desktop', 'owa', 'outlook_mobile', 'eas'], client_of(s))]",
        "robot(a) AS id_of(format('app {}', a))",
    ):
        connection.execute(f"CREATE MACRO {macro}")
    for part in range(PARTS):
        parts = Parts(_folder(folder, part), part)
        first, last = part * accesses // PARTS, (part + 1) * accesses // PARTS
        # Multiplying by a prime spreads mailboxes over time. Ten mailboxes have a burst of 1,500 accesses, whose last is marked as throttled.
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE n AS
            SELECT i, id_of(format('access {{}}', i)) AS id, m, s, q, t, CAST(epoch(t - {_START}) AS BIGINT) // 86400 AS d, burst = 1499 AS marked
            FROM (
                SELECT i, m, (q * 7 + q // 7) % {SESSIONS} AS s, CASE WHEN (q * 31 + m) % 100 = 98 AND m % 20 >= 4 AND m % 3 > 0 THEN 97 ELSE (q * 31 + m) % 100 END AS q, burst,
                    CASE WHEN (q * 31 + m) % 100 = 98 AND m % 20 < 4 THEN date_trunc('day', t) + to_seconds(9 * 3600 + m + 20) ELSE t END AS t
                FROM (
                    SELECT i, i // {mailboxes} AS q, i % {max(accesses // 10, 1)} AS burst,
                        CASE WHEN i % {max(accesses // 10, 1)} < 1500 THEN (i // {max(accesses // 10, 1)} * 37) % {mailboxes} ELSE (i * 7919) % {mailboxes} END AS m,
                        {_START} + to_microseconds(CAST(i / {accesses} * {DAYS * 86_400_000_000} AS BIGINT)) AS t
                    FROM range({first}, {last}) AS r(i)))""")
        days = range(part * DAYS // PARTS, (part + 1) * DAYS // PARTS)
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE k AS
            SELECT m, d, k, d * {mailboxes} + m AS row FROM range({days.start}, {days.stop}) AS r(d), range({SIGNINS_A_DAY}) AS x(k), range({mailboxes}) AS y(m)""")
        for name, sql in (*_ACCESSES.items(), *_OTHERS.items()):
            _write(connection, parts, name, sql)
        parts.close()
    parts = Parts(_folder(folder, PARTS), PARTS)
    for name, sql in _settings(mailboxes).items():
        _write(connection, parts, name, sql)
    parts.close()
    parts = Parts(_folder(folder, PARTS + 1), PARTS + 1)
    made = {name: sorted(folder.glob(f"*/{name}-*.parquet")) for name in TABLES}
    engine.declare(connection, {**made, "audit_events": made["audit_events"] + made["mail_accesses"]})
    _write(connection, parts, "collection_windows", _WINDOWS)
    settings_intervals.build(connection)
    for name in BUILT:
        _write(connection, parts, name, f"SELECT * FROM temp.{name}")
    parts.close()
    connection.close()
    (folder / "done").touch()


def _folder(folder: Path, number: int) -> Path:
    out = folder / str(number)
    out.mkdir(parents=True)
    return out


def _write(connection: duckdb.DuckDBPyConnection, parts: Parts, name: str, sql: str) -> None:
    have = {row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
    common = {"evidence_id": "'ev1'", "locator": "'bytes=' || hash(row_id) % 1000000000 || '+2000'", "sightings": "1"}
    columns = ", ".join(
        f"CAST({c.name if c.name in have else common.get(c.name, 'NULL')} AS {engine.SQL_TYPES[c.type]}) AS {c.name}"
        for c in TABLES[name].columns
    )
    for rows in connection.sql(f"SELECT {columns} FROM ({sql})").to_arrow_reader(GROUP_ROWS):
        parts.add(name, pa.Table.from_batches([rows]).cast(arrow_schema(name)), primary=True)


# Of a hundred accesses 70 are of a session with a token, 23 of a process of Exchange itself, 5 of an application with a token of its own, one of
# IMAP or a record that names nothing, one of an application that nobody knows in the service's clothes. One in 499 takes an attachment of the
# message that an access before it in the same mailbox lists.
_ACCESSES = {
    "mail_accesses": f"""
        SELECT 'audit:' || id AS row_id, id, t AS time, operation, CASE WHEN is_sync THEN 2 ELSE 50 END AS record_type, 'Exchange' AS workload, 0 AS user_type,
               CASE WHEN is_delegate THEN 2 ELSE 0 END AS logon_type, '{TENANT}' AS organization_id, FALSE AS external_access, name_of(m) AS mailbox,
               name_of(CASE WHEN is_delegate THEN m + 1 ELSE m END) AS user_id, name_of(m) AS mailbox_owner_upn, id_of('mailbox ' || m) AS mailbox_guid,
               CASE WHEN q < 70 THEN session_of(m, d, s) END AS aad_session_id,
               CASE WHEN q < 70 THEN token_of(m, d, s) WHEN q BETWEEN 93 AND 97 THEN token_of(-1 - i % 5, d, hour(t)) END AS unique_token_id,
               CASE WHEN q < 70 THEN signin_of(m, d, s) WHEN q BETWEEN 93 AND 97 THEN signin_of(-1 - i % 5, d, hour(t)) END AS issuing_signin_id,
               CASE WHEN q < 70 THEN issued(m, d, s) WHEN q BETWEEN 93 AND 97 THEN date_trunc('hour', t) END AS issued_at,
               CASE WHEN q < 70 OR q BETWEEN 93 AND 97 THEN '{TENANT}' END AS token_tenant_id,
               CASE WHEN is_sync THEN 'Sync' ELSE 'Bind' END AS mail_access_type,
               CASE WHEN marked THEN TRUE WHEN i % 5000 <> 0 THEN FALSE END AS is_throttled,
               CASE WHEN is_sync THEN NULL ELSE 2 END AS operation_count, CASE WHEN is_sync THEN 0 ELSE 2 END AS items_listed,
               CASE WHEN is_sync THEN '\\Inbox' END AS folder_path,
               CASE WHEN q < 70 THEN client_of(s) WHEN q = 98 THEN CASE WHEN m % 20 < 4 THEN 'imap' ELSE 'outlook_desktop' END ELSE 'rest' END AS client,
               CASE WHEN is_delegate THEN 'delegate' WHEN q BETWEEN 93 AND 97 THEN 'application' ELSE 'owner' END AS accessed_as,
               CASE WHEN q < 70 THEN ['Client=MSExchangeRPC', 'Client=OWA;Action=ViaProxy', 'Client=OutlookService;Outlook-iOS/2.0;', 'Client=ActiveSync;UserAgent=Apple']
                                     [list_position(['outlook_desktop', 'owa', 'outlook_mobile', 'eas'], client_of(s))]
                    WHEN q = 98 THEN CASE WHEN m % 20 < 4 THEN 'Client=POP3/IMAP4;Protocol=IMAP4' ELSE 'Client=MSExchangeRPC' END
                    WHEN q BETWEEN 93 AND 97 THEN 'Client=REST;;' ELSE 'Client=REST;Client=RESTSystem;;' END AS client_info_string,
               CASE WHEN q < 70 THEN app_of(s) WHEN q BETWEEN 93 AND 97 THEN '00000003-0000-0000-c000-000000000000' WHEN q = 99 THEN robot(9)
                    WHEN q = 98 THEN NULL ELSE '98db8bd6-0cc0-4e67-9de5-f187f1cd1b41' END AS app_id,
               CASE WHEN q < 70 THEN app_of(s) WHEN q BETWEEN 93 AND 97 THEN robot(i % 5) WHEN q = 99 THEN robot(9)
                    WHEN q = 98 THEN NULL ELSE '98db8bd6-0cc0-4e67-9de5-f187f1cd1b41' END AS client_app_id,
               CASE WHEN q < 70 AND (m * 13 + d // 7 * 7 + s) % 200 = 0 AND i // 2000 % 2 = 0 THEN format('203.0.113.{{}}', m % 200) WHEN q < 70 THEN home_of(m, s) WHEN q = 98 THEN home_of(m, 0)
                    WHEN q BETWEEN 93 AND 97 THEN format('192.0.2.{{}}', i % 5) ELSE format('2603:10a6:10:{{:x}}::1', m) END AS client_ip
        FROM (
            SELECT *, CASE WHEN i % 499 = 7 THEN 'AttachmentAccess' ELSE 'MailItemsAccessed' END AS operation,
                   q < 70 AND s < 3 AND i % 499 <> 7 AND i // 2000 % 40 = 0 AS is_sync, q < 70 AND s = 4 AND m % 10 = 0 AS is_delegate
            FROM n) AS a""",
    "mail_access_items": """
        SELECT 'audit:' || n.id || '/' || k AS row_id, 'audit:' || n.id AS access_id, t AS time, name_of(m) AS mailbox,
               CASE WHEN i % 499 <> 7 THEN format('<{:08x}{:08x}@mail{}.example.org>', (i + k * 77773) % 7000003, m * 31 + s, m % 50) END AS internet_message_id,
               CASE WHEN i % 499 <> 7 THEN format('RgAAAAB{:08x}{:08x}{:08x}AAA=', (i + k * 77773) % 7000003, m, s) ELSE format('Att{:08x}{}', i, k) END AS item_id,
               CASE WHEN i % 499 = 7 THEN format('RgAAAAB{:08x}{:08x}{:08x}AAA=', i % 7000003, m, s) END AS message_item_id,
               ['\\Inbox', '\\Sent Items', '\\Archive'][1 + (i + k) % 3] AS folder_path, 1000 + (i * 37 + k) % 90000 AS size_bytes
        FROM n, range(2) AS two(k) WHERE NOT (q < 70 AND s < 3 AND i % 499 <> 7 AND i // 2000 % 40 = 0)""",
    # What people do with their mail: records that name messages with their subjects.
    "message_mentions": """
        SELECT 'mention:' || id AS row_id, t AS time, name_of(m) AS mailbox, format('<{:08x}{:08x}@mail{}.example.org>', i % 7000003, m * 31 + s, m % 50) AS internet_message_id,
               'Re: order ' || i % 100000 AS subject, '\\Inbox' AS folder_path, 'MoveToDeletedItems' AS operation
        FROM n WHERE i % 20 = 3""",
}

# Of the 28 sign-ins of a person's day eight issue the tokens of that day's mail (with the exceptions), twelve are of other applications, three of
# applications for themselves and of managed identities, two stand in the unified log, one fails, and two are of the old protocols for half of the people.
_OTHERS = {
    "signins": f"""
        SELECT CASE WHEN k IN (23, 24) THEN 'signin:ual:' ELSE 'signin:' END || id AS row_id, id, time,
               CASE WHEN k IN (20, 21) THEN 'service_principal' WHEN k = 22 THEN 'managed_identity' WHEN k IN (23, 24) THEN 'unified_audit_log'
                    WHEN (k < 8 AND d % 7 = 0) OR k >= 25 THEN 'interactive' ELSE 'non_interactive' END AS stream,
               CASE WHEN k NOT IN (20, 21, 22) THEN name_of(m) END AS user_principal_name, CASE WHEN k NOT IN (20, 21, 22) THEN id_of('person ' || m) END AS user_id,
               CASE WHEN k = 25 THEN [50126, 50126, 50126, 50053, 50034][1 + row % 5] WHEN k = 27 AND m % 20 >= 10 THEN [50076, 50140, 0][1 + row % 3] ELSE 0 END AS error_code,
               CASE WHEN k = 25 THEN 'refused' END AS failure_reason,
               CASE WHEN k IN (23, 24) THEN NULL WHEN k >= 26 AND m % 20 < 10 THEN ['IMAP4', 'IMAP4', 'IMAP4', 'IMAP4', 'IMAP4', 'IMAP4', 'POP3', 'Exchange ActiveSync', 'Authenticated SMTP', 'Other clients'][1 + m % 20]
                    WHEN k IN (3, 4) THEN 'Browser' ELSE 'Mobile Apps and Desktop clients' END AS client_app_used,
               CASE WHEN k >= 26 AND m % 20 < 10 THEN 'ropc' WHEN k NOT IN (23, 24) THEN 'oAuth2' END AS authentication_protocol,
               CASE WHEN k = 25 THEN format('203.0.113.{{}}', row % 250) WHEN k IN (20, 21, 22) THEN format('192.0.2.{{}}', m % 5) ELSE home_of(m, CASE WHEN k < 8 THEN k ELSE 0 END) END AS ip_address,
               CASE WHEN k IN (23, 24) THEN NULL WHEN k = 25 THEN 64501 WHEN k IN (20, 21, 22) THEN 64502 ELSE 64500 END AS asn, 'NL' AS country, 'Rotterdam' AS city,
               CASE WHEN k < 8 THEN app_of(k) WHEN k IN (20, 21) THEN robot(m // 24 % 5) WHEN k = 22 THEN robot(7) WHEN k >= 25 THEN '00000002-0000-0ff1-ce00-000000000000' ELSE 'd3590ed6-52b3-4102-aeff-aad2292ab01c' END AS app_id,
               'Application' AS app_display_name, '00000002-0000-0ff1-ce00-000000000000' AS resource_id, 'Office 365 Exchange Online' AS resource_display_name,
               CASE WHEN k IN (20, 21, 22) OR k >= 25 THEN NULL WHEN k < 8 THEN session_of(m, d, k) ELSE id_of(format('other session {{}} {{}}', m, d // 7)) END AS session_id,
               CASE WHEN k < 8 THEN token_of(m, d, k) WHEN k IN (20, 21) THEN token_of(-1 - m // 24 % 5, d, m % 24) WHEN k NOT IN (23, 24) THEN md5('other token ' || id)[:22] END AS unique_token_identifier,
               CASE WHEN k NOT IN (23, 24) THEN id END AS unique_token_signin_id,
               CASE WHEN k BETWEEN 8 AND 19 OR (k < 8 AND d % 7 > 0) THEN 'refreshToken' ELSE 'none' END AS incoming_token_type, 'singleFactorAuthentication' AS authentication_requirement,
               'success' AS conditional_access_status, CASE WHEN k IN (20, 21, 22) THEN id_of('principal ' || m % 5) END AS service_principal_id,
               CASE WHEN k = 24 AND m % 50 = 9 THEN 'BAV2ROPC' ELSE 'Mozilla/5.0' END AS user_agent, '{TENANT}' AS resource_tenant_id, '{TENANT}' AS home_tenant_id
        FROM (
            SELECT *, CASE WHEN k < 8 THEN signin_of(m, d, k) WHEN k = 20 THEN signin_of(-1 - m // 24 % 5, d, m % 24) || CASE WHEN m >= 120 THEN '-' || m ELSE '' END ELSE id_of(format('other signin {{}} {{}} {{}}', m, d, k)) END AS id,
                   CASE WHEN k < 8 THEN issued(m, d, k) WHEN k IN (20, 21) THEN {_START} + to_days(d) + to_hours(m % 24)
                        WHEN k = 26 THEN {_START} + to_days(d) + to_seconds(9 * 3600 + m) WHEN k = 27 THEN {_START} + to_days(d) + to_seconds(21 * 3600 + m)
                        ELSE {_START} + to_days(d) + to_seconds((k * 2963 + m * 17) % 86400) END AS time
            FROM k WHERE NOT (k < 8 AND ((row * 8 + k) % 2000 = 77 OR (m * 13 + d // 7 * 7 + k) % 1500 = 11))
            ORDER BY time) AS s""",
    "audit_events": f"""
        SELECT 'audit:' || id AS row_id, id, {_START} + to_days(d) + to_seconds((k * 2963 + m * 17) % 86400) AS time, 15 AS record_type, 'AzureActiveDirectory' AS workload,
               'UserLoggedIn' AS operation, name_of(m) AS user_id, 0 AS user_type, '{TENANT}' AS organization_id, home_of(m, 0) AS client_ip, 'Success' AS result_status,
               NULL AS logon_type, NULL AS mailbox_owner_upn, NULL AS mailbox_guid, NULL AS client_info_string
        FROM (SELECT *, id_of(format('other signin {{}} {{}} {{}}', m, d, k)) AS id FROM k WHERE k IN (23, 24)) AS logons
        UNION ALL
        SELECT 'audit:act-' || id, 'act-' || id, t, 3, 'Exchange', 'MoveToDeletedItems', name_of(m), 0, '{TENANT}', home_of(m, s), 'Succeeded', 0, name_of(m),
               id_of('mailbox ' || m), 'Client=MSExchangeRPC'
        FROM n WHERE i % 20 = 3""",
    "directory_audits": f"""
        SELECT format('directory_audit:{{}}', row) AS row_id, format('directory_{{}}', row) AS id, {_START} + to_days(d) + to_seconds(m * 31 % 86400) AS time,
               'Update user' AS activity, 'UserManagement' AS category, 'success' AS result, name_of(m) AS initiated_by_user, '[]' AS target_resources
        FROM k WHERE k = 0 AND row % 2 = 0""",
}

_WINDOWS = f"""
    SELECT 'w_' || feed AS row_id, 'window' AS locator, feed, {_START} AS window_from, {_START} + to_days({DAYS}) AS window_to,
           records AS expected, records AS received, TRUE AS complete
    FROM (
        SELECT 'unified_audit_log' AS feed, count(*) AS records FROM audit_events
        UNION ALL SELECT 'signins_' || stream, count(*) FROM signins WHERE stream <> 'unified_audit_log' GROUP BY stream
        UNION ALL SELECT 'directory_audits', count(*) FROM directory_audits)"""


def _settings(mailboxes: int) -> dict[str, str]:
    """Settings, licences and names, seen on the first and the last day; a few of each are unusual."""
    audited = json.dumps(["HardDelete", "MailItemsAccessed", "MoveToDeletedItems", "Send", "SoftDelete", "Update"])
    less = json.dumps(["HardDelete", "MoveToDeletedItems", "SoftDelete", "Update"])
    moments = f"(SELECT {_START} AS time UNION ALL SELECT {_START} + to_days({DAYS}))"
    return {
        "setting_observations": f"""
            SELECT format('setting:{{}} {{}} {{}}', subject, setting, time) AS row_id, time, subject_kind, subject, setting, value, 'snapshot' AS how, 'Get-Mailbox' AS learned_from,
                   'file_name' AS time_from
            FROM (
                SELECT 'mailbox' AS subject_kind, name_of(m) AS subject, setting, CASE setting
                    WHEN 'imap_enabled' THEN CASE WHEN m % 20 IN (4, 5) THEN 'false' ELSE 'true' END WHEN 'pop_enabled' THEN 'true'
                    WHEN 'audit_enabled' THEN 'true' WHEN 'default_audit_set' THEN CASE WHEN m % 50 = 7 THEN '["Delegate"]' ELSE '["Admin", "Delegate", "Owner"]' END
                    WHEN 'audit_owner' THEN CASE WHEN m % 50 = 7 THEN '{less}' ELSE '{audited}' END
                    WHEN 'audit_bypass_enabled' THEN 'false'
                    WHEN 'recipient_type_details' THEN CASE WHEN m % 100 = 33 THEN '"RoomMailbox"' ELSE '"UserMailbox"' END ELSE '{audited}' END AS value
                FROM range({mailboxes}) AS r(m), (SELECT unnest(['imap_enabled', 'pop_enabled', 'audit_enabled', 'default_audit_set', 'audit_owner', 'audit_delegate', 'audit_admin',
                    'audit_bypass_enabled', 'recipient_type_details']) AS setting)
                UNION ALL SELECT 'tenant', '', 'audit_disabled', 'false'
                UNION ALL SELECT 'tenant', '', 'unified_audit_log_ingestion_enabled', 'true') AS seen, {moments} AS moments""",
        "licence_observations": f"""
            SELECT format('licence:{{}} {{}} {{}}', m, plan, time) AS row_id, time, name_of(m) AS user_principal_name, plan AS service_plan_id, 'plan' AS service_plan, 'Enabled' AS state,
                   'snapshot' AS how
            FROM range({mailboxes}) AS r(m), (SELECT unnest(['2f442157-a11c-46b9-ae5b-6e39ff4e5849', 'f6de4823-28fa-440b-b886-4783fa86ddba', 'efb87545-963c-4e0d-99df-69c6916d9eb0']) AS plan), {moments} AS moments
            WHERE (plan LIKE '2f%') = (m % 10 < 6) AND m % 40 <> 5""",
        "identity_mentions": f"""
            SELECT format('identity:{{}} {{}}', m, kind_b) AS row_id, {_START} AS time, 'upn' AS kind_a, name_of(m) AS value_a, kind_b,
                   CASE kind_b WHEN 'object_id' THEN id_of('person ' || m) ELSE id_of('mailbox ' || m) END AS value_b
            FROM range({mailboxes}) AS r(m), (SELECT unnest(['object_id', 'mailbox_guid']) AS kind_b)""",
    }


if __name__ == "__main__":
    main()
