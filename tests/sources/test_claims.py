"""Every file is one reader's: the law of design, tried on every fixture of every reader."""

from __future__ import annotations

import importlib
import io
from pathlib import Path

import pytest

from mailwitness.sources import readers
from mailwitness.sources.framing.head import look_at
from mailwitness.workflow.detect import claims_on

SOURCES = Path(__file__).parent
FIXTURES = sorted(path for path in SOURCES.glob("*/**/*") if path.is_file() and path.suffix not in (".py", ".pyc"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: str(path.relative_to(SOURCES)))
def test_a_fixture_is_claimed_by_the_reader_it_belongs_to_and_by_no_other(path: Path) -> None:
    """The folder of a fixture names its reader; exactly that one claims the file."""
    with path.open("rb") as stream:
        look = look_at(stream, path.name)
    claims = next((found for head in look.heads if (found := claims_on(head))), [])
    assert [path.relative_to(SOURCES).parts[0]] == claims


def test_every_reader_has_a_fixture() -> None:
    """A format without an example is a format nobody can check."""
    assert set(readers()) - {path.relative_to(SOURCES).parts[0] for path in FIXTURES} == set()


def test_every_reader_says_what_it_reads_and_from_where_that_is_known() -> None:
    """The docstring of a reader has its clock, its limits and its sources."""
    for reader in readers().values():
        text = importlib.import_module(f"mailwitness.sources.{reader.id}").__doc__ or ""
        missing = [word for word in ("Clock:", "Limits:", "Sources:", "https://") if word not in text]
        assert missing == [], f"sources/{reader.id}.py: docstring lacks {missing}"


@pytest.mark.parametrize("audits", [1, 10])
@pytest.mark.parametrize("signins", [1, 10])
@pytest.mark.parametrize("audits_first", [True, False])
def test_a_file_of_audit_records_and_signins_has_one_reader(audits: int, signins: int, audits_first: bool) -> None:
    """Whichever are more, and whichever come first, the reader that tells records apart claims the mixed file."""
    lines = (SOURCES / "wrapped_record_json/mixed.jsonl").read_bytes().splitlines()
    parts = [lines[:1] * audits, lines[-1:] * signins]
    text = b"\n".join(line for part in (parts if audits_first else reversed(parts)) for line in part)
    look = look_at(io.BytesIO(text), "mixed.jsonl")
    assert claims_on(look.heads[0]) == ["wrapped_record_json"]
