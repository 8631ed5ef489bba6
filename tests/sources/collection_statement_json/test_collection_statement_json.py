"""Statements of what was collected: whole feeds, parts of feeds, and what is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.sources.reading import read_file

HERE = Path(__file__).parent


def test_a_statement_becomes_a_window_of_its_feed() -> None:
    """All users: the feed. Some: a feed of its own, for a part proves nothing of the whole. Unknown completeness stays null."""
    found = read_file(HERE / "collection.jsonl")

    assert ("collection_statement_json", 4) == (found.reader, found.records)
    day = {"window_from": datetime(2026, 3, 1), "window_to": datetime(2026, 3, 2)}
    assert [
        {
            "feed": "signins_non_interactive", **day, "expected": 120, "received": 120, "complete": True,
            "statement": "contoso nightly export / last page had no next link",
        },
        {"feed": "unified_audit_log_part", **day, "expected": None, "received": 7, "complete": None, "statement": None},
    ] == found.rows(
        "collection_windows", "feed", "window_from", "window_to", "expected", "received", "complete", "statement"
    )  # fmt: skip


def test_a_statement_of_another_version_or_without_users_is_a_reject() -> None:
    """What it means is not guessed; the reject says what is needed."""
    found = read_file(HERE / "collection.jsonl")

    assert [
        ("statement_version", "collection_statement is 2; 1 is what is known here"),
        (
            "statement_incomplete",
            "feed is 'unified_audit_log' and users None; a feed's name and 'all' or 'some' are needed",
        ),
    ] == [(row["reason"], row["detail"]) for row in found.rows("rejects", "reason", "detail")]
