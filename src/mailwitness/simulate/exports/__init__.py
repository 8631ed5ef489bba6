"""Writers of the vendor's and the collectors' export formats: one module per format, found in this folder.

Modules that export ``FORMAT`` are formats; those that begin with ``_`` are shared by several. A writer takes the vendor's records as
the service made them and re-wraps them, nothing else; it streams, and the same input gives the same bytes. It knows nothing of the readers.
Beside the files of each format lies the statement of who collected them (`_statement`).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._statement import Statement
from mailwitness.simulate.exports.format import Format, Written
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.options import Options

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

__all__ = ["DEFAULT_FORMATS", "Format", "Written", "formats"]

DEFAULT_FORMATS = ("mes", "settings")
"""What is written when nobody says: what a responder with PowerShell would bring."""
_NO_FORMATS = frozenset({"format", "selection"})


@cache
def formats() -> Mapping[str, Format]:
    """All formats by id. Their ``write`` is given what the format cannot keep, or what got lost, and leaves it out."""
    found: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if module.name.startswith("_") or module.name in _NO_FORMATS:
            continue
        made: Format = importlib.import_module(f"{__name__}.{module.name}").FORMAT
        if made.id != module.name:
            raise ValueError(
                f"simulate/exports/{module.name}.py: its format calls itself {made.id!r}; file and id are one name"
            )
        found[made.id] = replace(made, write=partial(_write, made))
    return found


def _write(
    made: Format, out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Logged], options: Options
) -> Written:
    """Write one format, and beside it what its collector states of it. All files get the moment of the export as their time."""
    out.mkdir(parents=True, exist_ok=True)
    statement = Statement(made, tenant, options)
    written = made.write(out, tenant, timeline, statement.watched(logs), options)
    files = tuple(sorted((*written.files, *statement.write(out, written.dropped))))
    for name in files:
        os.utime(out / name, ns=(tenant.collected_at * 1_000_000, tenant.collected_at * 1_000_000))
    return replace(written, files=files)
