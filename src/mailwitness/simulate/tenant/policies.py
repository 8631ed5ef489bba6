"""Conditional Access policies of the tenant. They are declared in ``policies.yaml``; their state over time is a setting."""

from __future__ import annotations

import msgspec

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared


class Policy(msgspec.Struct, frozen=True, gc=False):
    """One policy. ``state`` is the one before day 0; what holds later is the setting ``(id, "state")`` of the timeline.

    ``client_types``: Graph's clientAppTypes (all, browser, mobileAppsAndDesktopClients, exchangeActiveSync, other).
    ``grant``: Graph's builtInControls (block, mfa, compliantDevice). ``users``: all, or admins.
    """

    key: str
    id: str
    name: str
    state: str
    client_types: tuple[str, ...]
    grant: str
    users: str = "all"


def policies_of(chance: Chance) -> tuple[Policy, ...]:
    """The policies, in the order in which they are declared."""
    return tuple(
        Policy(
            row["key"],
            chance.guid("policy", row["key"]),
            row["name"],
            row["state"],
            tuple(row["client_types"]),
            row["grant"],
            row.get("users", "all"),
        )
        for row in declared("policies")
    )
