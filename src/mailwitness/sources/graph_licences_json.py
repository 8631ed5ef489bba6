"""Licences as Graph gives them: users with ``assignedPlans``, a user's ``licenseDetails``, the tenant's ``subscribedSkus``.

One record per user, per user's product, or per product of the tenant.

Clock: that of the file, see `_exo_shape`; ``assignedDateTime`` is not used, because a plan may have been taken away since.
Limits: licenseDetails names its user only in the page's ``@odata.context``. No real sample was at hand; the fixtures are
    written from the documented resources.
Sources:
    - https://learn.microsoft.com/graph/api/resources/assignedplan
    - https://learn.microsoft.com/graph/api/resources/licensedetails
    - https://learn.microsoft.com/graph/api/resources/subscribedsku
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import kind_of, record_kind, value_of
from mailwitness.sources._licences import graph_plans, licence_record

_KINDS = ("assigned_plans", "licence_details", "subscribed_skus")
_USER = re.compile(r"users\('([^']{1,200})'\)")


def sniff(head: Head) -> bool:
    """True for objects with assignedPlans, or a product with its servicePlans."""
    return record_kind(head) in _KINDS


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row: Mapping[str, Any] = frame.value
    kind = kind_of(frozenset(row))
    sku = value_of(row, ("skupartnumber",))
    if kind == "subscribed_skus":
        return licence_record(
            row, graph_plans(value_of(row, ("serviceplans",)), sku), frame, place, kind, of_user=False
        )
    if kind == "licence_details":
        found = _USER.search(str((frame.envelope or {}).get("@odata.context", "")))
        named = {**row, "userPrincipalName": unquote(found[1])} if found is not None else row
        return licence_record(named, graph_plans(value_of(row, ("serviceplans",))), frame, place, kind)
    return licence_record(row, graph_plans(value_of(row, ("assignedplans",))), frame, place, "assigned_plans")


READER = Reader("graph_licences_json", frozenset({"json", "json_lines"}), sniff, unwrap)
