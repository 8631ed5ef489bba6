"""Mail and chat by way of Apprise, over a real socket."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from mailwitness.errors import UsageError
from mailwitness.watch.channels import Means, NotDelivered, opened
from mailwitness.watch.channels.apprise import defused
from tests.watch.receiving import alert, webhook_receiver

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # imported by a service of Apprise

TOKEN = "T0ken-that-nobody-may-see"


def test_each_address_is_a_channel_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known by place, number and service; a message holds title and lines as plain text."""
    with webhook_receiver() as received:
        received.answer = 200
        monkeypatch.setenv(
            "CHAT", f"json://u:{TOKEN}@127.0.0.1:{received.port}/one\njson://127.0.0.1:{received.port}/two"
        )
        first, second = opened(["apprise:env:CHAT"], Means())
        first.deliver([alert(1), alert(2)])

    assert ("apprise:env:CHAT#1 (json)", "apprise:env:CHAT#2 (json)") == (first.name, second.name)
    assert ["/one"] == received.paths
    sent = json.loads(received.bodies[0])
    assert "mailwitness: 2 alerts of matter-7" == sent["title"]
    assert [
        f"2026-03-02T09:00:00Z {made.sentence}; finding f{n}; alert {made.alert_id}"
        for n, made in ((1, alert(1)), (2, alert(2)))
    ] == sent["message"].split("\n")


def test_a_service_that_fails_is_not_delivered_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither name, repr, error, nor anything that Apprise logs holds the password or the path."""
    with webhook_receiver() as received, caplog.at_level(logging.DEBUG):
        received.answer = 500
        monkeypatch.setenv("CHAT", f"json://u:{TOKEN}@127.0.0.1:{received.port}/{TOKEN}")
        (made,) = opened(["apprise:env:CHAT"], Means())
        with pytest.raises(NotDelivered, match="did not take it") as caught:
            made.deliver([alert()])

    assert 1 == len(received.bodies)
    printed = capfd.readouterr()
    assert TOKEN not in " ".join([made.name, repr(made), repr(caught.value), printed.out, printed.err])
    assert not [
        record for record in caplog.records if TOKEN in record.getMessage() and record.name.startswith("apprise")
    ]


@pytest.mark.parametrize("address", [f"nosuch://{TOKEN}", f"mailto://{TOKEN}:", f"slack://{TOKEN}"])
def test_an_address_of_no_service_is_wrong_use(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the place and the number of the address, and not the address."""
    monkeypatch.setenv("CHAT", f"json://127.0.0.1 {address}")

    with pytest.raises(UsageError, match="address 2 of env:CHAT") as caught:
        opened(["apprise:env:CHAT"], Means())

    assert TOKEN not in str(caught.value)


def test_an_address_as_argument_is_wrong_use() -> None:
    """It would stand in the process list, and is not repeated."""
    with pytest.raises(UsageError, match="Hand it over as apprise:env:NAME") as caught:
        opened([f"apprise:slack://{TOKEN}"], Means())

    assert TOKEN not in str(caught.value)


def test_without_the_package_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise is an extra."""
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(UsageError, match=r"pip install 'mailwitness\[alerts\]'"):
        opened(["apprise:env:CHAT"], Means())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mailbox ana@contoso.test", "mailbox ana@contoso.test"),
        ("@everyone <!channel> <@U123>", "(at)everyone ‹!channel› ‹(at)U123›"),
        ("[click](http://evil.example)", "(click)(http: //evil.example)"),
        ("a\n# big\x1b", "a\\n# big\\x1b"),
        ("`x`", "'x'"),
    ],
)
def test_a_log_field_makes_no_mention_and_no_masked_link(text: str, shown: str) -> None:
    """What chat services would act on is taken apart; addresses of mailboxes stay."""
    assert shown == defused(text)
