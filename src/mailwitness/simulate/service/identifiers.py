"""Identifiers of records and tokens, and the chance that belongs to one record.

A sign-in's unique token identifier is its request id in another writing: today base64url of the GUID's 16 bytes in the order in
which .NET holds them (the first three groups little-endian, 22 characters), until about 2023 base64 of its 36 characters (48 characters).
The identifier in a mail record is the same text; that is what ties a mail access to the sign-in that issued its token.

Limits: public pairs of both writings exist for sign-ins only; that mail records follow the shorter one is inferred from their shape.
Sources:
    - https://learn.microsoft.com/graph/api/resources/signin (uniqueTokenIdentifier: "base64 encoded request identifier")
    - https://github.com/splunk/security_content (a sign-in of 2023-10-24 with both values, 22 characters)
    - https://github.com/elastic/integrations (a sign-in of 2022-03-17 with both values, 48 characters)
"""

from __future__ import annotations

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode

from mailwitness.simulate.chance import Chance

_2_24 = float(2**24)


def token_identifier(request_id: str) -> str:
    """The 22 characters of a request id."""
    raw = bytes.fromhex(request_id.replace("-", ""))
    return urlsafe_b64encode(raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:])[:22].decode()


def long_token_identifier(request_id: str) -> str:
    """The 48 characters of a request id, as until about 2023."""
    return b64encode(request_id.encode()).decode()


def request_id_of(identifier: str) -> str:
    """The request id of a token identifier of either length."""
    if len(identifier) == 48:
        return b64decode(identifier).decode()
    raw = urlsafe_b64decode(identifier + "==")
    return guid_of(raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:])


def guid_of(raw: bytes) -> str:
    """16 bytes in the order in which a GUID is read."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Fortune:
    """Five independent numbers in [0, 1) that belong to one record: when it arrives, whether it is delivered again, and three for its shape."""

    __slots__ = ("arrival", "noise", "repeat", "shape", "spare")

    def __init__(self, chance: Chance, stream: str, name: str) -> None:
        bits = int.from_bytes(chance.bits("fortune", stream, name))
        self.arrival = (bits & 0xFFFFFF) / _2_24
        self.repeat = (bits >> 24 & 0xFFFFFF) / _2_24
        self.shape = (bits >> 48 & 0xFFFFFF) / _2_24
        self.spare = (bits >> 72 & 0xFFFFFF) / _2_24
        self.noise = (bits >> 96 & 0xFFFFFF) / _2_24
