"""Cells and rows of CSV (RFC 4180), joined by hand: a writer of millions of rows has no use for a dialect.

A text is data here, whatever it holds: quotes are doubled, line breaks and delimiters stay inside quotes, nothing is stripped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_needs_quotes = re.compile('[",\r\n]').search


def cell(text: str) -> str:
    """The text, quoted where it must be."""
    if _needs_quotes(text) is None:
        return text
    return '"' + text.replace('"', '""') + '"'


def row(cells: Iterable[str], end: str = "\r\n") -> bytes:
    """A row with as few quotes as it can have."""
    return (",".join(map(cell, cells)) + end).encode("utf-8", "surrogatepass")


def quoted(text: str) -> str:
    """The text in quotes."""
    return '"' + text.replace('"', '""') + '"'


def shell_row(cells: Iterable[object]) -> bytes:
    """A row as PowerShell's Export-Csv writes it: every value in quotes, null as nothing, booleans as True and False."""
    made = ["" if value is None else quoted(value if isinstance(value, str) else str(value)) for value in cells]
    return (",".join(made) + "\r\n").encode("utf-8", "surrogatepass")
