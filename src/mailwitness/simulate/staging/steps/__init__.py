"""The kinds of step, one module each: what its file is called is what a scenario writes after ``do``.

A module holds one frozen dataclass whose fields are the step's keys (`reading`), whose docstring says what happens, and whose method
``play(stage, at)`` adds the acts. Modules are discovered, so a new kind is a new file.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType


@cache
def kinds() -> Mapping[str, type[object]]:
    """Kind of step → its dataclass, by name."""
    found: dict[str, type[object]] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = import_module(f"{__name__}.{info.name}")
        found[info.name] = module.STEP
    return MappingProxyType(found)
