"""The stand-in itself: four services on four ports of this machine, with TLS, in a thread of their own.

A certificate authority is made at start and lives in a temporary folder until the end; clients have to be told to trust its ``ca_file``. Nothing
listens on any other address than 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

import trustme
import uvicorn
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mailwitness.errors import UsageError
from mailwitness.standin.activity_feed import ActivityFeed
from mailwitness.standin.answer import json_answer
from mailwitness.standin.audit_queries import AuditQueries
from mailwitness.standin.authority import Authority
from mailwitness.standin.clock import Clock
from mailwitness.standin.exchange import Exchange
from mailwitness.standin.faults import Faults, parse_faults
from mailwitness.standin.graph_objects import GraphObjects
from mailwitness.standin.holdings import STREAMS, Holdings, Record
from mailwitness.standin.message_traces import MessageTraces
from mailwitness.standin.sign_ins import AuditLogs
from mailwitness.standin.terms import Terms
from mailwitness.standin.tokens import Tokens
from mailwitness.standin.world import Addresses, Served, World

_HOST = "127.0.0.1"
_START_S = 20.0
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class StandIn:
    """The services of one simulated tenant, while the ``with`` block lasts.

    ``folder``: what ``mailwitness simulate --formats tenant`` wrote. ``faults``: ids with probabilities, or texts such as ``F5=0.05``. ``repeats``: how
    often in a row a fault may strike the same request; None for ever. ``now``: the services' moment at start, the day of the export by default.
    ``rate``: how many of the services' seconds pass in a real one. ``port``: the first of four, 0 for any. ``kill``: called by F24.
    """

    def __init__(
        self,
        folder: Path | str,
        faults: Mapping[str, float] | Iterable[str] = (),
        *,
        seed: int = 1,
        repeats: int | None = 2,
        terms: Terms | None = None,
        now: datetime | None = None,
        rate: float = 1.0,
        port: int = 0,
        kill: Callable[[], None] | None = None,
    ) -> None:
        switched = faults if isinstance(faults, Mapping) else parse_faults(faults)
        self._faults = Faults(switched, seed, repeats)
        self._terms = terms if terms is not None else Terms()
        self._holdings = Holdings(Path(folder), self._faults)
        self._clock = Clock(_moment(now) if now is not None else self._holdings.collected_at, rate)
        self._port, self._kill = port, kill
        self.tenant_id = self._holdings.tenant_id
        self.client_id = self._faults.chance.guid("client")
        self._tokens = Tokens(self.tenant_id, self.client_id, self._terms)
        self.client_secret = self._tokens.client_secret

    def __enter__(self) -> StandIn:
        self._folder = tempfile.TemporaryDirectory(prefix="mailwitness-standin-")
        self._sockets: list[socket.socket] = []
        try:
            self._start()
        except BaseException:  # no ports and no folder stay behind, whatever it was
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True  # whoever still waits for an answer does not get it
        self._thread.join()
        self._clear()

    def _clear(self) -> None:
        for one in self._sockets:
            one.close()
        self._folder.cleanup()

    def _start(self) -> None:
        place = Path(self._folder.name)
        authority = trustme.CA(organization_name="mailwitness stand-in")
        issued = authority.issue_cert(_HOST, "localhost")
        self.ca_file, certificate, key = place / "ca.pem", place / "server.pem", place / "server.key"
        authority.cert_pem.write_to_path(str(self.ca_file))
        issued.private_key_pem.write_to_path(str(key))
        for pem in issued.cert_chain_pems:
            pem.write_to_path(str(certificate), append=True)
        self.certificate_file = place / "client.pem"
        self.certificate_file.write_text(self._tokens.certificate_pem, "utf-8")
        self._sockets = [_listening(self._port + number if self._port else 0) for number in range(4)]
        ports = [one.getsockname()[1] for one in self._sockets]
        self.addresses = Addresses(*(f"https://{_HOST}:{port}" for port in ports))
        self._world = World(
            self._holdings, self._clock, self._terms, self._faults, self._tokens, self.addresses, self._kill
        )
        self._activity = ActivityFeed(self._world)
        routes: tuple[list[Route], ...] = (
            Authority(self._world).routes(),
            [
                *AuditLogs(self._world).routes(),
                *AuditQueries(self._world).routes(),
                *MessageTraces(self._world).routes(),
                *GraphObjects(self._world).routes(),
            ],
            self._activity.routes(),
            Exchange(self._world).routes(),
        )
        apps = {port: Router(of_service, default=_not_found) for port, of_service in zip(ports, routes, strict=True)}
        config = uvicorn.Config(
            _by_port(apps), http="h11", loop="asyncio", ws="none", lifespan="off", interface="asgi3", log_config=None,
            log_level="critical", access_log=False, server_header=False, date_header=False, timeout_keep_alive=60,
            ssl_certfile=certificate, ssl_keyfile=key,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="mailwitness stand-in", daemon=True
        )
        self._thread.start()
        waited_until = time.monotonic() + _START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > waited_until:
                raise UsageError(f"the stand-in did not start on ports {ports} of {_HOST}. Try another --port.")
            time.sleep(0.01)

    async def _serve(self) -> None:
        await self._server.serve(self._sockets)
        for connection in list(self._server.server_state.connections):
            transport = connection.transport
            assert isinstance(transport, asyncio.Transport)
            transport.abort()  # no farewell: a client that does not listen would hold us up
        await asyncio.sleep(0.01)  # in which what was aborted is let go

    @property
    def now(self) -> datetime:
        """The services' moment. Set it to go there, forwards or back."""
        return _BEGINNING + timedelta(milliseconds=self._clock.now())

    @now.setter
    def now(self, moment: datetime) -> None:
        self._clock.set(_moment(moment))

    @property
    def served(self) -> tuple[Served, ...]:
        """What was asked and how it was answered, in order; the token endpoint aside."""
        return self._world.served()

    @property
    def holds(self) -> Mapping[str, Mapping[str, datetime]]:
        """Feed → id → the record's own time, of all that is or will be there: the truth to compare with."""
        return {
            feed: {
                record.id: _BEGINNING + timedelta(milliseconds=record.at)
                for record in self._holdings.feeds[stream].records
            }
            for stream, feed in STREAMS.items()
        }

    def records(self, feed: str) -> tuple[Record, ...]:
        """The same with moments and bodies, a record that is delivered twice twice."""
        stream = next((stream for stream, name in STREAMS.items() if name == feed), None)
        if stream is None:
            raise UsageError(f"feed {feed!r} is not known; there are {', '.join(STREAMS.values())}.")
        return self._holdings.feeds[stream].records

    @property
    def withheld(self) -> frozenset[str]:
        """Ids of audit records that the Management API will not give any more: blobs gone (F10), or made while a subscription was off (F20)."""
        return frozenset(record.id for record in self._activity.withheld())


def _moment(given: datetime) -> int:
    aware = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
    return (aware - _BEGINNING) // timedelta(milliseconds=1)


def _listening(port: int) -> socket.socket:
    # By its protocol asyncio knows TCP and sends at once; without it every answer would wait 40 ms for an acknowledgement.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((_HOST, port))
    except (OSError, OverflowError) as error:
        made.close()
        raise UsageError(
            f"port {port} of {_HOST} cannot be used: {error}. Name another with --port; four in a row are needed."
        ) from error
    return made


def _by_port(apps: Mapping[int, ASGIApp]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await apps[scope["server"][1]](scope, receive, send)

    return app


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    segment = scope["path"].rstrip("/").rpartition("/")[2]
    content = {"error": {"code": "BadRequest", "message": f"Resource not found for the segment '{segment}'."}}
    await json_answer(400, content)(scope, receive, send)
