"""How a person's devices obtain mail.

What a use obtains: the messages that came since the same device last looked, and now and then older ones. A sync of a known device carries
only what is new, since that is what is transferred; the first one of a new device carries everything that lies there.
"""

from __future__ import annotations

from random import Random

from mailwitness.simulate.acts import DirectoryAct, How, Logon, MailAccess, SignIn
from mailwitness.simulate.life.declared import Use
from mailwitness.simulate.life.drawn import between, count, guid, one_of, request_id
from mailwitness.simulate.life.instant import Instant
from mailwitness.simulate.life.shelf import Shelf, by_folder
from mailwitness.simulate.life.signing_in import on_phone
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.conditional_access import blocked
from mailwitness.simulate.tenant.mail import INBOX, SENT_ITEMS
from mailwitness.simulate.world import MS_PER_HOUR, ClientKind, Mailbox, Message, Person

_ON_COMPUTERS: tuple[ClientKind, ...] = ("outlook_desktop", "owa", "ews")
"""Programs in which people open other people's mailboxes too."""


class Reading:
    """One person's reading: the own mailbox, and those that others share with them."""

    def __init__(self, around: Surroundings, person: Person, own: Mailbox, others: tuple[Mailbox, ...]) -> None:
        self._around, self._person, self._own, self._others = around, person, own, others
        self._shelf = around.shelf(own.guid)
        self._seen: dict[tuple[str, str], int] = {}  # (device and kind of client, mailbox) → when it last looked

    def use(self, now: Instant) -> None:
        """A client looks into the mailbox, and on a computer at times into others."""
        around, client = self._around, now.wallet.client
        if client.basic_auth:
            self._connect(now)
            return
        if not around.opened(self._own.guid, client, now.at):
            now.token()  # the identity provider knows nothing of the mailbox's switches
            return
        use = around.rates.clients[client.kind]
        self._look(now, self._own, self._shelf, use, "owner")
        if client.kind in _ON_COMPUTERS:
            for mailbox in self._others:
                if now.draw.random() < around.rates.delegated:
                    later = now.later(4_000, 20_000)
                    if later is not None:
                        self._look(later, mailbox, around.shelf(mailbox.guid), use, "delegate")

    def begin(self, now: Instant) -> None:
        """A session has begun. A new phone, and a new profile of Outlook, first obtain what lies in the mailbox."""
        around, draw, rates = self._around, now.draw, self._around.rates.lookalikes
        session, kind = now.wallet.session, now.wallet.client.kind
        phone = on_phone(session)
        if draw.random() >= (rates.new_phone if phone else rates.new_profile if kind == "outlook_desktop" else 0.0):
            return
        if phone:
            around.acts.append(
                DirectoryAct(
                    at=now.at,
                    key=guid(draw),
                    activity="Register device",
                    category="Device",
                    targets=(("Device", session.device.device_id or guid(draw), session.device.name),),
                    actor=self._person.number,
                    place=now.place,
                )
            )
        lying = self._shelf.all(now.at, rates.first_messages if phone else None)
        self._seen_since(now, self._own)
        step = now
        for folder, messages in by_folder(lying) if lying else ():
            later = step.later(3_000, 9_000)
            if later is None:
                return
            step = later
            self._access(step, self._own, folder, messages, "owner", around.rates.clients[kind].how)

    def open_as_admin(self, now: Instant) -> None:
        """An administrator opens a few messages of somebody's mailbox with an admin logon, as recovery tools do."""
        mailbox = one_of(now.draw, self._around.mailboxes)
        opened = older(now.draw, self._around.shelf(mailbox.guid), now.at, between(now.draw, (3, 9)))
        for folder, messages in by_folder(opened) if opened else ():
            self._access(now, mailbox, folder, messages, "admin", "bind")

    def _look(self, now: Instant, mailbox: Mailbox, shelf: Shelf, use: Use, logon: Logon) -> None:
        """Obtain what is new in a mailbox, and sometimes what is old."""
        draw, syncs = now.draw, use.how == "sync"
        new = shelf.new(self._seen_since(now, mailbox), now.at, self._around.rates.most_new, sent=syncs)
        if syncs:
            folders = dict(by_folder(new)) if new else {}
            folders.setdefault(INBOX, ())  # the client asks for the Inbox whether or not something came
            for folder, messages in folders.items():
                self._access(now, mailbox, folder, messages, logon, "sync")
            if draw.random() >= use.binds:
                return
            new = [message for message in new if message.folder != SENT_ITEMS][-2:]
        opened = new + (older(draw, shelf, now.at, count(draw, use.older)) if use.older else [])
        for folder, messages in by_folder(opened) if opened else ():
            self._access(now, mailbox, folder, messages, logon, "bind")

    def _seen_since(self, now: Instant, mailbox: Mailbox) -> int:
        """When this device last looked into that mailbox; it does so now."""
        session = now.wallet.session
        reader = (session.device.name + now.wallet.client.kind, mailbox.guid)
        seen = self._seen.get(reader, max(session.starts_at, now.at - 20 * MS_PER_HOUR))
        self._seen[reader] = now.at
        return seen

    def _access(
        self, now: Instant, mailbox: Mailbox, folder: str, messages: tuple[Message, ...], logon: Logon, how: How
    ) -> None:
        """One access with the session's token, and sometimes one to an attachment behind it."""
        session, client, rates = now.wallet.session, now.wallet.client, self._around.rates
        self._around.acts.append(
            MailAccess(
                at=now.at,
                key=guid(now.draw),
                mailbox=mailbox.guid,
                how=how,
                folder=folder,
                messages=messages,
                logon=logon,
                client=client,
                place=now.place,
                actor=self._person.number,
                app=client.app,
                session_id=session.session_id,
                token=now.token(),
                device=session.device,
                aggregated=how != "attachment" and now.draw.random() < rates.clients[client.kind].bare,
            )
        )
        if how == "bind":
            attached = [message for message in messages if message.attachments]
            if attached and now.draw.random() < rates.attachments:
                later = now.later(2_000, 5_000)
                if later is not None:
                    self._access(later, mailbox, folder, (attached[-1],), logon, "attachment")

    def _connect(self, now: Instant) -> None:
        """An IMAP or POP connection with a password: a sign-in of its own each time, and mail only if the mailbox lets the protocol in."""
        around, draw, client = self._around, now.draw, now.wallet.client
        policies = around.conditional_access.shown(self._person, client, None, now.at, second_factor=False)
        name = request_id(draw)
        around.acts.append(
            SignIn(
                at=now.at,
                key=guid(draw),
                request_id=name,
                stream="interactive",
                client=client,
                app=client.app,
                resource_id=client.resource_id,
                place=now.place,
                person=self._person.number,
                user_agent=client.user_agent,
                protocol="ropc",
                error_code=53003 if blocked(policies) else 0,
                correlation_id=guid(draw),
                policies=policies,
                first_factor=True,
            )
        )
        later = now.later(700, 1_500)
        if blocked(policies) or later is None or not around.opened(self._own.guid, client, now.at):
            return
        new = self._shelf.new(self._seen_since(now, self._own), now.at, around.rates.most_new)
        for folder, messages in by_folder(new) if new else ():
            around.acts.append(
                MailAccess(
                    at=later.at,
                    key=guid(draw),
                    mailbox=self._own.guid,
                    how="bind",
                    folder=folder,
                    messages=messages,
                    logon="owner",
                    client=client,
                    place=now.place,
                    actor=self._person.number,
                    device=now.wallet.session.device,
                    signin_id=name,
                )
            )


def older(draw: Random, shelf: Shelf, at: int, wanted: int) -> list[Message]:
    """Up to so many different messages that have lain there for a while."""
    found: dict[str, Message] = {}
    for _ in range(wanted):
        message = shelf.old(draw, at)
        if message is not None:
            found[message.item_id] = message
    return list(found.values())
