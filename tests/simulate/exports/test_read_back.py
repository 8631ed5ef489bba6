"""What every format's files become in a case: nothing lost, nothing bent. The product's readers know nothing of the writers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from mailwitness.simulate.exports import formats
from mailwitness.simulate.logged import Logged, LogStream
from mailwitness.workflow.case import Case
from tests.laws.cases import check_sound, rows
from tests.simulate.exports.records import HOSTILE, OBJECT_ID, PRINCIPAL, SESSION, one_life, tenant_of, token_of, write

_STREAMS = {
    "interactive": "interactive",
    "noninteractive": "non_interactive",
    "service_principal": "service_principal",
    "managed_identity": "managed_identity",
}

EVIDENCE = {name: made for name, made in formats().items() if name != "tenant"}
"""``tenant`` is what the services hold; nobody hands it over and no reader is for it."""

Read = Callable[[str], tuple[Case, list[Logged]]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Format → a sound case of what it writes of `one_life`, made once, and the records that the format can hold."""

    @cache
    def case_of(name: str) -> tuple[Case, list[Logged]]:
        made, folder = formats()[name], tmp_path_factory.mktemp(name)
        given = [one for one in one_life() if one.stream in made.streams]
        assert frozenset() == write(name, folder / name, given).dropped
        case = Case.create(folder / "case")
        assert [] == case.add(folder / name, workers=1).problems
        check_sound(case)
        return case, [one for one in given if made.keeps(tenant_of(), one)]

    return case_of


def moment(one: Logged) -> datetime:
    return datetime.fromtimestamp(one.at / 1000, UTC).replace(tzinfo=None)


def of(given: list[Logged], *streams: LogStream) -> list[Logged]:
    return sorted((one for one in given if one.stream in streams), key=lambda one: one.id)


def with_stream(stream: LogStream) -> list[str]:
    return [name for name, made in EVIDENCE.items() if stream in made.streams]


@pytest.mark.parametrize("name", with_stream("unified"))
def test_audit_records_come_back(name: str, read: Read) -> None:
    """Id, time, operation, user and session of every record, and of mail accesses token and message, are what was written."""
    case, given = read(name)
    unified = of(given, "unified")

    assert [(one.id, moment(one), one.record["Operation"], tenant_of().people[0].upn) for one in unified] == rows(
        case, "SELECT id, time, operation, user_id FROM audit_events ORDER BY id"
    )
    assert [(SESSION,)] * len(unified) == rows(case, "SELECT coalesce(session_id, aad_session_id) FROM audit_events")
    accesses = [one for one in unified if one.record["Operation"] == "MailItemsAccessed"]
    assert [
        (one.id, one.record["AppAccessContext"]["UniqueTokenId"], "Bind", datetime(2026, 3, 2)) for one in accesses
    ] == rows(case, "SELECT id, unique_token_id, mail_access_type, issued_at FROM mail_accesses ORDER BY id")
    items = [(one.id, item) for one in accesses for item in one.record["Folders"][0]["FolderItems"]]
    assert [
        (f"audit:{id_}" if id_ else id_, item["InternetMessageId"], item["SizeInBytes"]) for id_, item in items
    ] == rows(case, "SELECT access_id, internet_message_id, size_bytes FROM mail_access_items ORDER BY access_id")


@pytest.mark.parametrize("name", with_stream("unified"))
def test_hostile_texts_of_audit_records_come_back(name: str, read: Read) -> None:
    """A subject and a rule's name that would be a formula, a new row or markup are the texts they were."""
    case, _ = read(name)

    assert [(HOSTILE,)] == rows(
        case, "SELECT subject FROM mail_access_items WHERE internet_message_id = '<m1@contoso.test>'"
    )
    assert [(HOSTILE,)] == rows(
        case, "SELECT parameters->0->>'Value' FROM audit_events WHERE operation = 'New-InboxRule'"
    )


@pytest.mark.parametrize("name", with_stream("interactive"))
def test_sign_ins_come_back(name: str, read: Read) -> None:
    """Stream, time, who, token identifier and session of every sign-in are what was written."""
    case, given = read(name)
    wanted: list[tuple[Any, ...]] = [
        (
            one.id, _STREAMS[one.stream], moment(one), one.record["userPrincipalName"] or None,
            one.record["servicePrincipalId"] or None, one.record["sessionId"] or None, 0, "203.0.113.5",
            "BE", one.record["incomingTokenType"] if one.record["userPrincipalName"] else None,
        )
        for one in of(given, "interactive", "noninteractive", "service_principal", "managed_identity")
    ]  # fmt: skip

    assert wanted == rows(
        case,
        "SELECT id, stream, time, nullif(user_principal_name, ''), nullif(service_principal_id, ''), nullif(session_id, ''), error_code, "
        "ip_address, country, CASE WHEN user_principal_name <> '' THEN incoming_token_type END FROM signins "
        "WHERE stream <> 'unified_audit_log' ORDER BY id",
    )
    tokens = [(token_of(row[0]), row[0]) for row in wanted if row[3] is not None]
    assert tokens == rows(
        case,
        "SELECT unique_token_identifier, unique_token_signin_id FROM signins "
        "WHERE stream IN ('interactive', 'non_interactive') ORDER BY id",
    )
    assert [(HOSTILE,)] == rows(case, f"SELECT user_display_name FROM signins WHERE id = '{wanted[1][0]}'")


@pytest.mark.parametrize("name", with_stream("directory"))
def test_directory_audits_come_back(name: str, read: Read) -> None:
    """Activity, time, actor and the hostile target of every directory audit are what was written; the portal's CSV has no id."""
    case, given = read(name)
    (one,) = of(given, "directory")
    id_ = None if name == "entra_portal_csv" else one.id

    assert [(id_, moment(one), "Consent to application", tenant_of().people[0].upn, "203.0.113.5")] == rows(
        case, "SELECT id, time, activity, initiated_by_user, initiated_by_ip FROM directory_audits"
    )
    assert [(HOSTILE, PRINCIPAL, '"Mail.Read"')] == rows(
        case,
        "SELECT target_resources->0->>'displayName', target_resources->0->>'id', "
        "target_resources->0->'modifiedProperties'->0->>'newValue' FROM directory_audits",
    )


@pytest.mark.parametrize("name", with_stream("graph_activity"))
def test_graph_requests_come_back(name: str, read: Read) -> None:
    """A request's id, time, URI and token are what was written."""
    case, given = read(name)
    (one,) = of(given, "graph_activity")

    assert [
        (one.id, moment(one), one.record["requestUri"], 200, one.record["signInActivityId"], OBJECT_ID, datetime(2026, 3, 2))
    ] == rows(
        case,
        "SELECT id, time, request_uri, response_status_code, sign_in_activity_id, user_id, token_issued_at FROM graph_activity",
    )  # fmt: skip


@pytest.mark.parametrize("name", with_stream("message_trace"))
def test_message_traces_come_back(name: str, read: Read) -> None:
    """A trace's message, time, recipient and hostile subject are what was written."""
    case, given = read(name)

    assert [
        (one.record["MessageId"], moment(one), one.record["RecipientAddress"], one.record["Subject"], 20480)
        for one in of(given, "message_trace")
    ] == rows(
        case,
        "SELECT internet_message_id, time, recipient, subject, size_bytes FROM message_traces ORDER BY internet_message_id",
    )


@pytest.mark.parametrize("name", [name for name, made in EVIDENCE.items() if made.streams])
def test_the_collector_states_every_log_and_day(name: str, read: Read) -> None:
    """For each log that the format carries and each day to the export there is a statement of a whole window, also where nothing came."""
    case, given = read(name)
    made = formats()[name]
    stated = rows(
        case,
        "SELECT feed, count(*), sum(expected), sum(received), bool_and(complete) FROM collection_windows "
        "WHERE statement LIKE 'Contoso%' GROUP BY ALL ORDER BY feed",
    )

    names = {
        "interactive": "signins_interactive",
        "noninteractive": "signins_non_interactive",
        "directory": "directory_audits",
    }
    names |= {"service_principal": "signins_service_principal", "managed_identity": "signins_managed_identity"}
    names |= {"unified": "unified_audit_log", "graph_activity": "graph_activity", "message_trace": "message_trace"}
    wanted = []
    for stream in made.streams:
        count = len(of(given, stream))
        wanted.append((names[stream] + ("_part" if stream in made.part_of else ""), 5, count, count, True))
    assert sorted(wanted) == stated
