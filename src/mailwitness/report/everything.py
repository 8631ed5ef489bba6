"""The listings that outputs with room for everything write: those of the account, and those it can only show a part of."""

from __future__ import annotations

from mailwitness.report import accuracy, coverage, custody, exposure, posture, provenance, questions
from mailwitness.report.detail import FINDINGS, REASONS, REFS
from mailwitness.report.oddities import ODDITIES

EVERYTHING = (
    exposure.SESSIONS,
    questions.MAILBOXES,
    exposure.MESSAGES,
    exposure.FOLDERS,
    exposure.UNKNOWN,
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
    FINDINGS,
    REASONS,
    REFS,
    questions.VERDICTS,
    questions.UNDECIDED,
    questions.DECIDED_BY,
    ODDITIES,
    exposure.BACKGROUND,
    questions.PERIODS,
    questions.EVIDENCE,
    questions.REJECTS,
    questions.SKIPS,
    questions.FAULTS,
    questions.CONFLICTS,
    questions.ERRATA,
    custody.CUSTODY,
    custody.ASKED,
)
