"""Any table that lists messages with their Internet message id and subject: an inventory of a mailbox.

One row per message. Column names are matched without case, blanks, dashes and underscores.

Clock: the received or sent time in the table, UTC unless it says otherwise.
Limits: which mailbox it was is only known where a column says so. No real sample was at hand.
Sources:
    - https://learn.microsoft.com/graph/api/resources/message   (names)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import utc_time
from mailwitness.sources._companion_shapes import column_kind, value_of

_NAMES: Mapping[str, tuple[str, ...]] = {
    "internet_message_id": ("internetmessageid",),
    "subject": ("subject",),
    "mailbox": ("mailbox", "mailboxupn", "mailboxowner", "userprincipalname", "user", "account", "owner", "recipient"),
    "sender": ("senderaddress", "sender", "fromaddress", "from"),
    "folder_path": ("folderpath", "folder", "parentfolder", "parentfoldername"),
}
_TIME = (
    "receiveddatetime",
    "received",
    "datereceived",
    "sentdatetime",
    "sent",
    "createddatetime",
    "timestamp",
    "date",
    "time",
)


def sniff(head: Head) -> bool:
    """True for a header with Internet message id and subject that is no log and no trace."""
    return column_kind(head) == "message_inventory"


def inventory_record(row: Mapping[str, Any], frame: Frame, place: Place) -> RawRecord:
    """The raw record of one listed message; Graph's nested sender gives its address."""
    payload: dict[str, Any] = {column: value_of(row, names) for column, names in _NAMES.items()}
    sender = payload["sender"]
    inner = sender.get("emailAddress") if isinstance(sender, Mapping) else None
    if isinstance(sender, Mapping):
        payload["sender"] = inner.get("address") if isinstance(inner, Mapping) else None
    payload["time"] = utc_time(value_of(row, _TIME), place.options)
    return RawRecord("message_mention", payload, frame.offset, frame.length)


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return inventory_record(frame.value, frame, place)


READER = Reader("message_inventory_csv", frozenset({"csv"}), sniff, unwrap)
