"""The unified-audit record's own shape: the fields that become columns, decoded as declared, or with care where they are not.

Exports change types on the way: numbers and booleans as text, name-value lists folded to objects or flattened to text, keys
in another case. A record that does not have the declared types is decoded again untyped and each field read for itself;
every field that still cannot be read is named as a fault, and the record stays.

Sources:
    - github.com/MicrosoftDocs/office-365-management-api, office-365-management-activity-api-schema.md
    - elastic/integrations packages/o365 (type changes), philhagen/sof-elk configfiles/6701-microsoft365.conf (name-value bags)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from mailwitness.model.evidence import RawRecord
from mailwitness.records.values import folded, parse_bool, parse_int, parse_text

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What a column holds; a larger number makes the record one that is read with care."""

Size = Annotated[float, msgspec.Meta(ge=0, lt=2**53, multiple_of=1)]
"""A number of bytes, which some exports write with decimals (``1156492.00``); any other size is read with care."""

ABSENT = msgspec.Raw()
"""A raw field that the record does not have."""


class NameValue(msgspec.Struct, gc=False):
    Name: str | None = None
    Value: str | None = None


class ParentFolder(msgspec.Struct, gc=False):
    Id: str | None = None
    Path: str | None = None
    Name: str | None = None


class Item(msgspec.Struct, gc=False):
    Id: str | None = None
    ImmutableId: str | None = None
    InternetMessageId: str | None = None
    Subject: str | None = None
    SizeInBytes: Size | None = None
    ParentFolder: ParentFolder | None = None


class Folder(msgspec.Struct, gc=False):
    Id: str | None = None
    Path: str | None = None
    FolderItems: list[Item] | None = None
    MessageItems: list[Item] | None = None


class AppAccess(msgspec.Struct, gc=False):
    AADSessionId: str | None = None
    UniqueTokenId: str | None = None
    IssuedAtTime: str | None = None
    APIId: str | None = None
    ClientAppId: str | None = None


class AuditRecord(msgspec.Struct, gc=False):
    """One record. Name-value bags and nested objects that few records need stay as raw JSON until asked for."""

    CreationTime: str | None = None
    Id: str | None = None
    Operation: str | None = None
    RecordType: Int64 | None = None
    OrganizationId: str | None = None
    UserType: Int64 | None = None
    UserKey: str | None = None
    Workload: str | None = None
    UserId: str | None = None
    ResultStatus: str | None = None
    ObjectId: str | None = None
    ClientIP: str | None = None
    ClientIPAddress: str | None = None
    ActorIpAddress: str | None = None
    SessionId: str | None = None
    AppId: str | None = None
    ClientAppId: str | None = None
    ApplicationId: str | None = None
    ClientInfoString: str | None = None
    ClientProcessName: str | None = None
    ClientVersion: str | None = None
    ActorInfoString: str | None = None
    LogonType: Int64 | None = None
    ExternalAccess: bool | None = None
    MailboxGuid: str | None = None
    MailboxOwnerUPN: str | None = None
    MailboxOwnerSid: str | None = None
    LogonUserSid: str | None = None
    TokenObjectId: str | None = None
    TokenTenantId: str | None = None
    DeviceId: str | None = None
    InterSystemsId: str | None = None
    ErrorNumber: str | int | None = None
    ErrorCode: str | int | None = None
    LogonError: str | None = None
    OperationCount: Int64 | None = None
    OperationProperties: list[NameValue] | None = None
    AppAccessContext: AppAccess | None = None
    Folders: list[Folder] | None = None
    Messages: list[Folder] | None = None
    Item: Item | None = None
    Parameters: msgspec.Raw = ABSENT
    ExtendedProperties: msgspec.Raw = ABSENT
    DeviceProperties: msgspec.Raw = ABSENT
    AffectedItems: msgspec.Raw = ABSENT


DECODER = msgspec.json.Decoder(AuditRecord)

FIELDS = AuditRecord.__struct_fields__
_BY_LOWER = {name.lower(): name for name in FIELDS}
_BY_LOWER |= {"identity": "Id", "recordid": "Id", "logon_type": "LogonType", "client_ipaddress": "ClientIPAddress"}
_INTS = frozenset({"RecordType", "UserType", "LogonType", "OperationCount"})
_RAWS = frozenset({"Parameters", "ExtendedProperties", "DeviceProperties", "AffectedItems"})
_LOGON_TYPES = {
    "owner": 0,
    "admin": 1,
    "delegated": 2,
    "delegate": 2,
    "transport": 3,
    "systemservice": 4,
    "bestaccess": 5,
    "delegatedadmin": 6,
}
_USER_TYPES = {
    "regular": 0, "reserved": 1, "admin": 2, "dcadmin": 3, "system": 4, "application": 5, "serviceprincipal": 6,
    "custompolicy": 7, "systempolicy": 8, "partnertechnician": 9, "guest": 10,
}  # fmt: skip


Faults = list[tuple[str, str]]
"""(path, what was found) of values that had not the expected type."""


def careful(payload: Mapping[str, Any], record_types: Mapping[str, int]) -> tuple[AuditRecord, Faults]:
    """An untyped record read field by field; what cannot be read is left null and named."""
    record = AuditRecord()
    faults: Faults = []
    for key, value in payload.items():
        name = _BY_LOWER.get(str(key).lower())
        if name is None or value is None or value == "":
            continue
        if name in _RAWS:
            setattr(record, name, msgspec.Raw(msgspec.json.encode(_json_inside(value))))
            continue
        found = _read(name, value, record_types, faults)
        if found is not None and (getattr(record, name) is None or key == name):
            setattr(record, name, found)
    return record, faults


def _read(name: str, value: Any, record_types: Mapping[str, int], faults: Faults) -> Any:
    found: Any
    if name in _INTS:
        found = parse_int(value)
        if found is None and isinstance(value, str):
            text = value.strip().replace(" ", "").lower()
            names = {"RecordType": record_types, "LogonType": _LOGON_TYPES, "UserType": _USER_TYPES}.get(name, {})
            found = names.get(text)
    elif name == "ExternalAccess":
        found = parse_bool(value)
    elif name == "OperationProperties":
        found = [NameValue(k, v) for k, v in name_values(value)]
    elif name == "AppAccessContext":
        inner = _object(value)
        found = (
            None
            if inner is None
            else AppAccess(*(parse_text(folded(inner).get(f.lower())) for f in AppAccess.__struct_fields__))
        )
    elif name in ("Folders", "Messages"):
        found = _folders(value, name, faults)
    elif name == "Item":
        inner = _object(value)
        found = None if inner is None else _item(inner, name, faults)
    else:
        found = parse_text(value)
    if found is None:
        faults.append((f"$.{name}", _shown(value)))
    return found


def _json_inside(value: Any) -> Any:
    """A value that some exports turn into JSON text, as what it was."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def _object(value: Any) -> Mapping[str, Any] | None:
    inner = _json_inside(value)
    return inner if isinstance(inner, Mapping) else None


def _folders(value: Any, path: str, faults: Faults) -> list[Folder] | None:
    inner = _json_inside(value)
    if isinstance(inner, Mapping):
        inner = [inner]
    if not isinstance(inner, list):
        return None
    names = ("messageitems", "folderitems") if path == "Messages" else ("folderitems", "messageitems")
    found = []
    for n, one in enumerate(inner):
        if not isinstance(one, Mapping):
            faults.append((f"$.{path}[{n}]", _shown(one)))
            continue
        low = folded(one)
        items = next((listed for name in names if (listed := _json_inside(low.get(name)))), None)
        if isinstance(items, Mapping):
            items = [items]
        made = []
        if items is not None and not isinstance(items, list):
            faults.append((f"$.{path}[{n}]", _shown(items)))
        for m, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, Mapping):
                made.append(_item(item, f"{path}[{n}].items[{m}]", faults))
            else:
                faults.append((f"$.{path}[{n}].items[{m}]", _shown(item)))
        found.append(Folder(parse_text(low.get("id")), parse_text(low.get("path")), made))
    return found


def _item(item: Mapping[str, Any], path: str, faults: Faults) -> Item:
    low = folded(item)
    size = low.get("sizeinbytes")
    bytes_ = parse_int(size)
    if size not in (None, "") and bytes_ is None:
        faults.append((f"$.{path}.SizeInBytes", _shown(size)))
    parent = _object(low.get("parentfolder"))
    return Item(
        parse_text(low.get("id")),
        parse_text(low.get("immutableid")),
        parse_text(low.get("internetmessageid")),
        parse_text(low.get("subject")),
        None if bytes_ is None else float(bytes_),
        None if parent is None else ParentFolder(*(parse_text(folded(parent).get(k)) for k in ("id", "path", "name"))),
    )


def name_values(value: Any) -> list[tuple[str, str | None]]:
    """Name-value pairs from any form a bag comes in: a list of {Name, Value}, an object, or the text of either.

    Names without a value, and texts that are neither, give nothing: what they say stays in the raw record.
    """
    inner = _json_inside(value)
    if isinstance(inner, Mapping):
        low = folded(inner)
        if "name" in low and "value" in low and len(low) <= 3:
            inner = [inner]
        else:
            return [(str(k), _scalar(v)) for k, v in inner.items()]
    if not isinstance(inner, list):
        return []
    pairs: list[tuple[str, str | None]] = []
    for one in inner:
        if isinstance(one, Mapping):
            low = folded(one)
            if "name" in low:
                pairs.append((str(low["name"]), _scalar(low.get("value"))))
    return pairs


def _scalar(value: Any) -> str | None:
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    return parse_text(value)


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:120]!r}"


_PAIRS = msgspec.json.Decoder(list[NameValue])


def bag(raw: msgspec.Raw) -> list[tuple[str, str | None]]:
    """The pairs of a name-value bag kept raw."""
    return _pairs(bytes(raw))


def named(raw: msgspec.Raw) -> Mapping[str, str | None]:
    """The values of a name-value bag kept raw, by name; many records have the same one."""
    data = bytes(raw)
    return _named(data) if len(data) < 1024 else dict(_pairs(data))


def _pairs(data: bytes) -> list[tuple[str, str | None]]:
    if not data or data == b"null":
        return []
    try:
        return [(pair.Name, pair.Value) for pair in _PAIRS.decode(data) if pair.Name is not None]
    except msgspec.ValidationError:
        pass  # another form, read below
    except (msgspec.DecodeError, RecursionError):
        return []
    try:
        return name_values(msgspec.json.decode(data))
    except (msgspec.DecodeError, RecursionError):
        return []


@lru_cache(maxsize=1024)
def _named(data: bytes) -> Mapping[str, str | None]:
    return dict(_pairs(data))


def content_key(raw: RawRecord) -> str:
    """The row_id of a record without an Id: of its content, the same whatever the order of its keys."""
    value = raw.payload
    if isinstance(value, (bytes, str)):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            digest = hashlib.blake2b(value if isinstance(value, bytes) else value.encode(), digest_size=16).hexdigest()
            return f"audit:content:{digest}"
    return (
        "audit:content:"
        + hashlib.blake2b(msgspec.json.encode(value, order="deterministic"), digest_size=16).hexdigest()
    )
