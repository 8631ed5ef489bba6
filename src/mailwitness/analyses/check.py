"""Checks every SQL file against the declared tables and a reviewed subset that other engines share.

`problems` gives a sentence for each fault: a table or column nobody declares, a parameter that is no parameter, a form outside
the subset, or SQL that cannot be written for Spark. The subset is in this module and nowhere else.

Limits: the check reads SQL; that engines also give equal rows is the conformance suite's to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from mailwitness.analyses import GIVEN, PARAMETERS, REASON_COLUMNS, Question, View, questions, views_for
from mailwitness.model.tables import TABLES

PORTABLE_FUNCTIONS = frozenset({
    # aggregates whose result does not hang on the order of rows
    "COUNT", "MIN", "MAX", "SUM", "LOGICAL_AND", "LOGICAL_OR", "ARRAY_AGG",
    # texts, choices, types; SUBSTRING counts characters from 1
    "LOWER", "UPPER", "TRIM", "LENGTH", "REPLACE", "SUBSTRING", "COALESCE", "CASE", "IF", "CAST", "NULLIF", "GREATEST", "LEAST", "AND", "OR", "XOR",
    "EXISTS",
    # where a text lies in another, counted in characters from 1
    "STR_POSITION",
    # DATE_TRUNC of a time without zone, as all times here are
    "TIMESTAMP_TRUNC",
    # rows before and after, in an order that ends with a unique id
    "LAG", "LEAD", "ROW_NUMBER",
    # makes a gathered list independent of the order of rows
    "ARRAY_SORT",
})  # fmt: skip
"""Functions that mean the same in DuckDB and Spark. Left out on purpose: anything approximate, first and last and any_value,
split, epoch conversions, time buckets, regular expressions (two dialects), hashes (two encodings)."""

UNIQUE_IDS = frozenset({"row_id", "access_id", "finding_id", "moment"})
"""What the ORDER BY of a window ends with: by time alone, engines give different answers. ``moment`` is a time that is distinct in its partition."""

FORBIDDEN_FORMS: Mapping[type[exp.Expr], str] = {
    exp.Qualify: "QUALIFY is not in Spark; use a step with the window and a WHERE after it",
    exp.Pivot: "PIVOT differs between engines",
    exp.Unnest: "UNNEST differs between engines",
    exp.TableSample: "a sample is not determined by the rows",
    exp.Limit: "a LIMIT takes rows that nothing determines",
    exp.Rand: "a random number is not determined by the rows",
    exp.CurrentDate: "an analysis has no clock; use $as_of",
    exp.CurrentTimestamp: "an analysis has no clock; use $as_of",
}


def problems() -> Iterator[str]:
    """Every fault of every file, as ``<path>: <what>``."""
    for pillar in sorted({question.pillar for question in questions()}):
        known = dict(_declared())
        for view in views_for([pillar]):
            faults, columns = faults_of(view.sql, known)
            yield from (f"{view.path}: {fault}" for fault in faults)
            known[view.name] = dict.fromkeys(columns, "TEXT")
        for question in questions(pillar):
            yield from (f"{question.path}: {fault}" for fault in faults_of_question(question, known))


def faults_of_question(question: Question, known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Faults of one question, given the tables and views it may name."""
    faults, columns = faults_of(question.sql, known)
    faults += [
        f"returns {name!r}, which is no column of a reason row" for name in columns if name not in REASON_COLUMNS
    ]
    faults += [f"returns no {name!r}" for name in ("code", "stance", "sentence") if columns and name not in columns]
    faults += [f"needs {name!r}, which is no table" for name in question.needs if name not in TABLES]
    return faults


def faults_of(sql: str, known: Mapping[str, Mapping[str, str]]) -> tuple[list[str], Sequence[str]]:
    """(faults, columns returned) of one SELECT over the known tables."""
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except SqlglotError as error:
        return [f"is not SQL: {error}"], ()
    if not isinstance(tree, exp.Query):
        return ["is not one SELECT"], ()
    faults = list(_unknown_tables(tree, known)) + list(_outside_subset(tree)) + list(_parameters(tree))
    try:
        sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        faults.append(f"cannot be written for Spark: {error}")
    if faults:
        return faults, ()
    try:
        qualified = qualify(
            tree.copy(), schema={name: dict(columns) for name, columns in known.items()}, dialect="duckdb"
        )
    except SqlglotError as error:
        return [str(error)], ()
    assert isinstance(qualified, exp.Query)
    return [], qualified.named_selects


def views_known(pillar: str) -> Mapping[str, Mapping[str, str]]:
    """Everything a question of the pillar may name: declared tables, what the runner gives, the pillar's views."""
    known = dict(_declared())
    for view in views_for([pillar]):
        known[view.name] = dict.fromkeys(faults_of(view.sql, known)[1], "TEXT")
    return known


def tables_of(part: Question | View) -> frozenset[str]:
    """The tables and views that a file names: its dependencies."""
    tree = sqlglot.parse_one(part.sql, dialect="duckdb")
    steps = {step.alias for step in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - steps


def _declared() -> Mapping[str, dict[str, str]]:
    tables = {**{name: table for name, table in TABLES.items() if table.kind != "answer"}, **GIVEN}
    return {name: dict.fromkeys(table.column_names(), "TEXT") for name, table in tables.items()}


def _unknown_tables(tree: exp.Expr, known: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    steps = {step.alias for step in tree.find_all(exp.CTE)}
    for name in sorted({table.name for table in tree.find_all(exp.Table)}):
        if name not in known and name not in steps:
            yield f"names {name!r}, which is no table or view before it"


def _parameters(tree: exp.Expr) -> Iterator[str]:
    names = {node.name for node in tree.find_all(exp.Parameter)} | {
        node.name for node in tree.find_all(exp.Placeholder)
    }
    for name in sorted(names - PARAMETERS.keys()):
        yield f"has the parameter {name!r}; there are {', '.join(PARAMETERS)}"


def _outside_subset(tree: exp.Expr) -> Iterator[str]:
    for node in tree.walk():
        for form, why in FORBIDDEN_FORMS.items():
            if isinstance(node, form):
                yield f"{node.sql('duckdb')[:60]!r}: {why}"
        if isinstance(node, exp.Func) and not isinstance(node, (exp.And, exp.Or)):
            name = node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name()
            if name not in PORTABLE_FUNCTIONS:
                yield f"calls {name}, which is not in the portable subset"
        if isinstance(node, exp.Join) and (node.args.get("method") or node.args.get("using")):
            yield f"joins with {node.args.get('method') or 'USING'}; use ON, and half-open intervals in place of ASOF"
        if isinstance(node, exp.ArrayAgg) and not isinstance(node.parent, exp.ArraySort):
            yield "gathers a list without sorting it"
        if isinstance(node, exp.Window):
            yield from _window(node)
    for select in tree.find_all(exp.Select):
        if any(part.is_star for part in select.expressions):
            yield "selects *; name the columns"


def _window(node: exp.Window) -> Iterator[str]:
    order = node.args.get("order")
    if order is None:
        yield f"{node.sql('duckdb')[:60]!r}: a window without ORDER BY"
        return
    last = order.expressions[-1].this
    if not isinstance(last, exp.Column) or last.name not in UNIQUE_IDS:
        yield f"{node.sql('duckdb')[:80]!r}: the ORDER BY of a window ends with a unique id ({', '.join(sorted(UNIQUE_IDS))})"
