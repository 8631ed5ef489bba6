"""The account as one JSON object, with ``schema_version``.

Keys keep their order, times are ISO 8601 with Z, unknown is null. The text of logs is exact, except that a cell beyond 4,000
characters is cut with its true length named.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from mailwitness.report.account import Account


def write(account: Account, connection: duckdb.DuckDBPyConnection, out: Path) -> Path:
    """Write the account to ``out`` and return it. ``connection`` is not asked again."""
    out.write_text(dumps(account), encoding="utf-8", newline="\n")
    return out


def dumps(account: Account) -> str:
    """The account as JSON text. ASCII only: control and bidirectional characters are escapes, harmless in any viewer."""
    return json.dumps(account.to_dict(), ensure_ascii=True, indent=1) + "\n"
