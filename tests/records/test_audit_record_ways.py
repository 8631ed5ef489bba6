"""An audit record takes one of three ways to its rows (`Batch`); which one must not show in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailwitness.model.evidence import RawRecord, Typed
from mailwitness.records import audit_record
from mailwitness.records.audit_payload import FIELDS
from mailwitness.records.audit_record import Batch
from mailwitness.sources.framing.json_frames import line_places
from tests.laws.cases import SHARED

OFFSET = 1000

TEXTS = st.sampled_from(
    ["", " ", "Bind", "Sync", "a@contoso.test", "Ana@Contoso.Test", "203.0.113.5", "[2001:db8::7]:443", "<null>", "5", "Not Available"]
) | st.text(max_size=12)  # fmt: skip
NUMBERS = st.sampled_from([0, 1, 5, 15, 50, -1, 2**53, 2**63 - 1, 2**63, 10**30, 0.5, 1156492.0, 1e300])
ODD = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)


def objects(
    names: str, of: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these names, a value of which may be null."""
    return st.fixed_dictionaries({}, optional={**dict.fromkeys(names.split(), st.none() | of), **more})


PAIRS = st.lists(
    st.fixed_dictionaries({"Name": st.sampled_from(["MailAccessType", "IsThrottled", "UserAgent", "SessionId", "Id"]) | TEXTS,
                           "Value": st.sampled_from(["True", "false"]) | TEXTS}),
    max_size=3,
)  # fmt: skip
ITEMS = objects(
    "Id ImmutableId InternetMessageId Subject",
    TEXTS,
    SizeInBytes=st.sampled_from([None, 0, 2048, 1156492.0, 2**53 - 1]),
    ParentFolder=objects("Id Path Name", TEXTS),
)
FOLDERS = st.lists(
    objects("Id Path", TEXTS, FolderItems=st.lists(ITEMS, max_size=3), MessageItems=st.lists(ITEMS, max_size=3)), max_size=2
)  # fmt: skip
OPERATIONS = st.sampled_from(["MailItemsAccessed", "AttachmentAccess", "UserLoggedIn", "Send", "Set-Mailbox", "New-InboxRule", "FileAccessed"])  # fmt: skip
AS_DECLARED = st.fixed_dictionaries(
    {"Id": st.sampled_from(["A1", "a2", "\u0130d"]) | TEXTS, "Operation": OPERATIONS},
    optional={
        "CreationTime": st.sampled_from(["2026-03-02T09:15:22", "2026-03-02T09:15:22.1234567Z", "yesterday", ""]),
        **{name: TEXTS | st.none() for name in ("UserId", "UserKey", "ClientIP", "ClientIPAddress", "ObjectId", "SessionId",
           "MailboxOwnerUPN", "MailboxGuid", "LogonUserSid", "MailboxOwnerSid", "ClientInfoString", "TokenObjectId", "ApplicationId")},
        **{name: st.sampled_from([None, 0, 2, 5, 15, 50]) for name in ("RecordType", "UserType", "LogonType", "OperationCount")},
        "ExternalAccess": st.none() | st.booleans(),
        "ErrorNumber": st.sampled_from(["0", "50126", 5, "", "x"]),
        "OperationProperties": PAIRS, "DeviceProperties": PAIRS, "ExtendedProperties": PAIRS, "Parameters": PAIRS,
        "AppAccessContext": objects("AADSessionId UniqueTokenId IssuedAtTime APIId ClientAppId", TEXTS),
        "Folders": FOLDERS, "Messages": FOLDERS, "Item": ITEMS, "AffectedItems": st.lists(ITEMS, max_size=2),
        "Unknown": ODD,
    },
)  # fmt: skip
AS_FOUND = st.dictionaries(
    st.sampled_from(FIELDS) | st.sampled_from([name.lower() for name in FIELDS]) | TEXTS, ODD, max_size=6
)

LINES = st.one_of(
    AS_DECLARED.map(json.dumps),
    AS_DECLARED.map(lambda record: json.dumps(record, ensure_ascii=False, separators=(",", ":"))),
    st.tuples(AS_DECLARED, AS_FOUND).map(lambda pair: json.dumps(pair[0] | pair[1])),
    st.tuples(AS_DECLARED, AS_FOUND).map(lambda pair: json.dumps(pair[0])[:-1] + "," + json.dumps(pair[1])[1:]),  # keys twice
    st.sampled_from([
        '{"Id":"1","Operation":"Send","X":NaN}', '{"Id":"1","Operation":"Send",}', '{"Id":"1","Operation":"Send"}{"Id":"2","Operation":"Send"}',
        '{"Id":"\\ud800","Operation":"Send"}', '{"Id":"\\u0000","Operation":"Send"}', '{"Id":"a\x00b","Operation":"Send"}',
        '{"Id":"1","Operation":"MailItemsAccessed","Item":{"InternetMessageId":"m","SizeInBytes":1156492.00}}',
        '{"Id":"1","Operation":"Send","X":' + "[" * 3000 + "]" * 3000 + "}", '{"Id":"1","Operation":"Send"', "{}", "{", "}", "[]", "",
        '{"Id":"1","Operation":"Send","RecordType":15.0}', '{"Id":"1","Operation":"Send","RecordType":01}',
        '{"\\u0049d":"1","Operation":"Send"}', '{"Id":"1","Operation":null}', ' {"Id":"1","Operation":"Send"} ',
        '{"Id":"1","Operation":"Send"}\r',
    ]),
)  # fmt: skip


def one_by_one(lines: Sequence[bytes]) -> list[RawRecord]:
    raws, offset = [], OFFSET
    for line in lines:
        raws.append(RawRecord("audit_record", line, offset, len(line)))
        offset += len(line) + 1
    return raws


def shown(typed: Typed) -> dict[str, Any]:
    """All that a batch gave, comparable."""
    return {
        "tables": {name: table.to_pylist() for name, table in typed.tables.items() if table.num_rows},
        "rejects": [astuple(reject) for reject in typed.rejects],
        "faults": [astuple(fault) for fault in typed.faults],
    }


def taken_one_by_one(lines: Sequence[bytes]) -> Typed:
    batch = Batch("e1")
    batch.add(one_by_one(lines))
    return batch.typed()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(LINES, min_size=1, max_size=4).map(lambda lines: [line.encode("utf-8", "surrogatepass") for line in lines])
)
@example([b'{"Id":"1",', b'"Operation":"Send"}', b'{"Id":"2","Operation":"Send"}{"Id":"3","Operation":"Send"}'])
@example([b'{"Id":"1","Operation":"Send","X":"}', b'{"}', b'{"Id":"2","Operation":"Send"}'])
def test_lines_taken_together_give_what_each_gives_by_itself(lines: list[bytes]) -> None:
    """Rows, places, rejects and faults are the same, or the lines are not taken together."""
    batch = Batch("e1")

    text = b"".join(line + b"\n" for line in lines)
    places = line_places(text, OFFSET)

    if not (places and batch.add_lines(text, places)):
        batch.add(one_by_one(lines))

    assert shown(taken_one_by_one(lines)) == shown(batch.typed())


@settings(max_examples=50, deadline=None)
@given(st.lists(AS_DECLARED, min_size=1, max_size=4))
def test_records_as_declared_are_taken_together(records: list[dict[str, Any]]) -> None:
    """The fast way is the one that most records take."""
    text = b"".join(json.dumps(record).encode() + b"\n" for record in records)

    taken = Batch("e1").add_lines(text, line_places(text, OFFSET) or ())

    assert all(record["Id"] for record in records) == taken


@settings(max_examples=150, deadline=None)
@given(st.lists(AS_DECLARED, min_size=1, max_size=4))
def test_reading_with_care_gives_a_record_as_declared_the_same_rows(records: list[dict[str, Any]]) -> None:
    """A record read with care, because of its neighbour or its wrapping, is the record that it would have been."""
    lines = [json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() for record in records]
    expected = shown(taken_one_by_one(lines))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_record, "_decoded", lambda raws: [None] * len(raws))
        found = shown(taken_one_by_one(lines))

    assert expected == found


@pytest.mark.parametrize("file", sorted(SHARED.rglob("*.json*")) if SHARED.is_dir() else [], ids=lambda path: path.name)
def test_real_lines_taken_together_give_what_each_gives_by_itself(file: Path) -> None:
    """Where the real samples are at hand: every line that is taken together gives the rows that it gives by itself."""
    for line in file.read_bytes().splitlines()[:2000]:
        batch = Batch("e1")
        if batch.add_lines(line + b"\n", line_places(line + b"\n", OFFSET) or ()):
            assert shown(taken_one_by_one([line])) == shown(batch.typed())
