"""Reading a stretch: what comes out does not depend on how the bytes were cut up on the way."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mailwitness.sources import readers
from mailwitness.workflow import read
from mailwitness.workflow.read import Task, read_stretch
from tests.laws.cases import access, deletion

LINES = [
    *(json.dumps(access(n)).encode() for n in range(5)),
    json.dumps(access(5, UserType="0")).encode(),
    b"",
    json.dumps(deletion(6)).encode() + b"\r",
    b'{"Id":"broken","Operation":"Send"',
    json.dumps(deletion(7)).encode() + json.dumps(deletion(8)).encode(),
    b"not a record",
    json.dumps(access(9, ClientInfoString="é")).encode("utf-8"),
    b"[" + json.dumps(deletion(10)).encode() + b"," + json.dumps(deletion(11)).encode() + b"]",
    json.dumps(deletion(12, UserId=5)).encode(),
    *(json.dumps(access(n)).encode() for n in range(13, 20)),
]
HEADER = ["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"]


def purview_rows() -> bytes:
    """Rows as the portal writes them, and rows that are not: broken over lines, cut off, without a record, with quotes of their own."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(HEADER)
    for n in range(24):
        record = deletion(n) if n % 3 else access(n)
        text = json.dumps(record, indent=1 if n == 7 else None)
        if n in (10, 11):
            text = text[:-5]
        if n == 15:
            text = "{}"
        rows.writerow(
            [record["Id"], record["CreationTime"], "1", record["Operation"], "a,b" if n == 13 else "ana", text]
        )
        if n == 17:
            rows.writerow(HEADER)
            out.write("\r\n")
        if n == 19:
            out.write('x,y,1,z,u,"{""Id"":""1"",""CreationTime"":""""x"}\r\n')
        if n == 20:
            out.write('x,y,"1,z,u,{never closed\r\n')
    return out.getvalue().encode()


def taken(path: Path, reader: str, shape: str, header: tuple[str, ...], start: int, out: Path) -> dict[str, Any]:
    """The outcome of a stretch, and the rows of its parts by table. Identity mentions are told once per batch, so their keys."""
    out.mkdir()
    task = Task(str(path), "e1", reader, shape, "utf-8", start, None, 0, str(out), path.name, header=header)
    outcome = read_stretch(task)
    rows: dict[str, list[Any]] = {}
    for part in outcome.parts:
        found = pq.read_table(out / part["file"]).to_pylist()
        if part["table"] == "identity_mentions":
            found = sorted({row["row_id"] for row in found})
        else:
            found.sort(key=lambda row: (int(row["locator"][6:].partition("+")[0]), repr(row)))
        rows[part["table"]] = found
    return {"outcome": replace(outcome, parts=[]), "rows": rows}


@pytest.mark.parametrize("block", [1, 300, 1000, 5000])
@pytest.mark.parametrize("batch", [1, 4, 10_000])
def test_lines_give_the_same_however_they_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, batch: int
) -> None:
    """Block and batch only bound memory."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(LINES))
    expected = taken(path, "bare_ual_json", "json_lines", (), 0, tmp_path / "whole")
    monkeypatch.setattr(read, "_LINE_BLOCK", block)
    monkeypatch.setattr(read, "BATCH_RECORDS", batch)

    found = taken(path, "bare_ual_json", "json_lines", (), 0, tmp_path / "cut")

    assert expected == found


@pytest.mark.parametrize("block", [1, 700, 3000, 100_000])
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_rows_of_records_give_what_each_gives_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, newline: bytes
) -> None:
    """The short way through a CSV whose cells are records leads where the long one does."""
    path = tmp_path / "a.csv"
    data = purview_rows().replace(b"\r\n", newline)
    path.write_bytes(data)
    start = data.index(b"\n") + 1
    with monkeypatch.context() as patch:
        reader = readers()["purview_ual_csv"]
        patch.setattr(read, "readers", lambda: {reader.id: replace(reader, cell=None)})
        expected = taken(path, "purview_ual_csv", "csv", tuple(HEADER), start, tmp_path / "by_row")
    monkeypatch.setattr(read, "_LINE_BLOCK", block)

    found = taken(path, "purview_ual_csv", "csv", tuple(HEADER), start, tmp_path / "by_block")

    assert expected == found
    assert {"audit_events", "mail_accesses", "rejects"} <= expected["rows"].keys()
