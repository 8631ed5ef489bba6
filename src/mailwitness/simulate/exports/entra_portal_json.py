"""Entra admin centre, logs downloaded as JSON: an array of objects in Graph's names, the four sign-in streams and the audit log.

Limits: that the objects are Graph's own is not settled by a public sample (assumption).
Sources: see ``_portal``
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._portal import download
from mailwitness.simulate.exports.format import SIGN_INS, Format, Streams, Written
from mailwitness.simulate.exports.selection import kept_by_entra
from mailwitness.simulate.logged import Spooled

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    return download(out, tenant, logs, "json", lambda one: one.text, lambda _: b"[", between=b",\n", tail=b"]\n")


FORMAT = Format(
    "entra_portal_json",
    "Entra admin centre downloads (JSON)",
    frozenset({*SIGN_INS, "directory"}),
    write,
    kept_by_entra,
)
