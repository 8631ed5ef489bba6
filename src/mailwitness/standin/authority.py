"""Sign-in: the token endpoint of the authority and its discovery document.

Client credentials with a secret or a certificate (an assertion signed with its key), and the device code flow, in which the person signs in as soon
as the client has polled once.

Limits: no fault of the line strikes here. Conditional Access of workload identities is left out.
Assumptions: the texts after the AADSTS numbers, in part.
Sources:
    - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    - https://learn.microsoft.com/graph/deployments   (resources of the clouds)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.routing import Route

from mailwitness.standin.answer import Answer, encode, json_answer
from mailwitness.standin.tokens import Audience, Device, b64
from mailwitness.standin.world import World

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
_PERSON = "aaaaaaaa-0000-4000-8000-00000000000f"


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
        self._tokens.devices[code] = Device(form.get("scope", ""))
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
            made["client_info"] = b64(encode({"uid": _PERSON, "utid": self._tokens.tenant_id}))
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
