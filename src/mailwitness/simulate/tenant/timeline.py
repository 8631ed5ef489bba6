"""Settings over time: what held for a mailbox, a person, a policy or the tenant at a moment.

A setting is one (subject, name). Its values follow each other in half-open intervals without gaps, from `BEGINNING` to `FOREVER`;
the first is what `Tenant.initial_settings` (or an override of a scenario) says, and each change begins the next. A change to the value
that holds already begins nothing.

Clock: the moment of a change is the moment of its act. Exchange needs up to an hour to obey some of them; that is the service's matter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from mailwitness.simulate.world import Setting

if TYPE_CHECKING:
    from mailwitness.simulate.tenant.tenant import Tenant

BEGINNING = 0
"""``valid_from`` of what holds before the first change: 1970-01-01T00:00Z."""
FOREVER = 253_370_764_800_000
"""``valid_to`` of what holds after the last change: 9999-01-01T00:00Z."""


class Timeline:
    """The values of all settings of a tenant. ``overrides`` replace initial values, ``changes`` may come in any order.

    Of several changes of one setting at one moment, the last given holds. A setting that only changes know was '' before the first.
    """

    def __init__(
        self,
        tenant: Tenant,
        overrides: Iterable[tuple[str, str, str]] = (),
        changes: Iterable[tuple[int, str, str, str]] = (),
    ) -> None:
        held: dict[tuple[str, str], str] = {}
        for subject, name, value in tenant.initial_settings():
            held[subject, name] = value
        for subject, name, value in overrides:
            held[subject, name] = value
        moved: dict[tuple[str, str], tuple[list[int], list[str]]] = {}
        for at, subject, name, value in sorted(changes, key=itemgetter(0)):
            key = (subject, name)
            if key not in moved:
                moved[key] = ([BEGINNING], [held.setdefault(key, "")])
            starts, values = moved[key]
            if starts[-1] == at:
                values[-1] = value
                if len(values) > 1 and values[-2] == value:
                    del starts[-1], values[-1]
            elif values[-1] != value:
                starts.append(at)
                values.append(value)
        self._held = held
        self._moved = moved

    def value(self, subject: str, name: str, at: int) -> str:
        """What held at that moment. A setting that nobody declared is a mistake of the caller: KeyError."""
        key = (subject, name)
        moves = self._moved.get(key)
        if moves is not None:
            return moves[1][bisect_right(moves[0], at) - 1]
        try:
            return self._held[key]
        except KeyError:
            raise KeyError(
                f"no setting {name!r} is declared for subject {subject!r}; see Tenant.initial_settings"
            ) from None

    def intervals(self, subject: str, name: str) -> tuple[Setting, ...]:
        """All values of one setting in the order of time; () if nobody declared it."""
        key = (subject, name)
        if key not in self._held:
            return ()
        starts, values = self._moved.get(key, ([BEGINNING], [self._held[key]]))
        ends = [*starts[1:], FOREVER]
        return tuple(
            Setting(subject, name, value, start, end) for value, start, end in zip(values, starts, ends, strict=True)
        )

    def all(self) -> Iterator[Setting]:
        """Every interval of every setting; settings in the order of their declaration."""
        for subject, name in self._held:
            yield from self.intervals(subject, name)
