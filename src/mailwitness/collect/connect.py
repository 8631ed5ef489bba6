"""A client that is signed in to one tenant, made of a configuration and a credential."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from mailwitness.collect.client import Client, Network, Refused, Unavailable
from mailwitness.collect.clock import Clock
from mailwitness.collect.config import Config, ConfigurationError
from mailwitness.collect.credentials import Secret, SignInError, Tokens

_PROBES = {
    "graph": (
        ("graph_directory", "/v1.0/subscribedSkus"),
        ("graph_audit_logs", "/v1.0/auditLogs/directoryAudits?$top=1"),
    ),
    "management": (
        ("management", "/api/v1.0/{tenant_id}/activity/feed/subscriptions/list?PublisherIdentifier={tenant_id}"),
    ),
    "exchange": (("exchange", "/adminapi/beta/{tenant_id}/EXOModuleFile?Version=3.9.2"),),
}


@dataclass(frozen=True, slots=True)
class Connection:
    """A client and the tokens that it asks with."""

    config: Config
    client: Client
    tokens: Tokens

    def close(self) -> None:
        self.client.close()

    def learn_clock(self, apis: Iterable[str]) -> None:
        """Sign in, and ask one of the services something small, to hear its clock. RemoteError if nobody lets us in or nobody answers."""
        named = set(apis)
        wanted = [api for api in _PROBES if api in named and api in self.config.resources]
        refused: SignInError | None = None
        failed: Unavailable | None = None
        for api in wanted:
            for family, path in _PROBES[api]:
                url = self.config.resources[api] + path.format(tenant_id=self.config.tenant_id)
                try:
                    self.client.send(family, "GET", url)
                except Refused:
                    pass  # an answer all the same
                except SignInError as error:
                    if not error.only_there:
                        raise
                    refused = error
                except Unavailable as error:
                    failed = error
                if self.client.clock.observed is not None:
                    return
        if self.client.counts.answered_hosts:
            return  # somebody answered, without a date: this machine's clock has to do
        if failed is not None:
            raise Network(
                f"no service answers: {failed}. Look at network, proxy (HTTPS_PROXY) and firewall of this machine, and at [addresses]; cloud is "
                f"{self.config.cloud!r}. Run the command again: it goes on where it was."
            )
        if refused is not None:
            raise refused


def connect(
    config: Config,
    *,
    secret: Secret | None = None,
    certificate: Mapping[str, Any] | None = None,
    show: Callable[[str], None] = lambda _: None,
    spill: Path | None = None,
) -> Connection:
    """A connection for this configuration. Nothing is asked of anybody yet."""
    clock = Clock()
    http = httpx.Client(
        verify=_trust(config),
        follow_redirects=False,
        limits=httpx.Limits(max_connections=4 * config.workers + 4, max_keepalive_connections=4 * config.workers),
        timeout=config.patience.silence_s,
        headers={"user-agent": "mailwitness"},
    )
    tokens = Tokens(config, secret=secret, certificate=certificate, http=http, show=show)
    client = Client(
        tokens.of,
        config.resources,
        transport=http,
        rates=config.rates,
        patience=config.patience,
        spill=spill,
        clock=clock,
    )
    return Connection(config, client, tokens)


def _trust(config: Config) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if config.ca_file is not None:
        try:
            context.load_verify_locations(cafile=config.ca_file)
        except (ssl.SSLError, OSError):
            raise ConfigurationError(f"ca_file {str(config.ca_file)!r} holds no certificates in PEM") from None
    return context
