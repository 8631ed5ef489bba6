"""One condition of a token's check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "undecidable"]


@dataclass(frozen=True, slots=True)
class Step:
    """One condition. ``would_decide`` is set where it could not be tested."""

    name: str
    outcome: Outcome
    code: str
    sentence: str
    would_decide: str | None = None
