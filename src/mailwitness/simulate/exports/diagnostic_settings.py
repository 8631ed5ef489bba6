"""Entra logs and Graph activity in a storage account, as the diagnostic settings write them.

Container and folders per category and hour, ``…/y=2026/m=03/d=02/h=09/m=00/PT1H.json`` with one wrapped record a line. The hour is that
of the record's own time, whatever its latency (assumption).

Limits: what the wrapper repeats of its properties follows public samples of 2021 to 2024.
Sources:
    - https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-blob-format
    - https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema
    - https://github.com/splunk/security_content   (data_sources/azure_active_directory_*.yml: records)
    - https://github.com/wazuh/wazuh/issues/18936   (path of the blobs)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from mailwitness.simulate.exports._clock import iso, iso_fraction
from mailwitness.simulate.exports._searches import written_below
from mailwitness.simulate.exports.format import SIGN_INS, Format, Streams, Written
from mailwitness.simulate.logged import LogStream, Spooled
from mailwitness.simulate.world import MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

CATEGORIES: dict[LogStream, str] = {
    "interactive": "SignInLogs",
    "noninteractive": "NonInteractiveUserSignInLogs",
    "service_principal": "ServicePrincipalSignInLogs",
    "managed_identity": "ManagedIdentitySignInLogs",
    "directory": "AuditLogs",
    "graph_activity": "MicrosoftGraphActivityLogs",
}

_encode = msgspec.json.Encoder().encode


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    files: list[Path] = []
    open_: dict[LogStream, BinaryIO] = {}
    hour = -1
    try:
        for one in logs:
            if one.at // MS_PER_HOUR != hour:
                hour = one.at // MS_PER_HOUR
                for stream in open_.values():
                    stream.close()
                open_.clear()
            blob = open_.get(one.stream)
            if blob is None:
                path = out / _path(tenant, one)
                path.parent.mkdir(parents=True)
                blob = open_[one.stream] = path.open("xb")
                files.append(path)
            blob.write(_encode(_wrapped(tenant, one)) + b"\n")
    finally:
        for stream in open_.values():
            stream.close()
    return Written(written_below(out, files))


def _path(tenant: Tenant, one: Spooled) -> str:
    text = iso(one.at)
    container = f"insights-logs-{CATEGORIES[one.stream].lower()}/tenantId={tenant.tenant_id}"
    return f"{container}/y={text[:4]}/m={text[5:7]}/d={text[8:10]}/h={text[11:13]}/m=00/PT1H.json"


def _wrapped(tenant: Tenant, one: Spooled) -> dict[str, Any]:
    made: dict[str, Any] = {
        "time": iso_fraction(one.at),
        "resourceId": f"/tenants/{tenant.tenant_id}/providers/Microsoft.aadiam",
        "category": CATEGORIES[one.stream],
        "tenantId": tenant.tenant_id,
        "Level": 4,
    }
    record = one.record
    if one.stream in SIGN_INS:
        _signin(made, record)
    elif one.stream == "directory":
        _audit(made, record)
    else:
        _request(made, record)
    made["properties"] = msgspec.Raw(one.text)
    return made


def _signin(made: dict[str, Any], record: dict[str, Any]) -> None:
    status = record.get("status") or {}
    code = status.get("errorCode") or 0
    made["operationName"] = "Sign-in activity"
    made["operationVersion"] = "1.0"
    made["resultType"] = str(code)
    made["resultSignature"] = "None"
    if code:
        made["resultDescription"] = status.get("failureReason")
    made["durationMs"] = 0
    made["callerIpAddress"] = record.get("ipAddress")
    made["correlationId"] = record.get("correlationId")
    made["identity"] = record.get("userDisplayName") or record.get("servicePrincipalName")
    made["location"] = (record.get("location") or {}).get("countryOrRegion")


def _audit(made: dict[str, Any], record: dict[str, Any]) -> None:
    initiated = record.get("initiatedBy") or {}
    user, app = initiated.get("user") or {}, initiated.get("app") or {}
    made["operationName"] = record.get("activityDisplayName")
    made["operationVersion"] = "1.0"
    made["resultSignature"] = "None"
    made["durationMs"] = 0
    made["correlationId"] = record.get("correlationId")
    if user.get("ipAddress"):
        made["callerIpAddress"] = user["ipAddress"]
    if app.get("displayName"):
        made["identity"] = app["displayName"]


def _request(made: dict[str, Any], record: dict[str, Any]) -> None:
    made["operationName"] = "Microsoft Graph Activity"
    made["operationVersion"] = record.get("apiVersion")
    made["resultSignature"] = str(record.get("responseStatusCode"))
    made["durationMs"] = record.get("durationMs")
    made["callerIpAddress"] = record.get("ipAddress")
    made["correlationId"] = record.get("requestId")


FORMAT = Format(
    "diagnostic_settings",
    "Diagnostic settings in a storage account",
    frozenset({*SIGN_INS, "directory", "graph_activity"}),
    write,
)
