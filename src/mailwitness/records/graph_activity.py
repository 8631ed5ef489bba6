"""Requests to Microsoft Graph, from the payload in the lowerCamel names of ``MicrosoftGraphActivityLogs``.

One row of ``graph_activity`` per request, by its ``requestId``.

Clock: ``timeGenerated``, UTC: in this log it is when the request was received.
Limits: ``signInActivityId`` has the form of a token identifier; that the id inside is the issuing sign-in's is an inference, as
    for sign-ins. A request's uri is cut by no one, and may hold what its author put there.
Sources:
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/microsoftgraphactivitylogs
    - https://learn.microsoft.com/en-us/graph/microsoft-graph-activity-logs-overview
"""

from __future__ import annotations

from mailwitness.model.evidence import RawRecord, Reject
from mailwitness.records.columns import Rows, row_by_row
from mailwitness.records.content_id import content_id
from mailwitness.records.other_record import payload_mapping
from mailwitness.records.values import parse_address, parse_int, parse_text, parse_time, signin_id_of_token

_TEXTS = {
    "id": "requestId",
    "app_id": "appId",
    "user_id": "userId",
    "service_principal_id": "servicePrincipalId",
    "request_method": "requestMethod",
    "request_uri": "requestUri",
    "session_id": "sessionId",
    "sign_in_activity_id": "signInActivityId",
    "scopes": "scopes",
    "roles": "roles",
    "user_agent": "userAgent",
}


def rows_of(raw: RawRecord) -> Rows | Reject:
    record = payload_mapping(raw)
    if isinstance(record, Reject):
        return record
    row: dict[str, object] = {column: parse_text(record.get(name)) for column, name in _TEXTS.items()}
    identifier, uri, token = (
        parse_text(row["id"]),
        parse_text(row["request_uri"]),
        parse_text(row["sign_in_activity_id"]),
    )
    if identifier is None and uri is None:
        return Reject(raw.offset, raw.length, "no_graph_request", "Neither a request id nor a request URI.")
    address = parse_text(record.get("ipAddress"))
    return {
        "graph_activity": [
            {
                **row,
                "row_id": f"graph_activity:{identifier.lower()}"
                if identifier
                else content_id("graph_activity", dict(record)),
                "time": parse_time(record.get("timeGenerated")),
                "ip_address": parse_address(address)[0],
                "response_status_code": parse_int(record.get("responseStatusCode")),
                "response_size_bytes": parse_int(record.get("responseSizeBytes")),
                "unique_token_signin_id": signin_id_of_token(token),
                "token_issued_at": parse_time(record.get("tokenIssuedAt")),
            }
        ]
    }


FAMILY = row_by_row("graph_activity", "graph_activity", (), rows_of)
