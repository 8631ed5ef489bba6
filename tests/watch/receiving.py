"""Receivers of alerts on real sockets of this machine, and rows and alerts to send them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from mailwitness.watch.alert import Alert, alert_id_of, finding_alert

ABOUT = {"case": "matter-7", "case_id": "0000", "noted_at": "2026-03-02T09:00:00Z"}


def finding(**more: Any) -> dict[str, Any]:
    """A finding's row as the workflow hands it in."""
    return {
        "finding_id": "f1",
        "claim": "the credential behind this mail access was issued by a recorded sign-in",
        "pillar": "provenance",
        "subject_kind": "token",
        "subject": "AbCd",
        "mailbox": "ana@contoso.test",
        "actor": "AbCd",
        "actor_kind": "session",
        "time_from": datetime(2026, 3, 2, 8),
        "time_to": datetime(2026, 3, 2, 9),
        "verdict": "contradicted",
        "state": None,
        "bounds": None,
        "severity": "high",
        "title": "No sign-in issued it",
    } | more


def alert(number: int = 1, **more: Any) -> Alert:
    """An alert about one finding."""
    row = finding(finding_id=f"f{number}", **more)
    return finding_alert(
        ABOUT, alert_id_of("0000", f"finding:f{number}", 1), "finding", "new", row, None, ["unissued"], False
    )


@dataclass
class Received:
    """What a receiver got. ``answer``: HTTP status of the next answers."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answer: int = 204
    arrived: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)


@contextmanager
def webhook_receiver(context: ssl.SSLContext | None = None) -> Iterator[Received]:
    """An HTTP server that keeps every POST; it answers as soon as ``may_answer`` is set, which it is at first."""
    received = Received()
    received.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.paths.append(self.path)
            received.headers.append({name.lower(): value for name, value in self.headers.items()})
            received.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            received.arrived.set()
            received.may_answer.wait(30)
            try:
                self.send_response(received.answer)
                if received.answer == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
            except (BrokenPipeError, ConnectionResetError):
                return  # the sender was killed

        def log_message(self, format: str, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    received.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield received
    finally:
        received.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def stream_receiver(context: ssl.SSLContext | None = None, resets: bool = False) -> Iterator[Received]:
    """A TCP (with ``context`` TLS) server that reads each connection to its end; ``resets``: it hangs up without reading."""
    received = Received()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    received.port = listener.getsockname()[1]
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                if resets:
                    received.arrived.wait(0.2)  # bytes that were sent and not read make the close a reset
                    continue
                try:
                    if context is None:
                        received.bodies.append(_all(connection))
                    else:
                        with context.wrap_socket(connection, server_side=True) as secured:
                            received.bodies.append(_all(secured))
                            secured.unwrap().close()
                except ssl.SSLError:
                    continue  # the sender does not trust us

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield received
    finally:
        ended.set()
        thread.join()
        listener.close()


def _all(connection: socket.socket) -> bytes:
    data = b""
    while block := connection.recv(65536):
        data += block
    return data


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the test: what the receiver shows, and the file by which it is trusted."""

    server: ssl.SSLContext
    ca_file: Path


def authority(folder: Path) -> Authority:
    """A fresh authority, with a certificate for this machine's loopback address."""
    ca = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(server)
    ca_file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))
    return Authority(server, ca_file)
