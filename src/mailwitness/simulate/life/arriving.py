"""Mail that arrives: a row of message trace for each message and mailbox."""

from __future__ import annotations

from mailwitness.simulate.acts import Arrival
from mailwitness.simulate.life.drawn import guid
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.mail import SENT_ITEMS


class Arriving:
    """Deliveries to the mailboxes of the department. Others learn from `Surroundings.recipients` whom a message reached here."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def day(self, number: int) -> None:
        """Add the deliveries of that day."""
        around = self._around
        around.recipients.clear()
        for mailbox in around.mailboxes:
            draw = around.tenant.chance.stream("arriving", mailbox.number, number)
            for message in around.tenant.arrivals(mailbox.guid, number):
                if message.folder == SENT_ITEMS:
                    continue
                around.recipients.setdefault(message.internet_message_id, []).append(mailbox.upn)
                around.acts.append(
                    Arrival(
                        at=message.arrived_at,
                        key=guid(draw),
                        message=message,
                        recipient=mailbox.upn,
                        from_ip=around.sender_ip(message.sender),
                    )
                )
