"""Mail that arrives in mailboxes, and the older mail that lies in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.world import MS_PER_DAY, Mailbox, Message

KEPT_DAYS = 30
"""An owner keeps what arrived in the last 30 days and a stock of older mail; what lies between was deleted."""


class Mail:
    """The messages of every mailbox, by day."""

    def __init__(self, chance: Chance, mailboxes: Sequence[Mailbox], start_at: int, domain: str) -> None:
        self._chance, self._start_at, self._domain = chance, start_at, domain
        self._by_guid: Mapping[str, Mailbox] = {mailbox.guid: mailbox for mailbox in mailboxes}
        self._day = lru_cache(maxsize=4096)(self._make_day)
        self._stock = lru_cache(maxsize=256)(self._make_stock)

    def arrivals(self, guid: str, day: int) -> tuple[Message, ...]:
        """What came into that mailbox on that day (what its owner sent included), the oldest first. Nothing before day 0."""
        return self._day(guid, day) if day >= 0 else ()

    def before(self, guid: str, at: int, count: int | None, folder: str | None) -> tuple[Message, ...]:
        """What lies in the mailbox at that moment, the newest first."""
        today = (at - self._start_at) // MS_PER_DAY
        found: list[Message] = []
        for day in range(today, max(-1, today - KEPT_DAYS), -1):
            found.extend(m for m in reversed(self._day(guid, day)) if m.arrived_at < at and folder in (None, m.folder))
            if count is not None and len(found) >= count:
                return tuple(found[:count])
        found.extend(m for m in self._stock(guid) if m.arrived_at < at and folder in (None, m.folder))
        return tuple(found if count is None else found[:count])

    def _make_day(self, guid: str, day: int) -> tuple[Message, ...]:
        draw = self._chance.stream("arrivals", guid, day)
        begin = self._start_at + day * MS_PER_DAY
        times = sorted(draw.randrange(MS_PER_DAY) for _ in range(18))
        return tuple(self._message(guid, begin + t, f"{day}.{i}", "\\Inbox") for i, t in enumerate(times))

    def _make_stock(self, guid: str) -> tuple[Message, ...]:
        draw = self._chance.stream("stock", guid)
        times = sorted(draw.randrange(700 * MS_PER_DAY) for _ in range(300))
        return tuple(self._message(guid, self._start_at - 1 - t, f"stock.{i}", "\\Inbox") for i, t in enumerate(times))

    def _message(self, guid: str, at: int, name: str, folder: str) -> Message:
        mark = self._chance.bits("message", guid, name).hex()
        return Message(
            guid,
            f"<{mark}@mail.fabrikam.example>",
            f"RgAAAA{mark}",
            f"LgAAAA{mark}",
            "Agenda",
            "anna@fabrikam.example",
            40_000,
            at,
            folder,
        )
