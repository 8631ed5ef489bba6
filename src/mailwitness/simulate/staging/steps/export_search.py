"""What an eDiscovery search found is exported: its hits leave the mailboxes, and no mailbox audit record tells of it.

A message is a hit if its subject has the word (bodies are not simulated). Source: https://learn.microsoft.com/purview/audit-log-investigate-accounts
(content searches create no MailItemsAccessed).
"""

from __future__ import annotations

from dataclasses import dataclass

from mailwitness.simulate.acts import MailAccess
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import People, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporting:
    """The messages with this ``word`` in the mailboxes of these people, exported by the first of ``by`` within a span."""

    by: People
    mailboxes: People
    word: str
    over: Span

    def play(self, stage: Stage, at: int) -> None:
        actor = stage.people(self.by)[0]
        servers = stage.tenant.microsoft_servers
        draw = stage.chance("export")
        mailboxes = stage.mailboxes(self.mailboxes)
        for mailbox, moment in zip(
            mailboxes, stage.spread(draw, len(mailboxes), at, at + stage.span(self.over)), strict=True
        ):
            held = stage.tenant.messages_before(mailbox.guid, moment)
            hits = [message for message in held if self.word.casefold() in message.subject.casefold()]
            for folder in dict.fromkeys(message.folder for message in hits):
                stage.add(
                    MailAccess,
                    moment,
                    mailbox=mailbox.guid,
                    how="bind",
                    folder=folder,
                    messages=tuple(message for message in hits if message.folder == folder),
                    logon="admin",
                    client=stage.tenant.clients["rest_service"],
                    place=draw.choice(servers),
                    actor=actor.number,
                    unlogged=True,
                )


STEP = Exporting
