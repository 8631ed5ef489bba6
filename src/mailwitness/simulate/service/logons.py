"""Logons of people in the unified log: UserLoggedIn and UserLoginFailed (RecordType 15).

``Id`` and ``IntraSystemId`` are the sign-in's request id, ``InterSystemsId`` its correlation id. Interactive sign-ins are here, and a small share
of the others; service principals are not. What the operation is called decides success, not ResultStatus: most failed logons say
``Success`` there. The "stay signed in" interrupt 50140 comes as UserLoggedIn, a missing consent (65001) as UserLoginFailed.

About half of all logons name their session (DeviceProperties), failed ones seldom. For an unknown name neither name nor key is recorded.

Assumptions: ExtendedProperties.RequestType follows from what the sign-in was; DeviceProperties of registered devices carry their id.
Clock: ``CreationTime``, UTC without a zone.
Sources:
    - https://github.com/invictus-ir/o365_dataset (951 logons of 2021; rates.yaml)
    - https://github.com/splunk/security_content (data_sources/o365_userloggedin.yml, o365_userloginfailed.yml: records of 2023)
    - https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api (unknown names)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.service.declared import rates, sign_in_errors
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.moments import unzoned
from mailwitness.simulate.service.unified_rules import UnifiedRules

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

_LOGGED_IN = frozenset({0, 50140})
_UNKNOWN = "Not Available"


class LogonLog:
    """Makes the unified log's record of a sign-in."""

    def __init__(self, tenant: Tenant, rules: UnifiedRules, delivery: Delivery) -> None:
        self._tenant, self._rules, self._delivery = tenant, rules, delivery
        told = rates("logons")
        self._others: float = told["noninteractive"]
        self._says_success: float = told["failed_says_success"]
        self._session = {True: float(told["session_if_success"]), False: float(told["session_if_failed"])}

    def take(self, act: SignIn, fortune: Fortune) -> bool:
        """One sign-in; True if it has a record."""
        if act.unlogged or act.principal is not None or self._rules.refusal(act.at) is not None:
            return False
        if act.stream != "interactive" and fortune.shape >= self._others:
            return False
        shape = fortune.shape if act.stream == "interactive" else fortune.shape / self._others
        record = self._record(act, shape, fortune.spare)
        self._delivery.unified(act.at, act.request_id, record, (act.key,), fortune)
        return True

    def _record(self, act: SignIn, shape: float, spare: float) -> dict[str, Any]:
        tenant = self._tenant
        person = None if act.person is None else tenant.people[act.person]
        logged_in = act.error_code in _LOGGED_IN
        user = _UNKNOWN if person is None else person.upn
        key = _UNKNOWN if person is None else person.object_id
        says_success = logged_in or shape < self._says_success
        interrupt = not logged_in and says_success
        detail = "Success" if act.error_code == 0 else "Redirect" if logged_in or interrupt else "UserError"
        extended = [
            {"Name": "ResultStatusDetail", "Value": detail},
            {"Name": "UserAgent", "Value": act.user_agent or act.client.user_agent or ""},
        ]
        if act.error_code == 50126:
            extended.append({"Name": "UserAuthenticationMethod", "Value": "1"})
        extended.append({"Name": "RequestType", "Value": _request_type(act)})
        record: dict[str, Any] = {
            "CreationTime": unzoned(act.at),
            "Id": act.request_id,
            "Operation": "UserLoggedIn" if logged_in else "UserLoginFailed",
            "OrganizationId": tenant.tenant_id,
            "RecordType": 15,
            "ResultStatus": "Success" if says_success else "Failed",
            "UserKey": key,
            "UserType": 0,
            "Version": 1,
            "Workload": "AzureActiveDirectory",
            "ClientIP": act.place.ip,
            "ObjectId": act.resource_id,
            "UserId": user,
            "AzureActiveDirectoryEventType": 1,
            "ExtendedProperties": extended,
            "ModifiedProperties": [],
            "Actor": [{"ID": key, "Type": 0}, {"ID": user, "Type": 5}],
            "ActorContextId": tenant.tenant_id,
            "ActorIpAddress": act.place.ip,
            "InterSystemsId": act.correlation_id or act.request_id,
            "IntraSystemId": act.request_id,
            "SupportTicketId": "",
            "Target": [{"ID": act.resource_id, "Type": 0}],
            "TargetContextId": tenant.tenant_id,
            "ApplicationId": act.app.app_id,
            "DeviceProperties": self._device(act, spare < self._session[logged_in]),
            "ErrorNumber": str(act.error_code),
        }
        if not logged_in:
            known = sign_in_errors().get(act.error_code)
            if known is not None:
                record["LogonError"] = known.logon_error
        return record

    def _device(self, act: SignIn, with_session: bool) -> list[dict[str, str]]:
        device = act.device
        found: list[dict[str, str]] = []
        if device is not None:
            if device.device_id is not None:
                found.append({"Name": "Id", "Value": device.device_id})
                found.append({"Name": "DisplayName", "Value": device.name})
            found.append({"Name": "OS", "Value": device.os})
            found.append({"Name": "BrowserType", "Value": device.browser.partition(" ")[0] or "Other"})
            if device.device_id is not None:
                found.append({"Name": "IsCompliant", "Value": str(device.managed)})
            found.append({"Name": "IsCompliantAndManaged", "Value": str(device.managed)})
            if device.device_id is not None:
                found.append({"Name": "TrustType", "Value": "1" if device.managed else "0"})
        if with_session and act.session_id is not None:
            found.append({"Name": "SessionId", "Value": act.session_id})
        return found


def _request_type(act: SignIn) -> str:
    if act.protocol == "ropc" or act.client.basic_auth or act.stream != "interactive":
        return "OAuth2:Token"
    if act.mfa == "satisfied":
        return "SAS:EndAuth"
    if act.mfa == "claim":
        return "OAuth2:Authorize"
    return "Login:reprocess" if act.error_code == 50140 else "Login:login"
