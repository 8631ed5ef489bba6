"""Known defects of the logs themselves, one file each: what is wrong, when, how to see it, and which claims it qualifies.

A file ``mw_e<number>_<slug>.sql`` begins with a comment that is YAML. What can be recognised in data has SQL after it, which gives the
rows it touches: ``table_name, row_id, time``. What cannot be seen in data has none, and is listed where its window overlaps the log at hand.

The number is stable: findings and other people's reports cite it. An erratum is never deleted; when it ends, it gets an end.

Limits: the catalogue holds what is public. That a log has no entry here does not mean that it is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml

from mailwitness.errors import UsageError

LOGS = ("signins", "unified", "graph_activity", "settings", "collection")
"""What an erratum is about: the sign-in logs, the unified audit log, the Graph activity log, settings as shown, or how logs are fetched."""

EFFECTS = (
    "false success", "false failure", "missing", "delayed", "duplicated", "misattributed", "truncated", "ambiguous",
)  # fmt: skip

CONFIDENCE = ("established", "documented", "observed", "reported")
"""established: told by the vendor and others. documented: in the vendor's own documentation. observed: counted in public data.
reported: told by one party or by news."""

_HERE = Path(__file__).parent
_HEADER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_PERIOD_OF = {
    "signins": "SELECT min(time), max(time) FROM signins WHERE stream IS DISTINCT FROM 'unified_audit_log'",
    "unified": "SELECT min(time), max(time) FROM audit_events",
    "graph_activity": "SELECT min(time), max(time) FROM graph_activity",
    "settings": "SELECT min(time), max(time) FROM setting_observations",
    "collection": """SELECT min(time), max(time) FROM (
        SELECT time FROM audit_events UNION ALL SELECT time FROM signins WHERE stream IS DISTINCT FROM 'unified_audit_log')""",
}


@dataclass(frozen=True, slots=True)
class Erratum:
    """One entry. ``window_from`` and ``window_to`` are days, the last included; None is open. ``sql`` is empty where data cannot tell."""

    id: str
    slug: str
    title: str
    log: str
    effect: str
    window_from: date | None
    window_to: date | None
    condition: str
    recognise: str
    doubt: str | None
    claims: tuple[str, ...]
    confidence: str
    checked: date
    sources: tuple[str, ...]
    path: Path
    sql: str


@dataclass(frozen=True, slots=True)
class Applying:
    """One erratum that applies to a case. ``seen``: rows show it. ``possible``: its window meets the log's. ``always``: it has none.

    ``rows`` is how many rows it touches, None where data cannot tell; the times are the first and last of them, else of the log's
    stretch that its window meets.
    """

    erratum: Erratum
    how: Literal["seen", "possible", "always"]
    rows: int | None
    time_from: datetime | None
    time_to: datetime | None


def catalogue() -> tuple[Erratum, ...]:
    """Every entry, by number."""
    return _catalogue()


def erratum(name: str) -> Erratum:
    """The entry of that id (``MW-E0001``), number or slug."""
    asked = name.strip().lower().replace("_", "-")
    for one in _catalogue():
        if asked in (
            one.id.lower(),
            one.id.lower().removeprefix("mw-"),
            str(int(one.id[4:])),
            one.slug.replace("_", "-"),
        ):
            return one
    raise UsageError(f"no erratum {name!r}; `mailwitness errata` lists them (MW-E0001 to {_catalogue()[-1].id})")


def applying(connection: duckdb.DuckDBPyConnection) -> Iterator[Applying]:
    """The entries that apply to the case whose tables are views of this connection, by number."""
    periods = {log: connection.execute(sql).fetchall()[0] for log, sql in _PERIOD_OF.items()}
    for one in _catalogue():
        begin, end = periods[one.log]
        if one.sql:
            rows, first, last = connection.execute(
                f"SELECT count(*), min(time), max(time) FROM ({one.sql})"
            ).fetchall()[0]
            if rows:
                yield Applying(one, "seen", rows, first, last)
        elif begin is not None and _meets(one, begin, end):
            has_window = one.window_from is not None or one.window_to is not None
            yield Applying(one, "possible" if has_window else "always", None, begin, end)


def make_applying(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table ``errata_applying``: a row for every entry that applies, for reports and queries."""
    found = list(applying(connection))
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE errata_applying (
            id VARCHAR, effect VARCHAR, title VARCHAR, how VARCHAR, rows BIGINT, time_from TIMESTAMP, time_to TIMESTAMP,
            claims VARCHAR[], sources VARCHAR[])""")
    if found:
        connection.executemany(
            "INSERT INTO errata_applying VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    one.erratum.id, one.erratum.effect, one.erratum.title, one.how, one.rows, one.time_from, one.time_to,
                    list(one.erratum.claims), list(one.erratum.sources),
                )
                for one in found
            ],
        )  # fmt: skip


def _meets(one: Erratum, begin: datetime, end: datetime) -> bool:
    return (one.window_from is None or end.date() >= one.window_from) and (
        one.window_to is None or begin.date() <= one.window_to
    )


def read_erratum(path: Path) -> Erratum:
    """The entry in a file; ValueError says what its comment lacks or has wrong."""
    text = path.read_text("utf-8")
    match = _HEADER.match(text)
    if match is None:
        raise ValueError(f"{path}: does not begin with a comment in /* */")
    header: dict[str, Any] = yaml.safe_load(match[1])
    wanted = {
        "id", "title", "log", "effect", "from", "to", "condition", "recognise", "claims", "confidence", "checked", "sources",
    }  # fmt: skip
    missing, unknown = sorted(wanted - header.keys()), sorted(header.keys() - wanted - {"doubt"})
    if missing or unknown:
        raise ValueError(f"{path}: the comment at the top lacks {missing} and has unknown {unknown}")
    for key, known in (("log", LOGS), ("effect", EFFECTS), ("confidence", CONFIDENCE)):
        if header[key] not in known:
            raise ValueError(f"{path}: {key} {header[key]!r} is not known; it is one of {', '.join(known)}")
    number, slug = re.fullmatch(r"mw_e(\d{4})_(\w+)", path.stem).groups()  # type: ignore[union-attr]
    if header["id"] != f"MW-E{number}":
        raise ValueError(f"{path}: says id {header['id']!r}")
    return Erratum(
        id=header["id"],
        slug=slug,
        title=header["title"],
        log=header["log"],
        effect=header["effect"],
        window_from=header["from"],
        window_to=header["to"],
        condition=" ".join(header["condition"].split()),
        recognise=" ".join(header["recognise"].split()),
        doubt=" ".join(header["doubt"].split()) if "doubt" in header else None,
        claims=tuple(header["claims"]),
        confidence=header["confidence"],
        checked=header["checked"],
        sources=tuple(header["sources"]),
        path=path,
        sql=text[match.end() :].strip().rstrip(";"),
    )


@cache
def _catalogue() -> tuple[Erratum, ...]:
    return tuple(read_erratum(path) for path in sorted(_HERE.glob("mw_e*.sql")))
