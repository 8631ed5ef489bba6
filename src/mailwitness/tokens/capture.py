"""Access tokens in whatever a responder captured: a bare token, a proxy log, browser storage, a memory image's strings.

A token is a JSON Web Signature in compact form: three base64url parts between dots, of which the first two are JSON objects (RFC 7515).

Sources:
    - https://www.rfc-editor.org/rfc/rfc7515#section-7.1
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from mailwitness.errors import EvidenceError

MAX_BYTES = 64 << 20
_DOTTED = re.compile(rb"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*")
"""Parts of base64url with dots between. It matches wherever it begins, so that a hostile capture costs no more than its length."""
_SHORTEST = (10, 2)
"""Characters of the shortest header and claims that can be JSON objects worth the name."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One token. ``offset`` is where it stands in the file; ``sha256`` names it without giving it away."""

    offset: int
    sha256: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    compact: bytes = field(repr=False)  # the token itself: usable by whoever holds it


def tokens_in(path: Path) -> list[Captured]:
    """Every distinct token of a file, in the order of the file. EvidenceError when there is none."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise EvidenceError(
            f"{path}: {size:,} bytes; a capture is read up to {MAX_BYTES:,}. Cut the part with the tokens out of it first."
        )
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    found: dict[str, Captured] = {}
    for offset, compact in _compact_forms(data):
        header, claims = (_object(part) for part in compact.split(b".")[:2])
        if header is None or claims is None or "alg" not in header:
            continue
        name = hashlib.sha256(compact).hexdigest()
        found.setdefault(name, Captured(offset, name, header, claims, compact))
    if not found:
        raise EvidenceError(
            f"{path}: no access token found (three base64url parts between dots, the first two JSON objects). "
            "Encrypted or opaque tokens cannot be checked offline."
        )
    return list(found.values())


def _compact_forms(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Everything that looks like three parts of a token, the first from where a JSON object may begin (``ey``), with its offset."""
    for match in _DOTTED.finditer(data):
        parts, offset = match[0].split(b"."), match.start()
        for header, claims, signature in zip(parts, parts[1:], parts[2:], strict=False):
            begins = header.find(b"ey")
            if begins >= 0 and len(header) - begins >= _SHORTEST[0] and len(claims) >= _SHORTEST[1]:
                yield offset + begins, b".".join([header[begins:], claims, signature])
            offset += len(header) + 1


def _object(part: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(base64url(part))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def base64url(text: bytes) -> bytes:
    """The bytes of base64url text without padding; ValueError when it is none."""
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
