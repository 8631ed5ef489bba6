from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mailwitness.standin import StandIn, Terms
from tests.standin.tenants import Client, write_tenant

Serve = Callable[..., Client]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a stand-in over the given records and gives a client of it. It stands still and has no limits unless told otherwise."""
    with ExitStack() as opened:

        def serve(
            *faults: str, terms: Terms | None = None, rate: float = 0.0, timeout: float = 30.0, snapshots: Any = None,
            streams: dict[str, Any] | None = None, **options: Any,
        ) -> Client:  # fmt: skip
            folder = write_tenant(tmp_path / f"tenant-{len(list(tmp_path.iterdir()))}", snapshots, **(streams or {}))
            standin = StandIn(folder, faults, terms=terms or Terms(limits=False), rate=rate, **options)
            client = Client(opened.enter_context(standin), timeout)
            opened.callback(client.http.close)
            return client

        yield serve
