"""Law 2: every row leads back to evidence and place, and the raw record comes back byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailwitness.errors import UsageError
from tests.laws.cases import (
    access,
    audit_id,
    case_of,
    deletion,
    json_array,
    json_lines,
    raw_records,
    rows,
    search_csv,
    signin,
)
from tests.laws.damage import utf16

RECORDS = [access(1), access(2, Subject="日本 🙂"), deletion(3)]


def texts(records: list[dict[str, object]]) -> list[bytes]:
    return [json.dumps(record, ensure_ascii=False).encode() for record in records]


LAYOUTS: dict[str, tuple[bytes, list[bytes]]] = {
    "lines": (json_lines(RECORDS), texts(RECORDS)),
    "lines with CRLF": (json_lines(RECORDS, "\r\n"), texts(RECORDS)),
    "lines after a BOM": (b"\xef\xbb\xbf" + json_lines(RECORDS), texts(RECORDS)),
    "an array": (json_array(RECORDS), texts(RECORDS)),
    "a page": (b'{"@odata.context": "x", "value": ' + json_array(RECORDS) + b"}", texts(RECORDS)),
    "glued": (b"".join(texts(RECORDS)), texts(RECORDS)),
    "a damaged line before": (b'{"Id": "x", \n' + json_lines(RECORDS), texts(RECORDS)),
    "UTF-16, little end first": (
        utf16(json_array(RECORDS), "le"),
        [t.decode().encode("utf-16-le") for t in texts(RECORDS)],
    ),
    "UTF-16 lines, big end first": (
        utf16(json_lines(RECORDS), "be"),
        [t.decode().encode("utf-16-be") for t in texts(RECORDS)],
    ),
    "UTF-16 without BOM": (
        utf16(json_lines(RECORDS), "le", bom=False),
        [t.decode().encode("utf-16-le") for t in texts(RECORDS)],
    ),
    "a table": (search_csv(RECORDS), search_csv(RECORDS).splitlines(keepends=True)[1:]),
    "a table with sep=": (
        search_csv(RECORDS, ";", "\n", "sep=;\n"),
        search_csv(RECORDS, ";", "\n").splitlines(keepends=True)[1:],
    ),
    "a table in UTF-16": (
        utf16(search_csv(RECORDS), "le"),
        [line.encode("utf-16-le") for line in search_csv(RECORDS).decode().splitlines(keepends=True)[1:]],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_raw_record_comes_back_byte_for_byte(layout: str, tmp_path: Path) -> None:
    """The place of a row gives exactly the bytes of its record, in the encoding of the file."""
    data, expected = LAYOUTS[layout]

    case, _ = case_of(tmp_path, data)

    assert [(audit_id(n + 1), raw.strip(b"\r\n\0")) for n, raw in enumerate(expected)] == [
        (id_, raw.strip(b"\r\n\0")) for id_, raw in raw_records(case)
    ]


def test_the_place_of_a_pretty_record_is_the_whole_object(tmp_path: Path) -> None:
    """A record over many lines comes back with its lines."""
    case, _ = case_of(tmp_path, json_array(RECORDS, 2))

    assert RECORDS == [json.loads(raw) for _, raw in raw_records(case)]
    assert all(raw.startswith(b"{\n") and raw.endswith(b"\n  }") for _, raw in raw_records(case))


def test_a_large_utf16_file_keeps_its_places(tmp_path: Path) -> None:
    """Places stay exact over many blocks of a file whose characters have two and four bytes."""
    records = [access(n, Note="é🙂" * (n % 70)) for n in range(1, 1500)]

    case, _ = case_of(tmp_path, utf16(json_array(records), "le"))

    assert [(r["Id"], json.dumps(r, ensure_ascii=False)) for r in records] == [
        (id_, raw.decode("utf-16-le")) for id_, raw in raw_records(case)
    ]


def test_a_derived_row_leads_to_the_record_it_came_from(tmp_path: Path) -> None:
    """An item of an access has the place of the access."""
    case, _ = case_of(tmp_path, json_lines(RECORDS))

    assert rows(case, "SELECT locator FROM mail_accesses ORDER BY id") == rows(
        case, "SELECT locator FROM mail_access_items ORDER BY row_id"
    )


def test_a_sign_in_of_a_page_comes_back(tmp_path: Path) -> None:
    """A Graph page's sign-in is its own object, without the page."""
    record = signin(1)

    case, _ = case_of(tmp_path, json.dumps({"value": [signin(0), record]}).encode())

    assert [record["id"]] == [id_ for id_, raw in raw_records(case, "signins") if json.loads(raw) == record]


def test_a_reject_has_its_place_too(tmp_path: Path) -> None:
    """What could not be read is named by its bytes."""
    good, bad = json_lines([access(1)]), b'{"Id": "aaaa1111-0000-4000-8000-00000000000f", "Operation": "Send", "Creat'

    case, _ = case_of(tmp_path, good + bad)

    assert [(f"bytes={len(good)}+{len(bad)}", "cut_off", "aaaa1111-0000-4000-8000-00000000000f", "Send")] == rows(
        case, "SELECT locator, reason, id, operation FROM rejects"
    )


def test_raw_record_is_asked_by_table_and_row(tmp_path: Path) -> None:
    """`Case.raw_record` gives the bytes, and says so when there is no such row or table."""
    case, _ = case_of(tmp_path, json_lines([deletion(1)]))

    assert json_lines([deletion(1)]).strip() == case.raw_record("audit_events", f"audit:{audit_id(1)}")
    with pytest.raises(UsageError, match="no row"):
        case.raw_record("audit_events", "audit:none")
    with pytest.raises(UsageError, match="no table of records"):
        case.raw_record("findings", "x")
