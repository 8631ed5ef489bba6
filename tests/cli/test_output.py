"""What the command line prints, and what it understands of times and options."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from mailwitness.cli.commands import _folder_for, fails
from mailwitness.cli.output import plain, print_json, wants_json
from mailwitness.cli.times import given_time
from mailwitness.errors import UsageError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (False, False),
        (0, 0),
        (2**70, 2**70),
        (1.5, 1.5),
        (float("nan"), None),
        (Decimal("3"), 3),
        (Decimal("0.5"), 0.5),
        (Decimal("NaN"), None),
        (datetime(2026, 3, 2, 9, 15, 22), "2026-03-02T09:15:22Z"),
        (datetime(2026, 3, 2, 9, 15, 22, 5000, tzinfo=UTC), "2026-03-02T09:15:22.005000Z"),
        (date(2026, 3, 2), "2026-03-02"),
        (timedelta(minutes=1), 60.0),
        (b"a\xff", "a\\xff"),
        ((1, [datetime(2026, 3, 2)]), [1, ["2026-03-02T00:00:00Z"]]),
        ({"a": {1}}, {"a": [1]}),
        (Path("a/b"), "a/b"),
    ],
)
def test_every_value_has_a_json_form(value: object, expected: object) -> None:
    """Null stays null, false stays false, times are UTC with Z."""
    assert expected == plain(value)


def test_json_begins_with_the_schema_version_and_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """No control or bidirectional character of a log reaches the terminal."""
    print_json({"subject": "\x1b[2J\u202e\u009b"})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert "\x1b" not in printed
    assert list(json.loads(printed).items()) == [("schema_version", 1), ("subject", "\x1b[2J\u202e\u009b")]


def test_json_is_wanted_only_as_an_option() -> None:
    """After ``--`` it is a name like any other."""
    assert wants_json(["ask", "case", "--json"])
    assert not wants_json(["investigate", "--", "--json"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2026-03-02", datetime(2026, 3, 2)),
        ("2026-03-02T09:15", datetime(2026, 3, 2, 9, 15)),
        ("2026-03-02T09:15:00Z", datetime(2026, 3, 2, 9, 15)),
        ("2026-03-02T11:15+02:00", datetime(2026, 3, 2, 9, 15)),
    ],
)
def test_a_given_time_is_utc_unless_it_says_otherwise(text: str | None, expected: datetime | None) -> None:
    """ISO 8601; an offset is applied."""
    assert expected == given_time(text, "--from")


@pytest.mark.parametrize("text", ["", "yesterday", "3/4/2026", "0001-01-01T00:00+14:00"])
def test_a_time_that_is_none_names_the_option_and_the_forms(text: str) -> None:
    """An ambiguous date is refused, not guessed."""
    with pytest.raises(UsageError, match="--from"):
        given_time(text, "--from")


@pytest.mark.parametrize(
    ("fail_on", "verdicts", "expected"),
    [
        ("never", ["supported"], False),
        ("supported", ["supported"], True),
        ("supported", ["undecidable", "contradicted"], False),
        ("undecidable", ["undecidable"], True),
        ("undecidable", ["supported"], True),
        ("undecidable", ["contradicted"], False),
        ("undecidable", [], False),
    ],
)
def test_fail_on_names_the_verdicts_that_end_with_1(fail_on: str, verdicts: list[str], expected: bool) -> None:
    """Supported is above undecidable, and a contradicted claim never fails."""
    assert expected == fails(fail_on, verdicts)


def test_one_pile_of_evidence_has_one_case_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same paths give the same folder in any order and spelling; other paths never share it."""
    monkeypatch.chdir(tmp_path)
    first = _folder_for([Path("a/export"), Path("b")])
    assert first == _folder_for([tmp_path / "b", Path("a/../a/export")])
    assert first != _folder_for([Path("c/export"), Path("b")])
    assert first.parent == Path(".")
