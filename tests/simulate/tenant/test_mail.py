"""Mail in mailboxes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.world import MS_PER_DAY, Message

INBOX = "\\Inbox"


@pytest.fixture(scope="module")
def week(tenant: Tenant) -> list[Message]:
    """All messages of the first week."""
    return [m for mailbox in tenant.mailboxes for day in range(7) for m in tenant.arrivals(mailbox.guid, day)]


def test_arrivals_are_of_that_mailbox_and_day(tenant: Tenant) -> None:
    """They come in the order of time; nothing arrives before day 0."""
    for mailbox in tenant.mailboxes:
        assert tenant.arrivals(mailbox.guid, -1) == ()
        for day in range(10):
            times = [m.arrived_at for m in tenant.arrivals(mailbox.guid, day)]
            assert times == sorted(times)
            assert all(tenant.day_start(day) <= at < tenant.day_start(day + 1) for at in times)
            assert {m.mailbox for m in tenant.arrivals(mailbox.guid, day)} <= {mailbox.guid}


def test_a_message_to_several_is_one_message(tenant: Tenant, week: list[Message]) -> None:
    """Copies share id, moment, subject, sender and size, lie in different mailboxes, and the sender's lies in Sent Items."""
    copies: dict[str, list[Message]] = defaultdict(list)
    for message in week:
        copies[message.internet_message_id].append(message)
    several = {name: found for name, found in copies.items() if len(found) > 1}
    addresses = {mailbox.upn: mailbox.guid for mailbox in tenant.mailboxes}

    assert len(several) > 200
    for found in copies.values():
        assert len({(m.arrived_at, m.subject, m.sender, m.size_bytes, m.attachments) for m in found}) == 1
        assert len({m.mailbox for m in found}) == len(found)
        sent = [m.mailbox for m in found if m.folder == "\\Sent Items"]
        author = addresses.get(found[0].sender)
        assert sent == ([] if author is None else [author])


def test_a_message_to_everybody_crosses_departments(tenant: Tenant, week: list[Message]) -> None:
    """Some ids lie in mailboxes of all departments."""
    departments: dict[str, set[int]] = defaultdict(set)
    for message in week:
        departments[message.internet_message_id].add(tenant.mailbox(message.mailbox).department)

    assert sum(len(found) == tenant.departments for found in departments.values()) >= 7
    assert tenant.departments == 3


def test_item_ids_are_unique_and_shaped_as_exchanges(tenant: Tenant, week: list[Message]) -> None:
    """No two items of the tenant share an item or immutable id, stock included; both are base64 of a store entry."""
    stock = [m for mailbox in tenant.mailboxes for m in tenant.messages_before(mailbox.guid, tenant.start_at)]
    everything = [*stock, *week]

    for name in ("item_id", "immutable_id"):
        assert max(Counter(getattr(m, name) for m in everything).values()) == 1
    for message in everything:
        assert re.fullmatch(r"RgAAAA[A-Za-z0-9+/]{90}", message.item_id)
        assert re.fullmatch(r"LgAAAA[A-Za-z0-9+/]{62}", message.immutable_id)
        assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", message.internet_message_id)


def test_what_lies_in_a_mailbox_is_the_last_thirty_days_and_the_stock(tenant: Tenant) -> None:
    """The newest first, up to but not at the moment; counts and folders are parts of the same list."""
    guid = tenant.mailboxes[2].guid
    at = tenant.day_start(45) + MS_PER_DAY // 2
    whole = tenant.messages_before(guid, at)
    times = [m.arrived_at for m in whole]
    stock = tenant.messages_before(guid, tenant.start_at)
    recent = [m for day in range(45, 14, -1) for m in tenant.arrivals(guid, day)[::-1] if m.arrived_at < at]

    assert whole == (*recent, *stock)
    assert times == sorted(times, reverse=True)
    assert 120 <= len(stock) <= 420
    assert tenant.messages_before(guid, at, 7) == whole[:7]
    assert tenant.messages_before(guid, at, 0) == ()
    assert tenant.messages_before(guid, at, len(recent) + 5) == whole[: len(recent) + 5]
    inbox = tuple(m for m in whole if m.folder == INBOX)
    assert tenant.folder_contents(guid, INBOX, at) == inbox
    assert tenant.messages_before(guid, at, 3, INBOX) == inbox[:3]
    assert tenant.folder_contents(guid, "\\No such folder", at) == ()
    assert tenant.messages_before(guid, whole[0].arrived_at)[0] == whole[1]


def test_before_day_0_there_is_the_older_part_of_the_stock(tenant: Tenant) -> None:
    """A moment within the stock divides it."""
    guid = tenant.mailboxes[2].guid
    stock = tenant.messages_before(guid, tenant.start_at)
    at = stock[20].arrived_at

    assert tenant.messages_before(guid, at) == stock[21:]


def test_amounts_and_folders_are_as_declared(tenant: Tenant) -> None:
    """About twenty messages on a working day and few on a Sunday; most in the Inbox; sizes have a long tail."""
    people = [m for m in tenant.mailboxes if m.owner is not None]

    def mean(day: int) -> float:
        return sum(len(tenant.arrivals(m.guid, day)) for m in people) / len(people)

    assert 15 < mean(1) < 26
    assert 1 < mean(6) < 6
    found = [m for mailbox in people for day in range(5) for m in tenant.arrivals(mailbox.guid, day)]
    folders = Counter(m.folder.split("\\")[1] for m in found)
    assert set(folders) == {"Inbox", "Sent Items", "Archive", "Projects", "Junk Email"}
    assert 0.55 < folders["Inbox"] / len(found) < 0.75
    sizes = sorted(m.size_bytes for m in found)
    assert 20_000 < sizes[len(sizes) // 2] < 80_000
    assert sizes[-1] > 20 * sizes[len(sizes) // 2]
    assert all(m.size_bytes > 0 for m in found)
    assert 0.15 < sum(m.attachments > 0 for m in found) / len(found) < 0.35


def test_senders_are_invented(week: list[Message]) -> None:
    """Colleagues, or addresses of the example domains."""
    assert {re.sub(r".*\.", "", m.sender) for m in week} == {"test", "example"}
