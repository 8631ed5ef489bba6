"""Which records an export holds: what was asked for, what the service still had, what got lost on the way.

Rules, the same for all formats:
    - A record that was not yet available when the logs were exported is in no file.
    - Coverage: ``unified-only`` leaves out every stream but the unified audit log, ``no-noninteractive`` that one stream, ``loss20``
      loses each record with a chance of 20 %, by its stream and id (so a duplicate is lost with its record).
    - The unified audit log keeps records for 180 days, for one year if the user who acted has Audit (Premium), that is plan E5 at the
      time of building the tenant (https://learn.microsoft.com/purview/audit-log-retention-policies). A plan that changed counts for
      nothing here.
    - Message trace goes back 90 days (https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2).
    - Sign-ins and directory audits are kept for 30 days by Entra ID
      (https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention). That cuts only the formats that
      are asked for once, at the end: the portal's downloads and Graph pages. All others are taken as exported continuously (assumption).
    - What no chosen format can carry, no export holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mailwitness.simulate.exports.format import Keeps, everything
from mailwitness.simulate.logged import Logged, LogStream, Recorded
from mailwitness.simulate.options import Coverage, Options
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

LOSS_SHARE = 0.2
LEFT_OUT: dict[Coverage, frozenset[LogStream]] = {
    "full": frozenset(),
    "unified-only": frozenset(
        {"interactive", "noninteractive", "service_principal", "managed_identity", "directory", "graph_activity",
         "message_trace"}
    ),
    "no-noninteractive": frozenset({"noninteractive"}),
    "loss20": frozenset(),
}  # fmt: skip
"""Coverage → streams that nobody exported."""
STANDARD_DAYS, PREMIUM_DAYS = 180, 365
TRACE_DAYS = 90
ENTRA_DAYS = 30


def kept_by_entra(tenant: Tenant, one: Recorded) -> bool:
    """Whether Entra ID still had the record when the logs were exported."""
    return one.at >= tenant.collected_at - ENTRA_DAYS * MS_PER_DAY


class Selection:
    """Judges records for one run. The chosen formats are those of the options, or the default ones."""

    def __init__(self, tenant: Tenant, options: Options) -> None:
        from mailwitness.simulate.exports import DEFAULT_FORMATS, formats

        known = formats()
        chosen = [known[name] for name in options.formats or DEFAULT_FORMATS]
        self._tenant = tenant
        self._until = tenant.collected_at
        self._lossy = options.coverage == "loss20"
        self._keeps: dict[LogStream, tuple[Keeps, ...]] = {}
        for format_ in chosen:
            for stream in format_.streams - LEFT_OUT[options.coverage]:
                self._keeps[stream] = (*self._keeps.get(stream, ()), format_.keeps)
        for stream, keeps in self._keeps.items():
            if everything in keeps:
                self._keeps[stream] = ()
        self._retained: dict[LogStream, Callable[[Logged], bool]] = {}
        if tenant.start_at < self._until - TRACE_DAYS * MS_PER_DAY:
            self._retained["message_trace"] = lambda one: one.at >= self._until - TRACE_DAYS * MS_PER_DAY
        if tenant.start_at < self._until - STANDARD_DAYS * MS_PER_DAY:
            self._retained["unified"] = self._retained_by_purview
        self._premium = {person.upn.lower() for person in tenant.people if person.plan == "e5"}

    def offers(self, one: Logged) -> bool:
        """Whether the service had the record for one of the chosen exports, whatever got lost afterwards."""
        keeps = self._keeps.get(one.stream)
        if keeps is None or one.available > self._until:
            return False
        retained = self._retained.get(one.stream)
        if retained is not None and not retained(one):
            return False
        return not keeps or any(keep(self._tenant, one) for keep in keeps)

    def holds(self, one: Logged) -> bool:
        """Whether some file of the exports holds the record, caps aside. One that got lost on the way is marked so."""
        if not self.offers(one):
            return False
        if self._lossy and self._tenant.chance.share("loss", one.stream, one.id) < LOSS_SHARE:
            one.lost = True
        return not one.lost

    def _retained_by_purview(self, one: Logged) -> bool:
        user = one.record.get("UserId")
        premium = isinstance(user, str) and user.lower() in self._premium
        return one.at >= self._until - (PREMIUM_DAYS if premium else STANDARD_DAYS) * MS_PER_DAY
