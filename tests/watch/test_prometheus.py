"""The text file for Prometheus."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mailwitness.watch.prometheus import Metric, text_of, write


def test_metrics_in_the_text_format() -> None:
    """Help, type and samples; labels are escaped as the format says; whole numbers have no fraction."""
    metrics = [
        Metric("a_total", "counter", "How\nmany \\ of them.", [({"channel": 'x"y\\z\n'}, 3.0), ({}, 0.25)]),
        Metric("none", "gauge", "Left out.", []),
    ]

    assert (
        "# HELP a_total How\\nmany \\\\ of them.\n"
        "# TYPE a_total counter\n"
        'a_total{channel="x\\"y\\\\z\\n"} 3\n'
        "a_total 0.25\n"
    ) == text_of(metrics)


def test_the_file_is_moved_into_place_and_readable_by_others(tmp_path: Path) -> None:
    """The exporter runs as another user, and never sees a half-written file."""
    file = tmp_path / "mailwitness.prom"
    file.write_text("old")

    write(file, [Metric("a", "gauge", "A.", [({}, 1)])])

    assert "# HELP a A.\n# TYPE a gauge\na 1\n" == file.read_text()
    assert 0o644 == stat.S_IMODE(file.stat().st_mode)
    assert [file] == list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """The old numbers stay, and no half-written file lies about."""
    (tmp_path / "m.prom").mkdir()

    with pytest.raises(OSError):
        write(tmp_path / "m.prom", [Metric("a", "gauge", "A.", [({}, 1)])])

    assert [tmp_path / "m.prom"] == list(tmp_path.iterdir())
