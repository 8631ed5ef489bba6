"""The commands, each from its arguments to its output and exit code, over a few invented records."""

from __future__ import annotations

import csv
import gc
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailwitness import Case
from mailwitness.analyses import runner
from mailwitness.cli import main

Run = Callable[..., tuple[int, Any]]
HOSTILE = "\x1b[2J=cmd|' /C calc'!A0<script>alert(1)</script>"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with ``--json``; gives its exit code and the object it printed."""

    def run(*arguments: object) -> tuple[int, Any]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def bind(number: int, subject: str = "") -> dict[str, Any]:
    """A mail access that bound one message."""
    return {
        "CreationTime": f"2026-03-02T09:{number:02}:00",
        "Id": f"aaaa0000-0000-4000-8000-{number:012}",
        "Operation": "MailItemsAccessed",
        "OrganizationId": "11111111-0000-4000-8000-000000000001",
        "RecordType": 50,
        "UserKey": "10032000AAAA",
        "UserType": 0,
        "Version": 1,
        "Workload": "Exchange",
        "UserId": "ana@contoso.test",
        "MailboxOwnerUPN": "ana@contoso.test",
        "MailboxGuid": "33333333-0000-4000-8000-000000000003",
        "LogonType": 0,
        "ClientIPAddress": "203.0.113.5",
        "ClientInfoString": f"Client=OWA;{subject}",
        "SessionId": "99999999-0000-4000-8000-000000000009",
        "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": "False"}],
        "Folders": [{"Path": "\\Inbox", "FolderItems": [{"InternetMessageId": f"<m{number}@contoso.test>"}]}],
        "OperationCount": 1,
    }


def purview_csv(*records: dict[str, Any]) -> str:
    """The records as the Purview portal exports them."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"])
    for record in records:
        fields = [record[key] for key in ("Id", "CreationTime", "RecordType", "Operation", "UserId")]
        sheet.writerow([*fields, json.dumps(record)])
    return text.getvalue()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of three mail accesses."""
    path = tmp_path / "AuditLog.csv"
    path.write_text(purview_csv(*map(bind, (1, 2, 3))), "utf-8", newline="")
    return path


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that holds the export and has been asked once."""
    place = tmp_path_factory.mktemp("settled")
    (place / "AuditLog.csv").write_text(purview_csv(*map(bind, (1, 2, 3))), "utf-8", newline="")
    made = Case.create(place / "case")
    made.add([place / "AuditLog.csv"])
    assert made.findings.fetchall()
    return place / "case"


@pytest.fixture
def case(tmp_path: Path, settled: Path) -> Path:
    """A copy of it that a test may do anything to."""
    return Path(shutil.copytree(settled, tmp_path / "case"))


def test_investigate_reads_answers_and_reports(tmp_path: Path, export: Path, run: Run) -> None:
    """One command: a case, its evidence accounted for, a report."""
    code, printed = run("investigate", export, "--case", tmp_path / "case")

    assert code == 0
    assert list(printed) == ["schema_version", "case", "complete", "evidence", "problems", "report", "account"]
    assert printed["case"] == str(tmp_path / "case")
    (item,) = printed["evidence"]
    assert ("AuditLog.csv", "purview_ual_csv", 3, 3, 0, 0, 0) == tuple(
        item[key] for key in ("name", "reader", "records", "rows", "duplicates", "rejects", "skips")
    )
    assert "<html" in Path(printed["report"]).read_text("utf-8")


def test_investigate_without_a_case_makes_one_in_the_working_directory(
    tmp_path: Path, export: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again goes on with the same case."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.chdir(place)

    first, second = run("investigate", export), run("investigate", export)

    assert first[0] == second[0] == 0
    assert first[1]["case"] == second[1]["case"]
    assert [Path(first[1]["case"])] == [path.relative_to(place) for path in place.iterdir()]


def test_a_case_inside_the_path_is_no_evidence(
    tmp_path: Path, export: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Investigating the working directory twice does not read what the first run wrote."""
    monkeypatch.chdir(export.parent)
    for _ in range(2):
        code, printed = run("investigate", ".")
        assert (0, ["AuditLog.csv"]) == (code, [item["name"] for item in printed["evidence"]])


def test_another_case_inside_the_path_is_named(tmp_path: Path, case: Path, run: Run) -> None:
    """It may hold evidence that nothing else holds."""
    code, printed = run("add", tmp_path / "second", tmp_path)
    assert code == 4
    assert [] == printed["evidence"]
    assert any(str(case) in problem for problem in printed["problems"])


def test_investigate_ends_with_1_when_told_to_fail_on_findings(tmp_path: Path, export: Path, run: Run) -> None:
    """A message that was bound is a supported finding."""
    assert run("investigate", export, "--case", tmp_path / "case", "--fail-on", "supported")[0] == 1


def test_investigate_at_a_terminal_prints_no_escape_of_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a log field holds reaches the screen as text."""
    path = tmp_path / "AuditLog.csv"
    record = {**bind(1), "UserId": HOSTILE, "MailboxOwnerUPN": HOSTILE, "SessionId": HOSTILE}
    path.write_text(purview_csv(record), "utf-8", newline="")

    assert main(["investigate", str(path), "--case", str(tmp_path / "case")]) == 0

    printed = capsys.readouterr()
    assert "\x1b[2J" not in printed.out + printed.err


def test_a_cut_off_file_is_done_but_incomplete(tmp_path: Path, export: Path, run: Run) -> None:
    """The whole records come in, the cut one is a reject, the exit code says so."""
    export.write_text(export.read_text("utf-8")[:-120], "utf-8", newline="")

    code, printed = run("investigate", export, "--case", tmp_path / "case")

    assert code == 4
    assert not printed["complete"]
    (item,) = printed["evidence"]
    assert (3, 2, 1) == (item["records"], item["rows"], item["rejects"])
    assert any("AuditLog.csv" in problem for problem in printed["problems"])


def test_adding_again_changes_nothing(case: Path, export: Path, run: Run) -> None:
    """Add is idempotent."""
    before = run("sql", case, "SELECT * FROM audit_events ORDER BY ALL")
    assert run("add", case, export)[0] == 0
    assert before == run("sql", case, "SELECT * FROM audit_events ORDER BY ALL")


def test_ask_gives_findings_with_their_reasons_and_rows(case: Path, run: Run) -> None:
    """Every reason and every ref belongs to a finding."""
    code, printed = run("ask", case, "--mailbox", "ana@contoso.test")

    assert code == 0
    assert list(printed) == ["schema_version", "case", "findings", "reasons", "refs"]
    ids = {finding["finding_id"] for finding in printed["findings"]}
    assert ids
    assert ids == {reason["finding_id"] for reason in printed["reasons"]}
    assert ids >= {ref["finding_id"] for ref in printed["refs"]}


def test_ask_outside_the_evidence_does_not_end_in_an_error(case: Path, run: Run) -> None:
    """An interval without a record is answered."""
    assert run("ask", case, "--from", "2020-01-01", "--to", "2020-01-02")[0] == 0


def test_an_unknown_question_is_wrong_use_that_names_the_known_ones(case: Path, run: Run) -> None:
    """The message says what to do."""
    code, printed = run("ask", case, "who_did_it")
    assert code == 2
    assert "who_did_it" in printed["error"]["message"]


def test_explain_leads_to_the_raw_record(case: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """From a finding to the bytes in the evidence."""
    finding = next(f for f in run("ask", case)[1]["findings"] if f["subject"] == "<m2@contoso.test>")

    code, printed = run("explain", case, finding["finding_id"])

    assert code == 0
    assert finding["finding_id"] == printed["finding"]["finding_id"]
    assert "aaaa0000-0000-4000-8000-000000000002" in json.dumps(printed)
    assert main(["explain", str(case), finding["finding_id"]]) == 0
    assert "m2@contoso.test" in capsys.readouterr().out


def test_a_finding_of_an_interval_is_explained_as_it_was_asked(case: Path, run: Run) -> None:
    """An hour may be decided otherwise than the whole time: the finding has an id of its own, and is found with the same options."""
    narrowed = ("--from", "2026-03-02T09:01", "--to", "2026-03-02T09:02")
    whole = {f["finding_id"] for f in run("ask", case)[1]["findings"]}
    finding = run("ask", case, "mailbox_exposure", *narrowed)[1]["findings"][0]

    assert finding["finding_id"] not in whole
    assert run("explain", case, finding["finding_id"])[0] == 2
    code, printed = run("explain", case, finding["finding_id"], *narrowed)

    assert code == 0
    assert finding == printed["finding"]


def test_an_interval_that_holds_no_time_is_wrong_use(case: Path, run: Run) -> None:
    """To before from is a slip, not a case without findings."""
    assert run("ask", case, "--from", "2026-03-08", "--to", "2026-03-01")[0] == 2


def test_a_zone_nobody_knows_is_told_before_anything_is_read(case: Path, run: Run, tmp_path: Path) -> None:
    """A mistyped zone must not wait for the first local time."""
    code, printed = run("add", case, tmp_path, "--time-zone", "Mars/Base")
    assert code == 2
    assert "Mars/Base" in printed["error"]["message"]


def test_readers_of_one_case_at_once_do_not_disturb_each_other(
    case: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes may make the answers at once: what the second makes is in nobody's way."""
    run("sql", case, "SELECT 1")
    (answers,) = (case / "findings").iterdir()
    shutil.rmtree(answers)
    ran = runner.run

    def another_was_first(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(runner, "run", ran)
        assert run("sql", case, "SELECT 1")[0] == 0
        ran(*arguments, **named)

    monkeypatch.setattr(runner, "run", another_was_first)

    assert run("sql", case, "SELECT count(*) FROM findings")[0] == 0
    assert [answers] == list((case / "findings").iterdir())


def test_at_a_terminal_rows_and_answers_are_readable(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without ``--json`` too, every command prints what it found."""
    assert main(["sql", str(case), "SELECT operation, 3 AS n FROM audit_events ORDER BY id"]) == 0
    assert capsys.readouterr().out.count("MailItemsAccessed") == 3
    assert main(["ask", str(case), "exposure"]) == 0
    assert "supported" in capsys.readouterr().out
    assert main(["verify", str(case)]) == 0
    assert "intact" in capsys.readouterr().err


def test_a_terminal_is_told_first_what_each_claim_came_to(
    case: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts, then what would decide what is open, then as many findings as a person reads, and how to get the others."""
    monkeypatch.setattr("mailwitness.cli.tables.SHOWN", 2)
    monkeypatch.setenv("COLUMNS", "400")

    assert main(["ask", str(case), "exposure"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "exposure accesses of this mailbox by this actor went unrecorded: 1 undecidable" == lines[0]
    assert "exposure this message was accessed by this actor: 3 supported" in lines
    assert ["next for 2 open findings:"] == [line[:25] for line in lines if line.startswith("next")]
    assert 2 == sum(line.startswith("  finding ") for line in lines)
    assert lines[-1].startswith("3 more findings: --json gives all")


def test_sql_prints_columns_and_rows(case: Path, run: Run) -> None:
    """Columns are names, rows are lists of values in that order."""
    code, printed = run("sql", case, "SELECT id, time, is_throttled FROM mail_accesses ORDER BY id LIMIT 1")
    assert code == 0
    assert printed == {
        "schema_version": 1,
        "columns": ["id", "time", "is_throttled"],
        "rows": [["aaaa0000-0000-4000-8000-000000000001", "2026-03-02T09:01:00Z", False]],
    }


@pytest.mark.parametrize("query", ["SELECT nonsense FROM audit_events", "SELEC", "DROP TABLE audit_events", ""])
def test_sql_that_cannot_be_answered_is_wrong_use(case: Path, run: Run, query: str) -> None:
    """And changes nothing."""
    assert run("sql", case, query)[0] == 2
    assert run("sql", case, "SELECT count(*) FROM audit_events")[1]["rows"] == [[3]]


def test_sql_cannot_reach_files(case: Path, run: Run, tmp_path: Path) -> None:
    """Neither to write nor to read."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", "utf-8")
    assert run("sql", case, f"SELECT * FROM read_csv('{secret}')")[0] == 2
    assert run("sql", case, f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'")[0] == 2
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("form", ["html", "json", "csv", "xlsx"])
def test_report_writes_each_form(case: Path, run: Run, tmp_path: Path, form: str) -> None:
    """Where it was told to."""
    out = tmp_path / f"out.{form}"
    assert (0, {"schema_version": 1, "case": str(case), "format": form, "report": str(out)}) == run(
        "report", case, "--format", form, "--out", out
    )
    assert out.exists()


def test_verify_is_content_with_an_untouched_case(case: Path, run: Run) -> None:
    """Nothing changed, nothing named."""
    assert (0, {"schema_version": 1, "case": str(case), "intact": True, "problems": []}) == run("verify", case)


def test_verify_names_what_was_changed(case: Path, run: Run) -> None:
    """One byte of an original, and the case is not intact."""
    original = max(
        (path for path in (case / "evidence").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    original.chmod(0o644)
    original.write_bytes(original.read_bytes().replace(b"203.0.113.5", b"203.0.113.6", 1))

    code, printed = run("verify", case)

    assert code == 3
    assert printed["problems"]


def test_a_path_that_is_not_there_is_named(tmp_path: Path, run: Run) -> None:
    """Wrong use, and no case is left behind as if it had been read."""
    code, printed = run("investigate", tmp_path / "nothing-here", "--case", tmp_path / "case")
    assert code == 2
    assert "nothing-here" in printed["error"]["message"]


@pytest.mark.parametrize("command", ["ask", "verify", "report"])
def test_a_folder_that_is_no_case_is_named(tmp_path: Path, run: Run, command: str) -> None:
    """And is not turned into one."""
    code, printed = run(command, tmp_path)
    assert code == 2
    assert str(tmp_path) in printed["error"]["message"]
    assert [] == list(tmp_path.iterdir())


def test_doctor_tells_what_is_there(run: Run) -> None:
    """Versions, room, readers."""
    code, printed = run("doctor")
    assert code == 0
    assert printed["engine"] == "duckdb"
    assert printed["readers"] == len(printed["reader_ids"]) > 0
    assert printed["cores"] >= 1
    assert printed["free_disk_bytes"] > 0


def test_the_demo_runs_from_anywhere(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads its own evidence, keeps to the working directory, and ends well although a file is cut off."""
    monkeypatch.chdir(tmp_path)

    code, printed = run("demo")

    assert code == 0
    assert [Path("mailwitness-demo")] == [path.relative_to(tmp_path) for path in tmp_path.iterdir()]
    assert sum(item["rejects"] for item in printed["evidence"]) >= 1
    assert sum(item["duplicates"] for item in printed["evidence"]) >= 1


def test_another_reader_for_an_item_of_the_case_is_told_to_change_nothing(case: Path, run: Run, tmp_path: Path) -> None:
    """What an item was read as is settled in its ledger entry: the message says how to read it otherwise."""
    export = tmp_path / "unknown.json"
    export.write_text('{"a": 1}')
    run("add", case, export)

    code, printed = run("add", case, export, "--reader", "bare_ual_json")

    assert code == 4
    assert "already in this case, without a reader" in printed["problems"][0]
    assert "--case NEW" in printed["problems"][0]


@pytest.mark.parametrize("query", ["SELECT 1", "SELEC 1", "DROP TABLE signins"])
def test_a_query_leaves_no_temporary_folder(
    query: str, case: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when it is answered nor when it is refused."""
    run("ask", case)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    run("sql", case, query)
    gc.collect()

    assert [] == list(scratch.iterdir())


@pytest.mark.parametrize("name", ["~case", "it's a case", "case [1]", "c*", "Fall ünï;--", "a=b"])
def test_a_case_folder_may_have_any_name(name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name of a folder is a pattern, a home folder, or SQL."""
    monkeypatch.chdir(tmp_path)
    Path("export.csv").write_text(purview_csv(bind(1)))

    assert run("add", name, "export.csv")[0] == 0
    assert [[1]] == run("sql", name, "SELECT count(*) FROM mail_accesses")[1]["rows"]
    assert run("ask", name)[0] == 0
    assert run("verify", name)[0] == 0
    assert {name, "export.csv"} == {path.name for path in tmp_path.iterdir()}


def test_adding_again_tells_again_what_could_not_be_read(case: Path, run: Run, tmp_path: Path) -> None:
    """Whoever finishes an interrupted `add` must not take it for complete."""
    for name, content in {"unknown.json": '{"a": 1}', "empty.csv": ""}.items():
        (tmp_path / name).write_text(content)
        assert run("add", case, tmp_path / name)[0] == 4
        code, printed = run("add", case, tmp_path / name)
        assert code == 4
        assert [name] == [problem.partition(":")[0] for problem in printed["problems"]]
