"""Entra logs in every wrapping become the same rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sources.entra_rows import SAMPLES, fixture, read_file

ANA = "a0000000-0000-4000-8000-00000000000a"
SESSION = "99999999-0000-4000-8000-000000000009"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
SIGNIN_ID = "5ec7a110-3c41-4f0e-9a52-0d1e2f3a4b00"
TOKEN = "EKHHXkE8Dk-aUg0eLzpLAA"


def rows(name: str, out: Path, table: str = "signins", **options: str) -> tuple[str, list[dict[str, Any]]]:
    reader, tables, outcome = read_file(fixture(name), out, **options)
    assert outcome.rejects == 0
    return reader, tables[table]


def test_portal_csv_gives_graphs_names_and_values(tmp_path: Path) -> None:
    """Trailing and double blanks, a column twice and the portal's own words come out as Graph's names and values."""
    reader, found = rows("entra_signins_csv/InteractiveSignIns_2026-03-01_2026-03-08.csv", tmp_path)

    assert reader == "entra_signins_csv"
    assert found == [
        {
            "row_id": f"signin:{SIGNIN_ID}",
            "time": datetime(2026, 3, 2, 9, 14, 55),
            "id": SIGNIN_ID,
            "stream": "interactive",
            "user_principal_name": "ana@contoso.test",
            "user_id": ANA,
            "user_display_name": "Ana Gray",
            "user_type": "member",
            "error_code": 0,
            "client_app_used": "IMAP4",
            "authentication_protocol": "ropc",
            "authentication_requirement": "singleFactorAuthentication",
            "ip_address": "203.0.113.5",
            "ip_address_raw": "203.0.113.5",
            "ip_address_from_resource_provider": "203.0.113.6",
            "asn": 64500,
            "country": "BE",
            "city": "Ghent",
            "app_id": EXCHANGE,
            "app_display_name": "Office 365 Exchange Online",
            "resource_id": EXCHANGE,
            "resource_display_name": "Office 365 Exchange Online",
            "session_id": SESSION,
            "unique_token_identifier": TOKEN,
            "unique_token_signin_id": SIGNIN_ID,
            "incoming_token_type": "primaryRefreshToken",
            "original_transfer_method": "none",
            "token_issuer_type": "AzureAD",
            "conditional_access_status": "notApplied",
            "user_agent": "Mozilla/5.0",
            "correlation_id": "c0000000-0000-4000-8000-000000000001",
            "resource_tenant_id": "b0000000-0000-4000-8000-00000000000b",
            "home_tenant_id": "b0000000-0000-4000-8000-00000000000b",
            "cross_tenant_access_type": "none",
        },
        {
            "row_id": "signin:d0000000-0000-4000-8000-0000000000d2",
            "time": datetime(2026, 3, 2, 9, 20),
            "id": "d0000000-0000-4000-8000-0000000000d2",
            "stream": "interactive",
            "user_principal_name": "bob@contoso.test",
            "user_id": "a0000000-0000-4000-8000-00000000000b",
            "user_display_name": "Bob",
            "failure_reason": "Strong authentication is required.",
            "client_app_used": "Browser",
            "ip_address": "2001:db8::7",
            "ip_address_raw": "2001:db8::7",
            "country": "US",
            "city": "Washington, D.C.",
            "app_display_name": "Office 365 Exchange Online",
            "conditional_access_status": "failure",
        },
    ]


def test_older_portal_csv_keeps_how_many_signins_a_row_stands_for(tmp_path: Path) -> None:
    """A grouped row says its number; a success without a code is code 0; the en-US date is read."""
    _, found = rows("entra_signins_csv/NonInteractiveSignIns_2021-05-01_2021-05-02.csv", tmp_path)

    assert [(r["time"], r["stream"], r["error_code"], r["sign_ins_grouped"], r["city"]) for r in found] == [
        (datetime(2021, 5, 1, 7, 22, 1), "non_interactive", 0, 12, "Ghent")
    ]


def test_portal_csv_of_service_principals(tmp_path: Path) -> None:
    """The header of service principals gives the stream together with the file's name."""
    _, found = rows("entra_signins_csv/ApplicationSignIns_2026-03-01_2026-03-08.csv", tmp_path)

    assert [(r["stream"], r["service_principal_name"], r["error_code"]) for r in found] == [
        ("service_principal", "Archive robot", 0)
    ]


@pytest.mark.parametrize("name", ["signins.csv", "ApplicationSignIns_x.csv"])
def test_a_renamed_portal_csv_has_no_stream(tmp_path: Path, name: str) -> None:
    """A name that says nothing, or contradicts the header, gives no stream rather than a wrong one."""
    renamed = tmp_path / name
    renamed.write_bytes(fixture("entra_signins_csv/InteractiveSignIns_2026-03-01_2026-03-08.csv").read_bytes())

    _, tables, _ = read_file(renamed, tmp_path / "out")

    assert [r.get("stream") for r in tables["signins"]] == [None, None]


def test_authentication_steps_are_kept(tmp_path: Path) -> None:
    """A step of a sign-in is an other record, its columns whole."""
    name = "entra_signins_authdetails_csv/InteractiveSignIns_2026-03-01_2026-03-08_AuthDetails.csv"
    reader, found = rows(name, tmp_path, "other_records")

    assert reader == "entra_signins_authdetails_csv"
    assert [(r["kind"], r["time"]) for r in found] == [("signin_authentication_step", datetime(2026, 3, 2, 9, 14, 55))]
    assert SIGNIN_ID in found[0]["detail"]


def test_graph_page_gives_the_same_row_id_as_the_portal(tmp_path: Path) -> None:
    """One sign-in in two exports is one event: its id, and nothing of the wrapping, makes the key."""
    reader, found = rows("entra_signins_json/page.json", tmp_path)

    assert reader == "entra_signins_json"
    assert found == [
        {
            "row_id": f"signin:{SIGNIN_ID}",
            "time": datetime(2026, 3, 2, 9, 14, 55),
            "id": SIGNIN_ID,
            "stream": "interactive",
            "user_principal_name": "ana@contoso.test",
            "user_id": ANA,
            "user_display_name": "Ana Gray",
            "user_type": "member",
            "error_code": 0,
            "failure_reason": "Other.",
            "client_app_used": "IMAP4",
            "authentication_protocol": "ropc",
            "authentication_details": "[]",
            "ip_address": "203.0.113.5",
            "ip_address_raw": "203.0.113.5",
            "asn": 64500,
            "country": "BE",
            "city": "Ghent",
            "app_id": EXCHANGE,
            "app_display_name": "Office 365 Exchange Online",
            "resource_display_name": "Office 365 Exchange Online",
            "session_id": SESSION,
            "unique_token_identifier": TOKEN,
            "unique_token_signin_id": SIGNIN_ID,
            "incoming_token_type": "none",
            "conditional_access_status": "notApplied",
            "applied_conditional_access_policies": '[{"displayName":"Block legacy","id":"p1","result":"notApplied"}]',
            "correlation_id": "c0000000-0000-4000-8000-000000000001",
            "is_interactive": True,
        }
    ]


def test_the_record_names_its_stream_before_the_file_does(tmp_path: Path) -> None:
    """signInEventTypes decides; without it the file's name does. Policies withheld from the caller are unknown."""
    _, found = rows("entra_signins_json/20260303-nonInteractiveUser-SignInLogs.json", tmp_path)

    assert [(r["id"][-2:], r["stream"]) for r in found] == [("d5", "non_interactive"), ("d6", "non_interactive")]
    assert [r.get("applied_conditional_access_policies") for r in found] == [None, None]


def test_sdk_objects_are_read_in_upper_camel_case(tmp_path: Path) -> None:
    """UpperCamel names, nested ones too, and the members of AdditionalProperties, are Graph's."""
    reader, found = rows("entra_signins_json/AADSigninLog_contoso.test_2026-03-02-09.json", tmp_path)

    assert reader == "entra_signins_json"
    assert [
        (r["error_code"], r["ip_address"], r["client_port"], r["city"], r["device_id"], r["session_id"], r["stream"])
        for r in found
    ] == [(50126, "2001:db8::1", 443, "Ghent", "dev-1", SESSION, "interactive")]


def test_flat_csv_of_graph_objects_loses_detail_and_no_row(tmp_path: Path) -> None:
    """Names of .NET types are unknown, JSON cells are read, a bool in words is one."""
    reader, found = rows("graph_signins_csv/Entra_Sign_In_Log_ana.csv", tmp_path)

    assert reader == "graph_signins_csv"
    assert found == [
        {
            "row_id": "signin:d0000000-0000-4000-8000-0000000000dd",
            "time": datetime(2026, 3, 2, 9, 14, 55),
            "id": "d0000000-0000-4000-8000-0000000000dd",
            "stream": "interactive",
            "user_principal_name": "ana@contoso.test",
            "user_id": ANA,
            "error_code": 50126,
            "client_app_used": "Browser",
            "ip_address": "203.0.113.5",
            "ip_address_raw": "203.0.113.5",
            "app_display_name": "Outlook",
            "is_interactive": True,
        }
    ]


def test_a_date_that_may_be_two_is_none_and_a_fault(tmp_path: Path) -> None:
    """3/13 can only be March; 3/12 in 24 hours may be December, so the time stays unknown and a fault says so."""
    reader, tables, outcome = read_file(fixture("graph_signins_csv/01_SignInLogs.csv"), tmp_path)

    assert reader == "graph_signins_csv"
    assert [(r.get("time"), r.get("error_code"), r.get("city")) for r in tables["signins"]] == [
        (datetime(2025, 3, 13, 7, 22, 1), 0, "Ghent"),
        (None, None, None),
    ]
    assert [(r["path"], r["found"]) for r in tables["faults"]] == [("createdDateTime", "'3/12/2025 07:22:01'")]
    assert outcome.records == 2


def test_day_first_is_taken_from_the_caller(tmp_path: Path) -> None:
    """What the caller states about the order of day and month settles the date."""
    _, tables, _ = read_file(fixture("graph_signins_csv/01_SignInLogs.csv"), tmp_path, day_first="false")

    assert tables["signins"][1]["time"] == datetime(2025, 3, 12, 7, 22, 1)


def test_diagnostic_blob_is_sorted_by_category(tmp_path: Path) -> None:
    """One blob of five categories gives sign-ins with their streams, an audit, a Graph request and another record."""
    reader, tables, outcome = read_file(fixture("entra_diagnostic_json/insights-logs-signinlogs_PT1H.json"), tmp_path)

    assert reader == "entra_diagnostic_json"
    assert outcome.records == 5
    assert tables["signins"] == [
        {
            "row_id": f"signin:{SIGNIN_ID}",
            "time": datetime(2026, 3, 2, 9, 14, 55),
            "ingested_at": datetime(2026, 3, 2, 9, 16, 2, 100000),
            "id": SIGNIN_ID,
            "stream": "interactive",
            "user_principal_name": "ana@contoso.test",
            "error_code": 0,
            "client_app_used": "IMAP4",
            "ip_address": "203.0.113.5",
            "ip_address_raw": "203.0.113.5",
            "correlation_id": "c0000000-0000-4000-8000-000000000001",
        },
        {
            "row_id": "signin:d0000000-0000-4000-8000-0000000000d7",
            "time": datetime(2026, 3, 2, 9, 15, 55),
            "ingested_at": datetime(2026, 3, 2, 9, 16, 2, 100000),
            "id": "d0000000-0000-4000-8000-0000000000d7",
            "stream": "non_interactive",
            "user_principal_name": "ana@contoso.test",
            "error_code": 50126,
            "failure_reason": "Invalid username or password.",
            "ip_address": "203.0.113.5",
            "ip_address_raw": "203.0.113.5",
            "correlation_id": "c0000000-0000-4000-8000-000000000001",
        },
    ]
    assert tables["directory_audits"] == [
        {
            "row_id": "directory_audit:directory_1_a",
            "time": datetime(2026, 3, 2, 10, 59, 59),
            "id": "Directory_1_A",
            "activity": "Add member to role",
            "category": "RoleManagement",
            "result": "success",
            "initiated_by_app": "Archive robot",
            "initiated_by_ip": "198.51.100.9",
            "target_resources": "[]",
        }
    ]
    assert tables["graph_activity"] == [
        {
            "row_id": "graph_activity:r1",
            "time": datetime(2026, 3, 2, 11, 59, 58),
            "id": "r1",
            "app_id": "f0000000-0000-4000-8000-00000000000f",
            "ip_address": "198.51.100.9",
            "request_method": "GET",
            "request_uri": "https://graph.microsoft.com/v1.0/users/ana@contoso.test/messages",
            "response_status_code": 200,
            "sign_in_activity_id": TOKEN,
            "unique_token_signin_id": SIGNIN_ID,
        }
    ]
    assert [(r["kind"], r["time"]) for r in tables["other_records"]] == [("RiskyUsers", datetime(2026, 3, 2, 12, 30))]


def test_lower_case_wrapper_inside_an_event_hub_message(tmp_path: Path) -> None:
    """A wrapper whose keys a collector put into lower case is read all the same."""
    reader, found = rows("entra_diagnostic_json/event_hub.json", tmp_path)

    assert reader == "entra_diagnostic_json"
    assert [(r["time"], r["stream"], r["error_code"], r["ip_address"], r["service_principal_name"]) for r in found] == [
        (datetime(2026, 3, 2, 22, 58, 30, 983201), "service_principal", 7000215, "198.51.100.9", "Archive robot")
    ]


def test_log_analytics_csv_takes_created_for_the_time(tmp_path: Path) -> None:
    """TimeGenerated is ingestion; ResourceId is no resource of the sign-in; of a column given twice the filled one counts."""
    reader, found = rows("log_analytics_signins/query_data.csv", tmp_path)

    assert reader == "log_analytics_signins"
    assert found == [
        {
            "row_id": "signin:d0000000-0000-4000-8000-0000000000d9",
            "time": datetime(2026, 3, 2, 9, 14, 55, 221000),
            "ingested_at": datetime(2026, 3, 2, 9, 16, 2, 100000),
            "id": "D0000000-0000-4000-8000-0000000000D9",
            "stream": "interactive",
            "user_principal_name": "ana@contoso.test",
            "user_id": ANA,
            "user_type": "member",
            "error_code": 53003,
            "failure_reason": "Access has been blocked by Conditional Access policies.",
            "client_app_used": "IMAP4",
            "ip_address": "203.0.113.5",
            "client_port": 52345,
            "ip_address_raw": "203.0.113.5:52345",
            "country": "BE",
            "city": "Ghent",
            "app_display_name": "Office 365 Exchange Online",
            "resource_id": EXCHANGE,
            "conditional_access_status": "failure",
            "applied_conditional_access_policies": '[{"id":"p1","result":"failure"}]',
            "device_id": "dev-1",
            "is_interactive": True,
        }
    ]


def test_local_time_needs_a_zone(tmp_path: Path) -> None:
    """A time marked local has no offset: unknown without a zone, UTC with one."""
    _, without = rows("log_analytics_signins/local_time.csv", tmp_path / "a")
    _, with_zone = rows("log_analytics_signins/local_time.csv", tmp_path / "b", time_zone="Europe/Brussels")

    assert [(r.get("time"), r.get("ingested_at"), r["stream"]) for r in without] == [(None, None, "non_interactive")]
    assert [(r["time"], r["ingested_at"]) for r in with_zone] == [
        (datetime(2026, 7, 16, 18, 25, 12, 30000), datetime(2026, 7, 16, 18, 26, 12, 30000))
    ]


def test_log_analytics_api_result_with_nested_values_as_text(tmp_path: Path) -> None:
    """The non-interactive table's nested values are text; the older token identifier gives its sign-in too."""
    reader, found = rows("log_analytics_signins/noninteractive.json", tmp_path)

    assert reader == "log_analytics_signins"
    assert [
        (r["time"], r["stream"], r["error_code"], r["city"], r["asn"], r["unique_token_signin_id"]) for r in found
    ] == [
        (
            datetime(2026, 3, 2, 9, 15, 0, 123456), "non_interactive", 0, "Ghent", 64500,
            "a11ce000-3c41-4f0e-9a52-0d1e2f3a4c00",
        )
    ]  # fmt: skip


def test_log_analytics_audits(tmp_path: Path) -> None:
    """AuditLogs columns become Graph's directory audit."""
    reader, found = rows("log_analytics_auditlogs/query_data.csv", tmp_path, "directory_audits")

    assert reader == "log_analytics_auditlogs"
    assert found == [
        {
            "row_id": "directory_audit:directory_2_b",
            "time": datetime(2026, 3, 2, 11, 0),
            "id": "Directory_2_B",
            "activity": "Consent to application",
            "category": "ApplicationManagement",
            "result": "success",
            "operation_type": "Assign",
            "logged_by_service": "Core Directory",
            "correlation_id": "c3",
            "initiated_by_user": "ana@contoso.test",
            "initiated_by_ip": "203.0.113.5",
            "target_resources": '[{"displayName":"Mail reader","id":"s1","type":"ServicePrincipal"}]',
            "additional_details": "[]",
        }
    ]


def test_log_analytics_graph_activity(tmp_path: Path) -> None:
    """The request, its token and when that was issued."""
    reader, found = rows("log_analytics_graph_activity/query_data.csv", tmp_path, "graph_activity")

    assert reader == "log_analytics_graph_activity"
    assert found == [
        {
            "row_id": "graph_activity:r2",
            "time": datetime(2026, 3, 2, 11, 59, 58),
            "id": "r2",
            "app_id": "f0000000-0000-4000-8000-00000000000f",
            "user_id": ANA,
            "ip_address": "203.0.113.5",
            "request_method": "GET",
            "request_uri": "https://graph.microsoft.com/v1.0/me/messages/AAMk=/$value",
            "response_status_code": 200,
            "response_size_bytes": 5120,
            "session_id": SESSION,
            "sign_in_activity_id": TOKEN,
            "unique_token_signin_id": SIGNIN_ID,
            "token_issued_at": datetime(2026, 3, 2, 9, 14, 55),
            "scopes": "Mail.Read User.Read",
            "user_agent": "curl/8",
        }
    ]


def test_graph_audits_name_the_service_plans_they_change(tmp_path: Path) -> None:
    """An AssignedPlan change gives one observation for each plan whose state it changes."""
    reader, tables, _ = read_file(fixture("entra_audits_json/AuditLogs.json"), tmp_path)

    assert reader == "entra_audits_json"
    assert [(r["activity"], r["initiated_by_user"], r["initiated_by_ip"]) for r in tables["directory_audits"]] == [
        ("Update user", "admin@contoso.test", "198.51.100.9")
    ]
    assert [
        (r["time"], r["user_principal_name"], r["service_plan_id"], r["state"], r["how"])
        for r in tables["licence_observations"]
    ] == [
        (datetime(2026, 3, 2, 12, 0, 0, 123456), "ana@contoso.test", "2f442157-a11c-46b9-ae5b-6e39ff4e5849", "Enabled", "change"),
        (datetime(2026, 3, 2, 12, 0, 0, 123456), "ana@contoso.test", "efb87545-963c-4e0d-99df-69c6916d9eb0", "Deleted", "change"),
    ]  # fmt: skip


def test_audits_tie_names_of_a_person_together(tmp_path: Path) -> None:
    """The actor and the target, each named by principal name and object id, are two mentions."""
    _, found = rows("entra_audits_json/AuditLogs.json", tmp_path, "identity_mentions")

    assert [(r["value_a"], r["value_b"]) for r in found] == [("admin@contoso.test", "a9"), ("ana@contoso.test", ANA)]


def test_sdk_audits(tmp_path: Path) -> None:
    """An app initiated it where there is no user."""
    reader, found = rows("entra_audits_json/AADAuditLog_sdk.json", tmp_path, "directory_audits")

    assert reader == "entra_audits_json"
    assert [(r["id"], r.get("initiated_by_user"), r["initiated_by_app"]) for r in found] == [
        ("Directory_4_D", None, "Archive robot")
    ]


def test_portal_audits_are_nested_again(tmp_path: Path) -> None:
    """Numbered columns become targets with their changed properties; users and apps are told apart."""
    reader, found = rows("entra_audits_csv/AuditLogs_2026-03-01_2026-03-08.csv", tmp_path, "directory_audits")

    assert reader == "entra_audits_csv"
    assert [
        (r["activity"], r["result"], r.get("initiated_by_user"), r.get("initiated_by_app"), r.get("initiated_by_ip"))
        for r in found
    ] == [
        ("Update user", "success", "admin@contoso.test", None, "198.51.100.9"),
        ("Add service principal", "failure", None, "Archive robot", None),
    ]
    assert found[0]["target_resources"] == (
        '[{"modifiedProperties":[{"displayName":"AccountEnabled","newValue":"[true]","oldValue":"[false]"}],'
        '"type":"User","userPrincipalName":"ana@contoso.test"}]'
    )
    assert found[0]["additional_details"] == '[{"key":"User-Agent","value":"curl/8"}]'


def test_defender_signins(tmp_path: Path) -> None:
    """RequestId is the sign-in's id, a list of one logon type its stream, the policy status is a number."""
    reader, found = rows("defender_signins_csv/New query.csv", tmp_path)

    assert reader == "defender_signins_csv"
    assert found == [
        {
            "row_id": "signin:d0000000-0000-4000-8000-0000000000dc",
            "time": datetime(2026, 3, 2, 9, 14, 55),
            "id": "d0000000-0000-4000-8000-0000000000dc",
            "stream": "non_interactive",
            "user_principal_name": "ana@contoso.test",
            "user_id": ANA,
            "error_code": 0,
            "client_app_used": "Browser",
            "ip_address": "203.0.113.5",
            "ip_address_raw": "203.0.113.5",
            "country": "BE",
            "city": "Ghent",
            "app_id": "f0000000-0000-4000-8000-00000000000f",
            "app_display_name": "Outlook",
            "conditional_access_status": "notApplied",
        }
    ]


def test_policies_as_json_and_as_csv(tmp_path: Path) -> None:
    """A policy keeps its nested parts; joined lists are lists again; a date of the machine's culture is read if it can be."""
    from_json, graph = rows(
        "entra_ca_policies_json/conditionalAccess_policies.json", tmp_path / "a", "conditional_access_policies"
    )
    from_csv, script = rows(
        "mes_ca_policies_csv/20260303-ConditionalAccessPolicies.csv", tmp_path / "b", "conditional_access_policies"
    )

    assert (from_json, from_csv) == ("entra_ca_policies_json", "mes_ca_policies_csv")
    assert [{k: v for k, v in r.items() if k != "row_id"} for r in graph] == [
        {
            "id": "p1",
            "name": "Block legacy",
            "state": "enabled",
            "conditions": '{"clientAppTypes":["exchangeActiveSync","other"],"users":{"includeUsers":["All"]}}',
            "grant_controls": '{"builtInControls":["block"],"operator":"OR"}',
            "modified_at": datetime(2026, 2, 1, 8, 0),
        }
    ]
    assert [{k: v for k, v in r.items() if k != "row_id"} for r in script] == [
        {
            "id": "p1",
            "name": "Block legacy",
            "state": "enabled",
            "conditions": (
                '{"clientAppTypes":["exchangeActiveSync","other"],"users":{"excludeUsers":["a1","a2"],"includeUsers":["All"]}}'
            ),
            "grant_controls": '{"builtInControls":["block"],"operator":"OR"}',
            "modified_at": datetime(2026, 1, 2, 8, 0),
        }
    ]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the public samples are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "reader", "table", "count", "distinct", "with_time"),
    [
        ("sentinel-training/sign-in_adelete.csv", "log_analytics_signins", "signins", 56, 56, 56),
        ("sentinel-training/disable_accounts.csv", "log_analytics_signins", "signins", 4, 4, 0),
        ("sentinel-training/AuditLogs_Hunting.csv", "log_analytics_auditlogs", "directory_audits", 5, 5, 0),
        ("msticpy/aad_logons.jsonl", "log_analytics_signins", "signins", 86, 45, 86),
    ],
)
def test_real_samples_give_the_published_counts(
    tmp_path: Path, name: str, reader: str, table: str, count: int, distinct: int, with_time: int
) -> None:
    """Every row of a public sample becomes a row; rows with one id share one key."""
    found_reader, tables, outcome = read_file(SAMPLES / name, tmp_path)

    found = tables[table]
    assert (found_reader, outcome.records, outcome.rejects, outcome.faults) == (reader, count, 0, 0)
    assert (len(found), len({r["row_id"] for r in found}), sum("time" in r for r in found)) == (
        count,
        distinct,
        with_time,
    )


@pytest.mark.skipif(not SAMPLES.exists(), reason="the public samples are not beside this checkout")
def test_real_us_dates_under_utc_are_read(tmp_path: Path) -> None:
    """``4/28/2021, 2:54:37.000 PM`` under ``[UTC]`` is the 28th of April: the span is the one its publisher gives."""
    _, tables, _ = read_file(SAMPLES / "sentinel-training/sign-in_adelete.csv", tmp_path)

    times = sorted(r["time"] for r in tables["signins"])
    assert (times[0], times[-1]) == (datetime(2021, 4, 28, 14, 8, 45, 221000), datetime(2021, 4, 28, 15, 19, 8, 373000))
