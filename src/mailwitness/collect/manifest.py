"""The manifest: one line for every file of the folder, each bound by its hash to the line before.

Who holds the last line's hash can tell whether a file was changed, added or taken away. The lines are written in the ledger's own transactions and
copied to ``manifest.jsonl``; after a crash the copy is completed from the ledger.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailwitness.collect.ledger import Ledger

NAME = "manifest.jsonl"
_START = "0" * 64


def chained(n: int, previous: str | None, entry: Mapping[str, Any]) -> str:
    """The line for an entry after the line ``previous``."""
    before = _START if previous is None else hashlib.sha256(previous.encode()).hexdigest()
    return json.dumps({"collection_manifest": 1, "n": n, "previous": before, **entry}, ensure_ascii=True)


def write(ledger: Ledger, folder: Path) -> None:
    """Bring ``manifest.jsonl`` up to the ledger. A last line that a crash cut off is written again."""
    path = folder / NAME
    lines = [line.encode() + b"\n" for line in ledger.manifest_lines()]
    if not lines:
        return
    held = path.read_bytes() if path.exists() else b""
    whole = b"".join(lines)
    if held == whole:
        return
    if held and whole.startswith(held):
        with path.open("ab") as stream:
            stream.write(whole[len(held) :])
            stream.flush()
            os.fsync(stream.fileno())
        return
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as stream:
        stream.write(whole)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def broken_links(folder: Path) -> list[str]:
    """What is wrong with a folder's manifest: lines that do not follow on one another, files that are gone or changed."""
    problems, before = [], _START
    for number, line in enumerate((folder / NAME).read_text().splitlines(), start=1):
        entry = json.loads(line)
        if entry["previous"] != before:
            problems.append(f"{NAME} line {number}: does not follow on the line before it")
        before = hashlib.sha256(line.encode()).hexdigest()
        file = folder / entry["path"]
        if not file.is_file():
            problems.append(f"{entry['path']}: named in line {number}, and not there")
        elif _hash_of(file) != entry["sha256"]:
            problems.append(f"{entry['path']}: its bytes are not those of line {number}")
    return problems


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
