"""How the command line starts: quickly, and with an answer to wrong use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import mailwitness
from mailwitness.cli import main
from mailwitness.errors import BusyError, IntegrityError, UsageError

ENGINES = ("duckdb", "pyarrow", "pandas")


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after running ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_no_engine() -> None:
    """The public names are there, and none is loaded before it is used."""
    assert loaded_after("import mailwitness").isdisjoint({*ENGINES, "typer", "rich", "mailwitness.workflow"})


def test_help_imports_no_engine() -> None:
    """Help of the whole and of each command answers without DuckDB and PyArrow."""
    for arguments in (
        ["--help"],
        ["investigate", "--help"],
        ["sql", "--help"],
        ["simulate", "--help"],
        ["score", "--help"],
        ["watch", "--help"],
    ):
        assert loaded_after(f"from mailwitness.cli import main\nmain({arguments!r})").isdisjoint(ENGINES)


def test_a_command_imports_no_data_frames(tmp_path: Path) -> None:
    """PyArrow would import them where they are installed; a process of ours has no use for them."""
    evidence = tmp_path / "a.csv"
    evidence.write_text("PrimarySmtpAddress,ImapEnabled\na@contoso.test,False\n")
    arguments = ["mailwitness", "add", str(tmp_path / "case"), str(evidence)]

    loaded = loaded_after(f"import sys\nfrom mailwitness.cli import main\nsys.argv = {arguments!r}\nmain()")

    assert "pyarrow" in loaded
    assert loaded.isdisjoint({"pandas", "numpy"})


def test_every_public_name_is_there() -> None:
    """What ``__all__`` promises can be got."""
    assert [] == [name for name in mailwitness.__all__ if getattr(mailwitness, name, None) is None]


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    """A typing mistake is told as Python tells it."""
    with pytest.raises(AttributeError, match="no attribute 'Cases'"):
        mailwitness.Cases  # noqa: B018


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, the name and the version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mailwitness {mailwitness.__version__}\n"


@pytest.mark.parametrize("arguments", [["ask"], ["nonsense"], ["report", "x", "--format", "docx"], []])
def test_wrong_use_ends_with_2_and_says_nothing_on_stdout(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output belongs to results; help shown for want of a command is the one exception."""
    assert main(arguments) == 2
    if arguments:
        assert capsys.readouterr().out == ""


def test_wrong_use_with_json_is_a_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that asked for JSON gets JSON, errors included."""
    assert main(["ask", "--json"]) == 2
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == ["schema_version", "error"]
    assert printed["error"]["code"] == "usage_error"


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (UsageError("no case here"), 2, "usage_error"),
        (IntegrityError("hash differs"), 3, "integrity_error"),
        (BusyError("another process writes"), 3, "busy_error"),
        (PermissionError(13, "Permission denied", "/x"), 3, "file_error"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_an_error_gives_its_exit_code_and_message(
    error: BaseException, exit_code: int, code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message is on stderr, and with ``--json`` in an object on stdout too."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("mailwitness.cli.doctor.examination", fail)

    assert main(["doctor", "--json"]) == exit_code

    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"]["code"] == code
    assert printed.err != ""


def test_a_message_cannot_carry_a_terminal_escape(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file name or a log value in a message is data."""

    def fail() -> None:
        raise UsageError("no reader for 'a\x1b[31m\u202eb'")

    monkeypatch.setattr("mailwitness.cli.doctor.examination", fail)

    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == "no reader for 'a⟨U+001B⟩[31m⟨U+202E⟩b'\n"


def test_a_defect_of_ours_does_not_end_as_findings_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1 means findings, so what nobody expected ends with another."""

    def broken(_: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mailwitness.cli.doctor._version", broken)
    assert main(["doctor", "--json"]) == 70
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "defect"


def test_a_reader_that_stops_reading_does_not_end_as_findings_do() -> None:
    """``mailwitness doctor | head -1`` tells nothing about findings."""
    command = subprocess.Popen(
        [sys.executable, "-c", "import sys; from mailwitness.cli import main; sys.exit(main(['doctor']))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert command.stdout is not None
    command.stdout.close()
    assert command.stderr is not None
    assert command.stderr.read() == b""
    assert command.wait() == 141
    command.stderr.close()
