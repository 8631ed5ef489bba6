"""The demo's answers, each against what the story of docs/demo.md says happened."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from mailwitness import Case
from mailwitness.cli import main
from scripts import demo_output

EVIDENCE = Path(str(files("mailwitness") / "demo" / "evidence"))
ROOT = Path(__file__).parents[2]

ATTACKER = "fee2acb3-128c-4713-b28c-c9540d8561e7"
DANA_HERSELF = "63bd9cc0-3fb1-4d9d-8576-7e9f03081be1"
ERIK_OUTLOOK = "b1841c71-d991-4b8c-a30c-81e2d8444a25"
MIRA_PHONE = "2c74381f-5067-4251-80a1-4ba3744eed88"
MIRA_PHONE_THAT_NIGHT = "cc933741-6e3d-44e9-8f32-ff5cf4626fc0"
MIRA_DESK = "b3ea85d9-cbd0-4f49-aea6-7f7818c5218a"
BACKUP_APP = "a4441acb-e00d-42f9-8207-2df8d55d375d"
SUBSTRATE = "98db8bd6-0cc0-4e67-9de5-f187f1cd1b41"
DANA, ERIK, MIRA, FINANCE = (f"{name}@contoso.test" for name in ("dana", "erik", "mira", "finance"))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    opened = Case.create(tmp_path_factory.mktemp("demo") / "case")
    opened.add([EVIDENCE], options={"collected_for": "all-users"})
    return opened


@pytest.fixture(scope="module")
def account(case: Case) -> dict[str, Any]:
    return case.account().to_dict()


def asked(case: Case, query: str) -> list[tuple[Any, ...]]:
    return case.sql(query).fetchall()


def test_every_file_is_read_by_its_reader_and_every_record_is_accounted_for(account: dict[str, Any]) -> None:
    """Per file: records = rows + duplicates + rejects + skips, with the numbers that were written."""
    found = {
        row["name"]: (row["reader"], row["records"], row["rows"], row["duplicates"], row["rejects"], row["skips"])
        for row in account["evidence"]["rows"]
    }
    weekly = "settings/weekly-settings.zip"
    assert {
        "entra/InteractiveSignIns_2026-03-09_2026-03-12.csv": ("entra_signins_csv", 11, 10, 1, 0, 0),
        "entra/NonInteractiveSignIns_2026-03-09_2026-03-12.json": ("entra_signins_json", 81, 81, 0, 0, 0),
        "entra/collection-statement.jsonl": ("collection_statement_json", 6, 6, 0, 0, 0),
        "entra/diagnostic/y=2026/m=03/d=10/h=08/m=00/PT1H.json": ("entra_diagnostic_json", 5, 1, 4, 0, 0),
        "exchange/InboxRules_dana.csv": ("exo_inbox_rules_csv", 2, 2, 0, 0, 0),
        "exchange/MTSummary_report.csv": ("message_trace_csv", 169, 169, 0, 0, 0),
        "extractor/LogFile.txt": ("mes_run_log_text", 7, 6, 0, 0, 1),
        "extractor/UAL-Combined.csv": ("sual_ual_csv", 204, 0, 204, 0, 0),
        "purview/AuditLog_2026-03-09_2026-03-10.csv": ("purview_ual_csv", 159, 159, 0, 0, 0),
        "settings/AdminAuditLogConfig_20260312_090000.txt": ("exo_settings_text", 1, 1, 0, 0, 0),
        "settings/AuditBypass_20260312_090000.csv": ("exo_settings_csv", 4, 4, 0, 0, 0),
        "settings/CASMailbox_20260312_090000.csv": ("exo_settings_csv", 4, 4, 0, 0, 0),
        "settings/MailboxAudit_20260312_090000.json": ("exo_settings_json", 4, 4, 0, 0, 0),
        "settings/OrganizationConfig_20260312_090000.json": ("exo_settings_json", 1, 1, 0, 0, 0),
        weekly: ("archive_zip", 0, 0, 0, 0, 0),
        f"{weekly}/CASMailbox_20260308_060000.csv": ("exo_settings_csv", 4, 4, 0, 0, 0),
        f"{weekly}/MailboxAudit_20260308_060000.json": ("exo_settings_json", 4, 4, 0, 0, 0),
        f"{weekly}/tenant.zip": ("archive_zip", 0, 0, 0, 0, 0),
        f"{weekly}/tenant.zip/AdminAuditLogConfig_20260308_060000.txt": ("exo_settings_text", 1, 1, 0, 0, 0),
        f"{weekly}/tenant.zip/AuditBypass_20260308_060000.csv": ("exo_settings_csv", 4, 4, 0, 0, 0),
        f"{weekly}/tenant.zip/OrganizationConfig_20260308_060000.json": ("exo_settings_json", 1, 1, 0, 0, 0),
        "siem/audit.exchange.json": ("bare_ual_json", 204, 45, 159, 0, 0),
        "siem/audit.exchange.night.json": ("bare_ual_json", 10, 9, 0, 1, 0),
    } == found
    assert all(
        records == rows + doubles + rejects + skips for _, records, rows, doubles, rejects, skips in found.values()
    )


def test_each_session_has_its_messages_and_its_bounds(account: dict[str, Any]) -> None:
    """(accessed as, bounds, messages, folders synced, access records, throttled) of every mailbox and actor."""
    found = {
        (row["mailbox"], row["actor"]): (
            row["accessed_as"], row["bounds"], row["messages"], row["folders_synced"], row["accesses"], row["throttled"],
        )
        for row in account["sessions"]["rows"]
    }  # fmt: skip
    assert {
        (DANA, ATTACKER): ("owner", "unbounded", 47, 1, 45, 2),
        (FINANCE, ATTACKER): ("delegate", "at_least", 9, 0, 7, 0),
        (DANA, DANA_HERSELF): ("owner", "unbounded", 20, 0, 37, 0),
        (ERIK, ERIK_OUTLOOK): ("owner", "unbounded", 9, 2, 33, 0),
        (ERIK, BACKUP_APP): ("application", "at_least", 24, 0, 12, 0),
        (MIRA, MIRA_PHONE): ("owner", "at_least", 10, 0, 30, 0),
        (MIRA, MIRA_PHONE_THAT_NIGHT): ("owner", "at_least", 9, 0, 9, 0),
        (MIRA, MIRA_DESK): ("owner", "at_least", 5, 0, 5, 0),
        (FINANCE, MIRA_DESK): ("delegate", "at_least", 16, 0, 8, 0),
    } == found
    assert account["summary"]["headline"] == (
        "At least 149 messages in 4 mailboxes were obtained through 7 sessions and apps, and 7 folder syncs copied whole folders."
    )


def test_the_list_is_exact_only_for_a_time_that_was_collected_whole(case: Case) -> None:
    """In the shared mailbox the attacker's nine messages are all there were before noon; of the whole case nobody can say so."""
    noon = {
        "mailbox": FINANCE,
        "actor": ATTACKER,
        "time_from": datetime(2026, 3, 10, 8),
        "time_to": datetime(2026, 3, 10, 12),
    }
    claim = "the list of accessed messages is complete"
    ((before_noon,), (of_all,)) = (
        [(f["verdict"], f["bounds"]) for f in case.ask(**asked_with).findings if f["claim"] == claim]
        for asked_with in (noon, {"mailbox": FINANCE, "actor": ATTACKER})
    )
    assert ("supported", "exact") == before_noon
    assert ("undecidable", "at_least") == of_all


def test_a_message_counts_once_however_often_it_was_bound(account: dict[str, Any]) -> None:
    """The attacker's 47 messages of Dana were bound 63 times: 35 once, nine twice, two three times, one four times."""
    (schedule,) = [s for s in account["exposure"]["schedules"] if (s["mailbox"], s["actor"]) == (DANA, ATTACKER)]
    times = [row["accesses"] for row in schedule["messages"]["rows"]]
    assert {1: 35, 2: 9, 3: 2, 4: 1} == {n: times.count(n) for n in sorted(set(times))}
    assert 63 == sum(times)
    assert 47 == len({row["internet_message_id"] for row in schedule["messages"]["rows"]})
    assert {"198.51.100.77"} == {row["client_ip"] for row in schedule["messages"]["rows"]}


def test_what_cannot_be_excluded_is_a_lost_window_and_a_day_without_recording(account: dict[str, Any]) -> None:
    """The collector lost a window while the attacker was there; then recording was throttled for 24 hours."""
    (schedule,) = [s for s in account["exposure"]["schedules"] if (s["mailbox"], s["actor"]) == (DANA, ATTACKER)]
    whole = (
        "2026-03-09T03:12:40Z",
        "2026-03-12T01:00:00Z",
    )  # of all of it nothing is shown: a window is lost, with any change in it
    assert [
        ("audit_settings_unknown", *whole),
        ("bypass_unknown", *whole),
        ("collection_unproven", *whole),
        ("ingestion_unknown", *whole),
        ("signins_unproven", *whole),
        ("tenant_auditing_unknown", *whole),
        ("throttled", "2026-03-10T18:04:12Z", "2026-03-11T18:05:47Z"),
    ] == [(row["code"], row["time_from"], row["time_to"]) for row in schedule["unknown"]["rows"]]
    lost = [row for row in account["oddities"]["rows"] if row["code"] == "incomplete_export"]
    assert [("problem", 1312, ["extractor/LogFile.txt"])] == [
        (row["weight"], row["amount"], row["items"]) for row in lost
    ]


def test_the_synced_folder_is_a_finding_of_its_own(case: Case) -> None:
    """Outlook synchronised Dana's Inbox from the attacker's address, in the same session."""
    found = asked(
        case,
        f"""SELECT mailbox, subject, verdict, bounds, time_from FROM findings
        WHERE subject_kind = 'folder' AND actor = '{ATTACKER}'""",
    )
    assert [(DANA, "\\Inbox", "supported", "unbounded", datetime(2026, 3, 10, 10, 19, 5))] == found


def test_an_attachment_is_led_back_to_its_message(case: Case) -> None:
    """The record names an item only; the bind record of that item gives the message id."""
    ((subject, kind, verdict),) = asked(
        case, "SELECT subject, subject_kind, verdict FROM findings WHERE claim LIKE 'an attachment%'"
    )
    bound = asked(case, f"SELECT subject FROM findings WHERE subject_kind = 'message' AND actor = '{ATTACKER}'")
    assert ("message", "supported") == (kind, verdict)
    assert (subject,) in bound


def test_background_traffic_stands_apart_with_its_reason(account: dict[str, Any]) -> None:
    """Microsoft's service acts in the owner's name without a session; it is counted, and nobody's session has it."""
    assert [(DANA, SUBSTRATE, 6, 6), (FINANCE, SUBSTRATE, 6, 6), (MIRA, SUBSTRATE, 6, 6)] == sorted(
        (row["mailbox"], row["actor"], row["messages"], row["accesses"]) for row in account["background"]["rows"]
    )
    assert {"A process of Microsoft's own service: no session, the service's own client and address."} == {
        row["background"] for row in account["background"]["rows"]
    }


def test_a_record_in_three_exports_is_one_event_with_three_sightings(case: Case) -> None:
    """Purview, the collector and the SIEM hold the days up to noon of the 10th; the later days are in two, the last night in one."""
    assert [(1, 9), (2, 45), (3, 159)] == asked(
        case, "SELECT sightings, count(*) FROM audit_events GROUP BY sightings ORDER BY sightings"
    )
    assert [] == asked(case, "SELECT * FROM conflicts")


def test_the_record_that_was_cut_off_still_says_who_and_when(case: Case) -> None:
    """The file breaks off inside an access in Dana's name after her password was reset."""
    assert [("cut_off", datetime(2026, 3, 12, 1, 14, 9), "MailItemsAccessed", DANA, 36)] == asked(
        case, "SELECT reason, time, operation, user_id, length(id) FROM rejects"
    )


def test_every_access_of_the_attacker_leads_to_a_sign_in_of_the_same_session(case: Case) -> None:
    """The token's identifier decodes to the id of a sign-in with the session and the address of the access."""
    assert [(52, 52)] == asked(
        case,
        f"""SELECT count(*), count(*) FILTER (WHERE s.session_id = a.aad_session_id AND s.ip_address = a.client_ip)
        FROM mail_accesses AS a LEFT JOIN signins AS s ON s.id = a.issuing_signin_id AND s.stream = 'non_interactive'
        WHERE a.aad_session_id = '{ATTACKER}'""",
    )


def test_an_imap_success_stands_beside_a_mailbox_whose_imap_is_off(case: Case) -> None:
    """The sign-in log says success; the settings of that moment say that the protocol was closed, and no access followed."""
    assert [(ERIK, "IMAP4", False)] == asked(
        case,
        """SELECT s.user_principal_name, s.client_app_used, m.imap_enabled FROM signins AS s
        JOIN mailbox_settings AS m ON m.mailbox = s.user_principal_name AND m.valid_from <= s.time AND s.time < m.valid_to
        WHERE s.client_app_used = 'IMAP4' AND s.error_code = 0""",
    )
    assert [(0,)] == asked(case, "SELECT count(*) FROM mail_accesses WHERE client = 'imap'")


def test_the_rule_is_seen_when_made_and_when_found(case: Case) -> None:
    """Once in the audit log with address and session, once in the export of the rules."""
    assert [("New-InboxRule", "198.51.100.77"), ("snapshot", None)] == asked(
        case, "SELECT operation, client_ip FROM inbox_rules WHERE moves_to = 'RSS Feeds' ORDER BY operation"
    )


def test_what_to_fetch_next_begins_with_the_lost_window(account: dict[str, Any]) -> None:
    """The window that was not captured, the backup app's sign-ins, licences, and the rest of the cut-off file."""
    steps = account["next_steps"]
    assert ["window_lost", "no_app_signins", "no_licences", "cut_off_file"] == [step["code"] for step in steps]
    assert "2026-03-10T12:00:00Z to 2026-03-10T18:00:00Z" in steps[0]["missing"]
    assert "-StartDate 2026-03-10T12:00:00Z -EndDate 2026-03-10T18:00:00Z" in steps[0]["command"]


def test_the_output_shown_in_the_docs_is_the_real_one(case: Case) -> None:
    """``python -m scripts.demo_output`` puts it there again."""
    for page, text in demo_output.pages(case).items():
        assert text == page.read_text("utf-8")


def test_the_case_is_intact(case: Case) -> None:
    """Hashes, custody chain and accounting hold."""
    assert [] == case.verify()


def test_the_demo_can_be_run_again_over_its_own_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second run adds nothing and says the same."""
    said = []
    for _ in range(2):
        assert 0 == main(["demo", "--case", str(tmp_path / "case"), "--json"])
        said.append(json.loads(capsys.readouterr().out))
    first, second = (run["account"] for run in said)
    for part in ("summary", "evidence", "sessions", "background", "oddities", "rejects", "findings", "exposure"):
        assert first[part] == second[part]


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    """Nobody edited an export by hand: the script gives the same bytes."""
    code = "import sys, pathlib; from scripts.make_demo import write; write(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)
    made, kept = (
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path, EVIDENCE)
    )
    assert kept == made
    assert sum(map(len, kept.values())) < 1 << 20
