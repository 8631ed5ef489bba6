"""Record families: one module per kind of vendor record, found in this folder by its ``FAMILY``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from mailwitness.model.evidence import Family


@cache
def families() -> Mapping[str, Family]:
    """All families by id. A module without a FAMILY holds what families share."""
    found: dict[str, Family] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        family = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FAMILY", None)
        if family is None:
            continue
        if family.id in found:
            raise ValueError(f"records/{module.name}.py: a second family calls itself {family.id!r}")
        found[family.id] = family
    return found
