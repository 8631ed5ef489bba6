"""The docs say what the code says, and every leaf of the code says what it is."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
import yaml

import mailwitness.records
import mailwitness.sources
from mailwitness.analyses import Question, View, questions, views
from mailwitness.cli.app import app
from scripts import docs

ROOT = Path(__file__).parents[2]
LEAVES = [*docs.modules(mailwitness.sources, "READER"), *docs.modules(mailwitness.records, "FAMILY")]
PILLARS = sorted({question.pillar for question in questions()})
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", docs.PAGES)
def test_a_generated_page_is_up_to_date(page: str) -> None:
    """``python scripts/docs.py`` writes it again."""
    assert docs.PAGES[page]() == (docs.DOCS / page).read_text("utf-8")


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_reader_and_family_says_what_it_is_and_who_says_so(leaf: ModuleType) -> None:
    """The docstring names the thing in its first line, and ends in sources that anyone can open."""
    text = leaf.__doc__ or ""
    first = text.splitlines()[0] if text else ""
    assert first.endswith("."), "the first line is a sentence that names the thing"
    assert not first.lower().startswith(("this module", "module ", "reader for", "reads "))
    sources = text.partition("Sources:")[2]
    assert re.search(r"^\s+- \S", sources, re.MULTILINE), "Sources: is a list"


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_every_analysis_begins_with_what_it_asks(question: Question) -> None:
    """Reading it checks the form of the header; the prose is a question, and sources are links."""
    assert "?" in question.question
    assert question.sources
    assert [] == [source for source in question.sources if not source.startswith("https://")]


@pytest.mark.parametrize("view", [view for pillar in PILLARS for view in views(pillar)], ids=lambda view: view.name)
def test_every_view_says_what_one_row_is(view: View) -> None:
    """As a table does."""
    assert len(view.row) > 10


def test_every_page_is_in_the_navigation() -> None:
    """A page that cannot be found is not there."""
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    listed = sorted(page for entry in settings["nav"] for page in entry.values())
    assert listed == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_documented(name: str) -> None:
    """The commands page has a section for each command that names each of its options."""
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    options = [option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("--")]
    assert [] == [option for option in options if f"`{option}" not in section and option not in ("--help", "--json")]
    assert section


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link of the docs, the README and the guides names a file that is there."""
    pages = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    ]
    assert [] == [(page.name, link) for page, link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize(
    "path", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "docs/index.md"]
)
def test_the_papers_are_there(path: str) -> None:
    """And say something."""
    assert len((ROOT / path).read_text("utf-8")) > 100
