"""Text encodings of exports, and the way back from a place in the text to a place in the bytes.

UTF-8 with or without BOM is read as it is. UTF-16 (PowerShell's ``Out-File``) is turned into UTF-8 block by block, with a map
back to the file's own offsets. Windows-1252 needs no stream of its own: single records that are not UTF-8 are decoded as
Windows-1252 where they are read, and their places do not move.
"""

from __future__ import annotations

import codecs
from collections import deque
from typing import BinaryIO, Literal, Protocol

Encoding = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "binary", "empty"]

BLOCK_BYTES = 1 << 18


class Source(Protocol):
    """Bytes as UTF-8, and the original offset of a place among them. Places are asked in rising order."""

    def read(self, size: int) -> bytes: ...

    def original(self, position: int) -> int: ...


class Utf8Source:
    """A file, or a stretch of one, that is UTF-8 already; positions are counted from ``start``."""

    def __init__(self, stream: BinaryIO, start: int, end: int | None = None) -> None:
        stream.seek(start)
        self._stream, self._start, self._left = stream, start, None if end is None else end - start

    def read(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
        data = self._stream.read(size)
        if self._left is not None:
            self._left -= len(data)
        return data

    def original(self, position: int) -> int:
        return self._start + position


class Utf16Source:
    """A UTF-16 file read as UTF-8. What is not valid UTF-16 becomes U+FFFD; the bytes stay in the evidence."""

    def __init__(self, stream: BinaryIO, encoding: str, start: int) -> None:
        stream.seek(start)
        self._stream, self._encoding = stream, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._blocks: deque[tuple[int, int, str]] = deque()  # (utf-8 position, original offset, text)
        self._position, self._offset, self._pending = 0, start, b""
        self._read_until = start  # a last half character stands for fewer bytes than its replacement

    def read(self, size: int) -> bytes:
        while len(self._pending) < size:
            raw = self._stream.read(BLOCK_BYTES)
            self._read_until += len(raw)
            text = self._decoder.decode(raw, final=not raw)
            if text:
                encoded = text.encode("utf-8", "surrogatepass")
                self._blocks.append((self._position, self._offset, text))
                self._position += len(encoded)
                self._offset += len(text.encode(self._encoding, "surrogatepass"))
                self._pending += encoded
            if not raw:
                break
        data, self._pending = self._pending[:size], self._pending[size:]
        return data

    def original(self, position: int) -> int:
        while len(self._blocks) > 1 and self._blocks[1][0] <= position:
            self._blocks.popleft()
        if not self._blocks:
            return min(self._offset, self._read_until)
        start, offset, text = self._blocks[0]
        before = text.encode("utf-8", "surrogatepass")[: position - start].decode("utf-8", "ignore")
        return min(offset + len(before.encode(self._encoding, "surrogatepass")), self._read_until)


def detect_encoding(head: bytes) -> tuple[Encoding, int]:
    """(encoding, bytes of BOM) from the beginning of a file; UTF-16 without BOM is told by its zero bytes."""
    if not head:
        return "empty", 0
    if head.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig", 3) if len(head) > 3 else ("empty", 3)
    if head.startswith(codecs.BOM_UTF16_LE):
        return ("utf-16-le", 2) if len(head) > 2 else ("empty", 2)
    if head.startswith(codecs.BOM_UTF16_BE):
        return ("utf-16-be", 2) if len(head) > 2 else ("empty", 2)
    sample = head[:4096]
    zeros = sample.count(0)
    if zeros:
        odd, even = sample[1::2].count(0), sample[0::2].count(0)
        if odd > 0.7 * (len(sample) // 2) and even < 0.1 * len(sample) + 1:
            return "utf-16-le", 0
        if even > 0.7 * (len(sample) // 2) and odd < 0.1 * len(sample) + 1:
            return "utf-16-be", 0
    control = sum(sample.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    if sample.startswith((b"\x7fELF", b"MZ", b"%PDF", b"\x89PNG", b"SQLite format", b"PAR1", b"ElfFile")) or (
        control > max(2, len(sample) // 100)
    ):
        return "binary", 0
    return "utf-8", 0


def open_source(stream: BinaryIO, encoding: str, start: int, end: int | None = None) -> Source:
    """The file as UTF-8 from ``start``; ``end`` only for encodings that can be split."""
    if encoding.startswith("utf-16"):
        return Utf16Source(stream, encoding, start)
    return Utf8Source(stream, start, end)


def text_of(raw: bytes) -> str:
    """A record's bytes as text: UTF-8, else Windows-1252 (a whole record is one or the other), never failing."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
