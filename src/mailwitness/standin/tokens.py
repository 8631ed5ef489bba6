"""Tokens: what the authority issues and the services take, and the key and certificate that an app signs in with.

Access tokens are signed JWTs with ``roles`` (app) or ``scp`` (person); the services look them up and do not check the signature.

Clock: a token lives in real seconds, ``expires_in`` as said, whatever the services' clock does.
Sources:
    - https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    - https://learn.microsoft.com/entra/identity-platform/certificate-credentials
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeAlias

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from mailwitness.standin.answer import encode
from mailwitness.standin.terms import ACTIVITY_PERMISSIONS, EXCHANGE_PERMISSIONS, Terms

Audience: TypeAlias = Literal["graph", "management", "exchange"]

_AUDIENCES: Mapping[Audience, str] = {
    "graph": "https://graph.microsoft.com",
    "management": "https://manage.office.com",
    "exchange": "https://outlook.office365.com",
}


@dataclass(slots=True)
class Token:
    """An access token that was issued. ``permissions``: roles of the app, or scopes of the person."""

    audience: Audience
    permissions: frozenset[str]
    expires: float
    is_dead: bool = False

    def is_good(self) -> bool:
        return not self.is_dead and time.monotonic() < self.expires


@dataclass(slots=True)
class Device:
    """A device code that was given out. ``polls``: how often the client has asked for its token."""

    scope: str
    polls: int = 0


class Tokens:
    """The authority's memory. ``client_id``, ``client_secret``, ``certificate``: what an app signs in with here.

    ``certificate_pem``: the app's key and certificate in one text. The key is made anew for each process, the rest for each stand-in.
    """

    def __init__(self, tenant_id: str, client_id: str, terms: Terms) -> None:
        self.tenant_id, self.client_id = tenant_id, client_id
        self.client_secret = secrets.token_urlsafe(24)
        self._terms = terms
        self._key = _key()
        self.certificate_pem, self._thumbprints = _certificate(self._key)
        self._issued: dict[str, Token] = {}
        self.devices: dict[str, Device] = {}
        self.refresh: dict[str, str] = {}

    def issue(self, audience: Audience, issuer: str, person: bool = False) -> str:
        """A new access token for that service."""
        now = int(time.time())
        granted = self._permissions(audience)
        claims: dict[str, Any] = {
            "aud": _AUDIENCES[audience], "iss": issuer, "tid": self.tenant_id, "appid": self.client_id, "azp": self.client_id,
            "iat": now, "nbf": now, "exp": now + int(self._terms.token_lifetime_s),
            "uti": secrets.token_urlsafe(16), "idtyp": "user" if person else "app",
            **({"scp": " ".join(sorted(granted))} if person else {"roles": sorted(granted)}),
        }  # fmt: skip
        text = self.signed(claims)
        self._issued[text] = Token(audience, granted, time.monotonic() + self._terms.token_lifetime_s)
        return text

    def look(self, text: str) -> Token | None:
        """The token of that text, if it was issued here."""
        return self._issued.get(text)

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A JWT."""
        head = {"typ": "JWT", "alg": "RS256", "kid": self._thumbprints[0]}
        text = f"{b64(encode(head))}.{b64(encode(claims))}"
        return f"{text}.{b64(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def keys(self) -> dict[str, Any]:
        """The public key, as a set of web keys."""
        numbers = self._key.public_key().public_numbers()
        n, e = (b64(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "use": "sig", "kid": self._thumbprints[0], "n": n, "e": e}]}

    def proves(self, assertion: str) -> str | None:
        """None if the assertion was signed with the app's key and says what it must; else what is wrong with it."""
        parts = assertion.split(".")
        try:
            head, claims = (msgspec.json.decode(_unb64(part), type=dict[str, Any]) for part in parts[:2])
            signature = _unb64(parts[2])
        except (IndexError, ValueError, binascii.Error, msgspec.MsgspecError):
            return "AADSTS50027: JWT token is invalid or malformed."
        shown = {str(head.get(name, "")).rstrip("=") for name in ("x5t", "x5t#S256")}
        if shown.isdisjoint(self._thumbprints):
            return "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application."
        public, text = self._key.public_key(), ".".join(parts[:2]).encode()
        try:
            if head.get("alg") == "PS256":
                public.verify(signature, text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
            else:
                public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "AADSTS700027: Client assertion contains an invalid signature."
        if claims.get("iss") != self.client_id or claims.get("sub") != self.client_id:
            return "AADSTS700021: Client assertion application identifier doesn't match 'client_id' parameter."
        if not isinstance(claims.get("exp"), (int, float)) or claims["exp"] < time.time():
            return "AADSTS700024: Client assertion is not within its valid time range."
        return None

    def _permissions(self, audience: Audience) -> frozenset[str]:
        granted = self._terms.granted
        if audience == "management":
            return granted & ACTIVITY_PERMISSIONS
        if audience == "exchange":
            return granted & EXCHANGE_PERMISSIONS
        return granted - ACTIVITY_PERMISSIONS - EXCHANGE_PERMISSIONS


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(key: rsa.RSAPrivateKey) -> tuple[str, tuple[str, str]]:
    """Key and self-signed certificate in PEM, and the certificate's thumbprints (SHA-1, SHA-256) as JWT headers carry them."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailwitness stand-in app")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    der = made.public_bytes(serialization.Encoding.DER)
    sha1 = hashlib.sha1(der, usedforsecurity=False).digest()  # x5t is SHA-1 by RFC 7515
    pem = private + made.public_bytes(serialization.Encoding.PEM)
    return pem.decode(), (b64(sha1), b64(hashlib.sha256(der).digest()))


def b64(data: bytes) -> str:
    """Base64 for addresses, without padding, as tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
