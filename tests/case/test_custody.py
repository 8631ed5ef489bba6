"""The chain of custody: acts in order, each bound to the one before it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mailwitness.case.custody import Custody


@pytest.fixture
def chain(tmp_path: Path) -> Custody:
    custody = Custody(tmp_path / "custody.jsonl")
    for number in range(4):
        custody.add("added", {"evidence_id": f"ev-{number}"})
    return custody


def test_acts_come_back_in_order(chain: Custody) -> None:
    """What was written, oldest first, and nothing is broken."""
    assert [("added", f"ev-{n}") for n in range(4)] == [
        (act["act"], act["details"]["evidence_id"]) for act in chain.acts()
    ]
    assert [] == chain.broken()


def test_the_last_hash_is_that_of_the_last_line(chain: Custody) -> None:
    """Anyone can compute it."""
    assert hashlib.sha256(chain.path.read_bytes().splitlines()[-1]).hexdigest() == chain.last_hash()


def test_an_empty_chain_is_whole(tmp_path: Path) -> None:
    """No file, no act, no problem."""
    custody = Custody(tmp_path / "custody.jsonl")

    assert ([], [], "0" * 64) == (custody.acts(), custody.broken(), custody.last_hash())


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_breaks_the_chain_after_it(line: int, chain: Custody) -> None:
    """The line that no longer follows is named."""
    lines = chain.path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b"ev-", b"EV-")
    chain.path.write_bytes(b"".join(lines))

    assert [f"line {line + 2}:" in problem for problem in chain.broken()] == [True]


def test_a_removed_line_breaks_the_chain(chain: Custody) -> None:
    """The line after the gap is named."""
    lines = chain.path.read_bytes().splitlines(keepends=True)
    chain.path.write_bytes(b"".join(lines[:1] + lines[2:]))

    assert [True] == ["line 2:" in problem for problem in chain.broken()]


@pytest.mark.parametrize("line", [b"5", b"[]", b"null", b"{}", b'{"act": 5, "details": {}}', b"\xff", b"{"])
def test_a_line_that_is_no_act_is_named_and_no_act(line: bytes, chain: Custody) -> None:
    """Whatever stands there, it is a problem and not a failure."""
    chain.path.write_bytes(chain.path.read_bytes() + line + b"\n")

    assert 4 == len(chain.acts())
    assert [True] == ["line 5: no act" in problem for problem in chain.broken()]


def test_repair_drops_an_unfinished_last_line_only(chain: Custody) -> None:
    """What a kill left half written goes; whole lines stay."""
    whole = chain.path.read_bytes()
    chain.path.write_bytes(whole + b'{"act": "add')

    chain.repair()
    chain.repair()

    assert whole == chain.path.read_bytes()


@pytest.mark.parametrize("length", [1, 65_400, 65_536, 200_000])
def test_the_last_hash_is_that_of_the_last_line_however_long(length: int, tmp_path: Path) -> None:
    """It is read from the end of the file, in blocks."""
    custody = Custody(tmp_path / "custody.jsonl")
    for number in range(3):
        custody.add("added", {"number": number, "name": "x" * length})

    last = custody.path.read_bytes().splitlines()[-1]

    assert hashlib.sha256(last).hexdigest() == custody.last_hash()
    assert [] == custody.broken()
