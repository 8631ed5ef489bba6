"""The file of JSON lines."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from mailwitness.errors import UsageError
from mailwitness.watch.channels import Channel, Means, NotDelivered, opened
from tests.watch.receiving import alert


def channel(path: Path) -> Channel:
    (made,) = opened([f"file:{path}"], Means())
    return made


def test_each_alert_is_a_line(tmp_path: Path) -> None:
    """Appended to what is there; the file is the owner's alone; a log's line end is no line end."""
    file = tmp_path / "alerts.jsonl"
    alerts = [alert(1, mailbox='a"\n\u2028b\x1b'), alert(2), alert(3)]

    channel(file).deliver(alerts[:1])
    channel(file).deliver(alerts[1:])

    assert [made.content for made in alerts] == [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
    assert file.read_bytes().isascii()
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_a_line_cut_by_a_kill_is_closed(tmp_path: Path) -> None:
    """The half line stays alone, and the alert is whole below it."""
    file = tmp_path / "alerts.jsonl"
    file.write_bytes(b'{"alert_id": "x", "ki')

    channel(file).deliver([alert(1)])

    half, whole, end = file.read_bytes().split(b"\n")
    assert (b'{"alert_id": "x", "ki', b"") == (half, end)
    assert alert(1).content == json.loads(whole)


def test_what_cannot_be_written_is_not_delivered(tmp_path: Path) -> None:
    """A folder that went away, or a disk that is full, leaves the alerts waiting."""
    made = channel(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").mkdir()

    with pytest.raises(NotDelivered, match="Is a directory"):
        made.deliver([alert()])


def test_a_full_disk_is_not_delivered() -> None:
    """The system's own words are the reason."""
    with pytest.raises(NotDelivered, match="No space left"):
        channel(Path("/dev/full")).deliver([alert()])


@pytest.mark.parametrize("where", [".", "no/such/folder/alerts.jsonl"])
def test_a_file_that_cannot_be_is_wrong_use(where: str) -> None:
    """A folder, or a file in none."""
    with pytest.raises(UsageError, match="name the file"):
        opened([f"file:{where}"], Means())
