"""Every output says the same account, with equal bytes for equal cases, and text of logs stays text in all of them."""

from __future__ import annotations

import csv as csv_files
import io
import json as json_files
import re
import zipfile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mailwitness.report import csv, html, json, xlsx
from mailwitness.report.account import Account, build_account
from mailwitness.report.terminal import print_account, safe

from .conftest import Given
from .judged_case import judged_case
from .small_case import ABOUT, SESSION, small_case

HOSTILE = "=cmd|'/C calc'!A0<script>alert(1)</script>\x1b[31m\u202egnp.exe\x00[bold]x[/bold]"


def hostile_case() -> dict[str, list[dict[str, Any]]]:
    """The small case with hostile text in every field that an attacker or a sender writes."""
    tables = small_case()
    tables["evidence"][0]["name"] = HOSTILE
    tables["exposure_sessions"][0]["clients"] = [HOSTILE, HOSTILE]
    tables["exposure_sessions"][0]["mailbox"] = HOSTILE
    tables["exposed_messages"][0].update(mailbox=HOSTILE, subject=HOSTILE)
    tables["exposed_messages"][1]["subject"] = "x" * 10_000_000
    tables["findings"][0].update(title=HOSTILE, subject=HOSTILE)
    tables["reasons"][0]["sentence"] = HOSTILE
    tables["rejects"][0]["detail"] = HOSTILE
    return tables


def printed(account: Account, width: int = 120) -> str:
    """What a terminal with colours would receive."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor")
    print_account(account, console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


class _Page(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Page()
    parser.feed(page)
    return parser.elements


@pytest.mark.parametrize("write, name", [(html.write, "r.html"), (json.write, "r.json"), (xlsx.write, "r.xlsx")])
def test_equal_cases_give_equal_bytes(given: Given, tmp_path: Path, write: Any, name: str) -> None:
    """No output holds a clock, a random name or an order of chance."""
    written = []
    for run in ("first", "second"):
        connection = given(
            **{name: list(reversed(rows)) if run == "second" else rows for name, rows in small_case().items()}
        )
        (tmp_path / run).mkdir()
        written.append(write(build_account(connection, ABOUT), connection, tmp_path / run / name).read_bytes())

    assert written[0] == written[1]


def test_a_page_loads_nothing_and_runs_only_its_own_script(given: Given) -> None:
    """The page is one file: no address is loaded, and the policy allows one style and one script by their hash."""
    found = elements(html.page(build_account(given(**hostile_case()), ABOUT)))

    assert {"script", "style"} & {tag for tag, _ in found} == {"script", "style"}
    assert [attrs for tag, attrs in found if tag in ("link", "img", "iframe", "object", "base", "form")] == []
    assert [attrs for tag, attrs in found if tag == "script"] == [{}]
    assert [attrs for _, attrs in found if any(key.startswith("on") or key in ("src", "style") for key in attrs)] == []
    policy = next(attrs["content"] for _, attrs in found if attrs.get("http-equiv") == "Content-Security-Policy")
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'",
        policy or "",
    )


def test_a_page_shows_hostile_text_as_text(given: Given) -> None:
    """Markup of a log is escaped, and characters that cannot be seen are named."""
    page = html.page(build_account(given(**hostile_case()), ABOUT))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert [character for character in ("\x1b", "\x00", "\u202e") if character in page] == []
    assert "⟨U+202E⟩" in page
    assert len(page) < 200_000


OUR_WORDS = {
    "claim", "verdict", "stance", "severity", "state", "bounds", "basis", "pillar", "finding_id", "table_name", "row_id", "evidence_id", "access_id",
    "operation", "mail_access_type", "accessed_as", "subject_kind", "actor_kind", "notes", "values_seen", "scope", "how", "background", "locator", "stream",
}  # fmt: skip
"""Columns whose words are ours or keys between tables; every other text is a log's or may hold some of it."""


def test_hostile_text_in_any_field_of_any_pillar_stays_text(given: Given, tmp_path: Path) -> None:
    """On the page, on a terminal, in every table: whatever field it comes from."""
    tables = {
        name: [
            {
                key: value if key in OUR_WORDS or not isinstance(value, str) else f"{HOSTILE}{value}"
                for key, value in row.items()
            }
            for row in rows
        ]
        for name, rows in judged_case().items()
    }
    connection = given(**tables)
    account = build_account(connection, ABOUT)

    page = html.page(account)
    folder = csv.write(account, connection, tmp_path / "csv")
    cells = [
        cell
        for path in sorted(folder.iterdir())
        for row in csv_files.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        for cell in row
    ]
    assert ("<script>alert" in page, {c for c in page if c in "\x1b\x00\u202e"}) == (False, set())
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 100
    assert re.sub(r"\x1b\[[0-9;]*m", "", printed(account)).replace("\n", "").isprintable()
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@")) or not cell.isprintable()] == []


def test_a_page_is_sane_for_a_screen_reader(given: Given) -> None:
    """Landmarks are there, every data table has a caption, every column header a scope, and the heading levels do not jump."""
    found = elements(html.page(build_account(given(**judged_case()), ABOUT)))
    tags = [tag for tag, _ in found]

    assert [tags.count(tag) for tag in ("header", "main", "nav", "footer", "h1")] == [1, 1, 1, 1, 1]
    assert tags.count("caption") == tags.count("table")
    assert {attrs.get("scope") for tag, attrs in found if tag == "th"} == {"col", "colgroup", "row"}
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs in found if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_json_is_the_account(given: Given, tmp_path: Path) -> None:
    """The JSON output is the account's own dictionary, in ASCII."""
    connection = given(**hostile_case())
    account = build_account(connection, ABOUT)

    text = json.write(account, connection, tmp_path / "r.json").read_text("utf-8")

    assert text.isascii()
    assert json_files.loads(text) == account.to_dict()


def test_csv_cells_never_begin_a_formula(given: Given, tmp_path: Path) -> None:
    """A cell a spreadsheet would run begins with an apostrophe."""
    connection = given(**hostile_case())

    folder = csv.write(build_account(connection, ABOUT), connection, tmp_path / "csv")

    cells = [
        cell
        for path in sorted(folder.iterdir())
        for row in csv_files.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        for cell in row
    ]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert [cell for cell in cells if not cell.isprintable()] == []
    assert "'=cmd|'/C calc'!A0<script>alert(1)</script>⟨U+001B⟩[31m⟨U+202E⟩gnp.exe⟨U+0000⟩[bold]x[/bold]" in cells


def test_csv_holds_every_row(given: Given, tmp_path: Path) -> None:
    """What the account shows in part, the CSV output holds whole."""
    tables = small_case()
    tables["exposed_messages"] = [
        {"mailbox": "ana@contoso.test", "actor": SESSION, "message": f"<{n:04}>"} for n in range(450)
    ]
    connection = given(**tables)
    account = build_account(connection, ABOUT)

    folder = csv.write(account, connection, tmp_path / "csv")

    rows = list(csv_files.DictReader(io.StringIO((folder / "messages.csv").read_text("utf-8-sig"), newline="")))
    assert [f"<{n:04}>" for n in range(450)] == [row["message"] for row in rows]
    assert account.schedules[0].messages.note is not None
    assert account.schedules[0].messages.note.startswith("Showing 50 of 450")


def test_a_workbook_holds_text_and_no_formula(given: Given, tmp_path: Path) -> None:
    """No sheet has a formula or a link, whatever the text begins with."""
    connection = given(**hostile_case())

    path = xlsx.write(build_account(connection, ABOUT), connection, tmp_path / "r.xlsx")

    with zipfile.ZipFile(path) as book:
        sheets = {name: book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")}
        linked = [name for name in book.namelist() if "_rels/sheet" in name]
    assert [name for name, text in sheets.items() if "<f>" in text] == []
    assert linked == []
    assert max(len(text) for text in re.findall(r"<t[^>]*>([^<]*)</t>", "".join(sheets.values()))) <= 32_767


def test_a_full_sheet_says_what_it_leaves_out(given: Given, tmp_path: Path) -> None:
    """Rows beyond a sheet's limit are counted in the sheet itself."""
    tables = small_case()
    tables["exposed_messages"] = [
        {"mailbox": "ana@contoso.test", "actor": SESSION, "message": f"<{n}>"} for n in range(30)
    ]
    connection = given(**tables)

    path = xlsx.write(build_account(connection, ABOUT), connection, tmp_path / "r.xlsx", most_rows=20)

    with zipfile.ZipFile(path) as book:
        assert "12 more rows do not fit into a sheet; all of them are in the CSV output." in "".join(
            book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")
        )


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_terminal_gets_no_escape_of_a_log(given: Given, width: int) -> None:
    """The only escapes a terminal receives are Rich's own styles; markup of a log is shown as written."""
    text = printed(build_account(given(**hostile_case()), ABOUT), width)

    assert re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\n", "").isprintable()
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines())) <= width


def test_an_empty_case_has_every_output(given: Given, tmp_path: Path) -> None:
    """A case without evidence is reported in every form and says what to do."""
    connection = given()
    account = build_account(connection, {})

    written = [
        html.write(account, connection, tmp_path / "r.html"),
        json.write(account, connection, tmp_path / "r.json"),
        xlsx.write(account, connection, tmp_path / "r.xlsx"),
        csv.write(account, connection, tmp_path / "csv") / "next_steps.csv",
    ]

    assert all(path.stat().st_size > 100 for path in written)
    assert "No record was read at all." in printed(account)


def test_safe_text_is_visible_and_no_markup() -> None:
    """Control characters and overrides are named, and Rich prints the rest as it stands."""
    console = Console(file=io.StringIO(), width=200, force_terminal=True)

    console.print(safe(HOSTILE), soft_wrap=True)

    assert (
        "=cmd|'/C calc'!A0<script>alert(1)</script>⟨U+001B⟩[31m⟨U+202E⟩gnp.exe⟨U+0000⟩[bold]x[/bold]\n"
        == re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())  # type: ignore[attr-defined]
    )


def test_no_color_is_obeyed(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR set no colour is sent."""
    monkeypatch.setenv("NO_COLOR", "1")

    assert re.findall(r"\x1b\[[0-9;]*3[0-7][0-9;]*m", printed(build_account(given(**small_case()), ABOUT))) == []
