"""The same audit records out of every wrapping they come in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.sources.audit_records import BIND, RULE, SYNC
from tests.sources.reading import SHARED_DATA, SOURCES, Reading, read_file

IDS = [record["Id"] for record in (BIND, SYNC, RULE)]
TABLES = ("audit_events", "mail_accesses", "mail_access_items", "inbox_rules")

WHOLE = (
    "bare_ual_json/activity_api_blob.json",
    "bare_ual_json/out_file.json",
    "bare_ual_json/pretty_glued.json",
    "bare_ual_json/runs_glued.json",
    "defender_cloudappevents_json/hunting.json",
    "elastic_ual_json/before_pipeline.ndjson",
    "elastic_ual_json/search.json",
    "graph_audit_query_csv/UnifiedAuditLog.csv",
    "graph_audit_query_json/UnifiedAuditLog.json",
    "graph_audit_query_json/page.json",
    "purview_ual_csv/portal_new.csv",
    "purview_ual_csv/portal_old.csv",
    "purview_ual_csv/portal_oldest.csv",
    "purview_ual_csv/resaved_semicolon.csv",
    "sual_ual_csv/UAL-20260302000000-20260303000000.csv",
    "sual_ual_csv/from_a_siem.csv",
    "sual_ual_csv/search.csv",
    "sual_ual_json/UAL-Combined.json",
    "sual_ual_json/lines.jsonl",
    "sual_ual_json/windows_powershell.json",
    "wazuh_ual_json/alerts.json",
    "wazuh_ual_json/archives.json",
    "wrapped_record_json/lower_case.jsonl",
    "wrapped_record_json/mixed.jsonl",
    "wrapped_record_json/rule_tests.jsonl",
    "wrapped_record_json/splunk_results.json",
)
RECOLUMNED = (
    "elastic_ual_json/no_original.ndjson",
    "expanded_ual_csv/column_per_key.csv",
    "log_analytics_officeactivity_csv/query_data.csv",
    "log_analytics_officeactivity_json/api.json",
    "log_analytics_officeactivity_json/az.json",
)


@pytest.fixture(scope="module")
def bare() -> Reading:
    return read_file(SOURCES / "bare_ual_json/lines.json")


def test_bare_records_become_events_accesses_and_items(bare: Reading) -> None:
    """Three records: a bind with two messages, a sync of a folder, an inbox rule."""
    assert bare.rows("audit_events", "id", "operation", "time") == [
        {"id": IDS[0], "operation": "MailItemsAccessed", "time": datetime(2026, 3, 2, 9, 15, 22)},
        {"id": IDS[1], "operation": "MailItemsAccessed", "time": datetime(2026, 3, 2, 9, 20)},
        {"id": IDS[2], "operation": "New-InboxRule", "time": datetime(2026, 3, 2, 9, 31, 7)},
    ]
    assert bare.rows("mail_accesses", "mail_access_type", "is_throttled", "items_listed", "mailbox") == [
        {"mail_access_type": "Bind", "is_throttled": False, "items_listed": 2, "mailbox": "ana@contoso.test"},
        {"mail_access_type": "Sync", "is_throttled": False, "items_listed": 0, "mailbox": "ana@contoso.test"},
    ]
    assert bare.rows("mail_access_items", "internet_message_id", "folder_path", "size_bytes") == [
        {"internet_message_id": "<m1@contoso.test>", "folder_path": "\\Posteingang Müller", "size_bytes": 1024},
        {"internet_message_id": "<m2@contoso.test>", "folder_path": "\\Posteingang Müller", "size_bytes": 2048},
    ]


@pytest.mark.parametrize("name", WHOLE)
def test_a_wrapping_changes_nothing(name: str, bare: Reading) -> None:
    """Where the whole record is kept, its rows are those of the bare record, value for value."""
    read = read_file(SOURCES / name)
    events = [row for row in read.rows("audit_events") if row["id"] in IDS]
    assert [_comparable(row) for row in events] == [_comparable(row) for row in bare.rows("audit_events")]
    for table in TABLES[1:]:
        assert [_comparable(row) for row in read.rows(table)] == [_comparable(row) for row in bare.rows(table)], table


@pytest.mark.parametrize("name", RECOLUMNED)
def test_a_re_columned_record_keeps_what_it_says(name: str, bare: Reading) -> None:
    """What a re-columned record says agrees with the bare record; the messages and the times are all there."""
    read = read_file(SOURCES / name)
    for table in ("audit_events", "mail_accesses", "mail_access_items"):
        rows, whole = read.rows(table), bare.rows(table)
        assert len(rows) == len(whole)
        for row, full in zip(rows, whole, strict=True):
            kept = {key: value for key, value in _comparable(row).items() if value is not None}
            assert kept == {key: _comparable(full)[key] for key in kept}
            assert {"time", "row_id"} <= kept.keys()
    assert read.rows("mail_accesses", "mail_access_type", "is_throttled", "client_ip") == [
        {"mail_access_type": "Bind", "is_throttled": False, "client_ip": "203.0.113.5"},
        {"mail_access_type": "Sync", "is_throttled": False, "client_ip": "2001:db8::5"},
    ]


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what a tool's own spacing changes: ``parameters`` is compared as JSON elsewhere."""
    return {key: value for key, value in row.items() if key != "parameters"}


def test_a_damaged_cell_is_a_reject_that_says_what_it_still_knows() -> None:
    """Empty, cut off and foreign cells become rejects with id, time, operation and user; the good row stays."""
    read = read_file(SOURCES / "purview_ual_csv/damaged.csv")
    saved = {"id": IDS[0], "time": datetime(2026, 3, 2, 9, 15, 22), "user_id": "ana@contoso.test", "object_id": None}
    assert read.rows("rejects", "reason", "id", "time", "operation", "user_id", "object_id") == [
        {"reason": "audit_data_empty", "operation": "MailItemsAccessed", **saved},
        {"reason": "audit_data_cut_off", "operation": "MailItemsAccessed", **saved},
        {"reason": "audit_data_not_json", "operation": "MailItemsAccessed", **saved},
        {"reason": "audit_data_not_json", "operation": "Send", **saved},
    ]
    assert read.rows("audit_events", "id") == [{"id": IDS[2]}]


def test_a_file_cut_off_inside_its_last_record_keeps_the_others() -> None:
    """The collector died: two records are whole, the third is a reject that still names itself."""
    read = read_file(SOURCES / "bare_ual_json/cut_off.json")
    assert read.rows("audit_events", "id") == [{"id": IDS[0]}, {"id": IDS[1]}]
    assert read.rows("rejects", "reason", "id", "operation") == [
        {"reason": "cut_off", "id": IDS[2], "operation": "New-InboxRule"}
    ]


def test_a_file_that_holds_only_a_piece_of_a_record_is_still_known() -> None:
    """With no whole record to look at, the names in the text tell the format, and the piece is salvaged."""
    read = read_file(SOURCES / "bare_ual_json/only_a_piece.json")
    assert (read.reader, read.rows("rejects", "id")) == ("bare_ual_json", [{"id": IDS[0]}])


def test_the_wrappers_time_is_used_only_if_the_record_has_none_and_it_is_one_date() -> None:
    """26.03.2026 is one date and stands in; 03/02/2026 could be two, so the time stays unknown."""
    read = read_file(SOURCES / "sual_ual_csv/no_time_inside.csv")
    assert read.rows("audit_events", "id", "time") == [
        {"id": IDS[0], "time": datetime(2026, 3, 26, 9, 15, 22)},
        {"id": IDS[0], "time": None},
    ]
    stated = read_file(SOURCES / "sual_ual_csv/no_time_inside.csv", day_first="false")
    assert stated.rows("audit_events", "time")[1] == {"time": datetime(2026, 3, 2, 9, 15, 22)}


def test_a_search_that_timed_out_gives_its_rows_and_says_that_more_are_missing() -> None:
    """ResultIndex -1 and ResultCount 0 do not cost the row; each such row also says that the search is not complete."""
    read = read_file(SOURCES / "sual_ual_csv/timed_out.csv")
    assert (read.rows("audit_events", "id"), read.rows("rejects", "id")) == ([{"id": IDS[0]}], [{"id": IDS[1]}])
    windows = read.rows("collection_windows", "row_id", "feed", "complete", "window_from")
    assert windows == [{**windows[0], "feed": "unified_audit_log", "complete": False, "window_from": None}] * 2


def test_powershell_texts_become_objects_again_and_lost_lists_stay_unknown() -> None:
    """``@{Name=…; Value=…}`` is read; ``System.Object[]`` gives no messages, which is not the same as none accessed."""
    read = read_file(SOURCES / "sual_ual_json/depth_lost.json")
    assert read.rows("mail_accesses", "mail_access_type", "is_throttled", "aad_session_id", "operation_count") == [
        {
            "mail_access_type": "Bind",
            "is_throttled": False,
            "aad_session_id": BIND["AppAccessContext"]["AADSessionId"],
            "operation_count": 2,
        }
    ]
    assert read.rows("mail_access_items") == []


def test_lists_lost_in_an_expanded_export_are_unknown() -> None:
    """A mail access whose lists became ``System.Object[]`` has no type, no throttling state and no messages."""
    read = read_file(SOURCES / "expanded_ual_csv/MailItemsAccessed_ana.csv")
    assert read.rows("mail_accesses", "id", "mail_access_type", "is_throttled", "unique_token_id")[0] == {
        "id": IDS[0],
        "mail_access_type": None,
        "is_throttled": None,
        "unique_token_id": BIND["AppAccessContext"]["UniqueTokenId"],
    }
    assert read.rows("mail_access_items") == []


def test_sparrows_json_cells_give_the_messages_of_one_and_of_several_folders() -> None:
    """One folder is an object whose items are whole; of several, the items are PowerShell texts. Both are read."""
    read = read_file(SOURCES / "expanded_ual_csv/MailItems_Operations_Export.csv")
    assert read.rows("mail_accesses", "mail_access_type", "items_listed") == [
        {"mail_access_type": "Bind", "items_listed": 2},
        {"mail_access_type": "Bind", "items_listed": 3},
    ]
    assert {(row["folder_path"], row["size_bytes"]) for row in read.rows("mail_access_items")} == {
        ("\\Posteingang Müller", 1024),
        ("\\Posteingang Müller", 2048),
        ("\\Sent", 4096),
    }


def test_hawks_flattened_names_are_folders_and_messages_again() -> None:
    """``Folders_0_FolderItems_1_InternetMessageId`` is the second message of the first folder."""
    read = read_file(SOURCES / "hawk_simple_ual_csv/Simple_MailItemsAccessed_ana.csv")
    assert read.rows("mail_accesses", "id", "mail_access_type") == [{"id": IDS[0], "mail_access_type": "Bind"}]
    assert read.rows("mail_access_items", "internet_message_id", "folder_path", "size_bytes") == [
        {"internet_message_id": "<m1@contoso.test>", "folder_path": "\\Inbox", "size_bytes": 1024},
        {"internet_message_id": "<m2@contoso.test>", "folder_path": "\\Inbox", "size_bytes": 2048},
    ]


@pytest.mark.parametrize(
    ("name", "rejects"),
    [("hawk_simple_ual_csv/Simple_New_InboxRule.csv", 1), ("hawk_simple_ual_json/Simple_New_InboxRule.json", 0)],
)
def test_hawks_parameter_columns_are_the_rules_parameters_again(name: str, rejects: int) -> None:
    """``Param_*`` columns make the inbox rule; a row Hawk could not convert is a reject."""
    read = read_file(SOURCES / name)
    assert read.rows("inbox_rules", "rule_name", "forwards_to", "deletes") == [
        {"rule_name": "=cmd|' /C calc'!A0", "forwards_to": "out@example.org", "deletes": True}
    ]
    assert read.rows("audit_events", "id", "record_type", "aad_session_id") == [
        {"id": IDS[2], "record_type": 1, "aad_session_id": "44444444-4444-4444-8444-444444444444"}
    ]
    assert read.rows("rejects", "reason") == [{"reason": "export_error"}] * rejects


def test_a_local_time_column_needs_the_zone_and_the_order_of_the_date() -> None:
    """``[Local Time]`` has no offset: unknown unless stated, right when stated."""
    path = SOURCES / "log_analytics_officeactivity_csv/local_time.csv"
    assert read_file(path).rows("audit_events", "time") == [{"time": None}]
    stated = read_file(path, time_zone="Europe/Brussels", day_first="true")
    assert stated.rows("audit_events", "time") == [{"time": datetime(2026, 3, 2, 9, 15, 22)}]


def test_a_kibana_table_is_read_and_its_viewers_time_is_not_taken_for_utc() -> None:
    """Dotted columns make the record again; ``-`` is empty; ``@timestamp`` counts only with the viewer's zone."""
    path = SOURCES / "elastic_ual_csv/kibana.csv"
    wanted = ("id", "operation", "client_ip", "session_id", "unique_token_id", "time")
    row = {
        "id": IDS[0],
        "operation": "MailItemsAccessed",
        "client_ip": "203.0.113.5",
        "session_id": None,
        "unique_token_id": BIND["AppAccessContext"]["UniqueTokenId"],
        "time": None,
    }
    assert read_file(path).rows("audit_events", *wanted) == [row]
    stated = read_file(path, time_zone="Europe/Brussels")
    assert stated.rows("audit_events", "time") == [{"time": datetime(2026, 3, 2, 9, 15, 22)}]


def test_an_event_of_another_cloud_app_is_kept_as_what_it_is() -> None:
    """RawEventData of Dropbox is no audit record: an other record; an empty one is a reject."""
    read = read_file(SOURCES / "defender_cloudappevents_csv/New query.csv")
    assert [row["id"] for row in read.rows("audit_events")] == IDS
    assert read.rows("other_records", "kind", "actor") == [{"kind": "Dropbox", "actor": "Ana Gray"}]
    assert read.rows("rejects", "reason", "operation") == [
        {"reason": "audit_data_empty", "operation": "MailItemsAccessed"}
    ]


def test_splunk_events_of_several_source_types_go_to_their_families() -> None:
    """Audit records and a sign-in in one search result; an event cut at the line limit is a reject."""
    read = read_file(SOURCES / "splunk_ual_csv/search.csv")
    assert [row["id"] for row in read.rows("audit_events")] == IDS
    assert read.rows("signins", "id", "client_app_used") == [
        {"id": "dddd1111-0000-4000-8000-000000000001", "client_app_used": "IMAP4"}
    ]
    assert read.rows("rejects", "reason", "id") == [{"reason": "audit_data_cut_off", "id": IDS[0]}]


def test_wrapped_records_of_several_families_are_told_apart() -> None:
    """Audit records, a sign-in, and an alert that no table holds."""
    read = read_file(SOURCES / "wrapped_record_json/rule_tests.jsonl")
    assert [row["id"] for row in read.rows("audit_events")] == IDS
    assert read.rows("signins", "id", "stream") == [
        {"id": "dddd1111-0000-4000-8000-000000000001", "stream": "interactive"}
    ]
    assert read.rows("other_records", "id", "kind") == [{"id": "alert-1", "kind": "Some.Alert"}]


def test_a_query_without_ids_gives_rows_keyed_by_their_content() -> None:
    """Time, user and parameters are there; the record's id is not, and the row says so by having none."""
    read = read_file(SOURCES / "projected_audit_csv/commands.csv")
    assert read.rows("audit_events", "id", "time", "operation", "user_id") == [
        {
            "id": None,
            "time": datetime(2026, 3, 2, 9, 31, 7),
            "operation": "New-InboxRule",
            "user_id": "ana@contoso.test",
        },
        {"id": None, "time": datetime(2026, 3, 2, 9, 32), "operation": "Set-ConditionalAccessPolicy", "user_id": None},
    ]
    assert read.rows("inbox_rules", "forwards_to") == [{"forwards_to": "out@example.org"}]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("sentinel-training/office_activity.csv", {"audit_events": 266, "mail_accesses": 3, "mail_access_items": 14}),
        ("sentinel-training/office_activity_inbox_rule.csv", {"audit_events": 2, "inbox_rules": 2}),
        ("plaso/microsoft_audit_log.jsonl", {"audit_events": 4}),
        ("splunk/example_logs.jsonl", {"audit_events": 18, "mail_accesses": 1, "directory_audits": 15}),
        ("panther/rule_tests.jsonl", {"audit_events": 19, "directory_audits": 21, "other_records": 4}),
    ],
)
def test_real_samples_are_read_to_the_last_record(name: str, counts: dict[str, int]) -> None:
    """The counts their publisher's files hold, taken by script; no reject."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip("the public samples are not beside this repository")
    read = read_file(path)
    assert {table: len(read.tables.get(table, [])) for table in (*counts, "rejects")} == {**counts, "rejects": 0}
