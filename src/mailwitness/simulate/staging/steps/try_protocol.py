"""Someone with a password, or a token, opens a mail protocol and takes what it gives.

The sign-in log says only that the password or the token was good. Whether mail followed was decided later, by Exchange, from the settings of
that moment, and no sign-in row knows it: the false success of IMAP and POP. What happens here, for a password:

1. A policy that blocks legacy clients: a failed row (53003), which proves the password.
2. An authentication policy for the mailbox's owner: Exchange refuses before it asks, so there is no row. A policy forbids passwords over all
   protocols, which is what a new one does.
3. The protocol is on: a successful row, and mail.
4. The protocol is off and SMTP AUTH is on: a successful row, and no mail.
5. Both are off: no row. The public condition for 4 says that SMTP AUTH must be on, so without it there is no success; that there is no row
   at all is an assumption.

With a token (``auth: token``) the identity provider always issues it, and the protocol's switch alone decides. SMTP AUTH sends and never reads.

Sources:
    - https://www.crowdstrike.com/blog/crowdstrike-services-identifies-logging-inconsistencies-in-microsoft-365/
    - https://www.techtarget.com/searchsecurity/news/252515473 (the conditions)
    - https://learn.microsoft.com/powershell/module/exchange/set-casmailbox ; set-transportconfig ; new-authenticationpolicy
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, Amount, Gives, People, Span
from mailwitness.simulate.world import MS_PER_SECOND, Client, Person

_SWITCH = {"imap": "ImapEnabled", "pop": "PopEnabled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """``who`` by whose password or token, one after the other within a span; ``messages``: how many are taken where mail is to be had."""

    who: People
    protocol: Literal["imap", "pop", "smtp"]
    auth: Literal["password", "token"]
    from_: Addresses
    over: Span
    messages: Amount = field(default_factory=lambda: Amount(0))
    gives: Gives | None = None

    def play(self, stage: Stage, at: int) -> None:
        if self.protocol == "smtp" and self.auth == "token":
            stage.refuse("auth", self.auth, "with smtp it is password")
        people = stage.people(self.who)
        draw = stage.chance("over")
        for person, moment in zip(people, stage.spread(draw, len(people), at, at + stage.span(self.over)), strict=True):
            self._try(stage, person, moment, stage.chance("try", person.number))

    def _try(self, stage: Stage, person: Person, at: int, draw: Random) -> None:
        client = stage.tenant.clients[f"{self.protocol}_{'basic' if self.auth == 'password' else 'oauth'}"]
        guid = stage.mailbox(person).guid

        def held(name: str, of: str = guid) -> str:
            return stage.history.value(of, name, at)

        open_ = self.protocol in _SWITCH and held(_SWITCH[self.protocol]) == "True"
        smtp = held("SmtpClientAuthenticationDisabled") or held("SmtpClientAuthenticationDisabled", "")
        code: int | None = 0
        if self.auth == "password":
            if held("AuthenticationPolicy") or held("DefaultAuthenticationPolicy", ""):
                code = None
            elif self._blocked(stage, person, client, at):
                code = 53003
            elif not open_ and smtp != "False":
                code = None
        if code is None:
            return
        credential = Credential(
            client=client,
            app=client.app,
            person=person,
            session_id=None if client.basic_auth else stage.guid("session", person.number),
            addresses=self.from_.name,
            mfa="" if client.basic_auth else "claim",
        )
        self._sign_in(stage, credential, person, at, code, draw)
        stage.give(self.gives, person, credential)
        if code == 0 and open_:
            self._take(stage, credential, person, at, draw)

    def _blocked(self, stage: Stage, person: Person, client: Client, at: int) -> bool:
        shown = stage.policies(person, client, None, "", at)
        return any(result == "failure" for _, result, _ in shown)

    def _sign_in(self, stage: Stage, credential: Credential, person: Person, at: int, code: int, draw: Random) -> None:
        client = credential.client
        token = None if client.basic_auth else stage.minted(credential, at, draw)
        mfa = "" if client.basic_auth else "satisfied"
        request_id = stage.request_id(draw) if token is None else token.request_id
        stage.add(
            SignIn,
            at,
            request_id=request_id,
            stream="interactive",
            client=client,
            app=client.app,
            resource_id=client.resource_id,
            place=stage.place(self.from_, at, draw),
            person=person.number,
            token=token,
            session_id=credential.session_id,
            protocol="ropc" if client.basic_auth else "oAuth2",
            error_code=code,
            correlation_id=stage.guid("correlation", person.number),
            mfa=mfa,
            policies=stage.policies(person, client, None, mfa, at),
            first_factor=True,
        )
        if token is None:
            credential.signin_id = request_id
        else:
            credential.tokens.append(token)

    def _take(self, stage: Stage, credential: Credential, person: Person, at: int, draw: Random) -> None:
        mailbox = stage.mailbox(person)
        place = stage.last_sign_in().place
        at += 2 * MS_PER_SECOND
        stage.mailbox_act(credential, at, mailbox, "MailboxLogin", place)
        for message in stage.tenant.messages_before(mailbox.guid, at, stage.amount(self.messages), "\\Inbox"):
            at += int(draw.uniform(0.3, 2) * MS_PER_SECOND)
            stage.access(credential, at, mailbox, "bind", "\\Inbox", (message,), place)


STEP = Trying
