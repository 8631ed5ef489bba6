"""Row ids made from content, for records to which the vendor gave no id.

The same content read twice gives the same id, whatever evidence it came from; parts are length-prefixed by JSON, so two
different lists of parts never collide.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any


def content_id(table_name: str, *parts: Any) -> str:
    """``<table>:<32 hex digits>`` of the parts' canonical JSON."""
    digest = hashlib.blake2b(canonical_json(parts).encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{table_name}:{digest.hexdigest()}"


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks; times as ISO 8601, anything else by its text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
