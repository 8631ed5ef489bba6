"""The lines of a whole text with their places in the evidence's own bytes.

A frame's ``raw`` is UTF-8; of a UTF-16 file its ``length`` is that of the file's bytes, which is how the two are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailwitness.model.evidence import Frame
from mailwitness.sources.framing.encoding import text_of


def original_length(frame: Frame, piece: bytes) -> int:
    """How many bytes a piece of the frame's UTF-8 has in the evidence itself."""
    if frame.length == len(frame.raw):
        return len(piece)
    return len(piece.decode("utf-8", "replace").encode("utf-16-le", "surrogatepass"))


def text_lines(frame: Frame) -> Iterator[tuple[int, int, str]]:
    """(offset, length, text) of every line of a whole-text frame, line ends left out of the text."""
    at = frame.offset
    for line in frame.raw.splitlines(keepends=True):
        length = original_length(frame, line)
        yield at, length, text_of(line).rstrip("\r\n")
        at += length
