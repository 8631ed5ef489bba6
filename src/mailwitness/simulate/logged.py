"""What the services wrote down: the second layer of truth. Declarations only.

``record`` is the vendor's own record in its fullest public form: the AuditData object of the unified log, the Graph (beta) object
of a sign-in or directory audit, the properties of a Graph activity row, a message-trace row. Export formats only re-wrap it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

LogStream = Literal[
    "unified", "interactive", "noninteractive", "service_principal", "managed_identity", "directory", "graph_activity",
    "message_trace",
]  # fmt: skip


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
