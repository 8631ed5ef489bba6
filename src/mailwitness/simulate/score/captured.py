"""Verdicts about captured tokens, held against what the tokens truly are (truth/captured_tokens.jsonl).

Right: supported, and the token holds as it stands where it was used; contradicted, and it does not. An undecidable one is decidable if the token and
the key lists decide it; or if the logs do: one that was issued by a row of its sign-in in an export, one that was not by logs that were exported
whole (coverage full, a collection that is stated). What nothing decides is undecidable rightly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from mailwitness.errors import EvidenceError
from mailwitness.simulate.score.claims import OUTCOMES
from mailwitness.simulate.score.measuring import STATING_FORMATS, Measured, Miss, Score
from mailwitness.simulate.truth.rows import CapturedTokenRow, SignInRow

CLAIM, PILLAR = "this token was issued by the issuer it names", "provenance"


def captured_tokens(truth: Path) -> list[CapturedTokenRow]:
    """What is true of the captured tokens of a simulated tenant; none if the scenario was not chosen."""
    path = truth / "captured_tokens.jsonl"
    try:
        return msgspec.json.Decoder(CapturedTokenRow).decode_lines(path.read_bytes())
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise EvidenceError(f"{path}: is not what mailwitness simulate writes: {error}") from None


def with_captured(found: Score, truth: Path, tokens: Sequence[CapturedTokenRow], verdicts: Mapping[str, str]) -> Score:
    """The score with a row for the tokens of each scenario. ``verdicts``: SHA-256 of a token → its verdict; one without is undecidable."""
    about: dict[str, Any] = msgspec.json.decode((truth / "tenant.json").read_bytes())
    exported = _exported(truth, {token.signin_id for token in tokens if token.signin_id is not None})
    whole = (
        about["coverage"] == "full"
        and about["collector"] == "careful"
        and not STATING_FORMATS.isdisjoint(about["formats"])
    )
    counts: dict[str, Counter[str]] = {}
    errors: list[Miss] = []
    for token in tokens:
        verdict = verdicts.get(token.sha256, "undecidable")
        decidable = token.decided_by == "token" or (
            token.decided_by == "logs" and (token.signin_id in exported if token.issued else whole)
        )
        if verdict == "undecidable":
            outcome = "undecidable_though_decidable" if decidable else "undecidable_rightly"
        else:
            outcome = "right" if (verdict == "supported") == token.holds else "wrong"
        counts.setdefault(token.scenario, Counter())[outcome] += 1
        if outcome in ("wrong", "undecidable_though_decidable"):
            why = f"the token is {token.kind}, and the verdict is {verdict}"
            errors.append(Miss(CLAIM, token.scenario, outcome, None, token.sha256, why))
    measured = [
        Measured(
            CLAIM, PILLAR, scenario, about["coverage"], True, "subjects", sum(outcomes.values()),
            *(outcomes[outcome] for outcome in OUTCOMES),
        )
        for scenario, outcomes in sorted(counts.items())
    ]  # fmt: skip
    return replace(found, claims=(*found.claims, *measured), errors=(*found.errors, *errors))


def _exported(truth: Path, wanted: set[str]) -> set[str]:
    """Those of the sign-ins of which an export holds a row."""
    return {row.signin_id for row in _signins(truth) if row.signin_id in wanted and row.exported}


def _signins(truth: Path) -> Iterator[SignInRow]:
    decode = msgspec.json.Decoder(SignInRow).decode
    with (truth / "signins.jsonl").open("rb") as lines:
        yield from map(decode, lines)
