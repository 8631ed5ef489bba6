"""Exchange settings objects: which cmdlet an object came from, told by the names of its properties, and when it was seen.

``cmdlet_of`` gives one cmdlet at most, whatever the wrapping (CSV header, JSON keys, Format-List names, CliXml). All four
readers of settings ask it, each for its own layout, so no two claim one file.

Clock: a settings object has no time. Collectors put theirs into the name of the file or a folder, in the collecting machine's
    zone (Hawk, and stamps that end in Z: UTC); it is read as UTC unless the option ``time_zone`` says otherwise. Else the file's own stamp is taken.
Sources:
    - https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets   (properties of Get-EXOMailbox, Get-EXOCasMailbox)
    - https://learn.microsoft.com/powershell/module/exchange/get-organizationconfig
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py: EXO_*.json)
    - https://github.com/T0pCyber/hawk   (folder names)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailwitness.model.evidence import Place, RawRecord
from mailwitness.sources._entra_shape import instant

_LOG_RECORD = frozenset({"auditdata", "operation", "operations", "creationtime", "raweventdata", "activitydisplayname"})
_MAILBOX_NAMES = frozenset(
    {"primarysmtpaddress", "emailaddresses", "userprincipalname", "externaldirectoryobjectid", "windowsemailaddress"}
)
_ANY_NAME = _MAILBOX_NAMES | {"identity", "name", "displayname", "alias", "guid"}
_PROTOCOLS = frozenset({"imapenabled", "popenabled", "mapienabled", "owaenabled", "activesyncenabled"})
_AUDIT = frozenset({"auditenabled", "defaultauditset", "auditowner", "auditdelegate", "auditadmin"})
_TRANSPORT = frozenset(
    {"allowlegacytlsclients", "externaldelaydsnenabled", "tlssenddomainsecurelist", "tlsreceivedomainsecurelist",
     "maxdumpstersizeperdatabase", "journalarchivingenabled", "shadowredundancyenabled"}
)  # fmt: skip
_ORGANIZATION = frozenset({"auditdisabled", "oauth2clientprofileenabled", "defaultauthenticationpolicy"})
_INGESTION = frozenset({"unifiedauditlogingestionenabled", "adminauditlogenabled"})


def cmdlet_of(names: frozenset[str]) -> str | None:
    """The Get cmdlet whose object has these property names (lower case); None for anything else."""
    if names & _LOG_RECORD or "effectiveauditstate" in names:
        return None
    if any(name.startswith("allowbasicauth") for name in names):
        return "Get-AuthenticationPolicy"
    if names & _INGESTION:
        return "Get-AdminAuditLogConfig"
    if names & _ORGANIZATION:
        return "Get-OrganizationConfig"
    if names & _TRANSPORT:
        return "Get-TransportConfig"
    if names & _PROTOCOLS:
        if names & _MAILBOX_NAMES or "remotepowershellenabled" not in names:
            return "Get-CASMailbox" if names & _ANY_NAME else None
        return "Get-CASMailboxPlan"
    if "smtpclientauthenticationdisabled" in names:
        return "Get-CASMailbox" if names & _ANY_NAME else "Get-TransportConfig"
    if names & _AUDIT and names & _ANY_NAME:
        return "Get-Mailbox"
    if "auditbypassenabled" in names and names & _ANY_NAME:
        return "Get-MailboxAuditBypassAssociation"
    if {"recipienttypedetails", "primarysmtpaddress"} <= names and names & {"exchangeguid", "distinguishedname"}:
        return "Get-Mailbox"
    if "authenticationpolicy" in names and names & {"userprincipalname", "windowsemailaddress"}:
        return "Get-User"
    return None


_STAMP = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])[-_T ]?([01]\d|2[0-3])[-_:.]?([0-5]\d)[-_:.]?([0-5]\d)?(?!\d)(Z?)"
)


def snapshot_time(place: Place) -> tuple[str | None, str]:
    """(ISO 8601 UTC, ``file_name``, ``file_time`` or ``none``): when the objects of a file were collected.

    The name itself goes before its folders, the nearest folder first. A name with two stamps names a window, not a moment.
    """
    parts = re.split(r"[\\/]", place.name)
    for part in reversed(parts):
        found = _STAMP.findall(part)
        if len(found) > 1:
            break
        if found:
            *numbers, utc = found[0]
            year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
            try:
                text = datetime(year, month, day, hour, minute, second).isoformat()
            except ValueError:
                continue
            is_utc = utc or part.lower().startswith("hawk")
            zoned = None if is_utc else instant(text, "local", place.options)
            return zoned or f"{text}Z", "file_name"
    return (place.modified, "file_time") if place.modified else (None, "none")


def settings_record(obj: Mapping[str, Any], offset: int, length: int, place: Place, cmdlet: str) -> RawRecord:
    """The raw record of one settings object, with its cmdlet and the moment it was seen."""
    time, time_from = snapshot_time(place)
    envelope = {"cmdlet": cmdlet, "time": time, "time_from": time_from}
    return RawRecord("settings_object", obj, offset, length, envelope)


def lower_keys(obj: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(key).strip().lower() for key in obj)
