"""Signing in: by device code, and what a secret shows of itself."""

from __future__ import annotations

import json
import os
import pickle
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from mailwitness.collect.clouds import Addresses
from mailwitness.collect.config import Config, ConfigurationError
from mailwitness.collect.connect import connect
from mailwitness.collect.credentials import Secret, SignInError, Tokens, certificate_for, claims_of, secret_for
from mailwitness.standin import StandIn, Terms
from tests.standin.tenants import START, hours, sign_in, write_tenant

IDS = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"
CONFIG = Config(*IDS, Addresses(*["https://contoso.test"] * 4))


def test_a_secret_shows_itself_to_nobody() -> None:
    """Not in a text, a format, JSON, a pickle, or the lines of an error."""
    secret = Secret("s3cr3t")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", str([secret]), str({"a": secret})]
    assert [] == [text for text in shown if "s3cr3t" in text]
    for write in (json.dumps, pickle.dumps):
        with pytest.raises(TypeError) as error:
            write(secret)
        assert "s3cr3t" not in "".join(traceback.format_exception(error.value))
    assert "s3cr3t" == secret.reveal()


def test_the_descriptor_goes_before_the_environment_and_that_before_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is nearest to the hand; white space around it is nobody's."""
    monkeypatch.setattr("mailwitness.collect.credentials._from_keyring", lambda user: f"keyring of {user}")
    path = tmp_path / "secret"
    path.write_text("from the file\n")
    environment = {"MAILWITNESS_CLIENT_SECRET": " from the environment "}
    with path.open() as stream:
        assert "from the file" == secret_for(CONFIG, os.dup(stream.fileno()), environment).reveal()
    assert "from the environment" == secret_for(CONFIG, None, environment).reveal()
    assert f"keyring of {IDS[1]}" == secret_for(CONFIG, None, {}).reveal()
    monkeypatch.setattr("mailwitness.collect.credentials._from_keyring", lambda _: None)
    with pytest.raises(ConfigurationError, match="keyring set mailwitness"):
        secret_for(CONFIG, None, {})
    with pytest.raises(ConfigurationError, match="--secret-fd 999"):
        secret_for(CONFIG, 999, {})


def test_a_file_without_certificate_or_key_is_named_and_not_quoted(tmp_path: Path) -> None:
    """Its content may be a key."""
    path = tmp_path / "x.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\ns3cr3tkey\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ConfigurationError) as error:
        certificate_for({"MAILWITNESS_CERTIFICATE": str(path)})
    assert (True, False) == ("x.pem" in str(error.value), "s3cr3tkey" in str(error.value))


def test_claims_of_what_is_no_token_are_none() -> None:
    """A token of another form is still a token."""
    assert [{}, {}, {}] == [claims_of(text) for text in ("", "a.b.c", "opaque")]


def test_a_person_signs_in_by_device_code(tmp_path: Path) -> None:
    """What to do is shown, and the person's scopes are what counts; a service whose token dies gets a new one without asking again."""
    tenant = write_tenant(tmp_path / "tenant", interactive=[sign_in(1, hours(1))])
    told: list[str] = []
    with StandIn(tenant, terms=Terms(pace=100), now=START + timedelta(days=5)) as standin:
        given = standin.addresses
        config = Config(
            standin.tenant_id,
            standin.client_id,
            Addresses(given.authority, given.graph, given.management, given.exchange),
            credential="device-code",
            ca_file=standin.ca_file,
        )
        connection = connect(config, show=told.append)
        try:
            first = connection.tokens.of(given.graph)
            assert first == connection.tokens.of(given.graph)
            assert first != connection.tokens.of(given.graph, refused=first)
            assert "AuditLog.Read.All" in connection.tokens.roles(given.graph)
        finally:
            connection.close()
    assert 1 == len(told)
    assert "enter the code" in told[0]


@contextmanager
def identity_endpoint(status: int, answer: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """What App Service has on a machine with a managed identity: its address, and the requests that came."""
    asked: list[str] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['X-IDENTITY-HEADER']}")
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/msi/token", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def managed(monkeypatch: pytest.MonkeyPatch, address: str) -> Tokens:
    monkeypatch.setenv("IDENTITY_ENDPOINT", address)
    monkeypatch.setenv("IDENTITY_HEADER", "of-this-machine")
    return Tokens(replace(CONFIG, credential="managed-identity"), http=httpx.Client())


def test_a_managed_identity_gives_the_token_of_each_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the identity that client_id names, for the service that is asked (App Service's endpoint, over a real socket)."""
    answer = {"access_token": "a.b.c", "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
    with identity_endpoint(200, answer) as (address, asked):
        assert "a.b.c" == managed(monkeypatch, address).of("https://graph.contoso.test")
    (request,) = asked
    assert f"resource=https://graph.contoso.test&client_id={IDS[1]} of-this-machine" in request


def test_a_machine_without_that_identity_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        identity_endpoint(400, {"statusCode": "400", "message": "No managed identity found"}) as (address, _),
        pytest.raises(SignInError, match=f"managed identity {IDS[1]}.*credential certificate or secret"),
    ):
        managed(monkeypatch, address).of("https://graph.contoso.test")


class Locker(KeyringBackend):
    """A keyring that holds one password, or cannot be opened."""

    priority = 1

    def __init__(self, held: str | None) -> None:
        self._held = held

    def get_password(self, service: str, username: str) -> str | None:
        if self._held is None:
            raise KeyringLocked
        return self._held if (service, username) == ("mailwitness", IDS[1]) else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked


def test_the_keyring_is_asked_by_the_client_id_and_may_be_locked() -> None:
    """A locked or missing keyring is no error of its own: the message names every place where a secret can be given."""
    before = keyring.get_keyring()
    try:
        keyring.set_keyring(Locker("s3cr3t"))
        assert "s3cr3t" == secret_for(CONFIG, None, {}).reveal()
        keyring.set_keyring(Locker(None))
        with pytest.raises(ConfigurationError, match=r"MAILWITNESS_CLIENT_SECRET.*keyring set mailwitness"):
            secret_for(CONFIG, None, {})
    finally:
        keyring.set_keyring(before)
