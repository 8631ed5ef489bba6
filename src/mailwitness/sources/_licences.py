"""One record of licences or service plans, as the raw record of the licence family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Place, RawRecord
from mailwitness.sources._companion_shapes import value_of
from mailwitness.sources._exo_shape import snapshot_time


def licence_record(
    row: Mapping[str, Any], plans: list[dict[str, Any]], frame: Frame, place: Place, kind: str, of_user: bool = True
) -> RawRecord:
    """Plans of a user (or, with ``of_user`` False, of a subscription), with the moment of the snapshot."""
    time, time_from = snapshot_time(place)
    payload = {
        "user_principal_name": value_of(row, ("userprincipalname",)) if of_user else None,
        "object_id": value_of(row, ("objectid", "id")) if of_user and kind == "assigned_plans" else None,
        "sku": value_of(row, ("skupartnumber", "sku")),
        "plans": plans,
    }
    return RawRecord(
        "licence", payload, frame.offset, frame.length, {"kind": kind, "time": time, "time_from": time_from}
    )


def graph_plans(plans: Any, sku: str | None = None) -> list[dict[str, Any]]:
    """Graph's assignedPlans or servicePlans as the family wants them; a subscription's plans name their product as state."""
    return [
        {
            "service_plan_id": value_of(plan, ("serviceplanid",)),
            "service_plan": value_of(plan, ("serviceplanname", "service")),
            "state": f"in sku:{sku}" if sku else value_of(plan, ("capabilitystatus", "provisioningstatus")),
        }
        for plan in (plans if isinstance(plans, list) else [])
        if isinstance(plan, Mapping)
    ]
