"""Watching a case: what is taken in, what is told, and what a kill changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailwitness.errors import EvidenceError, IntegrityError, RemoteError, UsageError
from mailwitness.watch.changes import Asked
from mailwitness.watch.channels import Means, opened
from mailwitness.workflow.case import Case
from mailwitness.workflow.watching import Run, Watch, claims_of, watch_once
from tests.laws.cases import access, json_lines
from tests.watch.receiving import Received, webhook_receiver
from tests.workflow.killed_watch import STEPS

NOW = datetime(2026, 3, 2, 12)
LONG_AGO_S = 3600


def put(folder: Path, name: str, content: bytes, age_s: float = LONG_AGO_S) -> Path:
    """A file that was put into the folder some time ago."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    at = path.stat().st_mtime - age_s
    os.utime(path, (at, at))
    return path


def recording(on: bool) -> bytes:
    """What Get-AdminAuditLogConfig says: a finding of severity high when the log is off."""
    return json.dumps({"AdminAuditLogEnabled": True, "UnifiedAuditLogIngestionEnabled": on}).encode()


def watch_of(tmp_path: Path, **more: Any) -> Watch:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    return Watch(tmp_path / "case", [folder], asked=Asked("high"), **more)


def run(watch: Watch, now: datetime = NOW) -> Run:
    return watch_once(watch, lambda: now)


def told(done: Run) -> list[tuple[str, str, str | None]]:
    """Of each alert: kind, change, and what it is about."""
    found = [
        (alert.content["kind"], alert.content["change"], alert.content.get("subject") or alert.content.get("feed"))
        for alert in done.alerts
    ]
    return sorted(found, key=str)


OFF = ("finding", "new", "cisa-unified-audit-log-on")


def test_a_finding_is_told_once(tmp_path: Path) -> None:
    """The second run finds the same and says nothing; nothing is added twice either."""
    watch = watch_of(tmp_path)
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))

    first, second = run(watch), run(watch)

    assert [OFF] == told(first)
    assert ([], []) == (told(second), second.evidence)
    assert ["AdminAuditLogConfig 20260302T100000.json"] == [item["name"] for item in first.evidence]


def test_a_finding_that_changes_is_told_again_with_another_id(tmp_path: Path) -> None:
    """Later evidence turns the verdict, and back: each turn is an alert of its own that says what was before."""
    watch = watch_of(tmp_path)
    ids, verdicts = [], []
    for hour, on in ((10, False), (11, True), (12, False)):
        put(tmp_path / "in", f"AdminAuditLogConfig 20260302T{hour}0000.json", recording(on))
        (made,) = [a for a in run(watch).alerts if a.content.get("subject") == "cisa-unified-audit-log-on"]
        ids.append(made.alert_id)
        verdicts.append(((made.content["before"] or {}).get("verdict"), made.content["verdict"]))

    assert [(None, "contradicted"), ("contradicted", "supported"), ("supported", "contradicted")] == verdicts
    assert 3 == len(set(ids))


def test_a_baseline_tells_nothing_of_what_is_there(tmp_path: Path) -> None:
    """What the case says at the first run is known, and only what comes later is told."""
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    watch = watch_of(tmp_path)

    first = run(replace(watch, baseline=True))
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T110000.json", recording(True))

    assert ([], 1) == (told(first), first.known)
    assert [("finding", "changed", "cisa-unified-audit-log-on")] == told(run(watch))


def test_a_silent_log_is_told_once_and_when_it_delivers_again(tmp_path: Path) -> None:
    """Three days without a record of a young log are silence; the next record ends it."""
    put(tmp_path / "in", "a.json", json_lines([access(1)]))
    watch = watch_of(tmp_path)
    four_days_on = NOW + timedelta(days=4)

    assert [] == told(run(watch))
    silent = run(watch, four_days_on)
    assert [("silence", "new", "unified_audit_log")] == told(silent)
    assert ["unified_audit_log"] == silent.silent
    assert ([], ["unified_audit_log"]) == (told(run(watch, four_days_on)), run(watch, four_days_on).silent)

    put(tmp_path / "in", "b.json", json_lines([access(2, CreationTime="2026-03-06T11:00:00")]))
    assert [("silence", "withdrawn", "unified_audit_log")] == told(run(watch, four_days_on))


def test_a_gap_in_collection_is_told_whatever_severity_was_asked_for(tmp_path: Path) -> None:
    """A collector's statement that it did not get a window is a gap, with its window in the sentence."""
    statement = {
        "collection_statement": 1,
        "feed": "directory_audits",
        "window_from": "2026-03-02T00:00:00Z",
        "window_to": "2026-03-02T06:00:00Z",
        "users": "all",
        "complete": False,
        "statement": "403",
    }
    put(tmp_path / "in", "statement.jsonl", json.dumps(statement).encode() + b"\n")

    (made,) = run(replace(watch_of(tmp_path), asked=Asked(None))).alerts

    assert ("gap", "new", None, "directory_audits") == tuple(
        made.content[name] for name in ("kind", "change", "severity", "subject")
    )
    assert made.sentence.endswith("feed directory_audits; from 2026-03-02T00:00:00Z to 2026-03-02T06:00:00Z")


def test_questions_can_be_told_whatever_severity(tmp_path: Path) -> None:
    """``--tell message_bound`` tells which messages were accessed; their ids stay in the case unless content was asked for."""
    put(tmp_path / "in", "a.json", json_lines([access(1)]))
    watch = replace(watch_of(tmp_path), asked=Asked(None, claims_of(["message_bound"])))

    (made,) = run(watch).alerts

    assert ("message", ["subject", "title"]) == (made.content["subject_kind"], made.content["withheld"])
    assert "<m1@contoso.test>" not in json.dumps(made.content)
    (shown,) = run(replace(watch, case=tmp_path / "other", with_content=True)).alerts
    assert "<m1@contoso.test>" == shown.content["subject"]


def test_a_question_nobody_knows_is_wrong_use() -> None:
    """The error lists the questions."""
    with pytest.raises(UsageError, match=r"no question 'x'; known: .*message_bound"):
        claims_of(["x"])


def test_files_still_being_written_are_left_to_the_next_run(tmp_path: Path) -> None:
    """A file changed seconds ago, or named as unfinished, would be half a file in the case for ever."""
    watch = watch_of(tmp_path)
    fresh = put(tmp_path / "in", "sub/a.json", json_lines([access(1)]), age_s=0)
    put(tmp_path / "in", "b.json.part", json_lines([access(2)]))

    first = run(watch)
    put(fresh.parent, "a.json", json_lines([access(1)]))
    second = run(watch)

    assert ([], 2) == ([item["name"] for item in first.evidence], first.left)
    assert (["sub/a.json"], 1) == ([item["name"] for item in second.evidence], second.left)


def test_a_file_that_changes_is_taken_in_again(tmp_path: Path) -> None:
    """A log that grows in place brings its new records; the old ones are not doubled."""
    watch = watch_of(tmp_path)
    put(tmp_path / "in", "a.json", json_lines([access(1)]))
    run(watch)
    put(tmp_path / "in", "a.json", json_lines([access(1), access(2)]), age_s=60)
    run(watch)

    assert [(2,)] == Case.open(tmp_path / "case").sql("SELECT count(*) FROM audit_events").fetchall()


def test_a_source_that_fails_ends_no_run(tmp_path: Path) -> None:
    """The case is asked as it is, what is found is told, and the run says what could not be reached."""

    def fetch() -> Sequence[str]:
        raise RemoteError("login.contoso.test: no answer. Check the network.")

    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    metrics = tmp_path / "m.prom"

    done = run(watch_of(tmp_path, collections=[(tmp_path / "collected", fetch)], metrics=metrics))

    assert [OFF] == told(done)
    assert (5, ["login.contoso.test: no answer. Check the network."]) == (done.exit_code, done.failed)
    lines = metrics.read_text().splitlines()
    assert "mailwitness_watch_sources_failed 1" in lines
    assert "mailwitness_watch_last_success_timestamp_seconds" not in metrics.read_text()


def test_what_a_collector_just_wrote_is_taken_in_at_once(tmp_path: Path) -> None:
    """A collected file is whole once it has its name, so it does not wait; what the collector could not get is a problem of the run."""
    folder = tmp_path / "collected"

    def fetch() -> Sequence[str]:
        put(folder, "raw/a.json", json_lines([access(1)]), age_s=0)
        return ["signins_interactive: 1 window(s) missing"]

    done = run(watch_of(tmp_path, collections=[(folder, fetch)]))

    assert ["raw/a.json"] == [item["name"] for item in done.evidence]
    assert (["signins_interactive: 1 window(s) missing"], 4) == (done.problems, done.exit_code)


def test_a_channel_that_fails_is_tried_at_the_next_run(tmp_path: Path) -> None:
    """The alert waits, the run ends with 5, and the next one delivers it once."""
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    with webhook_receiver() as received:
        received.answer = 503
        watch = watch_of(tmp_path, channels=opened([f"webhook:http://127.0.0.1:{received.port}"], Means()))
        first = run(watch)
        received.answer = 204
        second, third = run(watch), run(watch)

    assert [(0, 1, 5), (1, 0, 0), (0, 0, 0)] == [
        (r.deliveries[0].sent, r.deliveries[0].waiting, r.exit_code) for r in (first, second, third)
    ]
    assert ids(received)[:1] * 2 == ids(received)


def test_the_numbers_of_a_run(tmp_path: Path) -> None:
    """Last run and success, records, lag, findings, alerts: as the case and the memory hold them."""
    put(tmp_path / "in", "a.json", json_lines([access(n) for n in range(7)]))
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    metrics, alerts = tmp_path / "m.prom", tmp_path / "alerts.jsonl"

    run(watch_of(tmp_path, metrics=metrics, channels=opened([f"file:{alerts}"], Means())))

    found = dict(line.rsplit(" ", 1) for line in metrics.read_text().splitlines() if not line.startswith("#"))
    case = Case.open(tmp_path / "case")
    ((high,),) = case.sql("SELECT count(*) FROM findings WHERE severity = 'high' AND pillar = 'posture'").fetchall()
    assert {
        "mailwitness_watch_last_run_timestamp_seconds": "1772452800",
        "mailwitness_watch_last_success_timestamp_seconds": "1772452800",
        "mailwitness_watch_sources_failed": "0",
        f'mailwitness_watch_alerts_sent_total{{channel="file:{alerts}"}}': "1",
        f'mailwitness_watch_alerts_waiting{{channel="file:{alerts}"}}': "0",
        'mailwitness_feed_records{feed="unified_audit_log"}': "7",
        'mailwitness_feed_last_record_timestamp_seconds{feed="unified_audit_log"}': "1772442006",
        'mailwitness_feed_lag_seconds{feed="unified_audit_log"}': "10794",
        'mailwitness_findings{pillar="posture",verdict="contradicted",severity="high"}': str(high),
    }.items() <= found.items()
    ((total,),) = case.sql("SELECT count(*) FROM findings").fetchall()
    assert total == sum(int(value) for name, value in found.items() if name.startswith("mailwitness_findings"))
    hours = case.sql(
        "SELECT sum(epoch(time_to - time_from)) / 3600 FROM findings WHERE state IS NOT NULL AND subject_kind = 'mailbox'"
    )
    counted = sum(float(value) for name, value in found.items() if name.startswith("mailwitness_coverage_hours"))
    assert counted == pytest.approx(hours.fetchall()[0][0] or 0)


def test_the_numbers_are_written_of_a_run_that_breaks(tmp_path: Path) -> None:
    """Whoever watches the watch sees that it ran and did not succeed."""
    metrics = tmp_path / "m.prom"
    watch = watch_of(tmp_path, metrics=metrics)
    put(tmp_path / "in", "a.json", json_lines([access(1)]))
    run(watch)
    (entry,) = (tmp_path / "case/ledger").iterdir()
    entry.chmod(0o644)
    entry.write_text("gone")

    with pytest.raises((IntegrityError, EvidenceError)):
        run(watch, NOW + timedelta(hours=1))

    assert "mailwitness_watch_last_run_timestamp_seconds 1772456400" in metrics.read_text()
    assert "mailwitness_watch_last_success_timestamp_seconds 1772452800" in metrics.read_text()


def test_a_folder_that_went_away_is_told_and_is_not_an_empty_one(tmp_path: Path) -> None:
    """A file system that was unmounted: the case is asked, the other folders are read, the run ends with 5."""
    put(tmp_path / "in", "a.json", json_lines([access(1)]))
    done = run(Watch(tmp_path / "case", [tmp_path / "gone", tmp_path / "in"]))

    assert ([f"{tmp_path}/gone: the folder is gone. Is it mounted? What was put into it waits there."], 5) == (
        done.failed,
        done.exit_code,
    )
    assert ["a.json"] == [item["name"] for item in done.evidence]


def test_numbers_that_cannot_be_written_end_no_run(tmp_path: Path) -> None:
    """The finding is told, and the place of the numbers is named."""
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    (tmp_path / "m.prom").mkdir()

    done = run(watch_of(tmp_path, metrics=tmp_path / "m.prom"))

    assert [OFF] == told(done)
    assert [
        f"{tmp_path}/m.prom: the numbers cannot be written (Is a directory). Free the place or name another."
    ] == done.problems


def test_the_memory_is_no_harm_to_the_case(tmp_path: Path) -> None:
    """A watched case verifies, and a folder of evidence that holds it is not read into it."""
    put(tmp_path / "in", "a.json", json_lines([access(1)]))
    run(watch_of(tmp_path))

    assert [] == Case.open(tmp_path / "case").verify()


def ids(received: Received) -> list[str]:
    """The ids of the alerts that came, in order, repeats included."""
    return [made["alert_id"] for body in received.bodies for made in json.loads(body)["alerts"]]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_every_alert_comes_and_a_repeat_has_its_id(step: str, tmp_path: Path) -> None:
    """At least once: the run after the kill tells what was not told; only what was sent and not noted so comes twice, with one id."""
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    put(tmp_path / "in", "OrganizationConfig 20260302T100000.json", json.dumps({"AuditDisabled": True}).encode())
    with webhook_receiver() as received:
        address = f"http://127.0.0.1:{received.port}"
        killed = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.workflow.killed_watch",
                str(tmp_path / "case"),
                str(tmp_path / "in"),
                address,
                step,
            ],
            check=False,
        )
        watch = replace(watch_of(tmp_path), channels=opened([f"webhook:{address}"], Means()))
        run(watch)
        run(watch)

    assert -signal.SIGKILL == killed.returncode
    expected = 2 if step == "after sending" else 1
    assert [expected, expected] == list(Counter(ids(received)).values())
    assert [] == Case.open(tmp_path / "case").verify()


def test_killed_while_the_receiver_has_not_answered(tmp_path: Path) -> None:
    """The receiver has the alert, the watch cannot know: it comes again with the same id."""
    put(tmp_path / "in", "AdminAuditLogConfig 20260302T100000.json", recording(False))
    with webhook_receiver() as received:
        received.may_answer.clear()
        address = f"http://127.0.0.1:{received.port}"
        process = subprocess.Popen(
            [sys.executable, "-c", "from mailwitness.cli import main; main()", "watch", str(tmp_path / "case"), "--once", "--from-folder", str(tmp_path / "in"),
             "--severity", "high", "--alert", f"webhook:{address}"],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert received.arrived.wait(120)
        process.kill()
        process.wait()
        received.may_answer.set()
        run(replace(watch_of(tmp_path), channels=opened([f"webhook:{address}"], Means())))

    first, *more = ids(received)
    assert [first] == more
