"""Mail that comes in is copied to an address outside, by forwarding or by a transport rule: nobody opens a mailbox, and only message trace tells.

Each copy is a delivery of its own (`Arrival`), seconds after the message itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailwitness.simulate.acts import Arrival
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import People, Span, Words
from mailwitness.simulate.world import MS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyingOut:
    """For so long, what comes to these people is copied ``to`` an address. ``sender_has``: only mail whose sender's address has this text."""

    mailboxes: People
    to: Words
    lasts: Span
    sender_has: str = ""
    subject_has: str = ""

    def play(self, stage: Stage, at: int) -> None:
        tenant = stage.tenant
        end = min(at + stage.span(self.lasts), stage.ends_at)
        draw = stage.chance("copies")
        recipient = stage.text(self.to)
        for mailbox in stage.mailboxes(self.mailboxes):
            for day in range(tenant.day_of(at), tenant.day_of(end - 1) + 1):
                for message in tenant.arrivals(mailbox.guid, day):
                    moment = message.arrived_at + int(draw.uniform(1 * MS_PER_SECOND, 6 * MS_PER_SECOND))
                    wanted = (
                        self.sender_has in message.sender and self.subject_has.casefold() in message.subject.casefold()
                    )
                    if message.folder == "\\Sent Items" or not at <= message.arrived_at or moment >= end or not wanted:
                        continue
                    server = tenant.microsoft_servers[day % len(tenant.microsoft_servers)]
                    stage.add(Arrival, moment, message=message, recipient=recipient, from_ip=server.ip)


STEP = CopyingOut
