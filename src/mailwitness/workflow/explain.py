"""What a finding rests on, down to the vendor's bytes and the SQL that was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from mailwitness.analyses import questions
from mailwitness.case.engines.duckdb_engine import identifier
from mailwitness.case.store import Store
from mailwitness.errors import UsageError
from mailwitness.model.tables import TABLES
from mailwitness.workflow.raw import bytes_at

REFS_SHOWN = 50
RAW_SHOWN_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding with its reasons, the rows they rest on (with raw records), and the question that was asked.

    ``rows``: table_name, row_id, role, row (the table's columns), evidence (its file), locator, raw (text of the record, cut at 64 KiB).
    ``refs_total`` counts all references; at most the first 50 are shown.
    """

    finding: Mapping[str, Any]
    reasons: list[Mapping[str, Any]]
    rows: list[Mapping[str, Any]]
    refs_total: int
    questions: list[Mapping[str, str]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "finding": dict(self.finding),
            "reasons": [dict(reason) for reason in self.reasons],
            "rows": [dict(row) for row in self.rows],
            "refs_total": self.refs_total,
            "questions": [dict(question) for question in self.questions],
        }


def explain(store: Store, connection: duckdb.DuckDBPyConnection, finding: str) -> Explanation:
    """The finding whose id is, or begins with, ``finding``. UsageError when there is none, or more than one."""
    found = _dicts(
        connection, "SELECT * FROM findings WHERE starts_with(finding_id, ?) ORDER BY finding_id LIMIT 3", [finding]
    )
    if not found or not finding:
        raise UsageError(
            f"no finding {finding!r} here. List them: mailwitness ask {store.root}\n"
            "If it was asked with --mailbox, --actor, --from or --to, give the same ones."
        )
    if len(found) > 1 and found[0]["finding_id"] != finding:
        raise UsageError(
            f"{finding!r} begins several findings, among them {found[0]['finding_id']} and {found[1]['finding_id']}"
        )
    chosen = found[0]
    finding_id = chosen["finding_id"]
    reasons = _dicts(
        connection, "SELECT code, stance, sentence FROM reasons WHERE finding_id = ? ORDER BY ALL", [finding_id]
    )
    total = connection.execute("SELECT count(*) FROM refs WHERE finding_id = ?", [finding_id]).fetchone()
    refs = _dicts(
        connection,
        f"SELECT table_name, row_id, role FROM refs WHERE finding_id = ? ORDER BY role, table_name, row_id LIMIT {REFS_SHOWN}",
        [finding_id],
    )
    entries = store.entries()
    rows = [_row(store, connection, entries, ref) for ref in refs]
    sharing = [q for q in questions() if q.claim == chosen["claim"]]
    # Questions that share a claim differ by the subjects that they name.
    naming = [q for q in sharing if f"'{chosen['subject']}'" in q.sql]
    asked: list[Mapping[str, str]] = [
        {"name": q.name, "claim": q.claim, "question": q.question, "sql": q.sql} for q in naming or sharing
    ]
    return Explanation(chosen, list(reasons), rows, 0 if total is None else total[0], asked)


def _row(
    store: Store,
    connection: duckdb.DuckDBPyConnection,
    entries: Mapping[str, Mapping[str, Any]],
    ref: Mapping[str, Any],
) -> Mapping[str, Any]:
    shown: dict[str, Any] = {**ref, "row": None, "evidence": None, "locator": None, "raw": None}
    table = ref["table_name"]
    if table not in TABLES:
        return shown
    key = "row_id" if "row_id" in TABLES[table].column_names() else "evidence_id"
    found = _dicts(connection, f"SELECT * FROM {identifier(table)} WHERE {key} = ? LIMIT 1", [ref["row_id"]])
    if not found:
        return shown
    shown["row"] = {name: value for name, value in found[0].items() if value is not None}
    if TABLES[table].kind == "event":
        evidence_id, locator = found[0]["evidence_id"], found[0]["locator"]
        raw = bytes_at(store, entries, evidence_id, locator)
        shown |= {
            "evidence": entries[evidence_id]["name"],
            "locator": locator,
            "raw": raw[:RAW_SHOWN_BYTES].decode("utf-8", "replace"),
            "raw_bytes": len(raw),
        }
    return shown


def _dicts(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[dict[str, Any]]:
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
