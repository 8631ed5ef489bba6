"""Query results of Log Analytics or Sentinel, downloaded by the portal as CSV: one folder per table, files ``query_data.csv``.

UTF-8 with a byte order mark; columns of time are marked ``[UTC]`` and written as a browser in en-US does (``3/2/2026, 9:15:22.000 AM``); nested values
are JSON text in cells. Each query was for at most a day and stayed below the portal's 30,000 rows.

``OfficeActivity`` holds Exchange, SharePoint, OneDrive and Teams records re-columned, not those of Entra ID and others: what reaches the table is the
connector's choice. ``TimeGenerated`` is the record's own time there, and the time of ingestion in the tables of sign-ins.

Columns: OfficeActivity those of the public sample of 2021 and, after them, ``AppAccessContext``, ``SessionId`` and what else the connector has got since;
the record's fields without a column are not in the file. The others follow the table references.

Limits: line ends (LF) and JSON layout follow the sample; what a spreadsheet may have done to it (``TRUE``) is not copied.
Sources:
    - https://learn.microsoft.com/azure/azure-monitor/reference/tables/officeactivity, …/signinlogs, …/aadnoninteractiveusersigninlogs,
      …/aadserviceprincipalsigninlogs, …/aadmanagedidentitysigninlogs, …/auditlogs, …/microsoftgraphactivitylogs
    - https://github.com/Azure/Azure-Sentinel   (Solutions/Training: portal exports)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mailwitness.knowledge.facts import record_type_names
from mailwitness.simulate.exports._careless import CappedFiles, files_of
from mailwitness.simulate.exports._clock import browser, moment_of
from mailwitness.simulate.exports._csv import cell
from mailwitness.simulate.exports._searches import SearchFiles, written_below
from mailwitness.simulate.exports.format import SIGN_INS, Format, Streams, Written
from mailwitness.simulate.logged import Key, LogStream, Recorded, Spooled
from mailwitness.simulate.world import MS_PER_DAY

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

CAP_ROWS = 30_000
TABLES: Mapping[LogStream, str] = {
    "unified": "OfficeActivity",
    "interactive": "SigninLogs",
    "noninteractive": "AADNonInteractiveUserSignInLogs",
    "service_principal": "AADServicePrincipalSignInLogs",
    "managed_identity": "AADManagedIdentitySignInLogs",
    "directory": "AuditLogs",
    "graph_activity": "MicrosoftGraphActivityLogs",
}
WORKLOADS = frozenset({"Exchange", "SharePoint", "OneDrive", "MicrosoftTeams"})
"""Workloads whose records reach OfficeActivity."""
_NAMED_TYPES = frozenset({1, 2, 3, 4, 6, 14, 25})
"""Record types that the connector names; it leaves the others as numbers, as the public sample shows of 36, 50 and 56."""
_USER_TYPES = (
    "Regular", "Reserved", "Admin", "DcAdmin", "System", "Application", "ServicePrincipal", "CustomPolicy", "SystemPolicy",
    "PartnerTechnician", "Guest",
)  # fmt: skip
_LOGON_TYPES = ("Owner", "Admin", "Delegated", "Transport", "SystemService", "BestAccess", "DelegatedAdmin")

OFFICE_COLUMNS = (
    "TenantId,Application,UserDomain,UserAgent,RecordType,TimeGenerated [UTC],Operation,OrganizationId,OrganizationId_,UserType,UserKey,"
    "OfficeWorkload,ResultStatus,ResultReasonType,OfficeObjectId,UserId,UserId_,ClientIP,ClientIP_,Scope,Site_,ItemType,EventSource,Source_Name,"
    "MachineDomainInfo,MachineId,Site_Url,Site_Url_,SourceRelativeUrl,SourceRelativeUrl_,SourceFileName,SourceFileName_,SourceFileExtension,"
    "DestinationRelativeUrl,DestinationFileName,DestinationFileExtension,UserSharedWith,SharingType,CustomEvent,Event_Data,"
    "ModifiedObjectResolvedName,Parameters,ExternalAccess,OriginatingServer,OrganizationName,Logon_Type,InternalLogonType,MailboxGuid,"
    "MailboxOwnerUPN,MailboxOwnerSid,MailboxOwnerMasterAccountSid,LogonUserSid,LogonUserDisplayName,ClientInfoString,Client_IPAddress,"
    "ClientMachineName,ClientProcessName,ClientVersion,Folder,CrossMailboxOperations,DestMailboxId,DestMailboxOwnerUPN,DestMailboxOwnerSid,"
    "DestMailboxOwnerMasterAccountSid,DestFolder,Folders,AffectedItems,Item,ModifiedProperties,SendAsUserSmtp,SendAsUserMailboxGuid,"
    "SendOnBehalfOfUserSmtp,SendonBehalfOfUserMailboxGuid,ExtendedProperties,Client,LoginStatus,Actor,ActorContextId,ActorIpAddress,"
    "InterSystemsId,IntraSystemId,SupportTicketId,TargetContextId,DataCenterSecurityEventType,EffectiveOrganization,ElevationTime [UTC],"
    "ElevationApprover,ElevationApprovedTime [UTC],ElevationRequestId,ElevationRole,ElevationDuration,GenericInfo,SourceSystem,OfficeId,"
    "SourceRecordId,AzureActiveDirectory_EventType,AADTarget,Start_Time [UTC],OfficeTenantId,OfficeTenantId_,TargetUserOrGroupName,"
    "TargetUserOrGroupType,MessageId,Members,TeamName,TeamGuid,ChannelType,ChannelName,ChannelGuid,ExtraProperties,AddOnType,AddonName,TabType,"
    "Name,OldValue,NewValue,ItemName,ChatThreadId,ChatName,CommunicationType,AADGroupId,AddOnGuid,AppDistributionMode,TargetUserId,"
    "OperationScope,AzureADAppId,OperationProperties,AppId,ClientAppId,AppAccessContext,SessionId,OperationCount,Messages,ActorInfoString,"
    "TokenObjectId,TokenTenantId,DeviceId,Type,_ResourceId"
).split(",")
_OFFICE_SPECIAL = {
    "OfficeWorkload": "Workload", "OfficeObjectId": "ObjectId", "Client_IPAddress": "ClientIPAddress", "OfficeId": "Id",
    "SourceRecordId": "Id", "UserId_": "UserId", "ClientIP_": "ClientIP", "OrganizationId_": "OrganizationId",
    "OfficeTenantId": "OrganizationId", "OfficeTenantId_": "OrganizationId", "ResultReasonType": "ResultStatus",
}  # fmt: skip
"""Column → the record's field, where it has another name."""

SIGNIN_COLUMNS = (
    "TenantId,SourceSystem,TimeGenerated [UTC],ResourceId,OperationName,OperationVersion,Category,ResultType,ResultSignature,ResultDescription,"
    "DurationMs,CorrelationId,Resource,ResourceGroup,ResourceProvider,Identity,Level,Location,AlternateSignInName,AppDisplayName,AppId,"
    "AuthenticationContextClassReferences,AuthenticationDetails,AuthenticationMethodsUsed,AuthenticationProcessingDetails,"
    "AuthenticationProtocol,AuthenticationRequirement,AuthenticationRequirementPolicies,AutonomousSystemNumber,ClientAppUsed,"
    "ConditionalAccessPolicies,ConditionalAccessStatus,CreatedDateTime [UTC],CrossTenantAccessType,DeviceDetail,HomeTenantId,"
    "HomeTenantName,Id,IncomingTokenType,IPAddress,IPAddressFromResourceProvider,IsInteractive,IsRisky,IsTenantRestricted,LocationDetails,"
    "MfaDetail,NetworkLocationDetails,OriginalRequestId,OriginalTransferMethod,ProcessingTimeInMilliseconds,ResourceDisplayName,"
    "ResourceIdentity,ResourceServicePrincipalId,ResourceTenantId,RiskDetail,RiskEventTypes,RiskEventTypes_V2,RiskLevelAggregated,"
    "RiskLevelDuringSignIn,RiskState,ServicePrincipalCredentialKeyId,ServicePrincipalCredentialThumbprint,ServicePrincipalId,"
    "ServicePrincipalName,SessionId,SessionLifetimePolicies,SignInIdentifier,SignInIdentifierType,Status,TokenIssuerName,TokenIssuerType,"
    "TokenProtectionStatusDetails,UniqueTokenIdentifier,UserAgent,UserDisplayName,UserId,UserPrincipalName,UserType,FlaggedForReview,"
    "AADTenantId,Type"
).split(",")
AUDIT_COLUMNS = (
    "TenantId,SourceSystem,TimeGenerated [UTC],ResourceId,OperationName,OperationVersion,Category,ResultType,ResultSignature,ResultDescription,"
    "DurationMs,CorrelationId,Resource,ResourceGroup,ResourceProvider,Identity,Level,Location,AdditionalDetails,Id,InitiatedBy,"
    "LoggedByService,Result,ResultReason,TargetResources,AADTenantId,ActivityDisplayName,ActivityDateTime [UTC],AADOperationType,Type"
).split(",")
GRAPH_COLUMNS = (
    "TenantId,TimeGenerated [UTC],Location,RequestId,OperationId,ClientRequestId,ApiVersion,RequestMethod,ResponseStatusCode,AadTenantId,"
    "IPAddress,UserAgent,RequestUri,DurationMs,ResponseSizeBytes,SignInActivityId,Roles,TokenIssuedAt [UTC],AppId,UserId,ServicePrincipalId,"
    "Scopes,IdentityProvider,ClientAuthMethod,Wids,SessionId,SourceSystem,Type"
).split(",")

_encode = msgspec.json.Encoder().encode


def _keeps(tenant: Tenant, one: Recorded) -> bool:
    return one.stream != "unified" or one.record.get("Workload", "Exchange") in WORKLOADS


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    makers: dict[LogStream, _Table] = {}
    files: dict[LogStream, SearchFiles | CappedFiles] = {}
    for one in logs:
        found = files.get(one.stream)
        if found is None:
            maker = makers[one.stream] = _Table(tenant, one.stream)
            folder = out / TABLES[one.stream]
            folder.mkdir()
            found = files[one.stream] = files_of(
                tenant,
                folder,
                MS_PER_DAY,
                CAP_ROWS,
                lambda _begin, _end: "query_data.csv",
                maker.head,
            )
        found.add(one.at, one.key, makers[one.stream].row(one))
    for found in files.values():
        found.close()
    dropped = frozenset[Key]().union(*(found.dropped for found in files.values()))
    return Written(written_below(out, (path for found in files.values() for path in found.files)), dropped)


class _Table:
    """Makes the rows of one table. A column takes a field of the record, of the same name in another case or of a declared one.

    A row begins as the cells that are always the same; what the record has is put in, then what is made of several fields.
    """

    def __init__(self, tenant: Tenant, stream: LogStream) -> None:
        columns = {"unified": OFFICE_COLUMNS, "directory": AUDIT_COLUMNS, "graph_activity": GRAPH_COLUMNS}.get(
            stream, SIGNIN_COLUMNS
        )
        made = {"unified": _office_cells, "directory": _audit_cells, "graph_activity": _graph_cells}
        self._made: Callable[[Spooled], dict[str, str]] = made.get(stream, _signin_cells)
        self._places: dict[str, list[int]] = {}
        for place, column in enumerate(columns):
            field = _OFFICE_SPECIAL.get(column, column) if stream == "unified" else _graph_name(column)
            self._places.setdefault(field, []).append(place)
        constants = _constants(tenant, stream)
        self._columns = {column: place for place, column in enumerate(columns)}
        self._row = [constants.get(column, "") for column in columns]
        self._always = frozenset(map(self._columns.__getitem__, constants))
        self.head = ("\ufeff" + ",".join(map(cell, columns)) + "\n").encode()

    def row(self, one: Spooled) -> bytes:
        cells, places, columns = self._row.copy(), self._places, self._columns
        for field, value in one.record.items():
            if field in places and value is not None:
                text = _cell(value)
                for place in places[field]:
                    if place not in self._always:
                        cells[place] = text
        for column, text in self._made(one).items():
            cells[columns[column]] = text
        return (",".join(cells) + "\n").encode("utf-8", "surrogatepass")


def _constants(tenant: Tenant, stream: LogStream) -> dict[str, str]:
    """Column → what it holds in every row of the table."""
    workspace = tenant.chance.guid("log analytics workspace")
    if stream == "unified":
        return {"TenantId": workspace, "SourceSystem": "OfficeActivityManager", "Type": "OfficeActivity"}
    if stream == "graph_activity":
        return {"TenantId": workspace, "AadTenantId": tenant.tenant_id, "Type": TABLES[stream]}
    made = {
        "TenantId": workspace,
        "Type": TABLES[stream],
        "SourceSystem": "Azure AD",
        "ResourceId": f"/tenants/{tenant.tenant_id}/providers/Microsoft.aadiam",
        "OperationVersion": "1.0",
        "ResultSignature": "None",
        "DurationMs": "0",
        "Resource": "Microsoft.aadiam",
        "ResourceGroup": "Microsoft.aadiam",
        "Level": "4",
        "AADTenantId": tenant.tenant_id,
    }
    if stream != "directory":
        made |= {"OperationName": "Sign-in activity", "Category": _CATEGORIES[stream]}
    return made


def _office_cells(one: Spooled) -> dict[str, str]:
    get = one.record.get
    type_, user, logon, server = get("RecordType"), get("UserType"), get("LogonType"), get("OriginatingServer")
    arrived = f'"{browser(one.available)}"'
    made = {
        "TimeGenerated [UTC]": f'"{browser(one.at - one.at % 1000)}"',
        "RecordType": record_type_names().get(type_, str(type_)) if type_ in _NAMED_TYPES else str(type_),
        "UserType": _named(_USER_TYPES, user),
        "Logon_Type": _named(_LOGON_TYPES, logon),
        "ElevationTime [UTC]": arrived,
        "Start_Time [UTC]": arrived,
    }
    if server is not None:
        made["OriginatingServer"] = cell(server.replace("\r\n", "\n"))
    return made


def _audit_cells(one: Spooled) -> dict[str, str]:
    get = one.record.get
    app = (get("initiatedBy") or {}).get("app") or {}
    return {
        "TimeGenerated [UTC]": f'"{browser(one.available)}"',
        "OperationName": _cell(get("activityDisplayName")),
        "ResultDescription": _cell(get("resultReason")),
        "ActivityDateTime [UTC]": f'"{browser(one.at)}"',
        "AADOperationType": _cell(get("operationType")),
        "Identity": _cell(app.get("displayName")),
    }


def _graph_cells(one: Spooled) -> dict[str, str]:
    issued: str = one.record.get("tokenIssuedAt") or ""
    return {
        "TimeGenerated [UTC]": f'"{browser(one.at)}"',
        "TokenIssuedAt [UTC]": f'"{browser(moment_of(issued))}"' if issued else "",
        "SessionId": _cell(one.record.get("C_Sid")),
    }


def _signin_cells(one: Spooled) -> dict[str, str]:
    get = one.record.get
    status, location = get("status") or {}, get("location") or {}
    code = status.get("errorCode") or 0
    return {
        "TimeGenerated [UTC]": f'"{browser(one.available)}"',
        "ResultType": str(code),
        "ResultDescription": _cell(status.get("failureReason")) if code else "",
        "Identity": _cell(get("userDisplayName") or get("servicePrincipalName")),
        "Location": _cell(location.get("countryOrRegion")),
        "LocationDetails": _cell(location),
        "ConditionalAccessPolicies": _cell(get("appliedConditionalAccessPolicies")),
        "CreatedDateTime [UTC]": f'"{browser(one.at - one.at % 1000)}"',
        "ResourceIdentity": _cell(get("resourceId")),
        "AlternateSignInName": _cell(get("signInIdentifier")),
    }


_CATEGORIES: Mapping[LogStream, str] = {
    "interactive": "SignInLogs",
    "noninteractive": "NonInteractiveUserSignInLogs",
    "service_principal": "ServicePrincipalSignInLogs",
    "managed_identity": "ManagedIdentitySignInLogs",
}


def _graph_name(column: str) -> str:
    """The name in Graph of a column's value."""
    special = {
        "IPAddress": "ipAddress",
        "IPAddressFromResourceProvider": "ipAddressFromResourceProvider",
        "RiskEventTypes_V2": "riskEventTypes_v2",
    }
    return special.get(column) or column[:1].lower() + column[1:]


def _named(names: tuple[str, ...], number: Any) -> str:
    if number is None:
        return ""
    return names[number] if isinstance(number, int) and 0 <= number < len(names) else str(number)


def _cell(value: Any) -> str:
    """A value as the portal writes it: text as it is, booleans in lower case, nested values as JSON, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return cell(value)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return '"' + _encode(value).decode("utf-8").replace('"', '""') + '"'


FORMAT = Format(
    "log_analytics_csv",
    "Log Analytics query results (CSV)",
    frozenset({"unified", *SIGN_INS, "directory", "graph_activity"}),
    write,
    _keeps,
    part_of=frozenset({"unified"}),
)
