"""Encodings are told by the first bytes, and places in the text lead back to places in the file."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.sources.framing import encoding
from mailwitness.sources.framing.encoding import Utf16Source, detect_encoding, text_of


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", ("empty", 0)),
        (b"\xef\xbb\xbf", ("empty", 3)),
        (b"\xff\xfe", ("empty", 2)),
        (b"{}", ("utf-8", 0)),
        (b"\xef\xbb\xbf{}", ("utf-8-sig", 3)),
        (b"\xff\xfe{\0}\0", ("utf-16-le", 2)),
        (b"\xfe\xff\0{\0}", ("utf-16-be", 2)),
        ('{"Id":"é"}'.encode("utf-16-le"), ("utf-16-le", 0)),
        ('{"Id":"é"}'.encode("utf-16-be"), ("utf-16-be", 0)),
        ('{"Id":"é"}'.encode("cp1252"), ("utf-8", 0)),
        (b"\x7fELF", ("binary", 0)),
        (b"%PDF-1.7", ("binary", 0)),
        (bytes(range(256)), ("binary", 0)),
    ],
)
def test_the_encoding_is_told_by_the_first_bytes(head: bytes, expected: tuple[str, int]) -> None:
    """With BOM or without; Windows-1252 is told record by record, so here it is UTF-8."""
    assert expected == detect_encoding(head)


@settings(deadline=None, max_examples=80, derandomize=True, database=None)
@given(st.text(max_size=200), st.sampled_from(("utf-16-le", "utf-16-be")), st.integers(1, 9), st.data())
def test_any_place_in_the_text_leads_to_its_bytes(text: str, order: str, block: int, data: st.DataObject) -> None:
    """Whatever the characters, and wherever blocks end, a piece of the text is a piece of the file."""
    raw = text.encode(order)
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    size, encoding.BLOCK_BYTES = encoding.BLOCK_BYTES, block
    try:
        source = Utf16Source(io.BytesIO(raw), order, 0)
        seen = b"".join(iter(lambda: source.read(7), b""))
        first = source.original(len(text[:begin].encode()))
        last = source.original(len(text[:end].encode()))
    finally:
        encoding.BLOCK_BYTES = size

    assert text == seen.decode()
    assert text[begin:end] == raw[first:last].decode(order)


@settings(deadline=None, max_examples=80, derandomize=True, database=None)
@given(st.binary(max_size=60), st.sampled_from(("utf-16-le", "utf-16-be")))
def test_no_place_lies_beyond_the_file(raw: bytes, order: str) -> None:
    """Also when the file ends inside a character."""
    source = Utf16Source(io.BytesIO(raw), order, 0)
    seen = b"".join(iter(lambda: source.read(7), b""))

    assert source.original(len(seen)) == len(raw)


def test_bytes_that_are_no_utf8_are_windows_1252() -> None:
    """A record is one or the other, and reading it never fails."""
    assert ("é", "é", "\ufffd") == (text_of("é".encode()), text_of("é".encode("cp1252")), text_of(b"\x81"))
