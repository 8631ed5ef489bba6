"""OData as Graph speaks it: filters that are read, errors that are worded, pages that are linked.

A filter is clauses joined by ``and``: a field compared with a time or a text, ``startswith``, ``contains``, alternatives in brackets joined by ``or``, and
``signInEventTypes/any(t: t eq '…' or …)``. Anything else is an error, as an unknown filter is with the service.

Sources: https://learn.microsoft.com/graph/filter-query-parameter, https://learn.microsoft.com/graph/errors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from mailwitness.standin.answer import Answer, json_answer
from mailwitness.standin.holdings import Record
from mailwitness.standin.moments import TICKS, iso, ticks_of
from mailwitness.standin.world import World

Test: TypeAlias = Callable[[dict[str, Any]], bool]

_TIME = re.compile(r"([\w/]+)\s+(ge|gt|le|lt|eq)\s+(\d{4}-[^\s)]+)")
_TEXT = re.compile(r"([\w/]+)\s+(eq|ne)\s+(?:'((?:[^']|'')*)'|(-?\d+|true|false|null))")
_PART = re.compile(r"(startswith|contains)\(\s*([\w/]+)\s*,\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)
_ANY = re.compile(r"(\w+)/any\(\s*(\w+)\s*:\s*(.*)\)", re.DOTALL)


class BadFilter(ValueError):
    """The filter cannot be read, or names what the collection has not."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``since``, ``until``: milliseconds, half-open, of the collection's time field. ``any_of``: collection → values of which one must be in it.

    ``tests``: what else each record has to pass.
    """

    since: int | None
    until: int | None
    any_of: Mapping[str, frozenset[str]]
    tests: tuple[Test, ...]


def read_filter(text: str, time_field: str) -> Filter:
    """The filter of a query. BadFilter where it is none."""
    since: int | None = None
    until: int | None = None
    any_of: dict[str, frozenset[str]] = {}
    tests: list[Test] = []
    for clause in _split(text, " and "):
        timed = _TIME.fullmatch(clause)
        if timed is not None and timed[1] == time_field:
            ticks = ticks_of(timed[3])
            if ticks is None:
                raise BadFilter(f"Invalid date '{timed[3]}'.")
            first = -(-ticks // TICKS)  # the first millisecond that is not before it
            if timed[2] in ("ge", "eq"):
                since = first if since is None else max(since, first)
            if timed[2] == "gt":
                since = ticks // TICKS + 1 if since is None else max(since, ticks // TICKS + 1)
            if timed[2] == "lt":
                until = first if until is None else min(until, first)
            if timed[2] in ("le", "eq"):
                until = ticks // TICKS + 1 if until is None else min(until, ticks // TICKS + 1)
            continue
        some = _ANY.fullmatch(clause)
        if some is not None:
            any_of[some[1]] = frozenset(_alternative(one, some[2]) for one in _split(some[3], " or "))
        else:
            tests.append(_test(clause))
    return Filter(since, until, any_of, tuple(tests))


def _split(text: str, joint: str) -> list[str]:
    """The parts between joints that stand in no bracket and no quotes."""
    parts, depth, quoted, begin = [], 0, False, 0
    at = 0
    while at < len(text):
        char = text[at]
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif not quoted and depth == 0 and text[at : at + len(joint)].lower() == joint:
            parts.append(text[begin:at].strip())
            at += len(joint)
            begin = at
            continue
        at += 1
    if depth or quoted:
        raise BadFilter("There is an unclosed bracket or text.")
    parts.append(text[begin:].strip())
    return parts


def _alternative(clause: str, name: str) -> str:
    found = _TEXT.fullmatch(clause.strip().removeprefix("(").removesuffix(")").strip())
    if found is None or found[1] != name or found[2] != "eq" or found[3] is None:
        raise BadFilter(f"Invalid filter clause '{clause}'.")
    return found[3].replace("''", "'")


def _test(clause: str) -> Test:
    if clause.startswith("(") and clause.endswith(")"):
        tests = [_test(one) for one in _split(clause[1:-1].strip(), " or ")]
        return lambda record: any(test(record) for test in tests)
    found = _PART.fullmatch(clause)
    if found is not None:
        at_start, field, part = found[1].lower() == "startswith", found[2], found[3].replace("''", "'").lower()
        return lambda record: _has(str(_value(record, field) or "").lower(), part, at_start)
    found = _TEXT.fullmatch(clause)
    if found is None:
        raise BadFilter(f"Invalid filter clause '{clause}'.")
    field, is_equal = found[1], found[2] == "eq"
    wanted = found[3].replace("''", "'").lower() if found[3] is not None else found[4]
    return lambda record: (_comparable(_value(record, field)) == wanted) is is_equal


def _has(text: str, part: str, at_start: bool) -> bool:
    return text.startswith(part) if at_start else part in text


def _value(record: dict[str, Any], field: str) -> Any:
    value: Any = record
    for name in field.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _comparable(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower()


def whole(text: object) -> int | None:
    """The number that a text of digits is; None for any other."""
    written = str(text)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


def passing(records: list[Record], tests: tuple[Test, ...]) -> list[Record]:
    """The records that pass all tests."""
    if not tests:
        return records
    decode = msgspec.json.decode
    return [record for record in records if all(test(decode(record.body)) for test in tests)]


class GraphWords:
    """How Graph words its refusals."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._number = 0

    def error(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        note: str | None = None,
        fault: str | None = None,
    ) -> Answer:
        self._number += 1
        request_id = self._world.faults.chance.guid("request", self._number)
        inner = {
            "date": iso(self._world.clock.now())[:-1],
            "request-id": request_id,
            "client-request-id": request_id,
        }
        content = {"error": {"code": code, "message": message, "innerError": inner}}
        return json_answer(
            status, content, {"request-id": request_id, **(headers or {})}, note=note or message, fault=fault
        )

    def unauthorised(self, why: str) -> Answer:
        text = "Lifetime validation failed, the token is expired." if "expired" in why else "Access token is empty."
        return self.error(401, "InvalidAuthenticationToken", text, {"www-authenticate": "Bearer"}, note=why)

    def forbidden(self, missing: str) -> Answer:
        return self.error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
            note=f"missing: {missing}",
        )

    def throttled(self, headers: Mapping[str, str]) -> Answer:
        return self.error(
            429,
            "UnknownError",
            "This request is throttled. Please try again after some time.",
            headers,
            note="throttled",
        )

    def failed(self, status: int) -> Answer:
        return self.error(status, "UnknownError", "", note="gateway")
