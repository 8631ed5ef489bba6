"""Questions and views, one SQL file each, found in the folders: a folder is a pillar.

A question is a file ``<pillar>/<name>.sql``; a view that questions share is ``<pillar>/_<n>_<name>.sql``, made in the order
of the names. The views in ``shared`` are for all pillars and come first; a pillar sees these and its own. All begin with a comment that is YAML.

A question's comment says ``claim``, ``subject`` (the kind), ``question``, ``nulls``, ``sources`` and ``needs``: a table without
which the claim cannot be judged, and the evidence that would decide it. ``in_turns`` says that the question has a row for every item and looks at one mailbox alone,
so a large case may be asked some mailboxes at a time. ``by_time`` says that the claim is made of a stretch of time, so that each stretch is a finding.
A view's comment says ``row``, and ``kept`` when it is computed once in a run that needs it: ``true`` because it is small and used
often, ``narrowed`` when it is so only for a mailbox or an actor, ``mailbox`` when only for a mailbox.

A question returns reason rows: any of ``REASON_COLUMNS``, a missing one is null. One row is one reason of one finding,
with at most one row it rests on and the record which that row is part of; the same reason may come with many rows. What makes
a finding is its claim, subject kind, subject, mailbox and actor, and the beginning of its stretch where the question is ``by_time``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from mailwitness.errors import UsageError
from mailwitness.model.tables import Column, Table, Type

PARAMETERS: Mapping[str, Type] = {
    "mailbox": "text",
    "actor": "text",
    "time_from": "time",
    "time_to": "time",
    "as_of": "time",
}
"""What a question may be asked with; null where it was not asked."""

REASON_COLUMNS: Mapping[str, Type] = {
    "subject_kind": "text",
    "subject": "text",
    "mailbox": "text",
    "actor": "text",
    "actor_kind": "text",
    "accessed_as": "text",
    "time_from": "time",
    "time_to": "time",
    "basis": "text",
    "state": "text",
    "bounds": "text",
    "severity": "text",
    "title": "text",
    "code": "text",
    "stance": "text",
    "sentence": "text",
    "would_decide": "text",
    "table_name": "text",
    "row_id": "text",
    "role": "text",
    "within_table": "text",
    "within_row_id": "text",
}

GIVEN: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "client_addresses",
            "built",
            "one client address of the mail accesses; made by the runner, for engines differ on addresses",
            (
                Column("client_ip", "text", "as in mail_accesses"),
                Column("is_microsoft_service", "bool", "inside knowledge/microsoft_networks.csv; null: no address"),
                Column("is_asked", "bool", "inside the address or network asked for as actor"),
            ),
        ),
        Table(
            "first_party_apps",
            "built",
            "one application of knowledge/first_party_apps.csv",
            (
                Column("app_id", "text"),
                Column("name", "text"),
                Column("is_front", "bool"),
                Column("is_service", "bool"),
            ),
        ),
        Table(
            "address_networks",
            "built",
            "one IPv6 address of a sign-in or an audit record; made by the runner, for engines differ on addresses",
            (
                Column("address", "text", "lower case"),
                Column("network", "text", "its /64, within which a client changes its address at will"),
            ),
        ),
        Table(
            "legacy_protocols",
            "built",
            "one label that the sign-in log has for a client without modern authentication (knowledge/legacy_protocols.csv)",
            (
                Column("label", "text", "lower case; (ropc) is a password grant under no such label"),
                Column("protocol", "text", "its name in sentences"),
                Column("reads_mail", "bool"),
                Column("client", "text", "as in mail_accesses; * is any; null where the protocol reads no mail"),
                Column("switch", "text", "the setting of a mailbox that closes it"),
                Column("mailbox_parameter", "text", "of Set-CASMailbox, to close it"),
                Column("policy_parameter", "text", "of New-AuthenticationPolicy"),
            ),
        ),
        Table(
            "signin_error_codes",
            "built",
            "one error code of knowledge/signin_error_codes.csv",
            (
                Column("code", "int"),
                Column("name", "text"),
                Column("token_issued", "text", "yes, no, continues"),
                Column("first_factor", "text", "yes, no, none (not asked or not checked), unknown"),
                Column("reading", "text"),
                Column("erratum", "text"),
                Column("source", "text"),
            ),
        ),
        Table(
            "table_presence",
            "built",
            "one table and how many rows the case has in it",
            (Column("name", "text"), Column("rows", "int")),
        ),
    )
}
"""What a run adds to the case's own tables."""

_HERE = Path(__file__).parent
_HEADER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_ORDERED = re.compile(r"^_\d+_")


@dataclass(frozen=True, slots=True)
class Question:
    """One claim that can be judged, and the SQL that gives its reasons."""

    name: str
    pillar: str
    claim: str
    subject_kind: str
    question: str
    nulls: str
    sources: tuple[str, ...]
    needs: Mapping[str, str]
    title: str
    in_turns: bool
    by_time: bool
    path: Path
    sql: str


@dataclass(frozen=True, slots=True)
class View:
    """One relation that questions share. ``kept``: computed once in a run, or in one for a mailbox (or an actor)."""

    name: str
    pillar: str
    row: str
    kept: bool | Literal["narrowed", "mailbox"]
    path: Path
    sql: str


def questions(pillar: str | None = None) -> tuple[Question, ...]:
    """Every question, by pillar and name."""
    return tuple(q for q in _questions() if pillar is None or q.pillar == pillar)


def question(name: str) -> Question:
    """The question of that name or claim."""
    for q in _questions():
        if name in (q.name, q.claim):
            return q
    raise UsageError(f"no question {name!r}; known: {', '.join(q.name for q in _questions())}")


SHARED = "shared"
"""The folder of views that every pillar sees."""


def views(pillar: str) -> tuple[View, ...]:
    """The views of a pillar (or of ``SHARED``), in the order in which they can be made."""
    return tuple(v for v in _views() if v.pillar == pillar)


def views_for(pillars: Sequence[str]) -> tuple[View, ...]:
    """All views that questions of these pillars may name, in the order in which they can be made."""
    return tuple(v for pillar in (SHARED, *sorted(set(pillars) - {SHARED})) for v in views(pillar))


def read_question(path: Path) -> Question:
    """The question in a file; ValueError says what its comment lacks."""
    header, sql = _read(path)
    missing = sorted({"claim", "pillar", "subject", "question", "nulls", "sources", "needs"} - header.keys())
    if missing:
        raise ValueError(f"{path}: the comment at the top has no {', '.join(missing)}")
    if header["pillar"] != path.parent.name:
        raise ValueError(f"{path}: says pillar {header['pillar']!r} and lies in the folder {path.parent.name!r}")
    return Question(
        name=path.stem,
        pillar=header["pillar"],
        claim=header["claim"],
        subject_kind=header["subject"],
        question=" ".join(header["question"].split()),
        nulls=" ".join(header["nulls"].split()),
        sources=tuple(header["sources"]),
        needs=dict(header["needs"]),
        title=header.get("title", header["claim"]),
        in_turns=header.get("in_turns", False),
        by_time=header.get("by_time", False),
        path=path,
        sql=sql,
    )


def _read(path: Path) -> tuple[dict[str, Any], str]:
    text = path.read_text("utf-8")
    match = _HEADER.match(text)
    if match is None:
        raise ValueError(f"{path}: does not begin with a comment in /* */")
    return yaml.safe_load(match[1]), text[match.end() :].strip().rstrip(";")


@cache
def _questions() -> tuple[Question, ...]:
    return tuple(read_question(path) for path in sorted(_HERE.glob("*/[!_]*.sql")))


@cache
def _views() -> tuple[View, ...]:
    made = []
    for path in sorted(_HERE.glob("*/_*.sql")):
        header, sql = _read(path)
        name = _ORDERED.sub("", path.stem)
        made.append(View(name, path.parent.name, " ".join(header["row"].split()), header.get("kept", False), path, sql))
    return tuple(made)
