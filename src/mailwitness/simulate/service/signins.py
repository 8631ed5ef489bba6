"""Rows of the four Entra sign-in streams, as Microsoft Graph (beta) returns them.

Every request for a token has a row, granted or not, with the error code that the act says; also a success that Exchange then refused, because the
identity provider does not know what Exchange does. No row: an application of Microsoft's own (``first_party_principal``) and what a known
defect leaves out (``unlogged_by_design``). ``uniqueTokenIdentifier`` is the row's id in another writing (`identifiers`).

Policies stand in the row as the act shows them; where it shows none at all, ``appliedConditionalAccessPolicies`` is absent, which is what an
export without the permission to read policies looks like (the status is there all the same). ``conditionsSatisfied`` and ``conditionsNotSatisfied`` are Graph's words.

Assumptions: no risk is ever seen; a state is called like its city and has no coordinates; a person of another tenant comes as B2B guest;
a basic-authentication client shows ``ropc`` only if its act says so; sessionId since mid-2024.
Clock: ``createdDateTime``, UTC, whole seconds.
Sources:
    - https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta
    - https://github.com/splunk/security_content (data_sources/azure_active_directory_sign_in_activity.yml: a row of 2023-10-24)
    - https://github.com/elastic/integrations (packages/azure, signinlogs: rows of 2022)
    - https://github.com/SEKOIA-IO/intake-formats (Azure/azure-ad/tests/sign-in_activity8.json: a row of 2026-05-17)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mailwitness.simulate.acts import SignIn, Stream
from mailwitness.simulate.service.declared import sign_in_errors
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.eras import Era
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.moments import zulu
from mailwitness.simulate.world import App

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Policy, Tenant

NOBODY = "00000000-0000-0000-0000-000000000000"
_EVENT_TYPES: Mapping[Stream, str] = {
    "interactive": "interactiveUser",
    "noninteractive": "nonInteractiveUser",
    "service_principal": "servicePrincipal",
    "managed_identity": "managedIdentity",
}
_CLIENT_TYPES = {
    "Browser": "browser",
    "Mobile Apps and Desktop clients": "mobileAppsAndDesktopClients",
    "Exchange ActiveSync": "exchangeActiveSync",
}
_CLAIM = "MFA requirement satisfied by claim in the token"
_ADDITIONAL = {
    "": None,
    "satisfied": "MFA completed in Azure AD",
    "claim": _CLAIM,
    "denied": "MFA denied; user declined the authentication",
}
_BLOCKED = frozenset({50131, 53000, 53001, 53002, 53003, 53004, 530031, 530032})
"""Errors that a Conditional Access policy makes."""
_GRANTS = {"mfa": "Mfa", "block": "Block", "compliantDevice": "RequireCompliantDevice"}
_MFA_REQUIRED = frozenset({50072, 50074, 50076, 50079, 500121})


class SignInLog:
    """Makes rows of sign-ins. Constant parts are kept per stream, person and program."""

    def __init__(self, tenant: Tenant, delivery: Delivery) -> None:
        self._tenant, self._delivery = tenant, delivery
        self._policies: Mapping[str, Policy] = {policy.name: policy for policy in tenant.policies}
        self._resources: Mapping[str, App] = {app.app_id: app for app in tenant.apps.values()}
        self._applied: dict[tuple[object, ...], list[dict[str, Any]]] = {}

    def take(self, act: SignIn, era: Era, fortune: Fortune) -> Reason | None:
        """One request: its row, or the reason why there is none."""
        if act.unlogged:
            return "unlogged_by_design"
        principal = act.principal
        if act.stream == "service_principal" and principal is not None and principal.first_party:
            return "first_party_principal"
        if self._delivery.lost(act.stream, act.at):
            return "outage"
        row = self._row(act, era, fortune)
        self._delivery.other(act.stream, act.at, act.request_id, row, (act.key,), fortune.arrival)
        return None

    def _row(self, act: SignIn, era: Era, fortune: Fortune) -> dict[str, Any]:
        tenant = self._tenant
        person = None if act.person is None else tenant.people[act.person]
        principal, app = act.principal, act.app
        created = zulu(act.at)
        resource = self._resources.get(act.resource_id)
        foreign = act.home_tenant is not None and act.home_tenant != tenant.tenant_id
        interactive = act.stream == "interactive"
        human = principal is None
        place = act.place
        row: dict[str, Any] = {
            "id": act.request_id,
            "createdDateTime": created,
            "userDisplayName": person.name if person is not None else "",
            "userPrincipalName": person.upn if person is not None else "",
            "userId": person.object_id if person is not None else (NOBODY if human else ""),
            "appId": app.app_id if human else principal.app_id,  # type: ignore[union-attr]
            "appDisplayName": app.name if human else principal.name,  # type: ignore[union-attr]
            "ipAddress": place.ip,
            "ipAddressFromResourceProvider": None,
            "clientAppUsed": act.client.client_app_used or None if human else None,
            "userAgent": act.user_agent or act.client.user_agent or "",
            "correlationId": act.correlation_id or act.request_id,
            "conditionalAccessStatus": _status(act),
            "originalRequestId": act.request_id,
            "isInteractive": interactive,
            "tokenIssuerName": "",
            "tokenIssuerType": "AzureAD",
            "authenticationProcessingDetails": [
                {"key": "Legacy TLS (TLS 1.0, 1.1, 3DES)", "value": "False"},
                {"key": "Is CAE Token", "value": str(_long_lived(act))},
            ],
            "networkLocationDetails": [],
            "clientCredentialType": "none"
            if human
            else ("clientSecret" if act.credential_key_id else "clientAssertion"),
            "processingTimeInMilliseconds": 40 + int(fortune.noise * 400),
            "riskDetail": "none",
            "riskLevelAggregated": "none",
            "riskLevelDuringSignIn": "none",
            "riskState": "none",
            "riskEventTypes_v2": [],
            "resourceDisplayName": resource.name if resource is not None else None,
            "resourceId": act.resource_id,
            "resourceTenantId": tenant.tenant_id,
            "resourceServicePrincipalId": resource.principal_id if resource is not None else None,
            "homeTenantId": act.home_tenant or tenant.tenant_id,
            "homeTenantName": None,
            "authenticationMethodsUsed": [],
            "authenticationContextClassReferences": [],
            "authenticationRequirement": _requirement(act) if human else "singleFactorAuthentication",
            "authenticationRequirementPolicies": [],
            "authenticationStrengths": [],
            "sessionLifetimePolicies": [],
            "appliedEventListeners": [],
            "signInIdentifier": person.upn if person is not None else "",
            "signInIdentifierType": None,
            "servicePrincipalName": "" if human else principal.name,  # type: ignore[union-attr]
            "servicePrincipalId": "" if human else principal.principal_id,  # type: ignore[union-attr]
            "servicePrincipalCredentialKeyId": act.credential_key_id,
            "servicePrincipalCredentialThumbprint": None,
            "federatedCredentialId": None,
            "signInEventTypes": [_EVENT_TYPES[act.stream]],
            "userType": "guest" if foreign or (person is not None and person.home_tenant) else "member",
            "flaggedForReview": False,
            "isTenantRestricted": False,
            "autonomousSystemNumber": place.asn,
            "crossTenantAccessType": "b2bCollaboration" if foreign else "none",
            "privateLinkDetails": None,
            "mfaDetail": None,
            "uniqueTokenIdentifier": era.token_identifier(act.request_id),
            "incomingTokenType": act.incoming,
            "authenticationProtocol": act.protocol,
            "originalTransferMethod": act.transfer,
            "signInTokenProtectionStatus": "none",
            "tokenProtectionStatusDetails": {"signInSessionStatus": "none", "signInSessionStatusCode": 0},
            "status": {
                "errorCode": act.error_code,
                "failureReason": failure_of(act),
                "additionalDetails": _ADDITIONAL[act.mfa] if human else None,
            },
            "deviceDetail": _device(act),
            "location": {
                "city": place.city,
                "state": place.city,
                "countryOrRegion": place.country,
                "geoCoordinates": {"altitude": None, "latitude": None, "longitude": None},
            },
            "authenticationDetails": _steps(act, created) if human else [],
        }
        if act.policies is not None:
            row["appliedConditionalAccessPolicies"] = self._policies_of(act)
        if era.signin_session_id:
            row["sessionId"] = act.session_id or ""
        if not human:
            row["appOwnerTenantId"] = principal.owner_tenant  # type: ignore[union-attr]
            row["resourceOwnerTenantId"] = resource.owner_tenant if resource is not None else None
            row["managedServiceIdentity"] = None
        return row

    def _policies_of(self, act: SignIn) -> list[dict[str, Any]]:
        key = (act.policies, act.client.client_app_used)
        known = self._applied.get(key)
        if known is None:
            mine = _CLIENT_TYPES.get(act.client.client_app_used, "other")
            known = self._applied[key] = [self._policy(*one, mine) for one in act.policies or ()]
        return known

    def _policy(self, name: str, result: str, client_types: tuple[str, ...], mine: str) -> dict[str, Any]:
        policy = self._policies.get(name)
        if result == "notEnabled":
            met, unmet = "none", "none"
        elif not result.casefold().endswith("notapplied"):
            met, unmet = "application,users,clientType", "none"
        elif "all" in client_types or mine in client_types:
            met, unmet = "application", "users"
        else:
            met, unmet = "application,users", "clientType"
        return {
            "id": policy.id if policy is not None else self._tenant.chance.guid("policy", name),
            "displayName": name,
            "enforcedGrantControls": [_GRANTS.get(policy.grant, policy.grant)] if policy is not None else [],
            "enforcedSessionControls": [],
            "result": result,
            "conditionsSatisfied": met,
            "conditionsNotSatisfied": unmet,
            "includeRulesSatisfied": [],
            "excludeRulesSatisfied": [],
        }


def failure_of(act: SignIn) -> str:
    """The reason of failure in words; ``Other.`` for a success, as Graph says."""
    if act.failure:
        return act.failure
    if act.error_code == 0:
        return "Other."
    known = sign_in_errors().get(act.error_code)
    return known.text if known is not None else "Other."


def _long_lived(act: SignIn) -> bool:
    return act.token is not None and act.token.expires_at - act.token.issued_at > 4 * 3_600_000


def _status(act: SignIn) -> str:
    if act.policies is None:
        if act.error_code in _BLOCKED:
            return "failure"
        return "success" if act.mfa in ("satisfied", "claim") and act.error_code == 0 else "notApplied"
    results = {result for _, result, _ in act.policies}
    return "failure" if "failure" in results else "success" if "success" in results else "notApplied"


def _requirement(act: SignIn) -> str:
    return "multiFactorAuthentication" if act.mfa or act.error_code in _MFA_REQUIRED else "singleFactorAuthentication"


def _device(act: SignIn) -> dict[str, Any]:
    device = act.device
    if device is None:
        return {
            "deviceId": "", "displayName": "", "operatingSystem": "", "browser": "", "isCompliant": False,
            "isManaged": False, "trustType": "",
        }  # fmt: skip
    known = device.device_id is not None
    return {
        "deviceId": device.device_id or "",
        "displayName": device.name if known else "",
        "operatingSystem": device.os,
        "browser": device.browser,
        "isCompliant": device.managed,
        "isManaged": device.managed,
        "trustType": ("Azure AD joined" if device.managed else "Azure AD registered") if known else "",
    }


def _steps(act: SignIn, created: str) -> list[dict[str, Any]]:
    """authenticationDetails: what was presented, one object per step."""
    if act.stream != "interactive":
        if act.mfa != "claim":
            return []
        return [_step(created, "Previously satisfied", "", True, _CLAIM, "Multi-factor authentication")]
    if act.incoming != "none":
        steps = [
            _step(
                created,
                "Previously satisfied",
                "",
                act.first_factor,
                "First factor requirement satisfied by claim in the token",
                "Primary authentication",
            )
        ]
    elif act.first_factor or act.error_code == 0:
        steps = [
            _step(created, "Password", "Password in the cloud", True, "Correct password", "Primary authentication")
        ]
    elif act.error_code == 50126:
        steps = [
            _step(
                created,
                "Password",
                "Password in the cloud",
                False,
                "Invalid username or password or Invalid on-premise username or password.",
                "Primary authentication",
            )
        ]
    else:
        steps = []
    if act.mfa == "satisfied":
        steps.append(
            _step(
                created,
                "Mobile app notification",
                "",
                True,
                "MFA successfully completed",
                "Multi-factor authentication",
            )
        )
    elif act.mfa == "claim":
        steps.append(_step(created, "Previously satisfied", "", True, _CLAIM, "Multi-factor authentication"))
    elif act.mfa == "denied":
        steps.append(
            _step(
                created,
                "Mobile app notification",
                "",
                False,
                "MFA denied; user declined the authentication",
                "Multi-factor authentication",
            )
        )
    return steps


def _step(created: str, method: str, detail: str, succeeded: bool, result: str, requirement: str) -> dict[str, Any]:
    return {
        "authenticationStepDateTime": created,
        "authenticationMethod": method,
        "authenticationMethodDetail": detail,
        "succeeded": succeeded,
        "authenticationStepResultDetail": result,
        "authenticationStepRequirement": requirement,
    }
