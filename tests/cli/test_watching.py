"""The watch command: options, output, exit codes, and that no secret is in any of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailwitness.cli import main
from mailwitness.cli.watching import length_of_time
from mailwitness.errors import UsageError
from tests.collect.feeds.reach import Reach, audits, in_reach
from tests.watch.receiving import webhook_receiver
from tests.workflow.test_watching import put, recording

OFF = recording(False)


def folder_with(tmp_path: Path, content: bytes = OFF) -> Path:
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", content)
    return tmp_path / "in"


def test_a_run_tells_on_standard_error_and_ends_with_what_fail_on_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings of this run decide; the next run has none and ends with 0."""
    arguments = ["watch", str(tmp_path / "case"), "--once", "--from-folder", str(folder_with(tmp_path)), "--severity", "high", "--fail-on", "undecidable"]  # fmt: skip

    codes = [main(arguments), main([*arguments[:-1], "supported"])]

    assert [0, 0] == codes  # contradicted is neither
    told = capsys.readouterr().err
    assert 1 == told.count(
        "new finding (high, contradicted): this recommendation is met; recommendation cisa-unified-audit-log-on"
    )
    assert "1 file(s) taken in; 1 new or changed; silent: no log" in told
    assert "0 file(s) taken in; 0 new or changed; silent: no log" in told


def test_json_holds_the_alerts_and_the_channels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object, and nothing else on standard output."""
    alerts = tmp_path / "alerts.jsonl"
    code = main(["watch", str(tmp_path / "case"), "--once", "--from-folder", str(folder_with(tmp_path)), "--severity", "high",
                 "--alert", f"file:{alerts}", "--json"])  # fmt: skip

    printed = json.loads(capsys.readouterr().out)
    assert (0, 1) == (code, printed["schema_version"])
    assert [json.loads(line) for line in alerts.read_text().splitlines()] == printed["alerts"]
    assert [{"channel": f"file:{alerts}", "sent": 1, "waiting": 0, "error": None}] == printed["channels"]
    assert ([], [], [], 0) == (printed["failed"], printed["problems"], printed["silent"], printed["left"])


def test_a_channel_that_fails_ends_with_5_and_shows_no_secret(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the address's token nor the secret of signatures is in the output, the case or the metrics."""
    token, secret = "T0ken-that-nobody-may-see", "s3cret-that-nobody-may-see"
    monkeypatch.setenv("SIGNING", secret)
    with webhook_receiver() as received:
        received.answer = 500
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{received.port}/{token}")
        code = main(["watch", str(tmp_path / "case"), "--once", "--from-folder", str(folder_with(tmp_path)), "--severity", "high",
                     "--alert", "webhook:env:HOOK", "--webhook-secret", "env:SIGNING", "--metrics", str(tmp_path / "m.prom")])  # fmt: skip

    shown = capfd.readouterr()
    assert 5 == code
    assert "webhook:env:HOOK: 0 sent, 1 waiting for the next run: the receiver answered 500" in shown.err
    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    everything = shown.out.encode() + shown.err.encode() + files
    assert token.encode() not in everything
    assert secret.encode() not in everything
    assert token in received.paths[0]
    assert "x-mailwitness-signature" in received.headers[0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "give --once, or --every 15m"),
        (["--once", "--every", "15m"], "give --once, or --every 15m"),
        (["--every", "soon"], "--every 'soon' is no length of time"),
        (["--every", "0m"], "--every '0m' is no length of time"),
        (["--once", "--silent-after", "1w"], "--silent-after '1w' is no length of time"),
        (["--once", "--tell", "x"], "no question 'x'"),
        (["--once", "--alert", "mail:a@b"], "write one of: apprise:env:NAME"),
        (["--once", "--from-folder", "no-such-folder"], "no-such-folder: no such folder"),
        (["--once", "--metrics", "no/such/folder/m.prom"], "name the file that Prometheus' numbers go to"),
        (["--once", "--webhook-secret", "hunter2"], "a secret is not given as an argument"),
        (["--once", "--feeds", "signins"], "are of --collect DIR, which is not given"),
    ],
)
def test_wrong_use_says_what_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    """Exit code 2, before anything was sent."""
    assert 2 == main(["watch", str(tmp_path / "case"), *more])
    shown = capsys.readouterr().err
    assert said in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21600), ("2d", 172800)])
def test_lengths_of_time(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and days, as people write them."""
    assert seconds == length_of_time(text, "--every").total_seconds()
    with pytest.raises(UsageError):
        length_of_time(f"-{text}", "--every")


def test_it_runs_again_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """What is put into the folder meanwhile is told at the next run; SIGTERM ends it in order, with 0."""
    folder = folder_with(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", "from mailwitness.cli import main; raise SystemExit(main())", "watch", str(tmp_path / "case"),
         "--every", "1s", "--from-folder", str(folder), "--severity", "high", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        put(folder, "AdminAuditLogConfig 20260302T110000.json", recording(True))
        deadline = time.monotonic() + 120
        later = json.loads(process.stdout.readline())
        while not later["alerts"] and time.monotonic() < deadline:
            later = json.loads(process.stdout.readline())
        os.kill(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()

    assert [["new"], ["changed"]] == [[alert["change"] for alert in run["alerts"]] for run in (first, later)]
    assert (0, True) == (process.returncode, errors.endswith("stopped\n"))


def configuration(reach: Reach) -> Path:
    """The configuration for the stand-in, as a person writes it."""
    standin = reach.standin
    addresses = "".join(
        f'{name} = "{getattr(standin.addresses, name)}"\n' for name in ("authority", "graph", "management", "exchange")
    )
    path = reach.folder.parent / "collect.toml"
    path.write_text(
        f'tenant_id = "{standin.tenant_id}"\nclient_id = "{standin.client_id}"\nca_file = "{standin.ca_file}"\n[addresses]\n{addresses}'
    )
    return path


def test_it_collects_first_where_it_is_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tenant has is in the case after one run, with the statement of what was asked for; the next run finds nothing new."""
    with in_reach(tmp_path, unified=audits(30)) as reach:
        monkeypatch.setenv("MAILWITNESS_CLIENT_SECRET", reach.standin.client_secret)
        arguments = ["watch", str(tmp_path / "case"), "--once", "--collect", str(reach.folder), "--config", str(configuration(reach)),
                     "--feeds", "audit_query,admin_audit_log_config", "--from", "2026-03-02", "--json"]  # fmt: skip
        codes = [main(arguments), main(arguments)]

    first, second = (json.loads(text) for text in capsys.readouterr().out.replace("}\n{", "}\0{").split("\0"))
    assert ([0, 0], []) == (codes, first["problems"])
    assert {"graph_audit_query_json", "exo_settings_json", "collection_statement_json"} <= {
        item["reader"] for item in first["evidence"]
    }
    assert 30 == sum(item["records"] for item in first["evidence"] if item["reader"] == "graph_audit_query_json")
    assert [] == [item["name"] for item in second["evidence"] if item["name"].startswith(("raw/", "settings/"))]


def test_a_tenant_that_does_not_let_us_in_ends_with_5_and_the_case_is_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was put into the folder is told all the same; the secret is not."""
    monkeypatch.setenv("MAILWITNESS_CLIENT_SECRET", "wr0ng-secret-that-nobody-may-see")
    with in_reach(tmp_path, unified=audits(3)) as reach:
        code = main(["watch", str(tmp_path / "case"), "--once", "--collect", str(reach.folder), "--config", str(configuration(reach)),
                     "--from-folder", str(folder_with(tmp_path)), "--severity", "high"])  # fmt: skip

    shown = capfd.readouterr()
    assert 5 == code
    assert "new finding (high, contradicted)" in shown.err
    assert "secret" in shown.err.lower()
    assert "wr0ng-secret" not in shown.out + shown.err
