"""What lies in a collection folder beside records: its manifest, and listings of content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.reading import read_file

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("file", "records"),
    [
        ("collection_manifest_json/manifest.jsonl", 2),
        ("management_listing_json/two-pages.json", 2),
        ("management_listing_json/nothing.json", 0),
    ],
)
def test_what_is_no_record_is_a_declared_skip(file: str, records: int) -> None:
    """Counted, and neither a row nor a reject."""
    found = read_file(HERE / file)

    assert (file.partition("/")[0], records, []) == (found.reader, found.records, found.rows("rejects"))
    assert {} == {table: rows for table, rows in found.tables.items() if rows and table not in ("skips", "rejects")}
