"""A sample of ``bench/collect.py``: a simulated tenant under mixtures of faults, collected daily, against the truth, record by record."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.collect import faulty_run, mixture, tenant


@pytest.fixture(scope="module")
def holds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's tenant."""
    return tenant(tmp_path_factory.mktemp("simulated") / "tenant")


@pytest.mark.parametrize("seed", [17, 24, 25])
def test_what_is_missing_lies_in_a_gap_and_in_no_claim(holds: Path, tmp_path: Path, seed: int) -> None:
    """Every record is had byte for byte, or its time is a gap of the ledger; the statement calls no such time complete."""
    wrong, counts = faulty_run(tmp_path, holds, mixture(seed), seed)

    assert [] == wrong
    assert counts["records"] > 1000
    assert counts["claimed hours"] > 100


def test_a_mixture_is_told_by_its_seed() -> None:
    """So that a failure can be repeated."""
    assert mixture(25) == mixture(25)
    assert mixture(25) != mixture(26)
