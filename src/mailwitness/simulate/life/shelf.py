"""What lies in one mailbox for those who read it: what is new, what is older, what its readers threw away.

The tenant says what arrives; that an owner deletes messages is daily life's own doing and is remembered here, so that nobody in daily life
obtains a message after it is gone. (Scenarios do not know; what they read is the tenant's.)
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.tenant.mail import KEPT_DAYS, SENT_ITEMS
from mailwitness.simulate.world import MS_PER_DAY, Message

_LOOK_BACK_DAYS = 14
_NEVER = 1 << 62


class Shelf:
    """The messages of one mailbox. ``gone``: item id of what was deleted or moved → when."""

    def __init__(self, tenant: Tenant, guid: str) -> None:
        self._tenant = tenant
        self._start_at = tenant.start_at
        self._stock: tuple[Message, ...] | None = None
        self.guid = guid
        self.gone: dict[str, int] = {}

    def new(self, since: int, at: int, most: int, *, sent: bool = False) -> list[Message]:
        """What arrived in [since, at) and still lies there, the newest ``most`` of it, oldest first; what the owner sent only if ``sent``."""
        start = self._start_at
        today = (at - start) // MS_PER_DAY
        first = max((since - start) // MS_PER_DAY, today - _LOOK_BACK_DAYS, 0)
        gone = self.gone
        found = [
            message
            for day in range(first, today + 1)
            for message in self._tenant.arrivals(self.guid, day)
            if since <= message.arrived_at < at
            and (sent or message.folder != SENT_ITEMS)
            and gone.get(message.item_id, _NEVER) > at
        ]
        return found[-most:] if len(found) > most else found

    def old(self, draw: Random, at: int) -> Message | None:
        """A message that has lain there since before today, most likely a recent one."""
        today = (at - self._start_at) // MS_PER_DAY
        age = 1 + int(draw.expovariate(0.2))
        kept = self._tenant.arrivals(self.guid, today - age) if age <= min(today, KEPT_DAYS) else self.stock()
        if not kept:
            return None
        message = kept[int(draw.random() * len(kept))]
        return message if self.holds(message, at) else None

    def stock(self) -> tuple[Message, ...]:
        """What lay there before day 0."""
        if self._stock is None:
            self._stock = self._tenant.messages_before(self.guid, self._start_at)
        return self._stock

    def all(self, at: int, most: int | None = None, folder: str | None = None) -> list[Message]:
        """Everything that lies there, the newest first."""
        lying = self._tenant.messages_before(self.guid, at, most, folder)
        return [message for message in lying if self.holds(message, at)]

    def holds(self, message: Message, at: int) -> bool:
        """Whether a message that arrived before has not gone yet."""
        return self.gone.get(message.item_id, _NEVER) > at

    def remove(self, messages: Iterable[Message], at: int) -> None:
        """These were deleted or moved away."""
        for message in messages:
            self.gone.setdefault(message.item_id, at)


def by_folder(messages: list[Message]) -> list[tuple[str, tuple[Message, ...]]]:
    """(folder, messages), in the order in which the folders first occur."""
    if len(messages) == 1:
        return [(messages[0].folder, (messages[0],))]
    folders: dict[str, list[Message]] = {}
    for message in messages:
        folders.setdefault(message.folder, []).append(message)
    return [(folder, tuple(held)) for folder, held in folders.items()]
