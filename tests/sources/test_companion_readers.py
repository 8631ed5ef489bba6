"""Traces, inventories, rules, licences, run logs and derived tables become the rows an investigator expects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.sources.reading import SOURCES, read_file

RECEIVED = datetime(2026, 3, 2, 9, 15, 22)


def rows(name: str, table: str, *columns: str) -> list[dict[str, Any]]:
    found = read_file(SOURCES / name).rows(table, *columns)
    return [{key: value for key, value in row.items() if key != "row_id"} for row in found]


def mention(mailbox: str | None, **more: Any) -> dict[str, Any]:
    return {
        "time": RECEIVED, "mailbox": mailbox, "internet_message_id": "<m1@example.org>", "subject": "Invoice 7",
        "sender": "out@example.org", "folder_path": None, "operation": "MessageTrace", **more,
    }  # fmt: skip


def test_portal_trace_names_every_recipient() -> None:
    """One row lists all recipients; each of them and the sender gets the message's subject."""
    assert rows("message_trace_csv/portal.csv", "message_traces") == [
        {
            "time": RECEIVED, "internet_message_id": "<m1@example.org>", "sender": "out@example.org",
            "recipient": "ana@contoso.test; bob@contoso.test", "subject": "Invoice 7", "size_bytes": 20480,
            "status": "Receive, Deliver; Receive, Fail", "from_ip": "203.0.113.5", "to_ip": None,
        }
    ]  # fmt: skip
    assert rows("message_trace_csv/portal.csv", "message_mentions") == [
        mention("ana@contoso.test"), mention("bob@contoso.test"), mention("out@example.org"),
    ]  # fmt: skip


def test_powershell_trace_without_message_id_is_kept_but_mentions_nothing() -> None:
    """A row that names no message is still a row."""
    reading = read_file(SOURCES / "message_trace_csv/get_messagetracev2.csv")

    assert [row["internet_message_id"] for row in reading.rows("message_traces")] == ["<m1@example.org>", None]
    assert len(reading.rows("message_mentions")) == 2


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("message_trace_json/graph_page.json", "MessageTrace"),
        ("defender_emailevents_json/result.json", "EmailEvents"),
    ],
)
def test_json_traces_give_the_same_mentions(name: str, operation: str) -> None:
    """Graph's and Defender's names lead to the same rows."""
    assert rows(name, "message_mentions") == [
        mention("ana@contoso.test", operation=operation),
        mention("out@example.org", operation=operation),
    ]


def test_log_analytics_export_of_email_events_is_read_with_its_own_clock() -> None:
    """The header's zone mark is no part of the name, and its browser date is an instant."""
    assert rows("defender_emailevents_csv/log_analytics.csv", "message_traces", "time", "internet_message_id") == [
        {"time": datetime(2026, 3, 22, 9, 15, 22), "internet_message_id": "<m2@example.org>"}
    ]


def test_hostile_subject_stays_text() -> None:
    """A formula in a subject is carried as it was written."""
    assert rows("defender_emailevents_csv/query.csv", "message_traces", "subject") == [{"subject": '=HYPERLINK("x")'}]


def test_inventory_gives_mailbox_folder_and_subject() -> None:
    """Any table with message id and subject says what the message was; a draft has no id and is kept."""
    assert rows("message_inventory_csv/inventory.csv", "message_mentions") == [
        mention("ana@contoso.test", folder_path="\\Inbox", operation="inventory"),
        {
            "time": datetime(2026, 3, 2, 9, 16, 22), "mailbox": "ana@contoso.test", "internet_message_id": None,
            "subject": "Draft", "sender": None, "folder_path": "\\Drafts", "operation": "inventory",
        },
    ]  # fmt: skip
    assert rows("message_inventory_json/messages.json", "message_mentions") == [mention(None, operation="inventory")]


RULE = ("mailbox", "rule_name", "rule_id", "enabled", "forwards_to", "deletes", "moves_to")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "mes_rules_csv/20260310101500-MailboxRules.csv",
            [("ana@contoso.test", ".", "1844674", True, '"Out" [SMTP:out@example.org]', False, "RSS Feeds")],
        ),
        ("exo_inbox_rules_csv/InboxRules.csv", [("ana", "clean", "1844674", True, None, True, None)]),
        (
            "exo_inbox_rules_json/EXO_InboxRules_PowerShell.json",
            [("ana", "clean", "1844674", True, "out@example.org", True, None)],
        ),
        (
            "graph_inbox_rules_json/rules.json",
            [("ana@contoso.test", "f", "AQAAA", True, "out@example.org", True, None)],
        ),
        (
            "goose_inbox_rules_json/EXO_InboxRules_Graph.json",
            [
                ("ana@contoso.test", "f", "AQAAA", True, None, None, "AAMk"),
                ("ana@contoso.test", "g", "AQAAB", False, None, None, None),
                ("o'neil@contoso.test", "h", "AQAAC", True, None, True, None),
            ],
        ),
    ],
)
def test_inbox_rules_say_what_they_do(name: str, expected: list[tuple[Any, ...]]) -> None:
    """Whose rule, what it is called, where it forwards and moves, whether it deletes; no time is invented."""
    found = rows(name, "inbox_rules")

    assert [tuple(row[column] for column in RULE) for row in found] == expected
    assert {(row["time"], row["operation"]) for row in found} == {(None, "snapshot")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mes_licences_csv/20260310101500-UserLicenses.csv", [("ana@contoso.test", None, "sku:SPE_E5", None)]),
        (
            "mes_licences_csv/20260310101500-TenantLicenses.csv",
            [
                (None, None, "M365_ADVANCED_AUDITING", "in sku:SPE_E5"),
                (None, None, "EXCHANGE_S_ENTERPRISE", "in sku:SPE_E5"),
            ],
        ),
        (
            "graph_licences_json/20260310-101500-users.json",
            [
                ("ana@contoso.test", "2f442157-a11c-46b9-ae5b-6e39ff4e5849", "exchange", "Enabled"),
                ("ana@contoso.test", "9aaf7827-d63c-4b61-89c3-182f06f82e5c", "exchange", "Deleted"),
            ],
        ),
        (
            "graph_licences_json/licenseDetails.json",
            [("ana@contoso.test", "2f442157-a11c-46b9-ae5b-6e39ff4e5849", "M365_ADVANCED_AUDITING", "Success")],
        ),
        (
            "graph_licences_json/subscribedSkus.json",
            [(None, "2f442157-a11c-46b9-ae5b-6e39ff4e5849", "M365_ADVANCED_AUDITING", "in sku:SPE_E5")],
        ),
    ],
)
def test_licences_name_user_and_plan(name: str, expected: list[tuple[Any, ...]]) -> None:
    """A product without its plans is not taken for them; a subscription's plans are nobody's."""
    found = rows(name, "licence_observations")

    assert [(r["user_principal_name"], r["service_plan_id"], r["service_plan"], r["state"]) for r in found] == expected


def windows(name: str) -> list[tuple[Any, ...]]:
    found = rows(name, "collection_windows")
    return [(r["window_from"], r["window_to"], r["expected"], r["received"], r["complete"]) for r in found]


def test_run_log_says_which_windows_were_retrieved_and_which_were_not() -> None:
    """Found and retrieved is complete; lost is not; found alone and nothing found stay open."""
    days = [datetime(2026, 3, day, hour) for day in (1, 2, 3) for hour in (0, 12)]
    assert windows("mes_run_log_text/LogFile.txt") == [
        (days[0], days[1], 75, 75, True),
        (days[1], days[2], 0, 0, None),
        (days[2], days[3], 5100, None, False),
        (days[3], days[4], None, 0, False),
        (days[4], days[5], 12, None, None),
    ]


def test_run_log_keeps_narrowed_runs_apart_and_names_the_window_that_was_lost() -> None:
    """All of one record type is not the whole log; a lost window is its own, not the one found before it."""
    name = "mes_run_log_text/LogFile-narrowed.txt"
    first, noon, second = datetime(2026, 3, 1), datetime(2026, 3, 1, 12), datetime(2026, 3, 2)
    assert windows(name) == [
        (first, second, 3, 3, True),
        (first, noon, 40, None, None),
        (noon, second, None, None, False),
        (second, datetime(2026, 3, 2, 0, 0, 6), None, None, False),
    ]
    feeds = [row["feed"] for row in rows(name, "collection_windows")]
    assert feeds == ["unified_audit_log_part"] + ["unified_audit_log_users_unstated"] * 3


def test_log_of_dfir_o365rc_says_where_records_may_be_missing() -> None:
    """A count over the cap, a short collection and a dump given up are incomplete; a retry is not."""
    first, second = datetime(2026, 3, 1), datetime(2026, 3, 2)
    assert windows("dfir_o365rc_log_text/Search-O365.log") == [
        (first, second, 60000, None, None),
        (first, second, None, None, False),
        (None, None, 60000, 40000, False),
        (None, None, None, None, False),
        (None, None, None, None, False),
    ]
    assert [row["feed"] for row in rows("dfir_o365rc_log_text/Search-O365.log", "collection_windows")] == [
        "unified_audit_log", "unified_audit_log", None, "unified_audit_log", "mailbox_audit_log",
    ]  # fmt: skip


def test_bounds_of_the_goose_tool_are_windows_with_counts() -> None:
    """A count below zero is the tool's mark for not counted."""
    days = [datetime(2026, 3, day, 4) for day in (1, 2, 3)]
    assert windows("goose_ual_bounds_csv/.ual_bounds") == [
        (days[0], days[1], 812, None, None),
        (days[1], days[2], None, None, None),
    ]


def test_derived_tables_are_hints() -> None:
    """Sessions and message lists of another tool are kept as hints, with their line; a synced folder has no message id."""
    columns = ("time", "kind", "user_id", "session_id", "client_ip", "internet_message_id", "folder_path")
    session = "cccc2222-0000-0000-0000-000000000000"
    base = {"time": RECEIVED, "user_id": "ana@contoso.test", "session_id": session, "client_ip": "203.0.113.5"}

    assert rows("mes_sessions_csv/20260310-101500-Sessions.csv", "derived_hints", *columns) == [
        {**base, "kind": "mes_session", "internet_message_id": None, "folder_path": None}
    ]
    assert rows("mes_message_ids_csv/20260310-101500-MessageIDs.csv", "derived_hints", *columns) == [
        {**base, "kind": "mes_message_id", "internet_message_id": "<m1@example.org>", "folder_path": "\\Inbox"},
        {
            **base, "kind": "mes_message_id", "internet_message_id": None, "folder_path": "\\Inbox",
            "time": datetime(2026, 3, 2, 9, 16, 22),
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "time", "kind", "actor"),
    [
        ("mailbox_audit_log_csv/20260310-mailboxAuditLog-ana.csv", RECEIVED, "mailbox_audit_log", "Mallory"),
        (
            "mailbox_audit_log_json/MailboxAuditLog_contoso.test_2026-03-02_UserIds.json",
            RECEIVED, "mailbox_audit_log", "Mallory",
        ),
        (
            "companion_csv/20260310-101500-MailboxPermissions.csv",
            None, "mes_mailbox_permissions", "ana@contoso.test",
        ),
        ("companion_json/mobile.json", RECEIVED, "mobile_device", None),
    ],
)  # fmt: skip
def test_other_companions_are_kept_whole(name: str, time: datetime | None, kind: str, actor: str | None) -> None:
    """What no table holds is still a row, with its kind and its own words."""
    found = rows(name, "other_records")

    assert [(row["time"], row["kind"], row["actor"]) for row in found] == [(time, kind, actor)]
    assert found[0]["detail"].startswith("{")


def test_directory_user_ties_upn_object_id_and_addresses_together() -> None:
    """A user list says who is who, even without licences."""
    found = rows("companion_json/users.json", "identity_mentions", "kind_a", "value_a", "kind_b", "value_b")

    assert {(row["kind_a"], row["value_a"]) for row in found} == {("upn", "ana@contoso.test")}
    assert [(row["kind_b"], row["value_b"]) for row in found] == [
        ("smtp", "a.gray@contoso.test"),
        ("object_id", "11111111-1111-1111-1111-111111111111"),
        ("smtp", "ana@contoso.test"),
    ]
