"""The commands of the simulated tenant: what they print, write and end with."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mailwitness import Case
from mailwitness.cli import main
from mailwitness.simulate import run as running
from mailwitness.simulate.options import Options
from mailwitness.simulate.run import Summary
from mailwitness.simulate.truth.rows import ROWS

Run = Callable[..., tuple[int, Any]]
GUID = "33333333-0000-4000-8000-000000000003"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with ``--json``; gives its exit code and the object it printed."""

    def run(*arguments: object) -> tuple[int, Any]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options of every simulation that a command asks for, none of which is made."""
    options: list[Options] = []

    def simulate(given: Options, out: Path, progress: Callable[[str, float], None]) -> Summary:
        options.append(given)
        progress("living", 0.5)
        return Summary(out, {"unified": 12}, ("mes/log.txt",), {"accesses": 9})

    monkeypatch.setattr(running, "simulate", simulate)
    return options


def test_simulate_without_options_asks_for_the_usual_tenant(run: Run, asked: list[Options], tmp_path: Path) -> None:
    """The defaults of the command are those of the simulator; the next commands name the folders."""
    out = tmp_path / "a tenant"
    code, printed = run("simulate", out)
    assert code == 0
    assert asked == [Options()]
    assert printed == {
        "schema_version": 1,
        "out": str(out),
        "files": ["mes/log.txt"],
        "records": {"unified": 12},
        "truth": {"accesses": 9},
        "next": [
            f"mailwitness investigate '{out}/exports' --case '{out}/case' --collected-for all-users",
            f"mailwitness score '{out}/case' '{out}/truth'",
        ],
    }


def test_what_the_stand_in_serves_is_no_export(run: Run, asked: list[Options], tmp_path: Path) -> None:
    """The format tenant alone is not investigated but served."""
    code, printed = run("simulate", tmp_path / "out", "--formats", "tenant")
    assert (0, [f"mailwitness standin {tmp_path}/out"]) == (code, printed["next"])


def test_simulate_takes_every_option(run: Run, asked: list[Options], tmp_path: Path) -> None:
    """Names are separated by commas or given again."""
    arguments = (
        "--scenario G8,G2:mails=3 --scenario B1 --coverage loss20 --seed 7 --mailboxes 50 --days 9 --start 2022-05-02"
    )
    run("simulate", tmp_path / "out", *arguments.split(), "--formats", "purview_csv, settings")
    assert asked == [
        Options(
            seed=7,
            mailboxes=50,
            days=9,
            start=date(2022, 5, 2),
            scenarios=("G8", "G2:mails=3", "B1"),
            coverage="loss20",
            formats=("purview_csv", "settings"),
        )
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no folder is named"),
        (["out", "--start", "2 March"], "--start '2 March' is not a date"),
        (["out", "--mailboxes", "3"], "--mailboxes 3 is out of range; it is between 10 and 5000"),
        (["out", "--formats", "docx"], "--formats 'docx' is not known; it is one of "),
        (["out", "--scenario", "G99"], "--scenario 'G99' is not known; it is one of G1"),
    ],
)
def test_wrong_use_of_simulate_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """What was found and what to write; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    code, printed = run("simulate", *arguments)
    assert code == 2
    assert message in printed["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_simulate_refuses_a_folder_with_something_in_it(run: Run, tmp_path: Path) -> None:
    """Nobody's files are mixed with invented ones."""
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    code, printed = run("simulate", tmp_path)
    assert code == 2
    assert "is not an empty folder" in printed["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_simulate_shows_a_summary_and_what_to_do_next(
    asked: list[Options], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables on standard output, the way on on standard error."""
    assert main(["simulate", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert "unified" in printed.out
    assert "accesses" in printed.out
    assert f"mailwitness score {tmp_path}/out/case {tmp_path}/out/truth" in printed.err


def test_the_list_names_every_scenario_and_format(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """With titles, and what is written by default."""
    code, printed = run("simulate", "--list")
    assert code == 0
    assert [one["id"] for one in printed["scenarios"]][:2] == ["G1", "G2"]
    assert {one["id"] for one in printed["formats"] if one["default"]} == {"mes", "settings"}
    assert main(["simulate", "--list"]) == 0
    assert printed["scenarios"][0]["title"][:20] in capsys.readouterr().out


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case in which one session bound two messages."""
    place = tmp_path_factory.mktemp("scored")
    record = {
        "CreationTime": "2026-03-02T09:00:00", "Id": "aaaa0000-0000-4000-8000-000000000001", "Operation": "MailItemsAccessed",
        "OrganizationId": "11111111-0000-4000-8000-000000000001", "RecordType": 50, "UserKey": "10032000AAAA", "UserType": 0,
        "Version": 1, "Workload": "Exchange", "UserId": "ana@contoso.test", "MailboxOwnerUPN": "ana@contoso.test",
        "MailboxGuid": GUID, "LogonType": 0, "ClientIPAddress": "203.0.113.5", "ClientInfoString": "Client=OWA;", "SessionId": "session-1",
        "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}],
        "Folders": [{"Path": "\\Inbox", "FolderItems": [{"InternetMessageId": f"<m{n}@contoso.test>"} for n in (1, 2)]}],
        "OperationCount": 2,
    }  # fmt: skip
    (place / "audit.json").write_text(json.dumps([record]), "utf-8")
    Case.create(place / "case").add([place / "audit.json"])
    return place / "case"


@pytest.fixture
def truth(tmp_path: Path) -> Callable[..., Path]:
    """Writes truth files in which that session bound these messages."""

    def write(*messages: str) -> Path:
        folder = tmp_path / "truth"
        folder.mkdir()
        for name in ROWS:
            (folder / f"{name}.jsonl").write_bytes(b"")
        access = {
            "time": "2026-03-02T09:00:00.000Z", "key": "act-1", "recorded": True, "exported": True, "mailbox": GUID, "how": "bind",
            "folder": "\\Inbox", "logon": "owner", "user": "ana@contoso.test", "session_id": "session-1", "client_ip": "203.0.113.5",
            "messages": messages, "scenario": "G2", "step": "read",
        }  # fmt: skip
        (folder / "accesses.jsonl").write_bytes(msgspec.json.encode(access) + b"\n")
        about = {
            "coverage": "full", "collector": "careful", "formats": ["mes"], "time_from": "2026-03-02T00:00:00.000Z", "time_to": "2026-03-03T00:00:00.000Z",
            "collected_at": "2026-03-06T00:00:00.000Z", "mailboxes": [{"mailbox": GUID, "upn": "ana@contoso.test"}], "people": [],
        }  # fmt: skip
        (folder / "tenant.json").write_bytes(msgspec.json.encode(about))
        return folder

    return write


def test_score_asks_the_case_and_finds_it_right(run: Run, case: Path, truth: Callable[..., Path]) -> None:
    """A claim's row for each scenario, and what is not measured; the case had not been asked."""
    folder = truth("<m1@contoso.test>", "<m2@contoso.test>")
    code, printed = run("score", case, folder)
    assert code == 0
    assert list(printed) == ["schema_version", "case", "truth", "coverage", "claims", "errors", "unmeasured"]
    assert [
        (row["scenario"], row["subjects"], row["right"], row["asked"])
        for row in printed["claims"]
        if row["claim"] == "this message was accessed by this actor"
    ] == [("G2", 2, 2, True)]
    assert printed["errors"] == []
    assert "accesses of this mailbox by this actor went unrecorded" in [row["claim"] for row in printed["unmeasured"]]


@pytest.mark.parametrize(("bound", "expected"), [([], 1), (["--max-wrong", "1"], 0)])
def test_score_ends_with_1_if_more_is_wrong_than_allowed(
    run: Run, case: Path, truth: Callable[..., Path], bound: list[str], expected: int
) -> None:
    """The error names the finding and what it missed."""
    code, printed = run("score", case, truth("<m1@contoso.test>"), *bound)
    assert code == expected
    (error,) = [error for error in printed["errors"] if error["outcome"] == "wrong"]
    found = Case.open(case).sql(f"SELECT subject FROM findings WHERE finding_id = '{error['finding_id']}'").fetchall()
    assert found == [("<m2@contoso.test>",)]
    assert error["why"] == "this actor never obtained this from this mailbox"


def test_score_prints_tables_and_error_lines(
    case: Path, truth: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong, what was missed and what is not measured; hostile text is named."""
    assert main(["score", str(case), str(truth("<m1@contoso.test>", "<\x1b[2J>"))]) == 1
    printed = capsys.readouterr().out
    assert "wrong: this message was accessed by this actor: G2: finding " in printed
    assert "undecidable though decidable: this message was accessed by this actor: G2: no finding: " in printed
    assert "no finding speaks of <⟨U+001B⟩[2J>, obtained from" in printed
    assert "not measured: accesses of this mailbox by this actor went unrecorded: 1 findings" in printed


def test_score_of_what_is_no_truth_is_told(run: Run, case: Path, tmp_path: Path) -> None:
    """Wrong use, with what to name."""
    code, printed = run("score", case, tmp_path)
    assert code == 2
    assert "is no folder of truth files" in printed["error"]["message"]
