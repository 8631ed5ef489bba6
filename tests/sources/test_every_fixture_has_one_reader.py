"""Law 7 for readers: detection by content finds one reader, whatever the file is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwitness.sources import readers
from mailwitness.sources.framing.head import look_at
from mailwitness.workflow.detect import claims_on

HERE = Path(__file__).parent
FIXTURES = sorted(
    p for reader in readers() for p in (HERE / reader).rglob("*") if p.is_file() and p.suffix not in (".md", ".py")
)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda p: str(p.relative_to(HERE)))
def test_a_fixture_is_claimed_by_the_reader_it_lies_under(path: Path) -> None:
    """Of all readers, the one whose folder the fixture lies in claims it, and no other, under a name that says nothing."""
    if path.suffix in (".zip", ".gz"):
        pytest.skip("an archive is opened before readers see it")
    with path.open("rb") as stream:
        look = look_at(stream, "a")

    claims = next((found for head in look.heads if (found := claims_on(head))), [])

    assert claims == [path.relative_to(HERE).parts[0]]
