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
from mailwitness.simulate.exports.format import SIGN_INS, Format, Written
from mailwitness.simulate.logged import Logged, LogStream
from mailwitness.simulate.options import Options
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


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Logged], options: Options) -> Written:
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


def _path(tenant: Tenant, one: Logged) -> str:
    text = iso(one.at)
    container = f"insights-logs-{CATEGORIES[one.stream].lower()}/tenantId={tenant.tenant_id}"
    return f"{container}/y={text[:4]}/m={text[5:7]}/d={text[8:10]}/h={text[11:13]}/m=00/PT1H.json"


def _wrapped(tenant: Tenant, one: Logged) -> dict[str, Any]:
    record = one.record
    made: dict[str, Any] = {
        "time": iso_fraction(one.at),
        "resourceId": f"/tenants/{tenant.tenant_id}/providers/Microsoft.aadiam",
    }
    if one.stream in SIGN_INS:
        status = record.get("status") or {}
        made |= {
            "operationName": "Sign-in activity",
            "operationVersion": "1.0",
            "category": CATEGORIES[one.stream],
            "tenantId": tenant.tenant_id,
            "resultType": str(status.get("errorCode", 0)),
            "resultSignature": "None",
        }
        if status.get("errorCode"):
            made["resultDescription"] = status.get("failureReason")
        location = record.get("location") or {}
        made |= {
            "durationMs": 0,
            "callerIpAddress": record.get("ipAddress"),
            "correlationId": record.get("correlationId"),
            "identity": record.get("userDisplayName") or record.get("servicePrincipalName"),
            "Level": 4,
            "location": location.get("countryOrRegion"),
        }
    elif one.stream == "directory":
        initiated = record.get("initiatedBy") or {}
        user, app = initiated.get("user") or {}, initiated.get("app") or {}
        made |= {
            "operationName": record.get("activityDisplayName"),
            "operationVersion": "1.0",
            "category": "AuditLogs",
            "tenantId": tenant.tenant_id,
            "resultSignature": "None",
            "durationMs": 0,
        }
        if user.get("ipAddress"):
            made["callerIpAddress"] = user["ipAddress"]
        made |= {"correlationId": record.get("correlationId"), "Level": 4}
        if app.get("displayName"):
            made["identity"] = app["displayName"]
    else:
        made |= {
            "operationName": "Microsoft Graph Activity",
            "operationVersion": record.get("apiVersion"),
            "category": "MicrosoftGraphActivityLogs",
            "tenantId": tenant.tenant_id,
            "resultSignature": str(record.get("responseStatusCode")),
            "durationMs": record.get("durationMs"),
            "callerIpAddress": record.get("ipAddress"),
            "correlationId": record.get("requestId"),
            "Level": 4,
        }
    made["properties"] = record
    return made


FORMAT = Format(
    "diagnostic_settings",
    "Diagnostic settings in a storage account",
    frozenset({*SIGN_INS, "directory", "graph_activity"}),
    write,
)
