"""What a sign-in's event shows of the Conditional Access policies: one result for each policy of the tenant.

A policy that does not name the client, or the person, is ``notApplied``; one that is off is ``notEnabled``; one in report-only mode says what it
would have done. The policy that blocks countries has no country of ours on its list, so it never applies.

Sources:
    - https://learn.microsoft.com/graph/api/resources/appliedconditionalaccesspolicy (results)
    - https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication (legacy clients are "exchangeActiveSync"
      and "other"; policies are evaluated after the first factor)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from mailwitness.simulate.tenant.policies import Policy
from mailwitness.simulate.world import Client, Device, Person

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

Applied: TypeAlias = tuple[tuple[str, str, tuple[str, ...]], ...]

_TYPES = {
    "Browser": "browser",
    "Mobile Apps and Desktop clients": "mobileAppsAndDesktopClients",
    "Exchange ActiveSync": "exchangeActiveSync",
}
_ON, _REPORT = "enabled", "enabledForReportingButNotEnforced"


def applied(
    tenant: Tenant, person: Person, client: Client, device: Device | None, mfa: str, state: Callable[[Policy], str]
) -> Applied:
    """(name, result, client types it targets) of every policy. ``state``: of a policy at that moment."""
    kind = _TYPES.get(client.client_app_used, "other")  # legacy clients have labels of their own
    shown = []
    for policy in tenant.policies:
        held = state(policy)
        named = ("all" in policy.client_types or kind in policy.client_types) and (
            policy.users != "admins" or person.is_admin
        )
        named = named and policy.key != "countries"
        satisfied = _satisfied(policy, device, mfa)
        if held not in (_ON, _REPORT):
            result = "notEnabled"
        elif held == _REPORT:
            result = "reportOnlyNotApplied" if not named else "reportOnlySuccess" if satisfied else "reportOnlyFailure"
        else:
            result = "notApplied" if not named else "success" if satisfied else "failure"
        shown.append((policy.name, result, policy.client_types))
    return tuple(shown)


def _satisfied(policy: Policy, device: Device | None, mfa: str) -> bool:
    if policy.grant == "mfa":
        return mfa in ("satisfied", "claim")
    return policy.grant == "compliantDevice" and device is not None and device.managed
