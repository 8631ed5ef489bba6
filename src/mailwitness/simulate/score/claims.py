"""The claims that the ruler can measure, each with its rule in one SQL file of ``rulers/``.

A claim is recognised by its words, which are those of the case's findings; a claim with other words is told as unmeasured. ``kind``: what a
subject of an exposure claim is. A ruler is one SELECT that gives a row for each subject:

    scenario, outcome, amount, finding_id, truth, why

``outcome`` is one of `OUTCOMES`; ``amount`` is 1, or the hours of a mailbox; ``truth`` names a row of a truth file; ``why`` says what is
wrong or missed. Subjects are those of the findings and those that the truth knows and no finding speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OUTCOMES = ("right", "wrong", "undecidable_rightly", "undecidable_though_decidable")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that can be measured. ``unit``: what is counted."""

    claim: str
    pillar: str
    ruler: str
    unit: Literal["subjects", "mailbox-hours"] = "subjects"
    kind: str = ""


CLAIMS = (
    Claim("this message was accessed by this actor", "exposure", "obtained", kind="message"),
    Claim("an attachment of this message was accessed by this actor", "exposure", "obtained", kind="attachment"),
    Claim("every message in this folder was exposed to this actor", "exposure", "obtained", kind="folder"),
    Claim("the list of accessed messages is complete", "exposure", "list_complete"),
    Claim("this logged success obtained mail", "accuracy", "success_obtained_mail"),
    Claim(
        "an access to this mailbox in this interval would have been recorded, and the record would be in this case",
        "coverage",
        "would_be_recorded",
        "mailbox-hours",
    ),
    Claim("the credential behind this mail access was issued by a recorded sign-in", "provenance", "credential_issued"),
    Claim("this activity is the named technique", "detection", "technique"),
)
