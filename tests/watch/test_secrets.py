"""Where secrets are handed over."""

from __future__ import annotations

import os

import pytest

from mailwitness.errors import UsageError
from mailwitness.watch.secrets import secret_at


def descriptor_of(data: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


def test_a_secret_comes_from_the_environment_or_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line end that files add is no part of it; blanks are."""
    monkeypatch.setenv("A_SECRET", " p\u00e4ss ")

    assert " p\u00e4ss " == secret_at("env:A_SECRET", "x")
    number = descriptor_of(" p\u00e4ss \r\n".encode())
    assert " p\u00e4ss " == secret_at(f"fd:{number}", "x")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("env:NOT_THERE", "no 'NOT_THERE'"),
        ("env:EMPTY", "env:EMPTY is empty"),
        ("fd:9999", "descriptor 9999 cannot be read"),
        ("fd:99999999999999999999", "names no descriptor"),
        ("fd:three", "fd:three names no descriptor"),
    ],
)
def test_nothing_at_the_place_names_the_place(place: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which option and which place."""
    monkeypatch.setenv("EMPTY", "\n")

    with pytest.raises(UsageError, match=said):
        secret_at(place, "--webhook-secret")


def test_a_secret_given_as_an_argument_is_not_repeated() -> None:
    """The error does not show what may be the secret itself."""
    with pytest.raises(UsageError, match="not given as an argument") as caught:
        secret_at("hunter2", "--webhook-secret")

    assert "hunter2" not in str(caught.value)


def test_bytes_that_are_no_text_are_not_repeated() -> None:
    """A key file in binary form is refused without showing it."""
    with pytest.raises(UsageError, match="no UTF-8 text") as caught:
        secret_at(f"fd:{descriptor_of(b'abc' + bytes([255]))}", "x")

    assert caught.value.__cause__ is None
    assert "abc" not in str(caught.value)
