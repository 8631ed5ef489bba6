"""The account as one HTML file that needs nothing else: no network, no font, no script from elsewhere.

It leads with the answer. Tables sort and filter with a small script of our own and read as well without it; on paper the headers
repeat and no row is cut. A content security policy allows only the style and script of this file, by their hash, so that text
of a log could do nothing even if it became markup, which escaping already prevents.

Sources:
    - https://www.w3.org/WAI/ARIA/apg/patterns/table/examples/sortable-table/   (buttons in headers, aria-sort)
    - https://www.w3.org/TR/CSP3/   (hashes)
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources
from pathlib import Path

import duckdb
import jinja2
from markupsafe import Markup

from mailwitness.report.account import Account
from mailwitness.report.coverage import period_text
from mailwitness.report.detail import FindingDetail
from mailwitness.report.listing import Cell, Column, Listing, Row, plain
from mailwitness.report.text import cut, size_text, time_text, visible

CELL = 800
"""Characters of one cell on the page."""

ID = 12
"""Characters of a finding's id that the page shows in tables; ``explain`` takes the beginning of one."""

_SESSION = {
    "actor_kind": "actor",
    "users": "actor",
    "apps": "actor",
    "addresses": "clients",
    "last_time": "first_time",
    "unissued": "actor",
    "throttled": "bounds",
    "remark": "actor",
}
_UNDER: Mapping[str, Mapping[str, str]] = {
    "evidence": {
        "sha256": "name",
        "origin": "name",
        "kept": "name",
        "modified_at": "name",
        "notes": "name",
        "scope_to": "scope_from",
        "acquired_at": "size_bytes",
    },
    "oddities": {"code": "weight", "unit": "amount", "example": "what"},
    "rejects": {"name": "evidence_id", "locator": "example"},
    "skips": {"name": "evidence_id", "locator": "detail"},
    "faults": {"name": "evidence_id", "locator": "example"},
    "conflicts": {"row_id": "example"},
    "errata": {"effect": "id", "sources": "title", "time_to": "time_from"},
    "undecided": {"last": "first"},
    "legacy_successes_judged": {
        "time_to": "time_from",
        "would_decide": "reasons",
        "subject": "title",
        "finding_id": "title",
    },
    "first_factors": {"time_to": "time_from", "would_decide": "reasons", "subject": "title", "finding_id": "title"},
    "legacy_advice": {"time_to": "time_from", "policy_command": "exchange_command"},
    "legacy_protocols_used": {"last": "first"},
    "credentials": {"last": "first"},
    "unissued": {"last": "first"},
    "networks": {"time_to": "time_from", "would_decide": "reasons", "finding_id": "verdict"},
    "posture": {"recommendation": "title", "rows": "met", "finding_id": "met"},
    "custody": {"sha256": "name", "evidence_id": "name"},
    "questions": {"question": "claim", "sha256": "name"},
    "sessions": _SESSION,
    "background": _SESSION,
    "mailboxes": {"last": "first"},
    "coverage": {"time_to": "time_from", "would_decide": "reasons"},
    "feeds": {"time_to": "time_from", "would_decide": "reasons"},
    "messages": {
        "internet_message_id": "subject",
        "last_time": "first_time",
        "client_ip": "client",
        "attachments": "accesses",
    },
    "unknown": {"time_to": "time_from", "would_decide": "reason"},
    "folders": {"last_time": "first_time"},
}
"""Columns shown on a second line below another one, so that wide listings fit a page."""

_LEFT_OUT: Mapping[str, tuple[str, ...]] = {"messages": ("message",), "unknown": ("code",)}
"""Columns that only the outputs for machines have."""

_BARE = {
    "recommendation",
    "policy_command",
    "question",
    "actor_kind",
    "users",
    "code",
    "unit",
    "internet_message_id",
    "addresses",
    "client_ip",
    "name",
    "origin",
}
"""Columns that need no label when they stand below another."""

_SENTENCES = {"reasons"}
"""Lists of whole sentences, which need no comma between them."""

_ENDS = {"last", "last_time", "time_to", "scope_to"}
"""Ends of an interval whose beginning stands above."""

WORDS = {
    "supported": "● supported",
    "contradicted": "○ contradicted",
    "undecidable": "◐ undecidable",
    "problem": "▲ problem",
    "note": "· note",
    "for": "+ for",
    "against": "− against",
    "open": "? open",
    "exact": "● exact",
    "at_least": "◐ at least",
    "unbounded": "○ unbounded",
    "certain": "● certain",
    "met": "● met",
    "not_met": "▲ not met",
    "attention": "◆ look",
    "recorded": "● recorded",
    "degraded": "◐ degraded",
    "blind": "○ blind",
    "unknown": "? unknown",
}
"""Words with a sign: colour is never the only carrier."""


SEE = {
    "undecided": "what is open",
    "decided_by": "what would decide it",
    "mailboxes": "mailboxes",
    "unissued": "these credentials",
    "networks": "these sessions",
    "sessions": "who obtained mail",
    "exposure": "what each obtained",
    "coverage": "calendar of each mailbox",
    "posture": "each with its evidence",
    "feeds": "each log",
    "provenance": "by what is shown",
    "accuracy": "each protocol",
    "first_factors": "whose",
    "legacy_successes_judged": "these sign-ins",
    "errata": "which",
    "next": "how to get it",
    "findings": "findings",
}
"""What a link from a sentence of the answer is called, by the section or listing it leads to."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class _Shown:
    """One cell of the page: its text, the value to sort by, its class, and the lines below it (title, text, class, where a link leads)."""

    text: str
    sort: str
    css: str
    below: tuple[tuple[str, str, str, str | None], ...] = ()


def write(account: Account, connection: duckdb.DuckDBPyConnection, out: Path) -> Path:
    """Write the page to ``out`` and return it. ``connection`` is not asked again: the page shows what the account holds."""
    out.write_text(page(account), encoding="utf-8", newline="\n")
    return out


def page(account: Account) -> str:
    """The whole page."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.DictLoader({"report.html": _asset("report.html")}),
    )
    environment.filters.update(show=show, size=size_text, word=lambda code: WORDS.get(code, show(code)))
    environment.globals.update(
        head=head,
        body=body,
        see=SEE,
        anchor=anchor,
        detail_anchor=detail_anchor,
        sign=lambda state: WORDS[state][0],
        period=period_text,
        weekdays=_WEEKDAYS,
    )
    style, script = _asset("report.css"), _asset("report.js")
    return environment.get_template("report.html").render(
        account=account,
        groups=groups(account),
        linked={detail_anchor(detail.finding.finding_id) for detail in account.findings},
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """The findings shown of one claim and verdict; ``total`` is how many there are."""

    claim: str
    verdict: str
    total: int
    details: tuple[FindingDetail, ...]


def groups(account: Account) -> list[Group]:
    """The findings by claim and verdict, in the order in which they are given."""
    totals = {
        (row["claim"], verdict): row[verdict]
        for row in account.verdicts.dicts()
        for verdict in ("supported", "contradicted", "undecidable")
    }
    found: dict[tuple[str, str], list[FindingDetail]] = {}
    for detail in account.findings:
        found.setdefault((detail.finding.claim, detail.finding.verdict), []).append(detail)
    return [
        Group(claim, verdict, totals.get((claim, verdict), len(details)), tuple(details))
        for (claim, verdict), details in found.items()
    ]


def anchor(claim: str, verdict: str) -> str:
    """The page's id of the findings of a claim and verdict: letters, digits and hyphens only."""
    return f"f-{re.sub('[^a-z0-9]+', '-', claim.lower()).strip('-')}-{verdict}"


def detail_anchor(finding_id: object) -> str:
    """The page's id of a finding in full: letters, digits and hyphens only."""
    return f"d-{re.sub('[^0-9A-Za-z]+', '-', str(finding_id))}"


def show(value: object) -> str:
    """Any value as visible text; what is unknown is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return time_text(value)
    return cut(visible(str(value)), CELL)


def head(listing: Listing) -> list[Column]:
    """The columns that stand on their own on the page; a title names the time or size shown below it too."""
    under = _UNDER.get(listing.key, {})
    aside = {*under, *_LEFT_OUT.get(listing.key, ())}
    titles = {under[column.name]: column.title for column in listing.columns if _is_end(column, under)}
    return [
        replace(column, title=f"{column.title}, {titles[column.name].lower()}") if column.name in titles else column
        for column in listing.columns
        if column.name not in aside
    ]


def _is_end(column: Column, under: Mapping[str, str]) -> bool:
    return column.name in under and column.name in _ENDS


def body(listing: Listing, linked: Set[str] = frozenset()) -> list[list[_Shown]]:
    """The rows of the page: each cell with the lines below it. ``linked``: the ids of findings that the page has in full."""
    return [_shown_row(listing, row, linked) for row in listing.rows]


def _shown_row(listing: Listing, row: Row, linked: Set[str]) -> list[_Shown]:
    under = _UNDER.get(listing.key, {})
    values = dict(zip((column.name for column in listing.columns), row, strict=True))
    texts = {column.name: _text(values[column.name], column) for column in listing.columns}
    below: dict[str, list[tuple[str, str, str, str | None]]] = {}
    for column in listing.columns:
        above = under.get(column.name)
        if above is not None and values[column.name] != 0 and texts[column.name] not in ("–", texts[above]):
            title = "" if column.name in _BARE | _ENDS else column.title
            link = detail_anchor(values[column.name]) if column.name == "finding_id" else None
            below.setdefault(above, []).append(
                (title, texts[column.name], f"k-{column.kind}", link if link in linked else None)
            )
    return [
        _Shown(
            texts[column.name],
            _sort(values[column.name]),
            _css(values[column.name], column),
            tuple(below.get(column.name, ())),
        )
        for column in head(listing)
    ]


def _text(value: Cell, column: Column) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, tuple):
        between = " " if column.name in _SENTENCES else ", "
        return cut(between.join(visible(part) for part in value), CELL)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return size_text(value) if column.kind == "bytes" else f"{value:,}"
    if column.name == "finding_id":
        return show(str(value)[:ID])
    if isinstance(value, str) and column.name in ("weight", "verdict", "stance", "bounds", "state", "met"):
        return WORDS.get(value, show(value))
    return show(value)


def _sort(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return cut(visible(", ".join(value)), 200)
    return cut(visible(str(plain(value))), 200)


def _css(value: Cell, column: Column) -> str:
    names = [f"k-{column.kind}"]
    if isinstance(value, str) and column.name in ("weight", "verdict", "bounds", "state", "met") and value in WORDS:
        names.append(f"v-{value}")
    if column.name == "mailbox":
        names.append("k-mailbox")
    if value == 0 and column.kind == "int":
        names.append("zero")
    return " ".join(names)


def _asset(name: str) -> str:
    return (resources.files("mailwitness.report") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
