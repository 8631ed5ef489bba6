"""What someone holds that opens mailboxes: a session, a refresh token, an application's secret, a password, a forged token."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwitness.simulate.acts import Stream
from mailwitness.simulate.world import MS_PER_MINUTE, MS_PER_SECOND, App, Client, Device, Person, Token

USUAL_LIFE = (60 * MS_PER_MINUTE, 90 * MS_PER_MINUTE)
"""Default life of an access token, by chance (https://learn.microsoft.com/entra/identity-platform/access-tokens)."""
USUAL_LEAD = (2 * MS_PER_SECOND, 30 * MS_PER_SECOND)
"""How long before its first use a token is asked for (assumption)."""


@dataclass(slots=True)
class Credential:
    """One holder's means of access to one person's mail, or an application's to many.

    ``client``: the program, as logs name it. ``app``: who asks for tokens. ``life``, ``lead``: bounds of a token's life and of the time between its
    issue and first use. ``signin_id``: the sign-in with a password that opened the connection. ``issued``: False if tokens are forged, so that nobody issued them and no sign-in tells of them. ``unlogged``: they are
    issued, and this tenant's log has no row of it. ``tokens``: those that were made so far.
    """

    client: Client
    app: App
    person: Person | None = None
    principal: App | None = None
    session_id: str | None = None
    device: Device | None = None
    user_agent: str | None = None
    addresses: str = ""  # name of the cast's addresses from which it is used; '': from the person's own device
    stream: Stream = "noninteractive"
    incoming: str = "refreshToken"
    transfer: str = "none"
    mfa: str = "claim"
    credential_key_id: str | None = None
    life: tuple[int, int] = USUAL_LIFE
    lead: tuple[int, int] = USUAL_LEAD
    issued: bool = True
    unlogged: bool = False
    signin_id: str | None = None
    tokens: list[Token] = field(default_factory=list)

    @property
    def foreign_app(self) -> App | None:
        """The application as the actor of a mail access: None for a client of Microsoft's in a person's hands."""
        return None if self.principal is None and self.app.first_party else self.app
