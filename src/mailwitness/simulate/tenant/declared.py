"""Reads the data files of this folder: names, shares and ids that are declared, each with its source or as an assumption."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def declared(name: str) -> Any:
    """The content of ``<name>.yaml``. It is shared: read it, never change it."""
    return yaml.safe_load(files("mailwitness.simulate.tenant").joinpath(f"{name}.yaml").read_text("utf-8"))
