"""Directory audits: actor and key, and the service plans a record changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailwitness.model.evidence import RawRecord
from mailwitness.records.directory_audit import FAMILY

EXCHANGE = "efb87545-963c-4e0d-99df-69c6916d9eb0"


def record(**fields: Any) -> RawRecord:
    payload = {"id": "Directory_1_A", "activityDateTime": "2026-03-02T12:00:00Z", "activityDisplayName": "Update user"}
    return RawRecord("directory_audit", {**payload, **fields}, 10, 20)


def plans(*states: tuple[str, Any]) -> str:
    return json.dumps([{"ServicePlanId": plan, "CapabilityStatus": status} for plan, status in states])


def change(old: Any, new: Any, name: str = "AssignedPlan") -> list[dict[str, Any]]:
    properties = [{"displayName": name, "oldValue": old, "newValue": new}]
    return [{"type": "User", "userPrincipalName": "Ana@contoso.test", "modifiedProperties": properties}]


def observations(targets: Any) -> list[tuple[str, str]]:
    table = FAMILY.build([record(targetResources=targets)], "E1").tables.get("licence_observations")
    return [] if table is None else [(r["service_plan_id"], r["state"]) for r in table.to_pylist()]


@pytest.mark.parametrize(
    ("initiated_by", "user", "app"),
    [
        ({"user": {"userPrincipalName": "admin@contoso.test", "id": "1"}}, "admin@contoso.test", None),
        ({"user": {"userPrincipalName": "", "id": "1"}}, "1", None),
        ({"app": {"displayName": None, "appId": "2", "servicePrincipalId": "3"}, "user": None}, None, "2"),
        ('{"app":{"servicePrincipalId":"3"}}', None, "3"),
        ("[]", None, None),
        (None, None, None),
    ],
)
def test_the_actor_is_the_best_name_there_is(initiated_by: Any, user: str | None, app: str | None) -> None:
    """A user by principal name, else id; an app by name, else its ids; as object or as text; none is null."""
    (found,) = FAMILY.build([record(initiatedBy=initiated_by)], "E1").tables["directory_audits"].to_pylist()

    assert (found["initiated_by_user"], found["initiated_by_app"]) == (user, app)


def test_a_service_that_acts_for_a_person_leaves_its_name_beside_theirs() -> None:
    """Graph shows it as the user's displayName (actor tokens)."""
    user = {"userPrincipalName": "admin@contoso.test", "displayName": "Office 365 Exchange Online"}
    (found,) = FAMILY.build([record(initiatedBy={"user": user})], "E1").tables["directory_audits"].to_pylist()

    assert (found["initiated_by_user"], found["initiated_by_name"]) == ("admin@contoso.test", user["displayName"])


def test_without_an_id_the_content_makes_the_key() -> None:
    """Two rows of the admin centre's CSV that say the same are one audit."""
    one, same, other = (record(id=None, result=result) for result in ("success", "success", "failure"))

    keys = FAMILY.build([one, same, other], "E1").tables["directory_audits"].column("row_id").to_pylist()

    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, plans((EXCHANGE, 0)), [(EXCHANGE, "Enabled")]),
        (plans((EXCHANGE, 0)), plans((EXCHANGE, 3)), [(EXCHANGE, "Deleted")]),
        (plans((EXCHANGE, 0)), "[]", [(EXCHANGE, "Deleted")]),
        (plans((EXCHANGE, "Enabled")), plans((EXCHANGE, "Suspended")), [(EXCHANGE, "Suspended")]),
        (plans((EXCHANGE, 0)), plans((EXCHANGE, 0)), []),
        ("not json", plans((EXCHANGE, 0)), []),
        (None, '[{"SkuId":"x"}]', []),
    ],
)
def test_a_plan_whose_state_changes_is_observed(old: Any, new: Any, expected: list[tuple[str, str]]) -> None:
    """Given, taken, suspended; an unchanged plan and text that is no list of plans give nothing."""
    assert expected == observations(change(old, new))


def test_products_are_no_plans() -> None:
    """AssignedLicense names a product, not its plans."""
    assert observations(change(None, plans((EXCHANGE, 0)), name="AssignedLicense")) == []


def test_an_object_that_is_no_audit_is_rejected() -> None:
    """Neither an activity nor an id, or no object at all: a reject with the place."""
    typed = FAMILY.build(
        [RawRecord("directory_audit", {"x": 1}, 3, 4), RawRecord("directory_audit", "text", 7, 2)], "E1"
    )

    assert [(r.offset, r.length, r.reason) for r in typed.rejects] == [
        (3, 4, "no_directory_audit"),
        (7, 2, "not_an_object"),
    ]
    assert typed.tables == {}
