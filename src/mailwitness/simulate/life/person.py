"""A person's day: when they use their mailbox, with what, and what they do in it.

A day is UTC; the person's hours are their own. First the moments of the day are drawn, then they are lived in the order of time, because
what a use obtains and which token it shows depend on the uses before it.

What a use obtains: the messages that came since the same device last looked, and now and then older ones. A sync of a known device carries
only what is new, since that is what is transferred; the first one of a new device carries everything that lies there.
"""

from __future__ import annotations

from json import dumps
from operator import itemgetter
from random import Random
from typing import Literal, TypeAlias

from msgspec.structs import replace

from mailwitness.simulate.acts import Arrival, Cmdlet, DirectoryAct, Logon, MailAccess, MailboxAct, OtherAct, SignIn
from mailwitness.simulate.life.administration import read_as_admin
from mailwitness.simulate.life.conditional_access import blocked
from mailwitness.simulate.life.declared import Use
from mailwitness.simulate.life.drawn import between, count, guid, one_of, request_id
from mailwitness.simulate.life.shelf import Shelf, by_folder
from mailwitness.simulate.life.signing_in import Wallet, on_phone
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.mail import INBOX, SENT_ITEMS
from mailwitness.simulate.world import (
    MS_PER_HOUR,
    MS_PER_MINUTE,
    ClientKind,
    Mailbox,
    Message,
    Person,
    Place,
    Session,
    Token,
)

_SENDING: tuple[ClientKind, ...] = ("outlook_desktop", "owa", "ews", "outlook_mobile", "activesync")
_Moment: TypeAlias = tuple[int, int, str, Wallet | None, Message | None]
"""When; a running number that keeps the order; what happens; with which session; about which message."""


class PersonLife:
    """One person of the department, day by day."""

    def __init__(self, around: Surroundings, person: Person) -> None:
        self.person = person
        self._around = around
        self._mailbox = around.mailbox_of(person)
        self._shelf = around.shelf(self._mailbox.guid)
        self._shared = tuple(box for box in around.mailboxes if person.number in box.delegates)
        self._read = (*self._shared, *around.assisted.get(person.number, ()))
        self._wallets: dict[str, Wallet] = {}
        self._seen: dict[tuple[str, str], int] = {}  # (device and kind of client, mailbox) → when it last looked
        chance = around.tenant.chance
        self._relayed = chance.share("relay", person.number) < around.rates.lookalikes.relay_people

    def day(self, number: int) -> None:
        """Add everything that happens on that day to the acts of the department."""
        around, person = self._around, self.person
        draw = around.tenant.chance.stream("life", person.number, number)
        work = around.working_hours(person, number)
        sessions = around.tenant.sessions(person, number)
        wallets = [self._wallet(session) for session in sessions]
        self._wallets = {wallet.session.session_id: wallet for wallet in wallets}
        toggle = self._toggle(draw, work)
        moments = self._moments(draw, number, work, wallets)
        moments.sort(key=itemgetter(0, 1))
        for at, _, what, wallet, message in moments:
            used = wallet or self._at_hand(at, wallets, work)
            if used is None or not used.session.starts_at <= at < used.session.ends_at:
                continue  # nothing to do it with
            place = self._place(draw, used, at, toggle)
            if what == "use":
                self._use(draw, used, at, place, number)
            elif what == "open":
                self._open(draw, used, place)
            elif what == "again":
                if used.session.starts_at < at:
                    used.again(around, draw, at, place)
            elif what == "send":
                assert message is not None
                self._send(draw, used, at, place, message)
            elif what in around.rates.sign_in.elsewhere:
                app, (resource, _) = around.tenant.apps[what], around.rates.sign_in.elsewhere[what]
                used.elsewhere(around, draw, at, place, app, around.tenant.apps[resource])
            elif what == "read as admin":
                read_as_admin(around, draw, used, at, place, person)
            elif what == "FileAccessed" or what == "CopilotInteraction":
                self._beside_mail(draw, at, place, used, what)
            else:
                self._act(draw, used, at, place, what)

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

    def _moments(self, draw: Random, number: int, work: list[tuple[int, int]], wallets: list[Wallet]) -> list[_Moment]:
        around, rates, tenant = self._around, self._around.rates, self._around.tenant
        found: list[_Moment] = []
        begin = tenant.day_start(number)
        end = tenant.day_start(number + 1)
        awake = around.waking_hours(self.person, number)
        for wallet in wallets:
            session, use = wallet.session, rates.clients[wallet.client.kind]
            if begin <= session.starts_at < end and not wallet.opened and not wallet.client.basic_auth:
                found.append((session.starts_at, -1, "open", wallet, None))
            for low, high, off in awake if self._by_waking(wallet, use) else ((a, b, False) for a, b in work):
                every, idle = use.every, use.idle
                if session.device.device_id is None and not on_phone(session):
                    every, idle = rates.private_computer.every, rates.private_computer.idle
                gap = (idle if off else every) * MS_PER_MINUTE
                if gap == 0:
                    continue
                at = max(low, session.starts_at) + int(draw.random() * min(gap, high - low))
                if use.how == "sync" and use.window == "work":
                    at = max(low, session.starts_at) + int(draw.random() * 12 * MS_PER_MINUTE)
                last = min(high, session.ends_at)
                while at < last:
                    found.append((at, len(found), "use", wallet, None))
                    at += int(gap * (0.75 + 0.5 * draw.random()))
            if draw.random() < rates.sign_in.again and work and not wallet.client.basic_auth:
                found.append((work[0][0] + int(draw.random() * MS_PER_HOUR), len(found), "again", wallet, None))
        for message in tenant.arrivals(self._mailbox.guid, number):
            if message.folder == SENT_ITEMS:
                found.append((message.arrived_at, len(found), "send", None, message))
        if work:
            for what, mean in rates.people.items():
                for _ in range(count(draw, mean)):
                    found.append((self._at_work(draw, work), len(found), what, None, None))
            if self.person.is_admin and draw.random() < rates.admins.reads_as_admin:
                found.append((self._at_work(draw, work), len(found), "read as admin", None, None))
            for what, (_, mean) in rates.sign_in.elsewhere.items():
                for _ in range(count(draw, mean)):
                    found.append((self._at_work(draw, work), len(found), what, None, None))
        return found

    def _by_waking(self, wallet: Wallet, use: Use) -> bool:
        """Phones and private computers are used outside working hours too."""
        return use.window == "awake" or not wallet.session.device.managed

    def _at_work(self, draw: Random, work: list[tuple[int, int]]) -> int:
        low, high = work[0] if len(work) == 1 else one_of(draw, tuple(work))
        return low + int(draw.random() * (high - low))

    def _at_hand(self, at: int, wallets: list[Wallet], work: list[tuple[int, int]]) -> Wallet | None:
        """The session with which the person does what they do at that moment: the computer's at work, the phone's else."""
        alive = [
            wallet
            for wallet in wallets
            if wallet.session.starts_at < at < wallet.session.ends_at and wallet.client.kind in _SENDING
        ]
        if not alive:
            return None
        working = any(low <= at < high for low, high in work)
        return next((wallet for wallet in alive if on_phone(wallet.session) != working), alive[0])

    def _toggle(self, draw: Random, work: list[tuple[int, int]]) -> tuple[int, int, Place] | None:
        """Half an hour in which the computer goes through a private VPN, and back."""
        rates = self._around.rates.lookalikes
        if not work or draw.random() >= rates.vpn_toggle:
            return None
        at = self._at_work(draw, work)
        return at, at + between(draw, rates.vpn_minutes) * MS_PER_MINUTE, self._around.private_vpn(draw)

    def _place(self, draw: Random, wallet: Wallet, at: int, toggle: tuple[int, int, Place] | None) -> Place:
        session = wallet.session
        if toggle is not None and toggle[0] <= at < toggle[1] and not on_phone(session):
            return toggle[2]
        place = self._around.tenant.place(self.person, session, at)
        if (
            self._relayed
            and session.device.os.startswith("Ios")
            and draw.random() < self._around.rates.lookalikes.relay
        ):
            relays = self._around.rented(12, "relay")
            relay = relays[(self.person.number + at // MS_PER_HOUR) % len(relays)]
            return replace(relay, city=place.city, country=place.country, kind="vpn")
        return place

    def _open(self, draw: Random, wallet: Wallet, place: Place) -> None:
        """A session begins. A new phone, and a new profile of Outlook, first obtain what lies in the mailbox."""
        around, rates = self._around, self._around.rates.lookalikes
        wallet.open(around, draw, place)
        kind, at = wallet.client.kind, wallet.session.starts_at
        phone = on_phone(wallet.session)
        if draw.random() >= (rates.new_phone if phone else rates.new_profile if kind == "outlook_desktop" else 0.0):
            return
        if phone:
            device = wallet.session.device
            around.acts.append(
                DirectoryAct(
                    at=at,
                    key=guid(draw),
                    activity="Register device",
                    category="Device",
                    targets=(("Device", device.device_id or guid(draw), device.name),),
                    actor=self.person.number,
                    place=place,
                )
            )
        end = around.tenant.day_start(around.tenant.day_of(at) + 1)
        at += 20_000
        lying = self._shelf.all(at, rates.first_messages if phone else None)
        for folder, messages in by_folder(lying) if lying else ():
            at += 3_000 + int(draw.random() * 9_000)
            if at < min(end, wallet.session.ends_at):
                how = around.rates.clients[kind].how
                self._access(draw, wallet, at, place, self._mailbox, folder, messages, "owner", how)

    def _use(self, draw: Random, wallet: Wallet, at: int, place: Place, number: int) -> None:
        around = self._around
        client = wallet.client
        if client.basic_auth:
            self._connect(draw, wallet, at, place)
            return
        if not around.opened(self._mailbox.guid, client, at):
            wallet.token(around, draw, at, place)  # the identity provider knows nothing of the mailbox's switches
            return
        use = around.rates.clients[client.kind]
        self._look(draw, wallet, at, place, self._mailbox, self._shelf, use, "owner")
        if client.kind in ("imap", "pop") and around.audited(self._mailbox.guid, "MailboxLogin", at):
            self._record(draw, wallet, at, place, self._mailbox, "MailboxLogin", "owner")
        if client.kind in ("outlook_desktop", "owa", "ews"):
            for mailbox in self._read:
                if draw.random() < around.rates.delegated:
                    later = at + 4_000 + int(draw.random() * 20_000)
                    if self._same_day(at, later) and later < wallet.session.ends_at:
                        self._look(draw, wallet, later, place, mailbox, around.shelf(mailbox.guid), use, "delegate")

    def _look(
        self,
        draw: Random,
        wallet: Wallet,
        at: int,
        place: Place,
        mailbox: Mailbox,
        shelf: Shelf,
        use: Use,
        logon: Logon,
    ) -> None:
        """Obtain what is new in a mailbox, and sometimes what is old."""
        around, session = self._around, wallet.session
        reader = (session.device.name + wallet.client.kind, mailbox.guid)
        seen = self._seen.get(reader, max(session.starts_at, at - 20 * MS_PER_HOUR))
        self._seen[reader] = at
        syncs = use.how == "sync"
        new = shelf.new(seen, at, around.rates.most_new, sent=syncs)
        if syncs:
            folders = dict(by_folder(new)) if new else {}
            folders.setdefault(INBOX, ())  # the client asks for the Inbox whether or not something came
            for folder, messages in folders.items():
                self._access(draw, wallet, at, place, mailbox, folder, messages, logon, "sync")
            if draw.random() >= use.binds:
                return
            new = [message for message in new if message.folder != SENT_ITEMS][-2:]
        opened = new + self._older(draw, shelf, at, use.older)
        for folder, messages in by_folder(opened) if opened else ():
            self._access(draw, wallet, at, place, mailbox, folder, messages, logon, "bind")

    def _older(self, draw: Random, shelf: Shelf, at: int, mean: float) -> list[Message]:
        if not mean:
            return []
        found: dict[str, Message] = {}
        for _ in range(count(draw, mean)):
            message = shelf.old(draw, at)
            if message is not None:
                found[message.item_id] = message
        return list(found.values())

    def _access(
        self,
        draw: Random,
        wallet: Wallet,
        at: int,
        place: Place,
        mailbox: Mailbox,
        folder: str,
        messages: tuple[Message, ...],
        logon: Logon,
        how: Literal["bind", "sync"],
    ) -> None:
        """One access with the session's token, and sometimes one to an attachment behind it."""
        around, session, client = self._around, wallet.session, wallet.client
        token = wallet.token(around, draw, at, place)
        rates = around.rates
        bare = draw.random() < rates.clients[client.kind].bare
        around.acts.append(
            MailAccess(
                at=at,
                key=guid(draw),
                mailbox=mailbox.guid,
                how=how,
                folder=folder,
                messages=messages,
                logon=logon,
                client=client,
                place=place,
                actor=self.person.number,
                app=client.app,
                session_id=session.session_id,
                token=token,
                device=session.device,
                aggregated=bare,
            )
        )
        if how == "bind":
            attached = [message for message in messages if message.attachments]
            if attached and draw.random() < rates.attachments:
                self._attachment(
                    draw, wallet, at + 2_000 + int(draw.random() * 5_000), place, mailbox, attached[-1], logon
                )

    def _attachment(
        self, draw: Random, wallet: Wallet, at: int, place: Place, mailbox: Mailbox, message: Message, logon: Logon
    ) -> None:
        session, client = wallet.session, wallet.client
        if at >= session.ends_at or not self._same_day(at, at - 7_000):
            return
        self._around.acts.append(
            MailAccess(
                at=at,
                key=guid(draw),
                mailbox=mailbox.guid,
                how="attachment",
                folder=message.folder,
                messages=(message,),
                logon=logon,
                client=client,
                place=place,
                actor=self.person.number,
                app=client.app,
                session_id=session.session_id,
                token=wallet.token(self._around, draw, at, place),
                device=session.device,
            )
        )

    def _connect(self, draw: Random, wallet: Wallet, at: int, place: Place) -> None:
        """An IMAP or POP connection with a password: a sign-in of its own each time, and mail only if the mailbox lets the protocol in."""
        around, client, session = self._around, wallet.client, wallet.session
        policies = around.conditional_access.shown(self.person, client, None, at, second_factor=False)
        name = request_id(draw)
        around.acts.append(
            SignIn(
                at=at,
                key=guid(draw),
                request_id=name,
                stream="interactive",
                client=client,
                app=client.app,
                resource_id=client.resource_id,
                place=place,
                person=self.person.number,
                user_agent=client.user_agent,
                protocol="ropc",
                error_code=53003 if blocked(policies) else 0,
                correlation_id=guid(draw),
                policies=policies,
                first_factor=True,
            )
        )
        if blocked(policies) or not around.opened(self._mailbox.guid, client, at):
            return
        reader = (session.device.name + client.kind, self._mailbox.guid)
        seen = self._seen.get(reader, max(session.starts_at, at - 20 * MS_PER_HOUR))
        self._seen[reader] = at
        later = at + 1_500
        new = self._shelf.new(seen, at, around.rates.most_new) if self._same_day(at, later) else []
        for folder, messages in by_folder(new) if new else ():
            around.acts.append(
                MailAccess(
                    at=later,
                    key=guid(draw),
                    mailbox=self._mailbox.guid,
                    how="bind",
                    folder=folder,
                    messages=messages,
                    logon="owner",
                    client=client,
                    place=place,
                    actor=self.person.number,
                    device=session.device,
                    signin_id=name,
                )
            )

    def _send(self, draw: Random, wallet: Wallet, at: int, place: Place, message: Message) -> None:
        """Send the message that lies in \\Sent Items, at times as a mailbox that the person shares."""
        around = self._around
        here = around.recipients.get(message.internet_message_id)
        recipients = tuple(here) if here else (self._correspondent(draw, at),)
        if self._shared and draw.random() < around.rates.send_as:
            mailbox = one_of(draw, self._shared)
            self._record(
                draw,
                wallet,
                at,
                place,
                mailbox,
                "SendAs",
                "delegate",
                (message,),
                recipients=recipients,
                details=(("SendAsUserSmtp", mailbox.upn), ("SendAsUserMailboxGuid", mailbox.guid)),
            )
        else:
            self._record(draw, wallet, at, place, self._mailbox, "Send", "owner", (message,), recipients=recipients)
        if not here:
            around.acts.append(
                Arrival(
                    at=at,
                    key=guid(draw),
                    message=message,
                    recipient=recipients[0],
                    from_ip=around.sender_ip(message.sender),
                )
            )

    def _correspondent(self, draw: Random, at: int) -> str:
        """Someone outside who wrote to the person."""
        for _ in range(4):
            message = self._shelf.old(draw, at)
            if message is not None and not message.sender.endswith("@" + self._around.tenant.domain):
                return message.sender
        return "office@fabrikam.example"

    def _act(self, draw: Random, wallet: Wallet, at: int, place: Place, what: str) -> None:
        """One of the acts on the own mailbox that audit logs know."""
        around, shelf, mailbox = self._around, self._shelf, self._mailbox
        if what == "SearchQueryInitiatedExchange":
            if around.audited(mailbox.guid, "SearchQueryInitiated", at):
                words = one_of(draw, ("invoice", "contract", "meeting", "travel", "budget"))
                self._record(draw, wallet, at, place, mailbox, what, "owner", details=(("QueryText", words),))
            return
        if what == "New-InboxRule":
            self._rule(draw, at, place, wallet)
            return
        if what == "UpdateInboxRules":
            if wallet.client.kind == "outlook_desktop":
                name = one_of(draw, around.rates.rule_names)
                rule = {"RuleOperation": "AddMailboxRule", "RuleName": name, "RuleState": "Enabled"}
                details = tuple((f"OperationProperties.{key}", value) for key, value in rule.items())
                self._record(draw, wallet, at, place, mailbox, what, "owner", folder=INBOX, details=details)
            return
        if what == "ModifyFolderPermissions":
            colleague = one_of(draw, around.people)
            rights = {"MemberUpn": colleague.upn, "MemberRights": "ReadAny, Visible, FreeBusySimple"}
            details = (("Item", dumps({"ParentFolder": {"Name": "Calendar", "Path": "\\Calendar", **rights}})),)
            self._record(draw, wallet, at, place, mailbox, what, "owner", folder="\\Calendar", details=details)
            return
        lying = shelf.all(at, 30, INBOX)
        if not lying:
            return
        many = between(draw, (1, 3)) if what in ("MoveToDeletedItems", "SoftDelete", "HardDelete") else 1
        chosen = tuple(
            {message.item_id: message for message in (one_of(draw, tuple(lying)) for _ in range(many))}.values()
        )
        target = {"MoveToDeletedItems": "\\Deleted Items", "Move": "\\Archive"}.get(what, "")
        self._record(draw, wallet, at, place, mailbox, what, "owner", chosen, folder=INBOX, target=target)
        if what not in ("Update", "Create"):
            shelf.remove(chosen, at)

    def _rule(self, draw: Random, at: int, place: Place, wallet: Wallet) -> None:
        name = one_of(draw, self._around.rates.rule_names)
        self._around.acts.append(
            Cmdlet(
                at=at,
                key=guid(draw),
                operation="New-InboxRule",
                target=f"{self.person.upn}\\{name}",
                parameters=(
                    ("Name", name),
                    ("From", self._correspondent(draw, at)),
                    ("MoveToFolder", f"Inbox\\{name}"),
                    ("StopProcessingRules", "False"),
                ),
                actor=self.person.number,
                place=place,
                session_id=wallet.session.session_id,
                app=wallet.client.app,
            )
        )

    def _beside_mail(self, draw: Random, at: int, place: Place, wallet: Wallet, what: str) -> None:
        """What only the unified log knows: files and Copilot."""
        around, person = self._around, self.person
        if what == "CopilotInteraction":
            if person.plan != "e5":
                return
            kind, workload, target = 261, "Copilot", ""
            event = {"AppHost": "Outlook", "ThreadId": f"19:{guid(draw)}@thread.v2", "AccessedResources": []}
            details: tuple[tuple[str, str], ...] = (("CopilotEventData", dumps(event)),)
        else:
            kind, workload = 6, "SharePoint"
            site = f"https://{around.tenant.name.lower()}.sharepoint.test/sites/department{around.department}/"
            file = f"Report-{between(draw, (1, 400))}.docx"
            target = f"{site}Shared Documents/{file}"
            details = (
                ("SiteUrl", site),
                ("SourceFileName", file),
                ("SourceFileExtension", "docx"),
                ("SourceRelativeUrl", "Shared Documents"),
                ("UserAgent", wallet.session.device.user_agent),
                ("ItemType", "File"),
            )
        around.acts.append(
            OtherAct(
                at=at,
                key=guid(draw),
                record_type=kind,
                operation=what,
                workload=workload,
                actor=person.number,
                place=place,
                target=target,
                details=details,
            )
        )

    def _record(
        self,
        draw: Random,
        wallet: Wallet,
        at: int,
        place: Place,
        mailbox: Mailbox,
        operation: str,
        logon: Logon,
        messages: tuple[Message, ...] = (),
        *,
        folder: str = "",
        target: str = "",
        recipients: tuple[str, ...] = (),
        details: tuple[tuple[str, str], ...] = (),
    ) -> None:
        token: Token | None = None
        if not wallet.client.basic_auth:
            token = wallet.token(self._around, draw, at, place)
        self._around.acts.append(
            MailboxAct(
                at=at,
                key=guid(draw),
                mailbox=mailbox.guid,
                operation=operation,
                logon=logon,
                client=wallet.client,
                place=place,
                actor=self.person.number,
                app=wallet.client.app,
                messages=messages,
                folder=folder,
                target_folder=target,
                session_id=wallet.session.session_id,
                token=token,
                recipients=recipients,
                details=details,
            )
        )

    def _same_day(self, at: int, other: int) -> bool:
        tenant = self._around.tenant
        return tenant.day_of(at) == tenant.day_of(other)
