"""Naming channels."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwitness.errors import UsageError
from mailwitness.watch.channels import Means, kinds, opened


def test_channels_are_the_modules_of_the_folder() -> None:
    """A module is a kind; there is no list."""
    assert ["apprise", "file", "syslog", "webhook"] == list(kinds())


@pytest.mark.parametrize("text", ["pager:hunter2", "webhook", "webhook:", "hunter2", "file"])
def test_an_unknown_channel_is_told_and_not_repeated(text: str) -> None:
    """What stands after the colon may be a secret."""
    with pytest.raises(UsageError, match="write one of: apprise:env:NAME, file:PATH, syslog:") as caught:
        opened([text], Means())

    assert "hunter2'" not in str(caught.value).replace("kind 'hunter2'", "")


def test_a_receiver_named_twice_is_an_error(tmp_path: Path) -> None:
    """Else every alert would come twice."""
    with pytest.raises(UsageError, match="named twice"):
        opened([f"file:{tmp_path}/a", f"file:{tmp_path}/a"], Means())


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """A file without certificates is wrong use, told before anything is sent."""
    (tmp_path / "ca.pem").write_text("nothing")

    with pytest.raises(UsageError, match=r"ca\.pem: no certificates"):
        opened(["syslog:tls://127.0.0.1"], Means(tmp_path / "ca.pem"))
