"""Messages are obtained one by one (Bind), with a credential, over some time, on one or many days.

Every access names the messages that really lay in the mailbox at that moment, so that the truth knows exactly what was obtained; whether a record
tells of it is the service's matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, Amount, Hours, People, Span, With, Words
from mailwitness.simulate.world import Mailbox, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Reading ``with`` a credential.

    ``mailboxes``: of whom; without it, of the credential's own holders. ``messages``, or a number from ``messages`` to ``most`` by chance: how many a
    day, in each mailbox (``count: each``) or in all of them together (``count: all``). ``over``: how long on a day, from the step's
    beginning or within ``hours``. ``days``: on how many days in a row, or on the ``weekdays`` of them. ``pick``: the newest messages, any of them, or all again
    and again. ``batch``: messages of one request. ``attachments``: of a hundred messages, how many have theirs opened as well.
    """

    with_: With
    messages: Amount
    most: Amount | None = None
    count: Literal["each", "all"] = "each"
    mailboxes: People | None = None
    folder: Words = field(default_factory=Words)
    pick: Literal["newest", "any", "again"] = "newest"
    batch: Amount = field(default_factory=lambda: Amount(1))
    from_: Addresses | None = None
    over: Span = field(default_factory=Span)
    hours: Hours | None = None
    days: Amount = field(default_factory=lambda: Amount(1))
    weekdays: bool = False
    attachments: Amount = field(default_factory=lambda: Amount(0))
    unlogged: bool = False

    def play(self, stage: Stage, at: int) -> None:
        mailboxes = self._mailboxes(stage)
        over = stage.span(self.over)
        days = [
            (
                begin,
                min(end, begin + over) if over else end,
                self._shared_out(stage, mailboxes, stage.chance("day", day)),
            )
            for day, (begin, end) in enumerate(stage.days(at, stage.amount(self.days), self.hours, self.weekdays))
        ]
        # Mail is made by department and day: whoever asks for all days of one mailbox after the other has it made once.
        requests: list[tuple[int, int, Mailbox, list[Message]]] = []
        for number, mailbox in sorted(enumerate(mailboxes), key=lambda one: (one[1].department, one[0])):
            for begin, end, counts in days:
                requests.extend(self._requests(stage, mailbox, number, counts[number], begin, end))
        draw = stage.chance("read")
        for moment, _, mailbox, messages in sorted(requests, key=lambda one: one[:2]):
            self._read(stage, mailbox, moment, messages, draw)

    def _mailboxes(self, stage: Stage) -> tuple[Mailbox, ...]:
        if self.mailboxes is not None:
            return stage.mailboxes(self.mailboxes)
        return tuple(stage.mailbox(one.person) for one in stage.held(self.with_) if one.person is not None)

    def _shared_out(self, stage: Stage, mailboxes: tuple[Mailbox, ...], draw: Random) -> list[int]:
        """How many messages of each mailbox on one day."""

        def number() -> int:
            least = stage.amount(self.messages)
            return least if self.most is None else draw.randint(least, max(least, stage.amount(self.most)))

        if self.count == "each":
            return [number() for _ in mailboxes]
        counts = [0] * len(mailboxes)
        for _ in range(number()):
            counts[draw.randrange(len(mailboxes))] += 1
        return counts

    def _requests(
        self, stage: Stage, mailbox: Mailbox, number: int, count: int, begin: int, end: int
    ) -> Iterator[tuple[int, int, Mailbox, list[Message]]]:
        """(moment, number of the mailbox, mailbox, messages) of each request of a day."""
        draw = stage.chance("requests", mailbox.guid, begin)
        batch = max(1, stage.amount(self.batch))
        picked = self._picked(stage, mailbox, count, begin, draw) if count else []
        for index, moment in enumerate(stage.spread(draw, -(-len(picked) // batch), begin, end)):
            yield moment, number, mailbox, picked[index * batch : (index + 1) * batch]

    def _read(self, stage: Stage, mailbox: Mailbox, at: int, messages: list[Message], draw: Random) -> None:
        credential = stage.credential(self.with_, mailbox.owner)
        where = self.from_ or credential.addresses or None
        place = None if where is None else stage.place(where, at, draw)
        share = stage.amount(self.attachments)
        for folder in dict.fromkeys(message.folder for message in messages):
            of_folder = [message for message in messages if message.folder == folder]
            stage.access(credential, at, mailbox, "bind", folder, of_folder, place, unlogged=self.unlogged)
            opened = [message for message in of_folder if message.attachments and draw.random() * 100 < share]
            if opened:
                stage.access(credential, at + 900, mailbox, "attachment", folder, opened, place, unlogged=self.unlogged)

    def _picked(self, stage: Stage, mailbox: Mailbox, count: int, at: int, draw: Random) -> list[Message]:
        folder = stage.text(self.folder) or None
        if self.pick == "newest":
            return list(stage.tenant.messages_before(mailbox.guid, at, count, folder))
        held = stage.tenant.messages_before(mailbox.guid, at, None, folder)
        if self.pick == "any":
            return draw.sample(held, min(count, len(held)))
        return [held[number % len(held)] for number in range(count)] if held else []


STEP = Reading
