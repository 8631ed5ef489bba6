"""The feeds: one module per endpoint, found in this folder by its ``FEED`` or ``FEEDS``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from mailwitness.collect.feed import Feed


@cache
def feeds() -> Mapping[str, Feed]:
    """All feeds by name. A module without a feed holds what feeds share."""
    found: dict[str, Feed] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for feed in (*getattr(loaded, "FEEDS", ()), *filter(None, (getattr(loaded, "FEED", None),))):
            if feed.name in found:
                raise ValueError(f"collect/feeds/{module.name}.py: a second feed calls itself {feed.name!r}")
            found[feed.name] = feed
    return found
