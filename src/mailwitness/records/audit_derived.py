"""Rows that an audit record gives beside its own: listed items, logons, settings changes, rules, messages it names.

A Sync record names a folder, a Bind record lists messages in folders, an AttachmentAccess record lists message items
without an InternetMessageId. The three lie in different places of the record.

Sources:
    - github.com/MicrosoftDocs/office-365-management-api, office-365-management-activity-api-schema.md
    - invictus-ir/o365_dataset (Sync as RecordType 2, its folder path "Not Available" and the name in ParentFolder.Name)
    - elastic/integrations packages/o365 (AttachmentAccess)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.records.audit_payload import AuditRecord, Item, bag
from mailwitness.records.columns import table_from_columns, table_from_rows, text_array
from mailwitness.records.exchange_settings_changes import RULE_OPERATIONS, inbox_rule_of, settings_changes
from mailwitness.records.values import folded, parse_text

Rows = Mapping[str, list[dict[str, Any]]]

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
    messages: list[str | None]
    items: list[str | None]
    immutables: list[str | None]
    sizes: list[float | None]
    subjects: list[str | None]
    keys: list[str]
    counts: list[int]

    def table(self, accesses: pa.Table) -> pa.Table:
        """``mail_access_items`` of these accesses. A row's key is its access's and its place in the record."""
        parents = pa.array(self.parents, pa.int64())
        ids = accesses.column("row_id").combine_chunks().take(parents)
        columns = {
            "access_id": ids,
            "folder_path": text_array(self.paths),
            "internet_message_id": text_array(self.messages),
            "item_id": text_array(self.items),
            "immutable_id": text_array(self.immutables),
            "size_bytes": pa.array(self.sizes, pa.float64()).cast(pa.int64(), safe=False),
            "subject": text_array(self.subjects),
            "row_id": pc.binary_join_element_wise(ids, pa.array(self.keys, pa.string()), "/"),
        }
        for name in ("time", "mailbox", "evidence_id", "locator", "sightings"):
            columns[name] = accesses.column(name).combine_chunks().take(parents)
        return table_from_columns("mail_access_items", columns, len(self.parents))


def items_of(records: Sequence[AuditRecord]) -> ListedItems:
    """All messages and message items that mail-access records list, in the record's order."""
    listed = ListedItems([], [], [], [], [], [], [], [], [])
    for parent, record in enumerate(records):
        before = len(listed.parents)
        for folders in (record.Folders, record.Messages):
            for folder in folders or ():
                path = folder.Path if folder.Path and folder.Path.lower() not in _NO_PATH else None
                for item in (folder.FolderItems or []) + (folder.MessageItems or []):
                    _add(listed, parent, path, item, before)
        if record.Item is not None and record.Item.InternetMessageId:  # MessageBind and single-item records
            folder_path = record.Item.ParentFolder.Path if record.Item.ParentFolder is not None else None
            _add(listed, parent, folder_path, record.Item, before)
        listed.counts.append(len(listed.parents) - before)
    return listed


def _add(listed: ListedItems, parent: int, path: str | None, item: Item, before: int) -> None:
    listed.keys.append(str(len(listed.parents) - before))
    listed.parents.append(parent)
    listed.paths.append(path)
    raw = item.InternetMessageId
    listed.messages.append(raw if raw is not None and raw[:1] == "<" and raw[-1:] == ">" else message_id(raw))
    listed.items.append(item.Id or None)
    listed.immutables.append(item.ImmutableId or None)
    size = item.SizeInBytes
    listed.sizes.append(size if size is not None and 0 <= size < 2**53 else None)
    listed.subjects.append(item.Subject or None)


def synced_folder(record: AuditRecord, access_type: str | None) -> str | None:
    """The folder of a Sync: a path where one is given, else the folder's name; None when the record names none."""
    if access_type != "Sync":
        return None
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


def _logon(record: AuditRecord, event: Mapping[str, Any]) -> Rows:
    """A logon of the unified log as a sign-in. It says nothing of protocol or Conditional Access."""
    device = dict(bag(record.DeviceProperties))
    asked = dict(bag(record.ExtendedProperties))
    row = {
        "time": event["time"],
        "id": event["id"],
        "stream": "unified_audit_log",
        "user_principal_name": event["user_id"],
        "user_id": event["user_key"],
        "error_code": event["error_number"],
        "failure_reason": event["logon_error"],
        "authentication_requirement": None,
        "ip_address": event["client_ip"],
        "client_port": event["client_port"],
        "ip_address_raw": event["client_ip_raw"],
        "app_id": record.ApplicationId or None,
        "resource_id": event["object_id"],
        "session_id": event["session_id"],
        "device_id": device.get("Id") or None,
        "user_agent": asked.get("UserAgent") or None,
        "correlation_id": event["inter_systems_id"],
        "row_id": f"signin:ual:{event['row_id'].removeprefix('audit:')}",
    }
    return {"signins": [row]}


def _admin_cmdlet(record: AuditRecord, event: Mapping[str, Any]) -> Rows:
    """Settings and inbox rules that an Exchange cmdlet changed."""
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


def _messages_named(record: AuditRecord, event: Mapping[str, Any]) -> Rows:
    """Messages that a Send, Create, Move or delete record names by id and subject."""
    mailbox = (record.MailboxOwnerUPN or record.MailboxGuid or "").lower() or None
    found: list[tuple[str | None, str | None, str | None]] = []
    if record.Item is not None:
        parent = record.Item.ParentFolder
        found.append((record.Item.InternetMessageId, record.Item.Subject, parent.Path if parent is not None else None))
    affected = bytes(record.AffectedItems)
    if affected and affected != b"null":
        found.extend(_affected(affected))
    rows = []
    for n, (raw_id, subject, path) in enumerate(found):
        named = message_id(raw_id)
        if named is None:
            continue
        rows.append({
            "time": event["time"],
            "mailbox": mailbox,
            "internet_message_id": named,
            "subject": subject or None,
            "sender": mailbox if record.Operation in ("Send", "SendAs", "SendOnBehalf") else None,
            "folder_path": path or None,
            "operation": record.Operation,
            "row_id": f"mention:{event['row_id'].removeprefix('audit:')}/{n}",
        })  # fmt: skip
    return {"message_mentions": rows}


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
_CMDLET_VERBS = ("Set-", "New-", "Enable-", "Disable-", "Remove-")


def function_for(record: AuditRecord) -> Callable[[AuditRecord, Mapping[str, Any]], Rows] | None:
    """What else a record gives, by its operation; None for most."""
    operation = record.Operation
    if operation in _LOGON_OPERATIONS:
        return _logon
    if operation in _MESSAGE_OPERATIONS:
        return _messages_named if record.Item is not None or bytes(record.AffectedItems) else None
    if operation is not None and (operation.startswith(_CMDLET_VERBS) or operation.lower() in RULE_OPERATIONS):
        return _admin_cmdlet
    return None


def identity_mentions(records: Sequence[AuditRecord], events: pa.Table) -> pa.Table | None:
    """Names of one mailbox or person that stand in one record, each pair once per batch."""
    seen: dict[tuple[str, str, str, str], int] = {}
    for n, record in enumerate(records):
        if record.MailboxGuid and record.MailboxOwnerUPN:
            seen.setdefault(("upn", record.MailboxOwnerUPN, "mailbox_guid", record.MailboxGuid), n)
        if record.TokenObjectId and record.UserId and "@" in record.UserId:
            seen.setdefault(("upn", record.UserId, "object_id", record.TokenObjectId), n)
        elif record.RecordType == 15 and record.UserId and "@" in record.UserId and record.UserKey and len(record.UserKey) == 36:
            seen.setdefault(("upn", record.UserId, "object_id", record.UserKey), n)
    merged: dict[tuple[str, str, str, str], int] = {}
    for (kind_a, a, kind_b, b), n in seen.items():
        merged.setdefault((kind_a, a.lower(), kind_b, b.lower()), n)
    if not merged:
        return None
    rows = []
    picked = events.select(["time", "evidence_id", "locator"]).take(pa.array(list(merged.values()), pa.int64())).to_pylist()
    for (kind_a, a, kind_b, b), event in zip(merged, picked, strict=True):
        rows.append({
            "time": event["time"], "kind_a": kind_a, "value_a": a, "kind_b": kind_b, "value_b": b,
            "row_id": f"identity:{kind_a}:{a}|{kind_b}:{b}",
            "evidence_id": event["evidence_id"], "locator": event["locator"], "sightings": 1,
        })  # fmt: skip
    return table_from_rows("identity_mentions", rows)


