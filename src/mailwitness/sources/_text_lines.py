"""The lines of a whole text with their places in the evidence's own bytes."""

from __future__ import annotations

from collections.abc import Iterator

from mailwitness.model.evidence import Frame
from mailwitness.sources.framing.encoding import detect_encoding, text_of


def text_lines(frame: Frame) -> Iterator[tuple[int, int, str]]:
    """(offset, length, text) of every line of a whole-text frame, line ends left out of the text."""
    encoding, bom = detect_encoding(frame.raw)
    raw = frame.raw[bom:] if encoding != "empty" else b""
    at = frame.offset + bom
    if encoding.startswith("utf-16"):
        for text in raw.decode(encoding, "replace").splitlines(keepends=True):
            length = len(text.encode(encoding, "surrogatepass"))
            yield at, length, text.rstrip("\r\n")
            at += length
        return
    for line in raw.splitlines(keepends=True):
        yield at, len(line), text_of(line).rstrip("\r\n")
        at += len(line)
