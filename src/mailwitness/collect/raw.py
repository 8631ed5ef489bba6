"""Where bodies go: one file for all bodies of a unit, named by its window and its content, on the disk before anyone says so.

A file grows under ``partial/`` and is renamed once it is whole and has reached the disk, so that whatever lies under ``raw/`` is whole. Files are
named by their own SHA-256: the same bytes fetched again are the same file, and no file is ever written over.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from mailwitness.collect.feed import Body, Unit
from mailwitness.collect.ledger import Stored, text_of

PARTIAL = "partial"


def clear_partial(folder: Path) -> None:
    """Remove what a killed run left half-written."""
    shutil.rmtree(folder / PARTIAL, ignore_errors=True)
    (folder / PARTIAL).mkdir(parents=True, exist_ok=True)


def stamp(moment: datetime) -> str:
    """A moment in a file's name."""
    return moment.strftime("%Y%m%dT%H%M%S") + (f".{moment.microsecond:06d}" if moment.microsecond else "") + "Z"


class _Growing:
    """One file while bodies are added to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stream: BinaryIO = path.open("wb")
        self.whole = hashlib.sha256()
        self.size = 0
        self.bodies: list[tuple[Body, int, int, str]] = []

    def add(self, body: Body) -> None:
        content = body.content
        about = replace(body, content=b"")  # the bytes are in the file now, not in memory
        self.bodies.append((about, self.size, len(content), hashlib.sha256(content).hexdigest()))
        for part in (content, b"\n"):
            self.stream.write(part)
            self.whole.update(part)
            self.size += len(part)


class UnitFiles:
    """The files of one unit while it is fetched. `keep` puts them in their places, `drop` forgets them."""

    def __init__(self, folder: Path, unit: Unit) -> None:
        self._folder = folder
        self._unit = unit
        self._growing: dict[str, _Growing] = {}

    def add(self, body: Body) -> None:
        part = body.part or ""
        if part not in self._growing:
            name = f"{self._unit.id}-{len(self._growing)}.part"
            self._growing[part] = _Growing(self._folder / PARTIAL / name)
        self._growing[part].add(body)

    @property
    def size(self) -> int:
        return sum(one.size for one in self._growing.values())

    def drop(self) -> None:
        for one in self._growing.values():
            one.stream.close()
            one.path.unlink(missing_ok=True)
        self._growing.clear()

    def keep(self) -> tuple[list[Stored], list[dict[str, Any]]]:
        """Put every file in its place and return what the ledger must say of it. When this returns, the bytes are on the disk."""
        stored: list[Stored] = []
        entries: list[dict[str, Any]] = []
        for part, one in self._growing.items():
            one.stream.flush()
            os.fsync(one.stream.fileno())
            one.stream.close()
            sha256 = one.whole.hexdigest()
            target = self._target(part, sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(one.path, target)
            _sync_folder(target.parent)
            relative = target.relative_to(self._folder).as_posix()
            for body, offset, length, digest in one.bodies:
                stored.append(
                    Stored(
                        relative,
                        offset,
                        length,
                        digest,
                        body.records,
                        body.request,
                        body.server_date,
                        body.request_id,
                        body.key,
                        body.created,
                    )
                )
            first = one.bodies[0][0]
            entries.append(
                {
                    "path": relative,
                    "sha256": sha256,
                    "size_bytes": one.size,
                    "feed": self._unit.feed,
                    "scope": self._unit.scope or None,
                    "window_from": text_of(self._unit.window_from),
                    "window_to": text_of(self._unit.window_to),
                    "bodies": len(one.bodies),
                    "request": first.request,
                    "server_date": first.server_date,
                }
            )
        self._growing.clear()
        return stored, entries

    def _target(self, part: str, sha256: str) -> Path:
        unit = self._unit
        window = f"{stamp(unit.window_from)}-{stamp(unit.window_to)}"
        if part.startswith("settings/"):
            return self._folder / f"{part}-{sha256[:16]}.json"
        folder = f"{unit.feed}_{part}" if part else unit.feed
        return self._folder / "raw" / folder / f"{window}-{sha256[:16]}.json"


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut; where folders cannot be opened (Windows) the system does it in its own time."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
