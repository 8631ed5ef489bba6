"""What can still be read of a record whose text is broken: cut off, or not JSON.

A name counts only with a whole value behind it: half an id is worse than none. Of several values for one name the
outermost wins, then the first, because folders and items carry an ``Id`` of their own inside a record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

READ_AT_MOST = 1 << 20
"""Characters looked at. Vendors write the identifying names first; a hostile text must not cost more than this."""

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "identity", "recordid", "officeid", "request id"),
    "time": ("creationtime", "createddatetime", "activitydatetime", "creationdate", "timegenerated", "time"),
    "operation": ("operation", "operations", "activitydisplayname", "operationname"),
    "user_id": ("userprincipalname", "userid", "userids"),
    "object_id": ("objectid", "officeobjectid"),
}
"""For each salvaged column the vendor names that may hold it, best first, lower case."""

_WANTED = frozenset(name for names in NAMES.values() for name in names)
# A string (with its closing quote, if there is one), or one sign of structure. Possessive: linear on any text.
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)("?)|([{}\[\]:,])', re.DOTALL)


def salvage(text: str | bytes) -> dict[str, str]:
    """The columns ``id``, ``time``, ``operation``, ``user_id``, ``object_id`` that a broken JSON text still yields.

    Keys are the fields of `Reject`; what could not be read is left out, so ``Reject(…, **salvage(text))`` is meant.
    A text quoted for CSV (every quote doubled) or for JSON (every quote with a backslash) is read as well.
    """
    if isinstance(text, bytes):
        text = text[: 2 * READ_AT_MOST].decode("utf-8", "replace")
    text = text[:READ_AT_MOST].replace("\0", "")
    found = _pairs(text)
    if '""' in text:
        found = found | _pairs(text.replace('""', '"').replace('"{"', '{"'))
    if '\\"' in text:
        found = _pairs(text.replace('\\"', '"').replace('"{"', '{"')) | found
    chosen = {}
    for column, names in NAMES.items():
        value = next((found[name] for name in names if name in found), None)
        if value is not None:
            chosen[column] = value
    return chosen


def salvage_row(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The same columns from the cells of a row that broke off: those that are there, under the header's names.

    The last cell may be half, so it does not count; nor does anything where a row has more cells than the header, because
    then no cell is surely under its own name.
    """
    if len(cells) > len(header):
        return {}
    by_name = {name.strip().lower(): cell for name, cell in zip(header, cells[:-1], strict=False) if cell}
    found = {column: [by_name[name] for name in names if name in by_name] for column, names in NAMES.items()}
    return {column: values[0] for column, values in found.items() if values}


def _pairs(text: str) -> dict[str, str]:
    """Wanted name (lower case) → its outermost, first, whole and non-empty text value."""
    best: dict[str, tuple[int, str]] = {}
    depth, key, waiting = 0, None, False
    for token in _TOKEN.finditer(text):
        sign = token.group(3)
        if sign is None:
            if not token.group(2):
                break
            value = token.group(1)
            if waiting and key is not None:
                name = key.lower()
                if name in _WANTED and value and (name not in best or depth < best[name][0]):
                    best[name] = (depth, _unescaped(value))
                key, waiting = None, False
            else:
                key, waiting = value, False
        elif sign == ":":
            waiting = key is not None
        else:
            depth += (sign in "{[") - (sign in "}]")
            key, waiting = None, False
    return {name: value for name, (_, value) in best.items()}


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value
