"""Whatever a client sends, the stand-in refuses it in a service's words and never falls over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, Client, audit, hours, sign_in, text, trace

TEXTS = (
    "", "'", "((", "²", "-1", "99999999999999999999", "\x00", "createdDateTime ge 9999-12-31T23:59:59.9999999Z",
    "receivedDateTime ge 0001-01-01T00:00:00Z", "a/b/c eq null", "startswith(a,'", "signInEventTypes/any(t: t)",
)  # fmt: skip
VALUES: tuple[Any, ...] = (*TEXTS, None, 1, True, [], [1], {}, {"a": 1})
INTERVAL = {"StartDate": text(START), "EndDate": text(EXPORT)}


def graph(client: Client) -> Iterator[int]:
    paths = (
        "v1.0/auditLogs/signIns", "x/auditLogs/directoryAudits", "v1.0/users", "v1.0/identityProtection/riskDetections",
        "v1.0/admin/exchange/tracing/messageTraces", "beta/security/auditLog/queries/x/records",
    )  # fmt: skip
    for path in paths:
        for option in ("filter", "top", "skiptoken", "orderby", "select"):
            yield from (client.graph(path, **{option: given}).status_code for given in TEXTS)
    interval = {"filterStartDateTime": text(START), "filterEndDateTime": text(EXPORT)}
    for given in VALUES:
        yield client.post("beta/security/auditLog/queries", given).status_code
        for name in (*interval, "recordTypeFilters", "keywordFilter", "serviceFilter", "displayName"):
            yield client.post("beta/security/auditLog/queries", {**interval, name: given}).status_code


def exchange(client: Client) -> Iterator[int]:
    names = "StartDate EndDate ResultSize SessionId RecordType UserIds FreeText Identity Mailbox StartingRecipientAddress GroupMailbox"
    url = f"{client.standin.addresses.exchange}/adminapi/beta/{client.standin.tenant_id}/InvokeCommand"
    for given in VALUES:
        for cmdlet in ("Search-UnifiedAuditLog", "Get-MessageTraceV2", "Get-CASMailbox", "Get-InboxRule"):
            for name in names.split():
                yield client.command(cmdlet, **{**INTERVAL, name: given}).status_code
        for body in (given, {"CmdletInput": given}, {"CmdletInput": {"CmdletName": given}}):
            yield client.http.post(url, json=body, headers=client.headers("exchange")).status_code
    yield client.http.post(url, content=b"\xff\xfe", headers=client.headers("exchange")).status_code


def others(client: Client) -> Iterator[int]:
    for given in TEXTS:
        for name in ("contentType", "startTime", "endTime", "nextPage", "PublisherIdentifier"):
            yield client.feed("subscriptions/content", **{"contentType": "Audit.Exchange", name: given}).status_code
        for name in ("grant_type", "client_id", "client_secret", "scope", "client_assertion", "device_code"):
            yield client.sign_in("graph", **{name: given}).status_code
    token_endpoint = f"{client.standin.addresses.authority}/{client.standin.tenant_id}/oauth2/v2.0/token"
    yield client.http.post(token_endpoint, content=b"\xff\xfe").status_code


def test_nothing_that_is_sent_is_an_internal_error(serve: Serve) -> None:
    client = serve(
        streams={
            "interactive": [sign_in(1, hours(1))],
            "unified": [audit(1, hours(1))],
            "message_trace": [trace(1, hours(1))],
        }
    )
    seen = {status for ask in (graph, exchange, others) for status in ask(client)}
    assert {200, 400} <= seen <= {200, 201, 400, 401, 403, 404}
