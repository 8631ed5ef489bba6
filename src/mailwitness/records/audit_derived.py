"""Rows that an audit record gives beside its own: listed items, logons, settings changes, rules, messages it names.

A Sync record names a folder, a Bind record lists messages in folders, an AttachmentAccess record lists message items
without an InternetMessageId. The three lie in different places of the record.

Sources:
    - github.com/MicrosoftDocs/office-365-management-api, office-365-management-activity-api-schema.md
    - invictus-ir/o365_dataset (Sync as RecordType 2, its folder path "Not Available" and the name in ParentFolder.Name)
    - elastic/integrations packages/o365 (AttachmentAccess)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mailwitness.records.audit_columns import Fields, Logon, Turned
from mailwitness.records.audit_payload import AuditRecord, Item, bag
from mailwitness.records.columns import (
    constant,
    lowered,
    mapped,
    not_empty,
    table_from_columns,
    table_from_rows,
    text_array,
)
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


class ListedItems:
    """Items of a batch of accesses, in the records' order: messages, and the message items of attachments."""

    def __init__(self) -> None:
        self._counts: list[int] = []  # items of each access
        self._paths: list[str | None] = []
        self._belongs: dict[int, str | None] = {}  # item → the message that it is attached to
        self._arrays: dict[str, list[pa.Array]] = {name: [] for name in Item.__struct_fields__}

    def add(self, fields: Fields) -> None:
        """Take the items of the next slice of records."""
        found: list[Item] = []
        paths = self._paths
        done = len(paths)
        for folders, messages, item in zip(fields["Folders"], fields["Messages"], fields["Item"], strict=True):
            before = len(found)
            for folder in folders or ():
                listed = folder.FolderItems or folder.MessageItems
                if listed:
                    found += listed
                    paths += [_path(folder.Path)] * len(listed)
            for message in messages or ():  # attachments, under the message they belong to
                listed = message.MessageItems or message.FolderItems or [Item(Id=message.Id)]
                for n in range(done + len(found), done + len(found) + len(listed)):
                    self._belongs[n] = message.Id or None
                found += listed
                paths += [None] * len(listed)  # its Path is the word "Messages", not a folder
            if item is not None and item.InternetMessageId:  # MessageBind and single-item records
                found.append(item)
                paths.append((item.ParentFolder.Path or None) if item.ParentFolder is not None else None)
            self._counts.append(len(found) - before)
        for name, values in zip(self._arrays, zip(*map(msgspec.structs.astuple, found), strict=True), strict=False):
            if name == "SizeInBytes":
                self._arrays[name].append(pa.array(values, pa.float64()))
            elif name != "ParentFolder":
                self._arrays[name].append(text_array(values))

    def counts(self) -> pa.Array:
        """How many items each access lists."""
        return pa.array(self._counts, pa.int64())

    def table(self, accesses: pa.Table, evidence_id: str) -> pa.Table:
        """``mail_access_items`` of these accesses. A row's key is its access's and its place in the record."""
        count = len(self._paths)
        if not count:
            return table_from_columns("mail_access_items", {}, 0)
        ends = pa.array(accumulate(self._counts, initial=0), pa.int32())
        parents = pc.list_parent_indices(pa.ListArray.from_arrays(ends, pa.nulls(count)))
        places = pc.subtract(pa.array(range(count), pa.int64()), ends.take(parents).cast(pa.int64()))
        of_access = {
            name: accesses.column(name).combine_chunks().take(parents)
            for name in ("row_id", "time", "mailbox", "locator")
        }
        ids = of_access.pop("row_id")
        raw = {name: pa.concat_arrays(arrays) for name, arrays in self._arrays.items() if arrays}
        messages = not_empty(raw["InternetMessageId"])
        if pc.all(pc.match_like(messages, "<%>")).as_py() is False:
            messages = mapped(messages, message_id, pa.string())
        sizes = raw["SizeInBytes"]
        whole = pc.and_(pc.greater_equal(sizes, 0), pc.less(sizes, float(2**53)))
        columns = of_access | {
            "access_id": ids,
            "folder_path": text_array(self._paths),
            "internet_message_id": messages,
            "item_id": not_empty(raw["Id"]),
            "immutable_id": not_empty(raw["ImmutableId"]),
            "size_bytes": pc.if_else(whole, sizes, None).cast(pa.int64(), safe=False),
            "subject": not_empty(raw["Subject"]),
            "row_id": pc.binary_join_element_wise(ids, places.cast(pa.string()), "/"),
            "evidence_id": constant(evidence_id, count),
            "sightings": constant(1, count),
        }
        if self._belongs:
            columns["message_item_id"] = text_array([self._belongs.get(n) for n in range(count)])
        return table_from_columns("mail_access_items", columns, count)


@lru_cache(maxsize=4096)
def _path(path: str | None) -> str | None:
    return path if path and path.lower() not in _NO_PATH else None


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


class Rare:
    """Records of a batch that give rows of other tables too, with the row of their event: a few, kept as they were decoded."""

    def __init__(self) -> None:
        self._chosen: dict[str, list[tuple[int, AuditRecord]]] = {"logon": [], "message": [], "change": []}

    def add(self, records: Sequence[AuditRecord], operations: Sequence[str | None], first: int) -> None:
        """Take from the next slice, whose first record has row ``first``, what is of a kind."""
        kinds = list(map(_kind, operations))
        for kind, chosen in self._chosen.items():
            if kind in kinds:
                chosen += [(first + n, records[n]) for n, found in enumerate(kinds) if found == kind]

    def tables(self, events: pa.Table, turned: Turned) -> dict[str, pa.Table]:
        """Sign-ins, messages named, settings and rules."""
        return (
            _logons(self._chosen["logon"], events, turned)
            | _messages_named(self._chosen["message"], events)
            | _admin_changes(self._chosen["change"], events)
        )


@lru_cache(maxsize=4096)
def _kind(operation: str | None) -> str | None:
    if operation is None:
        return None
    if operation in _LOGON_OPERATIONS:
        return "logon"
    if operation in _MESSAGE_OPERATIONS:
        return "message"
    return "change" if operation.startswith(_CMDLET_VERBS) or operation.lower() in RULE_OPERATIONS else None


Chosen = Sequence[tuple[int, AuditRecord]]


def _logons(chosen: Chosen, events: pa.Table, turned: Turned) -> dict[str, pa.Table]:
    """Logons of the unified log as sign-ins. They say nothing of protocol or Conditional Access."""
    if not chosen:
        return {}
    names = {
        "time": "time", "id": "id", "user_principal_name": "user_id", "user_id": "user_key", "error_code": "error_number",
        "failure_reason": "logon_error", "ip_address": "client_ip", "client_port": "client_port",
        "ip_address_raw": "client_ip_raw", "resource_id": "object_id", "session_id": "session_id", "user_agent": "user_agent",
        "correlation_id": "inter_systems_id", "evidence_id": "evidence_id", "locator": "locator", "sightings": "sightings",
    }  # fmt: skip
    event = _picked(events, [n for n, _ in chosen], [*names.values(), "row_id"])
    devices = [(turned.logon(n) or Logon(record)).device.get("Id") or None for n, record in chosen]
    columns = {column: event[name] for column, name in names.items()} | {
        "stream": constant("unified_audit_log", len(chosen)),
        "app_id": text_array([record.ApplicationId or None for _, record in chosen]),
        "device_id": text_array(devices),
        "row_id": pc.replace_substring(event["row_id"], "audit:", "signin:ual:", max_replacements=1),
    }
    return {"signins": table_from_columns("signins", columns, len(chosen))}


def _messages_named(chosen: Chosen, events: pa.Table) -> dict[str, pa.Table]:
    """Messages that Send, Create, Move or delete records name by id, with subject and folder."""
    parents: list[int] = []
    mailboxes: list[str | None] = []
    senders: list[str | None] = []
    found: list[tuple[str, str | None, str | None]] = []
    keys: list[str] = []
    for n, record in chosen:
        mailbox = (record.MailboxOwnerUPN or record.MailboxGuid or "").lower() or None
        for place, (raw_id, subject, path) in enumerate(_named(record)):
            named = message_id(raw_id)
            if named is not None:
                parents.append(n)
                mailboxes.append(mailbox)
                senders.append(mailbox if record.Operation in _SEND_OPERATIONS else None)
                found.append((named, subject or None, path or None))
                keys.append(str(place))
    if not found:
        return {}
    event = _picked(events, parents, ["time", "operation", "evidence_id", "locator", "sightings", "row_id"])
    row_ids = pc.replace_substring(event.pop("row_id"), "audit:", "mention:", max_replacements=1)
    columns = event | {
        "mailbox": text_array(mailboxes),
        "internet_message_id": text_array([f[0] for f in found]),
        "subject": text_array([f[1] for f in found]),
        "sender": text_array(senders),
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


def _admin_changes(chosen: Chosen, events: pa.Table) -> dict[str, pa.Table]:
    """Settings and inbox rules that Exchange cmdlets changed."""
    if not chosen:
        return {}
    rows: dict[str, list[dict[str, Any]]] = {}
    picked = events.take(pa.array([n for n, _ in chosen], pa.int64())).to_pylist()
    for (_, record), event in zip(chosen, picked, strict=True):
        common = {"evidence_id": event["evidence_id"], "locator": event["locator"], "sightings": 1}
        for name, made in _changes_of(record, event).items():
            rows.setdefault(name, []).extend({**row, **common} for row in made)
    return {name: table_from_rows(name, made) for name, made in rows.items() if made}


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


_NAMING = (
    "mailbox_owner_upn", "mailbox_guid", "user_id", "token_object_id", "record_type", "user_key", "time", "locator",
)  # fmt: skip


def identity_mentions(events: Sequence[pa.Table], evidence_id: str) -> pa.Table | None:
    """Names of one mailbox or person that stand in one record, each pair once per batch with the first record that has it."""
    pairs: list[pa.Table] = []
    first = 0
    for table in events:
        pairs += _pairs(table, first)
        first += table.num_rows
    if not pairs:
        return None
    distinct = pa.concat_tables(pairs).group_by(["a", "kind", "b"], use_threads=False).aggregate([("n", "min")])
    count = distinct.num_rows
    if not count:
        return None
    distinct = distinct.sort_by([("n_min", "ascending"), ("kind", "ascending"), ("b", "ascending")])
    column = {
        name: pa.chunked_array([chunk for table in events for chunk in table.column(name).chunks]).take(
            distinct.column("n_min")
        )
        for name in ("time", "locator")
    }
    made = {name: distinct.column(name).combine_chunks() for name in distinct.column_names}
    columns = {
        "kind_a": constant("upn", count),
        "value_a": made["a"],
        "kind_b": made["kind"],
        "value_b": made["b"],
        "row_id": pc.binary_join_element_wise(
            pc.binary_join_element_wise("identity:upn", made["a"], ":"),
            pc.binary_join_element_wise(made["kind"], made["b"], ":"),
            "|",
        ),
        "time": column["time"],
        "evidence_id": constant(evidence_id, count),
        "locator": column["locator"],
        "sightings": constant(1, count),
    }
    return table_from_columns("identity_mentions", columns, count)


def _pairs(events: pa.Table, first: int) -> Iterator[pa.Table]:
    """The distinct pairs of a table's events, each with the row of the first that has it; rows are counted from ``first``."""
    column = {name: events.column(name).combine_chunks() for name in _NAMING}
    rows = pa.array(range(first, first + events.num_rows), pa.int64())
    keys = pc.if_else(pc.equal(column["record_type"], 15), column["user_key"], None)  # of logons, an object id
    for kind, a, b in (
        ("mailbox_guid", column["mailbox_owner_upn"], column["mailbox_guid"]),
        ("object_id", column["user_id"], column["token_object_id"]),
        ("object_id", column["user_id"], keys),
    ):
        if a.null_count == len(a) or b.null_count == len(b):
            continue
        found = pa.table({"a": a, "b": b, "n": rows}).group_by(["a", "b"], use_threads=False).aggregate([("n", "min")])
        both = pc.and_(pc.is_valid(found.column("a")), pc.is_valid(found.column("b")))
        if kind == "object_id":
            both = pc.and_(both, pc.match_substring(found.column("a"), "@"))
        if b is keys:
            both = pc.and_(both, pc.equal(pc.utf8_length(found.column("b")), 36))
        found = found.filter(both)
        low = [lowered(found.column(side).combine_chunks()) for side in ("a", "b")]
        kinds = constant(kind, found.num_rows)
        yield pa.table({"a": low[0], "kind": kinds, "b": low[1], "n": found.column("n_min")})
