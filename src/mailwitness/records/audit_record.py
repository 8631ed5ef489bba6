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
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.knowledge.facts import record_type_names, record_type_numbers
from mailwitness.model.evidence import Family, Fault, RawRecord, Reject, Typed
from mailwitness.model.salvage import salvage
from mailwitness.records import audit_derived as derived
from mailwitness.records.audit_payload import ABSENT, DECODER, FIELDS, AppAccess, AuditRecord, Faults, bag, careful
from mailwitness.records.columns import mapped, table_from_columns, text_array, texts, times
from mailwitness.records.mail_client import accessed_as, client_of
from mailwitness.records.values import parse_address, parse_int, signin_id_of_token

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


def content_key(raw: RawRecord) -> str:
    """A key from a record's content, the same whatever the order of its keys."""
    value = raw.payload
    if isinstance(value, (bytes, str)):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return hashlib.blake2b(value if isinstance(value, bytes) else value.encode(), digest_size=16).hexdigest()
    return hashlib.blake2b(msgspec.json.encode(value, order="deterministic"), digest_size=16).hexdigest()


@dataclass(slots=True)
class _Part:
    """Records of a batch that go to one table, with their places and keys."""

    records: list[AuditRecord]
    raws: list[RawRecord]
    row_ids: list[str]

    def fields(self) -> dict[str, tuple[Any, ...]]:
        """The records turned on their side: each field with its value in every record."""
        return dict(zip(FIELDS, zip(*map(msgspec.structs.astuple, self.records), strict=True), strict=True))


def build(batch: Sequence[RawRecord], evidence_id: str) -> Typed:
    """Type a batch: whole columns at a time, since this family is most of every case."""
    mail, other = _Part([], [], []), _Part([], [], [])
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
        part = mail if record.Operation in MAIL_ACCESS_OPERATIONS else other
        part.records.append(record)
        part.raws.append(raw)
        part.row_ids.append(row_id)
    tables: dict[str, pa.Table] = {}
    mentions = derived.identity_mentions((*mail.records, *other.records), (*mail.raws, *other.raws), evidence_id)
    if mentions is not None:
        tables["identity_mentions"] = mentions
    if mail.records:
        tables |= _mail_tables(mail, evidence_id)
    if other.records:
        events = table_from_columns(
            "audit_events", _audit_columns(other, other.fields(), evidence_id), len(other.records)
        )
        tables["audit_events"] = events
        tables |= derived.logons(other.records, events)
        tables |= derived.messages_named(other.records, events)
        tables |= derived.admin_changes(other.records, events)
    return Typed(tables, rejects, faults)


_PLAIN = {
    "_creation_time": "CreationTime", "id": "Id", "operation": "Operation", "workload": "Workload", "user_id": "UserId",
    "user_key": "UserKey", "organization_id": "OrganizationId", "object_id": "ObjectId", "result_status": "ResultStatus",
    "session_id": "SessionId", "app_id": "AppId", "client_app_id": "ClientAppId", "client_info_string": "ClientInfoString",
    "client_process_name": "ClientProcessName", "client_version": "ClientVersion", "mailbox_guid": "MailboxGuid",
    "mailbox_owner_upn": "MailboxOwnerUPN", "mailbox_owner_sid": "MailboxOwnerSid", "logon_user_sid": "LogonUserSid",
    "token_object_id": "TokenObjectId", "token_tenant_id": "TokenTenantId", "device_id": "DeviceId",
    "actor_info_string": "ActorInfoString", "inter_systems_id": "InterSystemsId", "logon_error": "LogonError",
}  # fmt: skip
_ACCESS = {
    column: attrgetter(field)
    for column, field in {
        "aad_session_id": "AADSessionId", "unique_token_id": "UniqueTokenId", "api_id": "APIId",
        "_issued_at": "IssuedAtTime", "_access_client_app_id": "ClientAppId",
    }.items()
}  # fmt: skip
_ADDRESSES = ("ClientIP", "ClientIPAddress", "ActorIpAddress")
_RECORD_TYPE_NUMBERS = pa.array(record_type_names().keys(), pa.int64())
_RECORD_TYPE_NAMES = pa.array(record_type_names().values(), pa.string())
_NO_ACCESS = AppAccess()


def _address(text: str) -> str | None:
    return parse_address(text)[0]


def _port(text: str) -> int | None:
    return parse_address(text)[1]


def _audit_columns(part: _Part, fields: Mapping[str, tuple[Any, ...]], evidence_id: str) -> dict[str, pa.Array]:
    records = part.records
    n = len(records)
    columns = {column: texts(fields[field]) for column, field in _PLAIN.items()}
    access = [a or _NO_ACCESS for a in fields["AppAccessContext"]]
    columns |= {column: texts(list(map(getter, access))) for column, getter in _ACCESS.items()}
    written = [texts(fields[field]) for field in _ADDRESSES]
    read = [mapped(column, _address, pa.string()) for column in written]
    # a placeholder such as <null> in one field does not hide the address in the next
    addresses = pc.coalesce(
        *(pc.if_else(pc.is_valid(ip), text, None) for text, ip in zip(written, read, strict=True)), *written
    )
    kinds = pa.array(fields["RecordType"], pa.int64())
    logons = {
        i: _Logon(records[i])
        for i, (kind, error, device, session) in enumerate(
            zip(kinds.to_pylist(), fields["ErrorNumber"], fields["DeviceProperties"], fields["SessionId"], strict=True)
        )
        if kind == 15 or error is not None or (device is not ABSENT and session is None)
    }
    if logons:
        agents: list[str | None] = [None] * n
        errors: list[int | None] = [None] * n
        sessions: list[str | None] = columns["session_id"].to_pylist()
        for i, logon in logons.items():
            agents[i], errors[i] = logon.extended.get("UserAgent") or None, logon.error
            sessions[i] = sessions[i] or logon.device.get("SessionId") or None
        columns |= {
            "user_agent": text_array(agents),
            "error_number": pa.array(errors, pa.int64()),
            "session_id": text_array(sessions),
        }
    parameters = [None if p is ABSENT else bytes(p).decode("utf-8", "replace") or None for p in fields["Parameters"]]
    columns |= {
        "time": times(columns.pop("_creation_time")),
        "issued_at": times(columns.pop("_issued_at")),
        "record_type": kinds,
        "record_type_name": _RECORD_TYPE_NAMES.take(pc.index_in(kinds, _RECORD_TYPE_NUMBERS)),
        "user_type": pa.array(fields["UserType"], pa.int64()),
        "client_ip": pc.coalesce(*read),
        "client_port": mapped(addresses, _port, pa.int64()),
        "client_ip_raw": addresses,
        "issuing_signin_id": mapped(columns["unique_token_id"], signin_id_of_token, pa.string()),
        "client_app_id": pc.coalesce(columns["client_app_id"], columns.pop("_access_client_app_id")),
        "logon_type": pa.array(fields["LogonType"], pa.int64()),
        "external_access": pa.array(fields["ExternalAccess"], pa.bool_()),
        "parameters": text_array(parameters),
        "row_id": text_array(part.row_ids),
        "evidence_id": pa.repeat(pa.scalar(evidence_id), n),
        "locator": text_array([f"bytes={raw.offset}+{raw.length}" for raw in part.raws]),
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


def _mail_tables(part: _Part, evidence_id: str) -> dict[str, pa.Table]:
    mail, fields = part.records, part.fields()
    types: list[str | None] = []
    throttled: list[bool | None] = []
    for properties in fields["OperationProperties"]:
        kind = marked = None
        for pair in properties or ():
            if pair.Name == "MailAccessType" or pair.Name == "AttachmentAccessType":
                kind = pair.Value or None
            elif pair.Name == "IsThrottled" and pair.Value is not None:
                marked = _THROTTLED.get(pair.Value.lower())
        types.append(kind)
        throttled.append(marked)
    items = derived.items_of(mail)
    columns = _audit_columns(part, fields, evidence_id)
    clients = mapped(pc.coalesce(columns["client_info_string"], columns["actor_info_string"]), client_of, pa.string())
    columns |= {
        "mailbox": pc.utf8_lower(pc.coalesce(columns["mailbox_owner_upn"], columns["mailbox_guid"])),
        "mail_access_type": text_array(types),
        "is_throttled": pa.array(throttled, pa.bool_()),
        "operation_count": pa.array(fields["OperationCount"], pa.int64()),
        "items_listed": pa.array(items.counts, pa.int64()),
        "folder_path": text_array(
            [derived.synced_folder(r) if kind == "Sync" else None for r, kind in zip(mail, types, strict=True)]
        ),
        "client": clients,
        "accessed_as": pa.array(
            list(map(accessed_as, *(fields[name] for name in _CAPACITY), clients.to_pylist())), pa.string()
        ),
    }
    accesses = table_from_columns("mail_accesses", columns, len(mail))
    return {"mail_accesses": accesses, "mail_access_items": items.table(accesses)}


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
)  # fmt: skip
