"""What PowerShell 7's ConvertTo-Json writes: indented by two, a list of one as the object alone.

Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode


def converted(rows: Sequence[dict[str, Any] | msgspec.Raw]) -> bytes:
    """The text of all rows, with a line end."""
    value = rows[0] if len(rows) == 1 else rows
    return msgspec.json.format(_encode(value), indent=2) + b"\n"


class ShellArray:
    """A file with one array that grows by pieces; a single row is written when the file is closed, without an array around it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb")
        self._single: dict[str, Any] | None = None
        self._open = False

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        if self._single is not None:
            rows = [self._single, *rows]
            self._single = None
        if len(rows) == 1 and not self._open:
            self._single = rows[0]
            return
        self._file.write(b",\n" if self._open else b"[\n")
        body = msgspec.json.format(_encode(rows), indent=2)
        self._file.write(body[2:-2])  # without the array's own brackets and their line breaks
        self._open = True

    def close(self) -> None:
        if self._single is not None:
            self._file.write(converted([self._single]))
        elif self._open:
            self._file.write(b"\n]\n")
        self._file.close()
