"""What people, the service and products obtain, send and throw away."""

from __future__ import annotations

from collections import defaultdict

from mailwitness.simulate.acts import Arrival, DirectoryAct
from mailwitness.simulate.life.declared import rates
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.mail import SENT_ITEMS
from mailwitness.simulate.world import MS_PER_DAY, Message
from tests.simulate.life.conftest import Lived

INBOX = "\\Inbox"


def test_what_is_obtained_lies_in_the_mailbox_at_that_moment(lived: Lived) -> None:
    """Every message of an access is of its mailbox and folder, and the tenant has it there then."""
    tenant, lying = lived.tenant, {}
    for number, access in enumerate(lived.accesses):
        for message in access.messages:
            assert (message.mailbox, message.folder) == (access.mailbox, access.folder)
            assert message.arrived_at < access.at
        if number % 10 == 0 and access.messages:
            midnight = tenant.day_start(tenant.day_of(access.at) + 1) - 1
            key = (access.mailbox, midnight)
            if key not in lying:
                lying[key] = {message.item_id for message in tenant.messages_before(access.mailbox, midnight)}
            assert {message.item_id for message in access.messages} <= lying[key]
    assert len(lying) > 1_000


def test_nobody_obtains_a_message_that_is_gone(lived: Lived) -> None:
    """After an owner deleted or moved a message, no access of daily life has it."""
    gone: dict[str, int] = {}
    for act in sorted(lived.mailbox_acts, key=lambda act: act.at):
        if act.operation in ("MoveToDeletedItems", "SoftDelete", "HardDelete", "Move"):
            for message in act.messages:
                assert message.item_id not in gone  # nor is anything deleted twice
                gone[message.item_id] = act.at
    late = [
        (access.at, message.item_id)
        for access in lived.accesses
        for message in access.messages
        if access.at >= gone.get(message.item_id, access.at + 1)
    ]

    assert len(gone) > 500
    assert [] == late


def test_an_access_of_messages_has_some(lived: Lived) -> None:
    """Only a sync may find nothing new."""
    assert [] == [access for access in lived.accesses if not access.messages and access.how != "sync"]
    assert {INBOX} == {access.folder for access in lived.accesses if not access.messages}


def test_a_device_obtains_a_new_message_once(lived: Lived) -> None:
    """A sync carries what is new to that device: no message twice, but for the first sync of a new profile."""
    seen: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for access in sorted(lived.accesses, key=lambda access: access.at):
        if access.how == "sync" and access.logon == "owner" and access.device is not None and len(access.messages) < 41:
            for message in access.messages:
                seen[access.device.name, access.client.kind, message.item_id].append(access.at)
    twice = [times for times in seen.values() if len(times) > 1]

    assert len(seen) > 5_000
    assert len(twice) < 0.02 * len(seen)


def test_mail_in_sent_items_was_sent(lived: Lived) -> None:
    """At the moment of a Send its message comes to lie in \\Sent Items of the sender; nearly every such message has its act."""
    tenant = lived.tenant
    sent = {act.messages[0].item_id: act for act in lived.mailbox_acts if act.operation in ("Send", "SendAs")}
    owned = [mailbox for mailbox in tenant.mailboxes if mailbox.owner is not None]
    lying: list[Message] = [
        message
        for mailbox in owned
        for day in range(tenant.options.days)
        for message in tenant.arrivals(mailbox.guid, day)
        if message.folder == SENT_ITEMS
    ]

    assert 0.95 < len(sent) / len(lying) <= 1
    for message in lying:
        act = sent.get(message.item_id)
        if act is not None:
            assert act.at == message.arrived_at
            assert tenant.people[act.actor or 0].upn == message.sender
            assert act.recipients
            assert (act.operation == "SendAs") == (act.mailbox != message.mailbox)


def test_every_delivery_is_a_row_of_message_trace(lived: Lived) -> None:
    """One Arrival for each message that comes into a mailbox, at its moment, and one for a message that leaves the company."""
    tenant = lived.tenant
    arrivals = [act for act in lived.acts if isinstance(act, Arrival)]
    delivered = {act.message.item_id for act in arrivals if act.recipient.endswith("@" + tenant.domain)}
    expected = {
        message.item_id
        for mailbox in tenant.mailboxes
        for day in range(tenant.options.days)
        for message in tenant.arrivals(mailbox.guid, day)
        if message.folder != SENT_ITEMS
    }

    assert expected == delivered
    assert {True} == {act.at == act.message.arrived_at for act in arrivals}
    leaving = [act for act in arrivals if not act.recipient.endswith("@" + tenant.domain)]
    assert {SENT_ITEMS} == {act.message.folder for act in leaving}


def test_delegates_read_what_is_shared_with_them(lived: Lived) -> None:
    """A delegate logon from inside is by someone with full access to that mailbox, or by its owner's assistant."""
    tenant = lived.tenant
    assisted = {
        (number, mailbox.guid)
        for department in range(tenant.departments)
        for number, mailboxes in Surroundings(tenant, department, lived.timeline).assisted.items()
        for mailbox in mailboxes
    }
    inside = [access for access in lived.accesses if access.logon == "delegate" and not access.external]
    shared = [access for access in inside if access.actor in tenant.mailbox(access.mailbox).delegates]

    assert len(shared) > 200
    assert {(access.actor, access.mailbox) for access in inside} - {
        (access.actor, access.mailbox) for access in shared
    } == assisted


def test_owners_read_their_own_mailbox(lived: Lived) -> None:
    """An owner logon is by the mailbox's owner."""
    tenant = lived.tenant
    assert {True} == {tenant.mailbox(act.mailbox).owner == act.actor for act in lived.accesses if act.logon == "owner"}


def test_products_take_each_message_of_a_covered_mailbox(lived: Lived) -> None:
    """The nightly run of the first backup, with tokens of its own principal, takes all that came in 24 hours and did not go again."""
    tenant, product = lived.tenant, lived.tenant.apps["backup_1"]
    taken: dict[str, set[str]] = defaultdict(set)
    for access in lived.accesses:
        if access.app == product:
            assert (access.logon, access.actor, access.session_id) == ("application", None, None)
            taken[access.mailbox] |= {message.item_id for message in access.messages}
    gone = {m.item_id for act in lived.mailbox_acts for m in act.messages if act.operation not in ("Send", "SendAs")}
    share = rates().products["backup_1"].share
    covered = [mailbox for mailbox in tenant.mailboxes if mailbox.kind in ("UserMailbox", "SharedMailbox")]

    assert share - 0.2 < len(taken) / len(covered) < share + 0.2
    for guid, messages in taken.items():
        came = {
            message.item_id
            for day in range(5, 20)
            for message in tenant.arrivals(guid, day)
            if message.arrived_at < tenant.day_start(20) - MS_PER_DAY
        }
        # consecutive nights begin up to eight minutes and one slot apart, so a message at the seam may fall between them
        assert len(came - gone - messages) <= 0.02 * len(came)


def test_a_new_phone_first_takes_what_lies_there(lived: Lived) -> None:
    """After a phone is registered, its session obtains many messages within minutes."""
    registered = [act for act in lived.acts if isinstance(act, DirectoryAct) and act.activity == "Register device"]

    assert registered
    for act in registered:
        first = [
            access
            for access in lived.accesses
            if access.actor == act.actor and act.at < access.at < act.at + 600_000 and access.client.kind != "owa"
        ]
        assert 100 < sum(len(access.messages) for access in first if access.logon == "owner")
