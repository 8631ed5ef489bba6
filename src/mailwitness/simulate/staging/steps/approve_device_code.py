"""A victim types a code into Microsoft's page, and someone else gets the tokens (device code phishing).

The victim's own sign-in, from their own address and device, is the approval (authenticationProtocol deviceCode); the tokens are redeemed elsewhere
some seconds later (originalTransferMethod deviceCodeFlow), under the same session and device id. Only the address tells the two apart.

Sources:
    - https://www.microsoft.com/security/blog/2025/02/13/storm-2372-conducts-device-code-phishing-campaign/
    - https://academy.bluraven.io/blog/hidden-gaps-in-entra-id-linkable-token-identifier (session and device id equal the victim's)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, AppName, Gives, People, Span, Words
from mailwitness.simulate.tenant.applications import through


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """``who`` approves for ``app``; after ``redeemed_after`` the first token is fetched from ``from``, for mail through ``client``."""

    who: People
    app: AppName
    client: Words
    from_: Addresses
    redeemed_after: Span
    gives: Gives
    agent: Words = field(default_factory=Words)

    def play(self, stage: Stage, at: int) -> None:
        app = stage.app(self.app)
        client = through(stage.client(self.client), app)
        for person in stage.people(self.who):
            draw = stage.chance("approve", person.number)
            session = stage.session(person)
            device = stage.tenant.devices(person)[0]
            credential = Credential(
                client=client,
                app=app,
                person=person,
                session_id=session.session_id,
                device=device,
                user_agent=stage.text(self.agent) or None,
                addresses=self.from_.name,
                transfer="deviceCodeFlow",
            )
            stage.add(
                SignIn,
                at,
                request_id=stage.request_id(draw),
                stream="interactive",
                client=through(client, app),
                app=app,
                resource_id=client.resource_id,
                place=stage.own_place(person, at, device),
                person=person.number,
                token=None,
                session_id=session.session_id,
                device=device,
                user_agent=device.user_agent,
                protocol="deviceCode",
                correlation_id=stage.guid("correlation", person.number),
                mfa="claim",
                policies=stage.policies(person, client, device, "claim", at),
                first_factor=True,
            )
            redeemed_at = at + stage.span(self.redeemed_after)
            stage.issue(credential, redeemed_at, stage.place(self.from_, redeemed_at), draw)
            stage.give(self.gives, person, credential)


STEP = Approving
