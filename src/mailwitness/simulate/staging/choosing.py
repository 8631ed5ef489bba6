"""Which scenarios a user asks for, with which values of their parameters: ``G8``, ``G8:users=6``, ``G7:mailboxes=2:days=14``.

A name is a scenario's id, or the path of a scenario file of one's own, which ends in ``.yaml``. Values follow it, each after a colon, so that a list
of scenarios can be separated by commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from mailwitness.errors import UsageError
from mailwitness.simulate.staging.scenario import Parameters, Scenario, load, order_of
from mailwitness.simulate.staging.values import PARAMETER_UNITS, Span
from mailwitness.simulate.world import MS_PER_DAY


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scenario and the values of all its parameters."""

    scenario: Scenario
    values: Parameters

    def length(self, span: Span) -> int:
        """The milliseconds of a span of the file."""
        return sum(round(number * self._unit(parameter)) for number, parameter in span.terms)

    def days(self) -> int:
        """How many days a tenant needs for it, whatever the time zones of its people."""
        begins, lasts = self.scenario.head.begins, self.length(self.scenario.head.lasts)
        if begins.of is not None:
            return ceil(lasts / MS_PER_DAY) + 1
        return ceil((begins.at.ms + lasts) / MS_PER_DAY)

    def _unit(self, parameter: str) -> int:
        if not parameter:
            return 1
        unit, value = self.scenario.head.parameters[parameter].unit, self.values[parameter]
        if unit not in PARAMETER_UNITS or isinstance(value, str):
            raise UsageError(
                f"{self.scenario.file}: parameters.{parameter}.unit: found {unit!r}; a parameter in a span of time has one of "
                f"{', '.join(PARAMETER_UNITS)}."
            )
        return value * PARAMETER_UNITS[unit]


def choose(names: Iterable[str], known: Mapping[str, Scenario], days: int) -> tuple[Chosen, ...]:
    """The scenarios of these names, G before B and by number, whatever the order of the names. ``days``: how many the tenant has."""
    chosen: dict[str, Chosen] = {}
    for name in names:
        one = _chosen(name, known, days)
        if one.scenario.id in chosen:
            raise UsageError(f"--scenario {name!r}: {one.scenario.id} is named twice. Name each scenario once.")
        chosen[one.scenario.id] = one
    return tuple(chosen[scenario_id] for scenario_id in sorted(chosen, key=order_of))


def _chosen(name: str, known: Mapping[str, Scenario], days: int) -> Chosen:
    scenario, pairs = _named(name, known)
    parameters = scenario.head.parameters
    given: dict[str, int | str] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(
                f"--scenario {name!r}: found {pair!r}; a parameter and its value are expected, as in {_example(scenario)}."
            )
        if key not in parameters:
            raise UsageError(
                f"--scenario {name!r}: {scenario.id} has no parameter {key!r}; it has {', '.join(parameters) or 'none'}."
            )
        if key in given:
            raise UsageError(f"--scenario {name!r}: {key} has two values. Give it one.")
        value: int | str = int(text) if text.isascii() and text.isdigit() and not parameters[key].values else text
        if not parameters[key].allows(value):
            raise UsageError(f"--scenario {name!r}: {key} is {text!r}; {parameters[key].allowed()}.")
        given[key] = value
    values = {key: given.get(key, parameter.default.value) for key, parameter in parameters.items()}
    return _shrunk(scenario, values, given, days)


_FILE = re.compile(r"(?P<path>.*?\.ya?ml)(?P<values>:.*)?", re.IGNORECASE)


def _named(name: str, known: Mapping[str, Scenario]) -> tuple[Scenario, list[str]]:
    """The scenario, and the values that follow its name. A path may hold colons of its own."""
    file = _FILE.fullmatch(name.strip())
    if file is None:
        scenario_id, *pairs = name.split(":")
        scenario = known.get(scenario_id.strip().upper())
        if scenario is None:
            raise UsageError(
                f"--scenario {name!r} is not known; it is one of {', '.join(known)}, or a scenario file of your own (.yaml)."
            )
        return scenario, pairs
    path = Path(file["path"])
    if not path.is_file():
        raise UsageError(f"--scenario {name!r}: {path} is no file. Name a scenario file, or one of {', '.join(known)}.")
    scenario = load(path)
    if scenario.id in known:
        raise UsageError(
            f"{scenario.file}: id: found {scenario.id!r}; {known[scenario.id].file} has it already, and ids are unique."
        )
    return scenario, (file["values"] or "").split(":")[1:]


def _shrunk(scenario: Scenario, values: dict[str, int | str], given: Mapping[str, int | str], days: int) -> Chosen:
    """With the values with which the scenario fits into the tenant's days and leaves a third of them to ordinary life, so that there is something to
    compare with. What the user chose stays."""
    chosen = Chosen(scenario, values)
    aim = days - days // 3
    for key, parameter in scenario.head.parameters.items():
        value = values[key]
        if parameter.shrinks and key not in given and isinstance(value, int):
            while chosen.days() > aim and value > parameter.least:
                value = values[key] = value - 1
    needed = chosen.days()
    if needed > days:
        kept = "".join(f" with {key}={given[key]}" for key in given if scenario.head.parameters[key].shrinks)
        raise UsageError(f"{scenario.id} needs {needed} days{kept}; --days is {days}. Use --days {needed} or more.")
    return chosen


def _example(scenario: Scenario) -> str:
    for key, parameter in scenario.head.parameters.items():
        return f"{scenario.id}:{key}={parameter.default.value}"
    return f"{scenario.id} (it has no parameters)"
