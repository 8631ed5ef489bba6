"""Settings as an administrator exports them with the vendor's own commands: Exchange PowerShell 7 to CSV and JSON, Graph to JSON.

Two snapshots, of the first moment of the period and of the day of the export, because one alone says nothing about the time before it. Each
file's name begins with its moment, ``yyyyMMdd-HHmmss`` in UTC: the objects have no time of their own. Lists are JSON arrays, so what has lists
(mailboxes, organisation) is JSON; flat objects are CSV as Export-Csv writes them.

Limits: file names are the administrator's own habit, not a vendor's. Coverage ``unified-only`` has no settings at all.
Sources: see ``_objects``; https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/export-csv
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mailwitness.simulate.exports._clock import stamp
from mailwitness.simulate.exports._csv import shell_row
from mailwitness.simulate.exports._objects import Object, Objects
from mailwitness.simulate.exports._searches import written_below
from mailwitness.simulate.exports._shell_json import converted
from mailwitness.simulate.exports.format import Format, Written
from mailwitness.simulate.world import Mailbox

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline


def close(out: Path, tenant: Tenant, timeline: Timeline, written: Written) -> tuple[str, ...]:
    if tenant.options.coverage == "unified-only":
        return ()
    files = [path for at in (tenant.start_at, tenant.collected_at) for path in _snapshot(out, tenant, timeline, at)]
    return written_below(out, files)


def _snapshot(out: Path, tenant: Tenant, timeline: Timeline, at: int) -> Iterator[Path]:
    objects = Objects(tenant, timeline, at)
    rules = [rule_object(*rule) for rule in objects.inbox_rules()]
    tables: dict[str, Iterable[Object]] = {
        "CASMailbox": objects.cas_mailboxes(),
        "MailboxAuditBypassAssociation": objects.bypasses(),
        "TransportConfig": [objects.transport()],
        "AdminAuditLogConfig": [objects.admin_audit_log()],
        "User": objects.users(),
        "AuthenticationPolicy": objects.authentication_policies(),
        "InboxRule": rules,
    }
    for name, rows in tables.items():
        path = out / f"{stamp(at)}-{name}.csv"
        if _csv(path, rows):
            yield path
    lists: dict[str, list[Object]] = {
        "Mailbox": list(objects.mailboxes()),
        "OrganizationConfig": [objects.organization()],
    }
    for name, made in lists.items():
        path = out / f"{stamp(at)}-{name}.json"
        path.write_bytes(converted(made))
        yield path
    pages = {
        "users": (
            "users(id,userPrincipalName,displayName,mail,accountEnabled,assignedPlans)",
            objects.licensed_users(),
        ),
        "subscribedSkus": ("subscribedSkus", objects.subscribed_skus()),
        "conditionalAccessPolicies": ("identity/conditionalAccess/policies", objects.policies()),
    }
    for name, (context, values) in pages.items():
        path = out / f"{stamp(at)}-{name}.json"
        page = {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}", "value": list(values)}
        path.write_bytes(msgspec.json.encode(page))
        yield path


def rule_object(mailbox: Mailbox, name: str, properties: Object) -> Object:
    """A rule as Get-InboxRule shows it; lists are joined, as a calculated property does it."""
    number = str(sum(map(ord, name)) * 7919 + mailbox.number)
    made: Object = {
        "Name": name,
        "Enabled": True,
        "Priority": 1,
        "Identity": f"{mailbox.upn.partition('@')[0]}\\{number}",
        "RuleIdentity": number,
        "MailboxOwnerId": mailbox.upn,
    }
    known = (
        "From SubjectContainsWords SubjectOrBodyContainsWords MoveToFolder CopyToFolder ForwardTo RedirectTo".split()
    )
    known += "ForwardAsAttachmentTo DeleteMessage SoftDeleteMessage MarkAsRead StopProcessingRules".split()
    for key in known:
        made[key] = _flat(properties.get(key))
    if "Enabled" in properties:
        made["Enabled"] = _flat(properties["Enabled"])
    return made


def _flat(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _csv(path: Path, rows: Iterable[Object]) -> bool:
    """Write a table without a byte order mark (PowerShell 7); False, and no file, where there are no rows."""
    wrote = False
    with path.open("xb") as stream:
        for row in rows:
            if not wrote:
                stream.write(shell_row(row))
                wrote = True
            stream.write(shell_row(row.values()))
    if not wrote:
        path.unlink()
    return wrote


FORMAT = Format("settings", "Settings by Exchange PowerShell and Graph", frozenset(), close=close)
