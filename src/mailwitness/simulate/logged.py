"""What the services wrote down: the second layer of truth. Declarations only.

``record`` is the vendor's own record in its fullest public form: the AuditData object of the unified log, the Graph (beta) object
of a sign-in or directory audit, the properties of a Graph activity row, a message-trace row. Export formats only re-wrap it.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias

import msgspec

LogStream = Literal[
    "unified", "interactive", "noninteractive", "service_principal", "managed_identity", "directory", "graph_activity",
    "message_trace",
]  # fmt: skip


Key: TypeAlias = tuple[LogStream, str]
"""Names one record. An id alone does not: a sign-in and its record in the unified log have the same."""


class Logged(msgspec.Struct, gc=False):
    """One record. ``at``: its own time. ``available``: when it can first be exported (latency). ``id``: the vendor's id.

    ``acts``: keys of the acts it tells of; a merged bind tells of several, and a suppressed act is in none. ``lost``: the service had it
    and the collector counted it, but it was lost on the way: it is in no file, though a run log may state the count.
    """

    stream: LogStream
    at: int
    available: int
    id: str
    record: dict[str, Any]
    acts: tuple[str, ...]
    lost: bool = False


class Head(msgspec.Struct, frozen=True, gc=False):
    """What every record of the unified log says of itself, and most exports repeat beside it."""

    RecordType: int
    Operation: str
    CreationTime: str
    Workload: str
    UserId: str | None = None


class Spooled(msgspec.Struct, gc=False):
    """A record on its way into files: as `Logged`, the vendor's record as JSON in ``text``. Most formats only wrap it."""

    stream: LogStream
    at: int
    available: int
    id: str
    text: bytes
    lost: bool = False

    @classmethod
    def of(cls, logged: Logged) -> Spooled:
        """The same record, encoded."""
        return cls(logged.stream, logged.at, logged.available, logged.id, _encode(logged.record), logged.lost)

    @property
    def key(self) -> Key:
        """Its name among all records."""
        return self.stream, self.id

    @property
    def head(self) -> Head:
        """What a record of the unified log says of itself; decoded anew each time."""
        return _decode_head(self.text)

    @property
    def record(self) -> dict[str, Any]:
        """The vendor's record; decoded anew each time."""
        return _decode(self.text)


class Recorded(Protocol):
    """What `Logged` and `Spooled` have in common."""

    @property
    def stream(self) -> LogStream: ...
    @property
    def at(self) -> int: ...
    @property
    def record(self) -> dict[str, Any]: ...


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_head = msgspec.json.Decoder(Head).decode
