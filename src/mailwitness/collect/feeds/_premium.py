"""Whether the tenant has Entra ID P1 or P2, as its licences say: what the sign-in endpoint says of it is not always true.

Sources:
    - https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference   (AAD_PREMIUM, AAD_PREMIUM_P2)
    - https://learn.microsoft.com/graph/api/subscribedsku-list
"""

from __future__ import annotations

import msgspec

from mailwitness.collect.client import Refused, Unavailable
from mailwitness.collect.session import Session

NOT_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
_PLANS = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})


class _Plan(msgspec.Struct):
    name: str | None = msgspec.field(default=None, name="servicePlanName")
    status: str | None = msgspec.field(default=None, name="provisioningStatus")


class _Sku(msgspec.Struct):
    plans: list[_Plan] = msgspec.field(default_factory=list, name="servicePlans")
    capability: str | None = msgspec.field(default=None, name="capabilityStatus")


class _Skus(msgspec.Struct):
    value: list[_Sku]


def is_premium(session: Session) -> bool | None:
    """True or False as the subscribed licences say; None where they cannot be read."""
    known = session.client.known.get("is_premium", "unasked")
    if known != "unasked":
        return known if isinstance(known, bool) else None
    try:
        reply = session.get("graph_directory", f"{session.addresses.graph}/v1.0/subscribedSkus", _Skus)
    except (Refused, Unavailable):
        found = None
    else:
        found = any(
            plan.name in _PLANS and plan.status in (None, "Success")
            for sku in reply.value.value
            if sku.capability in (None, "Enabled", "Warning")
            for plan in sku.plans
        )
    session.client.known["is_premium"] = found
    return found
