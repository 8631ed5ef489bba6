"""People sign in, or someone with their password does.

Each of the codes is one row of the sign-in log, some seconds apart; the last one, if it is 0, issues a token and gives a credential. Whether the
first factor was right follows from the code (https://learn.microsoft.com/entra/identity-platform/reference-error-codes): Conditional Access and
everything after it come after the password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, AppName, Gives, People, Span, Words
from mailwitness.simulate.tenant.applications import through
from mailwitness.simulate.world import MS_PER_SECOND, Client, Device, Person

WRONG_FIRST_FACTOR = frozenset({50034, 50053, 50056, 50126, 7000215})
"""Codes after which the password is not proved."""
BEFORE_SECOND_FACTOR = frozenset({50072, 50074, 50076, 50079, 500121})


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """Sign-ins of ``who`` with ``client``, one after the other over a span. ``app``: who asks first, if it is not the client's own application:
    then the mailbox gets its token later, without a person. ``device``: theirs, their phone, a new one of theirs, or none that is known."""

    who: People
    client: Words
    from_: Addresses | None = None
    app: AppName | None = None
    codes: tuple[int, ...] = (0,)
    mfa: Literal["satisfied", "claim", "none"] = "satisfied"
    device: Literal["none", "own", "phone", "new"] = "none"
    agent: Words = field(default_factory=Words)
    over: Span = field(default_factory=Span)
    protocol: Literal["oAuth2", "ropc"] = "oAuth2"
    gives: Gives | None = None

    def play(self, stage: Stage, at: int) -> None:
        people = stage.people(self.who)
        client = stage.client(self.client)
        draw = stage.chance("over")
        for person, moment in zip(people, stage.spread(draw, len(people), at, at + stage.span(self.over)), strict=True):
            self._one(stage, moment, person, client)

    def _one(self, stage: Stage, at: int, person: Person, client: Client) -> None:
        draw = stage.chance("sign-in", person.number)
        app = client.app if self.app is None else stage.app(self.app)
        asks = client if app == client.app else through(client, app)
        credential = Credential(
            client=client,
            app=client.app,
            person=person,
            session_id=None if client.basic_auth else stage.guid("session", person.number),
            device=self._device(stage, person),
            user_agent=stage.text(self.agent) or None,
            addresses="" if self.from_ is None else self.from_.name,
            incoming="refreshToken" if client.client_app_used != "Browser" else "none",
            mfa="" if self.mfa == "none" else "claim",
            unlogged=person.home_tenant is not None,
        )
        place = stage.from_where(credential, at)
        correlation = stage.guid("correlation", person.number)
        for number, code in enumerate(self.codes):
            if number:
                at += int(draw.uniform(8 * MS_PER_SECOND, 30 * MS_PER_SECOND))
            mfa = "" if self.mfa == "none" or code in BEFORE_SECOND_FACTOR | WRONG_FIRST_FACTOR else self.mfa
            token = None
            if code == 0 and not client.basic_auth:
                token = stage.minted(credential, at, draw, app, client.resource_id if app == client.app else app.app_id)
            proved = code not in WRONG_FIRST_FACTOR
            stage.add(
                SignIn,
                at,
                request_id=stage.request_id(draw) if token is None else token.request_id,
                stream="interactive",
                client=asks,
                app=app,
                resource_id=client.resource_id if app == client.app else app.app_id,
                place=place,
                person=person.number,
                token=token,
                session_id=credential.session_id,
                device=credential.device,
                user_agent=credential.user_agent,
                protocol=self.protocol if not client.basic_auth else "ropc",
                error_code=code,
                correlation_id=correlation,
                mfa=mfa,
                policies=stage.policies(person, asks, credential.device, mfa, at) if proved else None,
                first_factor=proved,
                unlogged=credential.unlogged,
                home_tenant=person.home_tenant,
            )
            if token is not None and app == client.app:
                credential.tokens.append(token)
            if code == 0 and client.basic_auth:
                credential.signin_id = stage.last_sign_in().request_id
        stage.give(self.gives, person, credential)

    def _device(self, stage: Stage, person: Person) -> Device | None:
        devices = stage.tenant.devices(person)
        if self.device == "own":
            return devices[0]
        if self.device == "phone":
            return devices[1]
        if self.device == "new":
            return Device(
                None, f"{person.name.split()[0]}'s iPhone", "Ios 19.3", "Mobile Safari", stage.text(self.agent), False
            )
        return None


STEP = SigningIn
