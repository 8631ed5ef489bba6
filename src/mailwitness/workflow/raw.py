"""From a row back to the bytes of the vendor's record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import duckdb

from mailwitness.case.engines.duckdb_engine import identifier
from mailwitness.case.store import Store
from mailwitness.errors import IntegrityError, UsageError
from mailwitness.model.tables import TABLES

_LOCATOR = re.compile(r"bytes=(\d+)\+(\d+)")


def raw_record(store: Store, connection: duckdb.DuckDBPyConnection, table: str, row_id: str) -> bytes:
    """The record behind a row of an event table. UsageError when there is no such row."""
    if table not in TABLES or TABLES[table].kind != "event":
        raise UsageError(
            f"{table!r} is no table of records; those are: {', '.join(t.name for t in TABLES.values() if t.kind == 'event')}"
        )
    found = connection.execute(
        f"SELECT evidence_id, locator FROM {identifier(table)} WHERE row_id = ?", [row_id]
    ).fetchone()
    if found is None:
        raise UsageError(f"no row {row_id!r} in {table}")
    return bytes_at(store, store.entries(), found[0], found[1])


def bytes_at(store: Store, entries: Mapping[str, Mapping[str, Any]], evidence_id: str, locator: str) -> bytes:
    """The bytes that a locator names, exactly. IntegrityError when the evidence is gone or shorter than it was."""
    place = _LOCATOR.fullmatch(locator)
    if place is None or evidence_id not in entries:
        raise UsageError(f"no place {locator!r} in {evidence_id!r}")
    path = store.bytes_of(entries[evidence_id])
    offset, length = int(place[1]), int(place[2])
    if not path.is_file():
        raise IntegrityError(
            f"{path}: the evidence {evidence_id} is not there any more. Put it back, then run: mailwitness verify"
        )
    with path.open("rb") as stream:
        stream.seek(offset)
        data = stream.read(length)
    if len(data) != length:
        raise IntegrityError(
            f"{path}: ends before byte {offset + length}; it was longer when it was added. Run: mailwitness verify"
        )
    return data
