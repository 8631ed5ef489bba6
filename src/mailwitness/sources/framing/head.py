"""What a file is laid out as, and the head by which readers recognise it. Looks at the first 64 KiB only."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from mailwitness.model.evidence import Head, Shape
from mailwitness.sources.framing.csv_frames import Layout, csv_rows, learn_layout
from mailwitness.sources.framing.encoding import Utf8Source, detect_encoding, open_source, text_of
from mailwitness.sources.framing.json_frames import json_cuts

HEAD_BYTES = 64 << 10
_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Look:
    """A file seen from its beginning: encoding, BOM, and one head for each layout it may be, the likeliest first."""

    encoding: str
    bom: int
    heads: tuple[Head, ...]
    layout: Layout | None


def look_at(stream: BinaryIO, name: str) -> Look:
    """The layouts a file may have, with the head for each."""
    raw = stream.read(HEAD_BYTES)
    encoding, bom = detect_encoding(raw)
    if encoding in ("binary", "empty"):
        shape: Shape = "binary" if encoding == "binary" else "empty"
        return Look(encoding, bom, (Head(name, shape, ""),), None)
    head = open_source(io.BytesIO(raw), encoding, bom).read(HEAD_BYTES)
    text = text_of(head)
    if not text.strip():
        return Look(encoding, bom, (Head(name, "empty", ""),), None)
    first = head.lstrip(b" \t\r\n\xef\xbb\xbf\x00")[:1]
    heads: list[Head] = []
    layout = None
    if first in (b"{", b"["):
        heads.append(_json_head(name, head, text, len(raw) < HEAD_BYTES))
    else:
        layout = learn_layout(head)
        if layout is not None:
            heads.append(_csv_head(name, head, text, layout))
    heads.append(Head(name, "text", text))
    return Look(encoding, bom, tuple(heads), layout)


def _json_head(name: str, head: bytes, text: str, whole: bool) -> Head:
    records: list[Mapping[str, Any]] = []
    envelope: dict[str, str] = {}
    for cut in json_cuts(Utf8Source(io.BytesIO(head), 0)):
        if cut.page is not None:
            envelope.update({str(key): str(value)[:200] for key, value in cut.page.items()})
        if cut.kind == "record" and len(records) < _SAMPLE:
            value = record_value(cut.raw, cut.page)
            if isinstance(value, dict):
                records.append(value)
    return Head(name, "json_lines" if _is_json_lines(head, whole) else "json", text, (), tuple(records), envelope)


def _is_json_lines(head: bytes, whole: bool) -> bool:
    """Whether each line is one object: the first lines decode alone."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    if not whole and len(lines) > 1:
        lines.pop()  # the last one may be cut by the head's end
    if not lines[0].lstrip(b" \xef\xbb\xbf").startswith(b"{"):
        return False
    good = 0
    for line in lines[:5]:
        try:
            msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf"))
            good += 1
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if not line.startswith(b"{"):
                return False
    return good > 0 and good * 2 >= len(lines[:5]) and not any(_pages(line) for line in lines[:1])


def _pages(line: bytes) -> bool:
    """Whether a line is a page around records rather than a record."""
    return any(cut.page is not None for cut in json_cuts(Utf8Source(io.BytesIO(line), 0)))


def record_value(raw: bytes, page: Mapping[str, Any] | None) -> Any:
    """A record's value: an object; or a row of a page with columns, as column → cell. None when it does not decode."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(value, list) and page is not None:
        columns = page.get("columns") or page.get("schema")
        if isinstance(columns, list) and len(columns) == len(value):
            names = [c.get("name", c.get("ColumnName")) if isinstance(c, dict) else c for c in columns]
            return {str(n): cell for n, cell in zip(names, value, strict=True)}
    return value


def _csv_head(name: str, head: bytes, text: str, layout: Layout) -> Head:
    source = Utf8Source(io.BytesIO(head), layout.body)
    records: list[Mapping[str, Any]] = []
    for row in csv_rows(source, layout.delimiter, len(layout.header)):
        if row.kind == "row":
            records.append(dict(zip(layout.header, row.cells, strict=True)))
        if len(records) >= _SAMPLE:
            break
    return Head(name, "csv", text, layout.header, tuple(records))
