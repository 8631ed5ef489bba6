"""Values drawn from one generator: identifiers, moments, numbers. They cost a microsecond each; life draws millions."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from random import Random
from typing import TypeVar

_VARIANT = "89ab"
T = TypeVar("T")


def guid(draw: Random) -> str:
    """A version 4 GUID."""
    bits = draw.getrandbits(128)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[bits & 3]}{text[17:20]}-{text[20:]}"


def request_id(draw: Random) -> str:
    """The id of a sign-in: a GUID whose last byte is zero, as those in public records are since 2021."""
    bits = draw.getrandbits(128)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[bits & 3]}{text[17:20]}-{text[20:30]}00"


def count(draw: Random, mean: float) -> int:
    """How many of independent events happen of which ``mean`` happen on average (Poisson; means below a hundred)."""
    limit, number, product = exp(-mean), 0, draw.random()
    while product > limit:
        number += 1
        product *= draw.random()
    return number


def between(draw: Random, bounds: tuple[int, int]) -> int:
    """A whole number of the closed interval."""
    low, high = bounds
    return low + int(draw.random() * (high - low + 1))


def one_of(draw: Random, values: tuple[T, ...]) -> T:
    """One of the values, each as likely."""
    return values[int(draw.random() * len(values))]


def by_share(draw: Random, shares: Mapping[T, float]) -> T:
    """One of the keys by its share; the shares sum to 1."""
    luck = draw.random()
    for value, share in shares.items():
        if luck < share:
            return value
        luck -= share
    return value
