"""Exchange settings as a cmdlet showed them: Get-CASMailbox, Get-Mailbox, Get-OrganizationConfig and their neighbours.

One row per object in ``other_records``; each known property is one observation in ``setting_observations``, and the names
of a mailbox are tied together in ``identity_mentions``. The payload is the object with the vendor's names, the envelope
holds ``cmdlet``, ``time`` and ``time_from``.

Clock: settings carry no time of their own. The snapshot's time comes from the file's name or its stamp, and says so.
Limits: an absent property gives no row. An empty one gives null only where the vendor's null has a meaning, such as
    ``SmtpClientAuthenticationDisabled`` (the tenant's value applies). Lists cut by the export (``{A, B...}``) give no row.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-casmailbox
    - https://learn.microsoft.com/powershell/module/exchange/get-mailbox
    - https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records import exchange_settings as known
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.exchange_settings import Setting, list_of, value_json
from mailwitness.records.other_record import other_row, payload_mapping
from mailwitness.records.values import folded, parse_text, parse_time

_OBJECTS: Mapping[str, tuple[str, Mapping[str, Setting]]] = {
    "Get-CASMailbox": ("mailbox", known.CAS_MAILBOX),
    "Get-Mailbox": ("mailbox", known.MAILBOX),
    "Get-MailboxAuditBypassAssociation": ("mailbox", known.BYPASS),
    "Get-User": ("user", known.USER),
    "Get-MgUser": ("user", {}),
    "Get-OrganizationConfig": ("tenant", known.ORGANIZATION),
    "Get-TransportConfig": ("tenant", known.TRANSPORT),
    "Get-AdminAuditLogConfig": ("tenant", known.ADMIN_AUDIT_LOG),
    "Get-AuthenticationPolicy": ("tenant", known.AUTHENTICATION_POLICY),
    "Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy": ("tenant", known.SECURITY_DEFAULTS),
}

_NAMES = (
    ("userprincipalname", "upn"),
    ("primarysmtpaddress", "smtp"),
    ("windowsemailaddress", "smtp"),
    ("externaldirectoryobjectid", "object_id"),
    ("exchangeguid", "mailbox_guid"),
    ("alias", "alias"),
    ("identity", "name"),
    ("name", "name"),
    ("distinguishedname", "name"),
    ("guid", "object_id"),
    ("displayname", "name"),
)
"""Properties that name one mailbox, the surest first, and the kind of name."""

_NO_GUID = "00000000-0000-0000-0000-000000000000"


def rows_of(raw: RawRecord) -> Rows | Reject:
    payload = payload_mapping(raw)
    if isinstance(payload, Reject):
        return payload
    envelope = raw.envelope or {}
    cmdlet = str(envelope.get("cmdlet") or "settings")
    time = parse_time(envelope.get("time"))
    given = folded(payload)
    names = _names_of(given)
    subject_kind, settings = _OBJECTS.get(cmdlet, ("tenant", {}))
    if subject_kind != "tenant" and not names:
        return Reject(raw.offset, raw.length, "no_subject", f"{cmdlet}: no property names the mailbox this is about")
    subject = names[0][1] if subject_kind != "tenant" else ""
    if cmdlet == "Get-AuthenticationPolicy":
        subject = parse_text(given.get("identity")) or parse_text(given.get("name")) or ""
    row = other_row(cmdlet, payload, time)
    row["actor"] = subject or None
    observations = [
        {
            "row_id": content_id("setting_observations", cmdlet, subject, setting.name, value, time),
            "time": time,
            "subject_kind": subject_kind,
            "subject": subject,
            "setting": setting.name,
            "value": value,
            "how": "snapshot",
            "learned_from": cmdlet,
            "time_from": str(envelope.get("time_from") or "none") if time is not None else "none",
        }
        for setting, value in _values(given, settings)
    ]
    mentions = identity_mentions(names, time) if subject_kind != "tenant" else []
    return {"other_records": [row], "setting_observations": observations, "identity_mentions": mentions}


def _values(given: Mapping[str, Any], settings: Mapping[str, Setting]) -> list[tuple[Setting, str]]:
    found = []
    for name, setting in settings.items():
        value = value_json(setting, given[name]) if name in given else None
        if value is not None:
            found.append((setting, value))
    return found


def _names_of(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, value) of every name the object has, the surest first, each once."""
    found = []
    for property_, kind in _NAMES:
        value = (parse_text(given.get(property_)) or "").strip()
        if value and value != _NO_GUID:
            found.append((kind, value.removeprefix("SMTP:").removeprefix("smtp:") if kind == "smtp" else value))
    addresses = list_of(given.get("emailaddresses")) or []
    found += [("smtp", address[5:]) for address in addresses if address.lower().startswith("smtp:")]
    return list(dict.fromkeys(found))


def identity_mentions(names: list[tuple[str, str]], time: datetime | None) -> list[dict[str, Any]]:
    """Rows of ``identity_mentions`` that tie the first name to each of the others."""
    if not names:
        return []
    (kind_a, value_a), *others = names
    return [
        {
            "row_id": content_id("identity_mentions", kind_a, value_a, kind_b, value_b, time),
            "time": time,
            "kind_a": kind_a,
            "value_a": value_a,
            "kind_b": kind_b,
            "value_b": value_b,
        }
        for kind_b, value_b in others
        if (kind_b, value_b.lower()) != (kind_a, value_a.lower())
    ]


FAMILY = row_by_row("settings_object", "other_records", ("setting_observations", "identity_mentions"), rows_of)
