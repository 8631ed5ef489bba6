"""The token endpoint: who gets in, who does not and in which words, as msal meets it too."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping

import msal
import pytest

from mailwitness.standin import PERMISSIONS, Terms
from tests.standin.conftest import Serve
from tests.standin.tenants import Client


@pytest.fixture(autouse=True)
def own_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """These would outrank the CA file that a program names."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def claims(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def app(client: Client, credential: str | Mapping[str, str]) -> msal.ConfidentialClientApplication:
    standin = client.standin
    return msal.ConfidentialClientApplication(
        standin.client_id, client_credential=credential, instance_discovery=False, verify=str(standin.ca_file),
        authority=f"{standin.addresses.authority}/{standin.tenant_id}",
    )  # fmt: skip


def test_a_token_says_what_the_app_may(serve: Serve) -> None:
    """The roles of the service that it is for, and of no other."""
    client = serve(terms=Terms(limits=False, granted=PERMISSIONS - {"User.Read.All"}))

    answer = client.sign_in("management").json()

    assert ("Bearer", 3599) == (answer["token_type"], answer["expires_in"])
    assert (["ActivityFeed.Read"], "https://manage.office.com") == tuple(
        claims(answer["access_token"])[key] for key in ("roles", "aud")
    )
    roles = claims(client.sign_in("graph").json()["access_token"])["roles"]
    assert isinstance(roles, list)
    assert "AuditLog.Read.All" in roles
    assert "User.Read.All" not in roles


def test_msal_signs_in_with_the_secret(serve: Serve) -> None:
    client = serve()
    found = app(client, client.standin.client_secret).acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert found["token_type"] == "Bearer"


def test_msal_signs_in_with_the_certificate(serve: Serve) -> None:
    """The assertion's signature is checked: another key's is refused."""
    client, other = serve(), serve()
    scope = ["https://outlook.office365.com/.default"]

    def credential(of: Client) -> dict[str, str]:
        key, begin, rest = of.standin.certificate_file.read_text().partition("-----BEGIN CERTIFICATE-----")
        return {"private_key": key, "public_certificate": begin + rest}

    assert "access_token" in app(client, credential(client)).acquire_token_for_client(scope)
    refused = app(client, credential(other)).acquire_token_for_client(scope)
    assert ("invalid_client", [700027]) == (refused["error"], refused["error_codes"])


def test_msal_signs_a_person_in_with_a_device_code(serve: Serve) -> None:
    """Pending at the first poll, signed in at the second; the token then has scopes and no roles."""
    client = serve(terms=Terms(pace=100))
    standin = client.standin
    program = msal.PublicClientApplication(
        standin.client_id, authority=f"{standin.addresses.authority}/{standin.tenant_id}", instance_discovery=False,
        verify=str(standin.ca_file),
    )  # fmt: skip
    flow = program.initiate_device_flow(["https://graph.microsoft.com/AuditLog.Read.All"])

    found = program.acquire_token_by_device_flow(flow)

    assert "investigator@contoso.test" == found["id_token_claims"]["preferred_username"]
    assert "AuditLog.Read.All" in str(claims(found["access_token"])["scp"])


@pytest.mark.parametrize(
    ("changed", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "22222222-0000-4000-8000-000000000002"}, 400, "unauthorized_client", 700016),
        ({"scope": "https://nowhere.example/.default"}, 400, "invalid_scope", 70011),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"client_assertion": "not.a.jwt"}, 401, "invalid_client", 50027),
    ],
)
def test_a_wrong_sign_in_is_refused(
    serve: Serve, changed: dict[str, str], status: int, error: str, number: int
) -> None:
    """With the status, the error and the AADSTS number of the service."""
    answer = serve().sign_in("graph", **changed)
    assert (status, error, [number]) == (answer.status_code, answer.json()["error"], answer.json()["error_codes"])


def test_an_expired_secret_is_said_to_have_expired(serve: Serve) -> None:
    answer = serve(terms=Terms(secret_expired=True)).sign_in("graph")
    assert (401, [7000222]) == (answer.status_code, answer.json()["error_codes"])


def test_another_tenant_is_not_found(serve: Serve) -> None:
    client = serve()
    answer = client.http.get(
        f"{client.standin.addresses.authority}/elsewhere.test/v2.0/.well-known/openid-configuration"
    )
    assert (400, [90002]) == (answer.status_code, answer.json()["error_codes"])


def test_a_token_ends_with_its_life(serve: Serve) -> None:
    """In real seconds, whatever the services' clock says."""
    client = serve(terms=Terms(limits=False, token_lifetime_s=0.3))
    assert client.graph("v1.0/users").status_code == 200
    time.sleep(0.35)
    answer = client.graph("v1.0/users")
    assert (401, "InvalidAuthenticationToken") == (answer.status_code, answer.json()["error"]["code"])


def test_a_token_of_one_service_opens_no_other(serve: Serve) -> None:
    client = serve()
    answer = client.http.get(f"{client.standin.addresses.graph}/v1.0/users", headers=client.headers("exchange"))
    assert answer.status_code == 401
