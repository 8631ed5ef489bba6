"""What an Entra object is follows from its keys and from what it says of itself, in any case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.errors import UsageError
from mailwitness.records import families
from mailwitness.sources._entra_shape import FAMILIES, family_of, instant, stream_of_name, to_raw

SIGNIN = {"id": "1", "createdDateTime": "2026-03-02T09:14:55Z", "userPrincipalName": "ana@contoso.test"}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ({**SIGNIN, "clientAppUsed": "IMAP4", "ipAddress": "203.0.113.5", "status": {}}, "signin"),
        (
            {"Id": 1, "CreatedDateTime": 1, "UserPrincipalName": 1, "ClientAppUsed": 1, "IPAddress": 1, "Status": 1},
            "signin",
        ),
        ({"TimeGenerated": 1, "UserPrincipalName": 1, "IPAddress": 1, "AppDisplayName": 1, "ResultType": 1}, "signin"),
        ({"TimeGenerated": 1, "UserPrincipalName": 1, "IPAddress": 1, "ResultType": 1}, "signin"),
        ({"TimeGenerated": 1, "UserPrincipalName": 1, "IPAddress": 1, "AppDisplayName": 1}, "signin"),
        ({"TimeGenerated": 1, "UserPrincipalName": 1, "Type": "AADNonInteractiveUserSignInLogs"}, "signin"),
        ({"activityDisplayName": "x", "targetResources": []}, "directory_audit"),
        ({"OperationName": "x", "TargetResources": [], "TimeGenerated": 1}, "directory_audit"),
        (
            {"category": "Policy", "operationName": "x", "properties": {"activityDisplayName": "x", "initiatedBy": {}}},
            "directory_audit",
        ),
        ({"category": "SIGNINLOGS", "time": "x", "properties": {}}, "signin"),
        ({"RequestUri": "x", "RequestMethod": "GET", "ResponseStatusCode": 200}, "graph_activity"),
        # neighbours that must not match
        ({**SIGNIN, "displayName": "Ana", "accountEnabled": True}, None),  # a user
        ({**SIGNIN, "auditLogRecordType": "x", "ipAddress": "x", "appDisplayName": "x", "status": "x"}, None),
        ({"CreationTime": 1, "Id": 1, "Operation": 1, "RecordType": 15, "UserId": 1, "ClientIP": 1}, None),
        ({"OfficeId": 1, "TimeGenerated": 1, "UserId": 1, "AppId": 1, "ResultType": 1, "IPAddress": 1}, None),
        (
            {
                "id": 1,
                "createdDateTime": 1,
                "riskType": 1,
                "ipAddress": 1,
                "userId": 1,
                "appDisplayName": 1,
                "status": 1,
            },
            None,
        ),
        (
            {"id": 1, "createdDateTime": 1, "category": "x", "severity": "x", "status": "new", "title": "x"},
            None,
        ),  # an alert
        ({"category": "AzureFirewallRule", "time": 1, "properties": {"msg": "x"}}, None),
        ({"TimeGenerated": 1, "UserId": 1, "ClientIP": 1, "Operation": 1, "Parameters": 1}, None),
        ({"TimeGenerated": 1, "UserPrincipalName": 1, "IPAddress": 1}, None),
        ({}, None),
    ],
)
def test_the_family_of_an_object(obj: dict[str, Any], expected: str | None) -> None:
    """A user, an alert, a risk event or an audit record is none of the three."""
    assert expected == family_of(obj)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("InteractiveSignIns_2026-03-01.csv", "interactive"),
        ("NonInteractiveSignIns_2026-03-01.csv", "non_interactive"),
        ("ApplicationSignIns_2026-03-01.json", "service_principal"),
        ("MSISignIns_2026-03-01.json", "managed_identity"),
        ("EntraID/x-SignInLogs/nonInteractiveUser/20260303-SignInLogs.json", "non_interactive"),
        ("EntraID/x/interactiveUser & nonInteractiveUser/20260303.json", None),
        ("azuread/sp/sp_signin_log_2026-03-01.json", "service_principal"),
        ("insights-logs-noninteractiveusersigninlogs/tenantId=x/PT1H.json", "non_interactive"),
        ("insights-logs-signinlogs/tenantId=x/y=2026/PT1H.json", "interactive"),
        ("signins.csv", None),
    ],
)
def test_a_name_hints_at_the_stream(name: str, expected: str | None) -> None:
    """A name that holds one stream's word gives it, one that holds two gives none."""
    assert expected == stream_of_name(name)


def test_an_unknown_zone_is_the_callers_mistake() -> None:
    """A zone that does not exist is named, with how to write one."""
    with pytest.raises(UsageError, match="'Mars/Olympus' is no name of the IANA time zone database"):
        instant("16/07/2026 20:26:12", "Local Time", {"time_zone": "Mars/Olympus"})


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("2026-07-05T20:25:10Z", "2026-07-05T20:26:12Z"),
        ("2026-05-07T20:25:10Z", "2026-05-07T20:26:12Z"),
        ("2024-01-01T00:00:00Z", "05/07/2026 20:26:12"),
    ],
)
def test_a_date_that_can_be_two_is_told_by_the_steps_of_its_row(step: str, expected: str) -> None:
    """An authentication step of the 5th of July makes 05/07 the 5th of July; one of another day leaves it open."""
    row = {
        "CreatedDateTime [UTC]": "05/07/2026 20:26:12",
        "AuthenticationDetails": f'[{{"authenticationStepDateTime":"{step}"}}]',
    }

    raw = to_raw({**row, "UserPrincipalName": "ana@contoso.test", "ResultType": "0", "Type": "SigninLogs"}, 0, 1)

    assert isinstance(raw.payload, dict)
    assert raw.payload["createdDateTime"] == expected


def test_the_object_handed_in_is_not_changed() -> None:
    """Mapping an object leaves it as it was: another reader may hold it."""
    obj = {
        "category": "SignInLogs",
        "time": "2026-03-02T09:16:02Z",
        "resultType": "0",
        "properties": {**SIGNIN, "status": {}},
    }

    to_raw(obj, 0, 1)

    assert obj == {
        "category": "SignInLogs",
        "time": "2026-03-02T09:16:02Z",
        "resultType": "0",
        "properties": {**SIGNIN, "status": {}},
    }


_KEYS = st.sampled_from(
    """id Id createdDateTime CreatedDateTime TimeGenerated userPrincipalName userId UserId status Status ipAddress IPAddress location
    Location clientAppUsed ResultType signInEventTypes deviceDetail uniqueTokenIdentifier AdditionalProperties properties
    category Category Type time activityDisplayName targetResources initiatedBy requestUri requestMethod requestId
    responseStatusCode appliedConditionalAccessPolicies authenticationDetails isInteractive additionalDetails""".split()
)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20),
    st.sampled_from(["SignInLogs", "AuditLogs", "{", "[1", "{}", "[]", '{"errorCode": "x"}', "4/28/2021, 2:54:37 PM"]),
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=8
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_KEYS, _VALUES, max_size=12))
def test_whatever_an_object_holds_it_becomes_one_row_or_one_reject(obj: dict[str, Any]) -> None:
    """Accounting and no crash: one record in, one row of its family's table or one reject out."""
    raw = to_raw(obj, 0, 1)
    family = families()[raw.family]

    typed = family.build([raw], "E1")

    assert raw.family in (*FAMILIES, "other_record")
    assert (
        sum(table.num_rows for name, table in typed.tables.items() if name == family.primary) + len(typed.rejects) == 1
    )
