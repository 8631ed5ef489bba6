"""Graph's objects and message trace: permissions, pages, what each path shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailwitness.standin import PERMISSIONS, Terms
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, code, hours, ids, sign_in, text, trace

TRACES = "v1.0/admin/exchange/tracing/messageTraces"


def test_collections_are_paged_and_selected(serve: Serve) -> None:
    client = serve()
    pages = list(client.pages(client.graph("v1.0/users", top="2", select="userPrincipalName")))
    assert [2, 1] == [len(page.json()["value"]) for page in pages]
    assert {"id": "u1", "userPrincipalName": "ana@contoso.test"} == pages[0].json()["value"][0]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("organization", ["11111111-0000-4000-8000-000000000001"]),
        ("servicePrincipals", ["sp1", "sp2"]),
        ("oauth2PermissionGrants", ["g1"]),
        ("servicePrincipals/sp2/appRoleAssignedTo", ["r1"]),
        ("servicePrincipals/sp2/appRoleAssignments", []),
        ("servicePrincipals/sp1/appRoleAssignments", ["r1"]),
        ("identity/conditionalAccess/policies", ["p1"]),
        ("identity/conditionalAccess/namedLocations", []),
    ],
)
def test_a_path_shows_its_objects(serve: Serve, path: str, found: list[str]) -> None:
    assert found == ids(serve().graph(f"v1.0/{path}"))


def test_security_defaults_are_one_object(serve: Serve) -> None:
    answer = serve().graph("v1.0/policies/identitySecurityDefaultsEnforcementPolicy").json()
    assert (False, True) == (answer["isEnabled"], "value" not in answer)


def test_a_persons_methods_and_rules_are_had_by_id_or_name(serve: Serve) -> None:
    client = serve()
    (rule,) = client.graph("v1.0/users/u1/mailFolders/inbox/messageRules").json()["value"]
    assert (".", "RSS Feeds", "x@y.example") == (
        rule["displayName"], rule["actions"]["moveToFolder"], rule["actions"]["forwardTo"][0]["emailAddress"]["address"],
    )  # fmt: skip
    methods = client.graph("v1.0/users/ana@contoso.test/authentication/methods").json()["value"]
    assert methods[0]["@odata.type"] == "#microsoft.graph.passwordAuthenticationMethod"
    assert (404, "Request_ResourceNotFound") == code(client.graph("v1.0/users/nobody/authentication/methods"))


def test_risk_is_found_in_some_interactive_sign_ins(serve: Serve) -> None:
    """Each detection names its sign-in; they are what the stand-in says that it holds; the filter is by time."""
    client = serve(streams={"interactive": [sign_in(n, hours(n / 10)) for n in range(80)]})
    wanted = f"detectedDateTime ge {text(START)} and detectedDateTime lt {text(EXPORT)}"

    rows = client.graph("v1.0/identityProtection/riskDetections", filter=wanted, top="500").json()["value"]
    none = client.graph("v1.0/identityProtection/riskDetections", filter=f"activityDateTime ge {text(EXPORT)}")
    users = client.graph("v1.0/identityProtection/riskyUsers")

    assert client.standin.holds["risk_detections"].keys() == {row["id"] for row in rows}
    assert 1 <= len(rows) < 40
    assert {row["requestId"] for row in rows} <= client.standin.holds["signins_interactive"].keys()
    assert ([], ["u1"]) == (ids(none), ids(users))


def test_identity_protection_takes_one_request_a_second_and_never_says_when(serve: Serve) -> None:
    """It shares that with Conditional Access."""
    client = serve(terms=Terms(pace=2))
    answers = [
        client.graph("v1.0/identityProtection/riskyUsers"),
        client.graph("v1.0/identity/conditionalAccess/policies"),
    ]
    assert [200, 429] == [answer.status_code for answer in answers]
    assert "retry-after" not in answers[1].headers


@pytest.mark.parametrize(
    ("path", "permissions", "wanted"),
    [
        ("users", "User.Read.All Directory.Read.All", "Authorization_RequestDenied"),
        ("subscribedSkus", "Organization.Read.All Directory.Read.All", "Authorization_RequestDenied"),
        ("servicePrincipals", "Application.Read.All Directory.Read.All", "Authorization_RequestDenied"),
        ("oauth2PermissionGrants", "DelegatedPermissionGrant.Read.All Directory.Read.All", "Authorization_RequestDenied"),
        ("identity/conditionalAccess/policies", "Policy.Read.All", "AccessDenied"),
        ("policies/identitySecurityDefaultsEnforcementPolicy", "Policy.Read.All", "AccessDenied"),
        ("identityProtection/riskDetections", "IdentityRiskEvent.Read.All", "Forbidden"),
        ("identityProtection/riskyUsers", "IdentityRiskyUser.Read.All", "Forbidden"),
        ("users/u1/mailFolders/inbox/messageRules", "MailboxSettings.Read", "ErrorAccessDenied"),
        ("users/u1/authentication/methods", "UserAuthenticationMethod.Read.All", "AccessDenied"),
        ("admin/exchange/tracing/messageTraces", "ExchangeMessageTrace.Read.All", "Authorization_RequestDenied"),
    ],
)  # fmt: skip
def test_each_missing_permission_is_answered_as_its_service_does(
    serve: Serve, path: str, permissions: str, wanted: str
) -> None:
    client = serve(terms=Terms(limits=False, granted=PERMISSIONS - {*permissions.split()}))
    assert (403, wanted) == code(client.graph(f"v1.0/{path}"))


def test_one_of_two_permissions_is_enough(serve: Serve) -> None:
    client = serve(terms=Terms(limits=False, granted=PERMISSIONS - {"User.Read.All"}))
    assert 200 == client.graph("v1.0/users").status_code


def test_a_tenant_without_a_licence_has_no_risk(serve: Serve) -> None:
    client = serve(terms=Terms(limits=False, licence="free"))
    assert (403, "Forbidden") == code(client.graph("v1.0/identityProtection/riskDetections"))


def test_an_unknown_path_is_refused(serve: Serve) -> None:
    assert (400, "BadRequest") == code(serve().graph("v1.0/nothing"))


def test_message_traces_are_paged_in_graphs_names(serve: Serve) -> None:
    client = serve(streams={"message_trace": [trace(n, hours(n)) for n in range(3)]})
    wanted = f"receivedDateTime ge {text(START)} and receivedDateTime le {text(hours(2))}"

    rows = [row for page in client.pages(client.graph(TRACES, filter=wanted, top="2")) for row in page.json()["value"]]

    assert ["<m2@contoso.test>", "<m1@contoso.test>", "<m0@contoso.test>"] == [row["messageId"] for row in rows]
    assert rows[0] == {
        "id": "cccc0000-0000-4000-8000-000000000002", "messageId": "<m2@contoso.test>", "receivedDateTime": text(hours(2)),
        "senderAddress": "bo@contoso.test", "recipientAddress": "ana@contoso.test", "subject": "s", "status": "delivered",
        "fromIP": "203.0.113.9", "toIP": "", "size": 100,
    }  # fmt: skip


def test_traces_are_found_by_a_part_of_the_subject(serve: Serve) -> None:
    """Of the last 48 hours, for no interval is asked."""
    made = [trace(n, EXPORT - timedelta(hours=24 * n)) for n in (1, 2, 3)]
    made[1]["record"]["Subject"] = "Weekly digest"
    client = serve(streams={"message_trace": made})
    assert [made[1]["id"]] == ids(client.graph(TRACES, filter="contains(subject, 'weekly')"))
    assert [made[0]["id"], made[1]["id"]] == ids(client.graph(TRACES))


@pytest.mark.parametrize(
    "filter_",
    [
        f"receivedDateTime ge {text(EXPORT - timedelta(days=11))} and receivedDateTime le {text(EXPORT)}",
        f"receivedDateTime ge {text(EXPORT - timedelta(days=91))} and receivedDateTime le {text(EXPORT - timedelta(days=89))}",
        f"receivedDateTime ge {text(START)} and receivedDateTime le {text(EXPORT + timedelta(days=1))}",
        "receivedDateTime soon",
    ],
)
def test_a_trace_too_long_or_too_old_is_refused(serve: Serve, filter_: str) -> None:
    assert (400, "BadRequest") == code(serve().graph(TRACES, filter=filter_))
