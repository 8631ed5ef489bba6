"""Rows that an audit record gives beside its own: listed items, logons, settings changes, rules, messages it names.

A Sync record names a folder, a Bind record lists messages in folders, an AttachmentAccess record lists message items
without an InternetMessageId. The three lie in different places of the record.

Sources:
    - github.com/MicrosoftDocs/office-365-management-api, office-365-management-activity-api-schema.md
    - invictus-ir/o365_dataset (Sync as RecordType 2, its folder path "Not Available" and the name in ParentFolder.Name)
    - elastic/integrations packages/o365 (AttachmentAccess)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.model.evidence import RawRecord
from mailwitness.records.audit_payload import AuditRecord, Item, bag
from mailwitness.records.columns import table_from_columns, table_from_rows, text_array, texts
from mailwitness.records.exchange_settings_changes import RULE_OPERATIONS, inbox_rule_of, settings_changes
from mailwitness.records.values import folded, parse_text

_NO_PATH = frozenset({"not available", "", "unknown"})


def message_id(text: str | None) -> str | None:
    """An InternetMessageId in one form: with angle brackets, without blanks around it."""
    if not text:
        return None
    bare = text.strip()
    if not bare:
        return None
    return bare if bare.startswith("<") else f"<{bare}>"


@dataclass(slots=True)
class ListedItems:
    """Items of a batch of accesses, column by column; ``parents[i]`` is the access of item i, ``counts`` items per access."""

    parents: list[int]
    paths: list[str | None]
    messages: pa.Array
    items: pa.Array
    immutables: pa.Array
    sizes: list[float | None]
    subjects: pa.Array
    keys: list[str]
    counts: list[int]
    belongs: pa.Array

    def table(self, accesses: pa.Table) -> pa.Table:
        """``mail_access_items`` of these accesses. A row's key is its access's and its place in the record."""
        parents = pa.array(self.parents, pa.int64())
        ids = accesses.column("row_id").combine_chunks().take(parents)
        columns = {
            "access_id": ids,
            "folder_path": text_array(self.paths),
            "internet_message_id": self.messages,
            "item_id": self.items,
            "message_item_id": self.belongs,
            "immutable_id": self.immutables,
            "size_bytes": pa.array(self.sizes, pa.float64()).cast(pa.int64(), safe=False),
            "subject": self.subjects,
            "row_id": pc.binary_join_element_wise(ids, pa.array(self.keys, pa.string()), "/"),
        }
        for name in ("time", "mailbox", "evidence_id", "locator", "sightings"):
            columns[name] = accesses.column(name).combine_chunks().take(parents)
        return table_from_columns("mail_access_items", columns, len(self.parents))


def items_of(records: Sequence[AuditRecord]) -> ListedItems:
    """All messages and message items that mail-access records list, in the record's order."""
    found: list[Item] = []
    parents: list[int] = []
    paths: list[str | None] = []
    keys: list[str] = []
    counts: list[int] = []
    belongs: dict[int, str | None] = {}
    for parent, record in enumerate(records):
        before = len(found)
        for folder in record.Folders or ():
            listed = folder.FolderItems or folder.MessageItems
            if listed:
                found += listed
                path = folder.Path if folder.Path and folder.Path.lower() not in _NO_PATH else None
                paths += [path] * len(listed)
        for message in record.Messages or ():  # attachments, under the message they belong to
            listed = message.MessageItems or message.FolderItems or [Item(Id=message.Id)]
            for n in range(len(found), len(found) + len(listed)):
                belongs[n] = message.Id
            found += listed
            paths += [None] * len(listed)  # its Path is the word "Messages", not a folder
        item = record.Item
        if item is not None and item.InternetMessageId:  # MessageBind and single-item records
            found.append(item)
            paths.append(item.ParentFolder.Path if item.ParentFolder is not None else None)
        count = len(found) - before
        parents += [parent] * count
        keys += _KEYS[:count] if count <= len(_KEYS) else map(str, range(count))
        counts.append(count)
    messages = texts(list(map(_MESSAGE, found)))
    if not pc.all(pc.match_like(messages, "<%>")).as_py():
        messages = text_array([message_id(item.InternetMessageId) for item in found])
    return ListedItems(
        parents,
        paths,
        messages,
        texts(list(map(_ITEM, found))),
        texts(list(map(_IMMUTABLE, found))),
        [size if (size := i.SizeInBytes) is not None and 0 <= size < 2**53 else None for i in found],
        texts(list(map(_SUBJECT, found))),
        keys,
        counts,
        pa.array([belongs.get(n) or None for n in range(len(found))], pa.string())
        if belongs
        else pa.nulls(len(found), pa.string()),
    )


_KEYS = [str(n) for n in range(1000)]
_MESSAGE, _ITEM, _IMMUTABLE, _SUBJECT = map(attrgetter, ("InternetMessageId", "Id", "ImmutableId", "Subject"))


def synced_folder(record: AuditRecord) -> str | None:
    """The folder of a Sync: a path where one is given, else the folder's name; None when the record names none."""
    parent = record.Item.ParentFolder if record.Item is not None else None
    if parent is not None:
        if parent.Path and parent.Path.lower() not in _NO_PATH:
            return parent.Path
        if parent.Name and parent.Name.lower() not in _NO_PATH:
            return parent.Name
    for folder in record.Folders or ():
        if folder.Path and folder.Path.lower() not in _NO_PATH:
            return folder.Path
    return None


def _picked(events: pa.Table, chosen: Sequence[int], names: Sequence[str]) -> dict[str, pa.Array]:
    part = events.select(names).take(pa.array(chosen, pa.int64())).combine_chunks()
    return {name: part.column(name).combine_chunks() for name in names}


def logons(records: Sequence[AuditRecord], events: pa.Table) -> dict[str, pa.Table]:
    """Logons of the unified log as sign-ins. They say nothing of protocol or Conditional Access."""
    chosen = [n for n, r in enumerate(records) if r.Operation in _LOGON_OPERATIONS]
    if not chosen:
        return {}
    names = {
        "time": "time", "id": "id", "user_principal_name": "user_id", "user_id": "user_key", "error_code": "error_number",
        "failure_reason": "logon_error", "ip_address": "client_ip", "client_port": "client_port",
        "ip_address_raw": "client_ip_raw", "resource_id": "object_id", "session_id": "session_id", "user_agent": "user_agent",
        "correlation_id": "inter_systems_id", "evidence_id": "evidence_id", "locator": "locator", "sightings": "sightings",
    }  # fmt: skip
    event = _picked(events, chosen, [*names.values(), "row_id"])
    devices = [dict(bag(records[n].DeviceProperties)).get("Id") or None for n in chosen]
    columns = {column: event[name] for column, name in names.items()} | {
        "stream": pa.repeat(pa.scalar("unified_audit_log"), len(chosen)),
        "app_id": text_array([records[n].ApplicationId or None for n in chosen]),
        "device_id": text_array(devices),
        "row_id": pc.replace_substring(event["row_id"], "audit:", "signin:ual:", max_replacements=1),
    }
    return {"signins": table_from_columns("signins", columns, len(chosen))}


def messages_named(records: Sequence[AuditRecord], events: pa.Table) -> dict[str, pa.Table]:
    """Messages that Send, Create, Move or delete records name by id, with subject and folder."""
    parents: list[int] = []
    found: list[tuple[str, str | None, str | None]] = []
    keys: list[str] = []
    for n, record in enumerate(records):
        if record.Operation not in _MESSAGE_OPERATIONS:
            continue
        for place, (raw_id, subject, path) in enumerate(_named(record)):
            named = message_id(raw_id)
            if named is not None:
                parents.append(n)
                found.append((named, subject or None, path or None))
                keys.append(str(place))
    if not found:
        return {}
    event = _picked(events, parents, ["time", "operation", "evidence_id", "locator", "sightings", "row_id"])
    mailboxes = [(records[n].MailboxOwnerUPN or records[n].MailboxGuid or "").lower() or None for n in parents]
    sent = [m if records[n].Operation in _SEND_OPERATIONS else None for n, m in zip(parents, mailboxes, strict=True)]
    row_ids = pc.replace_substring(event.pop("row_id"), "audit:", "mention:", max_replacements=1)
    columns = event | {
        "mailbox": text_array(mailboxes),
        "internet_message_id": text_array([f[0] for f in found]),
        "subject": text_array([f[1] for f in found]),
        "sender": text_array(sent),
        "folder_path": text_array([f[2] for f in found]),
        "row_id": pc.binary_join_element_wise(row_ids, pa.array(keys, pa.string()), "/"),
    }
    return {"message_mentions": table_from_columns("message_mentions", columns, len(found))}


def _named(record: AuditRecord) -> list[tuple[str | None, str | None, str | None]]:
    """(InternetMessageId, subject, folder) of every message that a record names."""
    found: list[tuple[str | None, str | None, str | None]] = []
    if record.Item is not None:
        parent = record.Item.ParentFolder
        found.append((record.Item.InternetMessageId, record.Item.Subject, parent.Path if parent is not None else None))
    affected = bytes(record.AffectedItems)
    if affected and affected != b"null":
        found.extend(_affected(affected))
    return found


def admin_changes(records: Sequence[AuditRecord], events: pa.Table) -> dict[str, pa.Table]:
    """Settings and inbox rules that Exchange cmdlets changed."""
    chosen = [n for n, r in enumerate(records) if _is_change(r.Operation)]
    if not chosen:
        return {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for n, event in zip(chosen, events.take(pa.array(chosen, pa.int64())).to_pylist(), strict=True):
        common = {"evidence_id": event["evidence_id"], "locator": event["locator"], "sightings": 1}
        for name, made in _changes_of(records[n], event).items():
            rows.setdefault(name, []).extend({**row, **common} for row in made)
    return {name: table_from_rows(name, made) for name, made in rows.items() if made}


@lru_cache(maxsize=4096)
def _is_change(operation: str | None) -> bool:
    return operation is not None and (operation.startswith(_CMDLET_VERBS) or operation.lower() in RULE_OPERATIONS)


def _changes_of(record: AuditRecord, event: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    pairs = [(name, value or "") for name, value in bag(record.Parameters)]
    operation = record.Operation or ""
    rows: dict[str, list[dict[str, Any]]] = {}
    settings = settings_changes(operation, pairs, record.ObjectId, event["time"], event)
    if settings:
        rows["setting_observations"] = settings
    if operation.lower() in RULE_OPERATIONS:
        if not pairs:
            pairs = [(p.Name or "", p.Value or "") for p in record.OperationProperties or ()]
        rule = inbox_rule_of(operation, pairs, record.ObjectId, event["time"], event["user_id"], event["client_ip"])
        if rule is not None:
            rows["inbox_rules"] = [{**rule, "row_id": f"rule:{event['row_id'].removeprefix('audit:')}"}]
    return rows


def _affected(data: bytes) -> list[tuple[str | None, str | None, str | None]]:
    try:
        items = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return []
    if isinstance(items, str):
        return _affected(items.encode()) if items.lstrip()[:1] == "[" else []
    found = []
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, Mapping):
            low = folded(item)
            parent = low.get("parentfolder")
            path = parse_text(folded(parent).get("path")) if isinstance(parent, Mapping) else None
            found.append((parse_text(low.get("internetmessageid")), parse_text(low.get("subject")), path))
    return found


_LOGON_OPERATIONS = frozenset({"UserLoggedIn", "UserLoginFailed"})
_MESSAGE_OPERATIONS = frozenset({
    "Send", "SendAs", "SendOnBehalf", "Create", "Update", "Move", "Copy", "MoveToDeletedItems", "SoftDelete", "HardDelete",
})  # fmt: skip
_SEND_OPERATIONS = frozenset({"Send", "SendAs", "SendOnBehalf"})
_CMDLET_VERBS = ("Set-", "New-", "Enable-", "Disable-", "Remove-")


_OWNER, _GUID = attrgetter("MailboxOwnerUPN"), attrgetter("MailboxGuid")
_USER, _TOKEN_OBJECT = attrgetter("UserId"), attrgetter("TokenObjectId")


def _first_of(records: Sequence[AuditRecord], a: Any, b: Any) -> dict[tuple[str | None, str | None], int]:
    """The distinct pairs of two fields, each with the first record that has it."""
    pairs = list(zip(map(a, records), map(b, records), strict=True))
    return dict(zip(reversed(pairs), range(len(pairs) - 1, -1, -1), strict=True))


def identity_mentions(records: Sequence[AuditRecord], raws: Sequence[RawRecord], evidence_id: str) -> pa.Table | None:
    """Names of one mailbox or person that stand in one record, each pair once per batch."""
    seen: dict[tuple[str, str, str, str], int] = {}
    for (upn, guid), n in _first_of(records, _OWNER, _GUID).items():
        if upn and guid:
            seen["upn", upn, "mailbox_guid", guid] = n
    for (user, object_id), n in _first_of(records, _USER, _TOKEN_OBJECT).items():
        if user and object_id and "@" in user:
            seen["upn", user, "object_id", object_id] = n
    logons = [n for n, r in enumerate(records) if r.RecordType == 15 and r.UserKey and len(r.UserKey) == 36]
    for n in logons:
        user, key = records[n].UserId, records[n].UserKey
        if user and key and "@" in user:
            seen.setdefault(("upn", user, "object_id", key), n)
    merged: dict[tuple[str, str, str, str], int] = {}
    for (kind_a, a, kind_b, b), n in sorted(seen.items(), key=lambda pair: (pair[1], pair[0])):
        merged.setdefault((kind_a, a.lower(), kind_b, b.lower()), n)
    if not merged:
        return None
    return table_from_rows(
        "identity_mentions",
        [
            {
                "time": records[n].CreationTime, "kind_a": kind_a, "value_a": a, "kind_b": kind_b, "value_b": b,
                "row_id": f"identity:{kind_a}:{a}|{kind_b}:{b}",
                "evidence_id": evidence_id, "locator": raws[n].locator, "sightings": 1,
            }
            for (kind_a, a, kind_b, b), n in merged.items()
        ],
    )  # fmt: skip
