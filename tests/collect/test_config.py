"""Configuration: what is wrong, where, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwitness.collect.clouds import CLOUDS
from mailwitness.collect.config import ConfigurationError, load

TENANT, CLIENT = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"
IDS = f'tenant_id = "{TENANT}"\nclient_id = "{CLIENT}"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "collect.toml"
    path.write_text(text)
    return path


def test_options_go_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """The nearer hand decides."""
    path = written(
        tmp_path, IDS + 'cloud = "gcc"\n[rates]\ngraph_audit_logs = 2\n[addresses]\ngraph = "https://localhost:1/"\n'
    )
    config = load(path, {"MAILWITNESS_CLOUD": "dod", "MAILWITNESS_EXCHANGE": "https://localhost:2"}, cloud="gcc-high")
    assert (TENANT, CLIENT, "gcc-high") == (config.tenant_id, config.client_id, config.cloud)
    assert ("https://localhost:1", "https://localhost:2") == (config.addresses.graph, config.addresses.exchange)
    assert CLOUDS["gcc-high"].authority == config.addresses.authority
    assert {"graph_audit_logs": 2.0} == config.rates


def test_the_environment_alone_is_enough() -> None:
    """As in a container."""
    config = load(
        None,
        {"MAILWITNESS_TENANT_ID": TENANT.upper(), "MAILWITNESS_CLIENT_ID": CLIENT, "MAILWITNESS_CERTIFICATE": "x.pem"},
    )
    assert (TENANT, "certificate", "https://graph.microsoft.com") == (
        config.tenant_id,
        config.credential,
        config.addresses.graph,
    )


@pytest.mark.parametrize("name", ["client_secret", "secret", "password", "private_key", "refresh_token"])
@pytest.mark.parametrize("below", ["", "[addresses]\n"])
def test_a_secret_in_the_file_is_refused_without_repeating_it(tmp_path: Path, name: str, below: str) -> None:
    """An error is pasted into tickets."""
    path = written(tmp_path, f'{IDS}{below}{name} = "s3cr3t-v4lue"\n')
    with pytest.raises(ConfigurationError, match="MAILWITNESS_CLIENT_SECRET") as error:
        load(path, {})
    assert "s3cr3t-v4lue" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tenant_id is missing"),
        (f'tenant_id = "{TENANT}"', "client_id is missing"),
        ('tenant_id = "contoso.onmicrosoft.com"', "A domain name will not do"),
        (IDS + 'cloud = "mars"', "known: worldwide, gcc, gcc-high, dod, china"),
        (IDS + 'tenat = "x"', "unknown key 'tenat'"),
        (IDS + "workers = 0", "a number from 1 to 32"),
        (IDS + '[addresses]\ngraph = "http://localhost"', "only https is spoken"),
        (IDS + '[addresses]\ngarph = "https://localhost"', "unknown address 'garph'"),
        (IDS + "[rates]\ngraph = 3", "rates.graph is not known"),
        (IDS + "[rates]\nmanagement = 0", "above 0"),
        (IDS + "[patience]\ntries = true", "above 0"),
        (IDS + "rates = 3", "not a table"),
        (IDS + 'ca_file = "nowhere.pem"', "is not there"),
        ("tenant_id = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    """File, key, what was found, what is known; the exit code is that of a tenant that cannot be reached."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as error:
        load(path, {})
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)
    assert 5 == error.value.exit_code


def test_a_secret_pasted_as_client_id_is_not_repeated(tmp_path: Path) -> None:
    """It happens: the two stand side by side in the portal."""
    with pytest.raises(ConfigurationError) as error:
        load(written(tmp_path, f'tenant_id = "{TENANT}"\nclient_id = "abC8Q~s3cr3t"'), {})
    assert "s3cr3t" not in str(error.value)


def test_china_has_no_known_management_host() -> None:
    """Until an address is configured the service is not there."""
    config = load(None, {"MAILWITNESS_TENANT_ID": TENANT, "MAILWITNESS_CLIENT_ID": CLIENT}, cloud="china")
    assert {"graph", "exchange"} == config.resources.keys()
