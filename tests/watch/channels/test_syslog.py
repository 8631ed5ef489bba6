"""Syslog, over real sockets."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from mailwitness.errors import UsageError
from mailwitness.watch.alert import Alert
from mailwitness.watch.channels import Channel, Means, NotDelivered, opened
from mailwitness.watch.channels.syslog import message
from tests.watch.receiving import alert, authority, stream_receiver

RFC5424 = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<time>\S+) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<proc>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
    rb'(?P<sd>\[[!-~]{1,32}(?: [!-~]{1,32}="(?:[^"\\\]]|\\.)*")*\]) \xef\xbb\xbf(?P<msg>.*)',
    re.DOTALL,
)
"""Section 6 of the RFC, as far as it is used."""


def channel(address: str, means: Means | None = None) -> Channel:
    (made,) = opened([f"syslog:{address}"], means or Means())
    return made


def fields(text: bytes) -> dict[str, str]:
    """The structured data of a message, unescaped."""
    found = RFC5424.fullmatch(text)
    assert found is not None, text
    pairs = re.findall(r' ([!-~]+?)="((?:[^"\\\]]|\\.)*)"', found["sd"].decode())
    return {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in pairs}


def frames(data: bytes) -> list[bytes]:
    """Messages framed by their octet count (RFC 6587, 3.4.1)."""
    found = []
    while data:
        length, _, rest = data.partition(b" ")
        found.append(rest[: int(length)])
        data = rest[int(length) :]
    return found


def test_a_message_has_the_form_of_the_rfc() -> None:
    """Facility log audit, severity error for high, the kind as MSGID, fields as structured data, the sentence as text."""
    found = RFC5424.fullmatch(message(alert(), "collector.contoso.test"))

    assert found is not None
    assert (
        b"107",
        b"2026-03-02T09:00:00Z",
        b"collector.contoso.test",
        b"mailwitness",
        b"-",
        b"finding",
    ) == found.groups()[:6]
    assert alert().sentence == found["msg"].decode()
    assert {
        "alert_id": alert().alert_id,
        "change": "new",
        "case": "matter-7",
        "severity": "high",
        "finding_id": "f1",
        "claim": "the credential behind this mail access was issued by a recorded sign-in",
        "verdict": "contradicted",
        "mailbox": "ana@contoso.test",
        "actor": "AbCd",
    } == fields(message(alert(), "h"))


@pytest.mark.parametrize(
    ("severity", "priority"),
    [("critical", b"106"), ("medium", b"108"), ("low", b"109"), ("informational", b"110"), (None, b"110")],
)
def test_severities_become_those_of_syslog(severity: str | None, priority: bytes) -> None:
    """The worst is critical; what has none is informational."""
    assert message(alert(severity=severity), "h").startswith(b"<" + priority + b">1 ")


HOSTILE = 'x"] [evil@1 a="b"]\n<0>1 - - - - - -\x00\x1b[2J\u2028\u202e\\'


def test_hostile_text_stays_in_its_field() -> None:
    """Quotes, brackets, line ends, escapes and a forged header in a log field end neither the field nor the message."""
    text = message(alert(mailbox=HOSTILE, actor="]" * 100), "h")

    assert 'x"] [evil@1 a="b"]\\n<0>1 - - - - - -\\x00\\x1b[2J\\u2028\\u202e\\' == fields(text)["mailbox"]
    assert "]" * 100 == fields(text)["actor"]
    assert not any(byte < 32 for byte in text)


@pytest.mark.parametrize("filler", ["a", "\\", "ü", "\U0001f600", "\x00"])
def test_no_message_is_longer_than_every_receiver_takes(filler: str) -> None:
    """Fields are cut before they are escaped, so that no escape and no letter is cut in two."""
    long = filler * 100_000
    text = message(alert(mailbox=long, actor=long, claim=long, title=long), "h" * 300)

    assert len(text) <= 2048
    assert RFC5424.fullmatch(text) is not None
    text.decode()


def test_a_host_name_that_is_none_is_left_out() -> None:
    """The header holds printable ASCII only."""
    assert b" - mailwitness " in message(alert(), "\u00fc\n")


def test_udp_sends_a_packet_for_each_alert() -> None:
    """One message, one packet (RFC 5426)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        channel(f"udp://127.0.0.1:{receiver.getsockname()[1]}").deliver([alert(1), alert(2)])

        got = [receiver.recv(4096) for _ in range(2)]

    assert ["f1", "f2"] == [fields(text)["finding_id"] for text in got]


def test_tcp_frames_messages_by_their_octets() -> None:
    """Several messages on one connection, each behind its length; a letter of two octets counts two."""
    alerts = [alert(1, mailbox="mü@contoso.test"), alert(2)]
    with stream_receiver() as received:
        channel(f"tcp://127.0.0.1:{received.port}").deliver(alerts)

    assert ["mü@contoso.test", "ana@contoso.test"] == [fields(text)["mailbox"] for text in frames(received.bodies[0])]


def test_tls_is_checked_against_the_authorities_given(tmp_path: Path) -> None:
    """A receiver whose authority is trusted gets the alerts; one whose is not gets nothing."""
    ours = authority(tmp_path)
    with stream_receiver(ours.server) as received:
        address = f"tls://127.0.0.1:{received.port}"
        with pytest.raises(NotDelivered, match="its certificate is not trusted"):
            channel(address).deliver([alert()])
        channel(address, Means(ours.ca_file)).deliver([alert(1), alert(2)])

    assert ["f1", "f2"] == [fields(text)["finding_id"] for text in frames(received.bodies[0])]


def test_a_receiver_that_hangs_up_has_not_received() -> None:
    """A reset after the bytes were sent is a failure, not a success."""
    many: list[Alert] = [alert(n) for n in range(50)]
    with stream_receiver(resets=True) as received, pytest.raises(NotDelivered, match=r"reset|Broken pipe"):
        channel(f"tcp://127.0.0.1:{received.port}").deliver(many)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_nobody_there_is_not_delivered(transport: str) -> None:
    """Connections tell."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NotDelivered, match="Connection refused"):
        channel(f"{transport}://127.0.0.1:{port}").deliver([alert()])


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("udp://log", "syslog:udp://log:514"),
        ("tcp://log", "syslog:tcp://log:601"),
        ("tls://[::1]", "syslog:tls://[::1]:6514"),
    ],
)
def test_ports_are_those_of_the_rfcs(address: str, name: str) -> None:
    """514 for UDP, 601 for TCP, 6514 for TLS."""
    assert name == channel(address).name


@pytest.mark.parametrize(
    "address", ["log.example", "http://log", "udp://", "tcp://log/path", "tcp://log:x", "udp://[1"]
)
def test_what_is_no_address_is_wrong_use(address: str) -> None:
    """The error shows the three forms."""
    with pytest.raises(UsageError, match="syslog:tls://HOST:6514"):
        channel(address)
