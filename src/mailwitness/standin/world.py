"""What the services of one stand-in share: the tenant, its clock, the terms, the faults, the tokens, the log of what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from mailwitness.standin.clock import Clock
from mailwitness.standin.faults import Faults
from mailwitness.standin.holdings import Holdings
from mailwitness.standin.links import Link, Links
from mailwitness.standin.terms import Terms
from mailwitness.standin.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services are, without a slash at the end."""

    authority: str
    graph: str
    management: str
    exchange: str


@dataclass(frozen=True, slots=True)
class Served:
    """One request and how it was answered. ``at``: the services' moment. ``fault``: the id of the fault that struck, if one did.

    ``note``: why it was refused, in the stand-in's own words.
    """

    at: int
    service: str
    method: str
    path: str
    query: str
    status: int
    bytes: int
    fault: str | None
    note: str | None


class World:
    """``kill``: called by F24 when it cuts an answer, so that a test can end its client at that byte."""

    def __init__(
        self,
        holdings: Holdings,
        clock: Clock,
        terms: Terms,
        faults: Faults,
        tokens: Tokens,
        addresses: Addresses,
        kill: Callable[[], None] | None = None,
    ) -> None:
        self.holdings, self.clock, self.terms, self.faults = holdings, clock, terms, faults
        self.tokens, self.addresses, self.kill = tokens, addresses, kill
        self.links = Links(faults.chance, terms)
        self._served: list[Served] = []
        self._lock = threading.Lock()

    def followed(self, token: str, key: tuple[object, ...]) -> tuple[Link | None, str | None]:
        """Where a next page's token leads, None if the link is dead; and the fault, if that is what killed it just now (F5)."""
        link = self.links.follow(token)
        if link is None or not self.faults.strikes("F5", *key):
            return link, None
        link.is_dead = True
        return None, "F5"

    def note(self, served: Served) -> None:
        with self._lock:
            self._served.append(served)

    def served(self) -> tuple[Served, ...]:
        """What has been asked so far, in order."""
        with self._lock:
            return tuple(self._served)
