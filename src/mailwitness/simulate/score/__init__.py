"""The ruler: findings of a case held against the truth of the simulated tenant whose exports the case was made from.

Right and wrong are decided verdicts; an undecidable one is kept apart by whether the exports hold what decides it. What decides a claim is said
at the head of its ruler in ``rulers/`` and in docs/truth.md.
"""

from __future__ import annotations

from mailwitness.simulate.score.captured import captured_tokens, with_captured
from mailwitness.simulate.score.claims import CLAIMS, OUTCOMES, Claim
from mailwitness.simulate.score.measuring import Measured, Miss, Score, Unmeasured, score

__all__ = [
    "CLAIMS",
    "OUTCOMES",
    "Claim",
    "Measured",
    "Miss",
    "Score",
    "Unmeasured",
    "captured_tokens",
    "score",
    "with_captured",
]
