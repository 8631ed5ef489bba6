"""The stage on which a scenario's steps are played: gives them time, cast, chance and settings, and keeps the acts they add.

Steps add acts through it and through nothing else, so that every act has its scenario, step and key, every token that is used was issued by a
sign-in of the same credential (or, if forged, by none), and every setting that is asked for is the one of that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from uuid import UUID

from msgspec.structs import replace

from mailwitness.errors import UsageError
from mailwitness.simulate.acts import Act, GraphCall, How, Logon, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.staging.cast import Cast
from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.settings import History, SettingValue
from mailwitness.simulate.staging.values import Addresses, Amount, AppName, Gives, Hours, People, Span, With, Words
from mailwitness.simulate.tenant.conditional_access import Shown, applied
from mailwitness.simulate.tenant.policies import Policy
from mailwitness.simulate.world import MS_PER_DAY, App, Client, Device, Mailbox, Message, Person, Place, Session, Token

if TYPE_CHECKING:
    from mailwitness.simulate.staging.choosing import Chosen
from mailwitness.simulate.tenant import Tenant

_A = TypeVar("_A", bound=Act)


class Stage:
    """One scenario in one tenant. ``step``: the name of the step that is being played."""

    def __init__(
        self, tenant: Tenant, chosen: Chosen, cast: Cast, begins_at: int, ends_at: int, history: History
    ) -> None:
        self.tenant = tenant
        self.cast = cast
        self.begins_at = begins_at
        self.ends_at = ends_at
        self.history = history
        self.acts: list[Act] = []
        self.step = ""
        self._chosen = chosen
        self._scenario = chosen.scenario.id
        self._count = 0
        self._credentials: dict[str, dict[int | None, Credential]] = {}
        self._written: dict[str, list[Message]] = {}

    # What the file says

    def amount(self, amount: Amount) -> int:
        """The number, or the parameter's value."""
        value = self._chosen.values[amount.parameter] if amount.parameter else amount.number
        if isinstance(value, str):
            self.refuse(amount.parameter, value, "a parameter that is a number is expected here")
        return value

    def span(self, span: Span) -> int:
        """How many milliseconds."""
        return self._chosen.length(span)

    def text(self, words: Words, each: Person | None = None) -> str:
        """The text with the names in it replaced by what they stand for; ``{each.…}`` is that person."""
        return "".join(
            before + (self._said(name, field, each) if name else "") for before, name, field in words.parts()
        )

    def settings(self, values: Sequence[SettingValue], each: Person | None = None) -> tuple[tuple[str, str, str], ...]:
        """(subject, name, value) of declared settings; what is of people is of each of their mailboxes."""
        found = []
        for one in values:
            value = self.text(one.value, each)
            for subject in self._subjects(one, each):
                if not self.history.knows(subject, one.name):
                    self.refuse("name", one.name, f"it is a setting of {one.of.name}")
                found.append((subject, one.name, value))
        return tuple(found)

    def _subjects(self, one: SettingValue, each: Person | None) -> list[str]:
        if one.of.name == "tenant":
            return [""]
        if one.of.name.startswith("policy "):
            key = one.of.name.removeprefix("policy ")
            ids = [policy.id for policy in self.tenant.policies if policy.key == key]
            if not ids:
                self.refuse(
                    "of", one.of.name, f"policy is one of {', '.join(policy.key for policy in self.tenant.policies)}"
                )
            return ids
        people = (each,) if one.of.name == "each" and each is not None else self.cast.people[one.of.name]
        # A bypass is of the account that acts, everything else of the mailbox.
        return [person.object_id if one.name == "AuditBypassEnabled" else person.mailbox or "" for person in people]

    def people(self, name: People) -> tuple[Person, ...]:
        """The people of that name."""
        return self.cast.people[name.name]

    def mailboxes(self, name: People) -> tuple[Mailbox, ...]:
        """Their mailboxes."""
        return tuple(self.mailbox(person) for person in self.people(name))

    def mailbox(self, person: Person) -> Mailbox:
        """The person's mailbox."""
        found = self.tenant.mailbox_of(person.number)
        assert found is not None, f"{person.upn} is of another tenant and has no mailbox here"
        return found

    def app(self, name: AppName) -> App:
        """The application of that name."""
        return self.cast.apps[name.name]

    def client(self, words: Words) -> Client:
        """The tenant's client with that key."""
        key = self.text(words)
        if key not in self.tenant.clients:
            self.refuse("client", key, f"it is one of {', '.join(self.tenant.clients)}")
        return self.tenant.clients[key]

    def place(self, name: Addresses | str, at: int, draw: Random | None = None) -> Place:
        """The address that is in use at that moment. Without a rota it is the first, or with ``draw`` any of them."""
        rota = self.cast.addresses[name if isinstance(name, str) else name.name]
        if rota.each_for:
            return rota.places[(at - self.begins_at) // rota.each_for % len(rota.places)]
        return rota.places[0] if draw is None else draw.choice(rota.places)

    def refuse(self, key: str, found: object, allowed: str) -> NoReturn:
        """Complain about this step of the file."""
        raise UsageError(f"{self._chosen.scenario.file}: step {self.step}: {key}: found {found!r}; {allowed}.")

    def _said(self, name: str, field: str, each: Person | None) -> str:
        if not field:
            return str(self._chosen.values[name])
        if name in self.cast.people or (name == "each" and each is not None):
            person = each if name == "each" and each is not None else self.cast.people[name][0]
            told = {"upn": person.upn, "name": person.name, "id": person.object_id, "mailbox": person.mailbox or ""}
        elif name in self.cast.addresses:
            told = {"ip": self.place(name, self.begins_at).ip}
        else:
            app = self.cast.apps[name]
            told = {"name": app.name, "id": app.app_id, "principal": app.principal_id}
        if field not in told:
            self.refuse(f"{{{name}.{field}}}", field, f"it is one of {', '.join(told)}")
        return told[field]

    # Chance and time

    def chance(self, *name: object) -> Random:
        """A generator of this scenario, step and name."""
        return self.tenant.chance.stream("staged", self._scenario, self.step, *name)

    def guid(self, *name: object) -> str:
        """A GUID of this scenario, step and name."""
        return self.tenant.chance.guid("staged", self._scenario, self.step, *name)

    def spread(self, draw: Random, count: int, begin: int, end: int) -> list[int]:
        """That many moments between two, in order."""
        return sorted(begin + int(draw.random() * (end - begin)) for _ in range(count))

    def days(self, at: int, days: int, hours: Hours | None, weekdays: bool = False) -> Iterator[tuple[int, int]]:
        """(from, to) on each of so many days in a row: from that moment's time of day on, or within the hours (then on the first day no
        earlier than the moment). All ends with the scenario."""
        midnight = at - (at - self.tenant.start_at) % MS_PER_DAY
        for day in range(days):
            later = day * MS_PER_DAY
            if weekdays and ((midnight + later) // MS_PER_DAY + 3) % 7 >= 5:
                continue
            first, last = (
                (at, at + MS_PER_DAY)
                if hours is None
                else (max(midnight + hours.start, at - later), midnight + hours.end)
            )
            begin, end = first + later, min(self.ends_at, last + later)
            if begin < end:
                yield begin, end

    # Credentials and tokens

    def give(self, name: Gives | None, holder: Person | None, credential: Credential) -> None:
        """Keep a credential under its name; ``holder``: whose mail it opens, None for an application's."""
        if name is not None:
            self._credentials.setdefault(name.name, {})[None if holder is None else holder.number] = credential

    def held(self, name: With) -> tuple[Credential, ...]:
        """All credentials of that name."""
        return tuple(self._credentials[name.name].values())

    def credential(self, name: With, owner: int | None = None) -> Credential:
        """The one that opens the mail of the person with that number, or else the only one there is."""
        given = self._credentials[name.name]
        if owner in given:
            return given[owner]
        return next(iter(given.values()))

    def token(self, credential: Credential, at: int, place: Place) -> Token | None:
        """The token with which the credential's holder comes at that moment; a new one is asked for when none is valid. None for a password."""
        if credential.client.basic_auth:
            return None
        for token in reversed(credential.tokens):
            if token.issued_at <= at < token.expires_at:
                return token
        draw = self.chance("token", self._count, len(credential.tokens))
        issued_at = at - int(draw.uniform(*credential.lead))
        return self.issue(credential, issued_at, place, draw)

    def issue(self, credential: Credential, at: int, place: Place, draw: Random) -> Token:
        """A new token of the credential, with the sign-in that issues it unless it is forged."""
        token = self.minted(credential, at, draw)
        credential.tokens.append(token)
        if credential.issued:
            person, policies = credential.person, None
            if person is not None:
                policies = self.policies(person, credential.client, credential.device, credential.mfa, at)
            self.add(
                SignIn,
                at,
                request_id=token.request_id,
                stream=credential.stream,
                client=credential.client,
                app=credential.app,
                resource_id=token.resource_id,
                place=place,
                person=None if credential.person is None else credential.person.number,
                principal=credential.principal,
                token=token,
                session_id=credential.session_id,
                device=credential.device,
                user_agent=credential.user_agent,
                incoming=credential.incoming if credential.person is not None else "none",
                transfer=credential.transfer,
                mfa=credential.mfa if credential.person is not None else "",
                correlation_id=self.guid("correlation", self._count),
                credential_key_id=credential.credential_key_id,
                policies=policies,
                unlogged=credential.unlogged,
                home_tenant=None if credential.person is None else credential.person.home_tenant,
            )
        return token

    def policies(self, person: Person, client: Client, device: Device | None, mfa: str, at: int) -> Shown:
        """What the event of a sign-in shows of the policies at that moment."""
        states = [self.policy_state(policy, at) for policy in self.tenant.policies]
        return applied(self.tenant.policies, states, person, client, device, mfa in ("satisfied", "claim"))

    def change(self, at: int, changes: Sequence[tuple[str, str, str]]) -> None:
        """Settings change at that moment, for everything that is asked from now on."""
        for subject, name, value in changes:
            self.history.change(at, subject, name, value)

    def policy_state(self, policy: Policy, at: int) -> str:
        """Whether that policy is on at that moment."""
        return self.history.value(policy.id, "state", at)

    def minted(
        self, credential: Credential, at: int, draw: Random, app: App | None = None, resource_id: str | None = None
    ) -> Token:
        """A token as the credential's holder would get it, for its own mailbox client unless another application and resource are named."""
        asks = app or credential.app
        subject = credential.person.object_id if credential.person is not None else asks.principal_id
        return Token(
            self.request_id(draw),
            at,
            at + int(draw.uniform(*credential.life)),
            asks.app_id,
            resource_id or credential.client.resource_id,
            credential.session_id,
            subject,
            credential.principal is not None,
            credential.issued,
        )

    def request_id(self, draw: Random) -> str:
        """The id of a request for a token: a GUID whose last byte is zero, as those in public records are since 2021."""
        return f"{UUID(int=draw.getrandbits(128), version=4)}"[:-2] + "00"

    def last_sign_in(self) -> SignIn:
        """The sign-in that was added last."""
        return next(act for act in reversed(self.acts) if isinstance(act, SignIn))

    # Acts

    def add(self, kind: type[_A], at: int, **fields: Any) -> _A:
        """Add an act of this step."""
        self._count += 1
        key = self.guid("act", self._count)
        act = kind(at=at, key=key, scenario=self._scenario, step=self.step, **fields)
        self.acts.append(act)
        return act

    def access(
        self,
        credential: Credential,
        at: int,
        mailbox: Mailbox,
        how: How,
        folder: str,
        messages: Sequence[Message],
        place: Place | None = None,
        called: bool = False,
        **more: Any,
    ) -> MailAccess:
        """Mail is obtained with a credential. Through Graph a request goes before it, unless the caller has made it (``called``)."""
        where = place or self.from_where(credential, at)
        token = self.token(credential, at, where)
        if not called and credential.client.resource_id == self.tenant.apps["graph"].app_id:
            self._call(credential, at, mailbox, how, messages, where, token)
        return self.add(
            MailAccess,
            at,
            mailbox=mailbox.guid,
            how=how,
            folder=folder,
            messages=tuple(messages),
            logon=self.logon(credential, mailbox),
            client=credential.client,
            place=where,
            actor=None if credential.person is None else credential.person.number,
            app=credential.foreign_app,
            session_id=credential.session_id,
            token=token,
            signin_id=credential.signin_id,
            device=credential.device,
            external=credential.person is not None and credential.person.home_tenant is not None,
            **more,
        )

    def _call(
        self,
        credential: Credential,
        at: int,
        mailbox: Mailbox,
        how: How,
        messages: Sequence[Message],
        place: Place,
        token: Token | None,
    ) -> None:
        whose = "me" if credential.person is not None else f"users/{mailbox.upn}"
        what = f"messages/{messages[0].item_id}" if len(messages) == 1 else f"messages?$top={len(messages)}"
        more = "/attachments" if how == "attachment" else ""
        self.add(
            GraphCall,
            at,
            method="GET",
            uri=f"https://graph.microsoft.com/v1.0/{whose}/{what}{more}",
            status=200,
            app=credential.app,
            place=place,
            token=token,
            person=None if credential.person is None else credential.person.number,
            user_agent=credential.user_agent or "",
            size_bytes=900 + sum(message.size_bytes for message in messages),
        )

    def mailbox_act(
        self,
        credential: Credential,
        at: int,
        mailbox: Mailbox,
        operation: str,
        place: Place | None = None,
        **fields: Any,
    ) -> MailboxAct:
        """Something else is done to a mailbox with a credential."""
        where = place or self.from_where(credential, at)
        token = self.token(credential, at, where)
        return self.add(
            MailboxAct,
            at,
            mailbox=mailbox.guid,
            operation=operation,
            logon=self.logon(credential, mailbox),
            client=credential.client,
            place=where,
            actor=None if credential.person is None else credential.person.number,
            app=credential.foreign_app,
            session_id=credential.session_id,
            token=token,
            **fields,
        )

    def logon(self, credential: Credential, mailbox: Mailbox) -> Logon:
        """In which capacity the credential's holder comes to that mailbox."""
        if credential.person is None:
            return "application"
        return "owner" if credential.person.number == mailbox.owner else "delegate"

    def from_where(self, credential: Credential, at: int) -> Place:
        """The address from which the credential is used at that moment."""
        if credential.addresses:
            return self.place(credential.addresses, at)
        assert credential.person is not None, "an application is used from addresses of the cast"
        return self.own_place(credential.person, at, credential.device)

    def own_place(self, person: Person, at: int, device: Device | None = None) -> Place:
        """Where the person's device is; the first device, unless another one is named."""
        return self.tenant.place(person, device or self.tenant.devices(person)[0], at)

    def session(self, person: Person, *clients: str) -> Session:
        """The oldest session of the person's own life that is alive at the beginning, of such clients where it matters."""
        alive = [
            one
            for one in self.tenant.sessions(person, self.tenant.day_of(self.begins_at))
            if one.starts_at < self.begins_at < one.ends_at and (not clients or one.client.kind in clients)
        ]
        if not alive:
            self.refuse(
                "who",
                person.upn,
                f"someone with a session of {', '.join(clients) or 'any client'} is expected: cast.…people.uses",
            )
        return alive[0]

    def write(self, mailbox: Mailbox, at: int, name: object, subject: str, sender: str, size: int) -> Message:
        """A message that is written in this scenario and lies in the mailbox's Sent Items."""
        model = self.tenant.messages_before(mailbox.guid, at, 1)[0]
        mark = self.tenant.chance.bits("staged message", self._scenario, self.step, mailbox.guid, name)
        server = f"AM{mark[0] % 10}PR0{1 + mark[1] % 8}MB{1000 + int.from_bytes(mark[2:4], 'big') % 9000}"
        message = replace(
            model,
            internet_message_id=f"<{server}{mark[4:].hex().upper()}@{server}.eurprd0{server[5]}.prod.outlook.com>",
            item_id=_renamed(model.item_id, mark),
            immutable_id=_renamed(model.immutable_id, mark),
            subject=subject,
            sender=sender,
            size_bytes=size,
            arrived_at=at,
            folder="\\Sent Items",
            attachments=0,
        )
        self._written.setdefault(mailbox.guid, []).append(message)
        return message

    def written(self, mailbox: Mailbox) -> tuple[Message, ...]:
        """What this scenario wrote in that mailbox so far."""
        return tuple(self._written.get(mailbox.guid, ()))


def _renamed(item_id: str, mark: bytes) -> str:
    """An id of the same shape that no other item has: its last 12 characters (counter and padding) are drawn anew."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return item_id[:-12] + "".join(letters[byte % len(letters)] for byte in mark[:8]) + item_id[-4:]
