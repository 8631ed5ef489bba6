"""What the stand-in allows, and how fast: the services' limits, and what the tenant has granted and licensed.

Sources:
    - https://learn.microsoft.com/graph/throttling-limits   (5 requests in 10 s of auditLogs, 1 in 1 s of identityProtection and Conditional Access)
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference   (2,000 requests a minute, 7 days)
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention   (7 days, or 30 with Entra ID P1 or P2)
    - https://learn.microsoft.com/graph/api/resources/security-auditlogquery   (limits of audit queries)
Assumptions: latencies, how many blobs and rows are on a page where no source says it, requests a minute without a PublisherIdentifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from mailwitness.errors import UsageError

Licence: TypeAlias = Literal["free", "P1", "P2"]
"""Of Entra ID."""

GRAPH_PERMISSIONS = frozenset(
    (
        "AuditLog.Read.All Directory.Read.All Policy.Read.All IdentityRiskEvent.Read.All IdentityRiskyUser.Read.All "
        "Organization.Read.All User.Read.All Application.Read.All DelegatedPermissionGrant.Read.All "
        "UserAuthenticationMethod.Read.All MailboxSettings.Read AuditLogsQuery.Read.All ExchangeMessageTrace.Read.All"
    ).split()
)
ACTIVITY_PERMISSIONS = frozenset({"ActivityFeed.Read"})
EXCHANGE_PERMISSIONS = frozenset({"Exchange.ManageAsApp"})
PERMISSIONS = GRAPH_PERMISSIONS | ACTIVITY_PERMISSIONS | EXCHANGE_PERMISSIONS
"""What can be granted to the app. More of Graph may be: AuditLogsQuery-Exchange.Read.All and its like."""
CMDLETS = frozenset(
    (
        "Get-CASMailbox Get-Mailbox Get-MailboxAuditBypassAssociation Get-OrganizationConfig Get-TransportConfig "
        "Get-AdminAuditLogConfig Get-User Get-AuthenticationPolicy Get-InboxRule Get-MailboxPermission "
        "Get-RecipientPermission Get-MessageTraceV2 Search-UnifiedAuditLog"
    ).split()
)
"""What a role of Exchange can allow the app to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """``pace``: how many times faster than the services the stand-in throttles, tarries and forgets; 100 makes of 10 s a tenth.

    ``limits``: False lifts throttles and latency. ``granted``: the app's permissions. ``cmdlets``: what its Exchange roles let it run.
    ``subscribed``: whether all content types of the Management API were subscribed to long ago. ``secret_expired``: sign-in with the
    secret is refused. ``poison``: ids of audit records that no page of an audit query can show; a page that holds one fails each time. The rest
    are sizes and lives of things, which tests make smaller.
    """

    pace: float = 1.0
    limits: bool = True
    granted: frozenset[str] = PERMISSIONS
    cmdlets: frozenset[str] = CMDLETS
    licence: Licence = "P2"
    auditing: bool = True
    subscribed: bool = True
    secret_expired: bool = False
    poison: frozenset[str] = frozenset()
    token_lifetime_s: float = 3599.0
    link_lifetime_s: float = 1800.0
    auditlog_page: int = 1000
    object_page: int = 100
    listing_page: int = 50
    blob_minutes: int = 30
    blob_records: int = 5000
    huge_blob_bytes: tuple[int, int] = (3 << 20, 65 << 20)
    long_query_rows: int = 487_000
    query_records: int = 1_000_000
    query_page: int = 150
    query_takes_s: float = 60.0
    queries_a_day: int = 200
    queries_at_once: int = 50
    search_rows: int = 50_000
    trace_page: int = 1000

    def __post_init__(self) -> None:
        if not self.pace > 0:
            raise UsageError(f"pace {self.pace} is not positive; 1 is the services' own, 100 a hundred times faster.")

    def seconds(self, of_the_service: float) -> float:
        """How long the stand-in takes for what the service takes so long for."""
        return of_the_service / self.pace if self.limits else 0.0
