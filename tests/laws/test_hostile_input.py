"""Law 10: a log field never becomes markup, a formula, a terminal escape, a path, or SQL."""

from __future__ import annotations

import csv
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from mailwitness.cli.app import app
from mailwitness.errors import UsageError
from mailwitness.workflow import intake
from mailwitness.workflow.case import Case
from tests.laws.cases import access, accounts, case_of, check_sound, deletion, json_array, json_lines, rows, search_csv
from tests.laws.damage import zipped

FORMULA = '=HYPERLINK("http://203.0.113.66","x")'
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>[bold]{{7*7}}"
ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe"
INJECTION = "x' OR '1'='1'; DROP TABLE audit_events; --"
PATH = "../../../../tmp/escaped"
HOSTILE = (FORMULA, MARKUP, ESCAPE, INJECTION, PATH)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A case of one access, to ask in SQL."""
    return case_of(tmp_path_factory.mktemp("plain"), json_lines([access(1)]))[0]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Every hostile text in every field that a report shows, and in a file name."""
    top = tmp_path_factory.mktemp("hostile")
    folder = top / "files"
    folder.mkdir()
    records = [
        access(n, MailboxOwnerUPN=text, UserId=text, ClientInfoString=text, ClientIPAddress=text, SessionId=text,
               Folders=[{"Path": text, "FolderItems": [{"InternetMessageId": text, "Subject": text, "Id": text}]}])
        for n, text in enumerate(HOSTILE)
    ]  # fmt: skip
    (folder / "=cmd|' <script>\x1b[31m'; DROP TABLE x.json").write_bytes(json_array(records))
    rule = {"Name": FORMULA, "ForwardTo": MARKUP, "MoveToFolder": ESCAPE}
    parameters = [{"Name": name, "Value": value} for name, value in rule.items()]
    (folder / "rules.csv").write_bytes(
        search_csv([deletion(50, Operation="New-InboxRule", UserId=FORMULA, Parameters=parameters)])
    )
    case = Case.create(top / "case")
    case.add(folder)
    return case


def test_texts_of_a_log_stay_texts(hostile: Case) -> None:
    """Whatever a field says is in the tables as it was written, and nothing else happened."""
    assert sorted(HOSTILE) == sorted(user for (user,) in rows(hostile, "SELECT user_id FROM mail_accesses"))
    check_sound(hostile)
    for text in HOSTILE:
        hostile.ask("exposure", mailbox=text, actor=text)
    assert not Path("/tmp/escaped").exists()


def test_no_cell_of_a_table_report_is_a_formula(hostile: Case, tmp_path: Path) -> None:
    """Neither CSV nor XLSX holds a cell that a spreadsheet would compute."""
    hostile.report("csv", tmp_path / "csv")
    hostile.report("xlsx", tmp_path / "report.xlsx")

    cells = [
        cell
        for file in (tmp_path / "csv").rglob("*.csv")
        for row in csv.reader(io.StringIO(file.read_text("utf-8-sig")))
        for cell in row
    ]
    assert [] == [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r")]
    with zipfile.ZipFile(tmp_path / "report.xlsx") as book:
        sheets = [ElementTree.fromstring(book.read(name)) for name in book.namelist() if "worksheets/sheet" in name]
        links = [
            name for name in book.namelist() if name.endswith(".rels") and "203.0.113.66" in book.read(name).decode()
        ]
    assert [] == [formula.text for sheet in sheets for formula in sheet.iter() if formula.tag.endswith("}f")]
    assert [] == links


def test_no_field_is_markup_in_the_page(hostile: Case, tmp_path: Path) -> None:
    """The page shows markup from a log as text."""
    page = hostile.report("html", tmp_path / "report.html").read_text("utf-8")

    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "\x1b" not in page
    assert "owned" in page or "alert(1)" in page


@pytest.mark.parametrize("command", [["ask"], ["sql", "SELECT user_id, folder_path FROM mail_accesses"], ["verify"]])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_terminal_escape_is_printed(
    command: list[str], form: list[str], hostile: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed holds no control character but newlines, whatever the log holds."""
    app([command[0], str(hostile.path), *command[1:], *form], standalone_mode=False)

    printed = capsys.readouterr()
    assert [] == [
        c for c in printed.out + printed.err if (ord(c) < 32 and c != "\n") or c == "\u202e" or 127 <= ord(c) < 160
    ]


def test_adding_prints_no_escape_of_a_file_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of files are as hostile as their content."""
    name = "x\x1b[31m\u202e.bin"
    (tmp_path / name).write_bytes(b"%PDF\0\1\2\3\4")

    app(["add", str(tmp_path / "case"), str(tmp_path / name)], standalone_mode=False)

    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "\u202e" not in printed.out + printed.err


def test_names_in_an_archive_are_labels_only(tmp_path: Path) -> None:
    """Members named to climb out, absolute, or for Windows are read, and nothing is written under their names."""
    members = {
        "../../../escaped.jsonl": json_lines([access(1)]),
        "/abs/escaped.jsonl": json_lines([access(2)]),
        "C:\\Windows\\escaped.jsonl": json_lines([access(3)]),
        "a/../../escaped.jsonl": json_lines([access(4)]),
    }

    case, _ = case_of(tmp_path, zipped(members))

    assert [(4,)] == rows(case, "SELECT count(*) FROM audit_events")
    assert [] == list(tmp_path.parent.rglob("*escaped*"))
    check_sound(case)


def test_a_zip_bomb_is_a_problem_and_its_neighbours_come_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that expands beyond measure is given up at the limit; nothing of it stays."""
    monkeypatch.setattr(intake, "FREE_EXPANSION", 1 << 20)

    case, added = case_of(tmp_path, zipped({"a.jsonl": json_lines([access(1)]), "bomb.json": b"[" + b" " * (64 << 20)}))

    assert [(1,)] == rows(case, "SELECT count(*) FROM audit_events")
    assert [True] == ["bomb.json: expands to more than" in problem for problem in added.problems]
    assert 2 == len(list((case.path / "evidence").iterdir()))
    check_sound(case)


def test_copies_of_an_archive_in_archives_are_opened_once(tmp_path: Path) -> None:
    """Sixteen copies within sixteen copies, six deep, are opened six times and not sixteen million; each name is registered."""
    data = zipped({"a.jsonl": json_lines([access(1)])})
    for _ in range(5):
        data = zipped({f"{n}.zip": data for n in range(16)})

    case, _ = case_of(tmp_path, data)

    assert [(1,)] == rows(case, "SELECT count(*) FROM audit_events")
    assert 1 + 5 * 16 + 1 == len(accounts_by_reader(case))


def accounts_by_reader(case: Case) -> list[str]:
    return [path.stem for path in (case.path / "ledger").iterdir()]


def test_archives_nested_beyond_the_depth_are_a_problem(tmp_path: Path) -> None:
    """What lies too deep is named, with what to do."""
    data = zipped({"a.jsonl": json_lines([access(1)])})
    for level in range(8):
        data = zipped({f"{level}.zip": data, f"{level}.jsonl": json_lines([access(10 + level)])})

    case, added = case_of(tmp_path, data)

    assert [(6,)] == rows(case, "SELECT count(*) FROM audit_events")
    assert [True] == ["nested deeper than 6" in problem for problem in added.problems]
    check_sound(case)


def test_a_workbook_bomb_of_entities_is_no_xml_bomb(tmp_path: Path) -> None:
    """Entities in a CliXml file are not expanded without end."""
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(20))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "xxxxxxxxxx">{entities}]><Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><S N="Identity">&e20;</S></Obj></Objs>'

    case, _ = case_of(tmp_path, bomb.encode())

    check_sound(case)


def tar_of(name: str, mtime: float, data: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.size, member.mtime = len(data), mtime
        archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return held.getvalue()


@pytest.mark.parametrize("mtime", [0, -1, 2**70, 1e30])
def test_file_times_outside_of_any_calendar_are_unknown(mtime: float, tmp_path: Path) -> None:
    """A member's time that no calendar has is null; links in the archive lead nowhere."""
    case, _ = case_of(tmp_path, tar_of("a.jsonl", mtime, json_lines([access(1)])))

    assert [(1,)] == rows(case, "SELECT count(*) FROM audit_events")
    check_sound(case)


def test_names_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    """A file name of any bytes is a name, two such names stay two, and the case opens again."""
    folder = tmp_path / "files"
    folder.mkdir()
    for byte in (0xFE, 0xFF):
        with open(os.path.join(os.fsencode(folder), bytes([byte]) + b".jsonl"), "wb") as out:
            out.write(json_lines([access(byte)]))

    case = Case.create(tmp_path / "case")
    case.add(folder)
    case.add([tmp_path / "files"], keep="reference")

    assert [("\\udcfe.jsonl",), ("\\udcff.jsonl",)] == case.sql("SELECT name FROM evidence ORDER BY name").fetchall()
    check_sound(case)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{case}/case.json')",
        "SELECT * FROM read_text('{case}/tables/../case.json')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
        "SELECT getenv('HOME')",
        "COPY (SELECT 1) TO '{case}/tables/x.parquet'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{case}/tables/x.parquet'",
        "/* */ EXPLAIN ANALYZE COPY (SELECT 1) TO '{case}/tables/x.parquet'",
        "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{case}/tables/x.parquet'",
        "EXPLAIN ANALYZE INSERT INTO evidence SELECT * FROM evidence",
        "WITH x AS (SELECT 1) INSERT INTO evidence SELECT * FROM evidence",
        "ATTACH '/tmp/x.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA enable_external_access",
        "CALL enable_logging()",
        "SELECT 1; SELECT 2",
        "CREATE TABLE x AS SELECT 1",
        "DELETE FROM evidence",
        "EXPORT DATABASE '/tmp/x'",
        "IMPORT DATABASE '/tmp/x'",
        "VACUUM",
        "",
    ],
)
def test_sql_opens_nothing_but_the_tables(query: str, plain: Case) -> None:
    """Neither reading outside of the tables nor writing anywhere is possible, and the case is unchanged."""
    case = plain
    before = sorted(path for path in case.path.rglob("*") if "findings" not in path.parts)

    with pytest.raises((UsageError, duckdb.Error)):
        case.sql(query.format(case=case.path)).fetchall()

    assert before == sorted(path for path in case.path.rglob("*") if "findings" not in path.parts)


def test_sql_explains_a_query(plain: Case) -> None:
    """EXPLAIN and EXPLAIN ANALYZE of a SELECT are reading."""
    for query in (
        "EXPLAIN SELECT 1",
        "explain analyze SELECT count(*) FROM audit_events",
        "WITH x AS (SELECT 1 AS n) FROM x",
        "DESCRIBE evidence",
    ):
        assert plain.sql(query).fetchall() != []


def test_record_names_never_become_columns_or_tables(tmp_path: Path) -> None:
    """Keys of a record that look like SQL or like our own columns change nothing."""
    strange: Mapping[str, object] = {
        "row_id": "x",
        "evidence_id": "y",
        "locator": "z",
        'a"; DROP TABLE x; --': 1,
        "": 2,
        "__proto__": {},
    }

    case, _ = case_of(tmp_path, json_lines([access(1, **strange)]))

    assert {"1.dat": (1, 1, 0, 0, 0)} == accounts(case)
    assert json.loads(case.raw_record("mail_accesses", f"audit:{access(1)['Id']}")) == access(1, **strange)
    check_sound(case)
