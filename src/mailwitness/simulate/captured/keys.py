"""Signing keys of an invented issuer, made from the seed: the same seed gives the same keys, so that tokens are the same bytes.

A key of 2048 bits from a seeded generator is worth nothing as a secret, and guards nothing here.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import gcd
from random import Random
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

_EXPONENT = 65537
_SMALL_PRIMES = tuple(n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
_CONSUMERS = (
    "9188040d-6c67-4c5b-b112-36a304b66dad"  # learn.microsoft.com/entra/identity-platform/id-token-claims-reference
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key: what signs, and how a key list shows it. ``days``: those of the lists that have it."""

    private: rsa.RSAPrivateKey
    shown: Mapping[str, Any]
    days: frozenset[int]

    def sign(self, text: bytes) -> bytes:
        """The signature of RS256."""
        return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())

    @property
    def kid(self) -> str:
        return str(self.shown["kid"])


def list_days(tenant: Tenant) -> tuple[int, int, int]:
    """The moments at which key lists were saved: two months before the period, its first day, the day of the export."""
    return tenant.start_at - 60 * MS_PER_DAY, tenant.start_at, tenant.collected_at


def signing_keys(tenant: Tenant) -> Mapping[str, SigningKey]:
    """All keys by what they are (`kinds.Kind.key`); that of a stranger is in no list."""
    before, first, last = list_days(tenant)
    always, day = frozenset((before, first, last)), MS_PER_DAY
    all_tenants = "https://login.microsoftonline.com/{tenantid}/v2.0"
    consumers = all_tenants.replace("{tenantid}", _CONSUMERS)
    years = 5 * 365 * day
    made: dict[str, tuple[str, int, int, frozenset[int]]] = {
        "issuer": (all_tenants, first - 200 * day, first + years, always),
        "consumer": (consumers, first - 200 * day, first + years, always),
        "expired": (all_tenants, first - years, first - 30 * day, always),
        "unborn": (all_tenants, last - 3_600_000, last + years, frozenset((last,))),
        "withdrawn": (all_tenants, first - 400 * day, first + years, frozenset((before,))),
        "stranger": (all_tenants, first - day, first + years, frozenset()),
    }
    return {name: _key(tenant.chance.stream("signing key", name), *how) for name, how in made.items()}


def _key(draw: Random, issuer: str, begins: int, ends: int, days: frozenset[int]) -> SigningKey:
    private = _private_key(draw)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.windows.test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(draw.getrandbits(120) + 1)
        .not_valid_before(_moment(begins))
        .not_valid_after(_moment(ends))
        .sign(private, hashes.SHA256())
    )
    thumbprint = _text(certificate.fingerprint(hashes.SHA1()))
    numbers = private.public_key().public_numbers()
    shown = {
        "kty": "RSA",
        "use": "sig",
        "kid": thumbprint,
        "x5t": thumbprint,
        "n": _text(numbers.n.to_bytes(256, "big")),
        "e": _text(numbers.e.to_bytes(3, "big")),
        "x5c": [base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()],
        "issuer": issuer,
    }
    return SigningKey(private, shown, days)


def _private_key(draw: Random) -> rsa.RSAPrivateKey:
    while True:
        p, q = _prime(draw), _prime(draw)
        phi = (p - 1) * (q - 1)
        if p != q and gcd(_EXPONENT, phi) == 1:
            d = pow(_EXPONENT, -1, phi)
            return rsa.RSAPrivateNumbers(
                p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(_EXPONENT, p * q)
            ).private_key()


def _prime(draw: Random) -> int:
    """A prime of 1024 bits, both of whose highest bits are set (Miller and Rabin's test)."""
    while True:
        found = draw.getrandbits(1024) | (3 << 1022) | 1
        if all(found % small for small in _SMALL_PRIMES) and all(
            _passes(found, draw.randrange(2, 1 << 64)) for _ in range(24)
        ):
            return found


def _passes(number: int, base: int) -> bool:
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    value = pow(base, odd, number)
    if value in (1, number - 1):
        return True
    for _ in range(twos - 1):
        value = value * value % number
        if value == number - 1:
            return True
    return False


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1000, UTC) + timedelta(0)
