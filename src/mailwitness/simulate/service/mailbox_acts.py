"""Records of the other audited acts on a mailbox: Send, Create, Update, Move, deletions, MailboxLogin, inbox rules of Outlook, searches.

One item makes a record of RecordType 2 with ``Item``; what is done to a group of items makes one record of RecordType 3 with
``AffectedItems``; a search is RecordType 101. Several messages of an act of the first kind make a record each.

Details of an act become fields of its record; ``OperationProperties.<name>`` becomes a member of OperationProperties, a value that begins with
``[`` or ``{`` is read as JSON.

Assumptions: recipients stand in ``Item.Recipients`` since 2026 (public record of 2026-05-28) and nowhere before; attachments have invented
names; what is sent lies in Drafts while it is sent.
Clock: ``CreationTime``, UTC without a zone.
Sources:
    - https://github.com/MicrosoftDocs/office-365-management-api (ExchangeItem, ExchangeItemGroup)
    - https://github.com/SEKOIA-IO/intake-formats (Office 365/o365/tests/exchange_item_*.json: records of 2025 and 2026)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mailwitness.simulate.acts import MailboxAct
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.eras import Era
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.mailbox_fields import MailboxFields
from mailwitness.simulate.service.mailbox_rules import MailboxRules
from mailwitness.simulate.service.moments import unzoned
from mailwitness.simulate.world import Message

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

GROUP_OPERATIONS = frozenset({"Copy", "HardDelete", "Move", "MoveToDeletedItems", "RecordDelete", "SoftDelete"})
SENDING = frozenset({"Send", "SendAs", "SendOnBehalf"})
_DESTINATIONS = {"MoveToDeletedItems": "\\Deleted Items"}
_ACTIONS = {"SearchQueryInitiatedExchange": "SearchQueryInitiated"}
_ROOT = "\\"


class MailboxActLog:
    """Makes the records of mailbox acts that are no mail accesses."""

    def __init__(
        self, tenant: Tenant, rules: MailboxRules, fields: MailboxFields, delivery: Delivery, fates: dict[str, Reason]
    ) -> None:
        self._tenant, self._chance = tenant, tenant.chance
        self._rules, self._fields, self._delivery, self._fates = rules, fields, delivery, fates

    def take(self, act: MailboxAct, era: Era) -> None:
        """One act: its records, or the reason why there is none."""
        mailbox = self._tenant.mailbox(act.mailbox)
        action = _ACTIONS.get(act.operation, act.operation)
        reason = self._rules.refusal(mailbox, action, act.logon, act.actor, act.at)
        if reason is not None:
            self._fates[act.key] = reason
            return
        if act.operation in GROUP_OPERATIONS:
            self._record(act, era, 3, self._group(act, era), 0)
        elif act.operation == "SearchQueryInitiatedExchange":
            self._record(act, era, 101, {}, 0)
        else:
            for number, message in enumerate(act.messages or (None,)):
                self._record(act, era, 2, self._single(act, message, era), number)

    def _record(self, act: MailboxAct, era: Era, type_: int, payload: dict[str, Any], number: int) -> None:
        name = act.key if number == 0 else f"{act.key}/{number}"
        id_ = self._chance.guid("record", name)
        record = self._fields.record(act, self._tenant.mailbox(act.mailbox), type_, act.operation, id_, era)
        record |= payload
        for field, value in act.details:
            if field.startswith("OperationProperties."):
                record["OperationProperties"] = [
                    *(record["OperationProperties"] or ()),
                    {"Name": field.partition(".")[2], "Value": value},
                ]
            else:
                record[field] = read(value)
        self._delivery.unified(act.at, id_, record, (act.key,), Fortune(self._chance, "unified", name))

    def _single(self, act: MailboxAct, message: Message | None, era: Era) -> dict[str, Any]:
        folder = act.folder or ("\\Drafts" if act.operation in SENDING else _ROOT)
        if message is None:
            if act.operation == "MailboxLogin":
                return {}
            folder_id = self._fields.folder_id(act.mailbox, folder)
            name = folder.rpartition("\\")[2] or "Top of Information Store"
            return {"Item": {"Id": folder_id, "ParentFolder": {"Id": folder_id, "Name": name, "Path": folder}}}
        item = self._item(message, folder, era)
        if act.operation in SENDING:
            if era.item_time and act.recipients:
                item["Recipients"] = [{"Address": one, "Name": one.partition("@")[0]} for one in act.recipients]
                item["RecipientsCount"] = len(act.recipients)
            return {"Item": item, "SaveToSentItems": True} if era.linkable_ids else {"Item": item}
        if era.item_time:
            item["CreationTime"] = unzoned(act.at)
        return {"Item": item}

    def _group(self, act: MailboxAct, era: Era) -> dict[str, Any]:
        folder = act.folder or (act.messages[0].folder if act.messages else _ROOT)
        payload: dict[str, Any] = {
            "AffectedItems": [self._item(message, folder, era) for message in act.messages],
            "CrossMailboxOperation": False,
        }
        target = act.target_folder or _DESTINATIONS.get(act.operation)
        if target is not None:
            payload["DestFolder"] = {"Id": self._fields.folder_id(act.mailbox, target), "Path": target}
        payload["Folder"] = {"Id": self._fields.folder_id(act.mailbox, folder), "Path": folder}
        return payload

    def _item(self, message: Message, folder: str, era: Era) -> dict[str, Any]:
        item: dict[str, Any] = {}
        if message.attachments:
            each = max(1, message.size_bytes // (message.attachments + 1))
            item["Attachments"] = "; ".join(f"document{n}.pdf ({each}b)" for n in range(1, message.attachments + 1))
        item["Id"] = message.item_id
        if era.immutable_id:
            item["ImmutableId"] = message.immutable_id
        item["InternetMessageId"] = message.internet_message_id
        item["ParentFolder"] = {"Id": self._fields.folder_id(message.mailbox, folder), "Path": folder}
        if era.item_size:
            item["SizeInBytes"] = message.size_bytes
        item["Subject"] = message.subject
        return item


def read(value: str) -> Any:
    """A detail's value as its record holds it: JSON where it is an object or a list, a flag where it says so, text else."""
    if value[:1] in ("[", "{"):
        return msgspec.json.decode(value)
    return {"True": True, "False": False}.get(value, value)
