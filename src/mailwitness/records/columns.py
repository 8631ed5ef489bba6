"""Rows and columns as Arrow: the schema of every declared table, and how record families fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.model.evidence import Family, RawRecord, Reject, Typed
from mailwitness.model.tables import table
from mailwitness.records.values import parse_time

ARROW_TYPES = {
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@cache
def arrow_schema(table_name: str) -> pa.Schema:
    """The Arrow schema of a declared table."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table(table_name).columns])


def times(texts: pa.Array) -> pa.Array:
    """UTC timestamps from ISO texts; what cannot be read is null. Fast where all texts are of the usual form."""
    try:
        plain = pc.utf8_rtrim(texts, "Z")
        return pc.cast(plain, pa.timestamp("ns")).cast(pa.timestamp("us"), safe=False)
    except pa.ArrowInvalid:
        return pa.array([parse_time(text) for text in texts.to_pylist()], pa.timestamp("us"))


def text_array(values: Sequence[Any]) -> pa.Array:
    """Texts as a column; a lone surrogate, which UTF-8 cannot hold, is replaced."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if v is None else v.encode("utf-8", "replace").decode() for v in values], pa.string())


def not_empty(column: pa.Array) -> pa.Array:
    """A text column in which empty text is null, as the vendor writes what it does not know."""
    if column.null_count < len(column) and pc.min(pc.binary_length(column)).as_py() == 0:
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    return column


def lowered(column: pa.Array) -> pa.Array:
    """Texts in lower case, as Python has it."""
    if pc.all(pc.string_is_ascii(column)).as_py() is not False:
        return pc.ascii_lower(column)
    return mapped(column, str.lower, pa.string())


def constant(value: str | int, rows: int) -> pa.Array:
    """A column that says the same of every row."""
    return pa.repeat(pa.scalar(value, pa.string() if isinstance(value, str) else pa.int64()), rows)


def locators(places: Iterable[tuple[int, int]]) -> pa.Array:
    """``bytes=<offset>+<length>`` of every row."""
    return pa.array([f"bytes={offset}+{length}" for offset, length in places], pa.string())


def mapped(values: pa.Array, function: Callable[[str], Any], type_: pa.DataType) -> pa.Array:
    """A function of each text, called once for each distinct one; null stays null."""
    encoded = values.dictionary_encode()
    made = pa.array([function(value) for value in encoded.dictionary.to_pylist()], type_)
    return made.take(encoded.indices)


def table_from_columns(table_name: str, columns: Mapping[str, Any], rows: int) -> pa.Table:
    """A table in its declared columns from arrays by name; columns not given are null."""
    schema = arrow_schema(table_name)
    unknown = columns.keys() - set(schema.names)
    if unknown:
        raise KeyError(f"table {table_name} has no column {sorted(unknown)}")
    return pa.Table.from_arrays(
        [columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in schema], schema=schema
    )


def table_from_rows(table_name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """A table in its declared columns from row dicts; missing keys are null, aware times become UTC."""
    made: dict[str, Any] = {}
    for column in table(table_name).columns:
        values = [row.get(column.name) for row in rows]
        if column.type == "text":
            made[column.name] = text_array(values)
        elif column.type == "time":
            made[column.name] = pa.array(
                [parse_time(v) if isinstance(v, (str, datetime)) else v for v in values], pa.timestamp("us")
            )
        else:
            made[column.name] = pa.array(values, ARROW_TYPES[column.type])
    unknown = {key for row in rows for key in row} - made.keys()
    if unknown:
        raise KeyError(f"table {table_name} has no column {sorted(unknown)}")
    return pa.Table.from_arrays(list(made.values()), schema=arrow_schema(table_name))


def row_by_row(
    family_id: str, primary: str, derived: Sequence[str], of: Callable[[RawRecord], Rows | Reject]
) -> Family:
    """A family from a function of one record; for families whose volume does not ask for more.

    ``of`` gives exactly one row for the primary table, with its row_id, and any number for the derived ones.
    """

    def build(batch: Sequence[RawRecord], evidence_id: str) -> Typed:
        rows: dict[str, list[dict[str, Any]]] = {}
        rejects: list[Reject] = []
        for raw in batch:
            made = of(raw)
            if isinstance(made, Reject):
                rejects.append(made)
                continue
            if len(made.get(primary, ())) != 1:
                raise ValueError(f"family {family_id}: {len(made.get(primary, ()))} rows for {primary}, one is due")
            for name, found in made.items():
                for row in found:
                    common = {"evidence_id": evidence_id, "locator": raw.locator, "sightings": 1}
                    rows.setdefault(name, []).append({**row, **common})
        return Typed({name: table_from_rows(name, found) for name, found in rows.items()}, rejects)

    return Family(family_id, primary, frozenset(derived), build)
