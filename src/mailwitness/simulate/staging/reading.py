"""Reads a scenario file into declared nouns, and says exactly where it is wrong: file, key, what was found, what is allowed.

A noun is a frozen dataclass; its fields are the keys of a mapping in the file (a field that ends in ``_`` is the key without it, where
Python keeps the word for itself). A field's type says what is allowed: text, whole numbers, one of several words, lists, mappings, other
nouns, and the value types of `values`, which parse themselves.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, NoReturn, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mailwitness.errors import UsageError
from mailwitness.simulate.staging.values import Mention, Value

_T = TypeVar("_T")


class Reader:
    """Reads the parts of one file. ``mentions``: (key, name) of everything that its values refer to, to be checked at the end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mentions: list[tuple[str, Mention]] = []

    def refuse(self, key: str, found: object, allowed: str) -> NoReturn:
        """The one form of every complaint about a file."""
        where = f"{self.file}: {key}" if key else self.file
        raise UsageError(f"{where}: found {_shown(found)}; {allowed}.")

    def noun(self, noun: type[_T], found: object, key: str, more: Mapping[str, str] | None = None) -> _T:
        """One mapping of the file. ``more``: keys that the caller has read already, and what they are."""
        if not isinstance(found, dict):
            self.refuse(key, found, "a mapping is expected")
        fields = fields_of(noun)
        known = [*(more or {}), *fields]
        for name in found:
            if name not in known:
                self.refuse(_under(key, name), found[name], f"the key is not known; it is one of {', '.join(known)}")
        values = {}
        for name, (field, kind) in fields.items():
            if name in found:
                values[field.name] = self.value(kind, found[name], _under(key, name))
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self.refuse(key, ", ".join(map(str, found)) or "nothing", f"the key {name} is missing: {allowed(kind)}")
        return noun(**values)

    def value(self, kind: Any, found: object, key: str) -> Any:
        """One value of that type."""
        origin, inner = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self.value(next(one for one in inner if one is not type(None)), found, key)
        if origin is Literal:
            if found not in inner:
                self.refuse(key, found, allowed(kind))
            return found
        if origin is tuple:
            if not isinstance(found, list):
                self.refuse(key, found, allowed(kind))
            return tuple(self.value(inner[0], one, f"{key}[{n}]") for n, one in enumerate(found))
        if origin is Mapping:
            if not isinstance(found, dict):
                self.refuse(key, found, allowed(kind))
            return {
                self.value(inner[0], name, key): self.value(inner[1], one, _under(key, name))
                for name, one in found.items()
            }
        if isinstance(kind, type) and issubclass(kind, Value):
            try:
                parsed = kind.parse(found)
            except ValueError:
                self.refuse(key, found, allowed(kind))
            self.mentions.extend((key, mention) for mention in parsed.mentions())
            return parsed
        if dataclasses.is_dataclass(kind):
            return self.noun(cast(type[object], kind), found, key)
        if not isinstance(found, kind) or (kind is not bool and isinstance(found, bool)):
            self.refuse(key, found, allowed(kind))
        return found


def fields_of(noun: Any) -> dict[str, tuple[dataclasses.Field[Any], Any]]:
    """Key → field and type, in the order of declaration."""
    hints = get_type_hints(noun)
    return {field.name.rstrip("_"): (field, hints[field.name]) for field in dataclasses.fields(noun)}


def allowed(kind: Any) -> str:
    """What a value of that type may be, in words that end a sentence."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return allowed(next(one for one in inner if one is not type(None)))
    if origin is Literal:
        return f"it is one of {', '.join(map(str, inner))}"
    if origin is tuple:
        return "a list is expected"
    if origin is Mapping:
        return "a mapping is expected"
    if isinstance(kind, type) and issubclass(kind, Value):
        return kind.allowed
    return {str: "text is expected (in quotes, if it looks like a number)", int: "a whole number is expected", float: "a number is expected",
            bool: "it is one of true, false"}.get(kind, "a mapping is expected")  # fmt: skip


def _under(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _shown(found: object) -> str:
    """The value, cut where it is long."""
    text = repr(found)
    return text if len(text) <= 80 else f"{text[:77]}…"
