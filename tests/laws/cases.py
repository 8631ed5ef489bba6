"""What every law is checked with: invented evidence, a case made of it, and the sentence "this case is sound"."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from mailwitness.case import settle
from mailwitness.case.engines.duckdb_engine import connect, declare
from mailwitness.case.store import Store
from mailwitness.model.tables import TABLES
from mailwitness.workflow.add import Keep
from mailwitness.workflow.case import Added, Case
from mailwitness.workflow.raw import bytes_at

SHARED = Path(__file__).parents[3] / "shared/data"
"""Real samples, where they are at hand."""

SEARCH_COLUMNS = ("RecordType", "CreationDate", "UserIds", "Operations", "AuditData")


def audit_id(number: int) -> str:
    return f"aaaa1111-0000-4000-8000-{number:012d}"


def access(number: int, **more: Any) -> dict[str, Any]:
    """One mail access of one message, as Microsoft writes it."""
    return {
        "CreationTime": f"2026-03-02T09:{number // 60 % 60:02d}:{number % 60:02d}",
        "Id": audit_id(number),
        "Operation": "MailItemsAccessed",
        "RecordType": 50,
        "UserId": "ana@contoso.test",
        "UserType": 0,
        "Workload": "Exchange",
        "ClientIPAddress": "203.0.113.5",
        "MailboxOwnerUPN": "ana@contoso.test",
        "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}],
        "Folders": [{"Path": "\\Müller", "FolderItems": [{"InternetMessageId": f"<m{number}@contoso.test>"}]}],
    } | more


def deletion(number: int, **more: Any) -> dict[str, Any]:
    """One audit record that is no mail access."""
    return {
        "CreationTime": f"2026-03-02T10:{number // 60 % 60:02d}:{number % 60:02d}",
        "Id": audit_id(number),
        "Operation": "SoftDelete",
        "RecordType": 3,
        "UserId": "ana@contoso.test",
        "UserType": 0,
        "Workload": "Exchange",
    } | more


def signin(number: int, **more: Any) -> dict[str, Any]:
    """One sign-in in Graph's names."""
    return {
        "id": f"bbbb1111-0000-4000-8000-{number:012d}",
        "createdDateTime": f"2026-03-02T08:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "userPrincipalName": "ana@contoso.test",
        "userId": "cccc1111-0000-4000-8000-000000000001",
        "appDisplayName": "Exchange Online",
        "clientAppUsed": "IMAP4",
        "ipAddress": "203.0.113.5",
        "status": {"errorCode": 0},
    } | more


def json_lines(records: Iterable[Mapping[str, Any]], newline: str = "\n") -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + newline for record in records).encode()


def json_array(records: Sequence[Mapping[str, Any]], indent: int | None = None) -> bytes:
    return json.dumps(list(records), ensure_ascii=False, indent=indent).encode()


def search_csv(
    records: Iterable[Mapping[str, Any]], delimiter: str = ",", newline: str = "\r\n", head: str = ""
) -> bytes:
    """``Search-UnifiedAuditLog | Export-Csv``: every cell quoted."""
    out = io.StringIO()
    out.write(head)
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerow(SEARCH_COLUMNS)
    for record in records:
        text = json.dumps(record, ensure_ascii=False)
        writer.writerow((record["RecordType"], record["CreationTime"], record["UserId"], record["Operation"], text))
    return out.getvalue().encode()


def case_of(folder: Path, *given: bytes | Path, keep: Keep = "copy", workers: int | None = None) -> tuple[Case, Added]:
    """A new case below ``folder`` of these files; bytes become ``1.dat``, ``2.dat`` …"""
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for number, data in enumerate(given, start=1):
        if isinstance(data, bytes):
            path = files / f"{number}.dat"
            path.write_bytes(data)
        else:
            path = data
        paths.append(path)
    case = Case.create(folder / "case")
    return case, case.add(paths, keep=keep, workers=workers)


def rows(case: Case, query: str) -> list[tuple[Any, ...]]:
    """What the settled tables answer, without asking the analyses first."""
    with closing(connect(threads=1)) as connection:
        declare(connection, settle.table_files(case.path / "tables"))
        return connection.execute(query).fetchall()


def tables(case: Case, without: Sequence[str] = ()) -> dict[str, list[str]]:
    """Every settled table as its sorted rows, so that two cases can be compared whole."""
    found = {}
    with closing(connect(threads=1)) as connection:
        files = settle.table_files(case.path / "tables")
        declare(connection, files)
        for name in sorted(files):
            columns = [f'"{c}"' for c in TABLES[name].column_names() if c not in without]
            found[name] = sorted(map(repr, connection.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()))
    return {name: held for name, held in found.items() if held}


def accounts(case: Case) -> dict[str, tuple[int, int, int, int, int]]:
    """Of each evidence item by its name: records, rows, duplicates, rejects, skips."""
    store = Store(case.path)
    entries = store.entries()
    state = settle.settled(store, entries)
    assert state is not None
    found = {}
    for evidence_id, entry in entries.items():
        account = state["accounts"][evidence_id]
        skipped = sum(count for count, _, _ in entry["skips"].values())
        found[entry["name"]] = (entry["records"], account["rows"], account["duplicates"], entry["rejects"], skipped)
    return found


def raw_records(case: Case, table: str = "audit_events") -> list[tuple[str, bytes]]:
    """Each row's id with the bytes its locator names."""
    store = Store(case.path)
    entries = store.entries()
    places = rows(case, f"SELECT id, evidence_id, locator FROM {table} ORDER BY row_id")
    return [(str(id_), bytes_at(store, entries, evidence_id, locator)) for id_, evidence_id, locator in places]


def check_sound(case: Case) -> None:
    """Accounting holds, nothing changed, and every row and reject leads to bytes that are there."""
    assert case.verify() == []
    for records, *parts in accounts(case).values():
        assert records == sum(parts)
    store = Store(case.path)
    entries = store.entries()
    for name in settle.table_files(case.path / "tables"):
        if {"evidence_id", "locator"} <= set(TABLES[name].column_names()):
            for evidence_id, locator in rows(case, f"SELECT evidence_id, locator FROM {name}"):
                assert bytes_at(store, entries, evidence_id, locator) != b"" or locator == "bytes=0+0", (name, locator)
