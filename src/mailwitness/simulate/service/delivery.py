"""From a finished record to what can be exported: latency, repeated delivery, outages.

A record can be exported from ``available`` on, some time after its own time; a late one comes out of order. The unified log delivers some
records twice: the same id again, later. During an outage a stream records nothing.

An outage is declared for every tenant in outages.yaml or, for one simulation, as a setting: subject '' (the tenant), name ``Outage``,
value the streams joined by ", ".

What one change or sign-in leaves in two logs is late in both or in neither: both are fed from one source (assumption).

Limits: an outage loses every record of its interval, real ones also lose a part. A delay does not depend on the hour or the load.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mailwitness.simulate.logged import Logged, LogStream
from mailwitness.simulate.service.declared import latency, outages, rates
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.world import MS_PER_MINUTE

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

Outage = tuple[int, int, frozenset[str]]
"""(from, to, streams), half-open."""


def outages_of(timeline: Timeline) -> tuple[Outage, ...]:
    """The declared outages and those of this tenant's settings, in the order of their beginning."""
    own = [
        (held.valid_from, held.valid_to, frozenset(held.value.split(", ")))
        for held in timeline.intervals("", "Outage")
        if held.value
    ]
    return tuple(sorted([*outages(), *own], key=lambda outage: outage[:2]))


class Delivery:
    """Takes finished records; ``out`` is what can be exported of them since it was last emptied."""

    def __init__(self, tenant: Tenant, timeline: Timeline) -> None:
        self.out: list[Logged] = []
        self._chance = tenant.chance
        self._outages = outages_of(timeline)
        told = rates("delivery")
        self._duplicates: float = told["duplicates"]
        self._repeat_within = told["duplicate_after_max"] * MS_PER_MINUTE
        self._unified = latency("unified").of

    def lost(self, stream: str, at: int) -> bool:
        """True if the stream recorded nothing at that moment."""
        return any(begin <= at < end and stream in streams for begin, end, streams in self._outages)

    def unified(self, at: int, id_: str, record: dict[str, Any], acts: Sequence[str], fortune: Fortune) -> None:
        """A record of the unified log."""
        available = at + self._unified(fortune.arrival)
        self.out.append(Logged("unified", at, available, id_, record, tuple(acts)))
        if fortune.repeat < self._duplicates:
            again = available + 1 + int(self._repeat_within * fortune.repeat / self._duplicates)
            self.out.append(Logged("unified", at, again, id_, record, tuple(acts)))

    def other(
        self, stream: LogStream, at: int, id_: str, record: dict[str, Any], acts: Sequence[str], draw: float
    ) -> None:
        """A record of any other stream."""
        self.out.append(Logged(stream, at, at + latency(stream).of(draw), id_, record, tuple(acts)))
