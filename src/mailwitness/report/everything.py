"""The listings that outputs with room for everything write: those of the account, and those it can only show a part of."""

from __future__ import annotations

from mailwitness.report import coverage, exposure, questions
from mailwitness.report.detail import FINDINGS, REASONS, REFS
from mailwitness.report.oddities import ODDITIES

EVERYTHING = (
    exposure.SESSIONS,
    questions.MAILBOXES,
    exposure.MESSAGES,
    exposure.FOLDERS,
    exposure.UNKNOWN,
    coverage.COVERAGE,
    coverage.FEEDS,
    FINDINGS,
    REASONS,
    REFS,
    questions.VERDICTS,
    questions.UNDECIDED,
    ODDITIES,
    exposure.BACKGROUND,
    questions.PERIODS,
    questions.EVIDENCE,
    questions.REJECTS,
    questions.SKIPS,
    questions.FAULTS,
    questions.CONFLICTS,
)
