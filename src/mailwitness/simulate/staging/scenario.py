"""A scenario: one thing that happens in a tenant, declared in one file of ``scenarios/`` that an investigator can read.

What the attacker really obtained is never declared: it follows from the acts (`docs/scenarios.md` describes every key).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeAlias, cast

import yaml

from mailwitness.errors import UsageError
from mailwitness.simulate.options import COVERAGES, Coverage
from mailwitness.simulate.staging.reading import Reader, fields_of
from mailwitness.simulate.staging.settings import SettingValue
from mailwitness.simulate.staging.steps import kinds
from mailwitness.simulate.staging.values import PARAMETER_UNITS, Amount, Gives, Hour, Kind, People, Span, Value
from mailwitness.simulate.world import ClientKind, Plan

if TYPE_CHECKING:
    from mailwitness.simulate.staging.stage import Stage
"""Name → value."""
Parameters: TypeAlias = Mapping[str, int | str]
"""Name → value."""
BASIC_AUTH_END = 1_672_531_200_000
"""2023-01-01: from here on no tenant takes passwords over IMAP and POP (Microsoft's deprecation of basic authentication)."""
Pillar = Literal["accuracy", "coverage", "provenance", "exposure", "detection"]
Expected = Literal["supported", "contradicted", "undecidable", "none"]
"""A verdict of the claim; ``none``: the evidence of this coverage holds no such subject, so there is no finding."""


@dataclass(frozen=True, slots=True)
class Scalar(Value):
    """A whole number or a word."""

    allowed: ClassVar[str] = "a whole number or a word is expected"
    value: int | str

    @classmethod
    def parse(cls, found: object) -> Scalar:
        if isinstance(found, bool) or not isinstance(found, (int, str)):
            raise ValueError(found)
        return cls(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a user may choose. Numbers have a range, words a list of ``values``.

    ``shrinks``: a tenant with few days gets a smaller value by itself, unless the user chose one, so that a third of the days stays ordinary.
    """

    what: str
    default: Scalar
    least: int = 0
    most: int = 0
    values: tuple[str, ...] = ()
    unit: str = ""
    shrinks: bool = False

    def allowed(self) -> str:
        """What it may be, in words."""
        if self.values:
            return f"it is one of {', '.join(self.values)}"
        return f"it is a whole number from {self.least} to {self.most}{f' ({self.unit})' if self.unit else ''}"

    def allows(self, value: int | str) -> bool:
        """True if the value lies in the range or the list."""
        return value in self.values if self.values else isinstance(value, int) and self.least <= value <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleCast:
    """People of the tenant. Those that one scenario takes, no other takes, unless it says ``shared``.

    ``who``: executives have the largest licence; partners are technicians of another company. ``plans``: of these licences. Whoever is taken
    as anyone or as an executive is no administrator, has the default audit sets and, unless ``plans`` says otherwise, a licence with which mail
    accesses are recorded at that date; none of it holds for ``shared`` people without ``plans``. ``near``: of the same department. ``uses``: a session of their own with such a client is alive at the beginning.
    ``avoids``: no such client is theirs.
    """

    count: Amount = field(default_factory=lambda: Amount(1))
    who: Literal["anyone", "executives", "administrators", "partners"] = "anyone"
    plans: tuple[Plan, ...] = ()
    near: People | None = None
    uses: tuple[ClientKind, ...] = ()
    avoids: tuple[ClientKind, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCast:
    """Network addresses of strangers. ``each_for``: how long one is used before the next; without it each use takes any of them."""

    kind: Literal["hosting", "residential", "foreign_mobile", "vpn", "microsoft"]
    count: Amount = field(default_factory=lambda: Amount(1))
    country: str = ""
    each_for: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCast:
    """An application. ``known``: one of the tenant's by its key; else a new one, whose id is drawn unless a public one is given."""

    known: str = ""
    name: str = ""
    app_id: str = ""
    owner: Literal["tenant", "abroad"] = "abroad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """One of the cast: exactly one of the three."""

    what: str
    people: PeopleCast | None = None
    addresses: AddressCast | None = None
    app: AppCast | None = None

    @property
    def kind(self) -> Kind:
        """Which of the three."""
        return "people" if self.people is not None else "addresses" if self.addresses is not None else "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must hold before the beginning. ``quiet``: people whose mailboxes have no daily life of their own."""

    settings: tuple[SettingValue, ...] = ()
    quiet: tuple[People, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """When it begins. ``of``: local time of the first of these people, on a day on which they work at that hour; without it UTC."""

    at: Hour
    of: People | None = None
    day: Literal["any", "weekday"] = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What findings should say of a claim, by coverage. Documentation: a score is taken from the truth."""

    pillar: Pillar
    claim: str
    subject: str
    verdicts: Mapping[Coverage, Expected]
    why: str = ""


class Play(Protocol):
    """A step of one kind: its fields are the keys of the file, `play` makes its acts."""

    def play(self, stage: Stage, at: int) -> None:
        """Add the acts of this step, which begins at that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHead:
    """What every step has. ``what``: what an investigator should understand of it. ``after``: how long after the beginning it starts.

    ``only``: in tenants of which time; Exchange Online took passwords over IMAP and POP until the end of 2022.
    """

    step: str
    what: str
    after: Span
    only: Literal["always", "before 2023", "since 2023"] = "always"


@dataclass(frozen=True, slots=True)
class Step:
    """A step as declared."""

    head: StepHead
    kind: str
    play: Play


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioHead:
    """The keys of a scenario file, but for its steps."""

    id: str
    title: str
    story: str
    sources: tuple[str, ...]
    cast: Mapping[str, Casting]
    begins: Begin
    lasts: Span
    expected: tuple[Expectation, ...]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
    detections: tuple[str, ...] = ()
    limits: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as declared. ``file``: where, for messages."""

    file: str
    head: ScenarioHead
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        return self.head.id


def load(path: Path | Traversable) -> Scenario:
    """The scenario of a file. UsageError names the file, the key, what was found and what is allowed."""
    reader = Reader(path.name)
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name}: byte {error.start}: the file is not UTF-8. Save it as UTF-8.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{path.name}: the file is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(found, dict):
        reader.refuse("", found, "a mapping with the keys of a scenario is expected")
    rest = {key: value for key, value in found.items() if key != "steps"}
    head = reader.noun(ScenarioHead, rest, "", {"steps": "the steps"})
    _check_head(reader, head)
    steps = _steps(reader, found.get("steps"), head)
    _check_mentions(reader, head)
    _check_use(reader, head)
    return Scenario(path.name, head, steps)


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Id → scenario, of all files in ``scenarios/``, G before B and by number."""
    known: dict[str, Scenario] = {}
    folder = files("mailwitness.simulate").joinpath("scenarios")
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name):
        scenario = load(file)
        if scenario.id in known:
            raise UsageError(
                f"{scenario.file}: id: found {scenario.id!r}; {known[scenario.id].file} has it already, and ids are unique."
            )
        known[scenario.id] = scenario
    return MappingProxyType(dict(sorted(known.items(), key=lambda item: order_of(item[0]))))


def order_of(scenario_id: str) -> tuple[bool, str, int, str]:
    """The order in which scenarios are listed and cast."""
    letters = scenario_id.rstrip("0123456789")
    number = scenario_id[len(letters) :]
    return letters != "G", letters, int(number or 0), scenario_id


def _steps(reader: Reader, found: object, head: ScenarioHead) -> tuple[Step, ...]:
    if not isinstance(found, list) or not found:
        reader.refuse("steps", found, "a list of at least one step is expected")
    general = {**fields_of(StepHead), "do": None}
    steps: list[Step] = []
    given: set[str] = set()
    for number, one in enumerate(found):
        key = f"steps[{number}]"
        if not isinstance(one, dict):
            reader.refuse(key, one, "a mapping is expected")
        kind = one.get("do")
        if not isinstance(kind, str) or kind not in kinds():
            reader.refuse(f"{key}.do", kind, f"it is one of {', '.join(kinds())}")
        head_part = {name: value for name, value in one.items() if name in general and name != "do"}
        own_part = {name: value for name, value in one.items() if name not in general}
        step_head = reader.noun(StepHead, head_part, key)
        before = len(reader.mentions)
        play = reader.noun(kinds()[kind], own_part, key, dict.fromkeys(general, ""))
        for where, (what, name) in reader.mentions[before:]:
            if what == "credential" and name not in given:
                reader.refuse(where, name, f"no earlier step gives it; given are {', '.join(sorted(given)) or 'none'}")
        if any(step_head.step == other.head.step for other in steps):
            reader.refuse(f"{key}.step", step_head.step, "another step has that name, and names are unique")
        steps.append(Step(step_head, kind, cast(Play, play)))
        given.update(value.name for value in vars_of(play) if isinstance(value, Gives))
    return tuple(steps)


def vars_of(noun: object) -> list[object]:
    """The values of a noun's fields."""
    return [getattr(noun, field.name) for field, _ in fields_of(type(noun)).values()]


def _check_head(reader: Reader, head: ScenarioHead) -> None:
    for name, parameter in head.parameters.items():
        default = parameter.default.value
        if not parameter.allows(default):
            reader.refuse(f"parameters.{name}.default", default, parameter.allowed())
        if parameter.shrinks and parameter.unit not in PARAMETER_UNITS:
            reader.refuse(
                f"parameters.{name}.unit", parameter.unit, f"what shrinks is one of {', '.join(PARAMETER_UNITS)}"
            )
    for name, casting in head.cast.items():
        given = [kind for kind in ("people", "addresses", "app") if getattr(casting, kind) is not None]
        if len(given) != 1:
            reader.refuse(
                f"cast.{name}", ", ".join(given) or "none of them", "it is exactly one of people, addresses, app"
            )
        if casting.people is not None and casting.people.near is not None:
            near, before = casting.people.near.name, list(head.cast)[: list(head.cast).index(name)]
            if near not in before:
                reader.refuse(
                    f"cast.{name}.people.near", near, f"it is people listed before: {', '.join(before) or 'none'}"
                )
    for number, expectation in enumerate(head.expected):
        missing = [coverage for coverage in COVERAGES if coverage not in expectation.verdicts]
        if missing:
            reader.refuse(
                f"expected[{number}].verdicts",
                ", ".join(expectation.verdicts),
                f"a verdict is given for each of {', '.join(COVERAGES)}",
            )


def _check_mentions(reader: Reader, head: ScenarioHead) -> None:
    cast_of = {
        kind: sorted(n for n, c in head.cast.items() if c.kind == kind) for kind in ("people", "addresses", "app")
    }
    known: dict[Kind, list[str]] = {
        "people": cast_of["people"],
        "addresses": cast_of["addresses"],
        "app": cast_of["app"],
        "cast": sorted(head.cast),
        "parameter": sorted(head.parameters),
    }
    words: dict[Kind, str] = {"parameter": "parameters", "cast": "the cast", "app": "applications of the cast"}
    for key, (kind, name) in reader.mentions:
        if kind != "credential" and name not in known[kind] and name != "each":
            group = words.get(kind, f"{kind} of the cast")
            reader.refuse(key, name, f"{group}: {', '.join(known[kind]) or 'none'}")


def _check_use(reader: Reader, head: ScenarioHead) -> None:
    """What nothing refers to is a slip of the pen."""
    used = {(kind == "parameter", name) for _, (kind, name) in reader.mentions}
    for name in head.cast:
        if (False, name) not in used:
            reader.refuse(f"cast.{name}", name, "nothing in the file refers to it; use it or leave it out")
    for name in head.parameters:
        if (True, name) not in used:
            reader.refuse(f"parameters.{name}", name, "nothing in the file refers to it; use it or leave it out")
