"""Whether the unified log takes records at a moment: ingestion and outages.

Assumption: switching ingestion (Set-AdminAuditLogConfig) is obeyed within 60 minutes, both ways; how long exactly is drawn for each change.
Source: https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailwitness.simulate.service.declared import dates
from mailwitness.simulate.service.delivery import outages_of
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.tenant.timeline import FOREVER

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

Interval = tuple[int, int]
"""Half-open, in milliseconds."""


class UnifiedRules:
    """When the unified log took nothing. ``outages`` and ``ingestion_off`` are intervals."""

    def __init__(self, tenant: Tenant, timeline: Timeline) -> None:
        self._tenant, self._timeline = tenant, timeline
        self._delay = dates("roll_out")["ingestion_delay_ms"]
        self.outages: tuple[Interval, ...] = tuple(
            (begin, end) for begin, end, streams in outages_of(timeline) if "unified" in streams
        )
        self.ingestion_off: tuple[Interval, ...] = tuple(self._without_ingestion())

    def refusal(self, at: int) -> Reason | None:
        """Why the log takes nothing at that moment; None if it does."""
        if within(self.outages, at):
            return "outage"
        return "ingestion_off" if within(self.ingestion_off, at) else None

    def _without_ingestion(self) -> Iterator[Interval]:
        for held in self._timeline.intervals("", "UnifiedAuditLogIngestionEnabled"):
            if held.value == "False":
                begin, end = self._obeyed(held.valid_from), self._obeyed(held.valid_to)
                if begin < end:
                    yield begin, end

    def _obeyed(self, at: int) -> int:
        if at in (0, FOREVER):
            return at
        return at + int(self._delay * self._tenant.chance.share("ingestion delay", at))


def within(intervals: tuple[Interval, ...], at: int) -> bool:
    """True if the moment lies in one of the intervals."""
    return any(begin <= at < end for begin, end in intervals)
