"""The command standin: what it prints, that it serves, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import ssl
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailwitness.cli import main
from tests.standin.tenants import EXPORT, hours, sign_in, write_tenant


@contextmanager
def serving(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process that serves; killed if the test leaves it alive."""
    command = [
        sys.executable,
        "-c",
        "from mailwitness.cli import main; raise SystemExit(main())",
        "standin",
        *map(str, arguments),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def printed(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The JSON object on its stdout, as soon as it is whole."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            break
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def tenant(tmp_path: Path) -> Path:
    return write_tenant(tmp_path / "tenant", interactive=[sign_in(1, hours(1))])


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(tenant: Path, ending: signal.Signals) -> None:
    """What it prints is enough to sign in and ask; at the end nothing of its keys stays on disk."""
    with serving(tenant, "--json", "--no-limits", "--rate", 0, "--fault", "F6=0", "--clock", "2026-03-05") as process:
        said = printed(process)
        with httpx.Client(verify=ssl.create_default_context(cafile=said["ca_file"])) as client:
            token = client.post(
                f"{said['addresses']['authority']}/{said['tenant_id']}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials", "client_id": said["client_id"], "client_secret": said["client_secret"],
                    "scope": "https://graph.microsoft.com/.default",
                },
            ).json()["access_token"]  # fmt: skip
            answer = client.get(
                f"{said['addresses']['graph']}/beta/auditLogs/signIns", headers={"Authorization": f"Bearer {token}"}
            )
        configuration = tomllib.loads(Path(said["configuration_file"]).read_text("utf-8"))
        process.send_signal(ending)
        process.communicate(timeout=20)

    assert (200, 1) == (answer.status_code, len(answer.json()["value"]))
    assert ("2026-03-05T00:00:00Z", {"F6": 0.0}) == (said["now"], said["faults"])
    assert configuration == {
        "tenant_id": said["tenant_id"], "client_id": said["client_id"], "ca_file": said["ca_file"], "addresses": said["addresses"],
    }  # fmt: skip
    assert (0, False) == (process.returncode, Path(said["ca_file"]).parent.exists())


def test_in_the_background_of_a_shell_it_ends_as_well(tenant: Path) -> None:
    """There a process begins with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with serving(tenant, "--json") as process:
            signal.signal(signal.SIGINT, before)
            said = printed(process)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (0, False) == (process.returncode, Path(said["ca_file"]).exists())


def test_at_a_terminal_it_says_what_to_type_next_and_what_it_served(tenant: Path) -> None:
    with serving(tenant) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if "serving until Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=20)

    assert re.search(r"^  export MAILWITNESS_CLIENT_SECRET=\S+$", said, re.MULTILINE)
    assert re.search(r"^  mailwitness collect COLLECTED --config \S+collect\.toml$", said, re.MULTILINE)
    assert (0, "served 0 requests\n") == (process.returncode, rest)
    assert f"{EXPORT:%Y-%m-%dT}" in out
    assert "secret" not in out.partition("tenant_id")[2]


def test_the_list_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standin", "--list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["faults"]
    assert [f"F{number}" for number in range(1, 25)] == [one["id"] for one in found]
    assert main(["standin", "--list"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no tenant is named"),
        (["nowhere"], "mailwitness simulate nowhere --formats tenant"),
        (["--fault", "F99"], "F1 to F24"),
        (["--fault", "F1=2"], "no probability"),
        (["--without", "Mail.Read"], "'Mail.Read' is no permission"),
        (["--pace", "0"], "not positive"),
        (["--rate", "-1"], "negative"),
        (["--repeats", "-1"], "negative"),
        (["--clock", "noon"], "--clock"),
        (["--port", "70000"], "--port"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(
    tenant: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if not arguments or arguments == ["nowhere"] else [str(tenant), *arguments]
    assert main(["standin", *given]) == 2
    assert said in capsys.readouterr().err


def test_a_missing_library_is_named_with_how_to_get_it(
    tenant: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("mailwitness.standin")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "starlette.routing", None)
    monkeypatch.setitem(sys.modules, "starlette.types", None)
    assert main(["standin", str(tenant)]) == 2
    assert "pip install 'mailwitness[standin]'" in capsys.readouterr().err


def test_a_damaged_line_is_told_with_its_place(tenant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tenant / "interactive" / "20260302.jsonl").write_text('{"at": 1}\n')
    assert main(["standin", str(tenant)]) == 2
    assert "20260302.jsonl, line 1" in capsys.readouterr().err
