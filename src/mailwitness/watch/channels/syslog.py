"""Syslog as RFC 5424 has it: ``syslog:udp://HOST:514``, ``syslog:tcp://HOST:601``, ``syslog:tls://HOST:6514``.

Facility 13 (log audit); severity from the alert's: critical 2, high 3, medium 4, low 5, informational or none 6. MSGID is the alert's kind, the structured data
``mailwitness@32473`` hold its fields, and the text its sentence. 32473 is the number that is set aside for examples: mailwitness has no number of
its own. Over TCP and TLS the messages are framed by their octet count.

Limits: syslog has no receipts. UDP counts as sent when the network took the packet, and a message is kept below 2,048 octets, which every receiver
    should take. Over TCP and TLS the connection is closed in order after each batch, and a receiver that resets it has not received it; one that
    takes bytes and then dies loses them unseen. Where that matters use the webhook. Plain UDP and TCP can be read and forged on the way.
Hostile text: control and format characters become escapes before anything else; in structured data ``"``, ``\\`` and ``]`` are escaped; texts are cut.
Sources:
    - https://www.rfc-editor.org/rfc/rfc5424   (6.1 sizes, 6.3.3 escapes)
    - https://www.rfc-editor.org/rfc/rfc5425   (TLS)
    - https://www.rfc-editor.org/rfc/rfc5426   (UDP)
    - https://www.rfc-editor.org/rfc/rfc6587   (TCP, 3.4.1 octet counting)
    - https://www.rfc-editor.org/rfc/rfc5612   (the number for examples)
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mailwitness.errors import UsageError
from mailwitness.watch.alert import Alert, harmless
from mailwitness.watch.channels import ChannelKind, Means, NotDelivered, reason_of

_PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
_FACILITY = 13
_SEVERITIES = {"critical": 2, "high": 3, "medium": 4, "low": 5}
_FIELDS = (
    "alert_id",
    "change",
    "case",
    "severity",
    "finding_id",
    "claim",
    "verdict",
    "state",
    "bounds",
    "mailbox",
    "actor",
    "feed",
)
_LONGEST = 2048
_LONGEST_VALUE = 160
"""Octets, before escapes, which at most double them: all fields together stay below the longest message."""
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Syslog:
    transport: str
    host: str
    port: int
    context: ssl.SSLContext | None = field(repr=False, default=None)
    batch: int = 50

    @property
    def name(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"syslog:{self.transport}://{host}:{self.port}"

    def deliver(self, alerts: Sequence[Alert]) -> None:
        messages = [message(alert, socket.gethostname()) for alert in alerts]
        try:
            if self.transport == "udp":
                self._by_packets(messages)
            else:
                self._by_stream(b"".join(b"%d %s" % (len(text), text) for text in messages))
        except OSError as error:
            raise NotDelivered(reason_of(error)) from error

    def _by_packets(self, messages: Sequence[bytes]) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as out:
            out.connect(address)  # so that a port nobody listens on is told by the system where it can be
            for text in messages:
                out.send(text)

    def _by_stream(self, data: bytes) -> None:
        with socket.create_connection((self.host, self.port), _TIMEOUT_S) as plain:
            if self.context is None:
                plain.sendall(data)
                plain.shutdown(socket.SHUT_WR)
                _wait_for_end(plain)
                return
            with self.context.wrap_socket(plain, server_hostname=self.host) as secured:
                secured.sendall(data)
                secured.unwrap()  # close_notify there and back: the receiver has read to the end


def _wait_for_end(connection: socket.socket) -> None:
    """Wait until the receiver closes too. One that resets has not read it all; one that keeps its side open is left."""
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return


def message(alert: Alert, host: str) -> bytes:
    """One alert as a syslog message."""
    priority = _FACILITY * 8 + _SEVERITIES.get(alert.severity or "", 6)
    sender = "".join(c for c in host if "!" <= c <= "~")[:255] or "-"
    data = "".join(
        f' {name}="{_value(str(alert.content[name]))}"' for name in _FIELDS if alert.content.get(name) is not None
    )
    head = f"<{priority}>1 {alert.content['noted_at']} {sender} mailwitness - {alert.content['kind']} [mailwitness@32473{data}] "
    # The mark says that the text is UTF-8 (RFC 5424, 6.4).
    return (
        (head.encode() + b"\xef\xbb\xbf" + harmless(alert.sentence).encode())[:_LONGEST]
        .decode(errors="ignore")
        .encode()
    )


def _value(text: str) -> str:
    """A value of structured data: on one line, cut, and with its three special characters escaped."""
    shown = harmless(text)
    if len(shown.encode()) > _LONGEST_VALUE:
        shown = f"{shown.encode()[:_LONGEST_VALUE].decode(errors='ignore')}…"
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _opened(where: str, means: Means) -> Sequence[Syslog]:
    try:
        parts = urlsplit(where)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in _PORTS or parts.path not in ("", "/") or parts.username is not None:
        raise UsageError(
            f"syslog:{where}: no address of a log server; write syslog:tls://HOST:6514, tcp://HOST:601 or udp://HOST:514"
        )
    context = means.tls() if parts.scheme == "tls" else None
    return [Syslog(parts.scheme, host, port or _PORTS[parts.scheme], context)]


KIND = ChannelKind("syslog", "syslog:udp|tcp|tls://HOST:PORT", _opened)
