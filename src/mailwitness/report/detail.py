"""Findings in full: the claim, its reasons, and the rows they rest on with their place in the evidence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import duckdb

from mailwitness.model.findings import Finding, Reason
from mailwitness.model.tables import TABLES
from mailwitness.report.listing import CELL, Question, columns, plain
from mailwitness.report.text import cut

IN_ALL = 300
"""Findings shown in full, shared out among claims and verdicts so that a frequent one does not hide the rare one."""

REFS_EACH = 12

_SEVERITY = "CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END"
ORDER = f"{_SEVERITY}, claim, verdict DESC, time_from NULLS LAST, finding_id"

FINDINGS = Question(
    "findings",
    "Findings",
    "One row is one claim about one subject, judged.",
    columns("""
finding_id    code  Finding
verdict       text  Verdict
title         text  Title
claim         text  Claim
pillar        text  Pillar
subject_kind  text  Subject is a
subject       code  Subject
mailbox       text  Mailbox
actor         text  Actor
actor_kind    text  Actor is a
accessed_as   text  Accessed as
time_from     time  From
time_to       time  To
basis         text  Basis
state         text  State
bounds        text  Bounds
severity      text  Severity
would_decide  text  Would decide it
"""),
    "SELECT * FROM findings",
    ORDER,
    "No analysis has given a finding.",
)

REASONS = Question(
    "reasons",
    "Reasons",
    "One row is one reason of one finding.",
    columns("""
finding_id  code  Finding
code        code  Code
stance      text  Stance
sentence    text  Sentence
"""),
    "SELECT * FROM reasons",
    "finding_id, code, stance, sentence",
)

REFS = Question(
    "refs",
    "References",
    "One row is one row that a reason rests on.",
    columns("""
finding_id  code  Finding
table_name  code  Table
row_id      code  Row
role        text  Role
"""),
    "SELECT * FROM refs",
    "finding_id, table_name, row_id, role",
)

_FIELDS = tuple(column.name for column in FINDINGS.columns)


@dataclass(frozen=True, slots=True)
class PlacedRef:
    """A row that a reason rests on, and where its record lies; the place is None where the table has none."""

    table_name: str
    row_id: str
    role: str | None
    evidence_id: str | None
    evidence_name: str | None
    locator: str | None


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """One finding with its reasons and the first of its references; ``refs_total`` is how many there are."""

    finding: Finding
    refs: tuple[PlacedRef, ...]
    refs_total: int

    def to_dict(self) -> dict[str, Any]:
        finding = self.finding
        return {
            **{name: plain(getattr(finding, name)) for name in _FIELDS},
            "reasons": [
                {"code": reason.code, "stance": reason.stance, "sentence": reason.sentence}
                for reason in finding.reasons
            ],
            "refs_total": self.refs_total,
            "refs": [
                {
                    "table_name": ref.table_name,
                    "row_id": ref.row_id,
                    "role": ref.role,
                    "evidence_id": ref.evidence_id,
                    "evidence_name": ref.evidence_name,
                    "locator": ref.locator,
                }
                for ref in self.refs
            ],
        }


def finding_details(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[FindingDetail, ...], int]:
    """The findings to show in full, most severe first, and how many there are in all."""
    (total,) = connection.execute("SELECT count(*) FROM findings").fetchone() or (0,)
    if not total:
        return (), 0
    groups = _groups(connection)
    shares = fair_shares([findings for _, _, findings in groups], IN_ALL)
    rows = [
        row
        for (claim, verdict, _), share in zip(groups, shares, strict=True)
        for row in _first_of(connection, claim, verdict, share)
    ]
    shown = [_cut(dict(zip(_FIELDS, row, strict=True))) for row in rows]
    ids = [row["finding_id"] for row in shown]
    reasons = _reasons(connection, ids)
    refs, totals = _refs(connection, ids)
    details = tuple(
        FindingDetail(
            Finding(**row, reasons=tuple(reasons[row["finding_id"]])),
            tuple(refs[row["finding_id"]]),
            totals.get(row["finding_id"], 0),
        )
        for row in shown
    )
    return details, total


def fair_shares(sizes: list[int], room: int) -> list[int]:
    """How much of each group fits: small ones whole, the others alike, and of each at least one."""
    shares = [0] * len(sizes)
    left = room
    by_size = sorted(range(len(sizes)), key=lambda number: sizes[number])
    for place, number in enumerate(by_size):
        shares[number] = min(sizes[number], max(1, left // (len(sizes) - place)))
        left = max(0, left - shares[number])
    return shares


def _groups(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """Claims and verdicts with how many findings, those with the most severe finding first, recommendations after intrusions, then the rarest."""
    return connection.execute(
        f"""SELECT claim, verdict, count(*) FROM findings GROUP BY claim, verdict
        ORDER BY min({_SEVERITY}), bool_and(pillar = 'posture'), count(*), claim, verdict"""
    ).fetchall()


def _first_of(connection: duckdb.DuckDBPyConnection, claim: str, verdict: str, share: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"SELECT {', '.join(_FIELDS)} FROM findings WHERE claim = $claim AND verdict = $verdict ORDER BY {ORDER} LIMIT {share}",
        {"claim": claim, "verdict": verdict},
    ).fetchall()


def _reasons(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> dict[str, list[Reason]]:
    found: dict[str, list[Reason]] = defaultdict(list)
    rows = connection.execute(
        """SELECT finding_id, code, stance, sentence FROM reasons WHERE finding_id IN (SELECT unnest($ids))
        ORDER BY finding_id, CASE stance WHEN 'against' THEN 0 WHEN 'for' THEN 1 ELSE 2 END, code, sentence""",
        {"ids": ids},
    ).fetchall()
    for finding_id, code, stance, sentence in rows:
        found[finding_id].append(Reason(code, stance, cut(sentence or "", CELL)))
    return found


def _refs(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> tuple[dict[str, list[PlacedRef]], dict[str, int]]:
    rows = connection.execute(
        f"""SELECT finding_id, table_name, row_id, role, count(*) OVER (PARTITION BY finding_id)
        FROM refs WHERE finding_id IN (SELECT unnest($ids))
        QUALIFY row_number() OVER (PARTITION BY finding_id ORDER BY role, table_name, row_id) <= {REFS_EACH}
        ORDER BY finding_id, role, table_name, row_id""",
        {"ids": ids},
    ).fetchall()
    wanted: dict[str, set[str]] = defaultdict(set)
    for _, table_name, row_id, _, _ in rows:
        wanted[table_name].add(row_id)
    places = {name: _places(connection, name, row_ids) for name, row_ids in wanted.items()}
    found: dict[str, list[PlacedRef]] = defaultdict(list)
    totals: dict[str, int] = {}
    for finding_id, table_name, row_id, role, total in rows:
        place = places[table_name].get(row_id, (None, None, None))
        found[finding_id].append(PlacedRef(table_name, row_id, role, *place))
        totals[finding_id] = total
    return found, totals


def _places(
    connection: duckdb.DuckDBPyConnection, table_name: str, row_ids: set[str]
) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Evidence id, name and locator by row id; empty for tables that are computed and lie nowhere."""
    table = TABLES.get(table_name)
    if table is None or not {"row_id", "evidence_id", "locator"} <= set(table.column_names()):
        return {}
    rows = connection.execute(
        f"""SELECT t.row_id, t.evidence_id, e.name, t.locator FROM {table.name} AS t
        LEFT JOIN evidence AS e USING (evidence_id) WHERE t.row_id IN (SELECT unnest($ids))
        ORDER BY t.row_id, t.evidence_id, t.locator""",
        {"ids": sorted(row_ids)},
    ).fetchall()
    return {row_id: (evidence_id, name, locator) for row_id, evidence_id, name, locator in rows}


def _cut(row: dict[str, Any]) -> dict[str, Any]:
    return {name: cut(value, CELL) if isinstance(value, str) else value for name, value in row.items()}
