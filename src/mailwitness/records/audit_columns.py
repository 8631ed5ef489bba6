"""Audit records turned on their side: from decoded records to the columns of ``audit_events`` and ``mail_accesses``.

This family is most of every case, so it is made in two steps of different size. A slice of about a thousand records is decoded and
copied into Arrow arrays while its objects still lie in the processor's cache (`Turned.add`). A whole batch of slices is
then worked on in Arrow alone, where every operation runs over all rows at once (`Turned.columns`). Values that few records have
(those of logons) are kept aside by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.knowledge.facts import record_type_names
from mailwitness.records.audit_payload import ABSENT, FIELDS, AppAccess, AuditRecord, named
from mailwitness.records.columns import constant, locators, lowered, mapped, not_empty, text_array, times
from mailwitness.records.values import parse_address, parse_int, signin_id_of_token

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
    "AADSessionId": "aad_session_id", "UniqueTokenId": "unique_token_id", "APIId": "api_id", "IssuedAtTime": "_issued_at",
    "ClientAppId": "_access_client_app_id",
}  # fmt: skip
_ADDRESSES = ("ClientIP", "ClientIPAddress", "ActorIpAddress")
_TEXTS = (*_PLAIN.values(), *_ADDRESSES)
_NUMBERS = ("RecordType", "UserType", "LogonType")
_RECORD_TYPE_NUMBERS = pa.array(record_type_names().keys(), pa.int64())
_RECORD_TYPE_NAMES = pa.array(record_type_names().values(), pa.string())
_NO_ACCESS = AppAccess()

Places = Sequence[tuple[int, int]]
"""(offset, length) of each record in its evidence item."""

Fields = Mapping[str, tuple[Any, ...]]
"""Each field of `AuditRecord` with its value in every record of a slice."""


class Turned:
    """The records of a batch that go to one table: their fields as arrays, slice by slice, and their places."""

    def __init__(self) -> None:
        self.count = 0
        self._places: list[tuple[int, int]] = []
        self._keys: dict[int, str] = {}  # row → row_id of the records without an Id
        self._arrays: dict[str, list[pa.Array]] = {}
        self._parameters: dict[int, str] = {}
        self._logons: dict[int, Logon] = {}

    def add(self, records: Sequence[AuditRecord], places: Places, keys: Mapping[int, str]) -> Fields:
        """Take the next slice, which has records; answers their fields, for what else is read while they are at hand.

        ``keys`` are the row_ids of the records without an Id, by their place in the slice.
        """
        self._places += places
        if keys:
            self._keys |= {self.count + n: key for n, key in keys.items()}
        fields = dict(zip(FIELDS, zip(*map(msgspec.structs.astuple, records), strict=True), strict=True))
        for name in _TEXTS:
            self._keep(name, text_array(fields[name]))
        for name in _NUMBERS:
            self._keep(name, pa.array(fields[name], pa.int64()))
        self._keep("ExternalAccess", pa.array(fields["ExternalAccess"], pa.bool_()))
        access = zip(*(msgspec.structs.astuple(a or _NO_ACCESS) for a in fields["AppAccessContext"]), strict=True)
        for name, values in zip(AppAccess.__struct_fields__, access, strict=True):
            self._keep(_ACCESS[name], text_array(values))
        self._rare(records, fields)
        self.count += len(records)
        return fields

    def _keep(self, name: str, values: pa.Array) -> None:
        self._arrays.setdefault(name, []).append(values)

    def _rare(self, records: Sequence[AuditRecord], fields: Fields) -> None:
        for n, parameters in enumerate(fields["Parameters"], self.count):
            if parameters is not ABSENT:
                self._parameters[n] = bytes(parameters).decode("utf-8", "replace")
        names = ("RecordType", "ErrorNumber", "DeviceProperties", "SessionId")
        for n, (kind, error, device, session) in enumerate(zip(*(fields[name] for name in names), strict=True)):
            if kind == 15 or error not in (None, "") or (device is not ABSENT and not session):
                self._logons[self.count + n] = Logon(records[n])

    def logon(self, row: int) -> Logon | None:
        """What the bags of a row's record say; None of a record that is no logon."""
        return self._logons.get(row)

    def columns(self, evidence_id: str) -> dict[str, pa.Array]:
        """The columns of ``audit_events``."""
        raw = {name: pa.concat_arrays(arrays) for name, arrays in self._arrays.items()}
        columns = {column: not_empty(raw[field]) for column, field in _PLAIN.items()}
        columns |= {column: not_empty(raw[column]) for column in _ACCESS.values()}
        written = [not_empty(raw[field]) for field in _ADDRESSES]
        read = [mapped(column, _address, pa.string()) for column in written]
        # a placeholder such as <null> in one field does not hide the address in the next
        addresses = pc.coalesce(
            *(pc.if_else(pc.is_valid(ip), text, None) for text, ip in zip(written, read, strict=True)), *written
        )
        if self._logons:
            columns |= self._logon_columns(columns["session_id"])
        columns |= {
            "time": times(columns.pop("_creation_time")),
            "issued_at": times(columns.pop("_issued_at")),
            "record_type": raw["RecordType"],
            "record_type_name": _RECORD_TYPE_NAMES.take(pc.index_in(raw["RecordType"], _RECORD_TYPE_NUMBERS)),
            "user_type": raw["UserType"],
            "client_ip": pc.coalesce(*read),
            "client_port": mapped(addresses, _port, pa.int64()),
            "client_ip_raw": addresses,
            "issuing_signin_id": mapped(columns["unique_token_id"], signin_id_of_token, pa.string()),
            "client_app_id": pc.coalesce(columns["client_app_id"], columns.pop("_access_client_app_id")),
            "logon_type": raw["LogonType"],
            "external_access": raw["ExternalAccess"],
            "row_id": self._row_ids(raw["Id"]),
            "evidence_id": constant(evidence_id, self.count),
            "locator": locators(self._places),
            "sightings": constant(1, self.count),
        }
        if self._parameters:
            columns["parameters"] = self._sparse(self._parameters, lambda text: text or None, pa.string())
        return columns

    def _row_ids(self, ids: pa.Array) -> pa.Array:
        made = pc.binary_join_element_wise("audit:", lowered(ids), "")
        return pc.coalesce(made, self._sparse(self._keys, str, pa.string())) if self._keys else made

    def _logon_columns(self, sessions: pa.Array) -> dict[str, pa.Array]:
        logons = self._logons
        text = pa.string()
        return {
            "user_agent": self._sparse(logons, lambda logon: logon.extended.get("UserAgent") or None, text),
            "error_number": self._sparse(logons, lambda logon: logon.error, pa.int64()),
            "session_id": pc.coalesce(
                sessions, self._sparse(logons, lambda logon: logon.device.get("SessionId") or None, text)
            ),
        }

    def _sparse(self, rows: Mapping[int, Any], value: Callable[[Any], Any], type_: pa.DataType) -> pa.Array:
        values: list[Any] = [None] * self.count
        for n, kept in rows.items():
            values[n] = value(kept)
        return text_array(values) if type_ == pa.string() else pa.array(values, type_)


class Logon:
    """What only logon records carry: their two bags and the error number."""

    __slots__ = ("device", "error", "extended")

    def __init__(self, record: AuditRecord) -> None:
        self.device = named(record.DeviceProperties)
        self.extended = named(record.ExtendedProperties)
        self.error = parse_int(record.ErrorNumber if record.ErrorNumber not in (None, "") else record.ErrorCode)


def _address(text: str) -> str | None:
    return parse_address(text)[0]


def _port(text: str) -> int | None:
    return parse_address(text)[1]
