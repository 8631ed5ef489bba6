"""How long the exposure questions take over a case of 10 million mail accesses with 20 million items.

Writes made-up accesses to parts as `add` writes them, in the order of time, with ids that lie in no order and a collection that
says how many records there are, then asks the exposure
questions for one mailbox, one session and one network, each alone and all in one run, and of the whole case in one run, as a case
does; then makes the account of a report. DuckDB has two threads and the 600 MB that a case gives it.
Run: ``python bench/exposure.py [--accesses N] [--only mailbox|session|network|whole]``.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from mailwitness.analyses import questions
from mailwitness.analyses.runner import prepare, run
from mailwitness.case.engines import duckdb_engine as engine
from mailwitness.model.tables import TABLES
from mailwitness.records.columns import arrow_schema
from mailwitness.report.account import build_account
from mailwitness.workflow.parts import GROUP_ROWS, Parts

WRITTEN = ("mail_accesses", "mail_access_items", "collection_windows")
MAILBOXES = 2_000
SESSIONS_EACH = 100
PARTS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accesses", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mailwitness-bench-exposure")
    parser.add_argument("--memory", default="600MB")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    folder = asked.folder / str(asked.accesses)
    if not (folder / "done").exists():
        began = _now()
        generate(folder, asked.accesses)
        print(f"generated {asked.accesses:,} accesses in {_since(began)}", file=sys.stderr)
    scopes: dict[str, dict[str, Any]] = {
        "mailbox": {"mailbox": "user7@contoso.test"},
        "session": {"actor": "00000000-0000-4000-8000-000000000742"},
        "network": {"actor": "198.51.100.0/28"},
        "whole case": {},
    }
    rows: dict[str, list[str]] = {}
    shown = [name for name in scopes if asked.only in name]
    for name in shown:
        with tempfile.TemporaryDirectory(prefix="answers-", dir=asked.folder) as answers:
            _ask(rows, name, scopes[name], lambda: connect(folder, asked.memory), Path(answers))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rows.setdefault("peak memory so far", []).append(f"{peak / 1000:,.0f} MB")
    print(f"| asked of | {' | '.join(shown)} |\n|---|{'---:|' * len(shown)}")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join([*[''] * (len(shown) - len(cells)), *cells])} |")


def _ask(
    rows: dict[str, list[str]],
    name: str,
    scope: dict[str, Any],
    connected: Callable[[], duckdb.DuckDBPyConnection],
    answers: Path,
) -> None:
    connection = connected()
    for question in questions("exposure") if scope else ():
        _measure(rows, name, question.name, partial(run, connection, [question], **scope, into=answers))
    for file in answers.iterdir():
        file.unlink()
    _measure(rows, name, "all in one run", lambda: run(connection, questions("exposure"), **scope, into=answers))
    found = connection.execute("SELECT count(*) FROM findings").fetchall()[0][0]
    rows.setdefault("findings", []).append(f"{found:,}")
    connection.close()
    if not scope:
        fresh = connected()
        for table in ("findings", "reasons", "refs"):
            fresh.execute(f"CREATE VIEW {table} AS FROM read_parquet('{answers}/{table}*.parquet')")
        _measure(rows, name, "views kept for a report", lambda: prepare(fresh, ["exposure"], answered=True))
        _measure(rows, name, "the account of a report", lambda: build_account(fresh, defaultdict(str)))


def _measure(rows: dict[str, list[str]], scope: str, name: str, act: Callable[[], object]) -> None:
    began = _now()
    act()
    rows.setdefault(name, []).append(_since(began))
    print(scope, name, rows[name][-1], file=sys.stderr, flush=True)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> str:
    """Wall and processor seconds; on a busy machine only the second says something."""
    wall, cpu = _now()
    return f"{wall - began[0]:.1f} s, cpu {cpu - began[1]:.1f} s"


def connect(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    """A case's connection over the parts; mail accesses are audit events too."""
    (folder / "spill").mkdir(exist_ok=True)
    connection = engine.connect(folder / "spill", memory, threads=2)
    files = {name: sorted(folder.glob(f"*/{name}-*.parquet")) for name in WRITTEN}
    engine.declare(connection, {**files, "audit_events": files["mail_accesses"]})
    return connection


def generate(folder: Path, accesses: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "2GB"})
    each = accesses // PARTS
    for part in range(PARTS):
        first, last = part * each, (part + 1) * each
        # Multiplying by a prime spreads mailboxes over time; one session in a hundred synchronises, one access in 5,000 is unsaid,
        # one in 499 takes attachments, of the message that an access 2,000 later (the same mailbox) lists by the same item id.
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE n AS
            SELECT i, 'audit:' || regexp_replace(md5(i::VARCHAR), '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.*)', '\\1-\\2-\\3-\\4-\\5') AS id, (i * 7919) % {MAILBOXES} AS m, ((i * 104729) // 131) % {SESSIONS_EACH} AS s,
                   TIMESTAMP '2026-01-01' + to_microseconds(CAST(i / {accesses} * {90 * 86_400_000_000} AS BIGINT)) AS t
            FROM range({first}, {last}) AS r(i)""")
        written = {
            "mail_accesses": """
                SELECT id AS row_id, t AS time, CASE WHEN i % 499 = 7 THEN 'AttachmentAccess' ELSE 'MailItemsAccessed' END AS operation,
                       50 AS record_type, 'Exchange' AS workload, 0 AS user_type, 0 AS logon_type, 'ev1' AS evidence_id,
                       format('bytes={}+2000', i * 2000) AS locator, 1 AS sightings,
                       format('user{}@contoso.test', m) AS mailbox, format('user{}@contoso.test', m) AS user_id,
                       format('user{}@contoso.test', m) AS mailbox_owner_upn,
                       CASE WHEN s < 70 THEN format('00000000-0000-4000-8000-{:012d}', m * 100 + s) END AS session_id,
                       CASE WHEN s % 1000 = 99 AND i % 13 = 0 THEN 'Sync' ELSE 'Bind' END AS mail_access_type,
                       CASE WHEN i % 5000 <> 0 THEN FALSE END AS is_throttled, 2 AS operation_count, 2 AS items_listed,
                       CASE WHEN s % 1000 = 99 AND i % 13 = 0 THEN '\\Inbox' END AS folder_path,
                       CASE WHEN s < 70 THEN 'owa' ELSE 'rest' END AS client,
                       CASE WHEN s < 70 THEN 'owner' ELSE 'service' END AS accessed_as,
                       CASE WHEN s < 70 THEN 'Client=OWA;Action=ViaProxy' ELSE 'Client=REST;Client=RESTSystem;;' END AS client_info_string,
                       '00000002-0000-0ff1-ce00-000000000000' AS app_id,
                       CASE WHEN s >= 70 THEN format('2603:10a6:10:{:x}::1', m) ELSE format('198.51.{}.{}', 100 + m % 20, s) END AS client_ip
                FROM n""",
            "mail_access_items": """
                SELECT n.id || '/' || k AS row_id,
                       n.id AS access_id, t AS time, 'ev1' AS evidence_id,
                       format('bytes={}+2000', i * 2000) AS locator, 1 AS sightings, format('user{}@contoso.test', m) AS mailbox,
                       CASE WHEN i % 499 <> 7 THEN format('<{:08x}{:08x}@mail{}.example.org>', (i + k * 77773) % 7000003, m * 31 + s, m % 50)
                           END AS internet_message_id,
                       CASE WHEN i % 499 <> 7 THEN format('RgAAAAB{:08x}{:08x}{:08x}AAA=', (i + k * 77773) % 7000003, m, s)
                            ELSE format('Att{:08x}{}', i, k) END AS item_id,
                       CASE WHEN i % 499 = 7
                            THEN format('RgAAAAB{:08x}{:08x}{:08x}AAA=', (i + 2000) % 7000003, m, (((i + 2000) * 104729) // 131) % 100)
                            END AS message_item_id,
                       ['\\Inbox', '\\Sent Items', '\\Archive'][1 + (i + k) % 3] AS folder_path, 1000 + (i * 37 + k) % 90000 AS size_bytes
                FROM n, range(2) AS two(k)""",
        }
        if part == 0:  # so that the proof of collection has records to count
            written["collection_windows"] = f"""
                SELECT 'w1' AS row_id, 'ev1' AS evidence_id, 'window' AS locator, 1 AS sightings, 'unified_audit_log' AS feed,
                       TIMESTAMP '2026-01-01' AS window_from, TIMESTAMP '2026-04-01' AS window_to, {accesses} AS expected,
                       {accesses} AS received, TRUE AS complete"""
        out = folder / str(part)
        out.mkdir(parents=True)
        parts = Parts(out, part)
        for name, sql in written.items():
            have = {row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
            columns = ", ".join(
                f"CAST({c.name if c.name in have else 'NULL'} AS {engine.SQL_TYPES[c.type]}) AS {c.name}"
                for c in TABLES[name].columns
            )
            for rows in connection.sql(f"SELECT {columns} FROM ({sql})").to_arrow_reader(GROUP_ROWS):
                parts.add(name, pa.Table.from_batches([rows]).cast(arrow_schema(name)), primary=True)
        parts.close()
    connection.close()
    (folder / "done").touch()


if __name__ == "__main__":
    main()
