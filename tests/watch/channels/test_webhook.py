"""The webhook, over real sockets."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from pathlib import Path

import pytest

from mailwitness.errors import UsageError
from mailwitness.watch.channels import Channel, Means, NotDelivered, opened
from tests.watch.receiving import alert, authority, webhook_receiver

TOKEN = "T0ken-that-nobody-may-see"


def channel(address: str, means: Means | None = None) -> Channel:
    (made,) = opened([f"webhook:{address}"], means or Means())
    return made


def test_alerts_are_posted_as_json() -> None:
    """One request for a batch, ids in it, and the same key for the same alerts."""
    alerts = [alert(1, mailbox="a\r\nX-Injected: 1"), alert(2)]
    with webhook_receiver() as received:
        for _ in range(2):
            channel(f"http://127.0.0.1:{received.port}/hook").deliver(alerts)

    assert {"schema_version": 1, "alerts": [made.content for made in alerts]} == json.loads(received.bodies[0])
    assert received.bodies[0] == received.bodies[1]
    first, second = received.headers
    assert ("/hook", "application/json") == (received.paths[0], first["content-type"])
    assert first["idempotency-key"] == second["idempotency-key"]
    assert "x-injected" not in first
    assert "x-mailwitness-signature" not in first


def test_a_receiver_can_check_the_signature() -> None:
    """The check is the one that the documentation shows."""
    with webhook_receiver() as received:
        channel(f"http://127.0.0.1:{received.port}", Means(webhook_secret="s3cret")).deliver([alert()])

    header, body = received.headers[0]["x-mailwitness-signature"], received.bodies[0]
    t, v1 = (part.split("=", 1)[1] for part in header.split(","))
    assert hmac.compare_digest(v1, hmac.new(b"s3cret", f"{t}.".encode() + body, hashlib.sha256).hexdigest())
    assert not hmac.compare_digest(v1, hmac.new(b"other", f"{t}.".encode() + body, hashlib.sha256).hexdigest())


@pytest.mark.parametrize(
    ("status", "said"), [(503, "answered 503"), (401, "answered 401"), (302, "redirect, which is not followed")]
)
def test_an_answer_that_is_no_success_is_not_delivered(status: int, said: str) -> None:
    """Only 200 to 299 counts."""
    with webhook_receiver() as received:
        received.answer = status
        with pytest.raises(NotDelivered, match=said):
            channel(f"http://127.0.0.1:{received.port}").deliver([alert()])


def test_nobody_there_is_not_delivered() -> None:
    """The reason is the system's, and holds no address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NotDelivered) as caught:
        channel(f"http://127.0.0.1:{port}/{TOKEN}").deliver([alert()])

    assert "Connection refused" == str(caught.value)


def test_tls_is_checked_against_the_authorities_given(tmp_path: Path) -> None:
    """A receiver whose authority is trusted gets the alerts; one whose is not gets nothing."""
    ours = authority(tmp_path)
    with webhook_receiver(ours.server) as received:
        address = f"https://127.0.0.1:{received.port}/"
        with pytest.raises(NotDelivered, match="its certificate is not trusted"):
            channel(address).deliver([alert()])
        assert [] == received.bodies

        channel(address, Means(ours.ca_file)).deliver([alert()])

    assert 1 == len(received.bodies)


def test_an_address_that_is_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the channel's name, nor its repr, nor an error of it holds the token of the address."""
    with webhook_receiver() as received:
        received.answer = 404
        monkeypatch.setenv("HOOK", f"http://user:{TOKEN}@127.0.0.1:{received.port}/{TOKEN}?t={TOKEN}")
        made = channel("env:HOOK")
        with pytest.raises(NotDelivered) as caught:
            made.deliver([alert()])

    assert "webhook:env:HOOK" == made.name
    assert received.paths == [f"/{TOKEN}?t={TOKEN}"]
    seen = " ".join(
        [made.name, repr(made), repr(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__)]
    )
    assert TOKEN not in seen


def test_the_secret_of_signatures_is_in_no_repr() -> None:
    """A traceback that shows locals does not show it."""
    assert "s3cret" not in repr(channel("http://127.0.0.1:1", Means(webhook_secret="s3cret")))


@pytest.mark.parametrize(
    "address", [f"ftp://{TOKEN}/", TOKEN, f"http:///{TOKEN}", f"https://[{TOKEN}/", f"http://h:{TOKEN}/"]
)
def test_what_is_no_address_is_wrong_use(address: str) -> None:
    """And is not repeated, for it may hold a secret."""
    with pytest.raises(UsageError, match="no http or https address") as caught:
        channel(address)

    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_in_an_argument_is_wrong_use() -> None:
    """It would stand in the process list."""
    with pytest.raises(UsageError, match="Hand it over as webhook:env:NAME") as caught:
        channel(f"https://user:{TOKEN}@siem.example/")

    assert TOKEN not in str(caught.value)


def test_two_hooks_of_one_host_are_two_channels() -> None:
    """They are known apart without showing their paths."""
    first, second = opened(["webhook:https://siem.example/a", "webhook:https://siem.example/b"], Means())

    assert first.name != second.name
    assert first.name.startswith("webhook:https://siem.example (")
