"""Channels: one module per way of telling, found in this folder.

A module exports ``KIND``, named like its file, whose ``open`` takes what stands after ``KIND:`` on the command line and gives one or more `Channel`.
To add one, add a file::

    KIND = ChannelKind("pager", "pager:NUMBER", opened)

A channel answers a failure with `NotDelivered` and a reason that holds no secret; anything else is a defect and looks like one.
"""

from __future__ import annotations

import importlib
import pkgutil
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from mailwitness.errors import UsageError
from mailwitness.watch.alert import Alert


class NotDelivered(Exception):
    """The alerts of this batch did not get there, or it is not known that they did. The reason is shown and holds no secret."""


class Channel(Protocol):
    """One receiver. ``name`` is shown and kept, and holds no secret; ``batch`` is how many alerts are sent, and noted as sent, together."""

    @property
    def name(self) -> str: ...

    @property
    def batch(self) -> int: ...

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Send them, in this order. NotDelivered when it cannot be known that the receiver has all of them."""


@dataclass(frozen=True, slots=True)
class Means:
    """What several channels need beside their address. ``ca_file``: the authorities to trust, None for those of the system."""

    ca_file: Path | None = None
    webhook_secret: str | None = None

    def tls(self) -> ssl.SSLContext:
        """A context that checks the receiver's certificate and name."""
        try:
            return ssl.create_default_context(cafile=None if self.ca_file is None else str(self.ca_file))
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"{self.ca_file}: no certificates can be read from it ({error.strerror or error}). A PEM file is expected."
            ) from None


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """``name`` is the word before the colon, ``form`` what is written on the command line."""

    name: str
    form: str
    open: Callable[[str, Means], Sequence[Channel]]


@cache
def kinds() -> Mapping[str, ChannelKind]:
    """All kinds of channel by name."""
    found: dict[str, ChannelKind] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if not module.name.startswith("_"):
            kind = importlib.import_module(f"{__name__}.{module.name}").KIND
            if kind.name != module.name:
                raise ValueError(f"watch/channels/{module.name}.py: its kind calls itself {kind.name!r}")
            found[kind.name] = kind
    return found


def opened(texts: Sequence[str], means: Means) -> list[Channel]:
    """The channels that are named, each ``KIND:WHERE``. UsageError for a kind nobody knows, or one receiver named twice."""
    channels: list[Channel] = []
    for text in texts:
        kind, colon, where = text.partition(":")
        if kind not in kinds() or not colon or not where:
            # What stands after the colon may be a secret in the wrong place, so it is not repeated.
            forms = ", ".join(known.form for known in kinds().values())
            raise UsageError(f"a channel of kind {kind!r} is not known, or names no receiver; write one of: {forms}")
        channels += kinds()[kind].open(where, means)
    names = [channel.name for channel in channels]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"named twice, so that every alert would come twice: {', '.join(twice)}")
    return channels


def reason_of(error: BaseException) -> str:
    """What a failed connection says of itself, in words that hold no address and no secret."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {seen.verify_message}"
        if isinstance(seen, ssl.SSLError):
            return f"TLS failed: {seen.reason or 'no reason given'}"
        if isinstance(seen, TimeoutError):
            return "no answer in time"
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    return type(error).__name__
