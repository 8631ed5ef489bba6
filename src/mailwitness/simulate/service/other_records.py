"""Records that only the unified log has: eDiscovery, Copilot, SharePoint, audit searches.

eDiscovery is content access that never makes a mail-access record; Copilot and agents leave their own record instead of one. What a record
says beyond the common schema are the act's details.

Clock: ``CreationTime``, UTC without a zone.
Sources:
    - https://github.com/MicrosoftDocs/office-365-management-api (common schema; AuditLogRecordType)
    - https://learn.microsoft.com/purview/audit-log-investigate-accounts (content search makes no MailItemsAccessed)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import OtherAct
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.mailbox_acts import read
from mailwitness.simulate.service.moments import unzoned
from mailwitness.simulate.service.unified_rules import UnifiedRules

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant


class OtherLog:
    """Makes records of acts that no other log knows."""

    def __init__(self, tenant: Tenant, rules: UnifiedRules, delivery: Delivery, fates: dict[str, Reason]) -> None:
        self._tenant, self._rules, self._delivery, self._fates = tenant, rules, delivery, fates

    def take(self, act: OtherAct) -> None:
        """One act: its record, or the reason why there is none."""
        reason = self._rules.refusal(act.at)
        if reason is not None:
            self._fates[act.key] = reason
            return
        chance = self._tenant.chance
        id_ = chance.guid("record", act.key)
        person = None if act.actor is None else self._tenant.people[act.actor]
        record: dict[str, Any] = {
            "CreationTime": unzoned(act.at),
            "Id": id_,
            "Operation": act.operation,
            "OrganizationId": self._tenant.tenant_id,
            "RecordType": act.record_type,
            "ResultStatus": "Succeeded",
            "UserKey": "NT AUTHORITY\\SYSTEM" if person is None else person.puid,
            "UserType": 4 if person is None else 0,
            "Version": 1,
            "Workload": act.workload,
            "UserId": "NT AUTHORITY\\SYSTEM" if person is None else person.upn,
        }
        if act.place is not None:
            record["ClientIP"] = act.place.ip
        if act.target:
            record["ObjectId"] = act.target
        for field, value in act.details:
            record[field] = read(value)
        self._delivery.unified(act.at, id_, record, (act.key,), Fortune(chance, "unified", act.key))
