"""A person's day: when they use their mailbox and with what.

A day is UTC; the person's hours are their own. First the moments of the day are drawn, then they are lived in the order of time, because
what a use obtains and which token it shows depend on the uses before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from random import Random
from typing import TypeAlias

from msgspec.structs import replace

from mailwitness.simulate.life.doing import Doing
from mailwitness.simulate.life.drawn import between, count, one_of
from mailwitness.simulate.life.instant import Instant
from mailwitness.simulate.life.reading import Reading
from mailwitness.simulate.life.signing_in import Wallet, on_phone
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.mail import SENT_ITEMS
from mailwitness.simulate.world import MS_PER_HOUR, MS_PER_MINUTE, ClientKind, Message, Person, Place, Session

_WRITING: tuple[ClientKind, ...] = ("outlook_desktop", "owa", "ews", "outlook_mobile", "activesync")
"""Programs in which people write and tidy up."""
_Hours: TypeAlias = list[tuple[int, int]]
_Moment: TypeAlias = tuple[int, str, Wallet | None, Message | None]
"""When; what happens; with which session, if that is settled; about which message."""


class PersonLife:
    """One person of the department, day by day."""

    def __init__(self, around: Surroundings, person: Person) -> None:
        self.person = person
        self._around = around
        self._own = around.mailbox_of(person)
        shared = tuple(box for box in around.mailboxes if person.number in box.delegates)
        self._reading = Reading(around, person, self._own, (*shared, *around.assisted.get(person.number, ())))
        self._doing = Doing(around, person, self._own, shared)
        self._wallets: dict[str, Wallet] = {}
        chance = around.tenant.chance
        self._relayed = chance.share("relay", person.number) < around.rates.lookalikes.relay_people

    def day(self, number: int) -> None:
        """Add everything that happens on that day to the acts of the department."""
        around, person = self._around, self.person
        draw = around.tenant.chance.stream("life", person.number, number)
        work = around.working_hours(person, number)
        wallets = [self._wallet(session) for session in around.tenant.sessions(person, number)]
        self._wallets = {wallet.session.session_id: wallet for wallet in wallets}
        toggle = self._toggle(draw, work)
        moments = [*self._uses(draw, number, work, wallets), *self._writing(draw, number), *self._at_work(draw, work)]
        moments.sort(key=itemgetter(0))
        for at, what, wallet, message in moments:
            used = wallet or self._at_hand(at, wallets, work)
            if used is not None and used.session.starts_at <= at < used.session.ends_at:
                self._live(Instant(around, draw, used, at, self._place(draw, used, at, toggle)), what, message)

    def _live(self, now: Instant, what: str, message: Message | None) -> None:
        around = self._around
        if what == "use":
            self._reading.use(now)
            if now.wallet.client.kind in ("imap", "pop"):
                self._doing.act(now, "MailboxLogin")
        elif what == "open":
            now.wallet.open(around, now.draw, now.place)
            self._reading.begin(now)
        elif what == "again":
            now.wallet.again(around, now.draw, now.at, now.place)
        elif what == "read as admin":
            self._reading.open_as_admin(now)
        elif message is not None:
            (self._doing.send if what == "send" else self._doing.draft)(now, message)
        elif what in around.rates.sign_in.elsewhere:
            resource, _ = around.rates.sign_in.elsewhere[what]
            apps = around.tenant.apps
            now.wallet.elsewhere(around, now.draw, now.at, now.place, apps[what], apps[resource])
        else:
            self._doing.act(now, what)

    def _wallet(self, session: Session) -> Wallet:
        known = self._wallets.get(session.session_id)
        if known is not None:
            return known
        around, basic = self._around, self._around.rates.basic_auth
        client = session.client
        if (
            client.kind in ("imap", "pop")
            and session.starts_at < basic.until_at
            and around.tenant.chance.share("basic", session.session_id) < basic.share
        ):
            client = around.tenant.clients["imap_basic" if client.kind == "imap" else "pop_basic"]
        return Wallet(around, self.person, session, client)

    def _uses(self, draw: Random, number: int, work: _Hours, wallets: list[Wallet]) -> Iterator[_Moment]:
        """When each session begins, and when its client looks into the mailbox."""
        around, rates, tenant = self._around, self._around.rates, self._around.tenant
        begin, end = tenant.day_start(number), tenant.day_start(number + 1)
        awake = around.waking_hours(self.person, number)
        at_work = [(low, high, False) for low, high in work]
        for wallet in wallets:
            session, use = wallet.session, rates.clients[wallet.client.kind]
            if begin <= session.starts_at < end and not wallet.opened and not wallet.client.basic_auth:
                yield session.starts_at, "open", wallet, None
            private = session.device.device_id is None and not on_phone(session)
            every, idle = (
                (rates.private_computer.every, rates.private_computer.idle) if private else (use.every, use.idle)
            )
            for low, high, off in awake if private or use.window == "awake" else at_work:
                gap = (idle if off else every) * MS_PER_MINUTE
                last = min(high, session.ends_at)
                # Outlook is opened when work begins; the rest is looked at now and then
                first = 12 * MS_PER_MINUTE if wallet.client.kind == "outlook_desktop" else min(gap, high - low)
                at = max(low, session.starts_at) + int(draw.random() * first)
                while gap and at < last:
                    yield at, "use", wallet, None
                    at += int(gap * (0.75 + 0.5 * draw.random()))
            if draw.random() < rates.sign_in.again and work and not wallet.client.basic_auth and not wallet.silent:
                at = work[0][0] + int(draw.random() * MS_PER_HOUR)
                if at > session.starts_at:
                    yield at, "again", wallet, None

    def _writing(self, draw: Random, number: int) -> Iterator[_Moment]:
        """When the person sends what lies in \\Sent Items, and writes a draft of it before."""
        tenant = self._around.tenant
        begin = tenant.day_start(number)
        for message in tenant.arrivals(self._own.guid, number):
            if message.folder == SENT_ITEMS:
                yield message.arrived_at, "send", None, message
                if draw.random() < self._around.rates.drafts:
                    written_at = message.arrived_at - between(draw, (MS_PER_MINUTE, 9 * MS_PER_MINUTE))
                    if written_at >= begin:
                        yield written_at, "draft", None, message

    def _at_work(self, draw: Random, work: _Hours) -> Iterator[_Moment]:
        """What belongs to a working day."""
        if not work:
            return
        rates = self._around.rates
        for what, mean in rates.people.items():
            for _ in range(count(draw, mean)):
                yield self._moment(draw, work), what, None, None
        for what, (_, mean) in rates.sign_in.elsewhere.items():
            for _ in range(count(draw, mean)):
                yield self._moment(draw, work), what, None, None
        if self.person.is_admin and draw.random() < rates.admins.reads_as_admin:
            yield self._moment(draw, work), "read as admin", None, None

    def _moment(self, draw: Random, work: _Hours) -> int:
        low, high = work[0] if len(work) == 1 else one_of(draw, tuple(work))
        return low + int(draw.random() * (high - low))

    def _at_hand(self, at: int, wallets: list[Wallet], work: _Hours) -> Wallet | None:
        """The session with which the person does what they do at that moment: the computer's at work, the phone's else."""
        alive = [
            wallet
            for wallet in wallets
            if wallet.session.starts_at < at < wallet.session.ends_at and wallet.client.kind in _WRITING
        ]
        if not alive:
            return None
        working = any(low <= at < high for low, high in work)
        return next((wallet for wallet in alive if on_phone(wallet.session) != working), alive[0])

    def _toggle(self, draw: Random, work: _Hours) -> tuple[int, int, Place] | None:
        """Half an hour in which the computer goes through a private VPN, and back."""
        rates = self._around.rates.lookalikes
        if not work or draw.random() >= rates.vpn_toggle:
            return None
        at = self._moment(draw, work)
        return at, at + between(draw, rates.vpn_minutes) * MS_PER_MINUTE, self._around.private_vpn(draw)

    def _place(self, draw: Random, wallet: Wallet, at: int, toggle: tuple[int, int, Place] | None) -> Place:
        session = wallet.session
        if toggle is not None and toggle[0] <= at < toggle[1] and not on_phone(session):
            return toggle[2]
        place = self._around.tenant.place(self.person, session, at)
        relay = self._around.rates.lookalikes.relay
        if self._relayed and session.device.os.startswith("Ios") and draw.random() < relay:
            relays = self._around.rented(12, "relay")
            exit_ = relays[(self.person.number + at // MS_PER_HOUR) % len(relays)]
            return replace(exit_, city=place.city, country=place.country, kind="vpn")
        return place
