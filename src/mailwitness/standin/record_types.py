"""Names of audit record types, and what else the unified log's records are asked by.

Sources:
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema   (AuditLogRecordType, UserType)
    - https://learn.microsoft.com/graph/api/resources/security-auditlogrecord
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from mailwitness.knowledge.facts import record_type_names
from mailwitness.standin.holdings import Record

USER_TYPES = (
    "regular reserved admin dcAdmin system application servicePrincipal customPolicy systemPolicy partnerTechnician guest"
).split()


class Shown(msgspec.Struct):
    """The fields of an audit record that searches and their results repeat. Of any type, for F23 makes null of some."""

    CreationTime: Any = None
    RecordType: Any = None
    Operation: Any = None
    OrganizationId: Any = None
    UserType: Any = None
    UserId: Any = None
    Workload: Any = None
    ObjectId: Any = None
    ClientIP: Any = None
    ClientIPAddress: Any = None

    def type_name(self) -> str:
        """``ExchangeItemAggregated``; the number where it has no published name."""
        return record_type_names().get(self.RecordType, str(self.RecordType))

    def address(self) -> Any:
        return self.ClientIP if self.ClientIP else self.ClientIPAddress


shown = msgspec.json.Decoder(Shown).decode


def lowered(values: Sequence[Any]) -> frozenset[str]:
    return frozenset(str(value).lower() for value in values)


_FIELDS: Mapping[str, Callable[[Shown], Any]] = {
    "record_type": lambda one: one.type_name(),
    "operation": lambda one: one.Operation,
    "user": lambda one: one.UserId,
    "address": lambda one: one.address(),
    "object": lambda one: one.ObjectId,
    "service": lambda one: one.Workload,
}


def chosen(records: list[Record], wanted: Mapping[str, Sequence[Any]], text: Any = None) -> list[Record]:
    """The records that have, of each field named, one of the values; case does not count. ``text``: what must stand somewhere in them."""
    tests = [(_FIELDS[name], lowered(values)) for name, values in wanted.items() if values]
    if not tests and not text:
        return records
    needle = None if not text else str(text).lower().encode()
    found: list[Record] = []
    for record in records:
        if tests:
            fields = shown(record.body)
            if not all(str(field(fields)).lower() in values for field, values in tests):
                continue
        if needle is None or needle in record.body.lower():
            found.append(record)
    return found
