"""Settling: the parts of all evidence into one table of distinct events each.

A record that lies in two places is one event with two sightings. The sighting shown is the one with the most detail (the reader's
rank), then the smallest evidence id and place, so the order in which evidence came plays no part. Columns that it lacks are filled
from the others; where they disagree in a main column, ``conflicts`` says so. Parts without any such record are used as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from mailwitness.case import settings_intervals
from mailwitness.case.engines.duckdb_engine import connect, declare, files_sql, identifier, literal
from mailwitness.case.store import Store, hash_file, write_atomically
from mailwitness.model.tables import TABLES, Table, columns_fingerprint

Entries = Mapping[str, Mapping[str, Any]]

_BUILT = tuple(t.name for t in TABLES.values() if t.kind == "built")
_EVENTS = tuple(t for t in TABLES.values() if t.kind == "event")
_LISTS = ("rejects", "faults")
_COMPARED = (
    "operation",
    "user_id",
    "client_ip",
    "mailbox_owner_upn",
    "user_principal_name",
    "ip_address",
    "error_code",
    "activity",
    "internet_message_id",
    "is_throttled",
    "mail_access_type",
)
_UNKNOWN_IF_DISPUTED = ("is_throttled", "mail_access_type")
_TOLD_APART = ("time", "operation", "activity", "error_code")
_WRITE = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 200000)"
SMALL_PART_ROWS = 2_000


def digest_of(entries: Entries) -> str:
    """What the tables are settled from: the ids and reading of all items, and this module's version."""
    text = json.dumps(
        [
            "settle-3",
            columns_fingerprint(),
            [[i, e["version"], e["reader"], len(e["parts"])] for i, e in sorted(entries.items())],
        ]
    )
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
    connection.execute(
        "CREATE TEMP TABLE renamed(old_id VARCHAR, evidence_id VARCHAR, locator VARCHAR, new_id VARCHAR)"
    )
    conflicts: list[Path] = []
    repeated = False
    for table in _EVENTS:
        parts = parts_of(store, entries, table)
        if not parts:
            continue
        out = tables / table.name
        out.mkdir()
        if table.name != "mail_access_items":  # items go with their accesses, whose repeated keys are still marked
            repeated = _mark_repeated(connection, [p for p, _, _ in parts], with_renamed=table.extends is not None)
        if not repeated:
            _use(connection, table, [(p, part["rows"]) for p, part, _ in parts], out)
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
            _use(connection, TABLES[name], [(p, part["rows"]) for p, part, _ in parts], tables / name)
    if conflicts:
        (tables / "conflicts").mkdir()
        connection.execute(
            f"COPY (SELECT * FROM {files_sql(conflicts)} ORDER BY ALL) TO {literal(str(tables / 'conflicts' / 'conflicts.parquet'))} {_WRITE}"
        )
    _build(connection, tables)
    connection.close()
    accounts = {}
    for evidence_id, entry in sorted(entries.items()):
        repeated_rows = duplicates.get(evidence_id, 0)
        accounts[evidence_id] = {"rows": sum(entry["primaries"].values()) - repeated_rows, "duplicates": repeated_rows}
    # a linked file is a part, whose hash the ledger knows
    made = {
        f"{path.parent.name}/{path.name}": hash_file(path) if path.stat().st_nlink == 1 else None
        for path in tables.glob("*/*")
    }
    state = {"digest": digest_of(entries), "accounts": accounts, "files": made}
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


def _mark_repeated(connection: duckdb.DuckDBPyConnection, parts: list[Path], *, with_renamed: bool) -> bool:
    """The keys that more than one row has, as table ``repeated``. Hashes first: exact keys only of the few that may repeat."""
    source = files_sql(parts, union=True)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE maybe AS SELECT hash(row_id) AS h FROM {source} GROUP BY h HAVING count(*) > 1"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS "
        f"SELECT row_id FROM {source} WHERE hash(row_id) IN (SELECT h FROM maybe) GROUP BY row_id HAVING count(*) > 1"
    )
    if with_renamed:  # a row that stands alone here may have another key in the table that this one extends
        connection.execute(
            f"INSERT INTO repeated SELECT DISTINCT row_id FROM {source} "
            "WHERE row_id IN (SELECT old_id FROM renamed) AND row_id NOT IN (SELECT row_id FROM repeated)"
        )
    found = connection.execute("SELECT count(*) FROM repeated").fetchone()
    return found is not None and found[0] > 0


def parts_of(store: Store, entries: Entries, table: Table) -> list[tuple[Path, Mapping[str, Any], str]]:
    """A table's parts: its own, then those of tables that extend it, whose rows are its rows too."""
    extending = [other.name for other in TABLES.values() if other.extends == table.name]
    return [part for name in (table.name, *extending) for part in store.part_files(entries, name)]


def rows_sql(table: Table, files: Sequence[Path]) -> str:
    """The table's columns, and the file, of parts some of which have columns more."""
    columns = ", ".join(identifier(c.name) for c in table.columns)
    return f"(SELECT {columns}, filename FROM {files_sql(files, filename=True, union=True)})"


def _use(connection: duckdb.DuckDBPyConnection, table: Table, parts: list[tuple[Path, int]], out: Path) -> None:
    """Parts as they are: large ones linked, small ones written together, so that thousands of pages do not stay thousands of files."""
    small = [path for path, rows in parts if rows < SMALL_PART_ROWS]
    large = [path for path, rows in parts if rows >= SMALL_PART_ROWS]
    if len(small) <= 16:
        large, small = large + small, []
    for path in large:
        # Files with more columns than the table sort last, because readers of a folder take the columns of the first.
        order = "a" if path.name.startswith(f"{table.name}-") else "b"
        _link(path, out / f"{order}-{path.parent.name}-{path.name}")
    if small:
        columns = ", ".join(identifier(c.name) for c in table.columns)
        _copy(connection, f"SELECT {columns} FROM {rows_sql(table, small)}", out / "a-small.parquet")


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
    every = rows_sql(table, [p for p, _, _ in parts])
    repeats = f"{key} IN (SELECT row_id FROM repeated)"
    touched = {
        row[0] for row in connection.execute(f"SELECT DISTINCT filename FROM {every} WHERE {repeats}").fetchall()
    }
    _use(connection, table, [(p, part["rows"]) for p, part, _ in parts if str(p) not in touched], out)
    dirty = [p for p, _, _ in parts if str(p) in touched]
    names = [identifier(c.name) for c in table.columns]
    source = rows_sql(table, dirty)
    _copy(connection, f"SELECT {', '.join(names)} FROM {source} WHERE NOT ({repeats})", out / "a-distinct.parquet")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE seen AS {_items_seen(source) if is_items else _events_seen(table, source)}"
    )
    if table.name == "audit_events":
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE renamed AS SELECT DISTINCT old_id, evidence_id, locator, row_id AS new_id FROM seen WHERE row_id <> old_id"
        )
    chosen = ", ".join(
        f"{_merged(c.name)} AS {identifier(c.name)}"
        for c in table.columns
        if c.name not in ("row_id", "sightings", *(("access_id",) if is_items else ()))
    )
    group = "access_id, item_key, occurrence" if is_items else "row_id"
    head = "access_id, arg_min(row_id, place) AS row_id" if is_items else "row_id"
    merged = f"SELECT {head}, {chosen}, count(*) AS sightings FROM seen GROUP BY {group}"
    if is_items:  # two different items may stand at one place of two sightings
        merged = f"""
            SELECT * REPLACE (CASE WHEN n = 1 THEN row_id ELSE row_id || '~' || n END AS row_id) FROM (
                SELECT *, row_number() OVER (PARTITION BY row_id ORDER BY internet_message_id, item_id, evidence_id) AS n FROM ({merged}))
        """
        # exports write times more and less exactly, and questions look for an item at its access's time
        accesses = files_sql([out.parent / "mail_accesses" / "a-merged.parquet"])
        merged = f"""
            SELECT m.* REPLACE (CASE WHEN a.row_id IS NULL THEN m.time ELSE a.time END AS time)
            FROM ({merged}) AS m LEFT JOIN {accesses} AS a ON a.row_id = m.access_id
        """
    _copy(connection, f"SELECT {', '.join(names)} FROM ({merged})", out / "a-merged.parquet")
    if table.extends is not None:  # its rows were counted with the table it extends
        return
    primary = {str(p) for p, part, _ in parts if part["primary"]}
    rows = connection.execute(
        "SELECT evidence_id, filename, count(*) FROM seen WHERE place > 1 GROUP BY ALL"
    ).fetchall()
    for evidence_id, filename, count in rows:
        if filename in primary:
            duplicates[evidence_id] = duplicates.get(evidence_id, 0) + count


def _merged(column: str) -> str:
    """The value of a merged event: that of the first sighting that has one; unknown where sightings disagree on what verdicts rest on."""
    name = identifier(column)
    first = f"arg_min({name}, place)"
    return (
        f"CASE WHEN count(DISTINCT {name}) > 1 THEN NULL ELSE {first} END" if column in _UNKNOWN_IF_DISPUTED else first
    )


def _events_seen(table: Table, source: str) -> str:
    """All sightings of repeated events, each with its event's key and its place among the event's sightings.

    Sightings under one key that name another operation, another second or another result are not one event: each keeps a row of its
    own, the key of all but one gets ``~n``, and ``conflicts`` tells. Records without an id have a key from their content: equal
    ones within one item are as many events as they are, and the nth of one item is the nth of another.
    """
    told_apart = [
        f"lower(CAST({identifier(name)} AS VARCHAR))"
        if name != "time"
        else "CAST(date_trunc('second', time) AS VARCHAR)"
        for name in _TOLD_APART
        if name in table.column_names()
    ]
    variant = " || '|' || ".join(f"coalesce({v}, min({v}) OVER (PARTITION BY row_id), '')" for v in told_apart) or "''"
    renamed = table.name == "mail_accesses"
    base = f"""
        SELECT s.* {"REPLACE (coalesce(n.new_id, s.row_id) AS row_id)" if renamed else ""}, s.row_id AS old_id, r.rank
        FROM {source} AS s JOIN ranks AS r USING (evidence_id)
        {"LEFT JOIN renamed AS n ON n.old_id = s.row_id AND n.evidence_id = s.evidence_id AND n.locator = s.locator" if renamed else ""}
        WHERE s.row_id IN (SELECT row_id FROM repeated)"""
    if renamed:  # told apart already, as audit events
        numbered = f"SELECT *, 1 AS variant_number FROM ({base})"
    else:
        numbered = f"""
            SELECT * EXCLUDE (variant, nth), dense_rank() OVER (PARTITION BY row_id ORDER BY nth, variant) AS variant_number
            FROM (SELECT *, {variant} AS variant,
                         CASE WHEN contains(row_id, ':content:')
                              THEN row_number() OVER (PARTITION BY row_id, evidence_id ORDER BY length(locator), locator, filename)
                              ELSE 1 END AS nth
                  FROM ({base}))"""
    return f"""
        SELECT *, row_number() OVER (PARTITION BY row_id ORDER BY rank, evidence_id, locator, filename) AS place
        FROM (SELECT * REPLACE (CASE WHEN variant_number = 1 THEN row_id ELSE row_id || '~' || variant_number END AS row_id)
              FROM ({numbered}))"""


def _items_seen(source: str) -> str:
    """All sightings of the items of repeated accesses: one message of one access is one item, whatever its place in the record."""
    return f"""
        SELECT *, row_number() OVER (PARTITION BY access_id, item_key, occurrence ORDER BY rank, evidence_id, locator, row_id, filename) AS place
        FROM (
            SELECT *, row_number() OVER (PARTITION BY access_id, evidence_id, locator, item_key ORDER BY row_id, filename) AS occurrence
            FROM (
                SELECT s.* REPLACE (coalesce(n.new_id, s.access_id) AS access_id,
                                    coalesce(n.new_id || substr(s.row_id, length(s.access_id) + 1), s.row_id) AS row_id),
                       r.rank, coalesce(s.internet_message_id, s.item_id, s.row_id) AS item_key
                FROM {source} AS s JOIN ranks AS r USING (evidence_id)
                LEFT JOIN renamed AS n ON n.old_id = s.access_id AND n.evidence_id = s.evidence_id AND n.locator = s.locator
                WHERE s.access_id IN (SELECT row_id FROM repeated)))"""


def _conflicts(connection: duckdb.DuckDBPyConnection, table: Table, work: Path) -> Path | None:
    """Main columns on which sightings disagree, case and blanks aside."""
    if table.name == "identity_mentions":  # many records tie the same two names together, each at its own time
        return None
    selects = []
    compared_already = () if table.extends is None else TABLES[table.extends].column_names()
    for column in table.columns:
        if column.name in compared_already:
            continue
        if column.name == "time":
            value = "CAST(date_trunc('second', time) AS VARCHAR)"
        elif column.name in _COMPARED:
            value = f"lower(trim(CAST({identifier(column.name)} AS VARCHAR)))"
        else:
            continue
        selects.append(f"""
            SELECT {literal(table.name)} AS table_name, row_id, {literal(column.name)} AS column_name,
                   CAST(to_json(list(DISTINCT {value} ORDER BY {value})) AS VARCHAR) AS values_seen
            FROM (SELECT * REPLACE (old_id AS row_id) FROM seen)
            WHERE {value} IS NOT NULL AND NOT contains(row_id, ':content:') GROUP BY row_id HAVING count(DISTINCT {value}) > 1""")
    if not selects:
        return None
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
