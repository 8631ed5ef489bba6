"""What Conditional Access says in a sign-in's row: each policy's result, as Graph's appliedConditionalAccessPolicies has it.

A policy that only reports says what it would have done. Where sign-ins come from is no business of the policies here (every country is
one of business), so a block by country never applies.

Sources:
    - https://learn.microsoft.com/graph/api/resources/appliedconditionalaccesspolicy
    - https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-conditions (client apps)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mailwitness.simulate.tenant.policies import Policy
from mailwitness.simulate.world import Client, Device, Person

Shown: TypeAlias = tuple[tuple[str, str, tuple[str, ...]], ...]

_TYPES = {
    "Browser": "browser",
    "Mobile Apps and Desktop clients": "mobileAppsAndDesktopClients",
    "Exchange ActiveSync": "exchangeActiveSync",
}


def applied(
    policies: Sequence[Policy],
    states: Sequence[str],
    person: Person,
    client: Client,
    device: Device | None,
    second_factor: bool,
) -> Shown:
    """(name, result, client types it targets) of every policy, each in its state, for a sign-in with or without a second factor."""
    managed = device is not None and device.managed
    return tuple(
        (
            policy.name,
            _result(policy, state, client.client_app_used, person.is_admin, managed, second_factor),
            policy.client_types,
        )
        for policy, state in zip(policies, states, strict=True)
    )


def blocked(shown: Shown) -> bool:
    """Whether one of the policies refuses the sign-in."""
    return any(result == "failure" for _, result, _ in shown)


def _result(policy: Policy, state: str, used: str, admin: bool, managed: bool, second_factor: bool) -> str:
    if state == "disabled":
        return "notEnabled"
    named = "all" in policy.client_types or _TYPES.get(used, "other") in policy.client_types
    if not named or policy.key == "countries" or (policy.users == "admins" and not admin):
        word = "NotApplied"
    elif policy.grant == "mfa":
        word = "Success" if second_factor else "Failure"
    else:
        word = "Success" if policy.grant == "compliantDevice" and managed else "Failure"
    return word[0].lower() + word[1:] if state == "enabled" else f"reportOnly{word}"
