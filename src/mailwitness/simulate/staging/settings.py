"""Settings while scenarios are staged: what holds at a moment, by what was declared and what the acts so far have changed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mailwitness.simulate.staging.values import Mention, Value, Words

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Subject(Value):
    """What a setting is of: ``tenant``, ``policy <key>``, people of the cast, or ``each`` of the people of its step."""

    allowed: ClassVar[str] = "tenant, policy and the policy's key, or the name of people of the cast is expected"
    name: str

    @classmethod
    def parse(cls, found: object) -> Subject:
        if not isinstance(found, str):
            raise ValueError(found)
        return cls(found)

    def mentions(self) -> Iterator[Mention]:
        if self.name != "tenant" and not self.name.startswith("policy "):
            yield "people", self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingValue:
    """A setting and its value, in the cmdlets' own words."""

    of: Subject
    name: str
    value: Words


class History:
    """Initial settings, overrides of scenarios, and changes: of daily life, and of the acts that were staged so far."""

    def __init__(self, tenant: Tenant, changes: Iterable[tuple[int, str, str, str]]) -> None:
        self._initial = {(subject, name): value for subject, name, value in tenant.initial_settings()}
        self._changes: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self.overrides: dict[tuple[str, str], str] = {}
        for at, subject, name, value in changes:
            self.change(at, subject, name, value)

    def override(self, subject: str, name: str, value: str) -> None:
        """Another initial value, which a scenario needs."""
        self.overrides[subject, name] = value

    def change(self, at: int, subject: str, name: str, value: str) -> None:
        """A new value from that moment on."""
        insort(self._changes.setdefault((subject, name), []), (at, value))

    def value(self, subject: str, name: str, at: int) -> str:
        """What holds at that moment; '' for what nobody declared."""
        held = self.overrides.get((subject, name), self._initial.get((subject, name), ""))
        for moment, value in self._changes.get((subject, name), ()):
            if moment > at:
                break
            held = value
        return held

    def knows(self, subject: str, name: str) -> bool:
        """True if the tenant has such a setting."""
        return (subject, name) in self._initial
