"""The shape of mailbox records in each era, and beside public records where those are at hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mailwitness.simulate.service.eras import era_at, eras
from mailwitness.simulate.service.identifiers import long_token_identifier, request_id_of, token_identifier
from tests.simulate.service.conftest import HOUR, Desk, DeskOf

SAMPLES = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.parametrize(
    ("start", "members"),
    [
        (date(2021, 5, 3), {"InternetMessageId"}),
        (date(2023, 5, 1), {"InternetMessageId", "SizeInBytes"}),
        (date(2024, 10, 1), {"Id", "InternetMessageId", "SizeInBytes"}),
        (date(2025, 8, 4), {"Id", "ImmutableId", "InternetMessageId", "SizeInBytes"}),
        (date(2026, 3, 2), {"CreationTime", "Id", "ImmutableId", "InternetMessageId", "SizeInBytes", "Subject"}),
    ],
)
def test_items_have_the_members_of_their_year(desk_of: DeskOf, start: date, members: set[str]) -> None:
    """Later records say more of a message; each year's record says what that year's did."""
    desk = desk_of(start=start)

    [record] = desk.unified(desk.bind(HOUR))

    assert members == record["Folders"][0]["FolderItems"][0].keys()


def test_items_read_through_a_request_name_it(desk: Desk) -> None:
    """Programs over REST and EWS carry ClientRequestId at the item, the browser does not."""
    by_app = desk.bind(HOUR, client=desk.tenant.clients["ews_app"])

    [browser, app] = desk.unified(desk.bind(0), by_app)

    assert [False, True] == ["ClientRequestId" in record["Folders"][0]["FolderItems"][0] for record in (browser, app)]


@pytest.mark.parametrize(
    ("start", "context", "has_session"),
    [
        (date(2021, 5, 3), None, True),
        (date(2023, 5, 1), None, True),
        (date(2024, 10, 1), {"APIId", "ClientAppId"}, True),
        (date(2025, 8, 4), {"AADSessionId", "APIId", "ClientAppId", "IssuedAtTime", "UniqueTokenId"}, False),
        (date(2026, 3, 2), {"AADSessionId", "APIId", "ClientAppId", "IssuedAtTime", "UniqueTokenId"}, False),
    ],
)
def test_the_session_moves_into_the_context_with_the_linkable_identifiers(
    desk_of: DeskOf, start: date, context: set[str] | None, has_session: bool
) -> None:
    """Until mid-2025 SessionId alone, since then AppAccessContext with session and token."""
    desk = desk_of(start=start)

    [record] = desk.unified(desk.bind(HOUR))

    found = record.get("AppAccessContext")
    assert context == (None if found is None else found.keys() - {"CorrelationId"})
    assert has_session == ("SessionId" in record)
    assert (context is not None and "UniqueTokenId" in context) == ("TokenTenantId" in record)


def test_a_mail_record_leads_to_the_sign_in_that_issued_its_token(desk: Desk) -> None:
    """Token identifier, session, issue time and subject are the token's."""
    token = desk.token(at=-HOUR)
    signin = desk.sign_in(0, request_id=token.request_id, token=token)

    access, *others = [one.record for one in desk.records(desk.bind(HOUR, token=token), signin)][::-1]

    context = access["AppAccessContext"]
    assert token.request_id == request_id_of(context["UniqueTokenId"])
    assert [context["UniqueTokenId"]] == [r["uniqueTokenIdentifier"] for r in others if "uniqueTokenIdentifier" in r]
    assert ("2026-03-01T23:00:00", token.subject) == (context["IssuedAtTime"], access["TokenObjectId"])


@pytest.mark.parametrize(
    ("start", "write"), [(date(2022, 7, 4), long_token_identifier), (date(2026, 3, 2), token_identifier)]
)
def test_sign_ins_write_their_identifier_as_their_year_did(desk_of: DeskOf, start: date, write: Any) -> None:
    """48 characters until mid-2023, 22 since."""
    desk = desk_of(start=start)
    act = desk.sign_in(HOUR)

    [row] = [one.record for one in desk.records(act) if one.stream == "interactive"]

    assert write(act.request_id) == row["uniqueTokenIdentifier"]
    assert (start.year >= 2024) == ("sessionId" in row)


def test_a_forged_token_looks_like_an_issued_one(desk: Desk) -> None:
    """Exchange does not know who issued a token; the record cannot tell."""
    token = desk.token()
    issued, forged = desk.bind(0), desk.bind(2 * HOUR, token=msgspec.structs.replace(token, issued=False))

    first, second = desk.unified(issued, forged)

    assert first["AppAccessContext"]["UniqueTokenId"] == second["AppAccessContext"]["UniqueTokenId"]
    assert first.keys() == second.keys()


def test_programs_without_a_token_show_none(desk: Desk) -> None:
    """Basic authentication leaves neither context nor session; a background service no session and no token."""
    basic = desk.bind(0, client=desk.tenant.clients["imap_basic"], token=None, session_id=None)
    service = desk.bind(
        HOUR, client=desk.tenant.clients["rest_service"], token=None, session_id=None, logon="service", actor=None
    )
    aggregated = desk.bind(2 * HOUR, aggregated=True)

    records = desk.unified(basic, service, aggregated)

    linking = {"SessionId", "TokenObjectId", "TokenTenantId", "DeviceId"}
    assert [set(), set(), set()] == [linking & record.keys() for record in records]
    assert [None, {"APIId", "ClientAppId"}, None] == [
        record["AppAccessContext"].keys() if "AppAccessContext" in record else None for record in records
    ]
    assert ["Client=POP3/IMAP4;Protocol=IMAP4", desk.owner.upn] == [
        records[0]["ClientInfoString"],
        records[1]["UserId"],
    ]


def test_rest_programs_had_no_session_before_2025(desk_of: DeskOf) -> None:
    """0 of 396 records of the public lab tenant of 2021."""
    desk = desk_of(start=date(2021, 5, 3))

    records = desk.unified(desk.bind(0, client=desk.tenant.clients["graph_delegated"]), desk.bind(HOUR))

    assert [False, True] == ["SessionId" in record for record in records]


def test_an_application_shows_as_the_owner(desk: Desk) -> None:
    """LogonType 0 is not the human: UserType is 5, the key is the application's id, the token has no person."""
    client = desk.tenant.clients["graph_app"]
    act = desk.bind(
        HOUR, client=client, logon="application", actor=None, session_id=None, token=desk.token(app_only=True)
    )

    [record] = desk.unified(act)

    assert (0, 5, client.client_app_id, desk.mailbox.upn) == tuple(
        record[name] for name in ("LogonType", "UserType", "UserKey", "UserId")
    )
    assert record["MailboxOwnerSid"] == record["LogonUserSid"]
    assert (desk.tenant.apps["graph"].app_id, client.client_app_id) == (record["AppId"], record["ClientAppId"])
    assert ("TokenObjectId" in record, "AADSessionId" in record["AppAccessContext"]) == (False, False)
    assert (
        f"Client=REST;Client=RESTSystem;UserAgent=[NoUserAgent][AppId={client.client_app_id}];"
        == record["ActorInfoString"]
    )


def test_the_application_of_the_act_is_the_caller(desk: Desk) -> None:
    """A foreign application through Graph: Graph in front, the application behind it."""
    app = desk.tenant.apps["saas_3"]

    [record] = desk.unified(desk.bind(HOUR, client=desk.tenant.clients["graph_delegated"], app=app))

    assert (desk.tenant.apps["graph"].app_id, app.app_id, app.app_id) == (
        record["AppId"],
        record["ClientAppId"],
        record["AppAccessContext"]["ClientAppId"],
    )


def test_a_delegate_is_told_from_the_owner(desk: Desk) -> None:
    """Another SID, another user, LogonType 2."""
    other = desk.licensed("e3")
    assert other.owner is not None
    person = desk.tenant.people[other.owner]

    [record] = desk.unified(desk.bind(HOUR, logon="delegate", actor=person.number))

    assert (2, person.upn, person.sid, desk.mailbox.sid, desk.mailbox.upn) == tuple(
        record[name] for name in ("LogonType", "UserId", "LogonUserSid", "MailboxOwnerSid", "MailboxOwnerUPN")
    )


def test_a_partner_of_another_tenant_is_external(desk: Desk) -> None:
    """ExternalAccess, UserType 9, and the partner's own tenant in TokenTenantId."""
    partner = next(person for person in desk.tenant.outsiders if "#EXT#" not in person.upn)

    [record] = desk.unified(desk.bind(HOUR, logon="delegate", actor=partner.number, external=True))

    assert (True, 9, partner.home_tenant) == tuple(
        record[name] for name in ("ExternalAccess", "UserType", "TokenTenantId")
    )


def test_eras_cover_all_of_time() -> None:
    """Each begins where the one before ends."""
    found = eras()

    assert [era.valid_to for era in found[:-1]] == [era.valid_from for era in found[1:]]
    assert (found[0], found[-1]) == (era_at(0), era_at(4_000_000_000_000))


def sampled(name: str) -> Path:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the public sample {name} is not at hand")
    return path


def splunk_records(**wanted: Any) -> Iterator[dict[str, Any]]:
    """Public records of splunk/security_content that have these values."""
    for line in sampled("splunk/example_logs.jsonl").read_text("utf-8").splitlines():
        record: dict[str, Any] = json.loads(line)["record"]
        if all(record.get(name) == value for name, value in wanted.items()):
            yield record


def test_a_bind_of_early_2024_has_the_keys_of_the_public_one(desk_of: DeskOf) -> None:
    """Same keys at the top, in the folder and in the item (EWS with a script, 2024-02-01)."""
    desk = desk_of(start=date(2024, 2, 1))

    [public] = splunk_records(Operation="MailItemsAccessed")
    [ours] = desk.unified(desk.bind(HOUR, client=desk.tenant.clients["ews_app"], session_id=None))

    assert public.keys() == ours.keys()
    assert public["Folders"][0].keys() == ours["Folders"][0].keys()
    assert public["Folders"][0]["FolderItems"][0].keys() == ours["Folders"][0]["FolderItems"][0].keys()
    assert {name: type(value) for name, value in public.items()} == {name: type(value) for name, value in ours.items()}


def test_binds_of_2021_have_the_keys_of_the_public_ones(desk_of: DeskOf) -> None:
    """The background service and the browser of the Sentinel training data, in the columns of Log Analytics. AppId is in two of three."""
    csv.field_size_limit(10_000_000)
    with sampled("sentinel-training/office_activity.csv").open(encoding="utf-8-sig", newline="") as lines:
        public = [row for row in csv.DictReader(lines) if row["Operation"] == "MailItemsAccessed"]
    desk = desk_of(start=date(2021, 4, 28))
    service = desk.bind(HOUR, client=desk.tenant.clients["rest_service"], token=None, session_id=None, logon="service")
    browser = desk.bind(2 * HOUR)

    for act, client in ((service, "Client=REST"), (browser, "Client=OWA")):
        [ours] = desk_of(start=date(2021, 4, 28)).unified(act)
        columns = {_COLUMNS.get(name, name) for name in ours} - _NO_COLUMN  # of which the table has no column
        for row in (row for row in public if row["ClientInfoString"].startswith(client)):
            filled = {name.rstrip("_") for name, value in row.items() if value} - _TABLE_ONLY
            assert columns - {"AppId"} == filled - {"AppId"}
            assert json.loads(row["Folders"])[0].keys() == ours["Folders"][0].keys()
            assert json.loads(row["Folders"])[0]["FolderItems"][0].keys() == ours["Folders"][0]["FolderItems"][0].keys()


_TABLE_ONLY = {
    "TenantId", "ResultReasonType", "ElevationTime [UTC]", "SourceSystem", "SourceRecordId", "Start_Time [UTC]", "OfficeTenantId",
    "Type",
}  # fmt: skip
_COLUMNS = {
    "CreationTime": "TimeGenerated [UTC]", "Id": "OfficeId", "Workload": "OfficeWorkload", "LogonType": "Logon_Type",
    "ClientIPAddress": "Client_IPAddress",
}  # fmt: skip


_NO_COLUMN = {"Version", "OperationCount", "SessionId"}


def test_the_browser_bind_of_2025_has_the_keys_of_the_public_one(desk: Desk) -> None:
    """A public record of 2025-10-27 (SEKOIA, exchange_item_group_7); its keys, in its order."""
    public = (
        "AppAccessContext CreationTime Id Operation OrganizationId RecordType ResultStatus UserKey UserType Version Workload UserId "
        "AppId ClientAppId ClientIPAddress ClientInfoString DeviceId ExternalAccess InternalLogonType LogonType LogonUserSid "
        "MailboxGuid MailboxOwnerSid MailboxOwnerUPN OperationProperties OrganizationName OriginatingServer TokenObjectId "
        "TokenTenantId Folders OperationCount"
    ).split()
    act = desk.bind(HOUR, device=desk.tenant.devices(desk.owner)[0], app=desk.tenant.apps["outlook_web"])

    [record] = desk.unified(act)

    assert public == list(record)


def test_the_attachment_record_has_the_keys_of_the_public_one(desk: Desk) -> None:
    """A public record of 2025-09-29 (elastic/integrations, test-exchange-access-event.json): an application without a person."""
    public = set(
        "LogonUserSid AppAccessContext AppId ActorInfoString MailboxOwnerUPN MailboxOwnerSid LogonType ClientInfoString ResultStatus "
        "OrganizationName ExternalAccess OperationProperties InternalLogonType MailboxGuid UserKey TokenTenantId UserId UserType "
        "CreationTime Version RecordType ClientIPAddress Operation OrganizationId ClientAppId OriginatingServer Messages Id Workload "
        "OperationCount".split()
    )
    act = desk.bind(
        HOUR, desk.message(1, attachments=1), how="attachment", client=desk.tenant.clients["graph_app"], logon="application",
        actor=None, session_id=None, token=desk.token(app_only=True),
    )  # fmt: skip

    [record] = desk.unified(act)

    assert public == record.keys()
    assert {"APIId", "ClientAppId", "IssuedAtTime", "UniqueTokenId"} == record["AppAccessContext"].keys() - {
        "CorrelationId"
    }


def test_records_of_one_item_and_of_groups(desk: Desk) -> None:
    """Send has Item with recipients, a deletion AffectedItems with folder and destination, a rule its properties."""
    send = desk.mailbox_act(
        0, "Send", messages=(desk.message(1, attachments=2),), recipients=("a@fabrikam.example", "b@contoso.test")
    )
    gone = desk.mailbox_act(HOUR, "MoveToDeletedItems", messages=(desk.message(1), desk.message(2)), folder="\\Inbox")
    rule = desk.mailbox_act(
        2 * HOUR, "UpdateInboxRules", client=desk.tenant.clients["outlook_desktop"],
        details=(("OperationProperties.RuleOperation", "AddMailboxRule"), ("OperationProperties.RuleName", ".")),
    )  # fmt: skip

    sent, moved, ruled = desk.unified(send, gone, rule)

    assert (2, "\\Drafts", 2, "document1.pdf (13333b); document2.pdf (13333b)") == (
        sent["RecordType"], sent["Item"]["ParentFolder"]["Path"], sent["Item"]["RecipientsCount"], sent["Item"]["Attachments"],
    )  # fmt: skip
    assert (3, 2, "\\Inbox", "\\Deleted Items", "V1AppActAs") == (
        moved["RecordType"], len(moved["AffectedItems"]), moved["Folder"]["Path"], moved["DestFolder"]["Path"], moved["TokenType"],
    )  # fmt: skip
    assert [{"Name": "RuleOperation", "Value": "AddMailboxRule"}, {"Name": "RuleName", "Value": "."}] == ruled[
        "OperationProperties"
    ]


def test_programs_that_differ_in_what_they_carry_are_kept_apart(desk: Desk) -> None:
    """The same program once with and once without a token context, and an act with and without properties."""
    plain = desk.tenant.clients["outlook_desktop"]
    bare = msgspec.structs.replace(plain, has_token_context=False)
    rule = (("OperationProperties.RuleName", "."),)
    acts = [
        desk.mailbox_act(0, "UpdateInboxRules", client=plain),
        desk.mailbox_act(1, "UpdateInboxRules", client=plain, details=rule),
        desk.mailbox_act(2, "UpdateInboxRules", client=bare),
    ]

    records = desk.unified(*acts)

    assert [(True, False, False), (True, True, False), (False, False, True)] == [
        ("UniqueTokenId" in record["AppAccessContext"], "OperationProperties" in record, "SessionId" in record)
        for record in records
    ]


def test_an_act_on_several_single_items_is_a_record_each(desk: Desk) -> None:
    """Update of two messages: two records of one act, with ids of their own."""
    act = desk.mailbox_act(HOUR, "Update", messages=(desk.message(1), desk.message(2)))

    records = desk.records(act)

    assert [(act.key,), (act.key,)] == [one.acts for one in records]
    assert 2 == len({one.id for one in records})


def test_a_record_can_be_changed_without_changing_the_next(desk: Desk) -> None:
    """Whatever a writer does at the top of one record, the next act's record is as it should be."""
    first, second = desk.bind(0), desk.bind(2 * HOUR)
    [one] = desk.unified(first)
    one["UserId"] = one["ClientIPAddress"] = "changed"

    [other] = desk.unified(second)

    assert (desk.owner.upn, "192.0.2.10") == (other["UserId"], other["ClientIPAddress"])
