"""What a feed sees while it fetches one unit: the services, their clock, and a memory that outlives the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailwitness.collect.client import Client, Reply
from mailwitness.collect.clouds import Addresses
from mailwitness.collect.credentials import permissions_of
from mailwitness.collect.feed import Unit
from mailwitness.collect.ledger import Ledger, moment_of, text_of


@dataclass(frozen=True, slots=True)
class Session:
    """One unit's view of the tenant. ``into`` of `get` and `post` is the msgspec type that the body must parse as, whole."""

    client: Client
    ledger: Ledger
    unit: Unit
    tenant_id: str
    addresses: Addresses
    may_start_subscriptions: bool = False

    def get(
        self,
        family: str,
        url: str,
        into: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to a GET, whole and parsed. Refused, Unavailable or Interrupted otherwise."""
        return self.client.send(family, "GET", url, into, params=params, headers=headers)

    def post(
        self,
        family: str,
        url: str,
        into: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        once: bool = False,
    ) -> Reply:
        """The answer to a POST of a JSON body. ``once``: it must not be repeated if its answer is lost, and the unit begins anew."""
        return self.client.send(family, "POST", url, into, params=params, headers=headers, json=json, once=once)

    def granted(self, service: str) -> frozenset[str]:
        """The permissions that the access token for a service names, of the application or the person."""
        return permissions_of(self.client.token_for(service))

    def now(self) -> datetime:
        """The service's clock."""
        return self.client.clock.now()

    def wait(self, seconds: float) -> None:
        """Pause for so long (times ``patience.first_pause_s``), unless the run is interrupted."""
        self.client.wait(seconds * self.client.pace)

    def has(self, key: str) -> bool:
        """Whether a body with this key has been stored already, or is known to be gone."""
        return self.ledger.has_content(self.unit.feed, key)

    def remember(self, name: str, value: str | None) -> None:
        """Keep a value with the unit, over runs and crashes; None forgets it."""
        self.ledger.remember(self.unit.id, name, value)

    def recall(self, name: str) -> str | None:
        """What `remember` kept."""
        return self.ledger.recall(self.unit.id, name)

    def note_enabled(self) -> None:
        """The feed's log is known to be on since now, if not since earlier."""
        name = f"enabled {self.unit.feed}"
        if self.ledger.meta(name) is None:
            self.ledger.set_meta(name, text_of(self.now()))

    def note_interruption(self) -> None:
        """The feed's log was off, nobody knows since when, and is on again now: what lies between its last listing and now is doubtful."""
        last = self.ledger.last_verified(self.unit.feed) or self.unit.window_from
        self.ledger.set_meta(f"interrupted {self.unit.feed}", f"{text_of(last)}/{text_of(self.now())}")

    def interruption(self) -> tuple[datetime, datetime] | None:
        """The part of the unit's window in which the feed's log was off for some time."""
        held = self.ledger.meta(f"interrupted {self.unit.feed}")
        if held is None:
            return None
        begin, end = (moment_of(text) for text in held.split("/"))
        begin, end = max(begin, self.unit.window_from), min(end, self.unit.window_to)
        return (begin, end) if begin < end else None
