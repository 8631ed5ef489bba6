"""Captured tokens, made here with keys of our own: each step in every outcome, and the verdict that follows."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mailwitness.cli import main
from mailwitness.errors import EvidenceError, UsageError
from mailwitness.tokens.capture import tokens_in
from mailwitness.tokens.check import Checked, check
from mailwitness.tokens.keys import CONSUMER_TENANT, KeyStore, read_keys

TENANT = "11111111-2222-4333-8444-555555555555"
OTHER_TENANT = "99999999-2222-4333-8444-555555555555"
EXCHANGE = "https://outlook.office365.com"
ANY_TENANT = "https://login.microsoftonline.com/{tenantid}/v2.0"
CONSUMERS = f"https://login.microsoftonline.com/{CONSUMER_TENANT}/v2.0"
ISSUED = dt.datetime(2023, 6, 1, 9, 0, tzinfo=dt.UTC)
URL = "https://login.microsoftonline.com/common/discovery/v2.0/keys"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """One key for each name, made once."""
    return rsa.generate_private_key(65537, 2048)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def certificate(name: str, made_from: str, made_to: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.example")])
    key = private_key(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(dt.datetime.fromisoformat(made_from))
        .not_valid_after(dt.datetime.fromisoformat(made_to))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def published(
    name: str = "org", issuer: str | None = ANY_TENANT, made_from: str = "2022-01-01", made_to: str = "2027-01-01"
) -> dict[str, Any]:
    """A key as a list publishes it."""
    numbers = private_key(name).public_key().public_numbers()
    der = certificate(name, made_from, made_to)
    key = {
        "kty": "RSA", "use": "sig", "kid": f"kid-{name}", "n": base64url(numbers.n.to_bytes(256, "big")), "e": "AQAB",
        "x5t": base64url(hashlib.sha1(der, usedforsecurity=False).digest()), "x5c": [base64.b64encode(der).decode()],
    }  # fmt: skip
    return key if issuer is None else {**key, "issuer": issuer}


def signed(
    claims: Mapping[str, Any], key: str = "org", signed_as: Mapping[str, Any] | None = None, **header: Any
) -> str:
    """A token of these claims; ``signed_as`` is the header that was really signed, where the one that travels differs."""
    from cryptography.hazmat.primitives.asymmetric import padding

    shown = {"typ": "JWT", "alg": "RS256", "kid": f"kid-{key}", **header}
    body = base64url(json.dumps(claims).encode())
    under = f"{base64url(json.dumps(signed_as or shown).encode())}.{body}".encode()
    signature = private_key(key).sign(under, padding.PKCS1v15(), hashes.SHA256())
    return f"{base64url(json.dumps(shown).encode())}.{body}.{base64url(signature)}"


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of an ordinary v1.0 token for Exchange; None takes a claim away."""
    signin = uuid.UUID("22608a25-1d9b-44b5-b0f2-cb94f06b2d00")
    ordinary = {
        "aud": EXCHANGE, "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT, "ver": "1.0", "oid": str(uuid.UUID(int=5)),
        "iat": int(ISSUED.timestamp()) - 10, "nbf": int(ISSUED.timestamp()) - 10, "exp": int(ISSUED.timestamp()) + 4500,
        "uti": base64url(signin.bytes_le), "sid": str(uuid.UUID(int=6)),
    }  # fmt: skip
    return {name: value for name, value in {**ordinary, **changes}.items() if value is not None}


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., Checked]:
    """Judge one token against lists of keys; by default one list, saved on the day of issue."""

    def judge(
        token: str,
        lists: list[dict[str, Any]] | None = None,
        tenant: str | None = TENANT,
        audience: str | None = EXCHANGE,
    ) -> Checked:
        capture, saved = tmp_path / "capture.txt", tmp_path / "keys.json"
        capture.write_text(f"Authorization: Bearer {token}\n")
        saved.write_text(
            json.dumps([{"retrieved_at": "2023-06-01", "keys": [published()]}] if lists is None else lists)
        )
        return check(tokens_in(capture)[0], read_keys([str(saved)]), tenant, audience)

    return judge


def codes(found: Checked) -> tuple[str, list[str]]:
    return found.verdict, [reason.code for reason in found.reasons]


V2 = {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "ver": "2.0"}


@pytest.mark.parametrize(
    ("token", "lists", "expected"),
    [
        pytest.param(lambda: signed(claims()), None, ("supported", ["every_step_holds"]), id="valid, v1.0"),
        pytest.param(lambda: signed(claims(**V2)), None, ("supported", ["every_step_holds"]), id="valid, v2.0"),
        pytest.param(
            lambda: signed(claims(), key="msa"),
            [{"retrieved_at": "2023-06-01", "keys": [published("msa", CONSUMERS)]}],
            ("contradicted", ["key_scope_broken"]),
            id="consumer key, enterprise issuer",
        ),
        pytest.param(
            lambda: signed(claims(tid=CONSUMER_TENANT, iss=CONSUMERS, ver="2.0"), key="msa"),
            [{"retrieved_at": "2023-06-01", "keys": [published("msa", CONSUMERS)]}],
            ("contradicted", ["tenant_unexpected"]),
            id="consumer key, consumer issuer, used in a tenant",
        ),
        pytest.param(
            lambda: signed(claims()),
            [{"retrieved_at": "2023-06-01", "keys": [published(made_to="2021-04-01", made_from="2016-04-01")]}],
            ("contradicted", ["key_expired"]),
            id="key expired two years before",
        ),
        pytest.param(
            lambda: signed(claims()),
            [{"retrieved_at": "2023-06-01", "keys": [published(made_from="2023-06-02")]}],
            ("contradicted", ["key_not_yet_made"]),
            id="key made after the issue",
        ),
        pytest.param(
            lambda: signed(claims()),
            [
                {"retrieved_at": "2023-04-01", "url": URL, "keys": [published()]},
                {"retrieved_at": "2023-05-01", "url": URL, "keys": [published("new")]},
            ],
            ("contradicted", ["key_withdrawn"]),
            id="key withdrawn before the issue",
        ),
        pytest.param(
            lambda: signed(claims()),
            [
                {"retrieved_at": "2023-04-01", "url": URL, "keys": [published()]},
                {"retrieved_at": "2023-05-01", "url": URL + "?other", "keys": [published("new")]},
            ],
            ("undecidable", ["key_life_unknown"]),
            id="key absent from a list of another address",
        ),
        pytest.param(
            lambda: signed(claims()),
            [
                {"retrieved_at": "2023-04-01", "url": URL, "keys": [published()]},
                {"retrieved_at": "2023-06-01", "url": URL, "keys": [published("new")]},
            ],
            ("undecidable", ["key_life_unknown"]),
            id="key gone by the day of issue, perhaps after it",
        ),
        pytest.param(
            lambda: signed(claims()),
            [
                {"retrieved_at": "2023-04-01", "url": URL, "keys": [published()]},
                {"retrieved_at": "2023-05-31T22:00:00-05:00", "url": URL, "keys": [published("new")]},
            ],
            ("undecidable", ["key_life_unknown"]),
            id="a day of a list is one of UTC",
        ),
        pytest.param(
            lambda: signed(claims()),
            [{"retrieved_at": "2023-09-01", "keys": [{k: v for k, v in published().items() if k != "x5c"}]}],
            ("undecidable", ["key_life_unknown"]),
            id="key first seen after the issue, without a certificate that says since when",
        ),
        pytest.param(
            lambda: signed(claims()),
            [{"retrieved_at": "2023-06-01", "keys": [published(issuer=ANY_TENANT.replace(".com", ".us"))]}],
            ("undecidable", ["key_scope_of_another_cloud"]),
            id="key of a government cloud, whose v1.0 tokens name the same issuer",
        ),
        pytest.param(
            lambda: signed(claims(iss=f"https://sts.chinacloudapi.cn/{TENANT}/")),
            [{"retrieved_at": "2023-06-01", "keys": [published(issuer="https://login.partner.microsoftonline.cn/{tenantid}/v2.0")]}],
            ("undecidable", ["key_scope_of_another_cloud", "issuer_not_listed"]),
            id="key and issuer of another cloud",
        ),
        pytest.param(
            lambda: signed(claims()), [{"keys": [published()]}], ("undecidable", ["key_life_unknown"]), id="list without a day"
        ),
        pytest.param(
            lambda: signed(claims()),
            [{"retrieved_at": "2023-06-01", "keys": [published(issuer=None)]}],
            ("undecidable", ["key_scope_unknown"]),
            id="list of the older endpoint, no issuer per key",
        ),
        pytest.param(
            lambda: signed(claims()),
            [
                {"retrieved_at": "2023-06-01", "keys": [published()]},
                {"retrieved_at": "2023-06-02", "keys": [published(issuer=CONSUMERS)]},
            ],
            ("undecidable", ["key_scope_disputed"]),
            id="lists disagree whose tokens the key signs",
        ),
        pytest.param(
            lambda: signed(claims(), key="unknown"),
            None,
            ("undecidable", ["key_not_in_store", "signature_unverifiable", "key_scope_unknown", "key_life_not_tested"]),
            id="unknown key",
        ),
        pytest.param(
            lambda: signed(claims(), key="org", kid="kid-other"),
            [{"retrieved_at": "2023-06-01", "keys": [{**published("other")}]}],
            ("contradicted", ["signature_wrong"]),
            id="signed by another key than it names",
        ),
        pytest.param(
            lambda: signed(claims(), alg="none"), None, ("contradicted", ["algorithm_refused"]), id="no algorithm"
        ),
        pytest.param(lambda: signed(claims(), alg="HS256"), None, ("contradicted", ["algorithm_refused"]), id="secret key"),
        pytest.param(
            lambda: signed(claims(aud="https://graph.microsoft.com")),
            None,
            ("contradicted", ["audience_unexpected"]),
            id="for another service",
        ),
        pytest.param(
            lambda: signed(claims(aud="00000002-0000-0ff1-ce00-000000000000")),
            None,
            ("supported", ["every_step_holds"]),
            id="the same service by its id",
        ),
        pytest.param(lambda: signed(claims(aud=None)), None, ("undecidable", ["audience_missing"]), id="no audience"),
        pytest.param(
            lambda: signed(claims(tid=OTHER_TENANT)),
            None,
            ("contradicted", ["key_scope_broken", "issuer_of_another_tenant", "tenant_unexpected"]),
            id="tenant not in the issuer",
        ),
        pytest.param(
            lambda: signed(claims(tid=None)),
            None,
            ("undecidable", ["key_scope_without_tenant", "issuer_missing", "tenant_missing"]),
            id="no tenant: the library trap",
        ),
        pytest.param(
            lambda: signed(claims(ver="2.0")), None, ("contradicted", ["issuer_of_another_version"]), id="v1 issuer, v2 version"
        ),
        pytest.param(lambda: signed(claims(ver=None)), None, ("undecidable", ["version_missing"]), id="no version"),
        pytest.param(
            lambda: signed(claims(iss=f"https://sts.chinacloudapi.cn/{TENANT}/")),
            None,
            ("contradicted", ["key_scope_broken"]),
            id="issuer of another cloud under a key of this one",
        ),
        pytest.param(
            lambda: signed(claims(exp=int(ISSUED.timestamp()) - 100)), None, ("contradicted", ["times_impossible"]), id="ends first"
        ),
        pytest.param(
            lambda: signed(claims(exp=int(ISSUED.timestamp()) + 400 * 86400)),
            None,
            ("undecidable", ["life_unusual"]),
            id="lives a year",
        ),
        pytest.param(lambda: signed(claims(exp=None)), None, ("undecidable", ["times_missing"]), id="no end"),
        pytest.param(
            lambda: signed(claims(actort="eyJhbGciOiJub25lIn0.e30.")), None, ("undecidable", ["actor_token_inside"]), id="actor token"
        ),
        pytest.param(
            lambda: signed(
                claims(), nonce="abc",
                signed_as={"typ": "JWT", "alg": "RS256", "kid": "kid-org", "nonce": base64url(hashlib.sha256(b"abc").digest())},
            ),
            None,
            ("supported", ["every_step_holds"]),
            id="nonce, hashed before signing",
        ),
        pytest.param(
            lambda: signed(claims(), nonce="abc", signed_as={"alg": "RS256", "kid": "kid-org", "nonce": "something else"}),
            None,
            ("undecidable", ["signature_with_nonce", "key_scope_unknown", "key_life_not_tested"]),
            id="nonce, changed in a way unknown here",
        ),
        pytest.param(
            lambda: signed(claims(), ctx="anything"), None, ("supported", ["every_step_holds"]), id="a header nobody documents"
        ),
        pytest.param(
            lambda: signed(claims(), x5t="1LTMzakihiRla_8z2BEJVXeWMqo"),
            None,
            ("contradicted", ["key_compromised"]),
            id="the key taken by Storm-0558",
        ),
    ],
)  # fmt: skip
def test_each_step_decides_as_it_should(
    judged: Callable[..., Checked],
    token: Callable[[], str],
    lists: list[dict[str, Any]] | None,
    expected: tuple[str, list[str]],
) -> None:
    """One token for every outcome of every step, and the verdict with its reasons."""
    assert expected == codes(judged(token(), lists))


def test_what_the_caller_does_not_say_is_never_taken_as_right(judged: Callable[..., Checked]) -> None:
    """Without tenant and audience a perfect token stays undecidable, and both are asked for."""
    found = judged(signed(claims()), tenant=None, audience=None)

    assert ("undecidable", ["tenant_not_stated", "audience_not_stated"]) == codes(found)
    assert (
        "The tenant's id, given with --tenant, would decide it.",
        "The service's id or address, given with --audience, would decide it.",
    ) == found.would_decide


def test_an_altered_token_does_not_verify(judged: Callable[..., Checked]) -> None:
    """One claim changed after signing breaks the signature."""
    header, _, signature = signed(claims()).split(".")
    altered = base64url(json.dumps(claims(oid=str(uuid.UUID(int=9)))).encode())

    assert ("contradicted", ["signature_wrong"]) == codes(judged(f"{header}.{altered}.{signature}"))


def test_the_identifier_leads_to_the_sign_in(judged: Callable[..., Checked]) -> None:
    """The unique token identifier is the sign-in's id, little-endian, in base64url."""
    assert "22608a25-1d9b-44b5-b0f2-cb94f06b2d00" == judged(signed(claims())).facts["signin_id"]


def test_every_token_of_a_capture_is_found_once(tmp_path: Path) -> None:
    """Tokens lie among other text, twice or in UTF-16; what only looks like one is none."""
    one, two = signed(claims()), signed(claims(oid=None))
    text = f'GET / HTTP/1.1\nAuthorization: Bearer {one}\n{{"access_token": "{two}"}} {one} eyJub3QiOiJhIn0.eyJ0b2tlbiI6MX0.x eyAAAAAAAAAA.b.c'
    plain, wide = tmp_path / "log.txt", tmp_path / "wide.txt"
    plain.write_text(text)
    wide.write_text(text, "utf-16")

    assert [one.encode(), two.encode()] == [found.compact for found in tokens_in(plain)]
    assert [one.encode(), two.encode()] == [found.compact for found in tokens_in(wide)]


def test_a_capture_costs_no_more_than_its_length(tmp_path: Path) -> None:
    """A megabyte that begins like a token at every second byte, and the token at its end."""
    capture, token = tmp_path / "capture.txt", signed(claims())
    capture.write_text("ey" * 500_000 + " host.name." + token)

    begun = time.perf_counter()
    (found,) = tokens_in(capture)

    assert (1_000_011, token.encode()) == (found.offset, found.compact)
    assert time.perf_counter() - begun < 20  # the search for each beginning by itself took minutes


def test_a_file_without_a_token_says_so(tmp_path: Path) -> None:
    """No token is an error with the file's name, not an empty answer."""
    (tmp_path / "none.txt").write_text("nothing here")

    with pytest.raises(EvidenceError, match=r"none\.txt: no access token found"):
        tokens_in(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("{", EvidenceError, "not JSON"),
        ('{"value": []}', EvidenceError, "list 0 has no 'keys' array"),
        ('{"keys": [{"n": "x"}]}', EvidenceError, r"keys\[0\]: no 'kid'"),
        ('{"keys": [{"kid": "a", "x5c": ["AAAA"]}]}', EvidenceError, r"keys\[0\]: x5c is no certificate"),
        ('{"keys": [{"kid": "a", "n": "*", "e": "AQAB"}]}', EvidenceError, r"keys\[0\]: n is no base64url"),
    ],
)
def test_a_broken_key_list_names_its_place(tmp_path: Path, content: str, error: type[Exception], message: str) -> None:
    """A key list that cannot be read whole is refused: half of one could make a verdict wrong."""
    saved = tmp_path / "keys.json"
    saved.write_text(content)

    with pytest.raises(error, match=message):
        read_keys([str(saved)])


def test_a_wrong_day_or_file_of_keys_says_how_to_write_it(tmp_path: Path) -> None:
    """FILE=DATE with a day that is none, and a file that is not there."""
    (tmp_path / "keys.json").write_text('{"keys": []}')

    with pytest.raises(UsageError, match="'yesterday' is no date; write the day"):
        read_keys([f"{tmp_path}/keys.json=yesterday"])
    with pytest.raises(UsageError, match="is not a file"):
        read_keys([f"{tmp_path}/missing.json"])
    assert KeyStore() == read_keys([f"{tmp_path}/keys.json=2023-06-01"])


def test_the_command_shows_verdicts_and_never_the_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for a forged token; neither it nor its signature is on the screen or in the JSON."""
    forged = signed(claims(), key="msa")
    (tmp_path / "capture.txt").write_text(forged)
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [published("msa", CONSUMERS)]}))
    call = ["token", str(tmp_path / "capture.txt"), "--keys", f"{tmp_path}/keys.json=2023-06-01", "--tenant", TENANT]

    assert 1 == main([*call, "--audience", EXCHANGE])
    shown = capsys.readouterr().out
    assert 1 == main([*call, "--audience", EXCHANGE, "--json"])
    told = capsys.readouterr().out

    assert "contradicted: this token was issued by the issuer it names" in shown
    assert ["key_scope_broken"] == [reason["code"] for reason in json.loads(told)["tokens"][0]["reasons"]]
    for secret in (forged, forged.split(".")[2], forged.split(".")[2][:40]):
        assert secret not in shown + told
