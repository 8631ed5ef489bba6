"""What Exchange's and Entra's Get commands show of the tenant at a moment, as objects with the vendor's property names.

Values are typed as PowerShell has them: True, False, None, texts, lists.

Assumptions: a mailbox's Identity, Name and Alias are the local part of its address; a shared mailbox has an account of its own, whose
id nobody else uses. Licences are by product; a product's audit plan is off for a person while the timeline says another ServicePlan.
An authentication policy is a setting ``<name>: AllowBasicAuthImap False, …``. Inbox rules are settings (`tenant.inbox_rules`).
Sources:
    - https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets
    - https://learn.microsoft.com/powershell/module/exchange/get-casmailbox, …/get-mailbox, …/get-mailboxauditbypassassociation,
      …/get-organizationconfig, …/get-transportconfig, …/get-adminauditlogconfig, …/get-user, …/get-inboxrule
    - https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy, …/resources/assignedplan
    - https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference   (products and plans)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from mailwitness.simulate.exports._clock import iso
from mailwitness.simulate.tenant.inbox_rules import PREFIX
from mailwitness.simulate.world import MS_PER_DAY, Mailbox, Plan

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

Object: TypeAlias = dict[str, Any]

ADVANCED_AUDITING = ("2f442157-a11c-46b9-ae5b-6e39ff4e5849", "M365_ADVANCED_AUDITING", "exchange")
AUDIT_PLATFORM = ("f6de4823-28fa-440b-b886-4783fa86ddba", "M365_AUDIT_PLATFORM", "exchange")
_EXCHANGE_2 = ("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange")
_EXCHANGE_1 = ("9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD", "exchange")
_KIOSK = ("4a82b400-a79f-41a4-b4e2-e94f5787b113", "EXCHANGE_S_DESKLESS", "exchange")
_P1 = ("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM", "AADPremiumService")
_P2 = ("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2", "AADPremiumService")

PRODUCTS: dict[Plan, tuple[str, str, tuple[tuple[str, str, str], ...]]] = {
    "e5": (
        "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
        "SPE_E5",
        (_EXCHANGE_2, AUDIT_PLATFORM, ADVANCED_AUDITING, _P1, _P2),
    ),
    "e3": ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", (_EXCHANGE_2, AUDIT_PLATFORM, _P1)),
    "business": ("f245ecc8-75af-4f8e-b61f-27d8114de5f3", "O365_BUSINESS_PREMIUM", (_EXCHANGE_1, AUDIT_PLATFORM)),
    "f3": ("66b55226-6b4f-492c-910c-a3b7a3c9d993", "SPE_F1", (_KIOSK,)),
}
"""Plan of a person → (SKU id, SKU part number, its service plans as (id, name, service)), as far as they matter here."""
_BASIC_AUTH = (
    "ActiveSync Autodiscover Imap Mapi OfflineAddressBook OutlookService Pop Powershell ReportingWebServices Rpc Smtp WebServices"
).split()
_ADMIN_ROLES = ("62e90394-69f5-4237-9190-012177145e10", "29232cdf-9323-42fd-ade2-1d097af3e4de")
"""Role templates: Global Administrator, Exchange Administrator (https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference)."""


class Objects:
    """The tenant's objects at one moment."""

    def __init__(self, tenant: Tenant, timeline: Timeline, at: int) -> None:
        self._tenant, self._timeline, self._at = tenant, timeline, at

    def cas_mailboxes(self) -> Iterator[Object]:
        """Get-CASMailbox -ResultSize Unlimited. A group's mailbox has no such object."""
        for mailbox in self._tenant.mailboxes:
            if mailbox.kind == "GroupMailbox":
                continue
            yield {
                **self._names(mailbox),
                "PrimarySmtpAddress": mailbox.upn,
                "ImapEnabled": self._bool(mailbox.guid, "ImapEnabled"),
                "PopEnabled": self._bool(mailbox.guid, "PopEnabled"),
                "SmtpClientAuthenticationDisabled": self._bool(mailbox.guid, "SmtpClientAuthenticationDisabled"),
                "MAPIEnabled": self._bool(mailbox.guid, "MAPIEnabled"),
                "OWAEnabled": self._bool(mailbox.guid, "OWAEnabled"),
                "ActiveSyncEnabled": self._bool(mailbox.guid, "ActiveSyncEnabled"),
                "EwsEnabled": self._bool(mailbox.guid, "EwsEnabled"),
            }

    def mailboxes(self) -> Iterator[Object]:
        """Get-Mailbox -ResultSize Unlimited, and the same with -GroupMailbox."""
        for mailbox in self._tenant.mailboxes:
            yield {
                **self._names(mailbox),
                "DisplayName": self.display_name(mailbox),
                "UserPrincipalName": mailbox.upn,
                "PrimarySmtpAddress": mailbox.upn,
                "EmailAddresses": [f"SMTP:{mailbox.upn}"],
                "ExchangeGuid": mailbox.guid,
                "RecipientTypeDetails": self._text(mailbox.guid, "RecipientTypeDetails"),
                "AuditEnabled": self._bool(mailbox.guid, "AuditEnabled"),
                "AuditLogAgeLimit": self._text(mailbox.guid, "AuditLogAgeLimit"),
                "DefaultAuditSet": self._list(mailbox.guid, "DefaultAuditSet"),
                "AuditOwner": self._list(mailbox.guid, "AuditOwner"),
                "AuditDelegate": self._list(mailbox.guid, "AuditDelegate"),
                "AuditAdmin": self._list(mailbox.guid, "AuditAdmin"),
                "ForwardingAddress": None,
                "ForwardingSmtpAddress": self._text(mailbox.guid, "ForwardingSmtpAddress") or None,
                "DeliverToMailboxAndForward": self._bool(mailbox.guid, "DeliverToMailboxAndForward"),
            }

    def bypasses(self) -> Iterator[Object]:
        """Get-MailboxAuditBypassAssociation -ResultSize Unlimited."""
        for person in self._tenant.people:
            name = person.upn.partition("@")[0]
            bypassed = self._bool(person.object_id, "AuditBypassEnabled")
            yield {"Name": name, "Identity": name, "ObjectCategory": "person", "AuditBypassEnabled": bypassed}

    def organization(self) -> Object:
        """Get-OrganizationConfig."""
        return {
            "Name": self._tenant.domain,
            "Identity": self._tenant.domain,
            "AuditDisabled": self._bool("", "AuditDisabled"),
            "DefaultAuthenticationPolicy": _policy_name(self._text("", "DefaultAuthenticationPolicy")),
            "OAuth2ClientProfileEnabled": True,
            "EwsEnabled": None,
            "EwsApplicationAccessPolicy": None,
            "EwsAllowList": [],
            "EwsBlockList": [],
        }

    def transport(self) -> Object:
        """Get-TransportConfig."""
        return {
            "SmtpClientAuthenticationDisabled": self._bool("", "SmtpClientAuthenticationDisabled"),
            "AllowLegacyTLSClients": None,
            "ExternalDelayDsnEnabled": True,
            "JournalArchivingEnabled": False,
        }

    def admin_audit_log(self) -> Object:
        """Get-AdminAuditLogConfig, asked of Exchange Online (the compliance endpoint always says False)."""
        return {
            "Name": "Admin Audit Log Settings",
            "AdminAuditLogEnabled": True,
            "LogLevel": "Verbose",
            "UnifiedAuditLogIngestionEnabled": self._bool("", "UnifiedAuditLogIngestionEnabled"),
        }

    def users(self) -> Iterator[Object]:
        """Get-User, the properties about authentication."""
        for person in self._tenant.people:
            if person.mailbox is not None:
                yield {
                    "UserPrincipalName": person.upn,
                    "ExternalDirectoryObjectId": person.object_id,
                    "WindowsEmailAddress": person.upn,
                    "AuthenticationPolicy": _policy_name(self._text(person.mailbox, "AuthenticationPolicy")),
                }

    def authentication_policies(self) -> Iterator[Object]:
        """Get-AuthenticationPolicy: the policies that somebody has. What a policy does not name is blocked, as the vendor has it."""
        values = {self._text("", "DefaultAuthenticationPolicy")}
        values |= {self._text(mailbox.guid, "AuthenticationPolicy") for mailbox in self._tenant.mailboxes}
        for value in sorted(values - {""}):
            name, _, named = value.partition(":")
            made: Object = {"Name": name, "Identity": name}
            made |= {f"AllowBasicAuth{protocol}": False for protocol in _BASIC_AUTH}
            for pair in filter(None, named.split(",")):
                key, allowed = pair.split()
                made[key] = allowed == "True"
            yield made

    def licensed_users(self) -> Iterator[Object]:
        """Graph's users with assignedPlans."""
        for person in self._tenant.people:
            if person.mailbox is None or person.plan == "none":
                continue
            yield {
                "id": person.object_id,
                "userPrincipalName": person.upn,
                "displayName": person.name,
                "mail": person.upn,
                "accountEnabled": True,
                "assignedPlans": [
                    {
                        "assignedDateTime": iso(self._tenant.start_at - 400 * MS_PER_DAY),
                        "capabilityStatus": "Enabled"
                        if self._has_plan(person.mailbox, person.plan, plan)
                        else "Deleted",
                        "service": service,
                        "servicePlanId": plan,
                    }
                    for plan, _, service in PRODUCTS[person.plan][2]
                ],
            }

    def subscribed_skus(self) -> Iterator[Object]:
        """Graph's subscribedSkus."""
        for plan, (sku, name, plans) in PRODUCTS.items():
            units = sum(person.plan == plan for person in self._tenant.people)
            if units:
                yield {
                    "skuId": sku,
                    "skuPartNumber": name,
                    "appliesTo": "User",
                    "capabilityStatus": "Enabled",
                    "consumedUnits": units,
                    "prepaidUnits": {"enabled": units + units // 20 + 1, "suspended": 0, "warning": 0},
                    "servicePlans": [
                        {
                            "servicePlanId": id_,
                            "servicePlanName": text,
                            "provisioningStatus": "Success",
                            "appliesTo": "User",
                        }
                        for id_, text, _ in plans
                    ],
                }

    def policies(self) -> Iterator[Object]:
        """Graph's Conditional Access policies."""
        created = self._tenant.start_at - 200 * MS_PER_DAY
        for policy in self._tenant.policies:
            changes = [
                held.valid_from
                for held in self._timeline.intervals(policy.id, "state")
                if self._tenant.start_at <= held.valid_from <= self._at
            ]
            everyone = policy.users == "all"
            yield {
                "id": policy.id,
                "templateId": None,
                "displayName": policy.name,
                "createdDateTime": iso(created),
                "modifiedDateTime": iso(changes[-1]) if changes else None,
                "state": self._text(policy.id, "state"),
                "sessionControls": None,
                "conditions": {
                    "userRiskLevels": [],
                    "signInRiskLevels": [],
                    "clientAppTypes": list(policy.client_types),
                    "platforms": None,
                    "locations": None,
                    "applications": {
                        "includeApplications": ["All"],
                        "excludeApplications": [],
                        "includeUserActions": [],
                    },
                    "users": {
                        "includeUsers": ["All"] if everyone else [],
                        "excludeUsers": [],
                        "includeGroups": [],
                        "excludeGroups": [],
                        "includeRoles": [] if everyone else list(_ADMIN_ROLES),
                        "excludeRoles": [],
                    },
                },
                "grantControls": {
                    "operator": "OR",
                    "builtInControls": [policy.grant],
                    "customAuthenticationFactors": [],
                    "termsOfUse": [],
                },
            }

    def inbox_rules(self) -> Iterator[tuple[Mailbox, str, Object]]:
        """(mailbox, rule's name, its properties) of every inbox rule."""
        mailboxes = {mailbox.guid: mailbox for mailbox in self._tenant.mailboxes}
        for held in self._timeline.all():
            if not held.name.startswith(PREFIX) or not held.value or held.subject not in mailboxes:
                continue
            if held.valid_from <= self._at < held.valid_to:
                yield mailboxes[held.subject], held.name.removeprefix(PREFIX), json.loads(held.value)

    def display_name(self, mailbox: Mailbox) -> str:
        """The owner's name, or the address's local part."""
        owner = mailbox.owner
        return mailbox.upn.partition("@")[0] if owner is None else self._tenant.people[owner].name

    def product(self, plan: Plan) -> str | None:
        """The SKU part number of a plan."""
        return PRODUCTS[plan][1] if plan in PRODUCTS else None

    def _names(self, mailbox: Mailbox) -> Object:
        local = mailbox.upn.partition("@")[0]
        owner = mailbox.owner
        account = (
            self._tenant.people[owner].object_id
            if owner is not None
            else self._tenant.chance.guid("account", mailbox.guid)
        )
        return {"Identity": local, "Name": local, "Alias": local, "ExternalDirectoryObjectId": account}

    def _has_plan(self, mailbox: str, product: Plan, plan: str) -> bool:
        held = self._text(mailbox, "ServicePlan")
        if plan == ADVANCED_AUDITING[0]:
            return held == plan
        return plan != AUDIT_PLATFORM[0] or product == "e5" or held == plan

    def _text(self, subject: str, name: str) -> str:
        return self._timeline.value(subject, name, self._at)

    def _bool(self, subject: str, name: str) -> bool | None:
        text = self._text(subject, name)
        return None if text == "" else text.lower() == "true"

    def _list(self, subject: str, name: str) -> list[str]:
        return [item for item in self._text(subject, name).split(", ") if item]


def _policy_name(value: str) -> str | None:
    """The name in ``<name>: AllowBasicAuthImap False, …``, which is how a setting holds an authentication policy."""
    return value.partition(":")[0] or None
