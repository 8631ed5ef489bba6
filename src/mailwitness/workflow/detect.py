"""Which reader reads a file: by content, and never two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mailwitness.errors import EvidenceError, UsageError
from mailwitness.model.evidence import Head, Reader, Shape
from mailwitness.sources import readers
from mailwitness.sources.framing.head import Look, look_at


@dataclass(frozen=True, slots=True)
class Detected:
    """A file's layout and its reader; ``reader`` None when none knows the format."""

    look: Look
    shape: Shape
    reader: Reader | None


def detect(path: Path, name: str, forced: str | None = None) -> Detected:
    """Look at a file and find its one reader. EvidenceError when two claim it, naming both."""
    with path.open("rb") as stream:
        look = look_at(stream, name)
    if forced is not None:
        if forced not in readers():
            raise UsageError(f"no reader {forced!r}; known: {', '.join(readers())}")
        reader = readers()[forced]
        shape = next((head.shape for head in look.heads if head.shape in reader.shapes), None)
        if shape is None:
            raise UsageError(
                f"{name}: reader {forced} reads {', '.join(sorted(reader.shapes))}, this file is {look.heads[0].shape}"
            )
        return Detected(look, shape, reader)
    for head in look.heads:
        claims = claims_on(head)
        if not claims and head.shape == "json_lines":  # JSON lines are also JSON for a reader of pages and arrays
            head = replace(head, shape="json")
            claims = claims_on(head)
        if len(claims) > 1:
            raise EvidenceError(
                f"{name}: two readers match: {', '.join(claims)}.\nName one, in a new case: mailwitness add NEW {name!r} --reader {claims[0]}"
            )
        if claims:
            return Detected(look, head.shape, readers()[claims[0]])
    return Detected(look, look.heads[0].shape, None)


def claims_on(head: Head) -> list[str]:
    """The readers that claim a head, after those that yield to a more exact one have withdrawn."""
    claims = [reader.id for reader in readers().values() if head.shape in reader.shapes and reader.sniff(head)]
    return [claim for claim in claims if not readers()[claim].yields_to & set(claims)]
