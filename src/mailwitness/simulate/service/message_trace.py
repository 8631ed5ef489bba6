"""Rows of message trace: what was delivered to a mailbox, and what left for another organisation, in the words of Get-MessageTraceV2.

Assumptions: a message that a person sends to addresses outside has one row per address, from Exchange's own network; every delivery succeeds.
Clock: ``Received``, UTC.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import Arrival, MailboxAct
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.moments import fraction
from mailwitness.simulate.world import Message

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant


class TraceLog:
    """Makes rows of message trace."""

    def __init__(self, tenant: Tenant, delivery: Delivery, fates: dict[str, Reason]) -> None:
        self._tenant, self._delivery, self._fates = tenant, delivery, fates
        self._inside = "@" + tenant.domain

    def arrived(self, act: Arrival) -> None:
        """One delivery: its row, or the reason why there is none."""
        if self._delivery.lost("message_trace", act.at):
            self._fates[act.key] = "outage"
            return
        self._row(act.key, act.key, act.at, act.message, act.recipient, act.from_ip)

    def left(self, act: MailboxAct) -> bool:
        """What a person sent to addresses of other organisations; True if it has a row."""
        if not act.messages or self._delivery.lost("message_trace", act.at):
            return False
        outside = [recipient for recipient in act.recipients if not recipient.endswith(self._inside)]
        for number, recipient in enumerate(outside):
            server = self._tenant.microsoft_servers[number % len(self._tenant.microsoft_servers)]
            self._row(f"{act.key}/trace/{number}", act.key, act.at, act.messages[0], recipient, server.ip)
        return bool(outside)

    def _row(self, name: str, key: str, at: int, message: Message, recipient: str, from_ip: str) -> None:
        chance = self._tenant.chance
        id_ = chance.guid("trace", name)
        row: dict[str, Any] = {
            "Organization": self._tenant.domain,
            "MessageId": message.internet_message_id,
            "MessageTraceId": id_,
            "Received": fraction(at),
            "SenderAddress": message.sender,
            "RecipientAddress": recipient,
            "Subject": message.subject,
            "Status": "Delivered",
            "FromIP": from_ip,
            "ToIP": None,
            "Size": message.size_bytes,
        }
        self._delivery.other("message_trace", at, id_, row, (key,), Fortune(chance, "trace", name).arrival)
