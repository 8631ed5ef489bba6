"""The engine's settings."""

from __future__ import annotations

import os

import pytest

from mailwitness.case.engines import duckdb_engine


@pytest.mark.parametrize(
    ("gibibytes", "share"),
    [(1, "600000000B"), (8, f"{2 * 1024**3}B"), (64, "2800000000B")],
    ids=["small", "usual", "large"],
)
def test_an_engine_uses_a_bounded_share_of_the_machine(
    gibibytes: int, share: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter, but enough to work with, and never so much that the process passes 4 GiB."""
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": gibibytes * 1024**3 // 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__, raising=False)

    assert share == duckdb_engine.share_of_memory()


def test_a_machine_that_does_not_tell_its_memory_is_taken_for_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no such call."""
    monkeypatch.delattr(os, "sysconf", raising=False)

    assert "600000000B" == duckdb_engine.share_of_memory()
