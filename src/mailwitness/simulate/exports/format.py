"""What an export format is, and what writing one leaves behind. Declarations only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mailwitness.simulate.logged import Logged, LogStream
from mailwitness.simulate.options import Options

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline


@dataclass(frozen=True, slots=True)
class Written:
    """``files``: paths below the format's folder, with ``/``, sorted. ``dropped``: ids that a cap of the format left out of all of them."""

    files: tuple[str, ...]
    dropped: frozenset[str] = frozenset()


Write: TypeAlias = "Callable[[Path, Tenant, Timeline, Iterable[Logged], Options], Written]"
"""Writes one format's files into a folder, from records sorted by (at, id)."""
Keeps: TypeAlias = "Callable[[Tenant, Logged], bool]"
"""Whether a format can hold a record at all: its log goes back far enough, it knows that kind of record."""


def everything(tenant: Tenant, one: Logged) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Format:
    """One export format. ``streams``: the logs that it carries; none for settings, which are written from the timeline.

    ``keeps``: which records of its streams it can hold. ``part_of``: streams of which it holds only some records by its nature.
    ``counts_lost``: its files state how much there was (a result count, a run log), so its writer is also given the records that were
    lost between the service and the file (``Logged.lost``), and leaves them out itself.
    """

    id: str
    title: str
    streams: frozenset[LogStream]
    write: Write
    keeps: Keeps = everything
    part_of: frozenset[LogStream] = frozenset()
    counts_lost: bool = False


SIGN_INS: tuple[LogStream, ...] = ("interactive", "noninteractive", "service_principal", "managed_identity")
EVENT_TYPES = {
    "interactive": "interactiveUser",
    "noninteractive": "nonInteractiveUser",
    "service_principal": "servicePrincipal",
    "managed_identity": "managedIdentity",
}
"""Stream → Graph's ``signInEventTypes`` (https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta)."""
