"""Entra admin centre, authentication steps of sign-ins (the ``…_AuthDetails.csv`` beside a sign-in download).

One row per step; the sign-in it belongs to is named by ``Request ID``. Kept as other records of kind
``signin_authentication_step``, with the sign-in's id inside.

Clock: the step's own date column, taken as UTC when its header says so.
Limits: the header is not described by the vendor and no real sample under an open licence is known: any CSV with a request id
    and an authentication method but no address is taken for it.
Sources:
    - https://learn.microsoft.com/en-us/entra/identity/monitoring-health/howto-download-logs
    - https://learn.microsoft.com/en-us/graph/api/resources/authenticationdetail?view=graph-rest-beta
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._entra_shape import instant


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def sniff(head: Head) -> bool:
    """True if the header names a request and an authentication method, and no address."""
    columns = {_bare(name) for name in head.header}
    return "requestid" in columns and "authenticationmethod" in columns and "ipaddress" not in columns


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row: Mapping[str, Any] = frame.value
    cells = {_bare(name): value for name, value in row.items() if value}
    date = next(
        (name for name in row if _bare(name).startswith(("date", "authenticationstepdate")) and row[name]), None
    )
    time = None
    if date is not None:
        time = instant(row[date], "Local" if "local" in date.lower() else "UTC", place.options)
    payload = {
        "time": time,
        "id": None,  # a step has none of its own; the request's id is in the detail
        "kind": "signin_authentication_step",
        "actor": cells.get("username") or cells.get("user") or cells.get("userid"),
        "detail": dict(row),
    }
    return RawRecord("other_record", payload, frame.offset, frame.length)


READER = Reader("entra_signins_authdetails_csv", frozenset({"csv"}), sniff, unwrap)
