"""Good exports of the main formats, and what can happen to their bytes on the way."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Mapping

from hypothesis import strategies as st

from tests.laws.cases import access, deletion, json_array, json_lines, search_csv, signin

RECORDS = [*(access(n) for n in range(4)), *(deletion(n) for n in range(10, 14))]
SIGNINS = [signin(n) for n in range(6)]


def utf16(data: bytes, order: str, bom: bool = True) -> bytes:
    mark = {"le": codecs.BOM_UTF16_LE, "be": codecs.BOM_UTF16_BE}[order] if bom else b""
    return mark + data.decode().encode(f"utf-16-{order}")


def zipped(members: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


GOOD: dict[str, bytes] = {
    "audit_lines": json_lines(RECORDS),
    "audit_lines_crlf": json_lines(RECORDS, "\r\n"),
    "audit_array": json_array(RECORDS),
    "audit_pretty": json_array(RECORDS, 2),
    "audit_glued": b"".join(json_array([record]) for record in RECORDS),
    "audit_search_csv": search_csv(RECORDS),
    "audit_search_semicolon": search_csv(RECORDS, ";", "\n", "sep=;\n"),
    "audit_utf16_le": utf16(json_array(RECORDS), "le"),
    "audit_utf16_be_csv": utf16(search_csv(RECORDS), "be"),
    "signins_page": json.dumps({"@odata.context": "https://graph.example.org", "value": SIGNINS}).encode(),
    "signins_lines": json_lines(SIGNINS),
}
"""An export of each layout, whole."""

PACKED: dict[str, bytes] = {
    "zip": zipped({"a/audit.json": GOOD["audit_array"], "b.csv": GOOD["audit_search_csv"]}),
    "gzip": gzip.compress(GOOD["audit_lines"], mtime=0),
    "zip_in_zip": zipped({"inner.zip": zipped({"audit.jsonl": GOOD["audit_lines"]})}),
}
"""The same in archives."""

_PIECES = (
    b'"', b'""', b"\\", b"\n", b"\r\n", b",", b"{", b"}", b"[", b"]", b"][", b"}{", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfc",
    b'"Id":null,', b'{"value":[', b"\\ud800", b"sep=;\n", b"#TYPE x\n", b"1e999", b"9" * 30, b"\x1b[31m", b"PK\x03\x04", b"\x1f\x8b",
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, good: Mapping[str, bytes]) -> bytes:
    """A good export after up to four cuts, splices, insertions, repetitions and overwritten bytes."""
    data = good[draw(st.sampled_from(sorted(good)))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(("cut", "drop", "insert", "splice", "repeat", "flip")))
        size = draw(st.integers(1, 400))
        if kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[at + size :]
        elif kind == "insert":
            data = data[:at] + draw(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=20))) + data[at:]
        elif kind == "splice":
            other = good[draw(st.sampled_from(sorted(good)))]
            begin = draw(st.integers(0, len(other)))
            data = data[:at] + other[begin : begin + size] + data[at:]
        elif kind == "repeat":
            data = data[:at] + data[max(0, at - size) :]
        elif data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]
    return data
