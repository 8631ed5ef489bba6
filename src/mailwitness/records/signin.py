"""Entra sign-ins, from the payload in the names of Graph's beta ``signIn`` resource.

One row of ``signins`` per record; the same sign-in in several exports has one ``row_id``, its own id in lower case. A record
without an id gets a hash of its content. The pair of user principal name and object id goes to ``identity_mentions``, once per
batch for each pair.

Envelope: ``stream`` (which log it stood in), ``ingested_at``, ``sign_ins_grouped`` (how many the portal merged into this row).
Clock: ``createdDateTime``, UTC. Never the time of ingestion.
Limits: policies are withheld from callers without the right to read them, and then the list is empty: an empty list beside a
    status of success or failure, which a policy must have given, is null here.
    The sign-in id decoded from ``uniqueTokenIdentifier`` is an inference from public samples that carry both.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/signin?view=graph-rest-beta
    - https://learn.microsoft.com/en-us/entra/identity/monitoring-health/how-to-view-applied-conditional-access-policies
    - https://github.com/microsoft/msticpy, https://github.com/splunk/security_content   (sample records)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from mailwitness.model.evidence import Family, Fault, RawRecord, Reject, Typed
from mailwitness.records.columns import ARROW_TYPES, table_from_columns, table_from_rows, text_array, times
from mailwitness.records.values import parse_address, parse_bool, parse_int, parse_time, signin_id_of_token

_SCALARS = (
    ("id", "id"),
    ("user_principal_name", "userPrincipalName"),
    ("user_id", "userId"),
    ("user_display_name", "userDisplayName"),
    ("client_app_used", "clientAppUsed"),
    ("authentication_protocol", "authenticationProtocol"),
    ("authentication_requirement", "authenticationRequirement"),
    ("ip_address_raw", "ipAddress"),
    ("ip_address_from_resource_provider", "ipAddressFromResourceProvider"),
    ("app_id", "appId"),
    ("app_display_name", "appDisplayName"),
    ("resource_id", "resourceId"),
    ("resource_display_name", "resourceDisplayName"),
    ("session_id", "sessionId"),
    ("unique_token_identifier", "uniqueTokenIdentifier"),
    ("incoming_token_type", "incomingTokenType"),
    ("original_transfer_method", "originalTransferMethod"),
    ("token_issuer_type", "tokenIssuerType"),
    ("conditional_access_status", "conditionalAccessStatus"),
    ("user_agent", "userAgent"),
    ("correlation_id", "correlationId"),
    ("service_principal_id", "servicePrincipalId"),
    ("service_principal_name", "servicePrincipalName"),
    ("resource_tenant_id", "resourceTenantId"),
    ("home_tenant_id", "homeTenantId"),
    ("cross_tenant_access_type", "crossTenantAccessType"),
)
_OTHERS = (
    ("row_id", "text"),
    ("locator", "text"),
    ("stream", "text"),
    ("user_type", "text"),
    ("error_code", "int"),
    ("failure_reason", "text"),
    ("authentication_details", "json"),
    ("ip_address", "text"),
    ("client_port", "int"),
    ("asn", "int"),
    ("country", "text"),
    ("city", "text"),
    ("unique_token_signin_id", "text"),
    ("applied_conditional_access_policies", "json"),
    ("device_id", "text"),
    ("is_interactive", "bool"),
    ("sign_ins_grouped", "int"),
)
_NOTHING: Mapping[str, Any] = {}
_json = msgspec.json.Encoder(order="deterministic")  # exports differ in the order of keys


def build(batch: Sequence[RawRecord], evidence_id: str) -> Typed:
    """The sign-ins of a batch, column by column; a record that says nothing of a sign-in is a reject."""
    scalars: list[tuple[Any, ...]] = []
    others: list[tuple[Any, ...]] = []
    created: list[Any] = []
    ingested: list[Any] = []
    kept: list[RawRecord] = []
    rejects: list[Reject] = []
    faults: list[Fault] = []
    mentions: dict[tuple[str, str], dict[str, Any]] = {}
    wanted = [name for _, name in _SCALARS]
    for raw in batch:
        record = _object(raw.payload)
        if record is None:
            rejects.append(Reject(raw.offset, raw.length, "not_an_object", "The sign-in is no JSON object."))
            continue
        row = tuple(map(record.get, wanted))
        if row.count(None) > len(row) - 2 and record.get("createdDateTime") is None:
            rejects.append(_nothing_said(raw, record))
            continue
        other = _others(record, row, raw, faults)
        scalars.append(row)
        others.append(other)
        created.append(record.get("createdDateTime"))
        ingested.append(raw.envelope.get("ingested_at") if raw.envelope else None)
        kept.append(raw)
        upn, object_id = row[1], row[2]
        if isinstance(upn, str) and isinstance(object_id, str) and object_id and "@" in upn:
            pair = (upn.lower(), object_id.lower())
            if pair not in mentions:
                mentions[pair] = _mention(pair, created[-1], other, evidence_id)
    if not others:
        return Typed({}, rejects, faults)
    columns = _columns(scalars, others)
    columns["time"] = _times(created)
    columns["ingested_at"] = _times(ingested)
    columns["evidence_id"] = pa.repeat(evidence_id, len(others))
    columns["sightings"] = pa.repeat(pa.scalar(1, pa.int64()), len(others))
    if columns["time"].null_count:
        for raw, row_id, text, time in zip(kept, columns["row_id"], created, columns["time"], strict=True):
            if text and not time.is_valid:
                faults.append(Fault(row_id.as_py(), raw.offset, raw.length, "createdDateTime", repr(text)[:80]))
    tables = {"signins": table_from_columns("signins", columns, len(others))}
    if mentions:
        tables["identity_mentions"] = table_from_rows("identity_mentions", list(mentions.values()))
    return Typed(tables, rejects, faults)


def _others(record: Mapping[str, Any], row: tuple[Any, ...], raw: RawRecord, faults: list[Fault]) -> tuple[Any, ...]:
    """The values of the columns that are more than one scalar taken over, in the order of ``_OTHERS``."""
    get = record.get
    envelope = raw.envelope or _NOTHING
    identifier = row[0]
    row_id = f"signin:{identifier.lower()}" if identifier and isinstance(identifier, str) else _content_id(record)
    status = _object(get("status")) or _NOTHING
    code = status.get("errorCode")
    error_code = code if code.__class__ is int and 0 <= code < 2**63 else parse_int(code)
    if error_code is None and code not in (None, ""):
        faults.append(Fault(row_id, raw.offset, raw.length, "status.errorCode", repr(code)[:80]))
    country, city = _place(get("location"))
    address, port = parse_address(row[7]) if isinstance(row[7], str) else (None, None)
    user_type = get("userType")
    token = row[14]
    stated = row[18]
    device = _object(get("deviceDetail")) or _NOTHING
    asn, grouped = get("autonomousSystemNumber"), envelope.get("sign_ins_grouped")
    return (
        row_id,
        f"bytes={raw.offset}+{raw.length}",
        envelope.get("stream") or _stream_of(record),
        user_type[:1].lower() + user_type[1:] if isinstance(user_type, str) else None,
        error_code,
        status.get("failureReason"),
        _json_text(get("authenticationDetails")),
        address,
        port,
        None if asn is None else parse_int(asn),
        country,
        city,
        signin_id_of_token(token) if isinstance(token, str) else None,
        _policies(get("appliedConditionalAccessPolicies"), stated),
        device.get("deviceId"),
        parse_bool(get("isInteractive")),
        None if grouped is None else parse_int(grouped),
    )


def _columns(scalars: list[tuple[Any, ...]], others: list[tuple[Any, ...]]) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for (name, _), values in zip(_SCALARS, zip(*scalars, strict=True), strict=True):
        columns[name] = _texts(values)
    for (name, kind), column in zip(_OTHERS, zip(*others, strict=True), strict=True):
        if kind == "text":
            columns[name] = _texts(column)
        else:
            columns[name] = pa.array(column, pa.string() if kind == "json" else ARROW_TYPES[kind])
    return columns


def _texts(values: Sequence[Any]) -> pa.Array:
    """A text column; empty text is null, and what is no text is written as JSON."""
    if not set(map(type, values)) <= {str, type(None)}:
        values = [v if v is None or isinstance(v, str) else _json.encode(v).decode() for v in values]
    if "" in values:
        values = [v or None for v in values]
    return text_array(values)


def _times(values: Sequence[Any]) -> pa.Array:
    return times(text_array([v if isinstance(v, str) else None if v is None else str(v) for v in values]))


def _object(value: Any) -> dict[str, Any] | None:
    """An object, also as JSON text or bytes; None for anything else."""
    if isinstance(value, dict):
        return value
    if isinstance(value, (str, bytes)) and value.lstrip()[:1] in ("{", b"{"):
        try:
            found = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
    return None


def _place(value: Any) -> tuple[str | None, str | None]:
    """(country, city) from Graph's location object or the portal's ``City, State, CC``; a city may itself hold commas."""
    if isinstance(value, dict):
        found: Mapping[str, Any] = value
    elif not value or not isinstance(value, str):
        return None, None
    elif value[0] == "{":
        found = _object(value) or _NOTHING
    else:
        parts = value.rsplit(",", 2)
        if len(parts[-1].strip()) != 2:  # no country code: the name of a type, where an export lost the value
            return None, None
        return parts[-1].strip() or None, parts[0].strip() or None if len(parts) > 1 else None
    country, city = found.get("countryOrRegion"), found.get("city")
    return (country or None if isinstance(country, str) else None), (city or None if isinstance(city, str) else None)


def _json_text(value: Any) -> bytes | None:
    """JSON in its shortest form, whether it arrived as a value or as text, so that two exports of one sign-in agree."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return _json.encode(value)
    return _json.encode(value)


def _policies(value: Any, status: Any) -> bytes | None:
    text = _json_text(value)
    if text == b"[]" and isinstance(status, str) and status.lower() in ("success", "failure"):
        return None
    return text


def _stream_of(record: Mapping[str, Any]) -> str | None:
    """The stream by what the record itself implies: only an interactive user sign-in is interactive."""
    interactive = parse_bool(record.get("isInteractive"))
    if interactive:
        return "interactive"
    if interactive is False and record.get("userPrincipalName") and not record.get("servicePrincipalId"):
        return "non_interactive"
    return None


def _content_id(record: Mapping[str, Any]) -> str:
    return f"signin:{hashlib.blake2b(_json.encode(record), digest_size=16).hexdigest()}"


def _nothing_said(raw: RawRecord, record: Mapping[str, Any]) -> Reject:
    found = ", ".join(sorted(map(str, record))[:8])
    user = record.get("userPrincipalName")
    return Reject(
        raw.offset,
        raw.length,
        "no_signin",
        f"No time and at most one known value of a sign-in; its keys are: {found[:200]}.",
        id=str(record["id"]) if record.get("id") else None,
        user_id=user if isinstance(user, str) else None,
    )


def _mention(pair: tuple[str, str], created: Any, other: tuple[Any, ...], evidence_id: str) -> dict[str, Any]:
    return {
        "row_id": f"{other[0]}/upn-object_id",
        "evidence_id": evidence_id,
        "locator": other[1],
        "sightings": 1,
        "time": parse_time(created),
        "kind_a": "upn",
        "value_a": pair[0],
        "kind_b": "object_id",
        "value_b": pair[1],
    }


FAMILY = Family("signin", "signins", frozenset({"identity_mentions"}), build)
