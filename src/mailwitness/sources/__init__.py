"""Readers: one module per export format, found in this folder. Modules that begin with ``_`` are shared by readers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from mailwitness.model.evidence import Reader


@cache
def readers() -> Mapping[str, Reader]:
    """All readers by id, in the order of their ids; order never decides anything."""
    found: dict[str, Reader] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if module.name.startswith("_") or module.ispkg:
            continue
        reader = importlib.import_module(f"{__name__}.{module.name}").READER
        if reader.id != module.name:
            raise ValueError(
                f"sources/{module.name}.py: its reader calls itself {reader.id!r}; file and id are one name"
            )
        found[reader.id] = reader
    return found
