"""The fields that every mailbox record has: who, whose mailbox, through which program, with which token.

Public records of 2025 and 2026 name the session and the token in ``AppAccessContext`` and leave ``SessionId`` out; before, and for programs
without a token, ``SessionId`` stands alone, and programs of the REST kind had none at all. Times carry no zone and are UTC.

Assumptions:
    - An application without a person shows UserType 5, its application id as UserKey and the mailbox's owner as UserId, no
      TokenObjectId (so one public record of 2025-09-29, its names removed).
    - A background service of Microsoft shows the owner as its user (so the public records of 2021).
    - APIId is the API that was asked, Graph or Exchange; its values are not documented.
    - AuthType and TokenType stand in records of one item or of a group of items made through the browser (so the public records).
    - ActorInfoString stands in records of the REST kind since 2025.
    - A partner's technician shows UserType 9, a guest 10.
Sources: see rates.yaml (schema, intake, elastic, lab-2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from mailwitness.simulate.acts import Logon, MailAccess, MailboxAct
from mailwitness.simulate.service.declared import rates
from mailwitness.simulate.service.eras import Era
from mailwitness.simulate.service.moments import unzoned
from mailwitness.simulate.world import Client, Mailbox, Person, Token

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

Record: TypeAlias = dict[str, Any]
OnMailbox: TypeAlias = MailAccess | MailboxAct

MOST_TEMPLATES = 20_000
"""Constant parts that are kept; beyond that they are forgotten and made again."""

_LOGON_TYPES: dict[Logon, int] = {"owner": 0, "admin": 1, "delegate": 2, "application": 0, "service": 0}
_REST = frozenset({"rest", "graph", "backup", "service"})
_REQUESTS = frozenset({"rest", "graph", "backup", "ews"})
"""Programs whose items name the request that read them."""


class MailboxFields:
    """Makes the part of a record that does not depend on what was done. Constant parts are kept per mailbox, user and program."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._chance = tenant.chance
        self._templates: dict[tuple[object, ...], Record] = {}
        self._folders: dict[tuple[str, str], str] = {}
        self._servers: dict[str, str] = {}
        self._exchange = tenant.apps["exchange"].app_id
        self._graph = tenant.apps["graph"].app_id
        self._correlation: float = rates("mail_access")["correlation_id"]

    def record(self, act: OnMailbox, mailbox: Mailbox, type_: int, operation: str, id_: str, era: Era) -> Record:
        """A record of this act with everything but ``OperationProperties`` (None, where it has any) and what was accessed."""
        client, app, token = act.client, act.app, act.token
        if isinstance(act, MailAccess):
            device = None if act.device is None else act.device.device_id
            aggregated, external, has_properties = act.aggregated, act.external, True
        else:
            device, aggregated, external = None, False, False
            has_properties = any(name.startswith("OperationProperties.") for name, _ in act.details)
        key = (
            act.mailbox, type_, operation, act.actor, act.logon, client.kind, client.info, client.app_id, client.client_app_id,
            client.version, client.resource_id, client.has_session, client.has_token_context, client.user_agent,
            None if app is None else app.app_id, device, aggregated, external, has_properties, act.session_id is None,
            None if token is None else token.subject, era.valid_from,
        )  # fmt: skip
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) > MOST_TEMPLATES:
                self._templates.clear()
            template = self._template(act, mailbox, type_, operation, era, device, aggregated, external, has_properties)
            self._templates[key] = template
        record = dict(template)
        record["CreationTime"] = unzoned(act.at)
        record["Id"] = id_
        record["ClientIPAddress"] = act.place.ip
        if "ClientIP" in record:
            record["ClientIP"] = act.place.ip
        if "SessionId" in record:
            record["SessionId"] = act.session_id
        if "ClientRequestId" in record:
            record["ClientRequestId"] = "{" + self._chance.guid("request", act.key).upper() + "}"
        context = record.get("AppAccessContext")
        if context is not None and token is not None and "UniqueTokenId" in context:
            record["AppAccessContext"] = self._context(act, context, token, id_, era)
        return record

    def folder_id(self, mailbox: str, folder: str) -> str:
        """The store id of a folder."""
        known = self._folders.get((mailbox, folder))
        if known is None:
            text = self._chance.bits("folder", mailbox, folder).hex().upper()
            known = self._folders[mailbox, folder] = f"LgAAAAB{text}AQA{text[::-1]}AAAB"
        return known

    def originating_server(self, mailbox: Mailbox) -> str:
        """The server that holds the mailbox, as its records write it."""
        known = self._servers.get(mailbox.guid)
        if known is None:
            number = int(self._chance.share("server", mailbox.number // 8) * 9000) + 1000
            known = self._servers[mailbox.guid] = f"AM9PR08MB{number} (15.20.4200.000)\r\n"
        return known

    def names_requests(self, client: Client, era: Era) -> bool:
        """True if items read through this program carry the request's id."""
        return era.item_id and client.kind in _REQUESTS

    def _template(
        self,
        act: OnMailbox,
        mailbox: Mailbox,
        type_: int,
        operation: str,
        era: Era,
        device: str | None,
        aggregated: bool,
        external: bool,
        has_properties: bool,
    ) -> Record:
        client, token = act.client, act.token
        user = self._user(act, mailbox)
        caller = act.app.app_id if act.app is not None else client.client_app_id
        front = client.app_id is not None and client.app_id != client.client_app_id
        app_id = client.app_id if front or act.app is None else caller
        linkable = era.linkable_ids and client.has_token_context and token is not None and not aggregated
        context = self._context_template(act, era, caller or client.app.app_id, linkable, aggregated)
        session = act.session_id is not None and client.has_session and not aggregated and not linkable
        if not era.linkable_ids and client.kind in _REST:
            session = False
        record: Record = {}
        if context is not None:
            record["AppAccessContext"] = context
        record |= {
            "CreationTime": "",
            "Id": "",
            "Operation": operation,
            "OrganizationId": self._tenant.tenant_id,
            "RecordType": type_,
            "ResultStatus": "Succeeded",
            "UserKey": self._user_key(act, mailbox, user, caller),
            "UserType": _user_type(act, user),
            "Version": 1,
            "Workload": "Exchange",
        }
        if type_ != 50:
            record["ClientIP"] = ""
        record["UserId"] = mailbox.upn if user is None else user.upn
        if app_id is not None:
            record["AppId"] = app_id
        browser = linkable and client.kind == "owa" and type_ != 50
        if browser:
            record["AuthType"] = "Bearer"
        if caller is not None:
            record["ClientAppId"] = caller
        record["ClientIPAddress"] = ""
        record["ClientInfoString"] = client.info
        if era.linkable_ids and client.info.startswith("Client=REST"):
            agent = client.user_agent or "[NoUserAgent]"
            record["ActorInfoString"] = f"{client.info.rstrip(';')};UserAgent={agent}[AppId={caller or app_id}];"
        if client.process_name is not None and type_ != 50:
            record["ClientProcessName"] = client.process_name
            record["ClientRequestId"] = ""
            record["ClientVersion"] = client.version
        if linkable and device is not None:
            record["DeviceId"] = device
        foreign = user is not None and user.home_tenant is not None
        record |= {
            "ExternalAccess": foreign or external,
            "InternalLogonType": 0,
            "LogonType": 6 if foreign and act.logon == "admin" else _LOGON_TYPES[act.logon],
            "LogonUserSid": mailbox.sid if user is None or user.mailbox == mailbox.guid else user.sid,
            "MailboxGuid": mailbox.guid,
            "MailboxOwnerSid": mailbox.sid,
            "MailboxOwnerUPN": mailbox.upn,
        }
        if has_properties:
            record["OperationProperties"] = None
        record["OrganizationName"] = self._tenant.domain
        record["OriginatingServer"] = self.originating_server(mailbox)
        if session:
            record["SessionId"] = ""
        if linkable and token is not None:
            if not token.app_only:
                record["TokenObjectId"] = token.subject
            home = None if user is None else user.home_tenant
            record["TokenTenantId"] = home or self._tenant.tenant_id
            if browser:
                record["TokenType"] = "V1AppActAs"
        return record

    def _context_template(
        self, act: OnMailbox, era: Era, caller: str, linkable: bool, aggregated: bool
    ) -> dict[str, str] | None:
        client = act.client
        if not era.app_access_context or aggregated or client.basic_auth:
            return None
        context = {"APIId": self._graph if client.resource_id == self._graph else self._exchange, "ClientAppId": caller}
        if linkable:
            if act.session_id is not None and client.has_session:
                context = {"AADSessionId": "", **context}
            context |= {"IssuedAtTime": "", "UniqueTokenId": ""}
        return context

    def _context(self, act: OnMailbox, template: dict[str, str], token: Token, id_: str, era: Era) -> dict[str, str]:
        context = dict(template)
        if "AADSessionId" in context and act.session_id is not None:
            context["AADSessionId"] = act.session_id
        if int(id_[:6], 16) < self._correlation * 0x1000000:
            context["CorrelationId"] = self._chance.guid("correlation", act.key)
        context["IssuedAtTime"] = unzoned(token.issued_at)
        context["UniqueTokenId"] = era.token_identifier(token.request_id)
        return context

    def _user(self, act: OnMailbox, mailbox: Mailbox) -> Person | None:
        if act.logon == "application":
            return None
        number = mailbox.owner if act.actor is None else act.actor
        return None if number is None else self._tenant.people[number]

    def _user_key(self, act: OnMailbox, mailbox: Mailbox, user: Person | None, caller: str | None) -> str:
        if act.logon == "application":
            return caller or act.client.app.app_id
        if user is not None:
            return user.puid
        return "10032" + self._chance.bits("mailbox key", mailbox.guid).hex()[:11].upper()


def _user_type(act: OnMailbox, user: Person | None) -> int:
    if act.logon == "application":
        return 5
    if user is not None and user.home_tenant is not None:
        return 10 if "#EXT#" in user.upn else 9
    return 2 if act.logon == "admin" else 0
