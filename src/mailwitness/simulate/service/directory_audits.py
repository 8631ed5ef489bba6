"""Changes in the directory, in both logs that have them: Entra's audit log (as Graph returns it) and the unified log (RecordType 8).

Both tell one change in different words: Graph keeps the values as JSON texts, the unified log spreads them out; the operation ends with a full stop
there (unless the activity ends with a blank, as the one about certificates and secrets does). A person's RecordType 8 is always UserType 0.

Assumptions: registrations of security information stay in Entra's log and reach the unified log not at all; the operation type follows from the
activity's first word; an application without an id in this tenant is named by its display name.
Clock: ``activityDateTime``, UTC, and ``CreationTime``, UTC without a zone.
Sources:
    - https://learn.microsoft.com/graph/api/resources/directoryaudit
    - https://github.com/splunk/security_content (data_sources/azure_active_directory_*.yml, o365_*_.yml: records of both logs, 2021 to 2024)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import DirectoryAct
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.moments import fraction, unzoned
from mailwitness.simulate.service.unified_rules import UnifiedRules
from mailwitness.simulate.world import Person

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

_OPERATION_TYPES = {
    "Add": "Add", "Create": "Add", "Register": "Add", "Invite": "Add", "Consent": "Assign", "Change": "Update",
    "Set": "Update", "Update": "Update", "Reset": "Update", "Disable": "Update", "Enable": "Update", "User": "Add",
    "Admin": "Add", "Remove": "Unassign", "Delete": "Delete", "Hard": "Delete", "Assign": "Assign",
}  # fmt: skip
_ASSIGNMENTS = ("Add member to", "Add app role", "Add owner", "Add delegated permission", "Add eligible member")


class DirectoryLog:
    """Makes both records of a change."""

    def __init__(self, tenant: Tenant, rules: UnifiedRules, delivery: Delivery, fates: dict[str, Reason]) -> None:
        self._tenant, self._rules, self._delivery, self._fates = tenant, rules, delivery, fates
        self._people = {person.object_id: person for person in tenant.people}

    def take(self, act: DirectoryAct) -> None:
        """One change: its records, or the reason why there is none."""
        chance = self._tenant.chance
        correlation = chance.guid("correlation", act.key)
        fortune = Fortune(chance, "unified", act.key)
        service = logged_by(act)
        refusal = "unlogged_by_design" if service == "Authentication Methods" else self._rules.refusal(act.at)
        if not self._delivery.lost("directory", act.at):
            mark = chance.bits("directory id", act.key).hex().upper()[:5]
            id_ = f"Directory_{correlation}_{mark}_{int(fortune.noise * 400_000_000)}"
            self._delivery.other(
                "directory", act.at, id_, self._audit(act, id_, correlation, service), (act.key,), fortune.arrival
            )
        elif refusal is not None:
            self._fates[act.key] = "outage"
        if refusal is None:
            id_ = chance.guid("record", act.key)
            self._delivery.unified(act.at, id_, self._record(act, id_, correlation), (act.key,), fortune)

    def _audit(self, act: DirectoryAct, id_: str, correlation: str, service: str) -> dict[str, Any]:
        changed = [
            {"displayName": name, "oldValue": old or None, "newValue": new or None} for name, old, new in act.modified
        ]
        targets = []
        for number, (type_, target, name) in enumerate(act.targets):
            person = self._people.get(target)
            targets.append(
                {
                    "id": target,
                    "displayName": name if person is None else person.name,
                    "type": type_,
                    "userPrincipalName": None if person is None else person.upn,
                    "groupType": None,
                    "modifiedProperties": changed if number == 0 else [],
                }
            )
        return {
            "id": id_,
            "category": act.category,
            "correlationId": correlation,
            "result": act.result,
            "resultReason": "",
            "activityDisplayName": act.activity,
            "activityDateTime": fraction(act.at),
            "loggedByService": service,
            "operationType": operation_type(act.activity),
            "initiatedBy": self._initiated_by(act),
            "targetResources": targets,
            "additionalDetails": [],
        }

    def _initiated_by(self, act: DirectoryAct) -> dict[str, Any]:
        if act.actor is not None:
            person = self._tenant.people[act.actor]
            user = {
                "id": person.object_id,
                # A service of Microsoft that acts in a person's name leaves its own name beside theirs (actor tokens; elastic/detection-rules,
                # "Entra ID Actor Token User Impersonation Abuse").
                "displayName": None if act.app is None else act.app.name,
                "userPrincipalName": person.upn,
                "ipAddress": "" if act.place is None else act.place.ip,
                "userType": None,
                "homeTenantId": person.home_tenant,
                "homeTenantName": None,
            }
            return {"user": user, "app": None}
        app = {
            "appId": None if act.app is None else act.app.app_id,
            "displayName": "Microsoft Azure AD Internal" if act.app is None else act.app.name,
            "servicePrincipalId": None if act.app is None else act.app.principal_id,
            "servicePrincipalName": None,
        }
        return {"user": None, "app": app}

    def _record(self, act: DirectoryAct, id_: str, correlation: str) -> dict[str, Any]:
        person = None if act.actor is None else self._tenant.people[act.actor]
        operation = act.activity if act.activity.endswith(" ") else act.activity + "."
        type_, target, _ = act.targets[0] if act.targets else ("Other", self._tenant.tenant_id, "")
        about = self._people.get(target)
        user, key, user_type = "Not Available", "Not Available", 4
        if person is not None:
            user, key, user_type = person.upn, f"{person.puid}@{self._tenant.domain}", 0
        elif act.app is not None:
            user = f"ServicePrincipal_{act.app.principal_id}"
        record: dict[str, Any] = {
            "CreationTime": unzoned(act.at),
            "Id": id_,
            "Operation": operation,
            "OrganizationId": self._tenant.tenant_id,
            "RecordType": 8,
            "ResultStatus": act.result.capitalize(),
            "UserKey": key,
            "UserType": user_type,
            "Version": 1,
            "Workload": "AzureActiveDirectory",
            "ObjectId": about.upn
            if about is not None
            else target
            if type_ == "ServicePrincipal"
            else f"{type_}_{target}",
            "UserId": user,
            "AzureActiveDirectoryEventType": 1,
            "ExtendedProperties": [
                {"Name": "additionalDetails", "Value": "{}"},
                {"Name": "extendedAuditEventCategory", "Value": type_},
            ],
            "ModifiedProperties": [
                {"Name": name_, "NewValue": spread(new), "OldValue": spread(old)} for name_, old, new in act.modified
            ],
            "Actor": self._actor(act, person),
            "ActorContextId": self._tenant.tenant_id,
            "InterSystemsId": correlation,
            "IntraSystemId": self._tenant.chance.guid("intra", act.key),
            "SupportTicketId": "",
            "Target": [part for one in act.targets for part in self._target(*one)],
            "TargetContextId": self._tenant.tenant_id,
        }
        if act.place is not None:
            record["ClientIP"] = record["ActorIpAddress"] = act.place.ip
        return record

    def _actor(self, act: DirectoryAct, person: Person | None) -> list[dict[str, Any]]:
        if person is not None:
            return [
                {"ID": person.upn, "Type": 5},
                {"ID": person.puid, "Type": 3},
                {"ID": f"User_{person.object_id}", "Type": 2},
                {"ID": person.object_id, "Type": 2},
                {"ID": "User", "Type": 2},
            ]
        if act.app is None:
            return [{"ID": "Microsoft Azure AD Internal", "Type": 1}]
        return [
            {"ID": act.app.name, "Type": 1},
            {"ID": act.app.app_id, "Type": 2},
            {"ID": f"ServicePrincipal_{act.app.principal_id}", "Type": 2},
            {"ID": act.app.principal_id, "Type": 2},
            {"ID": "ServicePrincipal", "Type": 2},
        ]

    def _target(self, type_: str, target: str, name: str) -> list[dict[str, Any]]:
        found = [{"ID": f"{type_}_{target}", "Type": 2}, {"ID": target, "Type": 2}, {"ID": type_, "Type": 2}]
        person = self._people.get(target)
        if person is not None:
            return [*found, {"ID": person.upn, "Type": 5}, {"ID": person.puid, "Type": 3}]
        return [*found, {"ID": name, "Type": 1}]


def logged_by(act: DirectoryAct) -> str:
    """loggedByService of an activity."""
    if "security info" in act.activity:
        return "Authentication Methods"
    if act.category == "Device" and act.activity.startswith("Register"):
        return "Device Registration Service"
    return "Core Directory"


def operation_type(activity: str) -> str:
    """operationType of an activity."""
    if activity.startswith(_ASSIGNMENTS):
        return "Assign"
    return _OPERATION_TYPES.get(activity.partition(" ")[0], "Update")


def spread(text: str) -> str:
    """A JSON text as the unified log writes it: strings bare, lists and objects over several lines, nothing as ''."""
    if not text:
        return ""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text  # an act may give a bare text
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\r\n")
