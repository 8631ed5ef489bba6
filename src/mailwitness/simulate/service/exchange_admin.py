"""Records of Exchange administration commands (RecordType 1), a person's and the service's own.

``Parameters`` are what the command was given, ``ObjectId`` what it was about, ``ClientIP`` an address with its port, IPv6 in brackets. Most
records of this type are made by Exchange itself (``NT AUTHORITY\\SYSTEM``, UserType 3, ExternalAccess true, no address): some belong to no act at
all, at a stated rate per mailbox and day.

Decided one way (assumptions): a person shows UserType 2 whether an administrator or changing an own rule (public records of 2021); UserKey is
the PUID until mid-2023 and the name since (public records of 2020 and 2026); ``AppAccessContext`` names the session only, because a
command does not say with which token it was run; auditing of mailboxes being off does not touch these records, ingestion being off does.
Clock: ``CreationTime``, UTC without a zone.
Sources:
    - https://github.com/splunk/security_content (data_sources/o365_set_mailbox.yml: a record of 2020-12-16)
    - https://github.com/SEKOIA-IO/intake-formats (Office 365/o365/tests/exchange_admin_1.json: a record of 2026-04-16)
    - https://github.com/log2timeline/plaso (test_data/jsonl/microsoft_audit_log.jsonl: the service's own records of 2022)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import Cmdlet
from mailwitness.simulate.service.declared import rates
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.eras import Era, era_at
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.moments import unzoned
from mailwitness.simulate.service.unified_rules import UnifiedRules
from mailwitness.simulate.tenant.inbox_rules import COMMANDS as INBOX_RULE_COMMANDS
from mailwitness.simulate.world import MS_PER_DAY, Mailbox

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

SYSTEM = "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)"
_CHORES = (
    ("Set-Mailbox", (("Identity", "{object}"), ("ApplyMandatoryProperties", "True"))),
    ("Set-User", (("Identity", "{object}"), ("PermanentlyClearPreviousMailboxInfo", "False"))),
    ("Set-MailboxPlan", (("DomainController", ""), ("Identity", "{object}"))),
    ("Set-ConditionalAccessPolicy", (("Identity", "{object}"), ("DisplayName", "Default Policy"))),
    ("Add-MailboxPermission", (("Identity", "{object}"), ("AccessRights", "ReadPermission"), ("Deny", "False"))),
)
"""What the service does to a mailbox by itself. None changes a setting that decides what is recorded."""


class ExchangeAdminLog:
    """Makes the records of commands."""

    def __init__(self, tenant: Tenant, rules: UnifiedRules, delivery: Delivery, fates: dict[str, Reason]) -> None:
        self._tenant, self._chance = tenant, tenant.chance
        self._rules, self._delivery, self._fates = rules, delivery, fates
        self._chores: float = rates("admin")["service_records_per_mailbox_day"]
        self._chored: dict[str, int] = {}
        self._forest = f"EURPR08A{int(self._chance.share('forest number') * 900) + 100}.PROD.OUTLOOK.COM"

    def take(self, act: Cmdlet, era: Era) -> None:
        """One command: its record, or the reason why there is none."""
        reason = self._rules.refusal(act.at)
        if reason is not None:
            self._fates[act.key] = reason
            return
        id_ = self._chance.guid("record", act.key)
        fortune = Fortune(self._chance, "unified", act.key)
        record = self._head(act.at, id_, act.operation, act.succeeded)
        if act.actor is not None:
            person = self._tenant.people[act.actor]
            self._say_who(record, person.puid if not era.short_token_identifier else person.upn, 2, person.upn)
        elif act.app is not None:
            self._say_who(record, act.app.principal_id, 5, act.app.app_id)
        else:
            self._say_who(record, SYSTEM, 3, SYSTEM)
        if act.place is not None:
            port = 1024 + int(fortune.shape * 64_000)
            record["ClientIP"] = f"[{act.place.ip}]:{port}" if ":" in act.place.ip else f"{act.place.ip}:{port}"
        record["ObjectId"] = act.target
        self._finish(record, act.parameters, era)
        foreign = act.actor is not None and self._tenant.people[act.actor].home_tenant is not None
        record["ExternalAccess"] = foreign or (act.actor is None and act.app is None)
        if act.app is not None:
            record["AppId"] = record["ClientAppId"] = act.app.app_id
        if act.session_id is not None:
            record["SessionId"] = act.session_id
        if era.admin_context and act.actor is not None:
            person = self._tenant.people[act.actor]
            own = act.operation in INBOX_RULE_COMMANDS
            record["AppPoolName"] = "MSExchangeOWAAppPool" if own else "MSExchangeAdminApiNetCore"
            record["CorrelationID"] = ""
            record["RequestId"] = self._chance.guid("request", act.key)
            if act.session_id is not None:
                record["AppAccessContext"] = {"AADSessionId": act.session_id}
            record["TokenObjectId"] = person.object_id
            record["TokenTenantId"] = person.home_tenant or self._tenant.tenant_id
        self._delivery.unified(act.at, id_, record, (act.key,), fortune)

    def chores(self, mailbox: Mailbox, at: int) -> None:
        """What Exchange did to this mailbox by itself on this day; once a day, whatever the moment asked for."""
        day = at // MS_PER_DAY
        if self._chored.get(mailbox.guid) == day:
            return
        self._chored[mailbox.guid] = day
        name = f"chore/{mailbox.guid}/{day}"
        fortune = Fortune(self._chance, "chore", name)
        if fortune.shape >= self._chores:
            return
        moment = day * MS_PER_DAY + int(MS_PER_DAY * fortune.spare)
        if self._rules.refusal(moment) is not None:
            return
        operation, parameters = _CHORES[int(fortune.shape / self._chores * len(_CHORES))]
        about = f"{self._forest}/Microsoft Exchange Hosted Organizations/{self._tenant.domain}/{mailbox.guid}"
        id_ = self._chance.guid("record", name)
        record = self._head(moment, id_, operation, True)
        self._say_who(record, SYSTEM, 3, SYSTEM)
        record["ObjectId"] = about
        filled = tuple((key, value.replace("{object}", about)) for key, value in parameters)
        self._finish(record, filled, era_at(moment))
        record["ExternalAccess"] = True
        self._delivery.unified(moment, id_, record, (), fortune)

    def _head(self, at: int, id_: str, operation: str, succeeded: bool) -> dict[str, Any]:
        return {
            "CreationTime": unzoned(at),
            "Id": id_,
            "Operation": operation,
            "OrganizationId": self._tenant.tenant_id,
            "RecordType": 1,
            "ResultStatus": str(succeeded),
        }

    def _say_who(self, record: dict[str, Any], key: str, type_: int, user: str) -> None:
        record |= {"UserKey": key, "UserType": type_, "Version": 1, "Workload": "Exchange", "UserId": user}

    def _finish(self, record: dict[str, Any], parameters: tuple[tuple[str, str], ...], era: Era) -> None:
        number = 1000 + int(record["Id"][:4], 16) % 9000
        record |= {
            "AppId": "",
            "ClientAppId": "",
            "ExternalAccess": False,
            "OrganizationName": self._tenant.domain,
            "OriginatingServer": f"DB9PR08MB{number} ({'15.20.9818.014' if era.admin_context else '15.20.5227.021'})",
            "Parameters": [{"Name": name, "Value": value} for name, value in parameters],
        }
