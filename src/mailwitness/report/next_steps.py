"""What to fetch next: which evidence is missing, why it matters, and the command or page that gets it.

Each step is one SQL test over the case; a step is due when its test gives a true. The commands are the vendor's own.

Sources:
    - https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog
    - https://learn.microsoft.com/graph/api/signin-list
    - https://learn.microsoft.com/purview/audit-log-investigate-accounts   (MailItemsAccessed, Bind and Sync)
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2
    - https://learn.microsoft.com/powershell/module/exchange/get-mailboxauditbypassassociation
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb

from mailwitness.report.text import time_text


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: ``missing`` in a sentence, ``why``, where to ``get`` it, and the ``command``."""

    code: str
    missing: str
    why: str
    get: str
    command: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


_SEARCH = (
    "Search-UnifiedAuditLog -StartDate <from> -EndDate <to> -Operations MailItemsAccessed -SessionCommand ReturnLargeSet "
    "-SessionId case -ResultSize 5000"
)

_RULES: tuple[tuple[str, Step], ...] = (
    (
        "SELECT count(*) = 0 FROM evidence WHERE records > 0",
        Step(
            "no_records",
            "No record was read at all.",
            "Nothing can be said about any mailbox.",
            "Purview portal, Audit, New search, Export; then add the file",
            "mailwitness add CASE PATH",
        ),
    ),
    (
        "SELECT (SELECT count(*) FROM mail_accesses) = 0 AND (SELECT count(*) FROM evidence WHERE records > 0) > 0",
        Step(
            "no_mail_access",
            "There is no mail-access record (MailItemsAccessed).",
            "Without it no message can be shown to have been accessed, and its absence proves nothing.",
            "Purview portal, Audit, activity MailItemsAccessed for the mailboxes in question; check the licence of each mailbox",
            _SEARCH,
        ),
    ),
    (
        "SELECT count(*) > 0 FROM collection_windows WHERE complete = FALSE AND window_from IS NOT NULL AND window_to IS NOT NULL",
        Step(
            "window_lost",
            "A collector did not get all of a window: <lost>.",
            "What happened in it may be in no export here.",
            "Search that window again, in shorter pieces",
            "Search-UnifiedAuditLog -StartDate <lost_from> -EndDate <lost_to> -SessionCommand ReturnLargeSet -SessionId case "
            "-ResultSize 5000",
        ),
    ),
    (
        """SELECT count(*) > 0 AND count(*) FILTER (WHERE record_type = 50) = count(*)
           AND count(*) FILTER (WHERE mail_access_type = 'Sync') = 0 FROM mail_accesses""",
        Step(
            "sync_filtered",
            "Only record type 50 is here and not one Sync record.",
            "Sync is recorded with record type 2. A search filtered by record type loses every folder that was copied whole.",
            "Search again by operation, not by record type",
            _SEARCH,
        ),
    ),
    (
        """SELECT (SELECT count(*) FROM signins) = 0 AND (SELECT count(*) FROM evidence WHERE records > 0) > 0""",
        Step(
            "no_signins",
            "There is no sign-in at all.",
            "Sessions cannot be led back to a sign-in, an address or a device.",
            "Entra admin centre, Monitoring, Sign-in logs, Download, all four tabs (JSON); kept 30 days, 7 without P1",
            'Get-MgBetaAuditLogSignIn -All -Filter "createdDateTime ge <from> and signInEventTypes/any(t: t eq '
            "'interactiveUser' or t eq 'nonInteractiveUser')\"",
        ),
    ),
    (
        """SELECT count(*) > 0 AND count(*) FILTER (WHERE stream = 'non_interactive') = 0
           AND count(*) FILTER (WHERE stream IS NULL) = 0 FROM signins""",
        Step(
            "no_non_interactive",
            "Non-interactive sign-ins are missing.",
            "Tokens are mostly renewed there: a session without an issuing sign-in may simply not have been collected.",
            "Entra admin centre, Sign-in logs, tab User sign-ins (non-interactive), Download (JSON)",
            'Get-MgBetaAuditLogSignIn -All -Filter "createdDateTime ge <from> and signInEventTypes/any(t: t eq '
            "'nonInteractiveUser')\"",
        ),
    ),
    (
        """SELECT (SELECT count(*) FROM mail_accesses WHERE accessed_as = 'application') > 0
           AND (SELECT count(*) FROM signins WHERE stream = 'service_principal') = 0""",
        Step(
            "no_app_signins",
            "Apps obtained mail, but there are no service-principal sign-ins.",
            "Where the app's credential was used from is unknown.",
            "Entra admin centre, Sign-in logs, tab Service principal sign-ins, Download (JSON)",
            'Get-MgBetaAuditLogSignIn -All -Filter "createdDateTime ge <from> and signInEventTypes/any(t: t eq '
            "'servicePrincipal')\"",
        ),
    ),
    (
        """SELECT count(*) > 0 FROM (SELECT DISTINCT mailbox FROM mail_accesses) AS a
           ANTI JOIN mailbox_settings AS s ON s.mailbox = a.mailbox""",
        Step(
            "no_mailbox_settings",
            "The settings of some or all accessed mailboxes are not here.",
            "Whether an access would have been recorded, and whether IMAP or POP was open, depends on them.",
            "Exchange Online PowerShell, one file per command",
            "Get-CASMailbox -ResultSize Unlimited | Export-Csv cas.csv; Get-Mailbox -ResultSize Unlimited | Select "
            "UserPrincipalName,Audit*,DefaultAuditSet | Export-Csv audit.csv; Get-MailboxAuditBypassAssociation -ResultSize "
            "Unlimited | Export-Csv bypass.csv",
        ),
    ),
    (
        "SELECT (SELECT count(*) FROM tenant_settings) = 0 AND (SELECT count(*) FROM mail_accesses) > 0",
        Step(
            "no_tenant_settings",
            "The tenant's audit switches are not here.",
            "If auditing was off for the tenant, no log can answer for that time.",
            "Exchange Online PowerShell",
            "Get-AdminAuditLogConfig | Export-Csv auditconfig.csv; Get-OrganizationConfig | Export-Csv org.csv; "
            "Get-TransportConfig | Export-Csv transport.csv",
        ),
    ),
    (
        "SELECT (SELECT count(*) FROM licences) = 0 AND (SELECT count(*) FROM mail_accesses) > 0",
        Step(
            "no_licences",
            "Nobody's licences are here.",
            "Whether mail access is recorded for a mailbox depends on its licence at that time.",
            "Microsoft Graph PowerShell",
            "Get-MgUser -All -Property userPrincipalName,assignedPlans | ConvertTo-Json -Depth 5 > licences.json",
        ),
    ),
    (
        """SELECT (SELECT count(*) FROM mail_access_items) > 0 AND (SELECT count(*) FROM message_traces) = 0""",
        Step(
            "no_message_trace",
            "No message trace is here.",
            "Mail-access records hold no subject or sender: the messages can be listed but not named.",
            "Exchange admin centre, Message trace (10 days per query, 90 days back)",
            "Get-MessageTraceV2 -StartDate <from> -EndDate <to> -ResultSize 5000 | Export-Csv trace.csv",
        ),
    ),
    (
        """SELECT (SELECT count(*) FROM directory_audits) = 0
           AND (SELECT count(*) FROM audit_events WHERE workload = 'AzureActiveDirectory' AND record_type = 8) = 0
           AND (SELECT count(*) FROM mail_accesses) > 0""",
        Step(
            "no_directory_audits",
            "No directory audit is here.",
            "Consent to an app, a new credential or a changed licence would not be seen.",
            "Entra admin centre, Audit logs, Download (JSON)",
            'Get-MgAuditLogDirectoryAudit -All -Filter "activityDateTime ge <from>" | ConvertTo-Json -Depth 10 > audits.json',
        ),
    ),
    (
        "SELECT count(*) > 0 FROM rejects WHERE reason IN ('cut_off', 'truncated')",
        Step(
            "cut_off_file",
            "A file ends in the middle of a record.",
            "What came after the cut is not here.",
            "Get the same export again, or export again from the time of the last record that was read",
            "mailwitness add CASE PATH",
        ),
    ),
)


def next_steps(connection: duckdb.DuckDBPyConnection) -> tuple[Step, ...]:
    """The steps that are due for this case, the most telling first, with the case's own dates in their commands."""
    due = []
    for test, step in _RULES:
        (is_due,) = connection.execute(test).fetchone() or (False,)
        if is_due:
            due.append(step)
        if is_due and step.code == "no_records":
            break
    since, until = _period(connection)
    lost, lost_from, lost_to = _lost(connection)
    dates = {"<from>": since, "<to>": until, "<lost>": lost, "<lost_from>": lost_from, "<lost_to>": lost_to}
    return tuple(replace(s, missing=_dated(s.missing, dates), command=_dated(s.command, dates)) for s in due)


def _dated(text: str, dates: Mapping[str, str]) -> str:
    for placeholder, date in dates.items():
        text = text.replace(placeholder, date)
    return text


def _lost(connection: duckdb.DuckDBPyConnection) -> tuple[str, str, str]:
    """The first window that a collector did not get whole, and how many more there are, in words; its two ends."""
    windows = connection.execute(
        """SELECT window_from, window_to FROM collection_windows
        WHERE complete = FALSE AND window_from IS NOT NULL AND window_to IS NOT NULL
        GROUP BY window_from, window_to ORDER BY window_from, window_to"""
    ).fetchall()
    if not windows:
        return "", "", ""
    first, last = time_text(windows[0][0]), time_text(windows[0][1])
    more = f" and {len(windows) - 1:,} more" if len(windows) > 1 else ""
    return f"{first} to {last}{more}", first, last


def _period(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """The day before the first mail access and the day after the last; without any, of the evidence."""
    for table, first, last in (("mail_accesses", "time", "time"), ("evidence", "scope_from", "scope_to")):
        found = connection.execute(
            f"""SELECT min({first})::DATE - INTERVAL 1 DAY, max({last})::DATE + INTERVAL 2 DAY
            FROM {table} WHERE {first} BETWEEN '2000-01-01' AND '2200-01-01'"""
        ).fetchone()
        if found is not None and None not in found:
            return time_text(found[0]), time_text(found[1])
    return "<from>", "<to>"
