"""The cast of a scenario in one tenant: which people, addresses and applications the names of its file stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwitness.simulate.world import App, Person, Place


@dataclass(frozen=True, slots=True)
class Rota:
    """Addresses that are used one after the other, each for so many milliseconds; 0: any of them at any time."""

    places: tuple[Place, ...]
    each_for: int = 0


@dataclass(frozen=True, slots=True)
class Cast:
    """Name → whom or what it stands for."""

    people: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    addresses: Mapping[str, Rota] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
