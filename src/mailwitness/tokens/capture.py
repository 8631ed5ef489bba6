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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from mailwitness.errors import EvidenceError

MAX_BYTES = 64 << 20
_COMPACT = re.compile(rb"ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*")


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
    for match in _COMPACT.finditer(data):
        header, claims = (_object(part) for part in match[0].split(b".")[:2])
        if header is None or claims is None or "alg" not in header:
            continue
        name = hashlib.sha256(match[0]).hexdigest()
        found.setdefault(name, Captured(match.start(), name, header, claims, match[0]))
    if not found:
        raise EvidenceError(
            f"{path}: no access token found (three base64url parts between dots, the first two JSON objects). "
            "Encrypted or opaque tokens cannot be checked offline."
        )
    return list(found.values())


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
