"""The account: everything a report says, as one object, read from one case.

Every output (HTML, JSON, CSV, XLSX, terminal) is written from it and adds nothing. It holds the first rows of each listing
with the true totals, so it stays small however large the case is. It knows no clock: what differs between two runs over
the same case (version, time of making, command) is given in ``about``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from mailwitness.report import accuracy, coverage, custody, exposure, posture, provenance, questions
from mailwitness.report.coverage import Outlook
from mailwitness.report.detail import FindingDetail, finding_details
from mailwitness.report.exposure import Schedule
from mailwitness.report.listing import Listing, ask
from mailwitness.report.next_steps import Step, next_steps
from mailwitness.report.oddities import ODDITIES
from mailwitness.report.summary import Summary, limits_of, summarise

SCHEMA_VERSION = 2
"""2: the answer is ``summary.parts`` (questions, sentences, what they rest on) in place of the lists ``answer`` and ``rests_on``."""

_LISTED = (
    questions.EVIDENCE,
    questions.PERIODS,
    questions.MAILBOXES,
    accuracy.PROTOCOLS,
    accuracy.SUCCESSES,
    accuracy.FACTORS,
    accuracy.ADVICE,
    provenance.TIERS,
    provenance.UNISSUED,
    provenance.OBSTACLES,
    provenance.GAPS,
    provenance.NETWORKS,
    coverage.COVERAGE,
    coverage.FEEDS,
    posture.POSTURE,
    exposure.SESSIONS,
    exposure.BACKGROUND,
    ODDITIES,
    questions.REJECTS,
    questions.SKIPS,
    questions.FAULTS,
    questions.CONFLICTS,
    questions.ERRATA,
    questions.UNDECIDED,
    questions.DECIDED_BY,
    questions.VERDICTS,
    custody.CUSTODY,
    custody.ASKED,
)
"""The questions whose first rows the account holds; each listing's key is its name there."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a case says. Each listing's ``key`` is its name here, its CSV file and its sheet."""

    about: Mapping[str, str]
    summary: Summary
    evidence: Listing
    periods: Listing
    mailboxes: Listing
    legacy_protocols_used: Listing
    legacy_successes_judged: Listing
    first_factors: Listing
    legacy_advice: Listing
    closing: tuple[Step, ...]
    credentials: Listing
    unissued: Listing
    provenance_reasons: Listing
    provenance_gaps: Listing
    networks: Listing
    posture: Listing
    coverage: Listing
    feeds: Listing
    sessions: Listing
    background: Listing
    oddities: Listing
    rejects: Listing
    skips: Listing
    faults: Listing
    conflicts: Listing
    errata: Listing
    undecided: Listing
    decided_by: Listing
    custody: Listing
    questions: Listing
    next_steps: tuple[Step, ...]
    verdicts: Listing
    findings: tuple[FindingDetail, ...]
    findings_total: int
    schedules: tuple[Schedule, ...]
    outlook: Outlook
    limits: tuple[str, ...]
    not_asked: tuple[str, ...]
    checks: tuple[Step, ...]

    def listings(self) -> tuple[Listing, ...]:
        """All plain listings, in the order of reading."""
        return tuple(getattr(self, question.key) for question in _LISTED)

    def to_dict(self) -> dict[str, Any]:
        """The account as JSON holds it, with ``schema_version``."""
        return {
            "schema_version": SCHEMA_VERSION,
            "about": dict(self.about),
            "summary": self.summary.to_dict(),
            **{listing.key: listing.to_dict() for listing in self.listings()},
            "next_steps": [step.to_dict() for step in self.next_steps],
            "findings": {
                "total": self.findings_total,
                "shown": len(self.findings),
                "rows": [finding.to_dict() for finding in self.findings],
            },
            "exposure": {
                "total": self.sessions.total,
                "shown": len(self.schedules),
                "schedules": [schedule.to_dict() for schedule in self.schedules],
            },
            "outlook": self.outlook.to_dict(),
            "closing": [step.to_dict() for step in self.closing],
            "limits": list(self.limits),
            "not_asked": list(self.not_asked),
            "checks": [step.to_dict() for step in self.checks],
        }


def build_account(connection: duckdb.DuckDBPyConnection, about: Mapping[str, str]) -> Account:
    """The account of the case whose tables are views of ``connection``, which also has the views of the analyses, ``errata_applying``
    (see `mailwitness.errata`), ``custody_acts`` and ``questions_asked``.

    ``about`` is what the case itself does not hold: ``version``, ``case``, ``as_of``, ``made_at`` and what else the caller
    wants printed under method.
    """
    listed = {question.key: ask(connection, question) for question in _LISTED}
    steps = next_steps(connection)
    findings, findings_total = finding_details(connection)
    return Account(
        about=dict(about),
        summary=summarise(connection, listed, steps),
        **listed,
        next_steps=steps,
        findings=findings,
        findings_total=findings_total,
        schedules=exposure.schedules(connection, listed["sessions"]),
        outlook=coverage.outlook(connection),
        closing=accuracy.closing_steps(connection),
        limits=limits_of(about),
        not_asked=custody.not_asked(),
        checks=custody.checks(about.get("case", "CASE")),
    )
