"""Commands, directory changes, Graph requests, message trace and the rest of the unified log."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from mailwitness.simulate.acts import Act, Arrival, GraphCall, OtherAct
from mailwitness.simulate.service.directory_audits import operation_type, spread
from tests.simulate.service.conftest import HOME, HOUR, IPV6, Desk, DeskOf
from tests.simulate.service.test_shapes import sampled, splunk_records

DAY = 24 * HOUR


def test_a_command_says_who_what_and_with_which_parameters(desk: Desk) -> None:
    """ClientIP carries a port, ObjectId the target, Parameters names and values."""
    act = desk.cmdlet(
        HOUR, parameters=(("Identity", "anna"), ("ForwardingSmtpAddress", "smtp:x@fabrikam.example")),
        session_id="5e551010-0000-4000-8000-000000000009",
    )  # fmt: skip

    [record] = desk.unified(act)

    assert ("Set-Mailbox", 1, 2, desk.owner.upn, desk.mailbox.upn, False, "True") == tuple(
        record[name]
        for name in ("Operation", "RecordType", "UserType", "UserId", "ObjectId", "ExternalAccess", "ResultStatus")
    )
    assert [
        {"Name": "Identity", "Value": "anna"},
        {"Name": "ForwardingSmtpAddress", "Value": "smtp:x@fabrikam.example"},
    ] == record["Parameters"]
    address, _, port = record["ClientIP"].rpartition(":")
    assert ("192.0.2.10", True) == (address, 1024 <= int(port) <= 65535)
    assert {"AADSessionId": record["SessionId"]} == record["AppAccessContext"]


def test_an_ipv6_address_of_a_command_stands_in_brackets(desk: Desk) -> None:
    """As the public records have it."""
    [record] = desk.unified(desk.cmdlet(HOUR, place=IPV6))

    assert record["ClientIP"].startswith("[2001:db8::7]:")


def test_a_command_of_the_service_itself(desk: Desk) -> None:
    """NT AUTHORITY, UserType 3, no address, ExternalAccess true."""
    [record] = desk.unified(desk.cmdlet(HOUR, actor=None, place=None))

    assert (3, True, False) == (record["UserType"], record["ExternalAccess"], "ClientIP" in record)
    assert record["UserId"].startswith("NT AUTHORITY\\SYSTEM")


def test_a_failed_command_is_recorded_as_such(desk: Desk) -> None:
    """ResultStatus is False, in words."""
    [record] = desk.unified(desk.cmdlet(HOUR, succeeded=False))

    assert "False" == record["ResultStatus"]


def test_the_service_works_on_mailboxes_by_itself(desk: Desk) -> None:
    """At the stated rate per mailbox and day, in records that tell of no act and change no setting."""
    boxes = [mailbox for mailbox in desk.tenant.mailboxes if mailbox.kind == "UserMailbox"]
    acts = [desk.sync(day * DAY, mailbox=box.guid, actor=box.owner, messages=()) for day in range(40) for box in boxes]

    chores = {one.id: one for one in desk.all_records(*acts) if not one.acts}

    assert 0.12 < len(chores) / len(acts) < 0.18
    assert {(1, 3)} == {(one.record["RecordType"], one.record["UserType"]) for one in chores.values()}


@pytest.mark.parametrize("start", ["2020-12-16", "2026-03-02"])
def test_a_command_has_the_keys_of_the_public_one(desk_of: DeskOf, start: str) -> None:
    """Splunk's Set-Mailbox of 2020 and the keys of SEKOIA's of 2026-04-16."""
    if start == "2020-12-16":
        [public] = (one.keys() for one in splunk_records(Operation="Set-Mailbox"))
    else:
        public = set(  # type: ignore[assignment]
            "AppAccessContext CreationTime Id Operation OrganizationId RecordType ResultStatus UserKey UserType Version Workload "
            "ClientIP ObjectId UserId AppId AppPoolName ClientAppId CorrelationID ExternalAccess OrganizationName OriginatingServer "
            "Parameters RequestId SessionId TokenObjectId TokenTenantId".split()
        )  # all but DeviceId, which a command does not know
    desk = desk_of(start=date.fromisoformat(start))

    [record] = desk.unified(desk.cmdlet(HOUR, session_id="5e551010-0000-4000-8000-000000000009"))

    assert public == record.keys()


def test_a_directory_change_is_in_both_logs_with_one_correlation(desk: Desk) -> None:
    """Graph keeps the JSON text; the unified log spreads it out and ends the operation with a full stop."""
    act = desk.directory_act(
        HOUR, "Update user", modified=(("AssignedPlan", "[]", '[{"Capability":"Enabled"}]'), ("Included Updated Properties", "", '"AssignedPlan"'))
    )  # fmt: skip

    audit, record = sorted(desk.records(act), key=lambda one: one.stream)

    assert ("directory", "unified") == (audit.stream, record.stream)
    assert ("Update user", "Update user.") == (audit.record["activityDisplayName"], record.record["Operation"])
    assert audit.record["correlationId"] == record.record["InterSystemsId"]
    assert ('[{"Capability":"Enabled"}]', '[\r\n  {\r\n    "Capability": "Enabled"\r\n  }\r\n]') == (
        audit.record["targetResources"][0]["modifiedProperties"][0]["newValue"],
        record.record["ModifiedProperties"][0]["NewValue"],
    )
    assert (desk.owner.upn, desk.owner.upn, 0) == (
        record.record["ObjectId"], audit.record["targetResources"][0]["userPrincipalName"], record.record["UserType"],
    )  # fmt: skip


def test_an_application_changes_the_directory(desk: Desk) -> None:
    """initiatedBy names the application; the unified log its service principal."""
    app = desk.tenant.apps["backup_1"]

    audit, record = sorted(
        desk.records(desk.directory_act(HOUR, "Add service principal", "ApplicationManagement", actor=None, app=app)),
        key=lambda one: one.stream,
    )

    assert (app.principal_id, None) == (
        audit.record["initiatedBy"]["app"]["servicePrincipalId"],
        audit.record["initiatedBy"]["user"],
    )
    assert f"ServicePrincipal_{app.principal_id}" == record.record["UserId"]


def test_security_information_stays_in_entras_log(desk: Desk) -> None:
    """Its registration is logged by another service than the directory (assumption)."""
    [audit] = desk.records(desk.directory_act(HOUR, "User registered security info"))

    assert ("directory", "Authentication Methods") == (audit.stream, audit.record["loggedByService"])


def test_directory_records_have_the_keys_of_the_public_ones(desk: Desk) -> None:
    """Splunk's consent in both logs."""
    act = desk.directory_act(
        HOUR, "Consent to application", "ApplicationManagement",
        targets=(("ServicePrincipal", desk.tenant.apps["saas_1"].principal_id, desk.tenant.apps["saas_1"].name),),
    )  # fmt: skip
    lines = sampled("splunk/example_logs.jsonl").read_text("utf-8").splitlines()
    logs = [json.loads(line)["record"] for line in lines]
    [public_audit] = [one["properties"] for one in logs if one.get("operationName") == "Consent to application"]
    [public_record] = [one for one in logs if one.get("Operation") == "Consent to application."]

    audit, record = (one.record for one in sorted(desk.records(act), key=lambda one: one.stream))

    assert {"userAgent"} == public_audit.keys() - audit.keys()
    assert set() == audit.keys() - public_audit.keys()
    assert set() == public_record.keys() - record.keys()
    assert {"ClientIP", "ActorIpAddress"} == record.keys() - public_record.keys()


@pytest.mark.parametrize(
    ("activity", "type_"),
    [
        ("Add user", "Add"),
        ("Add member to role", "Assign"),
        ("Delete application", "Delete"),
        ("Change user license", "Update"),
    ],
)
def test_the_operation_type_follows_from_the_activity(activity: str, type_: str) -> None:
    """The first word decides, assignments apart."""
    assert type_ == operation_type(activity)


def test_values_are_spread_as_the_unified_log_does() -> None:
    """Strings bare, nothing empty, what is no JSON as it is."""
    assert ["Bank", "", "not json", "[\r\n  true\r\n]"] == [spread(t) for t in ('"Bank"', "", "not json", "[true]")]


def test_a_graph_request_leads_to_its_sign_in(desk: Desk) -> None:
    """signInActivityId is the sign-in's unique token identifier, for a person and for an application."""
    apps = desk.tenant.apps
    call = GraphCall(
        at=desk.tenant.start_at, key=desk.key(), method="GET", uri="https://graph.microsoft.com/v1.0/me/messages", status=200,
        app=apps["saas_1"], place=HOME, token=desk.token(), person=desk.owner.number, size_bytes=900,
    )  # fmt: skip
    by_app = GraphCall(
        at=desk.tenant.start_at + 1, key=desk.key(), method="GET", uri="https://graph.microsoft.com/beta/users", status=403,
        app=apps["backup_2"], place=HOME, token=desk.token("app", app_only=True),
    )  # fmt: skip
    signin = desk.sign_in(2, request_id=desk.token().request_id)

    rows = [one.record for one in desk.records(call, by_app, signin) if one.stream in ("graph_activity", "interactive")]

    person, app, issued = rows
    assert issued["uniqueTokenIdentifier"] == person["signInActivityId"]
    assert [("0", "v1.0", desk.owner.object_id, ""), ("1", "beta", "", apps["backup_2"].principal_id)] == [
        (row["clientAuthMethod"], row["apiVersion"], row["userId"], row["servicePrincipalId"]) for row in (person, app)
    ]


def test_message_trace_has_what_came_in_and_what_left(desk: Desk) -> None:
    """A row per delivery, and per address outside of what was sent; addresses inside are deliveries of their own."""
    arrival = Arrival(
        at=desk.tenant.start_at,
        key=desk.key(),
        message=desk.message(1),
        recipient=desk.mailbox.upn,
        from_ip="198.51.100.7",
    )
    sent = desk.mailbox_act(
        HOUR, "Send", messages=(desk.message(2),), recipients=("a@fabrikam.example", desk.licensed("e3").upn)
    )

    rows = [one.record for one in desk.records(arrival, sent) if one.stream == "message_trace"]

    assert [("<m1@fabrikam.example>", desk.mailbox.upn, "198.51.100.7"), ("<m2@fabrikam.example>", "a@fabrikam.example", rows[1]["FromIP"])] == [
        (row["MessageId"], row["RecipientAddress"], row["FromIP"]) for row in rows
    ]  # fmt: skip


def test_what_left_has_a_row_though_no_audit_record(desk: Desk) -> None:
    """A Send of a mailbox without a licence is in message trace alone, and so has no fate."""
    box = desk.licensed("f3")
    sent = desk.mailbox_act(
        HOUR, "Send", mailbox=box.guid, actor=box.owner, messages=(desk.message(2, mailbox=box),), recipients=("a@fabrikam.example",)
    )  # fmt: skip

    assert ["message_trace"] == [one.stream for one in desk.records(sent)]
    assert {} == desk.service.fates()


def test_what_only_the_unified_log_knows(desk: Desk) -> None:
    """An eDiscovery search has its own record and no mail access."""
    act = OtherAct(
        at=desk.tenant.start_at, key=desk.key(), record_type=24, operation="SearchCreated", workload="SecurityComplianceCenter",
        actor=desk.owner.number, target="merger", details=(("Query", "merger"), ("ExchangeLocations", '["All"]')),
    )  # fmt: skip

    [record] = desk.unified(act)

    assert (24, "SearchCreated", "merger", "merger", ["All"]) == tuple(
        record[name] for name in ("RecordType", "Operation", "ObjectId", "Query", "ExchangeLocations")
    )


@pytest.mark.parametrize(
    ("stream", "make"),
    [
        ("directory", lambda desk: desk.directory_act(HOUR, "User registered security info")),
        ("message_trace", lambda desk: Arrival(at=desk.tenant.start_at, key="k", message=desk.message(), recipient="x", from_ip="192.0.2.1")),
        (
            "graph_activity",
            lambda desk: GraphCall(
                at=desk.tenant.start_at, key="k", method="GET", uri="u", status=200, app=desk.tenant.apps["saas_1"], place=HOME
            ),
        ),
        ("interactive, unified", lambda desk: desk.sign_in(HOUR)),
    ],
)  # fmt: skip
def test_an_outage_of_a_stream_is_the_fate_of_its_acts(desk_of: DeskOf, stream: str, make: Any) -> None:
    """Nothing is recorded, and the service says why."""
    desk = desk_of(overrides=[("", "Outage", stream)])
    act = make(desk)

    assert [] == desk.records(act)
    assert {act.key: "outage"} == desk.service.fates()


def test_an_act_of_no_known_kind_is_a_mistake(desk: Desk) -> None:
    """It is told, not dropped."""
    with pytest.raises(TypeError, match="no log knows an act of kind Act"):
        desk.service.record([Act(at=desk.tenant.start_at, key="k")])
