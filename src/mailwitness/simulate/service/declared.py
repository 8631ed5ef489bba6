"""Reads the data files of this folder: rates, dates, outages and the words of sign-in errors."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from mailwitness.simulate.world import MS_PER_MINUTE


class SignInError(msgspec.Struct, frozen=True):
    """What one error code is called in the unified log (``logon_error``) and in the sign-in log (``text``)."""

    logon_error: str
    text: str


class Latency(msgspec.Struct, frozen=True):
    """How long after its own time a record can first be exported, in milliseconds.

    ``share`` of all records come between ``low`` and ``high``, the others up to ``worst``, most of them early.
    """

    low: int
    high: int
    share: float
    worst: int

    def of(self, draw: float) -> int:
        """The delay that belongs to a number in [0, 1)."""
        if draw < self.share:
            return self.low + int((self.high - self.low) * draw / self.share)
        late: float = ((draw - self.share) / (1 - self.share)) ** 4
        return self.high + int((self.worst - self.high) * late)


@cache
def rates(part: str) -> Mapping[str, Any]:
    """One part of rates.yaml. It is shared: read it, never change it."""
    found: Mapping[str, Any] = _yaml("rates.yaml")[part]
    return found


@cache
def dates(part: str) -> Mapping[str, int]:
    """The dates of one part of rates.yaml as moments in milliseconds; its durations as they are."""
    return {name: at_of(value) if isinstance(value, date) else int(value) for name, value in rates(part).items()}


@cache
def latency(stream: str) -> Latency:
    """How late the records of a stream are."""
    row = rates("delivery")[stream]
    low, high = row["usual"]
    return Latency(low * MS_PER_MINUTE, high * MS_PER_MINUTE, row["share"], row["worst"] * MS_PER_MINUTE)


@cache
def outages() -> tuple[tuple[int, int, frozenset[str]], ...]:
    """(from, to, streams) of the outages that hit every tenant."""
    return tuple((at_of(row["from"]), at_of(row["to"]), frozenset(row["streams"])) for row in _yaml("outages.yaml"))


@cache
def sign_in_errors() -> Mapping[int, SignInError]:
    """Error code → its words."""
    text = files("mailwitness.simulate.service").joinpath("sign_in_errors.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {int(row["code"]): SignInError(row["logon_error"], row["text"]) for row in rows}


def at_of(moment: date) -> int:
    """A date or time of a YAML file as a moment."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


def _yaml(name: str) -> Any:
    return yaml.safe_load(files("mailwitness.simulate.service").joinpath(name).read_text("utf-8"))
