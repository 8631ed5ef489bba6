"""Reads one file as ``add`` does, and gives back its rows as plain dicts of what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mailwitness.workflow.detect import detect
from mailwitness.workflow.read import Outcome, Task, read_stretch

HERE = Path(__file__).parent
SAMPLES = HERE.parents[2] / "shared/data"

_OURS = {"evidence_id", "locator", "sightings"}


def read_file(path: Path, out: Path, **options: str) -> tuple[str, dict[str, list[dict[str, Any]]], Outcome]:
    """(reader, table → rows, outcome). A row holds what is not null, without our own columns but the row_id."""
    found = detect(path, path.name)
    assert found.reader is not None, f"no reader for {path}"
    layout = found.look.layout
    task = Task(
        path=str(path), evidence_id="E1", reader=found.reader.id, shape=found.shape, encoding=found.look.encoding,
        start=found.look.bom + (layout.body if layout is not None else 0), end=None, number=0, out=str(out), name=path.name,
        delimiter=layout.delimiter if layout is not None else ",", header=layout.header if layout is not None else (),
        options=options,
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    outcome = read_stretch(task)
    tables: dict[str, list[dict[str, Any]]] = {}
    for part in sorted(out.glob("*.parquet")):
        rows = tables.setdefault(part.name.partition("-")[0], [])
        rows.extend(said(row) for row in pq.read_table(part).to_pylist())
    return found.reader.id, tables, outcome


def said(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says: its values that are not null, without evidence, locator and sightings."""
    return {name: value for name, value in row.items() if value is not None and name not in _OURS}


def fixture(name: str) -> Path:
    return HERE / name
