"""What a report says of itself, as temporary tables: the acts of the custody chain (``custody_acts``) and the questions asked (``questions_asked``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from mailwitness.analyses import Question
from mailwitness.case.store import Store, hash_file


def give_proceedings(connection: duckdb.DuckDBPyConnection, store: Store, asked: Sequence[Question]) -> None:
    """Make both tables on the connection, anew. The hash of a line of the chain is the one that the next line holds."""
    acts = store.custody.acts()
    hashes = [act["previous"] for act in acts[1:]] + [store.custody.last_hash()] if acts else []
    _fill(
        connection,
        "custody_acts",
        {
            "number": "BIGINT",
            "time": "TIMESTAMP",
            "act": "VARCHAR",
            "name": "VARCHAR",
            "sha256": "VARCHAR",
            "evidence_id": "VARCHAR",
            "line_hash": "VARCHAR",
        },
        [
            (
                number,
                datetime.fromisoformat(act["at"]).astimezone(UTC).replace(tzinfo=None),
                act["act"],
                *(act["details"].get(name) for name in ("name", "sha256", "evidence_id")),
                line_hash,
            )
            for number, (act, line_hash) in enumerate(zip(acts, hashes, strict=True), start=1)
        ],
    )
    _fill(
        connection,
        "questions_asked",
        {"pillar": "VARCHAR", "name": "VARCHAR", "claim": "VARCHAR", "question": "VARCHAR", "sha256": "VARCHAR"},
        [(q.pillar, f"{q.pillar}/{q.name}.sql", q.claim, q.question, hash_file(q.path)) for q in asked],
    )


def _fill(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    values = {column: [row[place] for row in rows] for place, column in enumerate(columns)}
    chosen = ", ".join(f"unnest(CAST(${column} AS {kind}[])) AS {column}" for column, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {chosen}", values)
