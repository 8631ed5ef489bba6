"""The Conditional Access policies of the tenant over time, for sign-ins of daily life; see `tenant.conditional_access`."""

from __future__ import annotations

from mailwitness.simulate.tenant import Tenant, Timeline
from mailwitness.simulate.tenant.conditional_access import Shown, applied
from mailwitness.simulate.world import Client, Device, Person


class ConditionalAccess:
    """The policies of one tenant over time."""

    def __init__(self, tenant: Tenant, timeline: Timeline) -> None:
        self._policies = tenant.policies
        self._timeline = timeline
        self._changing = any(len(timeline.intervals(policy.id, "state")) > 1 for policy in tenant.policies)
        self._states = tuple(timeline.value(policy.id, "state", 0) for policy in tenant.policies)
        self._shown: dict[tuple[tuple[str, ...], str, bool, bool, bool], Shown] = {}

    def shown(self, person: Person, client: Client, device: Device | None, at: int, *, second_factor: bool) -> Shown:
        """(name, result, client types it targets) of every policy, for a sign-in with or without a second factor."""
        managed = device is not None and device.managed
        states = self._states
        if self._changing:
            states = tuple(self._timeline.value(policy.id, "state", at) for policy in self._policies)
        key = (states, client.client_app_used, person.is_admin, managed, second_factor)
        shown = self._shown.get(key)
        if shown is None:
            shown = self._shown[key] = applied(self._policies, states, person, client, device, second_factor)
        return shown
