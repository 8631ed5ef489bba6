"""Companion tables that no table of ours holds: permissions, consents, MFA, risk, devices, users, roles, transport rules, alerts.

One row per line, kept whole as another record; its kind is told by its columns (see `_companion_shapes`). Users also tie
their UPN, object id and addresses together.

Clock: the first of the table's own time columns that can be read; null where there is none.
Limits: shown, not judged. No real sample was at hand; the headers are those of the tools' sources.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/*)
    - https://github.com/T0pCyber/hawk
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import utc_time
from mailwitness.sources._companion_shapes import OTHER_KINDS, column_kind, kind_of, value_of
from mailwitness.sources._exo_shape import settings_record

_TIME = ("detecteddatetime", "risklastupdateddatetime", "whenchanged", "createddatetime", "timestamp", "createdtime")
_ACTOR = ("userprincipalname", "user", "trustee", "mailbox", "identity", "displayname")


def sniff(head: Head) -> bool:
    """True for the header of a known companion."""
    return column_kind(head) in OTHER_KINDS


def companion_record(row: Mapping[str, Any], frame: Frame, place: Place) -> RawRecord:
    """The raw record of one companion row or object, as it is; without its id, because a snapshot of it may change."""
    kind = kind_of(frozenset(row)) or "companion"
    if kind == "user":
        return settings_record(_named(row), frame.offset, frame.length, place, "Get-MgUser")
    actor = value_of(row, _ACTOR)
    payload = {
        "kind": kind,
        "time": utc_time(value_of(row, _TIME), place.options),
        "actor": actor if isinstance(actor, str) else None,
        "detail": row,
    }
    return RawRecord("other_record", payload, frame.offset, frame.length)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A directory user with its names under those that a mailbox has, so that they are tied together."""
    return {
        **row,
        "ExternalDirectoryObjectId": value_of(row, ("id", "objectid")),
        "PrimarySmtpAddress": value_of(row, ("mail",)),
        "EmailAddresses": value_of(row, ("proxyaddresses",)),
        "Alias": value_of(row, ("mailnickname",)),
    }


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return companion_record(frame.value, frame, place)


READER = Reader("companion_csv", frozenset({"csv"}), sniff, unwrap)
