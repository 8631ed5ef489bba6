"""Unified audit log records, whichever export carried them.

One row of ``audit_events`` per record; mail accesses with their items, logons, settings changes, inbox rules and the messages
named by other operations are derived from the same record. Unknown operations and record types pass through whole.

Clock: ``CreationTime`` is UTC without a zone designator; it is when the record was made, usually shortly after the act.
Limits: a record without an Id gets a key from its content, so two equal ones count as one. Merged exports that carry
    different content under one Id become one event; every difference in the main columns is listed in ``conflicts``.
Sources:
    - github.com/MicrosoftDocs/office-365-management-api, office-365-management-activity-api-schema.md
    - learn.microsoft.com/purview/audit-log-investigate-accounts (MailItemsAccessed)
    - elastic/integrations packages/o365 and SEKOIA-IO/intake-formats (shapes seen in real events)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import not_
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.knowledge.facts import record_type_numbers
from mailwitness.model.evidence import Family, Fault, RawRecord, Reject, Typed
from mailwitness.model.salvage import salvage
from mailwitness.records import audit_derived as derived
from mailwitness.records.audit_columns import Places, Turned
from mailwitness.records.audit_payload import DECODER, AuditRecord, Faults, NameValue, careful, content_key
from mailwitness.records.columns import lowered, table_from_columns, text_array
from mailwitness.records.mail_client import accessed_as, client_of

MAIL_ACCESS_OPERATIONS = frozenset({"MailItemsAccessed", "AttachmentAccess", "MessageBind"})


def decode(raw: RawRecord) -> tuple[AuditRecord, Faults] | Reject:
    """A record as declared, else with care; a Reject when it is no audit record at all."""
    payload: Any = raw.payload
    found: Faults = []
    if isinstance(payload, (bytes, str)):
        try:
            payload, found = _untyped(payload)
        except RecursionError:
            detail = "JSON nested deeper than can be read"
            return Reject(raw.offset, raw.length, "too_deep", detail, **salvage(payload))
        except ValueError as error:  # msgspec's and json's errors are ValueErrors
            ends = payload.rstrip()[-1:] in (b"}", "}")
            detail = f"the record is not whole JSON: {error}"
            return Reject(raw.offset, raw.length, "not_json" if ends else "cut_off", detail, **salvage(payload))
    if not isinstance(payload, Mapping):
        return Reject(
            raw.offset, raw.length, "not_an_object", f"expected a JSON object, found {type(payload).__name__}"
        )
    record, faults = careful(payload, record_type_numbers())
    faults = found + faults
    if record.Id is None and record.Operation is None and record.CreationTime is None:
        detail = "neither Id, Operation nor CreationTime is there"
        return Reject(raw.offset, raw.length, "not_an_audit_record", detail)
    if record.Id is None:
        faults = [*faults, ("$.Id", "absent; the row's key is made from the record's content")]
    return record, faults


def _untyped(payload: bytes | str) -> tuple[Any, Faults]:
    """JSON as it stands; else as Windows-1252 when it is no UTF-8; else by the lenient parser, which takes half a surrogate pair."""
    try:
        return msgspec.json.decode(payload), []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        first = error
    faults: Faults = []
    if isinstance(payload, str):
        text = payload
    else:
        try:
            text = payload.decode("utf-8")
        except UnicodeDecodeError:
            text = payload.decode("cp1252", "replace")
            faults = [("$", "not UTF-8; read as Windows-1252")]
    try:
        value = json.loads(text, strict=False)  # control characters in texts too
    except ValueError:
        raise first from None
    clean = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    if not faults:
        faults = [("$", f"not strict JSON: {first}")]
    return json.loads(clean), faults


SLICE_RECORDS = 1024


class Batch:
    """Audit records on their way to rows.

    A record takes one of three ways to its fields, and all records the same way from there. Lines of a file in which every line
    is a record as declared are decoded together (`add_lines`). Records that come one by one are decoded as declared (`DECODER`).
    What neither takes (a value of another type, a missing Id, damaged text) is read with care (`decode`), which names its faults.
    All three give the same fields for a record as declared; the first two are only faster.
    """

    def __init__(self, evidence_id: str) -> None:
        self._evidence_id = evidence_id
        self._mail, self._other = _Mail(), _Other()
        self._rejects: list[Reject] = []
        self._faults: list[Fault] = []

    def add_lines(self, text: bytes, places: Sequence[tuple[int, int]]) -> bool:
        """Take lines that each begin with { and end with }, if each is one record as declared; False if one is not.

        JSON has no place for a line end between } and { but between two records. So where n such lines give n records, every
        line is one of them.
        """
        try:
            records = DECODER.decode_lines(text)
        except _UNDECLARED:
            return False
        operations, ids = [record.Operation for record in records], [record.Id for record in records]
        if len(records) != len(places) or None in operations or not all(ids):
            return False
        is_mail = [operation in MAIL_ACCESS_OPERATIONS for operation in operations]
        self._mail.add(list(compress(records, is_mail)), list(compress(places, is_mail)))
        is_other = list(map(not_, is_mail))
        self._other.add(list(compress(records, is_other)), list(compress(places, is_other)))
        return True

    def add(self, raws: Sequence[RawRecord]) -> None:
        """Take records one by one, a slice at a time."""
        for start in range(0, len(raws), SLICE_RECORDS):
            self._add_slice(raws[start : start + SLICE_RECORDS])

    def _add_slice(self, raws: Sequence[RawRecord]) -> None:
        mails, others = _Slice(), _Slice()
        for record, raw in zip(_decoded(raws), raws, strict=True):
            key = None
            if record is None or not record.Id or record.Operation is None:
                result = decode(raw)
                if isinstance(result, Reject):
                    self._rejects.append(result)
                    continue
                record, found = result
                key = content_key(raw) if record.Id is None else None
                row_id = key or f"audit:{str(record.Id).lower()}"
                self._faults += (Fault(row_id, raw.offset, raw.length, path, what) for path, what in found)
            chosen = mails if record.Operation in MAIL_ACCESS_OPERATIONS else others
            if key is not None:
                chosen.keys[len(chosen.records)] = key
            chosen.records.append(record)
            chosen.places.append((raw.offset, raw.length))
        self._mail.add(mails.records, mails.places, mails.keys)
        self._other.add(others.records, others.places, others.keys)

    def typed(self) -> Typed:
        """The rows of all that was taken."""
        tables = self._mail.tables(self._evidence_id) | self._other.tables(self._evidence_id)
        events = [tables[name] for name in ("mail_accesses", "audit_events") if name in tables]
        mentions = derived.identity_mentions(events, self._evidence_id) if events else None
        if mentions is not None:
            tables["identity_mentions"] = mentions
        return Typed(tables, self._rejects, self._faults)


@dataclass(slots=True)
class _Slice:
    """Records of a slice that go to one table; ``keys`` are the row_ids of those without an Id."""

    records: list[AuditRecord] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    keys: dict[int, str] = field(default_factory=dict)


def build(batch: Sequence[RawRecord], evidence_id: str) -> Typed:
    """Type a batch of records."""
    made = Batch(evidence_id)
    made.add(batch)
    return made.typed()


def _decoded(raws: Sequence[RawRecord]) -> Sequence[AuditRecord | None]:
    """The records that are as declared; None for the others, each of which costs only itself."""
    try:
        return [_DECODE(raw.payload) for raw in raws]  # type: ignore[arg-type]
    except (*_UNDECLARED, TypeError):
        pass  # one of them is not; which one shows below
    found: list[AuditRecord | None] = []
    for raw in raws:
        try:
            found.append(None if type(raw.payload) is dict else _DECODE(raw.payload))  # type: ignore[arg-type]
        except _UNDECLARED:
            found.append(None)
    return found


_DECODE = DECODER.decode
_UNDECLARED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


_NONE: Mapping[int, str] = {}


class _Other:
    """The records of a batch that are no mail accesses, and the rows they give beside their own."""

    def __init__(self) -> None:
        self.turned = Turned()
        self._rare = derived.Rare()

    def add(self, records: Sequence[AuditRecord], places: Places, keys: Mapping[int, str] = _NONE) -> None:
        if records:
            first = self.turned.count
            fields = self.turned.add(records, places, keys)
            self._rare.add(records, fields["Operation"], first)

    def tables(self, evidence_id: str) -> dict[str, pa.Table]:
        if not self.turned.count:
            return {}
        events = table_from_columns("audit_events", self.turned.columns(evidence_id), self.turned.count)
        return {"audit_events": events} | self._rare.tables(events, self.turned)


class _Mail:
    """The mail accesses of a batch, with the items that they list."""

    def __init__(self) -> None:
        self.turned = Turned()
        self._items = derived.ListedItems()
        self._types: list[str | None] = []
        self._throttled: list[bool | None] = []
        self._counts: list[int | None] = []
        self._folders: list[str | None] = []
        self._clients: list[str | None] = []
        self._capacities: list[str | None] = []

    def add(self, records: Sequence[AuditRecord], places: Places, keys: Mapping[int, str] = _NONE) -> None:
        if not records:
            return
        fields = self.turned.add(records, places, keys)
        marks = [_access_marks(properties) for properties in fields["OperationProperties"]]
        types = [kind for kind, _ in marks]
        self._throttled += [marked for _, marked in marks]
        clients = [
            client_of(a or b) for a, b in zip(fields["ClientInfoString"], fields["ActorInfoString"], strict=True)
        ]
        self._capacities += map(accessed_as, *(fields[name] for name in _CAPACITY), clients)
        self._folders += [
            derived.synced_folder(record) if kind == "Sync" else None
            for record, kind in zip(records, types, strict=True)
        ]
        self._types += types
        self._clients += clients
        self._counts += fields["OperationCount"]
        self._items.add(fields)

    def tables(self, evidence_id: str) -> dict[str, pa.Table]:
        if not self.turned.count:
            return {}
        columns = self.turned.columns(evidence_id)
        columns |= {
            "mailbox": lowered(pc.coalesce(columns["mailbox_owner_upn"], columns["mailbox_guid"])),
            "mail_access_type": text_array(self._types),
            "is_throttled": pa.array(self._throttled, pa.bool_()),
            "operation_count": pa.array(self._counts, pa.int64()),
            "items_listed": self._items.counts(),
            "folder_path": text_array(self._folders),
            "client": pa.array(self._clients, pa.string()),
            "accessed_as": pa.array(self._capacities, pa.string()),
        }
        accesses = table_from_columns("mail_accesses", columns, self.turned.count)
        return {"mail_accesses": accesses, "mail_access_items": self._items.table(accesses, evidence_id)}


def _access_marks(properties: Sequence[NameValue] | None) -> tuple[str | None, bool | None]:
    """Which access a record tells of, and whether its mailbox was throttled."""
    kind = marked = None
    for pair in properties or ():
        if pair.Name == "MailAccessType" or pair.Name == "AttachmentAccessType":
            kind = pair.Value or None
        elif pair.Name == "IsThrottled" and pair.Value is not None:
            marked = _THROTTLED.get(pair.Value.lower())
    return kind, marked


_CAPACITY = ("UserType", "LogonType", "UserId", "MailboxOwnerUPN", "LogonUserSid", "MailboxOwnerSid")
_THROTTLED = {"true": True, "false": False}


FAMILY = Family(
    "audit_record",
    "audit_events",
    frozenset({
        "mail_accesses", "mail_access_items", "signins", "setting_observations", "inbox_rules", "message_mentions",
        "identity_mentions",
    }),
    build,
    Batch,
)  # fmt: skip
