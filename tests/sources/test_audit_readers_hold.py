"""Readers of audit records on input nobody planned for: one reading for every frame, never an exception."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reject
from mailwitness.model.salvage import salvage
from mailwitness.records import families
from mailwitness.sources import readers

PLACE = Place("x")
NAMES = st.sampled_from(
    """AuditData auditData RawEventData _raw RecordType auditLogRecordType CreationDate createdDateTime CreationTime Id Identity
    Operation Operations UserId UserIds OfficeId TimeGenerated Start_Time Logon_Type Folders Item OperationProperties Parameters
    o365 o365audit o365.audit.Folders o365.audit.AppAccessContext.APIId event message _source fields office365 data record result
    ResultIndex AppAccessContext Folders_0_FolderItems_0_Id Folders_0 Folders_0_FolderItems Param_Name Item_ParentFolder_Name
    @timestamp AuditId AuditCreationTime ErrorDetails Workload properties category time""".split()
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([
        "", "{", "{}", "[]", '{"Id":', '{"Id":"a","CreationTime":"b"}', '{"a":}', "@{Name=a; Value=b}", "@{", "System.Object[]",
        "2026-03-02T09:15:22", "3/2/2026, 9:15:22 AM", "99/99/9999 99:99:99", "0001-01-01T00:00:00+14:00", "/Date(99999999999999999)/",
        "Mar 99, 2026 @ 09:15:22.000", "²", "9" * 5000, "\ud800", "\x00", '{"audit":{}}', '{"Operation":"x","CreationTime":1,"UserId":2}',
    ]),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(NAMES, TEXTS), inner, max_size=4)),
    max_leaves=12,
)
ROWS = st.dictionaries(st.one_of(NAMES, st.text(max_size=8)), VALUES, max_size=10)
OTHERS = ("goose_ual_bounds_csv", "entra_audits_csv", "entra_audits_json")
AUDIT = [r for r in readers().values() if re.search("ual|officeactivity|cloudapp|audit_query|wrapped|projected", r.id)]
AUDIT = [reader for reader in AUDIT if reader.id not in OTHERS]


@settings(max_examples=80, deadline=None)
@given(row=ROWS)
def test_every_reader_gives_one_reading_for_any_object(row: dict[str, Any]) -> None:
    """Whatever keys and values an object has, it becomes a raw record or a reject at its own place."""
    for reader in AUDIT:
        cells = {key: value if isinstance(value, str) else str(value) for key, value in row.items()}
        value = cells if reader.shapes == frozenset({"csv"}) else row
        found = reader.unwrap(Frame(b"{}", 7, 2, value), PLACE)
        for made in found if isinstance(found, tuple) else (found,):
            assert isinstance(made, (RawRecord, Reject)), reader.id
            assert (made.offset, made.length) == (7, 2), reader.id
            assert isinstance(made, Reject) or made.family in families()


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(ROWS, max_size=3), text=TEXTS)
def test_no_sniff_fails_on_any_object(rows: list[dict[str, Any]], text: str) -> None:
    """Looking at a head answers yes or no, and of the readers of audit records at most one says yes."""
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    for shape in ("csv", "json", "json_lines"):
        head = Head("x", shape, text, header if shape == "csv" else (), tuple(rows))
        assert len([reader.id for reader in AUDIT if shape in reader.shapes and reader.sniff(head)]) <= 1


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=200))
def test_salvage_never_fails(text: str) -> None:
    """Any text gives texts under the names of a reject's columns."""
    for name, value in salvage(text).items():
        assert (name in ("id", "time", "operation", "user_id", "object_id"), type(value)) == (True, str)
