"""Tiny cases for analyses: give rows, ask a question, see the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pytest

from mailwitness.analyses import question
from mailwitness.analyses.runner import prepare, run
from mailwitness.model.findings import Finding, Reason, Ref
from mailwitness.model.tables import TABLES

_TYPES = {"text": "VARCHAR", "time": "TIMESTAMP", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}


@dataclass
class TinyCase:
    """Tables of a few rows in a DuckDB of its own."""

    connection: duckdb.DuckDBPyConnection

    def given(self, **tables: Sequence[Mapping[str, Any]]) -> None:
        """Add rows; a column not given is null, a row id not given is ``<table>-<n>``."""
        for name, rows in tables.items():
            declared = {column.name: column.type for column in TABLES[name].columns}
            for number, row in enumerate(rows):
                values = {"row_id": f"{name}-{number}", **row} if "row_id" in declared else dict(row)
                unknown = values.keys() - declared.keys()
                assert not unknown, f"{name} has no column {unknown}"
                marks = ", ".join(f"CAST(? AS {_TYPES[declared[column]]})" for column in values)
                self.connection.execute(
                    f"INSERT INTO {name} ({', '.join(values)}) VALUES ({marks})", list(values.values())
                )
        self.connection.execute("DELETE FROM table_presence")
        for name in TABLES:
            if name not in ("findings", "reasons", "refs"):
                self.connection.execute(f"INSERT INTO table_presence SELECT '{name}', count(*) FROM {name}")

    def ask(self, *names: str, **asked: Any) -> list[Finding]:
        """The findings of the named questions, ordered by claim, mailbox, actor and subject."""
        run(
            self.connection,
            [question(name) for name in names],
            **{k: _time(v) if k[:5] in ("time_", "as_of") else v for k, v in asked.items()},
        )
        return self.findings()

    def prepare(self, pillar: str = "exposure", **asked: Any) -> None:
        """Make all views of a pillar, as reports read them."""
        prepare(
            self.connection, [pillar], **{k: _time(v) if k[:5] in ("time_", "as_of") else v for k, v in asked.items()}
        )

    def findings(self) -> list[Finding]:
        made = []
        for row in self.rows("SELECT * FROM findings ORDER BY claim, mailbox, actor, subject_kind, subject"):
            reasons = self.rows("SELECT * FROM reasons WHERE finding_id = ? ORDER BY ALL", row["finding_id"])
            refs = self.rows("SELECT * FROM refs WHERE finding_id = ? ORDER BY ALL", row["finding_id"])
            made.append(
                Finding(
                    **row,
                    reasons=tuple(Reason(r["code"], r["stance"], r["sentence"]) for r in reasons),
                    refs=tuple(Ref(r["table_name"], r["row_id"], r["role"]) for r in refs),
                )
            )
        return made

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        result = self.connection.execute(sql, list(values))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _time(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def empty_case() -> TinyCase:
    connection = duckdb.connect(config={"threads": 1})
    for table in TABLES.values():
        if table.kind != "answer":
            columns = ", ".join(f"{column.name} {_TYPES[column.type]}" for column in table.columns)
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
    connection.execute("CREATE TABLE table_presence (name VARCHAR, rows BIGINT)")
    return TinyCase(connection)


@pytest.fixture
def case() -> Iterator[TinyCase]:
    tiny = empty_case()
    yield tiny
    tiny.connection.close()
