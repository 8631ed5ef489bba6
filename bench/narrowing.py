"""Whether a narrow question ever answers otherwise than the question of the whole case.

    python bench/narrowing.py CASE [--mailboxes 3] [--days 2]

Asks a case everything, and then again narrowed to a mailbox, to a stretch of time, and to an actor: the mailboxes and actors that verdicts hold something
against first. Two decided verdicts on one claim and subject that differ are a contradiction, and the script ends with 1. A narrow question that leaves
open what the whole decides, or decides what the whole leaves open, is counted by its reasons: the first is a loss; the second is right where a claim
is about the time asked for (a list may be exact for an hour and not for a month), and a fault elsewhere.

Limits: a mailbox's coverage is compared stretch by stretch where two overlap; findings about logs and about the tenant are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mailwitness import Case
from mailwitness.workflow.case import Answer

Key = tuple[str, str, str, str]
Row = dict[str, Any]

OF_MAILBOXES = "mailbox IS NOT NULL AND subject_kind <> 'feed'"
COLUMNS = ("claim", "subject_kind", "subject", "mailbox", "verdict", "state", "time_from", "time_to")


def key(row: Row) -> Key:
    return row["claim"], row["subject_kind"], row["subject"], row["mailbox"]


def whole_of(case: Case) -> dict[Key, list[Row]]:
    """The findings of the whole case, by what they are about."""
    found: dict[Key, list[Row]] = defaultdict(list)
    for values in case.sql(f"SELECT {', '.join(COLUMNS)} FROM findings WHERE {OF_MAILBOXES}").fetchall():
        row = dict(zip(COLUMNS, values, strict=True))
        found[key(row)].append(row)
    return found


def compared(answer: Answer, whole: dict[Key, list[Row]]) -> tuple[list[str], Counter[str]]:
    """Contradictions, and what else differs, by its reasons."""
    codes: dict[str, set[str]] = defaultdict(set)
    for reason in answer.reasons:
        codes[reason["finding_id"]].add(reason["code"])
    contradictions: list[str] = []
    others: Counter[str] = Counter()
    for row in answer.findings:
        verdicts = {
            known["verdict"] for known in whole.get(key(row), []) if row["state"] is None or _overlap(row, known)
        }
        if not verdicts or row["verdict"] in verdicts:
            continue
        why = f"{row['claim']} ({', '.join(sorted(codes[row['finding_id']]))})"
        if row["verdict"] == "undecidable":
            others[f"left open: {why}"] += 1
        elif verdicts == {"undecidable"}:
            others[f"decided: {why}"] += 1
        else:
            contradictions.append(f"{key(row)}: {row['verdict']}, as a whole {', '.join(sorted(verdicts))}")
    return contradictions, others


def _overlap(one: Row, other: Row) -> bool:
    return bool(one["time_from"] < other["time_to"] and other["time_from"] < one["time_to"])


def questions_of(case: Case, mailboxes: int, days: int) -> list[dict[str, Any]]:
    """The narrow questions: those with something decided against them first."""
    held = f"FROM findings WHERE {OF_MAILBOXES} AND pillar IN ('accuracy', 'provenance')"
    order = "ORDER BY count(*) FILTER (verdict = 'contradicted') DESC, 1"
    names = _firsts(case, f"SELECT mailbox {held} GROUP BY mailbox {order} LIMIT {mailboxes}")
    actors = _firsts(case, f"SELECT actor {held} AND actor IS NOT NULL GROUP BY actor {order} LIMIT {mailboxes}")
    middle: datetime = case.sql(
        "SELECT date_trunc('day', min(time) + (max(time) - min(time)) / 2) FROM mail_accesses"
    ).fetchall()[0][0]
    stretch = {"time_from": middle, "time_to": middle + timedelta(days=days)}
    return [
        *({"mailbox": name} for name in names),
        *({"mailbox": name, **stretch} for name in names),
        *({"actor": actor} for actor in actors),
        stretch,
    ]


def _firsts(case: Case, query: str) -> list[Any]:
    return [row[0] for row in case.sql(query).fetchall()]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("case")
    parser.add_argument("--mailboxes", type=int, default=3)
    parser.add_argument("--days", type=int, default=2)
    asked = parser.parse_args(arguments)
    case = Case.open(asked.case)
    whole = whole_of(case)
    is_wrong = False
    for question in questions_of(case, asked.mailboxes, asked.days):
        answer = case.ask(None, **question)
        contradictions, others = compared(answer, whole)
        is_wrong = is_wrong or bool(contradictions)
        print(
            ", ".join(f"{name} {value}" for name, value in question.items()),
            f": {len(answer.findings)} findings",
            flush=True,
        )
        for line in contradictions:
            print("   CONTRADICTED", line)
        for line, count in sorted(others.items()):
            print(f"   {count} {line}")
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
