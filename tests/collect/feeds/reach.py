"""A stand-in that serves a tiny tenant, and a collector that is in no hurry to be polite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailwitness.collect.budget import RATES
from mailwitness.collect.client import Patience
from mailwitness.collect.clouds import Addresses
from mailwitness.collect.config import Config
from mailwitness.collect.connect import connect
from mailwitness.collect.credentials import Secret
from mailwitness.collect.feeds import feeds
from mailwitness.collect.ledger import Ledger
from mailwitness.collect.run import LEDGER, Run, Summary, Wish
from mailwitness.standin import StandIn, Terms
from tests.standin.tenants import START, audit, write_tenant

__all__ = ["BEGIN", "DAY", "START", "Reach", "audits", "in_reach"]

QUICK = Patience(connect_s=5.0, silence_s=20.0, whole_s=30.0, first_pause_s=0.005, tries=6)
DAY = timedelta(days=1)
BEGIN = START.replace(tzinfo=None)


@dataclass(frozen=True)
class Reach:
    """A stand-in and the folder that is collected into."""

    standin: StandIn
    folder: Path

    def collect(
        self, *names: str, mailboxes: tuple[str, ...] = (), begin: datetime = BEGIN, days: float = 4
    ) -> Summary:
        """Everything of these feeds in the interval."""
        given = self.standin.addresses
        config = Config(
            self.standin.tenant_id,
            self.standin.client_id,
            Addresses(given.authority, given.graph, given.management, given.exchange),
            ca_file=self.standin.ca_file,
            rates=dict.fromkeys(RATES, 2000.0),
            patience=QUICK,
        )
        connection = connect(config, secret=Secret(self.standin.client_secret))
        (self.folder / "partial").mkdir(parents=True, exist_ok=True)
        try:
            chosen = {name: feeds()[name] for name in names}
            return Run(self.folder, connection, chosen, "test").collect(Wish(begin, begin + days * DAY, mailboxes))
        finally:
            connection.close()

    def had(self, feed: str) -> set[str]:
        """The ids of all records in the feed's raw files."""
        ledger = Ledger(self.folder / LEDGER)
        try:
            rows = ledger._all(
                "SELECT b.file, b.offset, b.length FROM bodies AS b JOIN units AS u ON u.id = b.unit_id WHERE u.feed = ?",
                (feed,),
            )
        finally:
            ledger.close()
        found: set[str] = set()
        for row in rows:
            with (self.folder / row["file"]).open("rb") as stream:
                stream.seek(row["offset"])
                found.update(feeds()[feed].ids(stream.read(row["length"])))
        return found

    def asked(self, method: str, end: str) -> int:
        """How often something was asked of the services."""
        return sum(one.method == method and one.path.partition("?")[0].endswith(end) for one in self.standin.served)

    def lost(self, summary: Summary, truth: Mapping[str, datetime], had: set[str]) -> list[str]:
        """Records that were not had although no gap of the summary names their time."""
        gaps = [(gap.window_from, gap.window_to) for gap in summary.gaps]
        return [
            id_
            for id_, at in truth.items()
            if id_ not in had and not any(begin <= at.replace(tzinfo=None) < end for begin, end in gaps)
        ]

    def truth(self, feed: str = "unified_audit_log") -> set[str]:
        """The ids of everything that the services hold."""
        return set(self.standin.holds[feed])


@contextmanager
def in_reach(
    tmp_path: Path,
    *faults: str,
    terms: Terms | None = None,
    now: datetime | None = None,
    seed: int = 1,
    snapshots: Any = None,
    **streams: Any,
) -> Iterator[Reach]:
    """The services of a tenant with these records, ten days after its first moment."""
    tenant = write_tenant(tmp_path / "tenant", snapshots, **streams)
    moment = now or START + 10 * DAY
    with StandIn(tenant, faults, terms=terms or Terms(limits=False), rate=0.0, now=moment, seed=seed) as standin:
        yield Reach(standin, tmp_path / "collected")


def audits(count: int, days: float = 4.0) -> list[Any]:
    """That many audit records, evenly over so many days from the tenant's first moment, each in a second of its own."""
    return [audit(n, START + timedelta(seconds=int(n * days * 86400 / count))) for n in range(count)]
