"""The collect command: words, output, exit codes; that it ends well however it is ended, and that no secret is anywhere."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailwitness import Case
from mailwitness.cli import main
from mailwitness.collect.manifest import broken_links
from mailwitness.standin import PERMISSIONS, StandIn, Terms
from tests.standin.tenants import START, audit, directory_audit, hours, sign_in, write_tenant

RUN = [sys.executable, "-c", "from mailwitness.cli import main; raise SystemExit(main())"]
RATES = "\n[rates]\ngraph_audit_logs = 1000\ngraph_identity_protection = 1000\ngraph_directory = 1000\nmanagement = 1000\n[patience]\nfirst_pause_s = 0.01\n"
FEEDS = ["--feeds", "signins,directory,management"]
SINCE = ["--from", "2026-03-02", "--to", "2026-03-06"]


@dataclass(frozen=True)
class Tenant:
    """A stand-in, and the configuration that leads to it."""

    standin: StandIn
    config: Path

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "MAILWITNESS_CLIENT_SECRET": self.standin.client_secret, **more}


def served(tmp_path: Path, records: int = 60, **given: Any) -> Tenant:
    moments = [hours(n * 96 / records) for n in range(records)]
    whole: dict[str, Any] = {
        "clientAppUsed": "Browser",
        "appDisplayName": "Outlook",
        "conditionalAccessStatus": "success",
        "resourceId": "exchange",
    }
    kinds: dict[str, Any] = {
        "interactive": [sign_in(n, at, **whole, signInEventTypes=["interactiveUser"]) for n, at in enumerate(moments)],
        "noninteractive": [
            sign_in(n, at, **whole, signInEventTypes=["nonInteractiveUser"]) for n, at in enumerate(moments, 1000)
        ],
        "directory": [directory_audit(n, at) for n, at in enumerate(moments)],
        "unified": [audit(n, at) for n, at in enumerate(moments)],
    }
    standin = StandIn(
        write_tenant(tmp_path / "tenant", **kinds),
        now=START + timedelta(days=6),
        rate=0.0,
        **{"terms": Terms(limits=False), **given},
    )
    return Tenant(standin, tmp_path / "collect.toml")


def reachable(tenant: Tenant) -> Tenant:
    standin = tenant.standin
    addresses = "".join(
        f'{name} = "{getattr(standin.addresses, name)}"\n' for name in ("authority", "graph", "management", "exchange")
    )
    tenant.config.write_text(
        f'tenant_id = "{standin.tenant_id}"\nclient_id = "{standin.client_id}"\nca_file = "{standin.ca_file}"\n[addresses]\n{addresses}{RATES}'
    )
    return tenant


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    made = served(tmp_path)
    with made.standin:
        monkeypatch.setenv("MAILWITNESS_CLIENT_SECRET", made.standin.client_secret)
        yield reachable(made)


def test_from_nothing_to_a_case(tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command; every record is a row, the manifest holds, and coverage knows what was collected."""
    folder, case = tmp_path / "evidence", tmp_path / "case"
    code = main(["collect", str(folder), "--config", str(tenant.config), *FEEDS, *SINCE, "--case", str(case), "--json"])

    printed = json.loads(capsys.readouterr().out)
    assert (0, 240, [], []) == (code, printed["records"], printed["gaps"], printed["missing"])
    assert [] == broken_links(folder)
    opened = Case.open(case)
    assert {"signins": 120, "audit_events": 60, "directory_audits": 60} == {
        table: opened.sql(f"SELECT COUNT(*) FROM {table}").fetchall()[0][0]
        for table in ("signins", "audit_events", "directory_audits")
    }
    whole = opened.sql(
        "SELECT DISTINCT subject FROM findings WHERE claim LIKE 'every record of this log%' AND verdict = 'supported'"
    ).fetchall()
    assert {"signins_interactive", "signins_non_interactive", "directory_audits"} <= {subject for (subject,) in whole}
    assert [] == opened.verify()


def test_a_mailbox_alone_proves_nothing_of_the_tenant(tenant: Tenant, tmp_path: Path) -> None:
    """Its windows are a part of each log, and no log is called whole."""
    case = tmp_path / "case"
    main(
        [
            "collect",
            str(tmp_path / "e"),
            "--config",
            str(tenant.config),
            "--feeds",
            "signins_interactive",
            "--mailbox",
            "Ana@contoso.test",
            *SINCE,
            "--case",
            str(case),
        ]
    )

    opened = Case.open(case)
    assert [("signins_interactive_part",)] == opened.sql("SELECT DISTINCT feed FROM collection_windows").fetchall()
    decided = "SELECT COUNT(*) FROM findings WHERE claim LIKE 'every record of this log%' AND verdict <> 'undecidable'"
    assert [(0,)] == opened.sql(decided).fetchall()


def test_status_shows_a_strip(tenant: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each feed, with no colour."""
    folder = str(tmp_path / "e")
    main(["collect", folder, "--config", str(tenant.config), "--feeds", "signins_interactive", *SINCE])
    capsys.readouterr()

    assert 0 == main(["collect", "status", folder])
    shown = capsys.readouterr().out
    assert re.search(r"^signins_interactive \|#{60}\| 100%\s+60 records$", shown, re.MULTILINE)
    assert "\x1b" not in shown
    main(["collect", "status", folder, "--json"])
    (feed,) = json.loads(capsys.readouterr().out)["feeds"]
    assert ("signins_interactive", 60, 1.0, []) == (
        feed["feed"],
        feed["records"],
        feed["shares"]["settled"],
        feed["missing"],
    )


def test_check_names_the_missing_permission_and_why_it_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Feed by feed; 4, because something would be missing."""
    made = served(tmp_path, 4, terms=Terms(limits=False, granted=PERMISSIONS - {"ActivityFeed.Read"}, licence="free"))
    with made.standin:
        monkeypatch.setenv("MAILWITNESS_CLIENT_SECRET", made.standin.client_secret)
        code = main(["collect", "--check", "--config", str(reachable(made).config), *FEEDS, "--json"])
    found = {one["feed"]: one for one in json.loads(capsys.readouterr().out)["feeds"]}

    assert 4 == code
    assert ("permission_missing", ["ActivityFeed.Read"]) == (
        found["management_exchange"]["state"],
        found["management_exchange"]["missing"],
    )
    assert "who read" in found["management_exchange"]["why"]
    assert "allowed" == found["directory_audits"]["state"]
    assert found["signins_interactive"]["state"].startswith("licence_")
    assert not any(path.suffix == ".sqlite" for path in tmp_path.rglob("*"))


def test_setup_needs_no_network_and_asks_for_no_right_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    """Least privilege: every permission reads, but for the one that Exchange's endpoint wants."""
    assert 0 == main(["collect", "setup", "--json"])
    printed = json.loads(capsys.readouterr().out)
    names = {one["name"] for one in printed["permissions"]}
    assert {"AuditLog.Read.All", "ActivityFeed.Read", "Exchange.ManageAsApp"} <= names
    assert {"Exchange.ManageAsApp"} == {name for name in names if ".Read" not in name}
    assert printed["steps"][0]["title"] == "Register the application"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"MAILWITNESS_CLIENT_SECRET": "wr0ng-secret"}, "AADSTS7000215"),
        ({"MAILWITNESS_CLIENT_SECRET": ""}, "no client secret"),
        ({"MAILWITNESS_TENANT_ID": "99999999-0000-4000-8000-000000000009"}, "knows no tenant"),
        ({"MAILWITNESS_CLIENT_ID": "99999999-0000-4000-8000-000000000009"}, "AADSTS700016"),
        ({"MAILWITNESS_AUTHORITY": "https://127.0.0.1:1"}, "cannot be reached"),
        ({"MAILWITNESS_CREDENTIAL": "certificate", "MAILWITNESS_CERTIFICATE": "nowhere.pem"}, "nowhere.pem"),
        ({"MAILWITNESS_CREDENTIAL": "magic"}, "known: secret, certificate, device-code, managed-identity"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_do(
    tenant: Tenant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    said: str,
) -> None:
    """Exit code 5, and the wrong secret is not repeated."""
    monkeypatch.setattr("mailwitness.collect.credentials._from_keyring", lambda _: None)
    for name, value in change.items():
        monkeypatch.setenv(name, value)

    assert 5 == main(["collect", str(tmp_path / "e"), "--config", str(tenant.config), "--feeds", "signins_interactive"])
    shown = capsys.readouterr()
    assert said in shown.err
    assert "wr0ng-secret" not in shown.err + shown.out


def test_an_expired_secret_says_where_to_make_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commonest end of a collector."""
    made = served(tmp_path, 2, terms=Terms(limits=False, secret_expired=True))
    with made.standin:
        monkeypatch.setenv("MAILWITNESS_CLIENT_SECRET", made.standin.client_secret)
        assert 5 == main(["collect", str(tmp_path / "e"), "--config", str(reachable(made).config)])
    shown = capsys.readouterr().err
    assert "AADSTS7000222" in shown
    assert "Certificates & secrets" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "mailwitness collect DIR, collect --check, collect setup, or collect status DIR"),
        (["status"], "collect status DIR"),
        (["a", "b"], "one folder is needed"),
        (["e", "--feeds", "sign_ins"], "no feed 'sign_ins'; known: "),
        (["e", "--mailbox", "ana"], "is no address"),
        (["e", "--from", "2026-03-05", "--to", "2026-03-04"], "is not before"),
        (["e", "--from", "yesterday"], "not an ISO 8601 time"),
        (["status", "nowhere"], "no collection is here"),
    ],
)
def test_wrong_use_says_what_to_write(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Exit code 2."""
    given = [*words, "--config", str(tenant.config)]
    assert (2, True) == (main(["collect", *given]), said in capsys.readouterr().err)


@pytest.mark.parametrize("way", ["environment", "descriptor", "certificate"])
def test_no_secret_is_in_any_output_file_or_process_list(tmp_path: Path, way: str) -> None:
    """Neither the secret nor a token, with faults on, in the folder, the case, the output, or the command line of the process."""
    made = served(tmp_path, 40, faults=["F4=0.2", "F6=0.1", "F7=0.1"], terms=Terms(pace=50))
    folder, case = tmp_path / "evidence", tmp_path / "case"
    words = ["collect", str(folder), "--config", str(made.config), *FEEDS, *SINCE, "--case", str(case)]
    with made.standin:
        reachable(made)
        secret = made.standin.client_secret
        tokens = made.standin._tokens
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILWITNESS_")}
        reading, writing = os.pipe()
        os.write(writing, secret.encode())
        os.close(writing)
        if way == "environment":
            environment["MAILWITNESS_CLIENT_SECRET"] = secret
        elif way == "certificate":
            environment["MAILWITNESS_CERTIFICATE"] = str(made.standin.certificate_file)
        else:
            words += ["--secret-fd", str(reading)]
        process = subprocess.Popen(
            [*RUN, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[reading]
        )
        os.close(reading)
        listed = Path(f"/proc/{process.pid}/cmdline")
        shown = listed.read_bytes() if listed.exists() else b""
        out, err = process.communicate(timeout=120)
        private = made.standin.certificate_file.read_bytes().splitlines()[1]
        issued = [text.encode() for text in tokens._issued]
    assert process.returncode in (0, 4), err.decode()
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != made.config]
    everything = b"\n".join([shown, out, err, made.config.read_bytes(), *(path.read_bytes() for path in files)])
    assert len(issued) > 1
    assert [] == [sought for sought in (secret.encode(), private, *issued) if sought in everything]


def records_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "raw").rglob("*.json")))


def test_control_c_leaves_a_folder_that_goes_on(tmp_path: Path) -> None:
    """130, what came is kept, and the next run brings the rest."""
    made = served(tmp_path, 60, terms=Terms(pace=0.2))
    folder = tmp_path / "evidence"
    words = ["collect", str(folder), "--config", str(made.config), "--feeds", "signins", *SINCE]
    with made.standin:
        reachable(made)
        # A shell that puts the tests in the background has them, and so their children, ignore the signal.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            [*RUN, *words], env=made.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        signal.signal(signal.SIGINT, before)
        deadline = time.monotonic() + 60
        while not list((folder / "raw").rglob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (130, True) == (process.returncode, b"Run the command again to go on" in err), err.decode()
    assert (folder / "manifest.jsonl").exists()
    assert [] == broken_links(folder)
    left = json.loads(
        subprocess.run([*RUN, "collect", "status", str(folder), "--json"], capture_output=True, check=False).stdout
    )
    assert any(feed["waiting"] for feed in left["feeds"])

    (tmp_path / "later").mkdir()
    made = served(tmp_path / "later", 60)
    with made.standin:
        reachable(made)
        words[words.index("--config") + 1] = str(made.config)
        done = subprocess.run([*RUN, *words], env=made.environment(), capture_output=True, check=False)
    assert 0 == done.returncode, done.stderr.decode()
    content = records_of(folder)
    assert [] == [record.id for record in made.standin.records("signins_non_interactive") if record.body not in content]


def test_killed_at_random_moments_it_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """kill -9 again and again until it is done: every record is there, each once in the case."""
    chance = random.Random(5)
    made = served(tmp_path, 80, terms=Terms(pace=5, auditlog_page=10, blob_records=5, listing_page=3))
    folder, kills = tmp_path / "evidence", 0
    words = ["collect", str(folder), "--config", str(made.config), *FEEDS, *SINCE]
    with made.standin:
        reachable(made)
        while True:
            process = subprocess.Popen(
                [*RUN, *words], env=made.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            try:
                _, err = process.communicate(timeout=chance.uniform(0.5, 2.5) if kills < 6 else 120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills += 1
                continue
            break
        assert 0 == process.returncode, err.decode()
        content = records_of(folder)
        truth = [
            record
            for feed in ("signins_interactive", "signins_non_interactive", "directory_audits", "unified_audit_log")
            for record in made.standin.records(feed)
        ]
        assert [] == [record.id for record in truth if record.body not in content]
    assert kills >= 1
    assert [] == broken_links(folder)
    opened = Case.create(tmp_path / "case")
    assert [] == opened.add([folder]).problems
    for table, expected in (("signins", 160), ("audit_events", 80), ("directory_audits", 80)):
        assert [(expected, expected)] == opened.sql(f"SELECT COUNT(*), COUNT(DISTINCT id) FROM {table}").fetchall()
