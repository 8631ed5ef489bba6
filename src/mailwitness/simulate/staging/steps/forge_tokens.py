"""Tokens are made outside the identity provider: nobody issues them, so no sign-in log of any kind has a row of it.

Two cases are public: tokens signed with a stolen key (Storm-0558) and actor tokens (CVE-2025-55241). Adds no act; the tokens appear in what is
done with them. A token carries a random identifier and an issue time some time before its first use, and is renewed when it has run out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, AppName, Gives, People, Span, Words
from mailwitness.simulate.world import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Forging:
    """Tokens in the names of ``who``. ``app``: the application they name. ``client``: how it reaches the mailbox, rest or owa. ``life``: of one
    token; ``least``, ``most``: how long before its first use it says that it was issued."""

    who: People
    app: AppName
    client: Words
    from_: Addresses
    life: Span
    least: Span
    most: Span
    gives: Gives
    agent: Words = field(default_factory=Words)

    def play(self, stage: Stage, at: int) -> None:
        kind = stage.text(self.client)
        if kind not in ("rest", "owa"):
            stage.refuse("client", kind, "it is one of rest, owa")
        for person in stage.people(self.who):
            life = stage.span(self.life)
            credential = Credential(
                client=self._client(stage, "owa" if kind == "owa" else "rest"),
                app=stage.app(self.app),
                person=person,
                session_id=stage.guid("session", person.number),
                addresses=self.from_.name,
                life=(life, life),
                lead=(stage.span(self.least), stage.span(self.most)),
                issued=False,
            )
            stage.give(self.gives, person, credential)

    def _client(self, stage: Stage, kind: Literal["rest", "owa"]) -> Client:
        """The words of ordinary traffic with another application behind them (the published user agents of Storm-0558 are of both kinds)."""
        clients, app = stage.tenant.clients, stage.app(self.app)
        front = stage.tenant.apps["exchange"].app_id
        model = clients["owa"] if kind == "owa" else clients["rest_service"]
        agent = stage.text(self.agent)
        return replace(
            model,
            kind=kind,
            info=f"Client=OWA;{agent};" if kind == "owa" else model.info,
            app=app,
            app_id=front,
            client_app_id=app.app_id,
            has_session=True,
            has_token_context=True,
            user_agent=agent or None,
        )


STEP = Forging
