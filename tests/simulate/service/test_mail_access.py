"""Merging, suppression and throttling of mail accesses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mailwitness.simulate.acts import MailAccess
from tests.simulate.service.conftest import HOME, HOUR, MINUTE, Desk, DeskOf

DAY = 24 * HOUR


def items(record: dict[str, Any]) -> list[str]:
    return [item["InternetMessageId"] for folder in record["Folders"] for item in folder["FolderItems"]]


def test_binds_within_two_minutes_are_one_record_with_the_time_of_the_first(desk: Desk) -> None:
    """At 1:59 a bind still joins the record; its own time stands at its item."""
    first, second = desk.bind(0, desk.message(1)), desk.bind(119_000, desk.message(2))

    [logged] = desk.records(first, second)

    assert (first.at, (first.key, second.key)) == (logged.at, logged.acts)
    assert ("2026-03-02T00:00:00", 2) == (logged.record["CreationTime"], logged.record["OperationCount"])
    assert ["2026-03-02T00:00:00", "2026-03-02T00:01:59"] == [
        item["CreationTime"] for item in logged.record["Folders"][0]["FolderItems"]
    ]


def test_a_bind_after_two_minutes_begins_a_new_record(desk: Desk) -> None:
    """At 2:01 the first record is closed."""
    first, second = desk.bind(0, desk.message(1)), desk.bind(121_000, desk.message(2))

    assert [(first.key,), (second.key,)] == [one.acts for one in desk.records(first, second)]


def test_the_two_minutes_run_from_the_first_bind(desk: Desk) -> None:
    """A third bind does not join because the second was near."""
    acts = [desk.bind(at, desk.message(at)) for at in (0, 90_000, 130_000)]

    assert [2, 1] == [record["OperationCount"] for record in desk.unified(*acts)]


def different(desk: Desk) -> dict[str, dict[str, Any]]:
    """What makes a caller another one, by name."""
    other = desk.licensed("e5", 1)
    assert other.owner is not None
    return {
        "address": {"place": HOME},
        "program": {"client": desk.tenant.clients["owa_proxy"]},
        "session": {"session_id": "5e551010-0000-4000-8000-000000000002"},
        "logon": {"logon": "admin"},
        "user": {"logon": "delegate", "actor": other.owner},
        "mailbox": {"mailbox": other.guid, "messages": (desk.message(0, mailbox=other),), "actor": other.owner},
    }


@pytest.mark.parametrize("what", ["address", "program", "session", "logon", "user", "mailbox", "token"])
def test_binds_of_different_callers_do_not_merge(desk: Desk, what: str) -> None:
    """Whatever of the caller differs, a record tells of one caller only."""
    more = {"token": desk.token("second")} if what == "token" else different(desk)[what]
    first = desk.bind(0, desk.message(1))
    second = desk.bind(1000, **({"messages": (desk.message(2),)} | more))

    assert [(first.key,), (second.key,)] == [one.acts for one in desk.records(first, second)]


def test_one_record_lists_its_messages_by_folder(desk: Desk) -> None:
    """Binds in two folders are two groups of one record."""
    acts = [desk.bind(0, desk.message(1)), desk.bind(1000, desk.message(2, folder="\\Bank"), folder="\\Bank")]

    [record] = desk.unified(*acts)

    assert [("\\Inbox", ["<m1@fabrikam.example>"]), ("\\Bank", ["<m2@fabrikam.example>"])] == [
        (folder["Path"], [item["InternetMessageId"] for item in folder["FolderItems"]]) for folder in record["Folders"]
    ]


def test_the_same_bind_within_an_hour_makes_no_record(desk: Desk) -> None:
    """At 59 minutes the repetition is suppressed, and the service says so."""
    first, again = desk.bind(0), desk.bind(59 * MINUTE)

    assert [(first.key,)] == [one.acts for one in desk.records(first, again)]
    assert {again.key: "suppressed_1h"} == desk.service.fates()


def test_the_same_bind_after_an_hour_makes_a_record(desk: Desk) -> None:
    """At 61 minutes it is recorded again."""
    first, again = desk.bind(0), desk.bind(61 * MINUTE)

    assert [(first.key,), (again.key,)] == [one.acts for one in desk.records(first, again)]
    assert {} == desk.service.fates()


def test_the_hour_runs_from_the_recorded_bind(desk: Desk) -> None:
    """A suppressed repetition does not begin a new hour."""
    acts = [desk.bind(0), desk.bind(50 * MINUTE), desk.bind(61 * MINUTE)]

    assert [(acts[0].key,), (acts[2].key,)] == [one.acts for one in desk.records(*acts)]


@pytest.mark.parametrize("what", ["address", "program", "session", "logon", "user", "mailbox"])
def test_a_repetition_by_another_caller_is_recorded(desk: Desk, what: str) -> None:
    """Each part of what Exchange compares breaks the suppression."""
    first, again = desk.bind(0), desk.bind(10 * MINUTE, **different(desk)[what])

    assert 2 == len(desk.records(first, again))


def test_a_repetition_in_another_folder_is_recorded(desk: Desk) -> None:
    """The folder is part of what Exchange compares."""
    first, again = desk.bind(0), desk.bind(10 * MINUTE, folder="\\Archive")

    assert 2 == len(desk.records(first, again))


def test_a_new_token_does_not_break_the_suppression(desk: Desk) -> None:
    """The token is not among the fields that Microsoft names."""
    first, again = desk.bind(0), desk.bind(10 * MINUTE, token=desk.token("renewed"))

    assert 1 == len(desk.records(first, again))


def test_a_sync_does_not_suppress_a_bind(desk: Desk) -> None:
    """The kind of access is part of what Exchange compares."""
    acts = [desk.sync(0), desk.bind(10 * MINUTE, client=desk.tenant.clients["outlook_desktop"])]

    assert ["Sync", "Bind"] == [record["OperationProperties"][0]["Value"] for record in desk.unified(*acts)]


def test_of_a_bind_that_repeats_in_part_the_new_messages_are_recorded(desk: Desk) -> None:
    """Suppression is by message; the act has a record and no fate."""
    first = desk.bind(0, desk.message(1), desk.message(2))
    again = desk.bind(10 * MINUTE, desk.message(2), desk.message(3))

    records = desk.unified(first, again)

    assert [["<m1@fabrikam.example>", "<m2@fabrikam.example>"], ["<m3@fabrikam.example>"]] == [
        items(r) for r in records
    ]
    assert {} == desk.service.fates()


def test_a_message_is_listed_once_in_a_merged_record(desk: Desk) -> None:
    """A second bind within the two minutes is suppressed, not counted."""
    first, again = desk.bind(0), desk.bind(30_000)

    [record] = desk.unified(first, again)

    assert (1, ["<m0@fabrikam.example>"]) == (record["OperationCount"], items(record))


@pytest.mark.parametrize(("minutes", "recorded"), [(59, 1), (61, 2)])
def test_the_same_sync_is_recorded_once_an_hour(desk: Desk, minutes: int, recorded: int) -> None:
    """Syncs are suppressed by folder for an hour."""
    acts = [desk.sync(0), desk.sync(minutes * MINUTE)]

    assert recorded == len(desk.records(*acts))


def test_a_sync_of_another_folder_is_recorded(desk: Desk) -> None:
    """What is suppressed is the folder, not the program."""
    assert 2 == len(desk.records(desk.sync(0), desk.sync(MINUTE, "\\Archive")))


def test_a_sync_names_its_folder_and_no_message(desk: Desk) -> None:
    """RecordType 2, the folder in Item, its name in ParentFolder only."""
    [record] = desk.unified(desk.sync(0, "\\Inbox\\Bank", messages=(desk.message(1),)))

    folder = record["Item"]["Id"]
    assert {"Id": folder, "ParentFolder": {"Id": folder, "Name": "Bank", "Path": "Not Available"}} == record["Item"]
    assert (2, "192.0.2.10", "OUTLOOK.EXE") == (record["RecordType"], record["ClientIP"], record["ClientProcessName"])
    assert not {"Folders", "OperationCount"} & record.keys()


def flood(desk: Desk, records: int, begin: int = 0) -> list[MailAccess]:
    """That many bind records, one each ten seconds, each of another session so that none merge."""
    return [
        desk.bind(begin + 10_000 * n, desk.message(n), session_id=desk.tenant.chance.guid("session", n))
        for n in range(records)
    ]


def marks(desk: Desk, acts: list[MailAccess]) -> list[str]:
    """For each bind record whether it is marked as the one that throttles."""
    return [
        property_["Value"]
        for record in desk.unified(*acts)
        if record["RecordType"] == 50
        for property_ in record["OperationProperties"]
        if property_ == {"Name": "IsThrottled", "Value": "True"}
    ]


def test_a_thousand_records_are_not_throttled(desk: Desk) -> None:
    """More than 1,000 is what Microsoft says."""
    acts = flood(desk, 1000)

    assert [] == marks(desk, acts)
    assert () == desk.service.throttled(desk.mailbox.guid)


def test_the_record_after_a_thousand_is_marked_and_no_bind_record_follows(desk: Desk) -> None:
    """The 1,001st record says IsThrottled; the bind after it is dark."""
    acts = flood(desk, 1002)

    assert ["True"] == marks(desk, acts)
    assert {acts[1001].key: "throttled"} == desk.service.fates()
    assert ((acts[1000].at, acts[1000].at + DAY),) == desk.service.throttled(desk.mailbox.guid)


def test_binds_that_join_the_marked_record_are_in_it(desk: Desk) -> None:
    """The marked record takes binds for its two minutes like any other."""
    acts = flood(desk, 1001)
    late = desk.bind(10_000 * 1000 + 60_000, desk.message(5000), session_id=acts[1000].session_id)

    marked = desk.records(*acts, late)[-1]

    assert ((acts[1000].key, late.key), 2) == (marked.acts, marked.record["OperationCount"])


def test_syncs_and_attachments_are_recorded_while_binds_are_throttled(desk: Desk) -> None:
    """Only binds are throttled."""
    acts = flood(desk, 1001)
    after = acts[1000].at - desk.tenant.start_at + 5 * MINUTE
    dark, sync = desk.bind(after, desk.message(7)), desk.sync(after + 1)
    attachment = desk.bind(after + 2, desk.message(7, attachments=1), how="attachment")

    told = {key for one in desk.records(*acts, dark, sync, attachment) for key in one.acts}

    assert (False, True, True) == tuple(act.key in told for act in (dark, sync, attachment))


def test_binds_are_recorded_again_24_hours_after_the_marked_record(desk: Desk) -> None:
    """Dark until exactly 24 hours have passed."""
    acts = flood(desk, 1001)
    end = acts[1000].at - desk.tenant.start_at + DAY
    before, after = desk.bind(end - 1, desk.message(8)), desk.bind(end, desk.message(9))

    told = {key for one in desk.records(*acts, before, after) for key in one.acts}

    assert (False, True) == (before.key in told, after.key in told)


def test_records_of_more_than_24_hours_ago_do_not_count(desk: Desk) -> None:
    """A thousand records in a day and another on the next day are no flood."""
    acts = [*flood(desk, 1000), *flood(desk, 1, begin=DAY + 10_000 * 1000)]

    assert [] == marks(desk, acts)


def test_syncs_count_towards_the_thousand(desk: Desk) -> None:
    """Microsoft counts audit records of MailItemsAccessed, whichever their kind (assumption)."""
    syncs = [desk.sync(n, f"\\Folder {n}") for n in range(1000)]
    act = desk.bind(2000)

    assert ["True"] == marks(desk, [*syncs, act])


def test_another_mailbox_is_not_throttled(desk: Desk) -> None:
    """Throttling is by mailbox."""
    other = desk.licensed("e5", 1)
    act = desk.bind(10_000 * 1001, mailbox=other.guid, messages=(desk.message(0, mailbox=other),), actor=other.owner)

    told = {key for one in desk.records(*flood(desk, 1001), act) for key in one.acts}

    assert act.key in told


def test_attachments_are_listed_under_the_id_that_rest_has_for_their_message(desk: Desk) -> None:
    """AttachmentAccess names no internet message id, and writes the item id in REST's alphabet."""
    act = desk.bind(0, desk.message(1, attachments=2), how="attachment")

    [record] = desk.unified(act)

    assert ("AttachmentAccess", 50, 2) == (record["Operation"], record["RecordType"], record["OperationCount"])
    assert [{"Name": "AttachmentAccessType", "Value": "Bind"}] == record["OperationProperties"]
    [message] = record["Messages"]
    assert ("RgAAA-B_0001", "Messages", 2) == (message["Id"], message["Path"], len(message["MessageItems"]))


def test_attachments_of_two_minutes_are_one_record_and_never_suppressed(desk: Desk) -> None:
    """They merge like binds; the same attachment again is recorded again."""
    acts = [desk.bind(at, desk.message(1, attachments=1), how="attachment") for at in (0, 60_000, 10 * MINUTE)]

    assert [2, 1] == [record["OperationCount"] for record in desk.unified(*acts)]


def test_is_throttled_is_sometimes_absent_today_and_always_there_before(desk_of: DeskOf) -> None:
    """The key's absence is no statement; about half of all records lack it (assumption), none before 2025."""

    def absent(desk: Desk) -> float:
        acts = [desk.bind(n * 3 * MINUTE, desk.message(n)) for n in range(400)]
        records = desk.unified(*acts)
        return sum(len(record["OperationProperties"]) == 1 for record in records) / len(records)

    assert 0.42 < absent(desk_of()) < 0.58
    assert 0.0 == absent(desk_of(start=date(2024, 10, 1)))


@pytest.mark.parametrize("how", ["bind", "attachment"])
def test_an_access_to_no_message_is_a_mistake_of_the_caller(desk: Desk, how: str) -> None:
    """It would have neither a record nor a reason; only a sync may find a folder empty."""
    with pytest.raises(ValueError, match=f"is a {how} of no message"):
        desk.records(desk.bind(0, how=how, messages=()))

    assert 1 == len(desk.records(desk.sync(0, messages=())))


def test_the_order_of_days_does_not_matter_to_what_is_made(desk_of: DeskOf) -> None:
    """Acts given day by day make the same records as acts given at once, merges across midnight included."""
    whole, parts = desk_of(), desk_of()
    acts = [whole.bind(at, whole.message(at)) for at in range(0, 2 * DAY, 50_000)]

    at_once = whole.all_records(*acts)
    by_day = [
        one
        for day in range(2)
        for one in parts.service.record(act for act in acts if (act.at - parts.tenant.start_at) // DAY == day)
    ]
    by_day += parts.service.close()

    assert at_once == sorted(by_day, key=lambda one: (one.at, one.id, one.available))
