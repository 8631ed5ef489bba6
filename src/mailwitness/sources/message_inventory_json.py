"""Messages as Graph lists them, or any objects with Internet message id and subject: an inventory of a mailbox.

One record per message.

Clock: ``receivedDateTime``, UTC.
Limits: Graph's message does not say whose mailbox it lies in. No real sample was at hand.
Sources:
    - https://learn.microsoft.com/graph/api/resources/message
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import record_kind
from mailwitness.sources.message_inventory_csv import inventory_record


def sniff(head: Head) -> bool:
    """True for objects with Internet message id and subject that are no log and no trace."""
    return record_kind(head) == "message_inventory"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return inventory_record(frame.value, frame, place)


READER = Reader("message_inventory_json", frozenset({"json", "json_lines"}), sniff, unwrap)
