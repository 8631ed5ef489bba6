"""The doctor command: what this installation is, has and can read."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from mailwitness import __version__
from mailwitness.cli.app import AsJson, app
from mailwitness.cli.output import print_json, screen

_LIBRARIES = ("duckdb", "pyarrow", "msgspec", "sqlglot", "typer", "rich", "jinja2", "xlsxwriter", "pyyaml", "filelock")
_EXTRAS = {
    "alerts": ("apprise", "httpx"),
    "azure": ("azure-identity",),
    "bench": ("orjson", "pandas", "psutil"),
    "collect": ("httpx", "msal", "cryptography", "keyring"),
    "dev": ("pytest", "hypothesis", "ruff", "mypy"),
    "docs": ("mkdocs",),
    "standin": ("starlette", "uvicorn", "trustme"),
    "tokens": ("cryptography",),
}


@app.command(short_help="What this installation has and can read.")
def doctor(as_json: AsJson = False) -> int:
    """Print versions, cores, free disk, extras, readers and record families."""
    found = examination()
    if as_json:
        print_json(found)
        return 0
    from mailwitness.cli.tables import print_grid

    lines: list[tuple[str, Any]] = [
        (name, value) for name, value in found.items() if not isinstance(value, dict | list)
    ]
    lines += [(f"library {name}", version) for name, version in found["libraries"].items()]
    lines += [(f"extra {name}", "installed" if there else "not installed") for name, there in found["extras"].items()]
    print_grid(screen(), ["what", "found"], lines)
    return 0


def examination() -> dict[str, Any]:
    """Everything doctor prints. A library or extra that is not there is null or false, never an error."""
    from mailwitness.records import families
    from mailwitness.sources import readers

    return {
        "mailwitness": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "engine": "duckdb",
        "cores": cores(),
        "free_disk_bytes": shutil.disk_usage(Path.cwd()).free,
        "free_temporary_bytes": shutil.disk_usage(tempfile.gettempdir()).free,
        "readers": len(readers()),
        "families": len(families()),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "extras": {extra: all(map(_version, names)) for extra, names in _EXTRAS.items()},
        "reader_ids": sorted(readers()),
        "family_ids": sorted(families()),
    }


def cores() -> int:
    """The cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
