"""Law 1: of every evidence item, records = rows + duplicates + rejects + skips, exactly."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.cases import (
    access,
    accounts,
    case_of,
    check_sound,
    deletion,
    json_array,
    json_lines,
    raw_records,
    rows,
    search_csv,
)
from tests.laws.damage import GOOD, PACKED, RECORDS, damaged, utf16

ARRAY, LINES, SEARCH = json_array(RECORDS), json_lines(RECORDS), search_csv(RECORDS)
HEADER, ROW = SEARCH.split(b"\r\n")[:2]
DEEP = b'{"Id":"deep","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"

FILES: dict[str, tuple[bytes, tuple[int, int, int, int, int]]] = {
    "empty": (b"", (0, 0, 0, 0, 0)),
    "only a BOM": (b"\xef\xbb\xbf", (0, 0, 0, 0, 0)),
    "only NULs": (b"\0" * 5000, (0, 0, 0, 0, 0)),
    "a binary file": (b"%PDF-1.7\n\x00\x01\x02", (0, 0, 0, 0, 0)),
    "prose": (b"hello\r\nworld\r\n", (0, 0, 0, 0, 0)),
    "lines": (LINES, (8, 8, 0, 0, 0)),
    "lines cut off": (LINES[:-40], (8, 7, 0, 1, 0)),
    "lines with both newlines": (LINES + json_lines([access(50)], "\r\n") + LINES, (17, 9, 8, 0, 0)),
    "an array": (ARRAY, (8, 8, 0, 0, 0)),
    "an array cut off": (ARRAY[:-40], (8, 7, 0, 1, 0)),
    "an array never closed": (ARRAY[:-1], (8, 8, 0, 0, 0)),
    "a pretty array": (json_array(RECORDS, 2), (8, 8, 0, 0, 0)),
    "arrays glued with ][": (ARRAY + json_array([access(70)]), (9, 9, 0, 0, 0)),
    "objects glued on one line": (LINES.replace(b"\n", b""), (8, 8, 0, 0, 0)),
    "two objects on one of the lines": (LINES.replace(b"\n", b"", 1), (8, 8, 0, 0, 0)),
    "brackets nested 100,000 deep": (LINES + DEEP + json_lines([access(60)]), (10, 9, 0, 1, 0)),
    "a cell of 10 MB": (search_csv([access(1, Big="x" * 10_000_000), access(2)]), (2, 2, 0, 0, 0)),
    "a table": (SEARCH, (8, 8, 0, 0, 0)),
    "a table cut off": (SEARCH[:-40], (8, 7, 0, 1, 0)),
    "a table with sep=": (search_csv(RECORDS, ";", head="sep=;\r\n"), (8, 8, 0, 0, 0)),
    "a table with a sep= that is a quote": (b'sep="\r\n' + SEARCH, (8, 8, 0, 0, 0)),
    "a table with #TYPE": (b"#TYPE Deserialized.Result\r\n" + SEARCH, (8, 8, 0, 0, 0)),
    "a table with its header again": (SEARCH + SEARCH, (17, 8, 8, 0, 1)),
    "a broken quote in the middle": (
        SEARCH + b'"50","x","ana,"y","{""Id"":""q"r\r\n' + search_csv([access(90)]).split(b"\r\n", 1)[1],
        (10, 9, 0, 1, 0),
    ),
    "UTF-16 with BOM": (utf16(ARRAY, "le"), (8, 8, 0, 0, 0)),
    "UTF-16 without BOM": (utf16(SEARCH, "be", bom=False), (8, 8, 0, 0, 0)),
    "UTF-16 cut inside a character": (utf16(SEARCH, "le")[:-1], (8, 7, 0, 1, 0)),
    "Windows-1252": (LINES.decode().encode("cp1252"), (8, 8, 0, 0, 0)),
    "bytes that are no text": (ARRAY.replace("ü".encode(), b"\xff\xfe\x80"), (8, 8, 0, 0, 0)),
    "half a surrogate pair": (LINES.replace(b"SoftDelete", b"Soft\\ud800Delete"), (8, 8, 0, 0, 0)),
    "NULs in texts": (SEARCH.replace(b"ana@", b"a\0na@"), (8, 8, 0, 0, 0)),
    "one record twice": (json_lines([deletion(1), deletion(1)]), (2, 1, 1, 0, 0)),
    "equal records without an id": (
        json_lines([{k: v for k, v in access(1).items() if k != "Id"}] * 3),
        (3, 3, 0, 0, 0),
    ),
    "numbers no column holds": (
        json_lines([access(1, RecordType=10**30), access(2, OperationCount=-(2**70))]),
        (2, 2, 0, 0, 0),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_record_is_a_row_a_duplicate_a_reject_or_a_skip(name: str, tmp_path: Path) -> None:
    """Whatever is wrong with a file, each of its records is counted once, and the counts are these."""
    data, expected = FILES[name]

    case, _ = case_of(tmp_path, data)

    assert {"1.dat": expected} == accounts(case)
    check_sound(case)


def test_records_whose_end_never_comes_are_cut_in_linear_time(tmp_path: Path) -> None:
    """Twenty thousand records that each hide their end are twenty thousand rejects, and soon."""
    case, _ = case_of(tmp_path, LINES + b'{"Id":"2\n' * 20_000)

    assert {"1.dat": (20_008, 8, 0, 20_000, 0)} == accounts(case)


def test_a_number_no_column_holds_is_a_fault_and_null(tmp_path: Path) -> None:
    """A number beyond 63 bits costs the record that number only."""
    case, _ = case_of(tmp_path, json_lines([access(1, OperationCount=10**30)]))

    assert [(audit(1), None)] == rows(case, "SELECT id, operation_count FROM mail_accesses")
    assert [("$.OperationCount",)] == rows(case, "SELECT path FROM faults")


def audit(number: int) -> str:
    return str(access(number)["Id"])


@given(st.binary(max_size=3000))
def test_any_bytes_are_accounted_for(data: bytes) -> None:
    """Bytes of any kind are an evidence item that adds up."""
    with tempfile.TemporaryDirectory() as folder:
        case, _ = case_of(Path(folder), data)
        check_sound(case)


@given(damaged(GOOD))
def test_any_damage_to_an_export_is_accounted_for(data: bytes) -> None:
    """After any damage, what survives leads back to bytes that hold its id, and the rest is counted."""
    with tempfile.TemporaryDirectory() as folder:
        case, _ = case_of(Path(folder), data)
        check_sound(case)
        for table in ("audit_events", "signins"):
            for id_, raw in raw_records(case, table):
                assert table == "signins" or id_ == "None" or holds(raw, id_), (id_, raw[:2000])


def holds(raw: bytes, text: str) -> bool:
    """Whether bytes hold a text, in any encoding of an export, and with or without the quoting of CSV and JSON."""
    plain = text.replace('"', "")
    for encoding in ("utf-8", "cp1252", "utf-16-le", "utf-16-be"):
        seen = raw.decode(encoding, "replace").replace('"', "").replace("\\", "")
        if plain.replace("\\", "") in seen:
            return True
    return not plain.isascii() or "\\u" in raw.decode("latin-1") or not plain.isprintable()


@given(damaged(PACKED))
def test_any_damage_to_an_archive_is_accounted_for(data: bytes) -> None:
    """A damaged archive is an item with a problem, and the case stays whole."""
    with tempfile.TemporaryDirectory() as folder:
        case, _ = case_of(Path(folder), data)
        check_sound(case)
