"""How sessions begin and how their access tokens come and go: every token in daily life has its sign-in here.

A session begins with a password and a second factor, or silently with the computer's primary refresh token. After that its client asks for
an access token when the last one has run out, one sign-in for each client and resource; nobody sees those. A token lives 60 to 90 minutes, or up
to 28 hours where client and resource support continuous access evaluation.

Limits: a client asks when it next needs a token, not on the minute at which the last one expires. Of sessions that began before day 0, some hold a
token from before it; its sign-in lies in no simulated log.
Sources:
    - https://learn.microsoft.com/entra/identity-platform/access-tokens
    - https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from random import Random

import msgspec
from msgspec.structs import replace

from mailwitness.simulate.acts import SignIn, Stream
from mailwitness.simulate.life.drawn import guid, request_id
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.devices import is_phone
from mailwitness.simulate.world import (
    MS_PER_HOUR,
    MS_PER_MINUTE,
    App,
    Client,
    Person,
    Place,
    Session,
    Token,
)

_FIRST_FACTOR = frozenset({0, 50076, 50140, 500121})
"""Codes that come after a right password, or what stands for it."""
_EVALUATED = frozenset({0, 50076, 500121})
"""Codes whose rows show policies; the others come before Conditional Access, or without it."""
_SECOND_FACTOR = {50076: "", 50126: "", 50173: "", 70043: "", 50140: "satisfied", 500121: "denied"}
"""Code → what became of the second factor, where that does not depend on the request."""


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """A request for a token: by which client, for what, from where, before whose eyes."""

    client: Client
    resource_id: str
    place: Place
    stream: Stream
    mfa: str
    correlation_id: str


class Wallet:
    """The access tokens of one session. ``client``: as what it reaches the mailbox; it asks for tokens for that client's resource.

    ``held``: the token of the mailbox. ``opened``: whether the session's beginning lies behind. ``primary``: whether the computer's primary refresh
    token asks for the others. ``silent``: whether the session began with nothing else. ``asked_from``: the place that the rows of
    refreshes show where it is not the caller's: a confidential client's refresh shows the address of the first sign-in (noninteractive
    sign-ins, Microsoft's page).
    """

    __slots__ = ("asked_from", "cae", "client", "held", "life", "opened", "person", "primary", "session", "silent")

    def __init__(
        self, around: Surroundings, person: Person, session: Session, client: Client, asked_from: Place | None = None
    ) -> None:
        chance, rates = around.tenant.chance, around.rates
        self.person, self.session, self.client, self.asked_from = person, session, client, asked_from
        self.cae = chance.share("cae", session.session_id) < rates.tokens.cae.get(client.kind, 0.0)
        self.life: tuple[int, int] = (
            (rates.tokens.cae_hours[0] * MS_PER_HOUR, rates.tokens.cae_hours[1] * MS_PER_HOUR)
            if self.cae
            else (rates.tokens.minutes[0] * MS_PER_MINUTE, rates.tokens.minutes[1] * MS_PER_MINUTE)
        )
        self.primary = asked_from is None and session.device.managed and session.device.os.startswith("Windows")
        self.silent = (
            client.kind == "outlook_desktop"
            and self.primary
            and chance.share("silent", session.session_id) < rates.sign_in.silent
        )
        self.held: Token | None = None
        self.opened = session.starts_at < around.tenant.start_at
        if self.opened and self.cae:
            self.held = self._from_before(around)

    def token(self, around: Surroundings, draw: Random, at: int, place: Place) -> Token:
        """The token for the mailbox at that moment, asked for now if there is none; ``place``: where the client is."""
        held = self.held
        if held is not None and held.issued_at <= at < held.expires_at:
            return held
        rates = around.rates.sign_in
        today = around.tenant.day_start(around.tenant.day_of(at))
        asked_at = max(at - 200 - int(draw.random() * 2300), today, self.session.starts_at)
        asked = self._silently(draw, self.client, self.client.resource_id, place)
        if draw.random() < rates.expired:
            self._add(around, draw, asked_at, asked, 70043 if draw.random() < 0.7 else 50173)
        self.held = token = self._granted(around, draw, asked_at, asked)
        for key, share in rates.also_for.items():
            if draw.random() < share:
                resource = around.tenant.apps[key].app_id
                if resource != self.client.resource_id:
                    self._granted(around, draw, asked_at, self._silently(draw, self.client, resource, place))
        return token

    def open(self, around: Surroundings, draw: Random, place: Place) -> None:
        """The session begins: the sign-ins around its first moment. The last one issues the first token."""
        self.opened = True
        at = self.session.starts_at
        if self.silent:
            self.held = self._granted(
                around, draw, at, self._silently(draw, self.client, self.client.resource_id, place)
            )
        else:
            self.held = self.interactive(around, draw, at, place, self.client, self.client.resource_id, first=True)

    def again(self, around: Surroundings, draw: Random, at: int, place: Place) -> None:
        """The person is asked to sign in once more within the session; the mailbox gets a new token."""
        self.held = self.interactive(around, draw, at, place, self.client, self.client.resource_id, first=False)

    def elsewhere(self, around: Surroundings, draw: Random, at: int, place: Place, app: App, resource: App) -> None:
        """A sign-in to something that is no mailbox: silently with this session, or before the person's eyes in one of its own."""
        client = around.client_of(self.client, app)
        if draw.random() < around.rates.sign_in.elsewhere_interactive:
            session = replace(self.session, session_id=guid(draw), starts_at=at)
            Wallet(around, self.person, session, client).interactive(
                around, draw, at, place, client, resource.app_id, first=False
            )
        else:
            self._granted(around, draw, at, self._silently(draw, client, resource.app_id, place))

    def interactive(
        self,
        around: Surroundings,
        draw: Random,
        at: int,
        place: Place,
        client: Client,
        resource_id: str,
        *,
        first: bool,
    ) -> Token:
        """The rows of one sign-in before the person's eyes, the success last. ``first``: with a second factor, not with a claim of one."""
        rates = around.rates.sign_in
        today = around.tenant.day_start(around.tenant.day_of(at))
        asked = _Asked(client, resource_id, place, "interactive", "satisfied" if first else "claim", guid(draw))
        if draw.random() < rates.wrong_password:
            self._add(around, draw, max(today, at - 41_000), asked, 50126)
        if first and draw.random() < rates.mfa_asked:
            self._add(around, draw, max(today, at - 22_000), asked, 50076)
            if draw.random() < rates.mfa_failed:
                self._add(around, draw, max(today, at - 12_000), asked, 500121)
        if client.client_app_used == "Browser" and draw.random() < rates.stay_signed_in:
            self._add(around, draw, max(today, at - 4_000), asked, 50140)
        return self._granted(around, draw, at, asked)

    def _silently(self, draw: Random, client: Client, resource_id: str, place: Place) -> _Asked:
        return _Asked(client, resource_id, self.asked_from or place, "noninteractive", "claim", guid(draw))

    def _granted(self, around: Surroundings, draw: Random, at: int, asked: _Asked) -> Token:
        token = self._issue(draw, request_id(draw), at, asked.client, asked.resource_id)
        self._add(around, draw, at, asked, 0, token)
        return token

    def _add(
        self, around: Surroundings, draw: Random, at: int, asked: _Asked, code: int, token: Token | None = None
    ) -> None:
        """One row of the sign-in logs."""
        session, client = self.session, asked.client
        silent = asked.stream == "noninteractive"
        here = not silent or self.asked_from is None  # an application's server shows no device of the person
        evaluated = None
        if code in _EVALUATED:
            evaluated = around.conditional_access.shown(
                self.person, client, session.device, at, second_factor=code == 0
            )
        around.acts.append(
            SignIn(
                at=at,
                key=guid(draw),
                request_id=request_id(draw) if token is None else token.request_id,
                stream=asked.stream,
                client=client,
                app=client.app,
                resource_id=asked.resource_id,
                place=asked.place,
                person=self.person.number,
                token=token,
                session_id=session.session_id,
                device=session.device if here else None,
                user_agent=agent_of(client, session) if here else None,
                protocol="none" if silent else "oAuth2",
                incoming=("primaryRefreshToken" if self.primary else "refreshToken") if silent else "none",
                error_code=code,
                correlation_id=asked.correlation_id,
                mfa=_SECOND_FACTOR.get(code, asked.mfa),
                policies=evaluated,
                first_factor=code in _FIRST_FACTOR,
            )
        )

    def _issue(self, draw: Random, name: str, at: int, client: Client, resource_id: str) -> Token:
        low, high = self.life
        return Token(
            name,
            at,
            at + low + int(draw.random() * (high - low)),
            client.app.app_id,
            resource_id,
            self.session.session_id,
            self.person.object_id,
        )

    def _from_before(self, around: Surroundings) -> Token | None:
        """A token that was issued in the last hours before day 0, and perhaps still lives."""
        draw = around.tenant.chance.stream("token before day 0", self.session.session_id)
        if draw.random() >= around.rates.tokens.held_before_day_0:
            return None
        issued_at = around.tenant.start_at - 1 - int(draw.random() * 24 * MS_PER_HOUR)
        if issued_at < self.session.starts_at:
            return None
        return self._issue(draw, request_id(draw), issued_at, self.client, self.client.resource_id)


def agent_of(client: Client, session: Session) -> str:
    """The user agent that a sign-in shows: the browser's in a browser, and else the program's, or that of the device's own browser."""
    if client.client_app_used == "Browser":
        return session.device.user_agent
    return client.user_agent or session.device.user_agent


def on_phone(session: Session) -> bool:
    """Whether the session lives on a phone."""
    return is_phone(session.device)
