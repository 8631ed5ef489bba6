"""A session of someone's own life is continued: by themselves from elsewhere, or by whoever has its cookie or refresh token.

Adds no act: new tokens of the session are asked for when they are needed, without a person, so no interactive sign-in tells of it. The
session id is the victim's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, Gives, People, Words
from mailwitness.simulate.tenant.applications import with_agent
from mailwitness.simulate.world import ClientKind, Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuing:
    """The oldest session of ``who`` with a client of these ``kinds``. ``device``: ``own`` if it is used on its own device, ``foreign`` if a browser with
    that agent and operating system presents its cookie."""

    who: People
    kinds: tuple[ClientKind, ...]
    device: Literal["own", "foreign"]
    gives: Gives
    from_: Addresses | None = None
    agent: Words = field(default_factory=Words)
    os: str = ""
    browser: str = ""

    def play(self, stage: Stage, at: int) -> None:
        for person in stage.people(self.who):
            session = stage.session(person, *self.kinds)
            agent = stage.text(self.agent)
            foreign = self.device == "foreign"
            client = session.client
            if foreign and client.kind == "owa":
                client = with_agent(stage.tenant.clients["owa"], agent)
            credential = Credential(
                client=client,
                app=session.client.app,
                person=person,
                session_id=session.session_id,
                device=Device(None, "", self.os, self.browser, agent, False) if foreign else session.device,
                user_agent=agent or None,
                addresses="" if self.from_ is None else self.from_.name,
                incoming="none" if session.client.client_app_used == "Browser" else "refreshToken",
            )
            stage.give(self.gives, person, credential)


STEP = Continuing
