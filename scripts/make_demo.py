"""Writes the exports of the demo's incident into src/mailwitness/demo/evidence; the same bytes every time.

    python -m scripts.make_demo

`demo_incident` tells what happened; here is who exported it, in which form, and what got lost on the way.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from scripts.demo_incident import MAILBOXES, TENANT, Message, Record, at, audit, iso, new_guid, signins, tell

EVIDENCE = Path(__file__).parents[1] / "src/mailwitness/demo/evidence"
TRACED_FROM = datetime(2026, 2, 18)  # the message trace was asked for the three weeks before


def save(folder: Path, name: str, data: str | bytes) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data.encode() if isinstance(data, str) else data)


def table(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, quoting: Any = csv.QUOTE_MINIMAL, mark: bool = True
) -> bytes:
    """A CSV as Windows programs write it: CRLF, and with ``mark`` a UTF-8 mark in front."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def between(first: str, last: str) -> list[Record]:
    return [r for r in audit if iso(at(first)) <= r["CreationTime"] < iso(at(last))]


RECORD_TYPES = {
    1: "ExchangeAdmin",
    2: "ExchangeItem",
    8: "AzureActiveDirectory",
    15: "AzureActiveDirectoryStsLogon",
    50: "ExchangeItemAggregated",
}


def us_time(text: str) -> str:
    """PowerShell's way on a machine set to English (United States)."""
    time = datetime.fromisoformat(text)
    return f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M:%S} {'AM' if time.hour < 12 else 'PM'}"


def audit_exports(folder: Path) -> None:
    header = "RecordId CreationDate RecordType Operation UserId AuditData AssociatedAdminUnits AssociatedAdminUnitsNames".split()
    rows = [
        (r["Id"], r["CreationTime"] + ".0000000Z", r["RecordType"], r["Operation"], r["UserId"], compact(r), "", "")
        for r in reversed(between("09 00:00:00", "10 12:00:00"))  # the portal writes the newest first
    ]
    save(folder, "purview/AuditLog_2026-03-09_2026-03-10.csv", table(header, rows))

    searched = between("08 06:00:00", "12 00:00:00")
    header = "RecordType CreationDate UserIds Operations AuditData ResultIndex ResultCount Identity IsValid ObjectState".split()
    found = [
        (RECORD_TYPES[r["RecordType"]], us_time(r["CreationTime"]), r["UserId"], r["Operation"], compact(r), n, len(searched), r["Id"],
         "True", "Unchanged")
        for n, r in enumerate(searched, start=1)
    ]  # fmt: skip
    save(folder, "extractor/UAL-Combined.csv", table(header, found, quoting=csv.QUOTE_ALL))
    save(folder, "extractor/LogFile.txt", run_log())
    save(folder, "siem/audit.exchange.json", "[" + ",".join(map(compact, searched)) + "]")

    text = json.dumps(between("12 00:00:00", "13 00:00:00"), indent=1)
    save(folder, "siem/audit.exchange.night.json", text[: text.rindex('"Folders"') - 40])


def run_log() -> str:
    """What the collector says it asked for and got; one window it did not get."""
    said = ["3/12/2026 9:02:11 AM: [INFO] Running Get-UAL"]
    windows = ("08 06:00:00", "10 06:00:00", "10 12:00:00", "10 18:00:00", "11 00:00:00", "11 12:00:00", "12 00:00:00")
    for n, (first, last) in enumerate(pairwise(windows)):
        found = len(between(first, last))
        lost = first == "10 12:00:00"
        clock = f"3/12/2026 9:0{3 + n}:11 AM:"
        window = f"between {iso(at(first))}Z and {iso(at(last))}Z"
        if not found and not lost:
            said.append(f"{clock} [INFO] No audit logs {window}. Moving on!")
            continue
        said.append(f"{clock} [INFO] Found {1312 if lost else found} audit logs {window}")
        if lost:
            said.append(
                f"{clock} [ERROR] Could not retrieve the records, Skipping. SOME EVENTS IN THIS RANGE ARE NOT CAPTURED"
            )
        else:
            said.append(
                f"{clock} [INFO] Successfully retrieved {found} records out of total {found} for the current time range. Moving on!"
            )
    return "\r\n".join(said) + "\r\n"


INTERACTIVE = """
Date (UTC)|Request ID|User agent|Correlation ID|User ID|User|Username|User type|Cross tenant access type|Incoming token type|
Authentication Protocol|Unique token identifier|Original transfer method|Application|Application ID |Resource|Resource ID |
Resource tenant ID|Home tenant ID|IP address|Location|Status|Sign-in error code|Failure reason|Client app|Device ID|Browser|
Operating System|Multifactor authentication result|Authentication requirement|Sign-in identifier|Session ID|
IP address (seen by resource)|Autonomous system  number|Flagged for review|Token issuer type|Incoming token type|Conditional Access
""".replace("\n", "").split("|")


def signin_exports(folder: Path) -> None:
    def of(stream: str) -> list[Record]:
        return [s for s in signins if s["signInEventTypes"] == [stream]]

    rows = []
    for s in reversed(of("interactiveUser")):
        place, failed = s["location"], s["status"]["errorCode"]
        factors = "Single-factor" if s["clientAppUsed"] == "IMAP4" else "Multifactor"
        rows.append((
            s["createdDateTime"], s["id"], s["userAgent"], s["correlationId"], s["userId"], s["userDisplayName"], s["userPrincipalName"],
            "Member", "None", "None", s["authenticationProtocol"].upper() if s["authenticationProtocol"] != "none" else "None",
            s["uniqueTokenIdentifier"], "None", s["appDisplayName"], s["appId"], s["resourceDisplayName"], s["resourceId"], TENANT, TENANT,
            s["ipAddress"], f"{place['city']}, , {place['countryOrRegion']}", "Failure" if failed else "Success", failed,
            s["status"]["failureReason"] or "Other.", s["clientAppUsed"], "", "", "", "", f"{factors} authentication", "", s["sessionId"],
            s["ipAddress"], s["autonomousSystemNumber"], "No", "Azure AD", "None", "Not Applied",
        ))  # fmt: skip
    save(folder, "entra/InteractiveSignIns_2026-03-09_2026-03-12.csv", table(INTERACTIVE, rows, mark=False))
    save(
        folder, "entra/NonInteractiveSignIns_2026-03-09_2026-03-12.json", json.dumps(of("nonInteractiveUser"), indent=1)
    )

    categories = {
        "interactiveUser": "SignInLogs", "nonInteractiveUser": "NonInteractiveUserSignInLogs", "servicePrincipal": "ServicePrincipalSignInLogs",
    }  # fmt: skip
    lines = [
        compact({
            "time": s["createdDateTime"], "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam", "operationName": "Sign-in activity",
            "category": categories[s["signInEventTypes"][0]], "tenantId": TENANT, "resultType": str(s["status"]["errorCode"]),
            "callerIpAddress": s["ipAddress"], "correlationId": s["correlationId"], "properties": s,
        })
        for s in signins
        if "2026-03-10T08" <= s["createdDateTime"] < "2026-03-10T09"
    ]  # fmt: skip
    save(folder, "entra/collection-statement.jsonl", statement())
    save(folder, "entra/diagnostic/y=2026/m=03/d=10/h=08/m=00/PT1H.json", "\n".join(lines) + "\n")


def statement() -> str:
    """What the one who downloaded the sign-ins wrote down of it, a line for each log and day."""
    said = []
    kinds = {"interactive": "interactiveUser", "non_interactive": "nonInteractiveUser"}
    for feed, kind in kinds.items():
        for first, last in pairwise(("09 00:00:00", "10 00:00:00", "11 00:00:00", "12 00:00:00")):
            begin, end = iso(at(first)), iso(at(last))
            found = sum(s["signInEventTypes"] == [kind] and begin <= s["createdDateTime"] < end for s in signins)
            said.append(compact({
                "collection_statement": 1, "feed": f"signins_{feed}", "window_from": f"{begin}Z", "window_to": f"{end}Z", "users": "all",
                "expected": found, "received": found, "complete": True, "collector": "Contoso, downloaded from the admin center",
            }))  # fmt: skip
    return "\n".join(said) + "\n"


ACTIONS = [
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "MailItemsAccessed",
]


def settings(stamp: str) -> dict[str, bytes]:
    """The settings that decide what is recorded, as several cmdlets showed them at one moment."""
    run = new_guid()  # PowerShell writes its session into every object
    protocols = "RunspaceId Name PrimarySmtpAddress ActiveSyncEnabled OWAEnabled PopEnabled ImapEnabled MAPIEnabled SmtpClientAuthenticationDisabled".split()
    audited = [
        {
            "RunspaceId": run, "UserPrincipalName": m.upn, "PrimarySmtpAddress": m.upn, "Alias": m.name, "Name": m.display, "ExchangeGuid": m.guid,
            "ExternalDirectoryObjectId": m.object_id, "RecipientTypeDetails": m.kind, "AuditEnabled": True,
            "DefaultAuditSet": ["Admin", "Delegate", "Owner"], "AuditOwner": ACTIONS, "AuditDelegate": ACTIONS, "AuditAdmin": ACTIONS,
        }
        for m in MAILBOXES
    ]  # fmt: skip
    log = f"\r\n\r\nRunspaceId                     : {run}\r\nAdminAuditLogEnabled           : True\r\nUnifiedAuditLogIngestionEnabled : True\r\nName                           : Default\r\n\r\n"
    return {
        f"CASMailbox_{stamp}.csv": table(
            protocols, [(run, m.display, m.upn, True, True, False, False, True, "") for m in MAILBOXES], quoting=csv.QUOTE_ALL
        ),
        f"MailboxAudit_{stamp}.json": json.dumps(audited, indent=1).encode(),
        f"OrganizationConfig_{stamp}.json": json.dumps(
            {"RunspaceId": run, "Name": "contoso.test", "Identity": "contoso.test", "AuditDisabled": False, "OAuth2ClientProfileEnabled": True}, indent=1
        ).encode(),
        f"AdminAuditLogConfig_{stamp}.txt": log.encode("utf-16"),
        f"AuditBypass_{stamp}.csv": table(
            ("RunspaceId", "Name", "Identity", "ExternalDirectoryObjectId", "AuditBypassEnabled"),
            [(run, m.display, m.upn, m.object_id, False) for m in MAILBOXES], quoting=csv.QUOTE_ALL,
        ),
    }  # fmt: skip


def zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 8, 6, 0, 0)), data, zipfile.ZIP_STORED)
    return made.getvalue()


def companions(folder: Path, mail: Mapping[str, list[Message]], phish: Message) -> None:
    before = settings("20260308_060000")
    tenant = {name: data for name, data in before.items() if name.startswith(("Org", "Admin", "AuditBypass"))}
    mailboxes = {name: data for name, data in before.items() if name not in tenant}
    save(folder, "settings/weekly-settings.zip", zipped({**mailboxes, "tenant.zip": zipped(tenant)}))
    for name, data in settings("20260312_090000").items():
        save(folder, f"settings/{name}", data)

    header = "origin_timestamp_utc sender_address recipient_status message_subject total_bytes message_id network_message_id original_client_ip".split()
    traced = sorted(
        (m for letters in (*mail.values(), [phish]) for m in letters if m.time >= TRACED_FROM),
        key=lambda m: (m.time, m.id),
    )
    rows = [
        (
            iso(m.time) + ".0000000Z",
            m.sender,
            f"{m.mailbox.upn}##Receive, Deliver",
            m.subject,
            m.size,
            m.id,
            new_guid(),
            "203.0.113.250",
        )
        for m in traced
    ]
    save(folder, "exchange/MTSummary_report.csv", table(header, rows, mark=False))

    header = "Name Enabled Priority Identity RuleIdentity MailboxOwnerId MarkAsRead MoveToFolder SubjectOrBodyContainsWords StopProcessingRules From".split()
    rules = [
        (
            ".",
            "True",
            "1",
            "dana\\1203344",
            "1203344",
            "dana",
            "True",
            "RSS Feeds",
            "invoice, bank details, payment",
            "True",
            "",
        ),
        (
            "Newsletters",
            "True",
            "2",
            "dana\\7784120",
            "7784120",
            "dana",
            "False",
            "Newsletters",
            "",
            "False",
            "digest@example.org",
        ),
    ]
    save(folder, "exchange/InboxRules_dana.csv", table(header, rules, quoting=csv.QUOTE_ALL))


def write(folder: Path) -> None:
    """All exports of the incident, under ``folder``."""
    mail, phish = tell()
    audit_exports(folder)
    signin_exports(folder)
    companions(folder, mail, phish)


if __name__ == "__main__":
    shutil.rmtree(EVIDENCE, ignore_errors=True)
    write(EVIDENCE)
