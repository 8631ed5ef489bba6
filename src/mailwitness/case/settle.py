"""Settling: the parts of all evidence into one table of distinct events each.

A record that lies in two places is one event with two sightings. The sighting shown is the one with the most detail (the reader's
rank), then the smallest evidence id and place, so the order in which evidence came plays no part. Columns that it lacks are filled
from the others; where the others disagree in a main column, ``conflicts`` says so. Parts without any such record are used as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from mailwitness.case import settings_intervals
from mailwitness.case.engines.duckdb_engine import connect, declare, files_sql, identifier, literal
from mailwitness.case.store import Store, write_atomically
from mailwitness.model.tables import TABLES, Table

Entries = Mapping[str, Mapping[str, Any]]

_BUILT = tuple(t.name for t in TABLES.values() if t.kind == "built")
_EVENTS = tuple(t for t in TABLES.values() if t.kind == "event")
_LISTS = ("rejects", "faults")
_COMPARED = ("operation", "user_id", "client_ip", "mailbox_owner_upn", "user_principal_name", "ip_address", "error_code", "activity", "internet_message_id")
_WRITE = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 200000)"
SMALL_PART_ROWS = 50_000


def digest_of(entries: Entries) -> str:
    """What the tables are settled from: the ids and reading of all items, and this module's version."""
    text = json.dumps(["settle-1", [[i, e["version"], e["reader"], len(e["parts"])] for i, e in sorted(entries.items())]])
    return hashlib.sha256(text.encode()).hexdigest()


def settled(store: Store, entries: Entries) -> dict[str, Any] | None:
    """What the last settling recorded, if it was of exactly these entries."""
    path = store.root / "tables" / "settled.json"
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found if found["digest"] == digest_of(entries) else None


def settle(store: Store, entries: Entries, ranks: Mapping[str, int]) -> dict[str, Any]:
    """Make ``tables/`` from the parts. ``ranks`` gives each reader's detail. Answers what ``settled.json`` then holds."""
    work = store.work_folder("settle")
    tables = work / "tables"
    tables.mkdir()
    connection = connect(work)
    duplicates: dict[str, int] = {}
    _load_ranks(connection, entries, ranks)
    conflicts: list[Path] = []
    repeated = False
    for table in _EVENTS:
        parts = store.part_files(entries, table.name)
        if not parts:
            continue
        out = tables / table.name
        out.mkdir()
        if table.name != "mail_access_items":  # items go with their accesses, whose repeated keys are still marked
            repeated = _mark_repeated(connection, [p for p, _, _ in parts])
        if not repeated:
            _use(connection, [(p, part["rows"]) for p, part, _ in parts], out)
            continue
        _merge(connection, table, parts, out, duplicates)
        if table.name != "mail_access_items":
            found = _conflicts(connection, table, work)
            if found is not None:
                conflicts.append(found)
    for name in _LISTS:
        parts = store.part_files(entries, name)
        if parts:
            (tables / name).mkdir()
            _use(connection, [(p, part["rows"]) for p, part, _ in parts], tables / name)
    if conflicts:
        (tables / "conflicts").mkdir()
        connection.execute(f"COPY (SELECT * FROM {files_sql(conflicts)} ORDER BY ALL) TO {literal(str(tables / 'conflicts' / 'conflicts.parquet'))} {_WRITE}")
    _build(connection, tables)
    connection.close()
    accounts = {}
    for evidence_id, entry in sorted(entries.items()):
        repeated_rows = duplicates.get(evidence_id, 0)
        accounts[evidence_id] = {"rows": sum(entry["primaries"].values()) - repeated_rows, "duplicates": repeated_rows}
    state = {"digest": digest_of(entries), "accounts": accounts}
    write_atomically(tables / "settled.json", json.dumps(state, indent=1, sort_keys=True).encode() + b"\n")
    _swap(store.root / "tables", tables, work)
    return state


def _swap(current: Path, new: Path, work: Path) -> None:
    """Put the new tables in place. Killed in between, the next opening finds no settled state and settles again."""
    if current.exists():
        os.replace(current, work / "tables-before")
    os.replace(new, current)
    shutil.rmtree(work, ignore_errors=True)


def _load_ranks(connection: duckdb.DuckDBPyConnection, entries: Entries, ranks: Mapping[str, int]) -> None:
    connection.execute("CREATE TEMP TABLE ranks(evidence_id VARCHAR, rank INTEGER)")
    rows = [[evidence_id, ranks.get(str(entry["reader"]), 0)] for evidence_id, entry in sorted(entries.items())]
    if rows:
        connection.executemany("INSERT INTO ranks VALUES (?, ?)", rows)


def _mark_repeated(connection: duckdb.DuckDBPyConnection, parts: list[Path]) -> bool:
    """The keys that more than one row has, as table ``repeated``. Hashes first: exact keys only of the few that may repeat."""
    source = files_sql(parts)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE maybe AS "
        f"SELECT hash(row_id) AS h FROM {source} GROUP BY h HAVING count(*) > 1"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS "
        f"SELECT row_id FROM {source} WHERE hash(row_id) IN (SELECT h FROM maybe) GROUP BY row_id HAVING count(*) > 1"
    )
    found = connection.execute("SELECT count(*) FROM repeated").fetchone()
    return found is not None and found[0] > 0


def _use(connection: duckdb.DuckDBPyConnection, parts: list[tuple[Path, int]], out: Path) -> None:
    """Parts as they are: large ones linked, small ones written together, so that thousands of pages do not stay thousands of files."""
    small = [path for path, rows in parts if rows < SMALL_PART_ROWS]
    large = [path for path, rows in parts if rows >= SMALL_PART_ROWS]
    if len(small) <= 4:
        large, small = large + small, []
    for path in large:
        _link(path, out / f"{path.parent.name}-{path.name}")
    if small:
        _copy(connection, f"SELECT * FROM {files_sql(small)}", out / "small.parquet")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, out: Path) -> None:
    connection.execute(f"COPY ({query}) TO {literal(str(out))} {_WRITE}")


def _merge(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    parts: list[tuple[Path, Mapping[str, Any], str]],
    out: Path,
    duplicates: dict[str, int],
) -> None:
    """Write the distinct events of a table that has repeated ones, and count per item the rows shown from elsewhere."""
    is_items = table.name == "mail_access_items"
    key = "access_id" if is_items else "row_id"
    every = files_sql([p for p, _, _ in parts], filename=True)
    touched = {
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT filename FROM {every} WHERE {key} IN (SELECT row_id FROM repeated)"
        ).fetchall()
    }
    _use(connection, [(p, part["rows"]) for p, part, _ in parts if str(p) not in touched], out)
    dirty = [p for p, _, _ in parts if str(p) in touched]
    source = files_sql(dirty, filename=True)
    names = [identifier(c.name) for c in table.columns]
    _copy(
        connection,
        f"SELECT {', '.join(names)} FROM {source} WHERE {key} NOT IN (SELECT row_id FROM repeated)",
        out / "distinct.parquet",
    )
    group = "row_id" if not is_items else "access_id, item_key, occurrence"
    extra = (
        ""
        if not is_items
        else """, coalesce(internet_message_id, item_id, row_id) AS item_key,
            row_number() OVER (PARTITION BY access_id, s.evidence_id, locator, coalesce(internet_message_id, item_id, row_id)
                               ORDER BY row_id) AS occurrence"""
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE seen AS
        SELECT *, row_number() OVER (PARTITION BY {group} ORDER BY rank, evidence_id, locator, row_id, filename) AS place
        FROM (SELECT s.*, r.rank {extra} FROM {source} AS s JOIN ranks AS r USING (evidence_id)
              WHERE {key} IN (SELECT row_id FROM repeated))
    """)
    common = {"row_id", "sightings"}
    chosen = ", ".join(
        f"arg_min({identifier(c.name)}, place) AS {identifier(c.name)}" for c in table.columns if c.name not in common
    )
    row_id = "row_id" if not is_items else "arg_min(row_id, place) AS row_id"
    merged = f"SELECT {row_id}, {chosen}, count(*) AS sightings FROM seen GROUP BY {group}"
    if is_items:  # two different items may stand at one place of two sightings
        merged = f"""
            SELECT * REPLACE (CASE WHEN n = 1 THEN row_id ELSE row_id || '~' || n END AS row_id) FROM (
                SELECT *, row_number() OVER (PARTITION BY row_id ORDER BY internet_message_id, item_id, evidence_id) AS n FROM ({merged}))
        """
    _copy(connection, f"SELECT {', '.join(names)} FROM ({merged})", out / "merged.parquet")
    primary = {str(p) for p, part, _ in parts if part["primary"]}
    rows = connection.execute("SELECT evidence_id, filename, count(*) FROM seen WHERE place > 1 GROUP BY ALL").fetchall()
    for evidence_id, filename, count in rows:
        if filename in primary:
            duplicates[evidence_id] = duplicates.get(evidence_id, 0) + count


def _conflicts(connection: duckdb.DuckDBPyConnection, table: Table, work: Path) -> Path | None:
    """Main columns on which sightings disagree, case and blanks aside."""
    selects = []
    for column in table.columns:
        if column.name == "time":
            value = "CAST(date_trunc('second', time) AS VARCHAR)"
        elif column.name in _COMPARED:
            value = f"lower(trim(CAST({identifier(column.name)} AS VARCHAR)))"
        else:
            continue
        selects.append(f"""
            SELECT {literal(table.name)} AS table_name, row_id, {literal(column.name)} AS column_name,
                   CAST(to_json(list(DISTINCT {value} ORDER BY {value})) AS VARCHAR) AS values_seen
            FROM seen WHERE {value} IS NOT NULL GROUP BY row_id HAVING count(DISTINCT {value}) > 1""")
    out = work / f"conflicts-{table.name}.parquet"
    _copy(connection, " UNION ALL ".join(selects), out)
    found = connection.execute(f"SELECT count(*) FROM {files_sql([out])}").fetchone()
    return out if found is not None and found[0] else None


def _build(connection: duckdb.DuckDBPyConnection, tables: Path) -> None:
    """The tables computed from events: settings with their intervals, licences, identities."""
    declare(connection, table_files(tables))
    settings_intervals.build(connection)
    for name in _BUILT:
        found = connection.execute(f"SELECT count(*) FROM temp.{name}").fetchone()
        if found is not None and found[0]:
            (tables / name).mkdir()
            columns = ", ".join(identifier(c.name) for c in TABLES[name].columns)
            _copy(connection, f"SELECT {columns} FROM temp.{name} ORDER BY ALL", tables / name / f"{name}.parquet")


def table_files(tables: Path) -> dict[str, list[Path]]:
    """The files of each settled table, in a fixed order."""
    found = {}
    for name in TABLES:
        files = sorted((tables / name).glob("*.parquet")) if (tables / name).is_dir() else []
        if files:
            found[name] = files
    return found
