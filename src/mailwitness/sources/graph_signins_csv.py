"""Entra sign-ins as flat CSV in Graph's names: ``Export-Csv`` of Graph SDK objects (Hawk, own scripts), older portal downloads.

One row per sign-in. Nested values are what ``Export-Csv`` made of them: JSON where the script converted them, the name of
a .NET type where it did not, and then they are unknown.

Clock: ``CreatedDateTime``; ISO and UTC, or in the culture of the machine that wrote it, taken as UTC because Graph's
    objects hold UTC. It is left out where day and month cannot be told apart.
Limits: detail is lost (status, location, device, policies) unless the script expanded it. No real sample under an open licence is
    known: fixtures follow the sources.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/signin
    - https://github.com/T0pCyber/hawk   (Out-MultipleFileType, Entra_Sign_In_Log)
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._entra_reading import all_are
from mailwitness.sources._entra_shape import canonical, instant, stream_of_name

_TYPE_NAME = re.compile(r"^(?:Microsoft\.|System\.)[\w.]+(?:\[\])?$")
_FLAT = {
    "city": ("location", "city"),
    "state": ("location", "state"),
    "country": ("location", "countryOrRegion"),
    "countryorregion": ("location", "countryOrRegion"),
    "errorcode": ("status", "errorCode"),
    "failurereason": ("status", "failureReason"),
    "deviceid": ("deviceDetail", "deviceId"),
    "browser": ("deviceDetail", "browser"),
    "os": ("deviceDetail", "operatingSystem"),
    "operatingsystem": ("deviceDetail", "operatingSystem"),
}


def sniff(head: Head) -> bool:
    """True if the columns are a sign-in's in Graph's names."""
    return all_are(head, "signin", "graph")


def unwrap(frame: Frame, place: Place) -> RawRecord:
    """The sign-in of one row; expanded columns are nested again."""
    whole: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for name, value in frame.value.items():
        if not value or _TYPE_NAME.match(value):
            continue
        path = _FLAT.get(name.strip().lower().rpartition(".")[2])
        if path is not None:
            nested.setdefault(path[0], {})[path[1]] = value
        else:
            whole[name.strip()] = _decoded(value)
    payload = canonical(whole)
    status = payload.get("status")
    if isinstance(status, str):
        payload["status"] = {"errorCode": 0} if status.strip().lower() == "success" else {}
    for name, members in nested.items():
        inside = payload.get(name)
        payload[name] = {**members, **inside} if isinstance(inside, dict) else members
    if "createdDateTime" in payload:
        payload["createdDateTime"] = instant(payload["createdDateTime"], None, place.options)
    return RawRecord("signin", payload, frame.offset, frame.length, {"stream": stream_of_name(place.name)})


def _decoded(text: str) -> Any:
    """A cell's JSON object or list; any other text as it is."""
    if text[0] not in "{[":
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


READER = Reader("graph_signins_csv", frozenset({"csv"}), sniff, unwrap, rank=2)
