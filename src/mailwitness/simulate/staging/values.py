"""The value types of scenario files: spans of time, hours of a day, amounts, texts with names in them, names of others in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, TypeAlias

from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND

Kind: TypeAlias = Literal["people", "addresses", "app", "parameter", "credential", "cast"]
Mention: TypeAlias = tuple[Kind, str]
"""What a value refers to: the kind of thing, and its name. ``cast``: anything of the cast."""

UNITS = {"s": MS_PER_SECOND, "m": MS_PER_MINUTE, "h": MS_PER_HOUR, "d": MS_PER_DAY}
PARAMETER_UNITS = {"minutes": MS_PER_MINUTE, "hours": MS_PER_HOUR, "days": MS_PER_DAY}
"""Units of parameters that can stand in a span."""

_TERM = re.compile(r"(?:(?P<number>\d+(?:\.\d+)?)(?P<unit>[smhd])|(?:(?P<percent>\d+)% of )?\$(?P<parameter>\w+))\Z")
_HOUR = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\Z")
_NAMED = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")


class Value:
    """A value that parses itself. ``allowed`` ends the complaint about one that does not."""

    allowed: ClassVar[str]

    @classmethod
    def parse(cls, found: object) -> Self:
        """The value; ValueError if it is none."""
        raise NotImplementedError

    def mentions(self) -> Iterator[Mention]:
        """What else of the file it refers to."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Span(Value):
    """How long: terms that are added up, each either (milliseconds, '') or (share, parameter that is a time)."""

    allowed: ClassVar[str] = (
        "a span of time is expected, such as 40m, 2d, 1d + 30m, $days or 30% of $days (units s, m, h, d)"
    )
    terms: tuple[tuple[float, str], ...] = ()

    @classmethod
    def parse(cls, found: object) -> Span:
        if not isinstance(found, str):
            raise ValueError(found)
        terms = []
        for text in found.split(" + "):
            term = _TERM.match(text.strip())
            if term is None:
                raise ValueError(found)
            if term["parameter"] is None:
                terms.append((float(term["number"]) * UNITS[term["unit"]], ""))
            else:
                terms.append((int(term["percent"] or 100) / 100, term["parameter"]))
        return cls(tuple(terms))

    def mentions(self) -> Iterator[Mention]:
        for _, parameter in self.terms:
            if parameter:
                yield "parameter", parameter


@dataclass(frozen=True, slots=True)
class Hour(Value):
    """A time of day as milliseconds after midnight."""

    allowed: ClassVar[str] = 'a time of day is expected, "00:00" to "24:00", in quotes'
    ms: int

    @classmethod
    def parse(cls, found: object) -> Hour:
        match = _HOUR.match(found) if isinstance(found, str) else None
        if match is None:
            raise ValueError(found)
        ms = int(match[1]) * MS_PER_HOUR + int(match[2]) * MS_PER_MINUTE
        if ms > MS_PER_DAY:
            raise ValueError(found)
        return cls(ms)


@dataclass(frozen=True, slots=True)
class Hours(Value):
    """A part of each day, UTC, as milliseconds after midnight, half-open."""

    allowed: ClassVar[str] = 'a part of a day is expected, such as "01:00-09:00" (UTC, the later time second)'
    start: int
    end: int

    @classmethod
    def parse(cls, found: object) -> Hours:
        first, dash, last = found.partition("-") if isinstance(found, str) else ("", "", "")
        if not dash:
            raise ValueError(found)
        start, end = Hour.parse(first).ms, Hour.parse(last).ms
        if start >= end:
            raise ValueError(found)
        return cls(start, end)


@dataclass(frozen=True, slots=True)
class Amount(Value):
    """A whole number that is not negative, or the value of a parameter."""

    allowed: ClassVar[str] = "a whole number or the name of a parameter such as $messages is expected"
    number: int = 0
    parameter: str = ""

    @classmethod
    def parse(cls, found: object) -> Amount:
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            return cls(found)
        if isinstance(found, str) and found.startswith("$") and _WORD.match(found[1:]):
            return cls(0, found[1:])
        raise ValueError(found)

    def mentions(self) -> Iterator[Mention]:
        if self.parameter:
            yield "parameter", self.parameter


@dataclass(frozen=True, slots=True)
class Words(Value):
    """A text in which ``{name.field}`` stands for something of the cast, ``{name}`` for a parameter."""

    allowed: ClassVar[str] = (
        "text is expected, in quotes if it looks like something else; {victim.upn} names one of the cast"
    )
    text: str = ""

    @classmethod
    def parse(cls, found: object) -> Words:
        if not isinstance(found, str):
            raise ValueError(found)
        return cls(found)

    def mentions(self) -> Iterator[Mention]:
        for name, field in _NAMED.findall(self.text):
            yield ("cast" if field else "parameter"), name

    def parts(self) -> Iterator[tuple[str, str, str]]:
        """(text before, name, field) of every name in it; name is '' for the text after the last."""
        end = 0
        for match in _NAMED.finditer(self.text):
            yield self.text[end : match.start()], match[1], match[2] or ""
            end = match.end()
        yield self.text[end:], "", ""


@dataclass(frozen=True, slots=True)
class _Name(Value):
    """A name that something else in the file has."""

    kind: ClassVar[Kind]
    name: str

    @classmethod
    def parse(cls, found: object) -> Self:
        if not isinstance(found, str) or not _WORD.match(found):
            raise ValueError(found)
        return cls(found)

    def mentions(self) -> Iterator[Mention]:
        yield self.kind, self.name


class People(_Name):
    """The name of people of the cast."""

    kind = "people"
    allowed = "the name of people of the cast is expected"


class Addresses(_Name):
    """The name of addresses of the cast."""

    kind = "addresses"
    allowed = "the name of addresses of the cast is expected"


class AppName(_Name):
    """The name of an application of the cast."""

    kind = "app"
    allowed = "the name of an application of the cast is expected"


class With(_Name):
    """The name of a credential that an earlier step gives."""

    kind = "credential"
    allowed = "the name of a credential that an earlier step gives is expected"


@dataclass(frozen=True, slots=True)
class Gives(Value):
    """The name that a step gives to the credential it makes."""

    allowed: ClassVar[str] = "a name for the credential is expected: small letters, digits and _"
    name: str

    @classmethod
    def parse(cls, found: object) -> Gives:
        if not isinstance(found, str) or not _WORD.match(found):
            raise ValueError(found)
        return cls(found)
