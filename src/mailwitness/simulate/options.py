"""What to simulate, checked before anything is made."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import msgspec

from mailwitness.errors import UsageError

Coverage = Literal["full", "unified-only", "no-noninteractive", "loss20"]
COVERAGES: tuple[Coverage, ...] = get_args(Coverage)
"""full: every stream. unified-only: nothing but the unified audit log and its collector's run log. no-noninteractive: all but the
non-interactive sign-ins. loss20: every stream, of which one record in five was lost between the service and the file."""

Collector = Literal["careful", "careless"]
COLLECTORS: tuple[Collector, ...] = get_args(Collector)
"""careful: searches are split so that none reaches its cap, every file is whole, and what was asked for and got is stated. careless: one
search for a long time, whatever its cap leaves out; a file that broke off while it was copied; nothing is stated."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One simulation. The same options and version give the same bytes.

    ``start``: the first day, UTC. ``delay_days``: how long after the last day the logs were exported.
    """

    seed: int = 1
    mailboxes: int = 200
    days: int = 30
    start: date = date(2026, 3, 2)
    delay_days: int = 3
    scenarios: tuple[str, ...] = ()
    coverage: Coverage = "full"
    formats: tuple[str, ...] = ()
    collector: Collector = "careful"

    def __post_init__(self) -> None:
        _within("--mailboxes", self.mailboxes, 10, 5000)
        _within("--days", self.days, 1, 180)
        _within("--seed", self.seed, 0, 2**63 - 1)
        if self.coverage not in COVERAGES:
            raise UsageError(f"--coverage {self.coverage!r} is not known; it is one of {', '.join(COVERAGES)}.")
        if self.collector not in COLLECTORS:
            raise UsageError(f"--collector {self.collector!r} is not known; it is one of {', '.join(COLLECTORS)}.")


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError(f"{name} {value} is out of range; it is between {low} and {high}.")
