"""A public key of a token issuer, as one of its key lists shows it.

One row of ``signing_keys`` per key and day: the same list saved twice on one day is one row, the list of another day is another.

Clock: ``seen_on`` is when the list was fetched, where the list says so; ``made_from`` and ``made_to`` are the life of the key's certificate.
    UTC.
Limits: a certificate is read for its SHA-1 and its two dates and for nothing else: no name, no signature. One that cannot be read leaves the
    dates null, and the key is kept.
Sources:
    - https://www.rfc-editor.org/rfc/rfc7517
    - https://www.rfc-editor.org/rfc/rfc5280   (section 4.1: where the dates lie in a certificate)
    - https://learn.microsoft.com/entra/identity-platform/access-tokens
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_text, parse_time

_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18


def rows_of(raw: RawRecord) -> Rows | Reject:
    key = payload_mapping(raw)
    if isinstance(key, Reject):
        return key
    envelope = raw.envelope or {}
    certificate = _certificate(key.get("x5c"))
    made_from, made_to = _life(certificate)
    row: dict[str, Any] = {name: parse_text(key.get(name)) for name in ("kid", "issuer", "kty", "n", "e", "x5t")}
    if row["kid"] is None and row["x5t"] is None and certificate is None:
        return Reject(raw.offset, raw.length, "no_key_id", "Neither a kid, an x5t nor a certificate names this key.")
    row |= {
        # The vendor names certificates by SHA-1.
        "certificate_sha1": None
        if certificate is None
        else hashlib.sha1(certificate, usedforsecurity=False).hexdigest(),
        "made_from": made_from,
        "made_to": made_to,
        "seen_on": parse_time(envelope.get("retrieved_at")),
        "list_url": parse_text(envelope.get("url")),
    }
    return {"signing_keys": [{"row_id": content_id("signing_keys", row), **row}]}


def _certificate(chain: Any) -> bytes | None:
    """The DER of the first certificate of ``x5c``, the key's own."""
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return None
    try:
        return base64.b64decode(chain[0], validate=True)
    except (binascii.Error, ValueError):
        return None


def _life(certificate: bytes | None) -> tuple[datetime | None, datetime | None]:
    """notBefore and notAfter of a certificate in DER; null where they cannot be read.

    Read here and not by a library of the extras, so that the same evidence gives the same rows whatever is installed.
    """
    try:
        whole = next(_parts(certificate or b""), (0, b""))
        fields = [part for part in _parts(next(_parts(whole[1]), (0, b""))[1]) if part[0] != _VERSION]
        # serial number, algorithm, issuer, validity
        begins, ends = list(_parts(fields[3][1]))
        return _moment(*begins), _moment(*ends)
    except (ValueError, IndexError):
        return None, None


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of each value that DER holds one after the other. ValueError where a length leads beyond the end."""
    at = 0
    while at < len(content):
        tag, length, at = content[at], content[at + 1], at + 2
        if length >= 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(content[at : at + size]), at + size
        if at + length > len(content):
            raise ValueError("a length beyond the end")
        yield tag, content[at : at + length]
        at += length


def _moment(tag: int, text: bytes) -> datetime | None:
    """UTCTime (two digits of the year, to 2049) or GeneralizedTime, both in UTC by the standard."""
    form = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}.get(tag)
    if form is None:
        return None
    found = datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC)
    if tag == _UTC_TIME and found.year >= 2050:
        found = found.replace(year=found.year - 100)
    return found.replace(tzinfo=None)


FAMILY = row_by_row("signing_key", "signing_keys", (), rows_of)
