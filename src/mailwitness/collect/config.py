"""What the collector must know of the tenant: a TOML file, the environment over it, options over both. Secrets in none of the file's keys.

::

    tenant_id = "11111111-2222-3333-4444-555555555555"
    client_id = "66666666-7777-8888-9999-000000000000"
    cloud = "worldwide"                  # gcc, gcc-high, dod, china
    credential = "certificate"           # secret, device-code, managed-identity
    ca_file = "proxy-ca.pem"             # of a proxy, or of the stand-in
    workers = 4

    [addresses]                          # only to reach something else than the cloud's own services
    authority = "https://localhost:8443"
    graph = "…"
    management = "…"
    exchange = "…"

    [rates]                              # requests a second of a family of endpoints, if the published ones do not fit
    graph_audit_logs = 0.5

    [patience]                           # seconds and tries
    whole_s = 600

The environment has the same names in capitals after ``MAILWITNESS_`` (``MAILWITNESS_TENANT_ID``, ``MAILWITNESS_GRAPH``). A secret comes from
``MAILWITNESS_CLIENT_SECRET``, a file descriptor (``--secret-fd``), or the keyring (service ``mailwitness``, user = the client id); a certificate with its key from the PEM
file that ``MAILWITNESS_CERTIFICATE`` names. A secret in the file is refused: files are copied, mailed and committed.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from mailwitness.collect.budget import RATES
from mailwitness.collect.client import Patience
from mailwitness.collect.clouds import CLOUDS, Addresses
from mailwitness.collect.feed import Cloud
from mailwitness.errors import RemoteError

Credential = Literal["secret", "certificate", "device-code", "managed-identity"]
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_ADDRESSES = ("authority", "graph", "management", "exchange")
_KEYS = frozenset(
    ("tenant_id", "client_id", "cloud", "credential", "ca_file", "workers", "addresses", "rates", "patience")
)
_SECRETS = re.compile(r"secret|password|private_?key|pass_?phrase|token", re.IGNORECASE)
PREFIX = "MAILWITNESS_"


class ConfigurationError(RemoteError):
    """Fix the configuration: a key, a value or a credential is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Config:
    """One tenant, one application, one cloud. It holds no secret, so it may be printed."""

    tenant_id: str
    client_id: str
    addresses: Addresses
    cloud: Cloud = "worldwide"
    credential: Credential = "secret"
    ca_file: Path | None = None
    workers: int = 4
    rates: Mapping[str, float] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    @property
    def resources(self) -> dict[str, str]:
        """Service → base address, of the services that there are."""
        found = {
            "graph": self.addresses.graph,
            "management": self.addresses.management,
            "exchange": self.addresses.exchange,
        }
        return {service: address for service, address in found.items() if address is not None}


def load(path: Path | None, environment: Mapping[str, str] | None = None, **options: Any) -> Config:
    """The configuration of file, environment and options, the later over the earlier. ConfigurationError says what to write where."""
    env = os.environ if environment is None else environment
    where = "the environment" if path is None else str(path)
    given = {} if path is None else _file(path)
    given["addresses"] = dict(given.get("addresses", {}))
    for name in ("tenant_id", "client_id", "cloud", "credential", "ca_file", "workers"):
        if env.get(PREFIX + name.upper()):
            given[name] = env[PREFIX + name.upper()]
    for name in _ADDRESSES:
        if env.get(PREFIX + name.upper()):
            given["addresses"][name] = env[PREFIX + name.upper()]
    given.update({name: value for name, value in options.items() if value is not None})
    cloud = _one_of("cloud", given.get("cloud", "worldwide"), get_args(Cloud), where)
    if "credential" not in given and env.get(f"{PREFIX}CERTIFICATE"):
        given["credential"] = "certificate"
    credential = _one_of("credential", given.get("credential", "secret"), get_args(Credential), where)
    ca_file = None if not given.get("ca_file") else Path(_text("ca_file", given["ca_file"], where))
    if ca_file is not None and path is not None and not ca_file.is_absolute() and not ca_file.exists():
        ca_file = path.parent / ca_file
    if ca_file is not None and not ca_file.is_file():
        raise ConfigurationError(f"{where}: ca_file {str(ca_file)!r} is not there. Name a PEM file of certificates.")
    return Config(
        tenant_id=_tenant(given.get("tenant_id"), where),
        client_id=_client(given.get("client_id"), where),
        addresses=_addresses(CLOUDS[cloud], given["addresses"], where),
        cloud=cloud,
        credential=credential,
        ca_file=ca_file,
        workers=_workers(given.get("workers", 4), where),
        rates=_rates(given.get("rates", {}), where),
        patience=_patience(given.get("patience", {}), where),
    )


def _file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            found = tomllib.load(stream)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no such file. `mailwitness collect setup` shows what it holds."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from None
    for name in _names(found):
        if _SECRETS.search(name):  # the value is not repeated: an error is often pasted somewhere
            raise ConfigurationError(
                f"{path}: {name!r} is a secret, and secrets do not belong in this file. Remove it (and have a new one made, this one was written down), "
                f"and give it in {PREFIX}CLIENT_SECRET, by --secret-fd or from the keyring."
            )
    unknown = sorted(found.keys() - _KEYS)
    if unknown:
        raise ConfigurationError(f"{path}: unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}")
    for name in ("addresses", "rates", "patience"):
        if not isinstance(found.get(name, {}), dict):
            raise ConfigurationError(f"{path}: {name} is not a table. Write [{name}] and its keys below it.")
    return found


def _names(found: Mapping[str, Any]) -> list[str]:
    return [*found, *(name for value in found.values() if isinstance(value, dict) for name in _names(value))]


def _text(name: str, value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{where}: {name} is {value!r}, a text was expected")
    return value.strip()


def _tenant(value: Any, where: str) -> str:
    if value is None:
        raise ConfigurationError(
            f"{where}: tenant_id is missing. It is the Directory (tenant) ID on the Overview page of the Entra admin centre; write it in the file "
            f"or in {PREFIX}TENANT_ID."
        )
    found = _text("tenant_id", value, where)
    if not _GUID.fullmatch(found):
        hint = " A domain name will not do: the Management API wants the GUID." if _DOMAIN.fullmatch(found) else ""
        raise ConfigurationError(
            f"{where}: tenant_id {found!r} is not a GUID such as 11111111-2222-3333-4444-555555555555.{hint}"
        )
    return found.lower()


def _client(value: Any, where: str) -> str:
    if value is None:
        raise ConfigurationError(
            f"{where}: client_id is missing. It is the Application (client) ID of the app registration (`mailwitness collect setup` makes one); "
            f"write it in the file or in {PREFIX}CLIENT_ID."
        )
    found = _text("client_id", value, where)
    if not _GUID.fullmatch(found):
        # Whoever pastes the secret here must not find it in an error.
        raise ConfigurationError(f"{where}: client_id is not a GUID. Copy the Application (client) ID, not a name.")
    return found.lower()


def _one_of(name: str, value: Any, known: tuple[Any, ...], where: str) -> Any:
    if value not in known:
        raise ConfigurationError(f"{where}: {name} {value!r} is not known; known: {', '.join(known)}")
    return value


def _addresses(cloud: Addresses, given: Mapping[str, Any], where: str) -> Addresses:
    unknown = sorted(given.keys() - set(_ADDRESSES))
    if unknown:
        raise ConfigurationError(f"{where}: unknown address {unknown[0]!r}; known: {', '.join(_ADDRESSES)}")
    made: dict[str, Any] = {name: getattr(cloud, name) for name in _ADDRESSES}
    for name, value in given.items():
        text = _text(f"addresses.{name}", value, where).rstrip("/")
        # A token must never travel in the clear.
        if not re.fullmatch(r"https://[^/?#@\s]+(/[^?#\s]*)?", text):
            raise ConfigurationError(
                f"{where}: addresses.{name} {text!r} is not an address such as https://localhost:8443; only https is spoken"
            )
        made[name] = text
    return Addresses(**made)


def _workers(value: Any, where: str) -> int:
    try:
        found = int(value)
    except (TypeError, ValueError):
        found = 0
    if not 1 <= found <= 32:
        raise ConfigurationError(f"{where}: workers is {value!r}; a number from 1 to 32 was expected")
    return found


def _rates(given: Mapping[str, Any], where: str) -> dict[str, float]:
    for name, value in given.items():
        if name not in RATES:
            raise ConfigurationError(f"{where}: rates.{name} is not known; known: {', '.join(RATES)}")
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise ConfigurationError(f"{where}: rates.{name} is {value!r}; requests a second, above 0, were expected")
    return {name: float(value) for name, value in given.items()}


def _patience(given: Mapping[str, Any], where: str) -> Patience:
    known = {one.name for one in fields(Patience)}
    for name, value in given.items():
        if name not in known:
            raise ConfigurationError(f"{where}: patience.{name} is not known; known: {', '.join(sorted(known))}")
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise ConfigurationError(f"{where}: patience.{name} is {value!r}; a number above 0 was expected")
    seconds = {name: float(value) for name, value in given.items() if name != "tries"}
    return Patience(tries=int(given.get("tries", Patience().tries)), **seconds)
