"""Exchange's admin endpoint: ``InvokeCommand``, which runs a cmdlet, and the list of cmdlets that the app may run.

Rows come in pages of ``Prefer: odata.maxpagesize``; the next page is had by posting the same body to ``@odata.nextLink``. Without
``ResultSize Unlimited`` a command ends at 1,000 rows and says so in ``@adminapi.warnings``. Answers carry ``Rate-Limit-Remaining`` and ``Rate-Limit-Reset``.
Get commands show the objects as of the services' moment.

Faults: F2, F5, F12, F17, and those of the line.
Assumptions: the endpoint is not documented for others than Microsoft's module. Its limit is 100 requests a minute here; a cmdlet that no role allows is
    answered like one that does not exist; a dead link's error. ``$select`` is obeyed, ``$batch`` is not served.
Sources:
    - https://github.com/KelvinTegelaar/CIPP-API   (New-ExoRequest.ps1, New-ExoBulkRequest.ps1)
    - https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2   (roles)
    - https://learn.microsoft.com/powershell/module/exchange/get-messagetracev2, …/get-inboxrule, …/search-unifiedauditlog
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.routing import Route

from mailwitness.standin.answer import Answer, json_answer
from mailwitness.standin.door import Asked, Door, Way
from mailwitness.standin.message_traces import SPAN_DAYS, TRACE_DAYS
from mailwitness.standin.moments import DAY, SECOND, iso, moment_of
from mailwitness.standin.odata import whole
from mailwitness.standin.search_audit_log import BadSearch, SearchAuditLog
from mailwitness.standin.terms import CMDLETS
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.world import World

_OF_A_MAILBOX = {"Get-InboxRule": "Mailbox", "Get-MailboxPermission": "Identity", "Get-RecipientPermission": "Identity"}
"""Cmdlets whose rows belong to a mailbox → the parameter that names it."""
_MUST_BE_TOLD = frozenset({"Get-InboxRule", "Get-MailboxPermission"})
_NAMED_BY = (
    "Identity",
    "PrimarySmtpAddress",
    "UserPrincipalName",
    "Alias",
    "ExternalDirectoryObjectId",
    "ExchangeGuid",
)
_DEFAULT_ROWS = 1000
_PAGE_ROWS = 1000
_A_MINUTE = 100
_TRACE_ROWS = 5000


class Exchange:
    """The admin endpoint of one world's tenant."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bucket = Bucket(_A_MINUTE, 60, world.terms)
        self._words = _Words(world, self._bucket)
        self._search = SearchAuditLog(world)

    def routes(self) -> list[Route]:
        door = Door(self._world, "exchange", self._words)
        way = Way(("Exchange.ManageAsApp",), lambda asked: self._bucket, "F2", tells_when=False, latency_s=0.5)
        return [
            Route("/{api}/{version}/{tenant}/InvokeCommand", door.opens(way, self._invoke, key=self._key), methods=["POST"]),
            Route("/{api}/{version}/{tenant}/EXOModuleFile", door.opens(way, self._module), methods=["GET"]),
        ]  # fmt: skip

    def _module(self, asked: Asked) -> Answer:
        """The cmdlets that this principal may run."""
        refused = self._wrong_tenant(asked)
        if refused is not None:
            return refused
        return json_answer(200, {"value": [{"exportedCmdlets": ",".join(sorted(self._world.terms.cmdlets))}]})

    def _key(self, request: Request, body: bytes) -> tuple[object, ...]:
        name, parameters = _read(body)
        told = sorted((key, str(value)) for key, value in parameters.items() if key not in ("SessionId",))
        token = request.query_params.get("$skiptoken")
        page: object = 1 if token is None else self._world.links.page_of(token)
        if name == "Search-UnifiedAuditLog":
            page = self._search.page_of(parameters.get("SessionId"))
        return ("POST", name, *(part for pair in told for part in pair), page)

    def _invoke(self, asked: Asked) -> Answer:
        refused = self._wrong_tenant(asked)
        if refused is not None:
            return refused
        name, parameters = _read(asked.body)
        if not name:
            return self._words.error(400, "BadRequest", "CmdletInput with a CmdletName was expected.")
        if not self._world.terms.cmdlets:
            text = f"The role assigned to application {self._world.tokens.client_id} isn't supported in this scenario."
            return self._words.error(403, "UnAuthorized", text)
        if name not in CMDLETS or name not in self._world.terms.cmdlets:
            kind = "System.Management.Automation.CommandNotFoundException"
            return self._words.refused(kind, f"The term '{name}' is not recognized as a name of a cmdlet.")
        if name == "Search-UnifiedAuditLog":
            return self._searched(asked, parameters)
        if "$skiptoken" in asked.query:
            return self._next(asked)
        warnings: list[str] = []
        try:
            rows = self._traces(parameters) if name == "Get-MessageTraceV2" else self._objects(name, parameters)
        except BadSearch as error:
            return self._words.refused(error.kind, str(error))
        if name != "Get-MessageTraceV2" and str(parameters.get("ResultSize", "")).lower() != "unlimited":
            most = whole(parameters.get("ResultSize"))
            most = _DEFAULT_ROWS if most is None else most
            if len(rows) > most:
                rows = rows[:most]
                warnings.append(
                    "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter."
                )
        return self._page(asked, self._world.links.begin(asked.key, rows), warnings)

    def _next(self, asked: Asked) -> Answer:
        link, fault = self._world.followed(asked.query["$skiptoken"], asked.key)
        if link is None:
            answer = self._words.error(400, "BadRequest", "The skip token is not valid or has expired.")
            answer.fault = fault
            return answer
        return self._page(asked, link, [])

    def _page(self, asked: Asked, link: Any, warnings: list[str]) -> Answer:
        size = _preferred(asked.headers.get("prefer", ""))
        end = link.begin + size
        rows = link.query.rows[link.begin : end]
        chosen = asked.query.get("$select")
        if chosen:
            wanted = {name.strip() for name in chosen.split(",")}
            rows = [{name: value for name, value in row.items() if name in wanted} for row in rows]
        content = self._content(rows, warnings)
        if end < len(link.query.rows):
            kept = {**asked.query, "$skiptoken": self._world.links.token(link, end)}
            query = urlencode(kept, quote_via=quote, safe="$")
            content["@odata.nextLink"] = f"{self._world.addresses.exchange}{self._path(asked)}?{query}"
        return json_answer(200, content, self._words.rates())

    def _content(self, rows: list[Any], warnings: list[str]) -> dict[str, Any]:
        tenant = self._world.holdings.tenant_id
        return {
            "@odata.context": f"{self._world.addresses.exchange}/adminapi/beta/{tenant}/$metadata#Collection(Exchange.GenericHashTable)",
            "adminapi.warnings@odata.type": "#Collection(String)",
            "@adminapi.warnings": warnings,
            "value": rows,
        }

    def _path(self, asked: Asked) -> str:
        return f"/adminapi/{asked.path['version']}/{asked.path['tenant']}/InvokeCommand"

    def _objects(self, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        now = self._world.clock.now()
        held = f"{name} -GroupMailbox" if name == "Get-Mailbox" and parameters.get("GroupMailbox") else name
        rows = self._world.holdings.objects(held, now)
        parameter = _OF_A_MAILBOX.get(name, "Identity")
        named = parameters.get(parameter)
        if named is None and name in _MUST_BE_TOLD:
            raise BadSearch(
                "System.Management.Automation.ParameterBindingException",
                f"Cannot process command because of one or more missing mandatory parameters: {parameter}.",
            )
        if named is None:
            return rows
        if name in _OF_A_MAILBOX:
            names = self._names_of(str(named), now)
            owner = "MailboxOwnerId" if name == "Get-InboxRule" else "Identity"
            return [row for row in rows if row[owner].lower() in names]
        found = [row for row in rows if str(named).lower() in {str(row.get(key, "")).lower() for key in _NAMED_BY}]
        if not found:
            raise _missing(str(named))
        return found

    def _names_of(self, mailbox: str, now: int) -> frozenset[str]:
        """All names of the mailbox that has this one. BadSearch if there is none."""
        for held in ("Get-Mailbox", "Get-Mailbox -GroupMailbox"):
            for row in self._world.holdings.objects(held, now):
                names = frozenset(str(row.get(key, "")).lower() for key in _NAMED_BY)
                if mailbox.lower() in names:
                    return names
        raise _missing(mailbox)

    def _traces(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Get-MessageTraceV2: the newest first, no pages; one goes on from the last row's recipient and time."""
        now = self._world.clock.now()
        until = _moment(parameters, "EndDate", now)
        since = _moment(parameters, "StartDate", until - 2 * DAY)
        kind = "Microsoft.Exchange.Management.Tasks.ValidationException"
        if until - since > SPAN_DAYS * DAY:
            raise BadSearch(kind, f"The interval is longer than {SPAN_DAYS} days.")
        if since < now - TRACE_DAYS * DAY:
            raise BadSearch(kind, f"StartDate lies more than {TRACE_DAYS} days back.")
        size = whole(parameters.get("ResultSize", _DEFAULT_ROWS))
        if size is None or not 1 <= size <= _TRACE_ROWS:
            raise BadSearch(kind, f"ResultSize has to be between 1 and {_TRACE_ROWS}.")
        records = self._world.holdings.feeds["message_trace"].between(since, until + SECOND, now)
        rows = [msgspec.json.decode(record.body, type=dict[str, Any]) for record in records]
        for parameter, field in (
            ("SenderAddress", "SenderAddress"),
            ("RecipientAddress", "RecipientAddress"),
            ("MessageId", "MessageId"),
        ):
            wanted = _texts(parameters.get(parameter))
            if wanted:
                rows = [row for row in rows if str(row.get(field)).lower() in wanted]
        rows.sort(key=_second_and_recipient, reverse=True)
        begin = parameters.get("StartingRecipientAddress")
        if begin is not None:
            last = iso(until)[:19], str(begin)  # that row comes again: others of its second and recipient may follow it
            rows = [row for row in rows if _second_and_recipient(row) <= last]
        return rows[:size]

    def _searched(self, asked: Asked, parameters: Mapping[str, Any]) -> Answer:
        try:
            found = self._search.rows(parameters, asked.key)
        except BadSearch as error:
            return self._words.refused(error.kind, str(error))
        answer = json_answer(200, self._content(found.rows, found.warnings), self._words.rates())
        answer.fault = found.fault
        return answer

    def _wrong_tenant(self, asked: Asked) -> Answer | None:
        named = asked.path["tenant"].lower()
        if asked.path["api"].lower() != "adminapi":
            return self._words.error(404, "NotFound", "The resource was not found.")
        if named in (self._world.holdings.tenant_id, self._world.holdings.domain):
            return None
        return self._words.error(403, "UnAuthorized", f"The token is not for the tenant {named}.")


class _Words:
    """How the endpoint words its refusals."""

    def __init__(self, world: World, bucket: Bucket) -> None:
        self._world, self._bucket = world, bucket

    def rates(self) -> dict[str, str]:
        reset = iso(self._world.clock.now() + int(self._world.terms.seconds(60) * SECOND))
        return {"Rate-Limit-Remaining": str(max(self._bucket.left(), 0)), "Rate-Limit-Reset": reset}

    def error(self, status: int, code: str, message: str) -> Answer:
        return json_answer(status, {"error": {"code": code, "message": message}}, self.rates(), note=message)

    def refused(self, kind: str, message: str) -> Answer:
        """A cmdlet that ran into an error."""
        content = {
            "error": {
                "code": "BadRequest",
                "message": "Error executing cmdlet",
                "details": [{"code": "Context", "target": "", "message": f"Ex0000|{kind}|{message}"}],
                "innererror": {
                    "message": "Error executing cmdlet",
                    "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                    "internalexception": {"message": message, "type": kind},
                },
            },
            "adminapi.warnings@odata.type": "#Collection(String)",
            "@adminapi.warnings": [],
        }
        return json_answer(400, content, self.rates(), note=message)

    def unauthorised(self, why: str) -> Answer:
        return Answer(401, b"", {"www-authenticate": 'Bearer error="invalid_token"', **self.rates()}, note=why)

    def forbidden(self, missing: str) -> Answer:
        answer = self.error(403, "UnAuthorized", "The caller is not authorized to call this endpoint.")
        answer.note = f"missing: {missing}"
        return answer

    def throttled(self, headers: Mapping[str, str]) -> Answer:
        answer = self.error(429, "TooManyRequests", "The number of requests exceeds what is allowed.")
        answer.headers["Rate-Limit-Remaining"] = "0"
        answer.headers.update(headers)
        return answer

    def failed(self, status: int) -> Answer:
        return self.error(status, "InternalServerError", "An internal server error occurred. The operation failed.")


def _missing(named: str) -> BadSearch:
    return BadSearch(
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
        f"The operation couldn't be performed because object '{named}' couldn't be found.",
    )


def _read(body: bytes) -> tuple[str, dict[str, Any]]:
    """Name and parameters of the cmdlet; '' where the body is no call."""
    try:
        input_ = msgspec.json.decode(body, type=dict[str, dict[str, Any]])["CmdletInput"]
    except (msgspec.MsgspecError, KeyError):
        return "", {}
    name, parameters = input_.get("CmdletName"), input_.get("Parameters", {})
    if not isinstance(name, str) or not isinstance(parameters, dict):
        return "", {}
    known = {cmdlet.lower(): cmdlet for cmdlet in CMDLETS}
    return known.get(name.lower(), name), parameters


def _preferred(header: str) -> int:
    """Rows on a page as the client prefers it, never more than 1,000."""
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        size = whole(value)
        if name == "odata.maxpagesize" and size is not None:
            return min(max(size, 1), _PAGE_ROWS)
    return _PAGE_ROWS


def _second_and_recipient(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("Received"))[:19], str(row.get("RecipientAddress"))


def _texts(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset(str(one).lower() for one in (value if isinstance(value, list) else [value]))


def _moment(parameters: Mapping[str, Any], name: str, default: int) -> int:
    given = parameters.get(name)
    if given is None:
        return default
    moment = moment_of(str(given))
    if moment is None:
        raise BadSearch(
            "System.Management.Automation.ParameterBindingException",
            f"Cannot convert value {given!r} of {name} to a time.",
        )
    return moment
