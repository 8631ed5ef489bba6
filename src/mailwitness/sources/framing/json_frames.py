"""JSON in every layout that exports have, cut into records without decoding what is around them.

Handles one array, one object, objects or arrays glued together, pretty-printing, pages around the records (OData ``value``,
``records``, ``Results``, ``tables[].rows``, ``hits.hits``), an array never closed, text between records, and a file cut off
inside a record. A regular expression walks from bracket to bracket, strings skipped; memory is bounded by one record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from mailwitness.sources.framing.encoding import Source

READ_BYTES = 1 << 20
MAX_RECORD_BYTES = 64 << 20
RESCAN_BYTES = 4 << 20  # looked at again after records without an end; beyond it, what is left is cut by its lines

_TO_BRACKET = re.compile(
    rb'[^{}\[\]"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^{}\[\]"]*+)*+([{}\[\]])',
    re.DOTALL,
)
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FIRST_KEY = re.compile(rb'[{\[]\s*+"([^"\\]{1,40})"')
_OPENER = re.compile(rb'"(value|records|Results|results|rows|hits|Value|Records)"\s*:\s*\[$')
_PAGE_KEYS = frozenset(
    """@odata.context @odata.count @odata.nextlink @odata.deltalink value records results schema stats tables name columns
    rows took timed_out _shards hits total max_score statistics render error count nextlink odata.metadata quota
    terminated_early _clusters requestid resultcount adminapi.warnings@odata.type @adminapi.warnings""".split()
)
_PAGE_KEYS_UTF8 = frozenset(key.encode() for key in _PAGE_KEYS)
_BETWEEN = b" \t\r\n,\x00\x1e\xef\xbb\xbf"  # blanks, commas, record separators, and a BOM left by gluing files
_KEYS = re.compile(rb'(?:[\s,]*+"(?:[^"\\]|\\.)*+"\s*+:\s*+(?:"(?:[^"\\]|\\.)*+"|[\w.+-]++)?+)++[\s,]*+$')

_KEY_VALUE = re.compile(rb'("(?:[^"\\]|\\.)*+")\s*+:\s*+("(?:[^"\\]|\\.)*+"|[\w.+-]++)')


def _whole_record(depth: int) -> re.Pattern[bytes]:
    """A pattern of one balanced value of at most ``depth`` levels; the strict pairing of brackets is the decoder's matter."""
    inside = rb'[^{}\[\]"]++|' + _STRING
    level = rb"(?:" + inside + rb")*+"
    for _ in range(depth - 1):
        level = rb"(?:" + inside + rb"|[{\[]" + level + rb"[}\]])*+"
    return re.compile(rb"[{\[]" + level + rb"[}\]]", re.DOTALL)


_RECORD = _whole_record(8)

Kind = Literal["record", "cut_off", "junk", "page_end", "array_open"]


@dataclass(slots=True)
class Cut:
    """A stretch of the file. ``record``: one whole value. ``cut_off``: a record that the file ends in. ``junk``: text that is
    no record. ``page_end``: nothing, but ``page`` is now complete. ``array_open``: the file ends in an open array."""

    kind: Kind
    raw: bytes
    position: int
    page: Mapping[str, Any] | None = None


def _decode_page(text: bytes) -> dict[str, Any] | None:
    """The keys of a page, from its text with the records left out; None when it is no page."""
    try:
        page = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(page, dict) or any(str(key).lower() not in _PAGE_KEYS for key in page):
        return None
    tables = page.get("tables")
    if isinstance(tables, list) and tables and isinstance(tables[-1], dict):
        return {**tables[-1], **{k: v for k, v in page.items() if k != "tables"}}
    return page


def _decode_keys(text: bytes) -> dict[str, Any]:
    """The keys of a page that stand after its records; a key whose value is an object or array has none here."""
    found = {}
    for key, value in _KEY_VALUE.findall(text):
        try:
            found[msgspec.json.decode(key, type=str)] = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # a key of the page that is not needed to read its records
    return found


class _Walk:
    """The state of one walk through a text: what is open, where the current record began, what has been looked at."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer, self._base, self._at_end = b"", 0, False  # buffer[0] is at position `base` of the text
        self._scan = 0  # where the next bracket is looked for
        self._loose = 0  # from here, text outside of records has not been looked at
        self._start: int | None = None  # where the current value begins
        self._nested: list[bytes] = []  # brackets open inside it
        self._indent = b""  # the blanks before it on its line, to find its neighbours by
        self._is_page_value = False  # the current value belongs to the page, not to the records
        self._opened: list[bytes] = []  # brackets around the records: arrays and pages
        self._page: dict[str, Any] | None = None
        self._page_depth = 0  # how many brackets are open where the page's records lie
        self._rescanned = 0  # bytes looked at in vain, to be looked at again

    def cuts(self) -> Iterator[Cut]:
        while True:
            found = _TO_BRACKET.match(self._buffer, self._scan)
            if found is not None:
                at, bracket = found.end() - 1, found[1]
                self._scan = found.end()
                if self._start is not None:
                    yield from self._inside(at, bracket)
                elif bracket in b"}]":
                    yield from self._closed(at, bracket)
                else:
                    yield from self._begun(at, bracket)
            elif not self._at_end:
                yield from self._read_on()
            else:
                yield from self._tail()
                if not self._buffer:
                    break
        if self._opened:
            yield Cut("array_open", b"", self._base, self._page)

    def _read_on(self) -> Iterator[Cut]:
        keep = self._start if self._start is not None else self._loose
        self._forget(keep)
        more = self._source.read(max(READ_BYTES, len(self._buffer)))
        self._at_end = not more
        self._buffer += more
        if len(self._buffer) > MAX_RECORD_BYTES:
            # No end in sight: give the stretch up and look for the next record on a line of its own.
            if self._may_rescan(0):
                yield from self._give_up("junk", 0, 1, b"")
            else:
                yield from self._by_lines("junk", 0, b"")

    def _forget(self, until: int) -> None:
        self._buffer, self._base = self._buffer[until:], self._base + until
        self._scan, self._loose = max(self._scan - until, 0), max(self._loose - until, 0)
        if self._start is not None:
            self._start = max(self._start - until, 0)

    def _give_up(self, kind: Kind, start: int, after: int, indent: bytes) -> Iterator[Cut]:
        resume = re.compile(rb"\n" + re.escape(indent) + rb"[{\[]").search(self._buffer, after)
        end = len(self._buffer) if resume is None else resume.start() + 1
        text = self._buffer[start:end].rstrip(_BETWEEN)
        if text.strip(_BETWEEN):
            yield Cut(kind, text, self._base + start, self._page)
        self._start, self._nested = None, []
        self._forget(end)
        self._scan = self._loose = 0

    def _may_rescan(self, start: int) -> bool:
        """Whether what follows a record without an end may be walked again; a hostile text is all such records."""
        self._rescanned += len(self._buffer) - start
        return self._rescanned <= RESCAN_BYTES

    def _by_lines(self, kind: Kind, start: int, indent: bytes) -> Iterator[Cut]:
        """Cut where lines begin with a bracket, without walking: whole values are records, the rest is given up."""
        begins = re.compile(rb"\n" + re.escape(indent) + rb"(?=[{\[])")
        starts = [start, *(found.end() for found in begins.finditer(self._buffer, start + 1))]
        if not self._at_end and len(starts) > 1:
            ends = starts[1:]  # the last one may go on after the buffer
            starts.pop()
        else:
            ends = [*starts[1:], len(self._buffer)]
        for begin, end in zip(starts, ends, strict=True):
            whole = _RECORD.match(self._buffer, begin, end)
            if whole is not None:
                yield Cut("record", whole[0], self._base + begin, self._page)
                begin = whole.end()
            text = self._buffer[begin:end]
            begin += len(text) - len(text.lstrip(_BETWEEN))
            text = text.strip(_BETWEEN)
            if text.strip(_BETWEEN + b"]}"):
                yield Cut(kind if whole is None else "junk", text, self._base + begin, self._page)
        self._start, self._nested = None, []
        self._forget(ends[-1])
        self._scan = self._loose = 0

    def _tail(self) -> Iterator[Cut]:
        """The text ends, inside a record or after the last one; a stray quote may have hidden records on later lines."""
        if self._start is not None:
            if self._may_rescan(self._start):
                yield from self._give_up("cut_off", self._start, self._start + 1, self._indent)
            else:
                yield from self._by_lines("cut_off", self._start, self._indent)
        else:
            left = len(self._buffer) - len(self._buffer[self._loose :].lstrip(_BETWEEN))
            yield from self._give_up("junk", left, max(left, 1), b"")

    def _between(self, until: int) -> Iterator[Cut]:
        """The text since the last record: blank, the keys of a page, or junk."""
        text = self._buffer[self._loose : until]
        left = len(text) - len(text.lstrip(_BETWEEN))
        text = text.strip(_BETWEEN)
        if not text:
            return
        if self._page is not None and _KEYS.match(text):
            self._page.update(_decode_keys(text))
            return
        yield Cut("junk", text, self._base + self._loose + left, self._page)

    def _begun(self, at: int, bracket: bytes) -> Iterator[Cut]:
        yield from self._between(at)
        if bracket == b"[" and (not self._opened or (self._opened[-1] == b"[" and self._page is None)):
            self._opened.append(bracket)
            self._loose = self._scan
            return
        self._is_page_value = bool(self._opened) and self._opened[-1] == b"{"
        first_key = _FIRST_KEY.match(self._buffer, at)
        if not self._is_page_value and (
            first_key is None or first_key[1].lower() not in _PAGE_KEYS_UTF8 or self._in_records()
        ):
            whole = _RECORD.match(self._buffer, at)
            if whole is not None:
                self._scan = self._loose = whole.end()
                yield Cut("record", whole[0], self._base + at, self._page)
                return
        self._start, self._nested = at, [bracket]
        line = self._buffer[self._buffer.rfind(b"\n", 0, at) + 1 : at]
        self._indent = line if not line.strip() else b""

    def _in_records(self) -> bool:
        """Whether the walk is among the records of a page; pages do not lie in pages."""
        return self._page is not None and len(self._opened) == self._page_depth

    def _closed(self, at: int, bracket: bytes) -> Iterator[Cut]:
        yield from self._between(at)
        self._loose = self._scan
        if not self._opened:
            yield Cut("junk", bracket, self._base + at)
            return
        self._opened.pop()
        if self._page is not None and b"{" not in self._opened:
            yield Cut("page_end", b"", self._base + at, self._page)
            self._page = None

    def _inside(self, at: int, bracket: bytes) -> Iterator[Cut]:
        start = self._start
        assert start is not None
        if bracket in b"{[":
            self._nested.append(bracket)
            if bracket == b"[" and not self._is_page_value and len(self._nested) <= 5 and not self._in_records():
                self._open_page(start)
            return
        self._nested.pop()  # a wrong closer is left to the decoder, which names it
        if self._nested:
            return
        if not self._is_page_value:
            yield Cut("record", self._buffer[start : self._scan], self._base + start, self._page)
        self._start, self._loose = None, self._scan

    def _open_page(self, start: int) -> None:
        """Turn the value begun into a page, if an array of records has just opened in it."""
        if _OPENER.search(self._buffer, max(start, self._scan - 40), self._scan) is None:
            return
        closers = b"".join(b"}" if b == b"{" else b"]" for b in reversed(self._nested))
        page = _decode_page(self._buffer[start : self._scan] + closers)
        if page is not None:
            self._page = page
            self._opened.extend(self._nested)
            self._page_depth = len(self._opened)
            self._start, self._nested, self._loose = None, [], self._scan


def json_cuts(source: Source) -> Iterator[Cut]:
    """Cut JSON text into records, in order; every byte that is not blank, bracket or page belongs to exactly one cut."""
    return _Walk(source).cuts()


def line_places(text: bytes, offset: int) -> list[tuple[int, int]] | None:
    """(offset, length) of the lines of a text, if each begins with { and ends with }; None if one does not."""
    if text[:1] != b"{" or text[-2:] != b"}\n":
        return None
    places: list[tuple[int, int]] = []
    find, begin, last = text.find, 0, len(text) - 1
    while (end := find(b"\n", begin)) >= 0:
        if text[end - 1] != _CLOSE or (end != last and text[end + 1] != _OPEN):
            return None
        places.append((offset + begin, end - begin))
        begin = end + 1
    return places


_OPEN, _CLOSE = b"{}"
