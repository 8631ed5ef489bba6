"""Single values as vendors write them, turned into what the tables hold.

Every function answers None for what it cannot read: unknown, never a guess. What was written stays in the raw record.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import struct
import uuid
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})
_MS_JSON_DATE = re.compile(r"^\\?/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\\?/$")
_URL_SAFE = str.maketrans("-_", "+/")
_GUID_HEAD = struct.Struct("<IHH8x").unpack
_FRACTION = re.compile(r"(\.\d{6})\d+")


def parse_time(value: object) -> datetime | None:
    """A naive UTC datetime from ISO 8601 text (0 to 9 decimals, with or without zone) or ``/Date(ms)/``; naive text means UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip()
    ms_date = _MS_JSON_DATE.match(text)
    try:
        if ms_date is not None:
            return datetime.fromtimestamp(int(ms_date[1]) / 1000, UTC).replace(tzinfo=None)
        if len(text) < 10 or text[4:5] != "-":
            return None
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo is not None else found
    except (ValueError, OverflowError, OSError):
        return None


def parse_bool(value: object) -> bool | None:
    """True or False from a JSON boolean or its text in any case; anything else is None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
    return None


def parse_int(value: object) -> int | None:
    """A whole number of at most 63 bits from a number or its text (``1156492.00`` counts, ``1.5`` does not)."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int):
            number = value
        elif isinstance(value, float):
            number = int(value)
            if number != value:
                return None
        elif isinstance(value, str) and 0 < len(value) <= 40:
            text = value.strip()
            number = int(text) if "." not in text else int(float(text))
            if "." in text and number != float(text):
                return None
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return number if -(2**63) <= number < 2**63 else None


def parse_text(value: object) -> str | None:
    """The text of a scalar, None for null and empty; a list or object is not a text."""
    if value is None or isinstance(value, (list, dict)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) or None


@lru_cache(maxsize=65536)
def parse_address(text: str | None) -> tuple[str | None, int | None]:
    """(address, port) from ``203.0.113.5``, ``203.0.113.5:52345``, ``[2001:db8::1]:443``, ``::ffff:203.0.113.5``.

    The address comes back in its canonical form; what is no address gives (None, None).
    """
    if not text or len(text) > 100:
        return None, None
    bare, port = text.strip(), None
    if bare.startswith("["):
        bare, _, rest = bare[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else None
    elif bare.count(":") == 1:
        bare, _, port = bare.partition(":")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None, None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    number = int(port) if port is not None and port.isascii() and port.isdigit() and len(port) <= 5 else None
    return str(address), number if number is not None and number <= 65535 else None


def signin_id_of_token(token: str | None) -> str | None:
    """The sign-in id inside a unique token identifier, in both encodings seen in public data; None when it is neither.

    48 characters: base64 of the GUID as text (2022). 22 characters: base64url of the 16 bytes in little-endian GUID order
    (since 2024). That the GUID is the issuing sign-in's id holds in the public samples that carry both, and is an
    assumption elsewhere.

    Sources: learn.microsoft.com/graph/api/resources/signin (uniqueTokenIdentifier), sample events of elastic/integrations
    (packages/azure) and splunk/security_content.
    """
    if not token:
        return None
    text = token.strip().rstrip("=")
    try:
        if len(text) == 22:
            raw = binascii.a2b_base64(text.translate(_URL_SAFE) + "==", strict_mode=True)
            first, second, third = _GUID_HEAD(raw)
            rest = raw[8:].hex()
            return f"{first:08x}-{second:04x}-{third:04x}-{rest[:4]}-{rest[4:]}"
        if len(text) == 48:
            return str(uuid.UUID(base64.b64decode(text, validate=True).decode("ascii")))
        if len(text) == 36:
            return str(uuid.UUID(text))
    except (binascii.Error, struct.error, ValueError):
        return None
    return None


def folded(mapping: Any) -> dict[str, Any]:
    """A dict's items with lower-case keys; the first of two keys that differ only in case wins."""
    made: dict[str, Any] = {}
    for key, value in mapping.items():
        made.setdefault(str(key).lower(), value)
    return made
