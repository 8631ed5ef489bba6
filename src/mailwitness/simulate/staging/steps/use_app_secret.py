"""An application comes with a secret of its own: app-only access, to every mailbox its permissions reach.

Adds no act: each token it needs later has a sign-in of the application (service principal), from the address from which it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwitness.simulate.staging.credential import USUAL_LIFE, Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, AppName, Gives, Span, Words
from mailwitness.simulate.tenant.applications import through


@dataclass(frozen=True, slots=True, kw_only=True)
class UsingSecret:
    """``app`` reaches mail through ``client`` from ``from``. ``life``: of a token, 60 to 90 minutes unless said otherwise."""

    app: AppName
    client: Words
    from_: Addresses
    gives: Gives
    life: Span = field(default_factory=Span)

    def play(self, stage: Stage, at: int) -> None:
        app = stage.app(self.app)
        life = stage.span(self.life)
        credential = Credential(
            client=through(stage.client(self.client), app),
            app=app,
            principal=app,
            addresses=self.from_.name,
            stream="service_principal",
            incoming="none",
            credential_key_id=stage.guid("key", app.app_id),
            life=(life, life) if life else USUAL_LIFE,
        )
        stage.give(self.gives, None, credential)


STEP = UsingSecret
