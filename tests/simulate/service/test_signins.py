"""Sign-ins in Entra's streams and in the unified log."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from mailwitness.simulate.service.declared import sign_in_errors
from tests.simulate.service.conftest import HOUR, MINUTE, Desk, tenant_of
from tests.simulate.service.test_shapes import sampled, splunk_records


def by_stream(desk: Desk, *acts: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in desk.records(*acts):
        found.setdefault(one.stream, []).append(one.record)
    return found


def test_an_interactive_sign_in_has_a_row_and_a_logon_with_one_id(desk: Desk) -> None:
    """The row's id is the logon's Id and IntraSystemId; the correlation id is InterSystemsId."""
    act = desk.sign_in(HOUR)

    found = by_stream(desk, act)

    [row], [logon] = found["interactive"], found["unified"]
    assert [act.request_id] * 4 == [row["id"], row["originalRequestId"], logon["Id"], logon["IntraSystemId"]]
    assert (row["correlationId"], "UserLoggedIn", "0") == (
        logon["InterSystemsId"],
        logon["Operation"],
        logon["ErrorNumber"],
    )


def test_the_row_says_what_the_act_says(desk: Desk) -> None:
    """A success of a protocol that Exchange then refuses is a success here: the identity provider does not know."""
    act = desk.sign_in(
        HOUR, client=desk.tenant.clients["imap_basic"], app=desk.tenant.apps["exchange"], protocol="ropc", session_id=None,
        device=None, mfa="", user_agent="BAV2ROPC",
    )  # fmt: skip

    [row] = by_stream(desk, act)["interactive"]

    assert ("IMAP4", "ropc", 0, "Other.", "BAV2ROPC", True, "", desk.owner.upn) == (
        row["clientAppUsed"], row["authenticationProtocol"], row["status"]["errorCode"], row["status"]["failureReason"],
        row["userAgent"], row["isInteractive"], row["sessionId"], row["userPrincipalName"],
    )  # fmt: skip
    assert ("192.0.2.10", 64500, "Ghent", "BE") == (
        row["ipAddress"], row["autonomousSystemNumber"], row["location"]["city"], row["location"]["countryOrRegion"],
    )  # fmt: skip


def test_a_failure_has_its_words(desk: Desk) -> None:
    """failureReason in the row, LogonError in the unified log."""
    act = desk.sign_in(HOUR, error_code=50126, first_factor=False, mfa="")

    found = by_stream(desk, act)

    [row], [logon] = found["interactive"], found["unified"]
    assert "Error validating credentials due to invalid username or password." == row["status"]["failureReason"]
    assert [(False, "Password")] == [
        (step["succeeded"], step["authenticationMethod"]) for step in row["authenticationDetails"]
    ]
    assert ("UserLoginFailed", "50126", "InvalidUserNameOrPassword") == (
        logon["Operation"],
        logon["ErrorNumber"],
        logon["LogonError"],
    )


@pytest.mark.parametrize(
    ("code", "operation"), [(0, "UserLoggedIn"), (50140, "UserLoggedIn"), (65001, "UserLoginFailed")]
)
def test_the_unified_logs_oddities(desk: Desk, code: int, operation: str) -> None:
    """An interrupt comes as a logon, a missing consent as a failed one."""
    [logon] = by_stream(desk, desk.sign_in(HOUR, error_code=code))["unified"]

    assert (operation, str(code)) == (logon["Operation"], logon["ErrorNumber"])


def test_shares_of_the_logons_are_the_measured_ones(desk: Desk) -> None:
    """79 % of failed logons say Success; 62 % of logons and 18 % of failed ones name their session."""
    acts = [desk.sign_in(n * 1000, error_code=50126 if n % 2 else 0) for n in range(4000)]

    logons = by_stream(desk, *acts)["unified"]

    failed = [one for one in logons if one["Operation"] == "UserLoginFailed"]
    worked = [one for one in logons if one["Operation"] == "UserLoggedIn"]

    def with_session(some: list[dict[str, Any]]) -> float:
        named = [any(property_["Name"] == "SessionId" for property_ in one["DeviceProperties"]) for one in some]
        return sum(named) / len(named)

    assert (2000, 2000) == (len(failed), len(worked))
    assert 0.76 < sum(one["ResultStatus"] == "Success" for one in failed) / 2000 < 0.82
    assert {"Success"} == {one["ResultStatus"] for one in worked}
    assert 0.59 < with_session(worked) < 0.65
    assert 0.15 < with_session(failed) < 0.21


def test_few_non_interactive_sign_ins_reach_the_unified_log(desk: Desk) -> None:
    """Refreshes are mostly absent there; all of them have a row in their own stream."""
    acts = [desk.sign_in(n * 1000, stream="noninteractive", incoming="refreshToken") for n in range(3000)]

    found = by_stream(desk, *acts)

    assert 3000 == len(found["noninteractive"])
    assert 0.01 < len(found["unified"]) / 3000 < 0.03


def test_a_sign_in_that_a_defect_leaves_out_is_nowhere(desk: Desk) -> None:
    """No row, no logon, though a token was issued; the reason is kept."""
    act = desk.sign_in(HOUR, unlogged=True, token=desk.token())

    assert [] == desk.records(act)
    assert {act.key: "unlogged_by_design"} == desk.service.fates()


def test_service_principals_have_rows_unless_they_are_microsofts_own(desk: Desk) -> None:
    """First-party application tokens are excluded from the log."""
    apps = desk.tenant.apps
    own, foreign = (
        desk.sign_in(
            HOUR, stream="service_principal", person=None, principal=apps[name], app=apps[name], session_id=None, device=None,
            mfa="", credential_key_id="c0ffee00-0000-4000-8000-000000000001",
        )
        for name in ("substrate", "backup_1")
    )  # fmt: skip

    found = by_stream(desk, own, foreign)

    assert ["service_principal"] == list(found)
    [row] = found["service_principal"]
    assert (apps["backup_1"].principal_id, apps["backup_1"].name, "", ["servicePrincipal"], "clientSecret") == (
        row["servicePrincipalId"], row["servicePrincipalName"], row["userPrincipalName"], row["signInEventTypes"],
        row["clientCredentialType"],
    )  # fmt: skip
    assert {own.key: "first_party_principal"} == desk.service.fates()


def test_an_unknown_name_is_not_written(desk: Desk) -> None:
    """Since 2020 the unified log says Not Available; the row has an empty user."""
    act = desk.sign_in(HOUR, person=None, error_code=50034, first_factor=False, mfa="", session_id=None)

    found = by_stream(desk, act)

    assert ("Not Available", "Not Available") == (found["unified"][0]["UserId"], found["unified"][0]["UserKey"])
    assert ("", "00000000-0000-0000-0000-000000000000") == (
        found["interactive"][0]["userPrincipalName"],
        found["interactive"][0]["userId"],
    )


def test_policies_stand_in_the_row_as_the_act_shows_them(desk: Desk) -> None:
    """A policy for other client types was not applied for its client type; the block that failed makes the status."""
    legacy = ("exchangeActiveSync", "other")
    mfa, block = (next(p.name for p in desk.tenant.policies if p.key == key) for key in ("mfa", "legacy"))
    modern = desk.sign_in(HOUR, policies=((mfa, "success", ("all",)), (block, "notApplied", legacy)))
    blocked = desk.sign_in(
        HOUR + 1, client=desk.tenant.clients["imap_basic"], error_code=53003, mfa="",
        policies=((mfa, "notApplied", ("all",)), (block, "failure", legacy)),
    )  # fmt: skip

    rows = by_stream(desk, modern, blocked)["interactive"]

    assert [
        ("success", [("success", ["Mfa"], "none"), ("notApplied", ["Block"], "clientType")]),
        ("failure", [("notApplied", ["Mfa"], "users"), ("failure", ["Block"], "none")]),
    ] == [
        (
            row["conditionalAccessStatus"],
            [
                (one["result"], one["enforcedGrantControls"], one["conditionsNotSatisfied"])
                for one in row["appliedConditionalAccessPolicies"]
            ],
        )
        for row in rows
    ]


def test_an_event_that_shows_no_policies_has_no_such_field(desk: Desk) -> None:
    """None is not the empty list: the export had no right to read policies."""
    hidden, none = desk.sign_in(HOUR), desk.sign_in(HOUR + 1, policies=())

    rows = by_stream(desk, hidden, none)["interactive"]

    assert [None, []] == [row.get("appliedConditionalAccessPolicies") for row in rows]


@pytest.mark.parametrize(
    ("code", "mfa", "status"), [(0, "claim", "success"), (0, "", "notApplied"), (53003, "", "failure")]
)
def test_the_status_is_there_where_policies_are_not(desk: Desk, code: int, mfa: str, status: str) -> None:
    """Conditional Access's outcome needs no right to read policies."""
    [row] = by_stream(desk, desk.sign_in(HOUR, error_code=code, mfa=mfa))["interactive"]

    assert status == row["conditionalAccessStatus"]


def test_the_row_has_every_field_of_the_public_one() -> None:
    """What a public row of 2023 has and ours has not is what Graph's object does not have."""
    lines = sampled("splunk/example_logs.jsonl").read_text("utf-8").splitlines()
    [public] = [
        record["properties"]
        for record in (json.loads(line)["record"] for line in lines)
        if record.get("category") == "SignInLogs"
    ]
    desk = Desk(tenant_of(date(2023, 10, 24)))

    [ours] = [one.record for one in desk.records(desk.sign_in(HOUR, policies=())) if one.stream == "interactive"]

    only_in_diagnostics = {
        "tenantId",
        "riskEventTypes",
        "alternateSignInName",
        "ssoExtensionVersion",
        "rngcStatus",
        "appServicePrincipalId",
    }
    assert only_in_diagnostics == public.keys() - ours.keys()
    assert len(public["uniqueTokenIdentifier"]) == len(ours["uniqueTokenIdentifier"])
    for nested in ("status", "location"):
        assert public[nested].keys() <= ours[nested].keys()
    assert (
        public["authenticationDetails"][0].keys() - {"StatusSequence", "RequestSequence"}
        == ours["authenticationDetails"][0].keys()
    )


@pytest.mark.parametrize(("operation", "error"), [("UserLoggedIn", 0), ("UserLoginFailed", 50126)])
def test_logons_have_the_keys_of_the_public_ones(desk: Desk, operation: str, error: int) -> None:
    """Same keys in the same order, and LogonError where the logon failed."""
    [public] = splunk_records(Operation=operation)
    act = desk.sign_in(HOUR, error_code=error, first_factor=error == 0, mfa="")

    [ours] = by_stream(desk, act)["unified"]

    assert list(public) == list(ours)
    assert [one["Name"] for one in public["ExtendedProperties"]] == [one["Name"] for one in ours["ExtendedProperties"]]


def test_every_error_has_words_in_both_logs() -> None:
    """No code without a name and a text."""
    assert [] == [code for code, words in sign_in_errors().items() if not words.logon_error or not words.text]
    assert {50034, 50053, 50126, 50140, 53003, 65001, 530035, 7000215} <= sign_in_errors().keys()


def test_rows_are_available_within_minutes_and_seldom_later(desk: Desk) -> None:
    """Most within 15 minutes, all within 6 hours."""
    acts = [desk.sign_in(n * 1000) for n in range(1000)]

    delays = [one.available - one.at for one in desk.records(*acts) if one.stream == "interactive"]

    assert 2 * MINUTE <= min(delays)
    assert 0.92 < sum(delay <= 15 * MINUTE for delay in delays) / 1000 < 0.98
    assert max(delays) <= 6 * HOUR
