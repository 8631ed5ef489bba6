"""A fixture file through detection, its reader and the record families: what an investigator's file becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from mailwitness.model.tables import TABLES
from mailwitness.workflow.detect import detect
from mailwitness.workflow.read import Task, read_stretch

SOURCES = Path(__file__).parent
SHARED_DATA = Path(__file__).parents[2] / "../shared/data"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file was taken for, how many records it held, and the rows they became."""

    reader: str
    records: int
    tables: dict[str, list[Row]]

    def rows(self, table: str, *columns: str) -> list[Row]:
        """Rows of a table, without where they lie; only some columns where named."""
        hidden = {"evidence_id", "locator", "sightings"}
        return [
            {name: value for name, value in row.items() if (name in columns if columns else name not in hidden)}
            for row in self.tables.get(table, [])
        ]


def _all_events(tables: dict[str, list[Row]]) -> list[Row]:
    """The audit events as a case shows them: mail accesses are stored once, with their own columns."""
    rows = {row["row_id"] + row["locator"]: row for row in tables.get("audit_events", [])}
    names = TABLES["audit_events"].column_names()
    for row in tables.get("mail_accesses", []):
        rows.setdefault(row["row_id"] + row["locator"], {name: row[name] for name in names})
    return sorted(rows.values(), key=lambda row: int(row["locator"].removeprefix("bytes=").partition("+")[0]))


def read_file(path: Path, **options: str) -> Reading:
    """Read one file to its end; every record cut from it is a row or a reject, or this fails."""
    found = detect(path, path.name)
    assert found.reader is not None, f"no reader for {path}"
    layout, look = found.look.layout, found.look
    with TemporaryDirectory() as out:
        task = Task(
            path=str(path), evidence_id="e1", reader=found.reader.id, shape=found.shape, encoding=look.encoding,
            start=look.bom, end=None, number=0, out=out, name=path.name, options=options,
            delimiter=layout.delimiter if layout else ",", header=layout.header if layout else (),
            skip_text=layout.body if layout and found.shape == "csv" else 0,
        )  # fmt: skip
        outcome = read_stretch(task)
        tables: dict[str, list[Row]] = {}
        for part in outcome.parts:
            tables.setdefault(part["table"], []).extend(pq.read_table(Path(out) / part["file"]).to_pylist())
    tables["audit_events"] = _all_events(tables)
    assert outcome.records == sum(outcome.primaries.values()) + outcome.rejects + sum(
        n for n, *_ in outcome.skips.values()
    )
    return Reading(found.reader.id, outcome.records, tables)
