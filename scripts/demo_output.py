"""Puts the demo's real output, at a width of 120 columns, into README.md (cut, and marked so) and docs/demo.md (whole).

python -m scripts.demo_output
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from rich.console import Console

from mailwitness import Case
from mailwitness.report.terminal import print_account

ROOT = Path(__file__).parents[1]
WIDTH = 120
LEFT_OUT = "[…]"
SHOWN = {"Who obtained mail": 99, "Recommendations not met": 99, "Fetch next": 6}
"""Sections shown in the README, and how many of their lines."""

TITLES = (
    *SHOWN,
    "Credentials without a sign-in",
    "Logged successes of old protocols",
    "Evidence",
    "Odd in the input",
    "Not decided",
)


def printed(case: Case) -> list[str]:
    """The account of the demo's case as `mailwitness demo` prints it."""
    console = Console(file=io.StringIO(), width=WIDTH, force_terminal=False)
    print_account(case.account(), console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().strip("\n").splitlines()]


def sections(lines: list[str]) -> Iterator[tuple[str | None, list[str]]]:
    """(title, lines) of each section; None for what stands before the first."""
    title: str | None = None
    begun: list[str] = []
    for line in lines:
        found = next((t for t in TITLES if line == t or line.startswith(f"{t}  ")), None)
        if found is not None:
            yield title, begun
            title, begun = found, []
        begun.append(line)
    yield title, begun


def cut(lines: list[str]) -> list[str]:
    """The sections that the README shows, with a mark where something is left out."""
    shown: list[str] = []
    for title, section in sections(lines):
        most = len(section) if title is None else SHOWN.get(title, 0)
        text = "\n".join(section).strip("\n").splitlines()
        kept = text[:most] + ([f"  {LEFT_OUT}"] if 0 < most < len(text) else [])
        if kept:
            shown += [*kept, ""]
        elif shown[-2].strip() != LEFT_OUT:
            shown += [LEFT_OUT, ""]
    return shown[:-1]


def with_output(page: str, lines: list[str]) -> str:
    """The page's text with the lines in its one block of output, the one that begins as the output does."""
    block = "```\n" + "\n".join(lines) + "\n```"
    text, count = re.subn(r"```\nAt least .*?\n```", lambda _: block, page, count=1, flags=re.DOTALL)
    assert count == 1, "no block of the demo's output"
    return text


def pages(case: Case) -> dict[Path, str]:
    """The pages that show the output, as they should read."""
    output = printed(case)
    shown = {ROOT / "README.md": cut(output), ROOT / "docs" / "demo.md": output}
    return {page: with_output(page.read_text("utf-8"), lines) for page, lines in shown.items()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = Case.create(Path(folder) / "mailwitness-demo")
        made.add([Path(str(files("mailwitness") / "demo" / "evidence"))], options={"collected_for": "all-users"})
        for page, text in pages(made).items():
            page.write_text(text, "utf-8")
