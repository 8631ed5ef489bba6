"""Conditional Access policies: one row for each state of a policy."""

from __future__ import annotations

from typing import Any

from mailwitness.model.evidence import RawRecord
from mailwitness.records.conditional_access_policy import FAMILY

POLICY = {"id": "p1", "displayName": "Block legacy", "state": "enabled", "modifiedDateTime": "2026-02-01T08:00:00Z"}


def keys(*payloads: dict[str, Any]) -> list[str]:
    batch = [RawRecord("conditional_access_policy", payload, 0, 1) for payload in payloads]
    return list(FAMILY.build(batch, "E1").tables["conditional_access_policies"].column("row_id").to_pylist())


def test_the_same_state_in_two_exports_is_one_row() -> None:
    """The order of keys does not matter; the state does."""
    first, again, off = keys(
        {**POLICY, "conditions": {"a": 1, "b": 2}},
        {**POLICY, "conditions": {"b": 2, "a": 1}},
        {**POLICY, "conditions": {"a": 1, "b": 2}, "state": "disabled"},
    )

    assert first == again != off


def test_a_policy_without_id_and_name_is_rejected() -> None:
    """Nothing to call it by: a reject."""
    typed = FAMILY.build([RawRecord("conditional_access_policy", {"state": "enabled"}, 3, 4)], "E1")

    assert [(r.offset, r.reason) for r in typed.rejects] == [(3, "no_policy")]
