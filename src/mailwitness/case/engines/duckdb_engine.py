"""The embedded engine: DuckDB over the case's Parquet files, in memory, reading only.

Every declared table is there, empty if the case has no rows for it, so that a query never fails for want of data;
``table_presence`` tells which have rows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from mailwitness.model.tables import TABLES, Table

SQL_TYPES = {"text": "VARCHAR", "time": "TIMESTAMP", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}
LEAST_MEMORY, MOST_MEMORY = 600_000_000, 2_800_000_000
"""What an engine may keep in memory: a quarter of the machine's, but no less and no more than this. The process needs up to
a gigabyte beyond it, for files that are read and written, and is to stay under 4 GiB."""
MOST_THREADS = 4
FEW_VALUES = 1_000
"""Up to so many values a join looks for are compared with the ranges of a file's row groups, so that the others are not read."""


def connect(
    temporary: Path | None = None, memory_limit: str | None = None, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A new in-memory engine with bounded memory; what does not fit goes to the temporary folder. UTC, no network."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{memory_limit or share_of_memory()}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    # A long query once drew its progress bar into an answer on stdout, although the bar itself reads as off.
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute(f"SET dynamic_or_filter_threshold = {FEW_VALUES}")
    # Each thread needs memory of its own: many of them would not fit into the limit.
    connection.execute(f"SET threads = {threads or min(os.cpu_count() or 1, MOST_THREADS)}")
    if temporary is not None:
        connection.execute(f"SET temp_directory = {literal(str(temporary))}")
    return connection


def share_of_memory() -> str:
    """How much memory an engine may use on this machine."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # a system that does not tell, such as Windows
        return f"{LEAST_MEMORY}B"
    return f"{min(max(whole // 4, LEAST_MEMORY), MOST_MEMORY)}B"


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def files_sql(files: Sequence[Path], *, filename: bool = False, union: bool = False) -> str:
    """``read_parquet`` over exactly these files; ``union`` when some have columns that others lack."""
    listed = ", ".join(literal(str(file)) for file in files)
    options = (", filename = true" if filename else "") + (", union_by_name = true" if union else "")
    return f"read_parquet([{listed}]{options})"


def empty_sql(table: Table) -> str:
    """A relation of the table's columns without rows."""
    columns = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.type]}) AS {identifier(c.name)}" for c in table.columns)
    return f"SELECT {columns} WHERE false"


def declare(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[Path]]) -> None:
    """A view for every declared table: over its files, or empty."""
    connection.execute("CREATE OR REPLACE TEMP TABLE table_presence(name VARCHAR, rows BIGINT)")
    for table in TABLES.values():
        listed = files.get(table.name, ())
        if listed:
            columns = ", ".join(identifier(c.name) for c in table.columns)
            connection.execute(f"CREATE OR REPLACE VIEW {table.name} AS SELECT {columns} FROM {files_sql(listed)}")
            connection.execute(
                f"INSERT INTO table_presence SELECT {literal(table.name)}, "
                f"coalesce(sum(num_rows), 0) FROM parquet_file_metadata([{', '.join(literal(str(f)) for f in listed)}])"
            )
        else:
            connection.execute(f"CREATE OR REPLACE VIEW {table.name} AS {empty_sql(table)}")
            connection.execute("INSERT INTO table_presence VALUES (?, 0)", [table.name])


def lock_down(connection: duckdb.DuckDBPyConnection, allowed: Sequence[Path]) -> None:
    """From here on only these folders can be read, nothing outside can be written, and no setting can be changed back."""
    folders = ", ".join(literal(str(folder)) for folder in allowed)
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
