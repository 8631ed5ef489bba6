"""What the stand-in has to serve: a tenant's records and objects, read once from what the simulator wrote as format ``tenant``.

Records are kept as the bytes of their JSON, in the order of their own time. ``available`` is the moment from which the service shows them.

Faults F12 (twice), F19 (late) and F23 (changed shape) are put into the records when they are read, so that every service shows the same.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import msgspec

from mailwitness.errors import UsageError
from mailwitness.standin.faults import Faults
from mailwitness.standin.moments import DAY, HOUR, iso

STREAMS: Mapping[str, str] = {
    "interactive": "signins_interactive",
    "noninteractive": "signins_non_interactive",
    "service_principal": "signins_service_principal",
    "managed_identity": "signins_managed_identity",
    "directory": "directory_audits",
    "unified": "unified_audit_log",
    "message_trace": "message_trace",
    "risk": "risk_detections",
}
"""The simulator's stream (and our ``risk``) → the feed as tables and collection windows call it."""

_LATE_MEDIAN_MS = HOUR
_LATE_SIGMA = math.log(24) / NormalDist().inv_cdf(0.99)  # 1 in 100 is later than 24 times the median
_LATE_WORST_MS = 5 * DAY
_RISKY_SHARE = 1 / 8


class Record(msgspec.Struct, gc=False):
    """One record. ``at``: its own time. ``available``: when it can first be asked for. ``body``: its JSON.

    ``content_type``: where the Management API shows it, if not where it belongs (F12).
    """

    at: int
    available: int
    id: str
    body: bytes
    content_type: str | None = None


class _Line(msgspec.Struct, gc=False):
    at: int
    available: int
    id: str
    record: msgspec.Raw


class _About(msgspec.Struct):
    tenant_id: str
    domain: str
    name: str
    start_at: int
    end_at: int
    collected_at: int


class _Snapshot(msgspec.Struct):
    at: int
    objects: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Feed:
    """The records of one stream in the order of (at, id, available)."""

    records: tuple[Record, ...]
    times: tuple[int, ...]

    def between(self, since: int, until: int, now: int) -> list[Record]:
        """Records with ``since <= at < until`` that are available by ``now``, the oldest first; of one id the first."""
        found: list[Record] = []
        last: str | None = None
        for record in self.records[bisect_left(self.times, since) : bisect_left(self.times, until)]:
            if record.available <= now and record.id != last:
                found.append(record)
                last = record.id
        return found

    def all_between(self, since: int, until: int, now: int) -> list[Record]:
        """The same with what is there twice."""
        rows = self.records[bisect_left(self.times, since) : bisect_left(self.times, until)]
        return [record for record in rows if record.available <= now]


class Holdings:
    """A whole tenant. ``feeds``: stream → its records."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        root = _root(folder)
        about = msgspec.json.decode((root / "tenant.json").read_bytes(), type=_About)
        self.tenant_id, self.domain, self.name = about.tenant_id, about.domain, about.name
        self.start_at, self.end_at, self.collected_at = about.start_at, about.end_at, about.collected_at
        feeds = {stream: _feed(_lines(root / stream), stream, faults) for stream in STREAMS if stream != "risk"}
        feeds["risk"] = _feed(_risks(_lines(root / "interactive"), faults), "risk", faults)
        self.feeds: Mapping[str, Feed] = feeds
        self._snapshots = sorted(
            (msgspec.json.decode(path.read_bytes(), type=_Snapshot) for path in (root / "objects").glob("*.json")),
            key=lambda snapshot: snapshot.at,
        )

    def objects(self, name: str, at: int) -> list[dict[str, Any]]:
        """What a command or collection shows at that moment; the first snapshot counts for all time before it."""
        latest = self._snapshots[0]
        for snapshot in self._snapshots:
            if snapshot.at <= at:
                latest = snapshot
        return latest.objects[name]


def _root(folder: Path) -> Path:
    for place in (folder, folder / "tenant", folder / "exports" / "tenant"):
        if (place / "tenant.json").is_file() and (place / "objects").is_dir():
            return place
    raise UsageError(
        f"{folder} holds no tenant to serve (no tenant.json in it or in its exports/tenant). "
        f"Write one: mailwitness simulate {folder} --formats tenant"
    )


def _feed(lines: Iterable[_Line], stream: str, faults: Faults) -> Feed:
    records = [record for line in lines for record in _records(stream, line, faults)]
    records.sort(key=lambda record: (record.at, record.id, record.available))
    return Feed(tuple(records), tuple(record.at for record in records))


def _lines(folder: Path) -> Iterator[_Line]:
    decode = msgspec.json.Decoder(_Line).decode
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield decode(line)
                except msgspec.MsgspecError as error:
                    raise UsageError(f"{path}, line {number}: {error}. Simulate the tenant again.") from error


def _risks(lines: Iterable[_Line], faults: Faults) -> Iterator[_Line]:
    """Risk detections, one for an eighth of the interactive sign-ins. The simulator knows no risk: these are invented here."""
    for line in lines:
        if faults.chance.share("risk", line.id) >= _RISKY_SHARE:
            continue
        signin = msgspec.json.decode(line.record)
        id_ = faults.chance.bits("risk detection", line.id).hex() * 2
        found = {
            "id": id_,
            "requestId": line.id,
            "correlationId": signin.get("correlationId"),
            "riskType": "unfamiliarFeatures",
            "riskEventType": "unfamiliarFeatures",
            "riskState": "atRisk",
            "riskLevel": "low",
            "riskDetail": "none",
            "source": "IdentityProtection",
            "detectionTimingType": "realtime",
            "activity": "signin",
            "tokenIssuerType": "AzureAD",
            "ipAddress": signin.get("ipAddress"),
            "location": signin.get("location"),
            "activityDateTime": iso(line.at),
            "detectedDateTime": iso(line.at),
            "lastUpdatedDateTime": iso(line.available),
            "userId": signin.get("userId"),
            "userDisplayName": signin.get("userDisplayName"),
            "userPrincipalName": signin.get("userPrincipalName"),
            "additionalInfo": "[]",
        }
        yield _Line(line.at, line.available, id_, msgspec.Raw(msgspec.json.encode(found)))


def _records(stream: str, line: _Line, faults: Faults) -> Iterator[Record]:
    """The record of a line as the services show it, and again where F12 repeats it."""
    body = bytes(line.record)
    available = line.available
    if faults.marks("F19", stream, line.id):
        available = max(available, line.at + _lateness(faults.chance.share("lateness", stream, line.id)))
    if faults.marks("F23", stream, line.id):
        body = _changed(body, faults.chance.share("shape", stream, line.id))
    yield Record(line.at, available, line.id, body)
    if stream == "unified" and faults.marks("F12", stream, line.id):
        kind = faults.chance.share("repetition", stream, line.id)
        again = available + int(faults.chance.share("again", stream, line.id) * HOUR) + 1
        if kind < 0.4:
            yield Record(line.at, again, line.id, body)
        elif kind < 0.7:
            yield Record(line.at, again, line.id, body[:-1] + b',"RepeatedDelivery":true}')
        else:
            yield Record(line.at, again, line.id, body, "Audit.General")


def _lateness(draw: float) -> int:
    normal = NormalDist().inv_cdf(min(max(draw, 1e-9), 1 - 1e-9))
    return min(int(_LATE_MEDIAN_MS * math.exp(_LATE_SIGMA * normal)), _LATE_WORST_MS)


def _changed(body: bytes, draw: float) -> bytes:
    """The record with a field that nobody knows, a null in place of an object, or without its id."""
    record = msgspec.json.decode(body)
    if draw < 1 / 3:
        record["newVendorField"] = {"nested": [1, None, "\u202e"]}
    elif draw < 2 / 3:
        held = [key for key, value in record.items() if isinstance(value, (dict, list))]
        if held:
            record[held[int(draw * 997) % len(held)]] = None
        else:
            record["newVendorField"] = None
    else:
        for key in ("id", "Id", "MessageTraceId"):
            record.pop(key, None)
    return msgspec.json.encode(record)
