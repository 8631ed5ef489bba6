"""Microsoft-Extractor-Suite's list of accessed messages (``MessageIDs.csv``), made from MailItemsAccessed records.

One row per line of the tool; a hint, never evidence for a verdict.

Clock: ``Timestamp``, as the record's CreationTime, UTC.
Limits: a synced folder has the text ``N/A (Sync - entire folder)`` for a message id and is left without one. No real sample
    was at hand.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-MailItemsAccessed.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import utc_time
from mailwitness.sources._companion_shapes import column_kind, value_of


def sniff(head: Head) -> bool:
    """True for the tool's header of message ids."""
    return column_kind(head) == "mes_message_ids"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row = frame.value
    message = value_of(row, ("internetmessageid",))
    payload = {
        "kind": "mes_message_id",
        "time": utc_time(value_of(row, ("timestamp",)), place.options),
        "user_id": value_of(row, ("user",)),
        "session_id": value_of(row, ("sessionid",)),
        "client_ip": value_of(row, ("ipaddress", "clientip")),
        "internet_message_id": None if str(message).startswith("N/A") else message,
        "folder_path": value_of(row, ("folderpath",)),
        "detail": row,
    }
    return RawRecord("derived_hint", payload, frame.offset, frame.length)


READER = Reader("mes_message_ids_csv", frozenset({"csv"}), sniff, unwrap)
