"""Signing keys of token issuers, from key lists (JWKS) that were saved on known days.

A key list says which keys were published at the moment it was fetched. Lists of several days say when a key appeared and when
it was withdrawn; its certificate says for how long it was made. The lists of the v2.0 endpoint say for each key whose tokens it may sign
(``issuer``); lists of the older endpoint do not.

A file is a list as published (``{"keys": [...]}``), or such lists in an array or one per line; whoever saves one may add ``url`` and
``retrieved_at`` beside ``keys``.

Clock: the day of a list is what its holder states (``FILE=DATE``) or the list's own ``retrieved_at``; a list without a day proves no life.
Limits: a key that is missing from a later list was withdrawn only if both lists come from one address; lists of other endpoints hold other keys.
Sources:
    - https://learn.microsoft.com/entra/identity-platform/access-tokens (issuer per key)
    - https://www.rfc-editor.org/rfc/rfc7517
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509

from mailwitness.errors import EvidenceError, UsageError
from mailwitness.tokens.capture import base64url

CONSUMER_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts (learn.microsoft.com/entra/identity-platform/id-token-claims-reference)."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key as one list shows it. Null is unknown: ``issuers`` without a word, a life without a certificate, a list without a day."""

    kid: str
    material: Mapping[str, str]  # kty, n, e: what verifies
    thumbprints: frozenset[str]  # SHA-1 of the certificate, hex
    issuer: str | None
    made_from: datetime | None
    made_to: datetime | None
    seen_on: date | None
    list_url: str | None  # where the list was fetched, where it says so


@dataclass(frozen=True, slots=True)
class KeyStore:
    """All keys of all lists. ``fetched``: (address, day) of every list that states both; only lists of one address show a withdrawal."""

    keys: tuple[Key, ...] = ()
    fetched: tuple[tuple[str, date], ...] = ()

    def of(self, kid: str | None, thumbprint: str | None) -> tuple[Key, ...]:
        """Every showing of the key that a token names, by its id or by its certificate's SHA-1 (hex)."""
        return tuple(
            key
            for key in self.keys
            if (kid is not None and key.kid == kid) or (thumbprint is not None and thumbprint in key.thumbprints)
        )


def joined(*stores: KeyStore) -> KeyStore:
    """All keys and lists of several stores."""
    return KeyStore(
        tuple(key for store in stores for key in store.keys),
        tuple(sorted({list_ for store in stores for list_ in store.fetched})),
    )


def keys_of_rows(rows: Iterable[Mapping[str, Any]]) -> KeyStore:
    """The store of rows of ``signing_keys``: key lists that are evidence of a case."""
    keys = tuple(_key_of_row(row) for row in rows)
    fetched = {(key.list_url, key.seen_on) for key in keys if key.list_url is not None and key.seen_on is not None}
    return KeyStore(keys, tuple(sorted(fetched)))


def _key_of_row(row: Mapping[str, Any]) -> Key:
    printed: list[str | None] = [row["certificate_sha1"], thumbprint_of(row["x5t"]), thumbprint_of(row["kid"])]
    made_from, made_to, seen_on = (row[name] for name in ("made_from", "made_to", "seen_on"))
    return Key(
        kid=row["kid"] or "",
        material={
            name: row[name] for name in ("kty", "n", "e") if row[name] is not None and _is_usable(name, row[name])
        },
        thumbprints=frozenset(one for one in printed if one is not None),
        issuer=row["issuer"],
        made_from=None if made_from is None else made_from.replace(tzinfo=UTC),
        made_to=None if made_to is None else made_to.replace(tzinfo=UTC),
        seen_on=None if seen_on is None else seen_on.date(),
        list_url=row["list_url"],
    )


def _is_usable(name: str, text: str) -> bool:
    """A number that is no base64url is not there: the row is kept, and the key verifies nothing."""
    try:
        return name == "kty" or bool(base64url(text.encode("ascii")))
    except ValueError:
        return False


def read_keys(sources: Iterable[str]) -> KeyStore:
    """The store of some files, each ``FILE`` or ``FILE=YYYY-MM-DD``, the day on which it was fetched."""
    keys: list[Key] = []
    fetched: set[tuple[str, date]] = set()
    for source in sources:
        path, day = _source(source)
        for content in _lists(path):
            seen = day if day is not None else _day_of(content)
            url = content["url"] if isinstance(content.get("url"), str) else None
            if seen is not None and url is not None:
                fetched.add((url, seen))
            keys += [_key(item, seen, url, f"{path}: keys[{n}]") for n, item in enumerate(content["keys"])]
    return KeyStore(tuple(keys), tuple(sorted(fetched)))


def _source(text: str) -> tuple[Path, date | None]:
    name, equals, day = text.rpartition("=")
    if not equals or Path(text).exists():
        name, day = text, ""
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"--keys {text}: {path} is not a file. Give a saved key list, as FILE or FILE=YYYY-MM-DD.")
    if not day:
        return path, None
    try:
        return path, date.fromisoformat(day)
    except ValueError:
        raise UsageError(
            f"--keys {text}: {day!r} is no date; write the day the list was fetched as YYYY-MM-DD."
        ) from None


def _lists(path: Path) -> list[dict[str, Any]]:
    """The key lists in one file: one list, an array of lists, or one per line."""
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as whole:
        try:
            content = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
        except (msgspec.DecodeError, RecursionError):
            raise EvidenceError(f'{path}: not JSON: {whole}. A key list looks like {{"keys": [...]}}.') from None
    found = content if isinstance(content, list) else [content]
    for n, one in enumerate(found):
        if not isinstance(one, dict) or not isinstance(one.get("keys"), list):
            raise EvidenceError(f"{path}: list {n} has no 'keys' array; a key list looks like {{\"keys\": [...]}}.")
    return found


def _day_of(content: Mapping[str, Any]) -> date | None:
    stated = content.get("retrieved_at")
    if not isinstance(stated, str):
        return None
    try:
        moment = datetime.fromisoformat(stated)
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    except (ValueError, OverflowError):
        return None


def _key(item: Any, seen: date | None, url: str | None, place: str) -> Key:
    if not isinstance(item, dict) or not isinstance(item.get("kid"), str):
        raise EvidenceError(f"{place}: no 'kid'; it is no JSON Web Key. Save the list again as it was published.")
    certificate = _certificate(item, place)
    thumbprints = set()
    if certificate is not None:
        der = base64.b64decode(item["x5c"][0])
        thumbprints.add(hashlib.sha1(der, usedforsecurity=False).hexdigest())  # the vendor names certificates by SHA-1
    for name in ("x5t", "kid"):
        printed = thumbprint_of(item.get(name))
        if printed is not None:
            thumbprints.add(printed)
    for name in ("n", "e"):
        if isinstance(item.get(name), str):
            _number(item[name], f"{place}: {name}")
    issuer = item.get("issuer")
    return Key(
        kid=item["kid"],
        material={name: item[name] for name in ("kty", "n", "e") if isinstance(item.get(name), str)},
        thumbprints=frozenset(thumbprints),
        issuer=issuer if isinstance(issuer, str) else None,
        made_from=certificate.not_valid_before_utc.astimezone(UTC) if certificate is not None else None,
        made_to=certificate.not_valid_after_utc.astimezone(UTC) if certificate is not None else None,
        seen_on=seen,
        list_url=url,
    )


def _number(text: str, place: str) -> None:
    try:
        base64url(text.encode("ascii"))
    except ValueError as error:
        raise EvidenceError(f"{place} is no base64url: {error}. Save the list again as it was published.") from None


def _certificate(item: Mapping[str, Any], place: str) -> x509.Certificate | None:
    chain = item.get("x5c")
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return None
    try:
        return x509.load_der_x509_certificate(base64.b64decode(chain[0]))
    except ValueError as error:
        raise EvidenceError(
            f"{place}: x5c is no certificate: {error}. Save the list again as it was published."
        ) from None


def thumbprint_of(text: Any) -> str | None:
    """The hex form of a base64url SHA-1 (x5t, and often kid); None when it is none."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        raw = base64url(text.encode())
    except ValueError:
        return None
    return raw.hex() if len(raw) == 20 else None
