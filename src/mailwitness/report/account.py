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

from mailwitness.report import coverage, exposure, questions
from mailwitness.report.coverage import Outlook
from mailwitness.report.detail import FindingDetail, finding_details
from mailwitness.report.exposure import Schedule
from mailwitness.report.listing import Listing, ask
from mailwitness.report.next_steps import Step, next_steps
from mailwitness.report.oddities import ODDITIES
from mailwitness.report.summary import Summary, limits_of, summarise

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Account:
    """What a case says. Each listing's ``key`` is its name here, its CSV file and its sheet."""

    about: Mapping[str, str]
    summary: Summary
    evidence: Listing
    periods: Listing
    mailboxes: Listing
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
    next_steps: tuple[Step, ...]
    verdicts: Listing
    findings: tuple[FindingDetail, ...]
    findings_total: int
    schedules: tuple[Schedule, ...]
    outlook: Outlook
    limits: tuple[str, ...]

    def listings(self) -> tuple[Listing, ...]:
        """All plain listings, in the order of reading."""
        return (
            self.evidence,
            self.periods,
            self.mailboxes,
            self.coverage,
            self.feeds,
            self.sessions,
            self.background,
            self.oddities,
            self.rejects,
            self.skips,
            self.faults,
            self.conflicts,
            self.errata,
            self.undecided,
            self.verdicts,
        )

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
            "limits": list(self.limits),
        }


def build_account(connection: duckdb.DuckDBPyConnection, about: Mapping[str, str]) -> Account:
    """The account of the case whose tables are views of ``connection``, which also has ``errata_applying`` (see `mailwitness.errata`).

    ``about`` is what the case itself does not hold: ``version``, ``case``, ``as_of``, ``made_at`` and what else the caller
    wants printed under method.
    """
    listed = {
        question.key: ask(connection, question)
        for question in (
            questions.EVIDENCE,
            questions.PERIODS,
            questions.MAILBOXES,
            coverage.COVERAGE,
            coverage.FEEDS,
            exposure.SESSIONS,
            exposure.BACKGROUND,
            ODDITIES,
            questions.REJECTS,
            questions.SKIPS,
            questions.FAULTS,
            questions.CONFLICTS,
            questions.ERRATA,
            questions.UNDECIDED,
            questions.VERDICTS,
        )
    }
    findings, findings_total = finding_details(connection)
    seen = coverage.outlook(connection)
    return Account(
        about=dict(about),
        summary=summarise(connection, listed, seen.statement),
        **listed,
        next_steps=next_steps(connection),
        findings=findings,
        findings_total=findings_total,
        schedules=exposure.schedules(connection, listed["sessions"]),
        outlook=seen,
        limits=limits_of(about),
    )
