"""Mail that arrives in mailboxes, and the older mail that lies in them. Numbers and words are declared in ``mail.yaml``.

A department's day is made at once, so that a message to several people is the same message everywhere: one InternetMessageId, another
item in each mailbox, and one in \\Sent Items of the colleague who sent it. Messages to the whole company are drawn once a day for all departments.

What lies in a mailbox on a day: what arrived on the `KEPT_DAYS` days before and on that day, and a stock from before day 0, which never goes.
What lies between was deleted by its owner (without acts of their own).

Limits: a message stays in the folder into which it came. Item ids have the shape of Exchange's (a store entry of 72 bytes in base64: mailbox,
folder, counter), immutable ids one like it; no claim is made about bits inside.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import exp, log
from random import Random
from typing import Any, TypeAlias

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, Mailbox, Message, Person

INBOX = "\\Inbox"
SENT_ITEMS = "\\Sent Items"
KEPT_DAYS = 30
"""An owner keeps what arrived on so many days before today, and the stock."""

_Copy: TypeAlias = tuple[int, str, str, str, int, str, int]
"""A message on its way into a mailbox: moment, InternetMessageId, subject, sender, size, folder, attachments."""

_STOCK_COUNTERS = 1 << 12
"""Item counters below are of stock; each day has as many of its own after them."""


class Mail:
    """The messages of every mailbox, by day. Kept in memory are the department-days and mailboxes asked for last."""

    def __init__(
        self,
        chance: Chance,
        people: Sequence[Person],
        mailboxes: Sequence[Mailbox],
        departments: int,
        start_at: int,
        domain: str,
    ) -> None:
        self._chance = chance
        self._people = people
        self._start_at = start_at
        self._domain = domain
        self._rules = declared("mail")
        self._by_guid = {mailbox.guid: mailbox for mailbox in mailboxes}
        self._boxes: list[list[Mailbox]] = [[] for _ in range(departments)]
        for mailbox in mailboxes:
            self._boxes[mailbox.department].append(mailbox)
        self._owned = [mailbox for mailbox in mailboxes if mailbox.owner is not None]
        self._day = lru_cache(maxsize=4 * KEPT_DAYS)(self._make_day)
        self._wide = lru_cache(maxsize=2 * KEPT_DAYS)(self._make_wide)
        self._stock = lru_cache(maxsize=128)(self._make_stock)
        self._kept = lru_cache(maxsize=128)(self._make_kept)
        self._ids = lru_cache(maxsize=4096)(self._make_ids)

    def arrivals(self, guid: str, day: int) -> tuple[Message, ...]:
        """What came into that mailbox on that day (what its owner sent included), the oldest first. Nothing before day 0."""
        return self._day(self._by_guid[guid].department, day).get(guid, ()) if day >= 0 else ()

    def before(self, guid: str, at: int, count: int | None, folder: str | None) -> tuple[Message, ...]:
        """What lies in the mailbox or in one folder at that moment, the newest first."""
        today = (at - self._start_at) // MS_PER_DAY
        if today < 0:
            found = tuple(m for m in self._stock(guid) if m.arrived_at < at and folder in (None, m.folder))
            return found if count is None else found[:count]
        new = [m for m in self.arrivals(guid, today) if m.arrived_at < at and folder in (None, m.folder)]
        new.reverse()
        kept = self._kept(guid, today).get(folder, ())
        if count is None:
            return (*new, *kept)
        return (*new[:count], *kept[: max(0, count - len(new))])

    def _make_kept(self, guid: str, today: int) -> Mapping[str | None, tuple[Message, ...]]:
        """Folder → what lay in it when that day began, the newest first; None → the whole mailbox."""
        kept: list[Message] = []
        for day in range(today - 1, max(-1, today - KEPT_DAYS - 1), -1):
            kept.extend(reversed(self.arrivals(guid, day)))
        kept.extend(self._stock(guid))
        folders: dict[str | None, list[Message]] = {None: kept}
        for message in kept:
            folders.setdefault(message.folder, []).append(message)
        return {folder: tuple(messages) for folder, messages in folders.items()}

    def _make_day(self, department: int, day: int) -> dict[str, tuple[Message, ...]]:
        draw = self._chance.stream("mail", department, day)
        boxes = self._boxes[department]
        copies: dict[str, list[_Copy]] = {mailbox.guid: [] for mailbox in boxes}
        owned = [mailbox for mailbox in boxes if mailbox.owner is not None]
        weekend = (self._start_at // MS_PER_DAY + day + 3) % 7 >= 5
        pace = self._rules["quiet_share"] if weekend else 1.0
        self._from_outside(draw, day, pace, boxes, copies)
        self._among_colleagues(draw, day, pace, boxes, owned, copies)
        self._to_outside(draw, day, pace, owned, copies)
        self._to_everybody(department, day, boxes, copies)
        base = _STOCK_COUNTERS * (day + 1)
        return {guid: self._deliver(guid, found, base) for guid, found in copies.items() if found}

    def _from_outside(
        self, draw: Random, day: int, pace: float, boxes: Sequence[Mailbox], copies: dict[str, list[_Copy]]
    ) -> None:
        rules = self._rules
        for mailbox in boxes:
            for _ in range(_about(draw, rules["external"][mailbox.kind] * pace)):
                sender, message_id = self._outsider(draw)
                subject, size, attachments = self._content(draw, "external")
                at = self._moment(draw, day, self._zone(mailbox))
                folder = self._folder(draw)
                copies[mailbox.guid].append((at, message_id, subject, sender, size, folder, attachments))
                if draw.random() < rules["second_recipient_share"]:
                    other = boxes[int(draw.random() * len(boxes))]
                    if other is not mailbox and other.kind != "RoomMailbox":
                        copies[other.guid].append((at, message_id, subject, sender, size, INBOX, attachments))

    def _among_colleagues(
        self,
        draw: Random,
        day: int,
        pace: float,
        boxes: Sequence[Mailbox],
        owned: Sequence[Mailbox],
        copies: dict[str, list[_Copy]],
    ) -> None:
        rules = self._rules
        rooms = [mailbox for mailbox in boxes if mailbox.kind == "RoomMailbox"]
        shared = [mailbox for mailbox in boxes if mailbox.kind in ("SharedMailbox", "GroupMailbox")]
        for _ in range(_about(draw, rules["internal_per_person"] * pace * len(owned))):
            sender = owned[int(draw.random() * len(owned))]
            message = self._internal(draw, day, sender, "internal", copies)
            wanted = min(len(owned), 1 + int(draw.expovariate(0.7)))
            for _ in range(wanted):
                self._copy(draw, owned[int(draw.random() * len(owned))], sender, message, copies)
            if rooms and draw.random() < rules["room_share"]:
                self._copy(draw, rooms[int(draw.random() * len(rooms))], sender, message, copies)
            if shared and draw.random() < rules["group_share"]:
                self._copy(draw, shared[int(draw.random() * len(shared))], sender, message, copies)

    def _to_outside(
        self, draw: Random, day: int, pace: float, owned: Sequence[Mailbox], copies: dict[str, list[_Copy]]
    ) -> None:
        for _ in range(_about(draw, self._rules["outgoing_per_person"] * pace * len(owned))):
            self._internal(draw, day, owned[int(draw.random() * len(owned))], "external", copies)

    def _to_everybody(
        self, department: int, day: int, boxes: Sequence[Mailbox], copies: dict[str, list[_Copy]]
    ) -> None:
        draw = self._chance.stream("wide", department, day)
        for sender, message in self._wide(day):
            at, message_id, subject, address, size, attachments = message
            if sender in copies:
                copies[sender].append((at, message_id, subject, address, size, SENT_ITEMS, attachments))
            for mailbox in boxes:
                if draw.random() < self._rules["wide"]["share"] and mailbox.guid != sender:
                    copies[mailbox.guid].append(
                        (at, message_id, subject, address, size, self._folder(draw), attachments)
                    )

    def _make_wide(self, day: int) -> tuple[tuple[str, tuple[int, str, str, str, int, int]], ...]:
        """Messages to the whole company: the sender's mailbox, and what every copy has."""
        draw = self._chance.stream("wide", day)
        found = []
        for _ in range(draw.randint(self._rules["wide"]["least"], self._rules["wide"]["most"])):
            sender = self._owned[int(draw.random() * len(self._owned))]
            subject, size, attachments = self._content(draw, "wide")
            at = self._moment(draw, day, self._zone(sender))
            found.append((sender.guid, (at, self._own_id(draw), subject, sender.upn, size, attachments)))
        return tuple(found)

    def _internal(
        self, draw: Random, day: int, sender: Mailbox, kind: str, copies: dict[str, list[_Copy]]
    ) -> tuple[int, str, str, str, int, int]:
        """A message that a colleague sends; it lies in their \\Sent Items."""
        subject, size, attachments = self._content(draw, kind)
        message = (
            self._moment(draw, day, self._zone(sender)),
            self._own_id(draw),
            subject,
            sender.upn,
            size,
            attachments,
        )
        copies[sender.guid].append((*message[:5], SENT_ITEMS, attachments))
        return message

    def _copy(
        self,
        draw: Random,
        recipient: Mailbox,
        sender: Mailbox,
        message: tuple[int, str, str, str, int, int],
        copies: dict[str, list[_Copy]],
    ) -> None:
        """Nobody gets a message twice, and nobody writes to themselves."""
        held = copies[recipient.guid]
        if recipient is sender or (held and held[-1][1] == message[1]):
            return
        held.append((*message[:5], self._folder(draw) if recipient.owner is not None else INBOX, message[5]))

    def _make_stock(self, guid: str) -> tuple[Message, ...]:
        """Mail from before day 0, the newest first; more of it is recent."""
        rules, mailbox = self._rules["stock"], self._by_guid[guid]
        draw = self._chance.stream("stock", guid)
        copies: list[_Copy] = []
        for _ in range(draw.randint(*rules[mailbox.kind])):
            days = rules["recent_days" if draw.random() < rules["recent_share"] else "oldest_days"]
            at = self._moment(draw, -1 - int(draw.random() * days), self._zone(mailbox))
            subject, size, attachments = self._content(draw, "external")
            if mailbox.owner is not None and draw.random() < 0.15:
                copies.append((at, self._own_id(draw), subject, mailbox.upn, size, SENT_ITEMS, attachments))
            else:
                sender, message_id = self._outsider(draw)
                copies.append((at, message_id, subject, sender, size, self._folder(draw), attachments))
        return self._deliver(guid, copies, 0)[::-1]

    def _deliver(self, guid: str, copies: list[_Copy], base: int) -> tuple[Message, ...]:
        """The messages of a mailbox in the order of their arrival, each with ids of its own."""
        copies.sort()
        found = []
        for counter, (at, message_id, subject, sender, size, folder, attachments) in enumerate(copies, base):
            item, immutable = self._ids(guid, folder)
            tail = b2a_base64(counter.to_bytes(6, "big") + b"\0\0\0", newline=False).decode()
            found.append(
                Message(guid, message_id, item + tail, immutable + tail, subject, sender, size, at, folder, attachments)
            )
        return tuple(found)

    def _make_ids(self, guid: str, folder: str) -> tuple[str, str]:
        """What ids of items of one folder begin with: the item id, and the immutable id, which does not depend on the folder."""
        store = self._chance.bits("store", guid)
        place = self._chance.bits("store", guid, folder)
        item = b"\x46\0\0\0\0" + store + b"\x07\0" + place + b"\0\0\0\0\x01\x0c\0\0" + place
        immutable = b"\x2e\0\0\0\0" + self._chance.bits("immutable", guid) + b"\x01\0" + store[:16] + b"\0\0\0"
        return b2a_base64(item, newline=False).decode(), b2a_base64(immutable, newline=False).decode()

    def _zone(self, mailbox: Mailbox) -> int:
        return 0 if mailbox.owner is None else self._people[mailbox.owner].zone

    def _moment(self, draw: Random, day: int, zone: int) -> int:
        """A moment of that UTC day, most of them in the working hours of the zone."""
        local = draw.gauss(13, 3.5) * MS_PER_HOUR
        return self._start_at + day * MS_PER_DAY + int(local - zone * MS_PER_MINUTE) % MS_PER_DAY

    def _folder(self, draw: Random) -> str:
        luck = draw.random()
        for name, share in self._rules["folders"].items():
            if luck < share:
                if name == "Projects":
                    projects = self._rules["projects"]
                    return f"\\Projects\\{projects[int(luck / share * len(projects))]}"
                return f"\\{name}"
            luck -= share
        return INBOX

    def _content(self, draw: Random, kind: str) -> tuple[str, int, int]:
        """Subject, size and number of attachments."""
        rules = self._rules
        subjects, topics = rules["subjects"][kind], rules["topics"]
        subject = subjects[int(draw.random() * len(subjects))]
        subject = subject.replace("{topic}", topics[int(draw.random() * len(topics))])
        if "{n}" in subject:
            subject = subject.replace("{n}", str(int(1000 + 9000 * draw.random())))
        size = _size(draw, rules["text_bytes"])
        attachments = 0
        if draw.random() < rules["attachment_share"][kind]:
            attachments = 1 + int(draw.expovariate(1.2))
            for _ in range(attachments):
                size += _size(draw, rules["attachment_bytes"])
        return subject, size, attachments

    def _outsider(self, draw: Random) -> tuple[str, str]:
        """A sender outside, and the InternetMessageId that their mail server gave."""
        names, companies = self._rules["senders"], self._rules["companies"]
        company = companies[int(draw.random() * len(companies))]
        sender = f"{names[int(draw.random() * len(names))]}@{company}.example"
        return sender, f"<{draw.getrandbits(96):024x}@mail.{company}.example>"

    def _own_id(self, draw: Random) -> str:
        """An InternetMessageId of the shape that Exchange Online gives."""
        server = f"AM{draw.randrange(10)}PR0{draw.randrange(1, 9)}MB{draw.randrange(1000, 9999)}"
        return f"<{server}{draw.getrandbits(80):020X}@{server}.eurprd0{server[5]}.prod.outlook.com>"


def _about(draw: Random, mean: float) -> int:
    """A whole number around the mean, as scattered as independent arrivals are."""
    return max(0, round(draw.gauss(mean, mean**0.5)))


def _size(draw: Random, rule: Mapping[str, Any]) -> int:
    return int(exp(draw.gauss(log(rule["median"]), rule["sigma"])))
