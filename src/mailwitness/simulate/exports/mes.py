"""Output folder of Microsoft-Extractor-Suite 4, run in PowerShell 7 on a machine in UTC with culture en-US.

``UnifiedAuditLog/<ts>/UAL-<begin>-<end>.json``: one file per search of at most twelve hours and fewer than 5,000 records, result objects with
``AuditData`` expanded, indented, two line ends after them; not merged. ``EntraID/<ts>-SignInLogs/<type>/``: Graph (beta) pages of 1,000 sign-ins, named
by the second in which they came, so that two pages of one second are two arrays in one file. ``EntraID/<ts>-AuditLogs``, ``MessageTrace``,
``Audit Status``, ``Licenses``, ``Rules``, ``ConditionalAccessPolicies``: tables. ``LogFile.txt`` is the run log: it says of every search of the audit log how
many records the service had and how many came. Two runs of the tables: at the first moment of the period, and at the export.

Limits: the tool pages from the newest record to the oldest; here each page is newest first, and pages follow each other in the order of time.
The names of the message trace's file and of the run log's place are not settled by a public sample (assumption). Sign-ins are taken as
collected again and again before Entra ID forgot them. Coverage ``unified-only`` has nothing but the audit log and the run log.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Microsoft-Extractor-Suite.psm1; Scripts/Get-UAL.ps1,
      Get-AzureEntraGraphLogs.ps1, Get-AuditLogSettings.ps1, Get-ProductLicenses.ps1, Get-Rules.ps1, Get-ConditionalAccessPolicy.ps1)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mailwitness.simulate.exports._audit_search import PAGE_ROWS, record_type_name, results
from mailwitness.simulate.exports._careless import broken_off, cut_of
from mailwitness.simulate.exports._clock import digits, iso, stamp, us, us_of
from mailwitness.simulate.exports._csv import shell_row
from mailwitness.simulate.exports._objects import Object, Objects
from mailwitness.simulate.exports._searches import Search, Searches, written_below
from mailwitness.simulate.exports._shell_json import converted
from mailwitness.simulate.exports._traces import HEADER, trace_row
from mailwitness.simulate.exports.format import EVENT_TYPES, SIGN_INS, Format, Streams, Written
from mailwitness.simulate.exports.settings import rule_object
from mailwitness.simulate.logged import Key, LogStream, Spooled
from mailwitness.simulate.world import MS_PER_HOUR, MS_PER_SECOND

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

SEARCH_HOURS = 12
GRAPH_PAGE_ROWS = 1000
MS_PER_PAGE = 700
_STREAMS: tuple[LogStream, ...] = ("unified", *SIGN_INS, "directory", "message_trace")


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    output = out / "Output"
    output.mkdir(exist_ok=True)
    audit = _AuditLog(output, tenant) if "unified" in streams else None
    pages: dict[LogStream, _GraphPages] = {}
    trace: _Trace | None = None
    for one in logs:
        if one.stream == "unified":
            assert audit is not None
            audit.searches.add(one.at, one)
        elif one.lost:
            continue
        elif one.stream == "message_trace":
            trace = trace or _Trace(output, tenant.collected_at)
            trace.file.write(trace_row(one))
        else:
            if one.stream not in pages:
                pages[one.stream] = _GraphPages(output, tenant.collected_at, one.stream)
            pages[one.stream].add(one.text)
    files: list[Path] = []
    said: list[tuple[LogStream, bytes]] = []
    dropped: frozenset[Key] = frozenset()
    if audit is not None:
        audit.close()
        files, dropped = audit.files, frozenset(audit.dropped)
        said.append(("unified", b"".join(audit.lines)))
    for stream, paged in pages.items():
        said.append((stream, b"".join(paged.close())))
        files += paged.files
    if trace is not None:
        trace.file.close()
        files.append(trace.path)
    return Written(written_below(out, files), dropped, tuple(said))


def close(out: Path, tenant: Tenant, timeline: Timeline, written: Written) -> tuple[str, ...]:
    """The run log, and two runs of the tables."""
    output = out / "Output"
    said = dict(written.said)
    log = output / "LogFile.txt"
    log.write_bytes(b"".join(said.get(stream, b"") for stream in _STREAMS))
    files = [log]
    if tenant.options.coverage != "unified-only":
        for at in (tenant.start_at, tenant.collected_at):
            files += _tables(output, tenant, Objects(tenant, timeline, at), at)
    return written_below(out, files)


def _line(at: int, text: str) -> bytes:
    return f"{us(at)}: {text}\r\n".encode()


class _AuditLog:
    """The unified audit log: a file per search, and what the run log says of each."""

    def __init__(self, output: Path, tenant: Tenant) -> None:
        self._tenant, self._cut = tenant, cut_of(tenant)
        self.lines: list[bytes] = []
        self._now = tenant.collected_at
        self._folder = output / "UnifiedAuditLog" / stamp(tenant.collected_at)
        self._folder.mkdir(parents=True)
        self.files: list[Path] = []
        self.dropped: set[Key] = set()
        self.searches: Searches[Spooled] = Searches(
            tenant.start_at, tenant.end_at, SEARCH_HOURS * MS_PER_HOUR, PAGE_ROWS - 1, self._take
        )
        self._log("=== Starting Unified Audit Log Collection ===")
        self._log(f"Start Date: {iso(tenant.start_at)}")
        self._log(f"End Date: {iso(tenant.end_at)}")

    def close(self) -> None:
        self.searches.close()
        self._log("[INFO] Acquisition complete, check the Output directory for your files..")

    def _log(self, text: str) -> None:
        self.lines.append(_line(self._now, text))
        self._now += MS_PER_SECOND

    def _take(self, search: Search[Spooled]) -> None:
        between = f"between {iso(search.begin)} and {iso(search.end)}"
        there = len(search.rows) + len(search.over)
        if not there:
            self._log(f"[INFO] No audit logs {between}. Moving on!")
            return
        found = list(results(self._tenant, search))
        rows = [_result(one, index, there) for index, one in found]
        if not rows:
            self._log(f"[WARNING] Empty data set returned {between}. Retry count reached. Moving forward!")
            return
        path = self._folder / f"UAL-{digits(search.begin)}-{digits(search.end)}.json"
        if self._cut is not None and self._cut.hits(search.begin, search.end):  # the tool knows nothing of a copy's end
            text, left = broken_off(converted, rows, self._cut)
            path.write_bytes(text)
            self.dropped.update(one.key for _, one in found[len(rows) - len(left) :])
        else:
            path.write_bytes(converted(rows) + b"\n\n")
        self.files.append(path)
        self._log(f"[INFO] Found {there} audit logs {between}")
        if search.over:
            self.dropped.update(one.key for one in search.over)
            self._log(
                f"[ERROR] Window {iso(search.begin)} -> {iso(search.end)} has 5000+ events in the minimum interval. Cannot shrink "
                "further; writing partial data and advancing. SOME EVENTS IN THIS RANGE ARE NOT CAPTURED."
            )
        else:
            self._log(
                f"[INFO] Successfully retrieved {len(rows)} records out of total {there} for the current time range. Moving on!"
            )


def _result(one: Spooled, index: int, count: int) -> Object:
    head = one.head
    return {
        "RecordType": record_type_name(head),
        "CreationDate": iso(one.at),
        "UserIds": head.UserId or "",
        "Operations": head.Operation,
        "AuditData": msgspec.Raw(one.text),
        "ResultIndex": index,
        "ResultCount": count,
        "Identity": one.id,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }


class _GraphPages:
    """Sign-ins of one type, or directory audits: pages, each written when it is full, in the file of the second in which it came."""

    def __init__(self, output: Path, collected_at: int, stream: LogStream) -> None:
        self._begin = collected_at + (1 + _STREAMS.index(stream)) * MS_PER_HOUR  # one log after the other
        self._stream = stream
        run = stamp(self._begin)
        if stream == "directory":
            self._folder, self._ending = output / "EntraID" / f"{run}-AuditLogs", "AuditLogs.json"
        else:
            self._folder = output / "EntraID" / f"{run}-SignInLogs" / EVENT_TYPES[stream]
            self._ending = f"{EVENT_TYPES[stream]}-SignInLogs.json"
        self._folder.mkdir(parents=True)
        self._page: list[msgspec.Raw] = []
        self._pages = 0
        self._lines: list[bytes] = []
        self.files: list[Path] = []

    def add(self, text: bytes) -> None:
        self._page.append(msgspec.Raw(text))
        if len(self._page) == GRAPH_PAGE_ROWS:
            self._write()

    def close(self) -> Iterator[bytes]:
        """The last page, and the run log's lines about all of them."""
        if self._page:
            self._write()
        name = "Audit Log" if self._stream == "directory" else "Sign-in Log"
        yield _line(self._begin, f"=== Starting {name} Collection ===")
        if self._stream != "directory":
            yield _line(self._begin, f"[INFO] Acquiring the {EVENT_TYPES[self._stream]} sign-in logs")
        yield from self._lines

    def _write(self) -> None:
        came = self._begin + self._pages * MS_PER_PAGE
        path = self._folder / f"{digits(came)}-{self._ending}"
        with path.open("ab") as stream:
            stream.write(converted(self._page[::-1]))
        if not self.files or self.files[-1] != path:
            self.files.append(path)
        self._lines.append(_line(came, f"[INFO] Retrieved {len(self._page)} records"))
        self._pages += 1
        self._page = []


class _Trace:
    """The message trace: one table, open while it grows."""

    def __init__(self, output: Path, collected_at: int) -> None:
        run = stamp(collected_at + 8 * MS_PER_HOUR)
        self.path = output / "MessageTrace" / run / f"{run}-MessageTrace.csv"
        self.path.parent.mkdir(parents=True)
        self.file = self.path.open("xb", buffering=1 << 18)
        self.file.write(HEADER)


def _tables(output: Path, tenant: Tenant, objects: Objects, at: int) -> Iterator[Path]:
    """The tool's tables of settings, as one run of it leaves them. A table without rows is not written."""
    run = stamp(at)
    tables = (
        ("Audit Status", "MailboxAuditStatus", _audit_status(objects)),
        ("Licenses", "UserLicenses", _user_licences(tenant, objects)),
        ("Licenses", "TenantLicenses", _tenant_licences(objects)),
        ("Rules", "MailboxRules", _rules(objects)),
        ("ConditionalAccessPolicies", "ConditionalAccessPolicies", _policies(objects)),
    )
    for component, postfix, rows in tables:
        made = list(rows)
        if made:
            folder = output / component / run
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{run}-{postfix}.csv"
            path.write_bytes(shell_row(made[0]) + b"".join(shell_row(row.values()) for row in made))
            yield path


def _audit_status(objects: Objects) -> Iterator[Object]:
    on = not objects.organization()["AuditDisabled"]
    bypassed = {made["Identity"] for made in objects.bypasses() if made["AuditBypassEnabled"]}
    for mailbox in objects.mailboxes():
        if mailbox["RecipientTypeDetails"] == "GroupMailbox":
            continue
        row: Object = {
            "UserPrincipalName": mailbox["UserPrincipalName"],
            "DisplayName": mailbox["DisplayName"],
            "RecipientTypeDetails": mailbox["RecipientTypeDetails"],
            "AuditEnabled": mailbox["AuditEnabled"],
            # The tool looks a bypass up under the principal name, in a list that is keyed by Identity: it finds none.
            "AuditBypassEnabled": mailbox["UserPrincipalName"] in bypassed,
            "DefaultAuditSet": ", ".join(sorted(mailbox["DefaultAuditSet"])),
        }
        for who in ("Owner", "Delegate", "Admin"):
            actions = sorted(mailbox[f"Audit{who}"])
            row[f"{who}AuditActions"] = ", ".join(actions)
            row[f"{who}AuditActionsCount"] = len(actions)
        yield row | {"EffectiveAuditState": "Enabled (Organization Policy)" if on else "Disabled"}


def _user_licences(tenant: Tenant, objects: Objects) -> Iterator[Object]:
    people = [person for person in tenant.people if person.home_tenant is None]
    for person in sorted(people, key=lambda person: (person.name, person.number)):
        yield {
            "DisplayName": person.name,
            "UserPrincipalName": person.upn,
            "SkuPartNumber": objects.product(person.plan) or "None",
        }


def _tenant_licences(objects: Objects) -> Iterator[Object]:
    for sku in sorted(objects.subscribed_skus(), key=lambda sku: (-sku["consumedUnits"], sku["skuPartNumber"])):
        name, plans = sku["skuPartNumber"], [plan["servicePlanName"] for plan in sku["servicePlans"]]
        yield {
            "Sku": name,
            "Status": sku["capabilityStatus"],
            "Scope": sku["appliesTo"],
            "Units": sku["consumedUnits"],
            "Retention": "365 days" if "E5" in name else "180 days" if "E3" in name else "90 days",
            "E3": "Yes" if name in ("M365ENTERPRISE", "ENTERPRISEPACK", "STANDARD_EDU") else "No",
            "E5": "Yes" if name in ("SPE_E5", "ENTERPRISEPREMIUM") else "No",
            "P1": "Yes" if "AAD_PREMIUM" in plans else "No",
            "P2": "Yes" if "AAD_PREMIUM_P2" in plans else "No",
            "DefenderID": "No",
            "Defender365P1": "No",
            "Defender365P2": "No",
            "ServicePlans": "; ".join(plans),
        }


def _rules(objects: Objects) -> Iterator[Object]:
    columns = (
        "Enabled Priority RuleIdentity StopProcessingRules CopyToFolder MoveToFolder RedirectTo ForwardTo ForwardAsAttachmentTo "
        "ApplyCategory MarkImportance MarkAsRead DeleteMessage SoftDeleteMessage From SubjectContainsWords SubjectOrBodyContainsWords "
        "BodyContainsWords HasAttachment Description InError ErrorType"
    ).split()
    for mailbox, name, properties in objects.inbox_rules():
        rule = {**rule_object(mailbox, name, properties), "InError": False, "ErrorType": "NotSet"}
        yield {"UserName": mailbox.upn, "RuleName": name, **{column: rule.get(column) for column in columns}}


def _policies(objects: Objects) -> Iterator[Object]:
    for policy in objects.policies():
        conditions, grant = policy["conditions"], policy["grantControls"]
        users, applications = conditions["users"], conditions["applications"]
        yield {
            "DisplayName": policy["displayName"],
            "Id": policy["id"],
            "State": policy["state"],
            "CreatedDateTime": us_of(policy["createdDateTime"]),
            "ModifiedDateTime": us_of(policy["modifiedDateTime"]),
            "Description": None,
            "IncludeUsers": "; ".join(users["includeUsers"]),
            "ExcludeUsers": "",
            "IncludeGroups": "",
            "ExcludeGroups": "",
            "IncludeRoles": "; ".join(users["includeRoles"]),
            "ExcludeRoles": "",
            "IncludeApplications": "; ".join(applications["includeApplications"]),
            "ExcludeApplications": "",
            "ClientAppTypes": "; ".join(conditions["clientAppTypes"]),
            "IncludePlatforms": "",
            "ExcludePlatforms": "",
            "IncludeLocations": "",
            "ExcludeLocations": "",
            "UserRiskLevels": "",
            "SignInRiskLevels": "",
            "ServicePrincipalRiskLevels": "",
            "DeviceFilter": "Not Configured",
            "BuiltInControls": "; ".join(grant["builtInControls"]),
            "CustomAuthenticationFactors": "",
            "GrantOperator": grant["operator"],
            "TermsOfUse": "",
            "ApplicationEnforcedRestrictions": None,
            "CloudAppSecurity": None,
            "DisableResilienceDefaults": None,
            "PersistentBrowser": None,
            "SignInFrequency": " ",
        }


FORMAT = Format(
    "mes",
    "Microsoft-Extractor-Suite folder with its run log",
    frozenset(_STREAMS),
    write,
    close=close,
    counts_lost=True,
)
