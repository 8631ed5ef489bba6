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

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from mailwitness.knowledge.facts import record_type_names, record_type_numbers
from mailwitness.model.evidence import Family, Fault, RawRecord, Reject, Typed
from mailwitness.model.salvage import salvage
from mailwitness.records import audit_derived as derived
from mailwitness.records.audit_payload import DECODER, AuditRecord, Faults, bag, careful
from mailwitness.records.columns import arrow_schema, table_from_columns, table_from_rows, text_array, times
from mailwitness.records.mail_client import accessed_as, client_of
from mailwitness.records.values import parse_address, parse_int, signin_id_of_token

MAIL_ACCESS_OPERATIONS = frozenset({"MailItemsAccessed", "AttachmentAccess", "MessageBind"})


def decode(raw: RawRecord) -> tuple[AuditRecord, Faults] | Reject:
    """A record as declared, else with care; a Reject when it is no audit record at all."""
    payload = raw.payload
    if isinstance(payload, (bytes, str)):
        try:
            record = DECODER.decode(payload)
            if record.Id is not None and record.Operation is not None:
                return record, []
            payload = msgspec.json.decode(payload)
        except msgspec.ValidationError:
            payload = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _rescue(raw, str(error))
        except RecursionError:
            return Reject(raw.offset, raw.length, "too_deep", "JSON nested deeper than can be read", **salvage(raw.payload))  # type: ignore[arg-type]
    if not isinstance(payload, Mapping):
        return Reject(raw.offset, raw.length, "not_an_object", f"expected a JSON object, found {type(payload).__name__}")
    record, faults = careful(payload, record_type_numbers())
    if record.Id is None and record.Operation is None and record.CreationTime is None:
        detail = "neither Id, Operation nor CreationTime is there"
        return Reject(raw.offset, raw.length, "not_an_audit_record", detail, **salvage(msgspec.json.encode(payload)))
    if record.Id is None:
        record.Id = None
        faults = [*faults, ("$.Id", "absent; the row's key is made from the record's content")]
    return record, faults


def _rescue(raw: RawRecord, error: str) -> tuple[AuditRecord, Faults] | Reject:
    """A record whose text is no UTF-8 is read as Windows-1252; one that is no JSON is rejected with what it still says."""
    payload = raw.payload
    assert isinstance(payload, (bytes, str))
    if isinstance(payload, bytes):
        try:
            payload.decode("utf-8")
        except UnicodeDecodeError:
            try:
                again = msgspec.json.decode(payload.decode("cp1252", "replace"))
            except (msgspec.DecodeError, RecursionError):
                again = None
            if isinstance(again, dict):
                record, faults = careful(again, record_type_numbers())
                return record, [*faults, ("$", "not UTF-8; read as Windows-1252")]
    tail = payload.rstrip()[-1:]
    ends = tail in (b"}", "}")
    reason = "not_json" if ends else "cut_off"
    return Reject(raw.offset, raw.length, reason, f"the record is not whole JSON: {error}", **salvage(payload))


def content_key(raw: RawRecord) -> str:
    """A key from a record's content, the same whatever the order of its keys."""
    value = raw.payload
    if isinstance(value, (bytes, str)):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return hashlib.blake2b(value if isinstance(value, bytes) else value.encode(), digest_size=16).hexdigest()
    return hashlib.blake2b(msgspec.json.encode(value, order="deterministic"), digest_size=16).hexdigest()


def build(batch: Sequence[RawRecord], evidence_id: str) -> Typed:
    """Type a batch: whole columns at a time, since this family is most of every case."""
    records: list[AuditRecord] = []
    raws: list[RawRecord] = []
    row_ids: list[str] = []
    rejects: list[Reject] = []
    faults: list[Fault] = []
    decode_fast = DECODER.decode
    for raw in batch:
        record: AuditRecord | None = None
        if type(raw.payload) is not dict:
            try:
                record = decode_fast(raw.payload)  # type: ignore[arg-type]
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                record = None
        if record is None or record.Id is None or record.Operation is None:
            result = decode(raw)
            if isinstance(result, Reject):
                rejects.append(result)
                continue
            record, found = result
            row_id = f"audit:{record.Id.lower()}" if record.Id is not None else f"audit:content:{content_key(raw)}"
            faults.extend(Fault(row_id, raw.offset, raw.length, path, what) for path, what in found)
        else:
            row_id = f"audit:{record.Id.lower()}"
        records.append(record)
        raws.append(raw)
        row_ids.append(row_id)
    if not records:
        return Typed({}, rejects, faults)
    columns = _audit_columns(records, raws, row_ids, evidence_id)
    tables = {"audit_events": table_from_columns("audit_events", columns, len(records))}
    tables |= _mail_tables(records, tables["audit_events"])
    tables |= _derived_tables(records, tables["audit_events"])
    return Typed(tables, rejects, faults)


_PLAIN = {
    "id": "Id", "operation": "Operation", "workload": "Workload", "user_id": "UserId", "user_key": "UserKey",
    "organization_id": "OrganizationId", "object_id": "ObjectId", "result_status": "ResultStatus", "app_id": "AppId",
    "client_info_string": "ClientInfoString", "client_process_name": "ClientProcessName", "client_version": "ClientVersion",
    "mailbox_guid": "MailboxGuid", "mailbox_owner_upn": "MailboxOwnerUPN", "mailbox_owner_sid": "MailboxOwnerSid",
    "logon_user_sid": "LogonUserSid", "token_object_id": "TokenObjectId", "token_tenant_id": "TokenTenantId",
    "device_id": "DeviceId", "actor_info_string": "ActorInfoString", "inter_systems_id": "InterSystemsId",
    "logon_error": "LogonError",
}  # fmt: skip


def _column(records: Sequence[AuditRecord], field: str) -> pa.Array:
    """One text field of all records; empty text is null, as the vendor writes what it does not know."""
    values = [getattr(r, field) or None for r in records]
    return pa.nulls(len(values), pa.string()) if values.count(None) == len(values) else text_array(values)


def _audit_columns(
    records: Sequence[AuditRecord], raws: Sequence[RawRecord], row_ids: Sequence[str], evidence_id: str
) -> dict[str, pa.Array]:
    n = len(records)
    columns = {column: _column(records, field) for column, field in _PLAIN.items()}
    names = record_type_names()
    kinds = [r.RecordType for r in records]
    addresses = [r.ClientIP or r.ClientIPAddress or r.ActorIpAddress or None for r in records]
    parsed = [parse_address(a) for a in addresses]
    access = [r.AppAccessContext for r in records]
    tokens = [a.UniqueTokenId or None if a is not None else None for a in access]
    logons = [_Logon(r) if r.RecordType == 15 or r.ErrorNumber is not None else None for r in records]
    columns |= {
        "time": times([r.CreationTime or None for r in records]),
        "record_type": pa.array(kinds, pa.int64()),
        "record_type_name": pa.array([None if k is None else names.get(k) for k in kinds], pa.string()),
        "user_type": pa.array([r.UserType for r in records], pa.int64()),
        "client_ip": pa.array([p[0] for p in parsed], pa.string()),
        "client_port": pa.array([p[1] for p in parsed], pa.int64()),
        "client_ip_raw": text_array(addresses),
        "session_id": text_array(
            [r.SessionId or (log.device.get("SessionId") if log is not None else None) or None for r, log in zip(records, logons, strict=True)]
        ),
        "aad_session_id": text_array([a.AADSessionId or None if a is not None else None for a in access]),
        "unique_token_id": text_array(tokens),
        "issuing_signin_id": pa.array([signin_id_of_token(t) for t in tokens], pa.string()),
        "issued_at": times([a.IssuedAtTime or None if a is not None else None for a in access]),
        "client_app_id": text_array(
            [r.ClientAppId or (a.ClientAppId if a is not None else None) or None for r, a in zip(records, access, strict=True)]
        ),
        "api_id": text_array([a.APIId or None if a is not None else None for a in access]),
        "logon_type": pa.array([r.LogonType for r in records], pa.int64()),
        "external_access": pa.array([r.ExternalAccess for r in records], pa.bool_()),
        "user_agent": text_array([None if log is None else log.extended.get("UserAgent") for log in logons]),
        "error_number": pa.array([None if log is None else log.error for log in logons], pa.int64()),
        "parameters": text_array([bytes(r.Parameters).decode("utf-8", "replace") or None for r in records]),
        "row_id": text_array(row_ids),
        "evidence_id": pa.repeat(pa.scalar(evidence_id), n),
        "locator": text_array([f"bytes={raw.offset}+{raw.length}" for raw in raws]),
        "sightings": pa.repeat(pa.scalar(1, pa.int64()), n),
    }
    return columns


class _Logon:
    """What only logon records carry: their two bags and the error number."""

    __slots__ = ("device", "error", "extended")

    def __init__(self, record: AuditRecord) -> None:
        self.device = dict(bag(record.DeviceProperties))
        self.extended = dict(bag(record.ExtendedProperties))
        self.error = parse_int(record.ErrorNumber if record.ErrorNumber not in (None, "") else record.ErrorCode)


def _mail_tables(records: Sequence[AuditRecord], events: pa.Table) -> dict[str, pa.Table]:
    chosen = [n for n, r in enumerate(records) if r.Operation in MAIL_ACCESS_OPERATIONS]
    if not chosen:
        return {}
    part = events if len(chosen) == len(records) else events.take(pa.array(chosen, pa.int64()))
    mail = [records[n] for n in chosen]
    types: list[str | None] = []
    throttled: list[bool | None] = []
    for r in mail:
        kind = marked = None
        for pair in r.OperationProperties or ():
            if pair.Name == "MailAccessType" or pair.Name == "AttachmentAccessType":
                kind = pair.Value or None
            elif pair.Name == "IsThrottled" and pair.Value is not None:
                marked = _THROTTLED.get(pair.Value.lower())
        types.append(kind)
        throttled.append(marked)
    clients = [client_of(r.ClientInfoString or r.ActorInfoString) for r in mail]
    mailboxes = [(r.MailboxOwnerUPN or r.MailboxGuid or "").lower() or None for r in mail]
    items = derived.items_of(mail)
    columns = {name: part.column(name) for name in part.column_names}
    columns |= {
        "mailbox": text_array(mailboxes),
        "mail_access_type": text_array(types),
        "is_throttled": pa.array(throttled, pa.bool_()),
        "operation_count": pa.array([r.OperationCount for r in mail], pa.int64()),
        "items_listed": pa.array(items.counts, pa.int64()),
        "folder_path": text_array([derived.synced_folder(r, kind) for r, kind in zip(mail, types, strict=True)]),
        "client": pa.array(clients, pa.string()),
        "accessed_as": pa.array(
            [
                accessed_as(r.UserType, r.LogonType, r.UserId, r.MailboxOwnerUPN, r.LogonUserSid, r.MailboxOwnerSid, c)
                for r, c in zip(mail, clients, strict=True)
            ],
            pa.string(),
        ),
    }
    accesses = table_from_columns("mail_accesses", columns, len(mail))
    return {"mail_accesses": accesses, "mail_access_items": items.table(accesses)}


_THROTTLED = {"true": True, "false": False}


def _derived_tables(records: Sequence[AuditRecord], events: pa.Table) -> dict[str, pa.Table]:
    rows: dict[str, list[dict[str, Any]]] = {}
    wanted: list[tuple[int, Callable[[AuditRecord, Mapping[str, Any]], derived.Rows]]] = []
    for n, record in enumerate(records):
        function = derived.function_for(record)
        if function is not None:
            wanted.append((n, function))
    if wanted:
        picked = events.take(pa.array([n for n, _ in wanted], pa.int64())).to_pylist()
        for (n, function), event in zip(wanted, picked, strict=True):
            for name, made in function(records[n], event).items():
                common = {"evidence_id": event["evidence_id"], "locator": event["locator"], "sightings": 1}
                rows.setdefault(name, []).extend({**row, **common} for row in made)
    tables = {name: table_from_rows(name, made) for name, made in rows.items() if made}
    mentions = derived.identity_mentions(records, events)
    if mentions is not None:
        tables["identity_mentions"] = mentions
    return tables


FAMILY = Family(
    "audit_record",
    "audit_events",
    frozenset({
        "mail_accesses", "mail_access_items", "signins", "setting_observations", "inbox_rules", "message_mentions",
        "identity_mentions",
    }),
    build,
)  # fmt: skip

assert set(_PLAIN) < set(arrow_schema("audit_events").names)
