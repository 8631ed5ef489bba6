"""A person at one moment: with which session, where."""

from __future__ import annotations

from random import Random

from mailwitness.simulate.life.signing_in import Wallet
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.world import Place, Token


class Instant:
    """What every act of a person needs. ``draw``: the chance of that person's day."""

    __slots__ = ("around", "at", "draw", "place", "wallet")

    def __init__(self, around: Surroundings, draw: Random, wallet: Wallet, at: int, place: Place) -> None:
        self.around, self.draw, self.wallet, self.at, self.place = around, draw, wallet, at, place

    def token(self) -> Token | None:
        """The session's token for the mailbox, asked for now if it has none; None where a password is sent instead."""
        if self.wallet.client.basic_auth:
            return None
        return self.wallet.token(self.around, self.draw, self.at, self.place)

    def later(self, least_ms: int, more_ms: int) -> Instant | None:
        """The same person some time later; None if the day or the session is over by then."""
        at = self.at + least_ms + int(self.draw.random() * more_ms)
        tenant = self.around.tenant
        if at >= self.wallet.session.ends_at or tenant.day_of(at) != tenant.day_of(self.at):
            return None
        return Instant(self.around, self.draw, self.wallet, at, self.place)
