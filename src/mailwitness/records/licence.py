"""Service plans of a user, or of a tenant's subscription, as an export shows them.

One row per record in ``other_records``; each service plan is one row of ``licence_observations``. The payload has
``user_principal_name``, ``object_id``, ``sku``, ``plans`` (a list of ``service_plan_id``, ``service_plan``, ``state``);
the envelope has ``kind``, ``time``, ``time_from``.

Clock: ``assignedDateTime`` of a plan is not used as its beginning: a plan may have been taken away and given again. The
    time is that of the snapshot.
Limits: a product (SKU) without its plans is kept as plan ``sku:<name>``, because single plans of it may be switched off.
    Rows without a user are plans of a subscription, not of a person.
Sources:
    - https://learn.microsoft.com/graph/api/resources/assignedplan
    - https://learn.microsoft.com/graph/api/resources/licensedetails
    - https://learn.microsoft.com/graph/api/resources/subscribedsku
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.other_record import other_row, payload_mapping
from mailwitness.records.settings_object import identity_mentions
from mailwitness.records.values import parse_text, parse_time


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    envelope = raw.envelope or {}
    time = parse_time(envelope.get("time"))
    user = parse_text(payload.get("user_principal_name"))
    object_id = parse_text(payload.get("object_id"))
    plans = payload.get("plans")
    observations = []
    for plan in plans if isinstance(plans, list) else []:
        if isinstance(plan, Mapping):
            observations.append(_plan_row(plan, user, time))
    row = other_row(str(envelope.get("kind") or "licence"), payload, time, actor=user or object_id)
    names = [(kind, name) for kind, name in (("upn", user), ("object_id", object_id)) if name]
    return {
        "other_records": [row],
        "licence_observations": observations,
        "identity_mentions": identity_mentions(names, time),
    }


def _plan_row(plan: Mapping[str, Any], user: str | None, time: Any) -> dict[str, Any]:
    row = {
        "time": time,
        "user_principal_name": user,
        "service_plan_id": (parse_text(plan.get("service_plan_id")) or "").lower() or None,
        "service_plan": parse_text(plan.get("service_plan")),
        "state": parse_text(plan.get("state")),
        "how": "snapshot",
    }
    return {"row_id": content_id("licence_observations", row), **row}


FAMILY = row_by_row("licence", "other_records", ("licence_observations", "identity_mentions"), rows_of)
