"""Writes captured tokens and key lists, and what each token truly is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mailwitness.knowledge.facts import rows_of
from mailwitness.simulate.acts import TokenCapture
from mailwitness.simulate.captured.keys import SigningKey, list_days, signing_keys
from mailwitness.simulate.captured.kinds import KINDS, Kind
from mailwitness.simulate.service.identifiers import token_identifier
from mailwitness.simulate.truth.moments import text_of
from mailwitness.simulate.truth.rows import CapturedTokenRow
from mailwitness.simulate.world import Token

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

FOLDER = "captured"
TOKENS = "tokens.jwt"
EXCHANGE = "https://outlook.office365.com"
EXCHANGE_ID = "00000002-0000-0ff1-ce00-000000000000"

_encode = msgspec.json.Encoder().encode


def write_captured(tenant: Tenant, captures: Iterable[TokenCapture], exports: Path) -> list[CapturedTokenRow]:
    """Write ``captured/`` into the exports; the truth about its tokens, in their order."""
    folder = exports / FOLDER
    folder.mkdir(parents=True)
    keys = signing_keys(tenant)
    rows: list[CapturedTokenRow] = []
    lines: list[bytes] = []
    for act in captures:
        kind = KINDS[act.truly]
        compact = compact_token(tenant, act.token, kind, keys)
        lines.append(compact + b"\n")
        rows.append(
            CapturedTokenRow(
                time=text_of(act.at),
                sha256=hashlib.sha256(compact).hexdigest(),
                kind=act.truly,
                issued=kind.issued,
                holds=kind.holds,
                decided_by=kind.decided_by,
                unique_token_identifier=token_identifier(act.token.request_id),
                signin_id=act.token.request_id if act.token.issued and not kind.is_foreign else None,
                used_in_tenant=tenant.tenant_id,
                used_at=EXCHANGE_ID,
                scenario=act.scenario,
                step=act.step,
            )
        )
    written = [folder / TOKENS]
    written[0].write_bytes(b"".join(lines))
    for day in list_days(tenant):
        written.append(folder / f"keys-{text_of(day)[:10]}.json")
        listed = {
            "url": "https://login.microsoftonline.com/common/discovery/v2.0/keys",
            "retrieved_at": text_of(day),
            "keys": [key.shown for key in keys.values() if day in key.days],
        }
        written[-1].write_bytes(_encode(listed) + b"\n")
    for path in written:
        os.utime(path, ns=(tenant.collected_at * 1_000_000, tenant.collected_at * 1_000_000))
    return rows


def compact_token(tenant: Tenant, token: Token, kind: Kind, keys: Mapping[str, SigningKey]) -> bytes:
    """The token in its compact form."""
    named, signer = keys["issuer" if kind.key == "stranger" else kind.key], keys[kind.key]
    header = _header(kind, named)
    body = _part(_claims(tenant, token, kind))
    signed = _part(header) + b"." + body
    if kind.form == "none":
        return signed + b"."
    if kind.form == "hs256":
        secret = str(named.shown["n"]).encode()
        return signed + b"." + _base64(hmac.digest(secret, signed, "sha256"))
    if kind.form == "nonce":
        hashed = _base64(hashlib.sha256(header["nonce"].encode()).digest()).decode()
        return signed + b"." + _base64(signer.sign(_part({**header, "nonce": hashed}) + b"." + body))
    signature = _base64(signer.sign(signed))
    if kind.form == "altered":
        person = tenant.people[0]
        claims = _claims(tenant, token, kind) | {"oid": person.object_id, "upn": person.upn, "unique_name": person.upn}
        return _part(header) + b"." + _part(claims) + b"." + signature
    return signed + b"." + (b"" if kind.form == "cut" else signature)


def _header(kind: Kind, named: SigningKey) -> dict[str, Any]:
    algorithm = {"none": "none", "hs256": "HS256"}.get(kind.form, "RS256")
    header: dict[str, Any] = {"typ": "JWT", "alg": algorithm, "x5t": named.shown["x5t"], "kid": named.kid}
    if kind.form == "nonce":
        header = {"typ": "JWT", "nonce": "Q2FwdHVyZWQtbm9uY2U", **{key: header[key] for key in ("alg", "x5t", "kid")}}
    for name, value in kind.header.items():
        if value is None:
            del header[name]
        else:
            header[name] = _stolen() if value == "stolen" else value
    return header


def _stolen() -> str:
    """The name of a key that its owner called stolen."""
    return _base64(bytes.fromhex(rows_of("compromised_keys.csv")[0]["thumbprint_sha1"])).decode()


def _claims(tenant: Tenant, token: Token, kind: Kind) -> dict[str, Any]:
    person = next(person for person in tenant.people if person.object_id == token.subject)
    begins = token.issued_at // 1000
    ends = token.expires_at // 1000 if kind.hours is None else begins + int(kind.hours * 3600)
    version_1 = kind.version == 1
    issuer = (
        f"https://sts.windows.net/{tenant.tenant_id}/"
        if version_1
        else f"https://login.microsoftonline.com/{tenant.tenant_id}/v2.0"
    )
    claims: dict[str, Any] = {
        "aud": EXCHANGE if version_1 else EXCHANGE_ID,
        "iss": issuer,
        "iat": begins,
        "nbf": begins,
        "exp": ends,
        "appid" if version_1 else "azp": token.app_id,
        "idtyp": "user",
        "name": person.name,
        "oid": person.object_id,
        "puid": person.puid,
        "scp": "Mail.ReadWrite Mail.Send",
        "sid": token.session_id,
        "tid": tenant.tenant_id,
        "unique_name" if version_1 else "preferred_username": person.upn,
        "upn": person.upn,
        "uti": token_identifier(token.request_id),
        "ver": "1.0" if version_1 else "2.0",
    }
    return {**claims, **kind.claims}


def _part(value: dict[str, Any]) -> bytes:
    return _base64(_encode(value))


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
