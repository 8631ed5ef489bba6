"""What an export format is, and what writing one leaves behind. Declarations only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mailwitness.simulate.logged import Key, LogStream, Recorded, Spooled

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline


@dataclass(frozen=True, slots=True)
class Written:
    """``files``: paths below the format's folder, with ``/``, sorted. ``dropped``: records that a cap or a cut left out of all of them.
    ``said``: what a run log says of each log, for whoever closes the format."""

    files: tuple[str, ...]
    dropped: frozenset[Key] = frozenset()
    said: tuple[tuple[LogStream, bytes], ...] = ()

    def joined(self, other: Written) -> Written:
        """What both left behind."""
        files = tuple(sorted({*self.files, *other.files}))
        return Written(files, self.dropped | other.dropped, (*self.said, *other.said))


Streams: TypeAlias = frozenset[LogStream]
Write: TypeAlias = "Callable[[Path, Tenant, Timeline, Iterable[Spooled], Streams], Written]"
"""Writes the files of some logs into a format's folder, from their records sorted by (at, id): of all its logs, or of one part of them."""
Close: TypeAlias = "Callable[[Path, Tenant, Timeline, Written], tuple[str, ...]]"
"""Writes what is written once, when all logs are: a run log, settings. It is given what they left behind, and names its own files."""
Keeps: TypeAlias = "Callable[[Tenant, Recorded], bool]"
"""Whether a format can hold a record at all: its log goes back far enough, it knows that kind of record."""


def everything(tenant: Tenant, one: Recorded) -> bool:
    return True


def no_logs(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    """A format without logs has only what is written at the end."""
    return Written(())


def nothing_more(out: Path, tenant: Tenant, timeline: Timeline, written: Written) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Format:
    """One export format. ``streams``: the logs that it carries; none for settings, which are written from the timeline.
    ``together``: those of them that lie in the same files; every other one has files of its own, so that another process can write them.

    ``keeps``: which records of its streams it can hold. ``part_of``: streams of which it holds only some records by its nature.
    ``counts_lost``: its files state how much there was (a result count, a run log), so its writer is also given the records that were
    lost between the service and the file (``Spooled.lost``), and leaves them out itself.
    """

    id: str
    title: str
    streams: Streams
    write: Write = no_logs
    keeps: Keeps = everything
    close: Close = nothing_more
    together: Streams = frozenset()
    part_of: Streams = frozenset()
    counts_lost: bool = False

    def parts(self) -> tuple[Streams, ...]:
        """Its logs, parted by files."""
        alone = tuple(frozenset({stream}) for stream in sorted(self.streams - self.together))
        return (self.together, *alone) if self.together else alone


SIGN_INS: tuple[LogStream, ...] = ("interactive", "noninteractive", "service_principal", "managed_identity")
EVENT_TYPES = {
    "interactive": "interactiveUser",
    "noninteractive": "nonInteractiveUser",
    "service_principal": "servicePrincipal",
    "managed_identity": "managedIdentity",
}
"""Stream → Graph's ``signInEventTypes`` (https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta)."""
