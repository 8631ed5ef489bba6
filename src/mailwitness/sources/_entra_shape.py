"""Entra log objects in whatever names their exporter used, turned into the canonical payload of their family.

One sign-in, directory audit or Graph request comes as a Graph object (lowerCamel), a Graph SDK object (UpperCamel), inside the
wrapper of the diagnostic settings, or as columns of a Log Analytics table. What it is follows from the names of its keys, and
where it says so from its category or table. How an object is mapped is worked out once for each set of keys.

Clock: ``createdDateTime`` (sign-in) and ``activityDateTime`` (directory audit) are the event's own time, UTC. Log Analytics'
    ``TimeGenerated`` is ingestion for a sign-in and is kept as that; where a directory audit has no other, it stands for the
    time, and for a Graph request it is the time. The wrapper's ``time`` stands in where the properties have none.
    A date whose day and month cannot be told apart is settled by ISO dates in the same row, where there are some.
Limits: a column marked ``[Local Time]`` has no offset. Without the option ``time_zone`` such a time is left out, not guessed.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/resource-logs-schema   (wrapper; ``time``)
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/signinlogs
    - https://github.com/splunk/security_content   (wrapped records, data_sources/azure_active_directory_*.yml)
    - https://github.com/panther-labs/panther-analysis   (wrapped records with lower-case keys, rules/azure_signin_rules)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec

from mailwitness.model.evidence import RawRecord
from mailwitness.sources._entra_names import GRAPH, KINDS, STREAMS, TABLE_COLUMNS, graph_name
from mailwitness.sources._locale_dates import parse_locale_time, zone_named

FAMILIES = ("signin", "directory_audit", "graph_activity")

_ZONE = re.compile(r"^(.*?)\s*\[([^\]]*)\]$")
_ISO_DAY = re.compile(r"\b(20\d\d-[01]\d-[0-3]\d)T[0-2]\d:")
_COPY = re.compile(r"_(?:dynamic|string)$", re.IGNORECASE)
_TIME_NAMES = frozenset({"createdDateTime", "activityDateTime", "timeGenerated", "tokenIssuedAt", "time"})
_NO_OPTIONS: Mapping[str, str] = {}

_OTHER_LOGS = frozenset(
    """auditdata creationtime recordtype auditlogrecordtype officeid officeworkload raweventdata riskeventtype risktype
    accountupn actiontype provisioningaction""".split()
)
_TABLE_MARKS = frozenset(
    """timegenerated resulttype resultdescription resultsignature sourcesystem aadtenantid aadoperationtype
    conditionalaccesspolicies locationdetails resourceidentity""".split()
)
_SIGNIN_WHO = frozenset(
    "userprincipalname userid userdisplayname serviceprincipalid serviceprincipalname appid signinidentifier".split()
)
_SIGNIN_HOW = frozenset(
    """clientappused conditionalaccessstatus appdisplayname resourcedisplayname uniquetokenidentifier signineventtypes
    authenticationprotocol authenticationrequirement authenticationdetails isinteractive incomingtokentype
    appliedconditionalaccesspolicies conditionalaccesspolicies devicedetail ipaddress""".split()
)

Form = Literal["graph", "wrapper", "table"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the keys of an object say of it: its family if any, how it is written, and the canonical name of each key.

    ``names`` are (key as written, canonical name, zone of a time column) in the order written; ``as_is``: already canonical.
    """

    family: str | None
    form: Form
    names: tuple[tuple[str, str, str | None], ...]
    as_is: bool
    kind_keys: tuple[str, ...]
    properties: str | None


@lru_cache(maxsize=1024)
def shape_of(keys: tuple[str, ...]) -> Shape:
    """The shape of an object with these keys, or of a row with these columns."""
    bare, zones = [], []
    for key in keys:
        marked = _ZONE.match(key.strip())
        bare.append(_COPY.sub("", marked[1] if marked else key.strip()).lower())
        zones.append(marked[2] if marked else None)
    found = frozenset(bare)
    if {"category", "properties"} <= found and found & {"operationname", "time", "resulttype"}:
        form: Form = "wrapper"
    elif found & _TABLE_MARKS:
        form = "table"
    else:
        form = "graph"
    names = [_canonical(key, lower, form) for key, lower in zip(keys, bare, strict=True)]
    kinds = ("category",) if form == "wrapper" else ("type", "tablename", "category")
    return Shape(
        family=None if form == "wrapper" else _family(found),
        form=form,
        names=tuple(zip(keys, names, zones, strict=True)),
        as_is=form == "graph" and "additionalProperties" not in names and tuple(names) == keys,
        kind_keys=tuple(keys[bare.index(kind)] for kind in kinds if form != "graph" and kind in found),
        properties=keys[bare.index("properties")] if form == "wrapper" else None,
    )


def _canonical(key: str, lower: str, form: Form) -> str:
    if form != "graph" and lower in TABLE_COLUMNS:
        return TABLE_COLUMNS[lower]
    return GRAPH.get(lower) or graph_name(key)


def _family(found: frozenset[str]) -> str | None:
    if found & _OTHER_LOGS:
        return None
    if {"requesturi", "requestmethod"} <= found and found & {"responsestatuscode", "requestid"}:
        return "graph_activity"
    if found & {"targetresources", "initiatedby"} and (
        "activitydisplayname" in found or ("operationname" in found and not found & _SIGNIN_WHO)
    ):
        return "directory_audit"
    if "createddatetime" in found or found & _TABLE_MARKS:
        how = found & _SIGNIN_HOW
        by_what = how & {"appdisplayname", "clientappused"} and "ipaddress" in how
        if found & _SIGNIN_WHO and (
            ("resulttype" in found and how) or ("status" in found and len(how) >= 2) or len(how) >= 3 or by_what
        ):
            return "signin"
    return None


def _kind(obj: Mapping[str, Any], shape: Shape) -> tuple[str, str | None] | None:
    """Family and stream that the object states by its category or table."""
    for key in shape.kind_keys:
        value = obj.get(key)
        if isinstance(value, str):
            known = KINDS.get(value.strip().lower().removeprefix("aad"))
            if known is not None:
                return known
    return None


def as_object(value: Any) -> dict[str, Any] | None:
    """An object, also one that arrived as JSON text; None for anything else."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            found = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
    return None


def family_of(obj: Mapping[str, Any]) -> str | None:
    """``signin``, ``directory_audit``, ``graph_activity``, or None for an object that is none of them."""
    shape = shape_of(tuple(obj))
    stated = _kind(obj, shape)
    if stated is not None:
        return stated[0]
    if shape.properties is not None:
        inside = as_object(obj[shape.properties])
        return None if inside is None else shape_of(tuple(inside)).family
    return shape.family


def is_wrapper(obj: Mapping[str, Any]) -> bool:
    """Whether the object is a record of the diagnostic settings, of whatever category."""
    return shape_of(tuple(obj)).form == "wrapper"


def to_raw(
    obj: Mapping[str, Any],
    offset: int,
    length: int,
    stream_hint: str | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
) -> RawRecord:
    """The raw record that an Entra log object is; one of another kind becomes an ``other_record``.

    ``stream_hint`` is what a file or folder name says of a sign-in's stream; the record's own word goes before it.
    """
    shape = shape_of(tuple(obj))
    family = family_of(obj)
    stated = _kind(obj, shape)
    if shape.form == "wrapper":
        payload = _unwrapped(obj, shape, family, options)
    elif shape.form == "table":
        payload = _renamed(obj, shape, options)
    else:
        payload = dict(obj) if shape.as_is else canonical(obj)
    if family is None:
        return RawRecord("other_record", _other(payload, obj, shape), offset, length)
    envelope: dict[str, Any] = {}
    if family == "signin":
        ingested = payload.pop("timeGenerated", None)
        if ingested is not None:
            envelope["ingested_at"] = ingested
        if shape.form != "graph":
            _complete(payload)
        envelope["stream"] = _stream(payload, stated, stream_hint)
    elif family == "directory_audit" and shape.form != "graph":
        payload.setdefault("activityDateTime", payload.get("timeGenerated"))
        payload.setdefault("activityDisplayName", payload.get("operationName"))
    return RawRecord(family, payload, offset, length, envelope or None)


def canonical(value: Any, depth: int = 8) -> Any:
    """The value with every key as Graph writes it; the members of ``AdditionalProperties`` move up beside the others."""
    if isinstance(value, list):
        return [canonical(item, depth - 1) for item in value] if depth else value
    if not isinstance(value, dict) or not depth:
        return value
    made: dict[str, Any] = {}
    for key, member in value.items():
        made.setdefault(graph_name(key), canonical(member, depth - 1))
    extra = made.pop("additionalProperties", None)
    if isinstance(extra, dict):
        for key, member in extra.items():
            made.setdefault(key, member)
    return made


def _renamed(obj: Mapping[str, Any], shape: Shape, options: Mapping[str, str]) -> dict[str, Any]:
    """A table row under canonical names. Empty cells are unknown; of two columns with one name the first filled one counts."""
    made: dict[str, Any] = {}
    for key, name, zone in shape.names:
        value = obj[key]
        if value is None or value == "" or name in made:
            continue
        if name in _TIME_NAMES:
            value = _instant_in_row(value, zone, obj, options)
            if value is None:
                continue
        made[name] = value
    return made


def _instant_in_row(value: Any, zone: str | None, row: Mapping[str, Any], options: Mapping[str, str]) -> str | None:
    """The time of a cell; day and month that cannot be told apart are told by the ISO dates of the row's other cells.

    Authentication steps carry such dates, and they are of the sign-in's own day.
    """
    found = instant(value, zone, options)
    if (
        not isinstance(value, str)
        or value[4:5] == "-"
        or (found is not None and found != value)
        or "day_first" in options
    ):
        return found
    days = {day for cell in row.values() if isinstance(cell, str) for day in _ISO_DAY.findall(cell)}
    fitting = []
    for day_first in (True, False):
        read = parse_locale_time(value, day_first)
        if read is not None and any(str((read + timedelta(days=n)).date()) in days for n in (-1, 0, 1)):
            fitting.append(day_first)
    if len(fitting) != 1:
        return found
    return instant(value, zone, {**options, "day_first": str(fitting[0]).lower()})


def _unwrapped(obj: Mapping[str, Any], shape: Shape, family: str | None, options: Mapping[str, str]) -> dict[str, Any]:
    """The properties of a diagnostic record, completed from the wrapper around them."""
    outer = _renamed(obj, shape, options)
    inside = as_object(outer.pop("properties", None)) or {}
    made: dict[str, Any] = inside.copy() if shape_of(tuple(inside)).as_is else canonical(inside)
    time = outer.get("time")
    if family is None:
        return {**outer, **{f"properties.{key}": value for key, value in made.items()}}
    for name in ("correlationId", "operationName", "resultType", "resultDescription", "countryCode"):
        if outer.get(name) is not None:
            made.setdefault(name, outer[name])
    if family == "signin":
        made.setdefault("ipAddress", outer.get("ipAddress"))
        made.setdefault("createdDateTime", time)
        made["timeGenerated"] = time
    elif family == "directory_audit":
        made.setdefault("activityDateTime", time)
        if outer.get("ipAddress") is not None:
            made["callerIpAddress"] = outer["ipAddress"]
    else:
        made.setdefault("timeGenerated", time)
        made.setdefault("ipAddress", outer.get("ipAddress"))
    return made


def _complete(payload: dict[str, Any]) -> None:
    """A sign-in's status and location from the columns that repeat parts of them."""
    status = canonical(as_object(payload.get("status"))) or {}
    for name, column in (("errorCode", "resultType"), ("failureReason", "resultDescription")):
        if payload.get(column) is not None:
            status.setdefault(name, payload[column])
    if status.get("errorCode") == "Success":  # the table's description says so of ResultType; data has "0"
        status["errorCode"] = 0
    if status:
        payload["status"] = status
    if payload.get("location") in (None, "") and payload.get("countryCode"):
        payload["location"] = {"countryOrRegion": payload["countryCode"]}


def _stream(payload: Mapping[str, Any], stated: tuple[str, str | None] | None, hint: str | None) -> str | None:
    types = payload.get("signInEventTypes")
    if isinstance(types, str):
        types = re.findall(r"\w+", types)
    if isinstance(types, list):
        known = {STREAMS[str(t).lower()] for t in types if str(t).lower() in STREAMS}
        if len(known) == 1:
            return known.pop()
    if stated is not None and stated[0] == "signin" and stated[1] is not None:
        return stated[1]
    return hint


def _other(payload: Mapping[str, Any], obj: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """An object of another log, as a row of ``other_records``."""
    kind = next((obj[key] for key in shape.kind_keys if isinstance(obj.get(key), str)), None)
    time = next(
        (
            payload[name]
            for name in ("time", "timeGenerated", "activityDateTime", "createdDateTime")
            if payload.get(name)
        ),
        None,
    )
    actor = payload.get("userPrincipalName") or payload.get("identity") or payload.get("userId")
    return {
        "time": time if isinstance(time, str) else None,
        "id": payload.get("id"),
        "kind": kind or "entra_log",
        "actor": actor if isinstance(actor, str) else None,
        "detail": dict(obj),
    }


def instant(value: Any, zone: str | None, options: Mapping[str, str] = _NO_OPTIONS) -> str | None:
    """A time as ISO 8601 text in UTC; text that no rule here reads is passed on as it is, for the family to judge.

    ``zone`` is the mark in the column's header. No mark and ``UTC`` mean UTC; any other means the option ``time_zone``.
    """
    if not isinstance(value, str):
        return None if value is None else str(value)
    stated = options.get("day_first")
    local = zone is not None and zone.strip().upper() != "UTC"
    if not local and value[4:5] == "-" and value[:4].isdigit():
        return value
    found = parse_locale_time(value, None if stated is None else stated.lower() == "true")
    if found is None:
        return None if local else value
    if found.tzinfo is None and local:
        name = options.get("time_zone")
        if name is None:
            return None
        found = found.replace(tzinfo=zone_named(name))
    return _text(found)


def _text(found: datetime) -> str:
    if found.tzinfo is not None:
        found = found.astimezone(UTC).replace(tzinfo=None)
    return found.isoformat() + "Z"


_NAME_HINTS = (
    (re.compile(r"non[-_ ]?interactive", re.IGNORECASE), "non_interactive"),
    (re.compile(r"(?<!non)(?<!non[-_ ])interactive|insights-logs-signinlogs", re.IGNORECASE), "interactive"),
    (
        re.compile(r"service[-_ ]?principal|application[-_ ]?sign[-_ ]?ins|(?<![a-z])sp_signin", re.IGNORECASE),
        "service_principal",
    ),
    (re.compile(r"managed[-_ ]?identity|msi[-_ ]?sign[-_ ]?ins?", re.IGNORECASE), "managed_identity"),
)


@lru_cache(maxsize=256)
def stream_of_name(name: str) -> str | None:
    """The stream that a file's name, else the nearest folder that says anything, stands for; None if it names several or none."""
    for part in reversed(re.split(r"[\\/]", name)):
        found = {stream for pattern, stream in _NAME_HINTS if pattern.search(part)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None
