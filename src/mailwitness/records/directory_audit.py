"""Entra directory audits, from the payload in the names of Graph's ``directoryAudit`` resource.

One row of ``directory_audits`` per record, by its own id; a record without one (admin-centre CSV) gets a hash of its content.
Service plans that a record adds to or takes from a user become ``licence_observations``; a user named by both principal name and
object id becomes an ``identity_mentions`` row.

Clock: ``activityDateTime``, UTC.
Limits: only changes of the property ``AssignedPlan`` name service plans. ``AssignedLicense`` names products, whose plans a record
    does not list, so it gives no observation.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/directoryaudit
    - https://learn.microsoft.com/en-us/graph/api/resources/assignedplan   (capabilityStatus)
    - https://github.com/splunk/security_content, https://github.com/Azure/Azure-Sentinel   (sample records)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import canonical_json, content_id
from mailwitness.records.values import parse_text, parse_time

_CAPABILITY = {0: "Enabled", 1: "Warning", 2: "Suspended", 3: "Deleted", 4: "LockedOut"}


def rows_of(raw: RawRecord) -> Rows | Reject:
    record = _value(raw.payload)
    if not isinstance(record, dict):
        return Reject(raw.offset, raw.length, "not_an_object", "The directory audit is no JSON object.")
    activity = parse_text(record.get("activityDisplayName"))
    identifier = parse_text(record.get("id"))
    if activity is None and identifier is None:
        keys = ", ".join(sorted(map(str, record)))[:200]
        return Reject(
            raw.offset, raw.length, "no_directory_audit", f"Neither an activity nor an id; its keys are: {keys}."
        )
    initiated_by = _object(record.get("initiatedBy"))
    user, app = _object(initiated_by.get("user")), _object(initiated_by.get("app"))
    time = parse_time(record.get("activityDateTime"))
    targets = _value(record.get("targetResources"))
    details = _value(record.get("additionalDetails"))
    row_id = f"directory_audit:{identifier.lower()}" if identifier else content_id("directory_audits", record)
    row = {
        "row_id": row_id,
        "time": time,
        "id": identifier,
        "activity": activity,
        "category": parse_text(record.get("category")),
        "result": parse_text(record.get("result")),
        "result_reason": parse_text(record.get("resultReason")),
        "operation_type": parse_text(record.get("operationType")),
        "logged_by_service": parse_text(record.get("loggedByService")),
        "correlation_id": parse_text(record.get("correlationId")),
        "initiated_by_user": _first(user, "userPrincipalName", "id"),
        "initiated_by_name": _first(user, "displayName"),
        "initiated_by_app": _first(app, "displayName", "appId", "servicePrincipalId"),
        "initiated_by_ip": _first(user, "ipAddress")
        or _first(app, "ipAddress")
        or parse_text(record.get("callerIpAddress")),
        "target_resources": None if targets is None else canonical_json(targets),
        "additional_details": None if details is None else canonical_json(details),
    }
    return {
        "directory_audits": [row],
        "licence_observations": list(_plan_changes(row_id, time, targets)),
        "identity_mentions": list(_mentions(row_id, time, [user, *_list(targets)])),
    }


def _mentions(row_id: str, time: Any, people: list[Any]) -> Iterator[dict[str, Any]]:
    """The user principal name and the object id of the actor and of each target that has both."""
    pairs: dict[tuple[str, str], None] = {}
    for person in map(_object, people):
        upn, object_id = _first(person, "userPrincipalName"), _first(person, "id")
        if upn is not None and object_id is not None and "@" in upn:
            pairs[upn.lower(), object_id.lower()] = None
    for upn, object_id in pairs:
        yield {
            "row_id": f"{row_id}/{upn}/{object_id}",
            "time": time,
            "kind_a": "upn",
            "value_a": upn,
            "kind_b": "object_id",
            "value_b": object_id,
        }


def _plan_changes(row_id: str, time: Any, targets: Any) -> Iterator[dict[str, Any]]:
    """One observation for each service plan whose state a record changes, its user being the target."""
    for target in targets if isinstance(targets, list) else ():
        upn = _first(_object(target), "userPrincipalName")
        if upn is None:
            continue
        for change in _list(_object(target).get("modifiedProperties")):
            if _first(_object(change), "displayName") != "AssignedPlan":
                continue
            before, after = _plans(_object(change).get("oldValue")), _plans(_object(change).get("newValue"))
            if before is None or after is None:
                continue
            for plan in sorted(before.keys() | after.keys()):
                state = after.get(plan, "Deleted")
                if before.get(plan) != state:
                    yield {
                        "row_id": f"{row_id}/{upn.lower()}/{plan}",
                        "time": time,
                        "user_principal_name": upn,
                        "service_plan_id": plan,
                        "state": state,
                        "how": "change",
                    }


def _plans(value: Any) -> dict[str, str] | None:
    """Service plan id → state, from the text of an ``AssignedPlan`` value; None if it cannot be read as such."""
    found = _value(value)
    if found is None:
        return {}
    if not isinstance(found, list):
        return None
    plans = {}
    for item in found:
        plan = _object(item)
        identifier, status = plan.get("ServicePlanId"), plan.get("CapabilityStatus")
        if not isinstance(identifier, str):
            return None
        plans[identifier.lower()] = _CAPABILITY.get(status, str(status)) if isinstance(status, int) else str(status)
    return plans


def _value(value: Any) -> Any:
    """A value, also one that arrived as JSON text; empty text is None, and other text stays text."""
    if isinstance(value, (str, bytes)):
        if not value:
            return None
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return value
    return value


def _object(value: Any) -> Mapping[str, Any]:
    found = _value(value)
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    found = _value(value)
    return found if isinstance(found, list) else []


def _first(record: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        found = parse_text(record.get(name))
        if found is not None:
            return found
    return None


FAMILY = row_by_row("directory_audit", "directory_audits", ("licence_observations", "identity_mentions"), rows_of)
