"""Access tokens: client secret, certificate, device code, managed identity.

Tokens live about an hour and a back-fill many; so each request asks here for its token, which comes from MSAL's cache until it is about to end. Nothing is
written: no cache file, no log. A `Secret` shows itself to nobody who does not ask for it by name.

Limits: Exchange Online takes a client secret only over its REST endpoint, and is documented for certificates alone.
Sources:
    - https://learn.microsoft.com/entra/msal/python/
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes   (AADSTS codes)
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from mailwitness.collect.client import Network
from mailwitness.collect.config import PREFIX, Config, ConfigurationError
from mailwitness.errors import RemoteError

SECRET_VARIABLE = f"{PREFIX}CLIENT_SECRET"
CERTIFICATE_VARIABLE = f"{PREFIX}CERTIFICATE"
KEYRING_SERVICE = "mailwitness"


_OF_ONE_SERVICE = frozenset({"500011", "65001", "650057", "650052"})


class SignInError(RemoteError):
    """The tenant does not let the application in. ``only_there``: to one service alone, so that others may still be had."""

    def __init__(self, message: str, *, only_there: bool = False) -> None:
        super().__init__(message)
        self.only_there = only_there


class Secret:
    """A text that does not show itself: not in a repr, an f-string, a traceback's arguments or JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not pickled")


def secret_for(config: Config, descriptor: int | None, environment: Mapping[str, str] | None = None) -> Secret:
    """The client secret: of the file descriptor if one is named, else of the environment, else of the keyring."""
    env = os.environ if environment is None else environment
    if descriptor is not None:
        try:
            with os.fdopen(descriptor, encoding="utf-8") as stream:
                found = stream.read().strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(
                f"--secret-fd {descriptor}: nothing can be read there. Write, for example: mailwitness collect … --secret-fd 3 3<secret-file"
            ) from None
        if not found:
            raise ConfigurationError(f"--secret-fd {descriptor}: it holds nothing")
        return Secret(found)
    if env.get(SECRET_VARIABLE):
        return Secret(env[SECRET_VARIABLE].strip())
    kept = _from_keyring(config.client_id)
    if kept is not None:
        return Secret(kept)
    raise ConfigurationError(
        f"no client secret for application {config.client_id}. Give it in {SECRET_VARIABLE}, by --secret-fd N, or in the keyring: "
        f"keyring set {KEYRING_SERVICE} {config.client_id}. With a certificate, set {CERTIFICATE_VARIABLE} to its PEM file."
    )


def _from_keyring(user: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, user)
    except KeyringError:
        return None  # no keyring on this machine: as if it held nothing


def certificate_for(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The certificate and its private key as MSAL wants them, from the PEM file that the environment names."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    env = os.environ if environment is None else environment
    path = env.get(CERTIFICATE_VARIABLE)
    if not path:
        raise ConfigurationError(
            f"no certificate is named. Set {CERTIFICATE_VARIABLE} to a PEM file that holds the private key and the certificate, one after the other."
        )
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise ConfigurationError(f"{CERTIFICATE_VARIABLE} {path!r}: {error.strerror}") from None
    try:
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError):  # the library's messages may quote the key
        raise ConfigurationError(
            f"{CERTIFICATE_VARIABLE} {path!r}: a private key without a password and a certificate, both PEM, were expected"
        ) from None
    return {
        "private_key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "thumbprint": certificate.fingerprint(hashes.SHA1()).hex(),
        "public_certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }


class Tokens:
    """Access tokens by resource address. Safe to use from several threads."""

    def __init__(
        self,
        config: Config,
        *,
        secret: Secret | None = None,
        certificate: Mapping[str, Any] | None = None,
        http: httpx.Client,
        show: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``show`` shows a person what to do for a device code."""
        self._config = config
        self._secret = secret
        self._certificate = certificate
        self._http = http
        self._show = show
        self._lock = threading.Lock()
        self._app: Any = None
        self._held: dict[str, str] = {}

    def of(self, resource: str, refused: str | None = None) -> str:
        """The token for a resource, of the cache while it is good, and not the one that the service has refused."""
        with self._lock:
            if self._app is None:
                self._app = self._application()
            scopes = [f"{resource}/.default"]
            # Of several workers with the refused token the first fetches a new one, and the others take that.
            new = refused is not None and refused == self._held.get(resource, refused)
            found = self._acquire(scopes, new)
            if not isinstance(found, dict) or "access_token" not in found:
                raise self._explained(found if isinstance(found, dict) else {})
            token = str(found["access_token"])
            self._held[resource] = token
            return token

    def roles(self, resource: str) -> frozenset[str]:
        """What the application (or, delegated, the person with it) may do at a resource, as its token says."""
        return permissions_of(self.of(resource))

    def _application(self) -> Any:
        config = self._config
        if config.credential == "managed-identity":
            return _managed_identity(config)
        import msal

        common: dict[str, Any] = {
            "authority": f"{config.addresses.authority}/{config.tenant_id}",
            "http_client": _ForMsal(self._http),
            "instance_discovery": False,  # the cloud's hosts are known here, and none but the configured ones is asked
        }
        try:
            if config.credential == "device-code":
                return msal.PublicClientApplication(config.client_id, **common)
            if config.credential == "certificate":
                credential: Any = dict(self._certificate or certificate_for())
            else:
                credential = (self._secret or secret_for(config, None)).reveal()
            return msal.ConfidentialClientApplication(config.client_id, client_credential=credential, **common)
        except ValueError:
            raise SignInError(
                f"the authority {config.addresses.authority} knows no tenant {config.tenant_id}. Compare tenant_id with the Directory (tenant) ID in the "
                f"Entra admin centre, and cloud {config.cloud!r} with the portal in which the tenant is administered."
            ) from None
        except httpx.TransportError as error:
            raise unreachable(config, config.addresses.authority, error) from None

    def _acquire(self, scopes: list[str], new: bool) -> Any:
        config = self._config
        try:
            if config.credential == "managed-identity":
                return self._by_managed_identity(scopes)
            if config.credential == "device-code":
                return self._by_device_code(scopes, new)
            if new:
                # The library keeps a token until its stated end, and has no word for "the service will not have it".
                self._app.remove_tokens_for_client()
            return self._app.acquire_token_for_client(scopes=scopes)
        except httpx.TransportError as error:
            raise unreachable(config, config.addresses.authority, error) from None

    def _by_managed_identity(self, scopes: list[str]) -> Any:
        from azure.core.exceptions import ClientAuthenticationError

        try:
            return {"access_token": self._app.get_token(*scopes).token}
        except ClientAuthenticationError as error:
            said = str(error.message).splitlines()[0][:300]
            raise SignInError(
                f"this machine gives no token of the managed identity {self._config.client_id} ({said}). It has to be a resource of Azure to which that "
                "user-assigned identity is attached, client_id its Client ID; elsewhere take credential certificate or secret."
            ) from None

    def _by_device_code(self, scopes: list[str], new: bool) -> Any:
        accounts = self._app.get_accounts()
        if accounts:
            found = self._app.acquire_token_silent(scopes, account=accounts[0], force_refresh=new)
            if found is not None:
                return found
        flow = self._app.initiate_device_flow(scopes=scopes)
        if "user_code" not in flow:
            return flow
        self._show(str(flow.get("message", "")))
        return self._app.acquire_token_by_device_flow(flow)

    def _explained(self, found: Mapping[str, Any]) -> SignInError:
        config = self._config
        said = str(found.get("error_description") or found.get("error") or "no reason was given")
        known = re.search(r"AADSTS(\d+)", said)
        code = known[1] if known else ""
        head = f"sign-in refused{f' (AADSTS{code})' if code else ''}: "
        portal = f"Entra admin centre, App registrations, {config.client_id}, Certificates & secrets"
        advice = {
            "7000222": f"the client secret has expired. Make a new one: {portal}, and give it in {SECRET_VARIABLE}. A certificate lasts longer.",
            "7000215": f"the client secret is wrong. Copy the secret's Value, not its ID, from {portal}, into {SECRET_VARIABLE}.",
            "700016": f"tenant {config.tenant_id} has no application {config.client_id}. Compare client_id with the app registration, and tenant_id: an "
            "app of another tenant needs an administrator's consent here.",
            "90002": f"there is no tenant {config.tenant_id} in the cloud {config.cloud!r}. Compare tenant_id with the Directory (tenant) ID, and cloud with the portal.",
            "900023": f"tenant_id {config.tenant_id!r} is neither a GUID nor a domain of this cloud.",
            "700027": f"the certificate is not the application's. Upload its public part: {portal}.",
            "7000112": f"the application {config.client_id} is disabled in this tenant. Enable it under Enterprise applications.",
            "53003": "a Conditional Access policy keeps the application out. An administrator can exclude it, or name this machine's network as trusted.",
            "500011": "the tenant has no such service (resource), or the service is not of this cloud. Compare cloud and addresses.",
            "65001": "nobody has consented to the application. An administrator grants consent: App registrations, API permissions.",
        }.get(code)
        if advice is None:
            # The vendor's first line; it repeats no secret, and what would look like ours is taken out all the same.
            first = said.splitlines()[0][:300] if said else ""
            hidden = self._secret.reveal() if self._secret is not None else None
            advice = f"{first.replace(hidden, '…') if hidden else first}. `mailwitness collect setup` shows how the app registration should be."
        return SignInError(head + advice, only_there=code in _OF_ONE_SERVICE)


def permissions_of(token: str) -> frozenset[str]:
    """The application roles and delegated scopes that a token names."""
    claims = claims_of(token)
    roles, scopes = claims.get("roles"), claims.get("scp")
    listed = [str(role) for role in roles] if isinstance(roles, list) else []
    return frozenset(listed + (scopes.split() if isinstance(scopes, str) else []))


def claims_of(token: str) -> dict[str, Any]:
    """The claims of an access token, unverified: what it says of its own rights. Empty for a token that is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _managed_identity(config: Config) -> Any:
    try:
        from azure.identity import ManagedIdentityCredential
    except ImportError:
        raise ConfigurationError(
            "credential managed-identity needs a library that is not installed: pip install 'mailwitness[azure]'"
        ) from None
    return ManagedIdentityCredential(client_id=config.client_id)


def unreachable(config: Config, address: str, error: Exception) -> Network:
    """The network error, with what to look at next."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Network(
                f"{address}: its certificate is not trusted ({cause.verify_message}). Behind a proxy that opens TLS, give the proxy's CA: ca_file in the "
                f"configuration or {PREFIX}CA_FILE."
            )
        cause = cause.__cause__ or cause.__context__
    return Network(
        f"{address} cannot be reached ({type(error).__name__}: {error}). Look at network, proxy (HTTPS_PROXY) and firewall of this machine; cloud is "
        f"{config.cloud!r}. Run the command again: it goes on where it was."
    )


class _ForMsal:
    """Our HTTP client in the form that MSAL wants one."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> httpx.Response:
        # It gives an assertion as bytes, which httpx would write as b'…'.
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in (data or {}).items()}
        return self._http.post(url, params=params, data=form, headers=headers)

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> httpx.Response:
        return self._http.get(url, params=params, headers=headers)

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._http.close()
