"""Sign-in: the token endpoint of the authority, its discovery document, and the tokens that the other services take.

Client credentials with a secret or a certificate (an assertion signed with its key), and the device code flow, in which the person signs in as soon
as the client has polled once. Access tokens are signed JWTs with ``roles`` (app) or ``scp`` (person); the services look them up and do not check
the signature.

Clock: a token lives in real seconds, ``expires_in`` as said, whatever the services' clock does.
Assumptions: the texts after the AADSTS numbers, in part. Conditional Access of workload identities is left out.
Sources:
    - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    - https://learn.microsoft.com/entra/identity-platform/certificate-credentials
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
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import parse_qs

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.routing import Route

from mailwitness.standin.answer import Answer, encode, json_answer
from mailwitness.standin.terms import ACTIVITY_PERMISSIONS, EXCHANGE_PERMISSIONS, Terms

if TYPE_CHECKING:
    from mailwitness.standin.world import World

Audience: TypeAlias = Literal["graph", "management", "exchange"]

_RESOURCES: Mapping[str, Audience] = {
    "https://graph.microsoft.com": "graph",
    "https://graph.microsoft.us": "graph",
    "https://dod-graph.microsoft.us": "graph",
    "https://microsoftgraph.chinacloudapi.cn": "graph",
    "00000003-0000-0000-c000-000000000000": "graph",
    "https://manage.office.com": "management",
    "https://manage-gcc.office.com": "management",
    "https://manage.office365.us": "management",
    "https://manage.protection.apps.mil": "management",
    "c5393580-f805-4401-95e8-94b7a6ef2fc2": "management",
    "https://outlook.office365.com": "exchange",
    "https://outlook.office365.us": "exchange",
    "https://outlook-dod.office365.us": "exchange",
    "https://partner.outlook.cn": "exchange",
    "https://outlook.office365.cn": "exchange",
    "00000002-0000-0ff1-ce00-000000000000": "exchange",
}
"""Name of a resource in a scope → the service. The stand-in's own addresses are taken as well."""
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
class _Device:
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
        self.devices: dict[str, _Device] = {}
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
        text = f"{_b64(encode(head))}.{_b64(encode(claims))}"
        return f"{text}.{_b64(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def keys(self) -> dict[str, Any]:
        """The public key, as a set of web keys."""
        numbers = self._key.public_key().public_numbers()
        n, e = (_b64(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
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


class Authority:
    """The token endpoint and its discovery document."""

    def __init__(self, world: World) -> None:
        self._world, self._tokens = world, world.tokens

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._discover),
            Route("/{tenant}/discovery/v2.0/keys", self._keys),
            Route("/common/discovery/instance", self._instance),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/devicecode", self._device_code, methods=["POST"]),
        ]

    async def _instance(self, request: Request) -> Answer:
        host = self._world.addresses.authority.partition("://")[2]
        return json_answer(
            200,
            {
                "tenant_discovery_endpoint": f"{self._issuer()}/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            },
        )

    async def _discover(self, request: Request) -> Answer:
        refused = self._unknown_tenant(request)
        if refused is not None:
            return refused
        base = f"{self._world.addresses.authority}/{request.path_params['tenant']}"
        return json_answer(
            200,
            {
                "issuer": self._issuer(),
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
        )

    async def _keys(self, request: Request) -> Answer:
        return json_answer(200, self._tokens.keys())

    async def _device_code(self, request: Request) -> Answer:
        form = _form(await request.body())
        refused = self._unknown_tenant(request) or self._unknown_client(form)
        if refused is not None:
            return refused
        code = secrets.token_urlsafe(24)
        self._tokens.devices[code] = _Device(form.get("scope", ""))
        return json_answer(
            200,
            {
                "user_code": "B7D4K9QX2",
                "device_code": code,
                "verification_uri": f"{self._world.addresses.authority}/common/oauth2/deviceauth",
                "expires_in": 900,
                "interval": 1 if self._world.terms.pace > 1 else 5,
                "message": "To sign in, use a web browser to open the page and enter the code B7D4K9QX2 to authenticate.",
            },
        )

    async def _token(self, request: Request) -> Answer:
        form = _form(await request.body())
        refused = self._unknown_tenant(request) or self._unknown_client(form)
        if refused is not None:
            return refused
        match form.get("grant_type"):
            case "client_credentials":
                return self._wrong_credential(form) or self._issued(form.get("scope", ""), person=False)
            case "urn:ietf:params:oauth:grant-type:device_code" | "device_code":
                device = self._tokens.devices.get(form.get("device_code", form.get("code", "")))
                if device is None:
                    return _refused(400, "invalid_grant", "AADSTS70018: Bad verification code.")
                device.polls += 1
                if device.polls == 1:
                    return _refused(
                        400,
                        "authorization_pending",
                        "AADSTS70016: OAuth 2.0 device flow error. Authorization is pending.",
                    )
                return self._issued(device.scope, person=True)
            case "refresh_token":
                if form.get("refresh_token") not in self._tokens.refresh:
                    return _refused(
                        400, "invalid_grant", "AADSTS9002313: Invalid request. Request is malformed or invalid."
                    )
                return self._issued(form.get("scope", ""), person=True)
            case other:
                return _refused(
                    400,
                    "unsupported_grant_type",
                    f"AADSTS70003: The app requested an unsupported grant type {other!r}.",
                )

    def _issuer(self) -> str:
        return f"{self._world.addresses.authority}/{self._tokens.tenant_id}/v2.0"

    def _unknown_tenant(self, request: Request) -> Answer | None:
        named = request.path_params["tenant"].lower()
        if named in (self._tokens.tenant_id, self._world.holdings.domain, "organizations", "common"):
            return None
        return _refused(
            400,
            "invalid_request",
            f"AADSTS90002: Tenant '{named}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
        )

    def _unknown_client(self, form: Mapping[str, str]) -> Answer | None:
        if form.get("client_id") == self._tokens.client_id:
            return None
        return _refused(
            400,
            "unauthorized_client",
            f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found in the directory "
            f"'{self._world.holdings.name}'.",
        )

    def _wrong_credential(self, form: Mapping[str, str]) -> Answer | None:
        if "client_assertion" in form:
            wrong = self._tokens.proves(form["client_assertion"])
            return None if wrong is None else _refused(401, "invalid_client", wrong)
        if form.get("client_secret") is None:
            return _refused(
                401,
                "invalid_client",
                "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        if not secrets.compare_digest(form["client_secret"].encode(), self._tokens.client_secret.encode()):
            return _refused(
                401,
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                f"not the client secret ID, for a secret added to app '{self._tokens.client_id}'.",
            )
        if self._world.terms.secret_expired:
            return _refused(
                401,
                "invalid_client",
                f"AADSTS7000222: The provided client secret keys for app '{self._tokens.client_id}' are expired.",
            )
        return None

    def _issued(self, scope: str, person: bool) -> Answer:
        audience = next((found for part in scope.split() if (found := self._audience(part)) is not None), None)
        if audience is None:
            return _refused(
                400,
                "invalid_scope" if scope else "invalid_request",
                f"AADSTS70011: The provided request must include a 'scope' input parameter. The scope {scope!r} is not valid.",
            )
        life = int(self._world.terms.token_lifetime_s)
        made: dict[str, Any] = {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life}
        made["access_token"] = self._tokens.issue(audience, self._issuer(), person)
        if person:
            made["scope"] = scope
            made["refresh_token"] = secrets.token_urlsafe(32)
            self._tokens.refresh[made["refresh_token"]] = scope
            made["id_token"] = self._id_token()
            made["client_info"] = _b64(encode({"uid": _PERSON, "utid": self._tokens.tenant_id}))
        return json_answer(200, made)

    def _id_token(self) -> str:
        now = int(time.time())
        return self._tokens.signed(
            {
                "aud": self._tokens.client_id, "iss": self._issuer(), "iat": now, "nbf": now, "exp": now + 3600,
                "oid": _PERSON, "sub": _PERSON, "tid": self._tokens.tenant_id, "ver": "2.0",
                "preferred_username": f"investigator@{self._world.holdings.domain}",
            }
        )  # fmt: skip

    def _audience(self, scope: str) -> Audience | None:
        """The service that a scope such as ``https://graph.microsoft.com/.default`` is of."""
        own: dict[str, Audience] = {
            self._world.addresses.graph: "graph",
            self._world.addresses.management: "management",
            self._world.addresses.exchange: "exchange",
        }
        for resource, audience in {**_RESOURCES, **own}.items():
            if scope.startswith((f"{resource}/", f"api://{resource}/")):
                return audience
        return None


_PERSON = "aaaaaaaa-0000-4000-8000-00000000000f"


def _refused(status: int, error: str, description: str) -> Answer:
    number = description.partition(":")[0].removeprefix("AADSTS")
    content = {
        "error": error,
        "error_description": f"{description} Trace ID: {secrets.token_hex(8)} Correlation ID: c-1",
        "error_codes": [int(number)] if number.isdigit() else [],
        "correlation_id": "c-1",
    }
    return json_answer(status, content, note=description)


def _form(body: bytes) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}


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
    return pem.decode(), (_b64(sha1), _b64(hashlib.sha256(der).digest()))


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
