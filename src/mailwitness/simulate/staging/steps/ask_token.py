"""A token is asked for on purpose, not because mail is read: with a primary refresh token of a device that was just registered, for instance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import With, Words
from mailwitness.simulate.world import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One request without a person, ``with`` a credential. ``incoming``: what is presented. ``device_id``: the device that presents it; without it,
    the credential's own. The token is used for no mail."""

    with_: With
    incoming: Literal["refreshToken", "primaryRefreshToken"]
    device_id: Words = field(default_factory=Words)
    device_name: Words = field(default_factory=Words)
    os: str = ""

    def play(self, stage: Stage, at: int) -> None:
        device_id = stage.text(self.device_id)
        for credential in stage.held(self.with_):
            device = (
                Device(device_id, stage.text(self.device_name), self.os, "", "", False)
                if device_id
                else credential.device
            )
            asks = replace(credential, incoming=self.incoming, device=device, tokens=[])
            stage.issue(asks, at, stage.from_where(credential, at), stage.chance("ask"))


STEP = Asking
