"""Findings: a claim about a subject, judged from rows, with reasons and references.

One rule turns reasons into a verdict, here and nowhere else. There are no percentages and no scores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["supported", "contradicted", "undecidable"]
Stance = Literal["for", "against", "open"]
Basis = Literal["record", "configuration", "absence", "none"]
Bounds = Literal["exact", "at_least", "unbounded"]


def verdict_of(stances: Iterable[str]) -> Verdict:
    """The verdict that a set of stances gives: only for, supported; only against, contradicted; anything else, undecidable.

    An open reason beside others leaves the claim undecidable, and so does a conflict: both sides are kept and shown.
    """
    kinds = set(stances)
    unknown = kinds - {"for", "against", "open"}
    if unknown:
        raise ValueError(f"stances {sorted(unknown)!r} are not known; a stance is for, against or open")
    if kinds == {"for"}:
        return "supported"
    if kinds == {"against"}:
        return "contradicted"
    return "undecidable"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code, which side it takes, a sentence a person can read."""

    code: str
    stance: Stance
    sentence: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A row that a reason rests on: ``role`` says as what."""

    table_name: str
    row_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim about one subject with its verdict. Times are UTC; None is unknown or not applicable."""

    finding_id: str
    claim: str
    pillar: str
    subject_kind: str
    subject: str
    mailbox: str | None
    actor: str | None
    actor_kind: str | None
    accessed_as: str | None
    time_from: datetime | None
    time_to: datetime | None
    verdict: Verdict
    basis: Basis
    state: str | None
    bounds: Bounds | None
    severity: str | None
    title: str
    would_decide: str | None
    reasons: tuple[Reason, ...] = ()
    refs: tuple[Ref, ...] = ()
