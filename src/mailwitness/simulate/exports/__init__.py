"""Writers of the vendor's and the collectors' export formats: one module per format, found in this folder.

Modules that export ``FORMAT`` are formats; those that begin with ``_`` are shared by several. A writer takes the vendor's records as
the service made them and re-wraps them, nothing else; it streams, and the same input gives the same bytes. It knows nothing of the readers.
A format is written in parts, a log or several at a time (`write_part`), then closed (`close_format`); who writes which part changes nothing.
Beside the files of each format lies the statement of who collected them (`_statement`).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._statement import Count, Counted, write_statement
from mailwitness.simulate.exports.format import Format, Streams, Written
from mailwitness.simulate.logged import Spooled

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

__all__ = ["DEFAULT_FORMATS", "Format", "Part", "Written", "close_format", "formats", "write_part"]

DEFAULT_FORMATS = ("mes", "settings")
"""What is written when nobody says: what a responder with PowerShell would bring."""
_NO_FORMATS = frozenset({"format", "selection"})


@cache
def formats() -> Mapping[str, Format]:
    """All formats by id."""
    found: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if module.name.startswith("_") or module.name in _NO_FORMATS:
            continue
        made: Format = importlib.import_module(f"{__name__}.{module.name}").FORMAT
        if made.id != module.name:
            raise ValueError(
                f"simulate/exports/{module.name}.py: its format calls itself {made.id!r}; file and id are one name"
            )
        found[made.id] = made
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """What writing some logs of a format left behind, and what its collector counted meanwhile."""

    written: Written
    counted: Counted


def write_part(
    made: Format, out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams
) -> Part:
    """Write some logs of a format. Its writer is given what it can keep, and what got lost only if it counts that."""
    out.mkdir(parents=True, exist_ok=True)
    count = Count(made, tenant)
    written = made.write(out, tenant, timeline, count.watched(logs), streams)
    return Part(written, count.counted)


def close_format(made: Format, out: Path, tenant: Tenant, timeline: Timeline, parts: Sequence[Part]) -> Written:
    """Write what is written once, and what the collector states. All files get the moment of the export as their time."""
    out.mkdir(parents=True, exist_ok=True)
    written = Written(())
    for part in parts:
        written = written.joined(part.written)
    closed = made.close(out, tenant, timeline, written)
    stated = write_statement(made, out, tenant, [part.counted for part in parts], written.dropped)
    whole = written.joined(Written((*closed, *stated)))
    for name in whole.files:
        os.utime(out / name, ns=(tenant.collected_at * 1_000_000, tenant.collected_at * 1_000_000))
    return whole
