"""The chain of custody: one line per act, each carrying the hash of the line before it.

A changed, removed or inserted line breaks the chain at that place. The chain proves order and content among its own lines; it is no
proof against someone who writes the whole file anew, which is why its last hash is shown in every report.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_START = "0" * 64
_BLOCK = 64 << 10


class Custody:
    """The acts of one case, oldest first."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        return [line for line in self.path.read_bytes().split(b"\n") if line]

    def acts(self) -> list[dict[str, Any]]:
        """All whole acts; a last line that a killed writer left unfinished is none."""
        found = []
        for line in self._lines():
            act = _act(line)
            if act is not None:  # else `broken` names it
                found.append(act)
        return found

    def last_hash(self) -> str:
        """The hash of the last line: with it, anyone can tell whether the chain was changed later."""
        last, position = b"", self.path.stat().st_size if self.path.exists() else 0
        if position == 0:
            return _START
        with self.path.open("rb") as stream:  # from the end: a case with thousands of acts asks for it at each
            while position > 0 and b"\n" not in last.strip(b"\n"):
                step = min(_BLOCK, position)
                position -= step
                stream.seek(position)
                last = stream.read(step) + last
        line = last.strip(b"\n").rpartition(b"\n")[2]
        return hashlib.sha256(line).hexdigest() if line else _START

    def add(self, act: str, details: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        line = json.dumps(
            {"at": at, "act": act, "details": dict(details), "previous": self.last_hash()}, sort_keys=True
        )
        with self.path.open("ab") as out:
            out.write(line.encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())

    def repair(self) -> None:
        """Drop an unfinished last line, which a kill in the middle of writing leaves."""
        if not self.path.exists():
            return
        data = self.path.read_bytes()
        if data and not data.endswith(b"\n"):
            with self.path.open("r+b") as stream:
                stream.truncate(data.rfind(b"\n") + 1)

    def broken(self) -> list[str]:
        """What is wrong with the chain: the line numbers that do not follow from the line before; empty when whole."""
        problems, previous = [], _START
        for number, line in enumerate(self._lines(), start=1):
            act = _act(line)
            if act is None:
                problems.append(f"custody.jsonl line {number}: no act")
                previous = hashlib.sha256(line).hexdigest()
                continue
            if act.get("previous") != previous:
                problems.append(
                    f"custody.jsonl line {number}: does not follow from line {number - 1}; a line was changed, added or removed"
                )
            previous = hashlib.sha256(line).hexdigest()
        return problems


def _act(line: bytes) -> dict[str, Any] | None:
    """A line as an act; None when it is none."""
    try:
        act = json.loads(line)
    except ValueError:
        return None
    return (
        act
        if isinstance(act, dict) and isinstance(act.get("act"), str) and isinstance(act.get("details"), dict)
        else None
    )
