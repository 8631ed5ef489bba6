"""A client takes whole folders (Sync). The record names the folder only; the act says what lay in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, Amount, Hours, People, Span, With
from mailwitness.simulate.world import Mailbox

DEFAULT_FOLDERS = (
    "\\Inbox",
    "\\Sent Items",
    "\\Drafts",
    "\\Deleted Items",
    "\\Archive",
    "\\Junk Email",
    "\\Outbox",
    "\\Notes",
)
"""Folders of every mailbox, taken whether or not something lies in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Syncing:
    """All folders of the mailboxes, ``with`` a credential, within a span, once on each of so many ``days``."""

    with_: With
    over: Span
    mailboxes: People | None = None
    from_: Addresses | None = None
    hours: Hours | None = None
    days: Amount = field(default_factory=lambda: Amount(1))

    def play(self, stage: Stage, at: int) -> None:
        over = stage.span(self.over)
        for day, (begin, end) in enumerate(stage.days(at, stage.amount(self.days), self.hours)):
            for mailbox in self._mailboxes(stage):
                draw = stage.chance("day", day, mailbox.guid)
                credential = stage.credential(self.with_, mailbox.owner)
                held = stage.tenant.messages_before(mailbox.guid, begin)
                folders = dict.fromkeys((*DEFAULT_FOLDERS, *(message.folder for message in held)))
                moments = stage.spread(draw, len(folders), begin, min(end, begin + over))
                for folder, moment in zip(folders, moments, strict=True):
                    where = self.from_ or credential.addresses or None
                    place = None if where is None else stage.place(where, moment, draw)
                    contents = stage.tenant.folder_contents(mailbox.guid, folder, moment)
                    stage.access(credential, moment, mailbox, "sync", folder, contents, place)

    def _mailboxes(self, stage: Stage) -> tuple[Mailbox, ...]:
        if self.mailboxes is not None:
            return stage.mailboxes(self.mailboxes)
        return tuple(stage.mailbox(one.person) for one in stage.held(self.with_) if one.person is not None)


STEP = Syncing
