"""The Exchange settings that decide whether mail could be read and whether reading was recorded.

One table of the vendor's property names, the columns they become, and how their text is read. A snapshot
(``Get-CASMailbox`` and its neighbours) and a change (``Set-CASMailbox`` …) name the same thing alike, so both use it.

Beside them stands one switch of Entra ID that decides the same: security defaults.

Limits: properties not listed here stay in the raw record only.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/set-casmailbox
    - https://learn.microsoft.com/powershell/module/exchange/set-mailbox
    - https://learn.microsoft.com/powershell/module/exchange/set-transportconfig
    - https://learn.microsoft.com/powershell/module/exchange/set-organizationconfig
    - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
    - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
    - https://learn.microsoft.com/powershell/module/exchange/new-authenticationpolicy
    - https://learn.microsoft.com/graph/api/resources/identitysecuritydefaultsenforcementpolicy
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ValueType = Literal["bool", "bool_or_null", "text", "text_or_null", "list"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its column name and how its value is read.

    ``bool_or_null`` and ``text_or_null``: the vendor's null has a meaning (inherited, not set). For the others an empty
    value says nothing.
    """

    name: str
    type: ValueType


def _settings(text: str) -> dict[str, Setting]:
    """Lines ``VendorName column type``; keys lower case, because exports differ in case."""
    made = {}
    for line in text.strip().splitlines():
        vendor, name, type_ = line.split()
        made[vendor.lower()] = Setting(name, type_)  # type: ignore[arg-type]
    return made


CAS_MAILBOX = _settings("""
ImapEnabled                        imap_enabled                        bool
PopEnabled                         pop_enabled                         bool
SmtpClientAuthenticationDisabled   smtp_client_authentication_disabled bool_or_null
ActiveSyncEnabled                  active_sync_enabled                 bool
EwsEnabled                         ews_enabled                         bool_or_null
MAPIEnabled                        mapi_enabled                        bool
OWAEnabled                         owa_enabled                         bool
OWAforDevicesEnabled               owa_for_devices_enabled             bool
OutlookMobileEnabled               outlook_mobile_enabled              bool_or_null
UniversalOutlookEnabled            universal_outlook_enabled           bool
""")

MAILBOX = _settings("""
AuditEnabled                audit_enabled                   bool
DefaultAuditSet             default_audit_set               list
AuditOwner                  audit_owner                     list
AuditDelegate               audit_delegate                  list
AuditAdmin                  audit_admin                     list
AuditLogAgeLimit            audit_log_age_limit             text
AuditBypassEnabled          audit_bypass_enabled            bool
RecipientTypeDetails        recipient_type_details          text
ForwardingAddress           forwarding_address              text_or_null
ForwardingSmtpAddress       forwarding_smtp_address         text_or_null
DeliverToMailboxAndForward  deliver_to_mailbox_and_forward  bool
""")

BYPASS = {"auditbypassenabled": MAILBOX["auditbypassenabled"]}

TRANSPORT = _settings("""
SmtpClientAuthenticationDisabled  smtp_client_authentication_disabled  bool_or_null
AllowLegacyTLSClients             allow_legacy_tls_clients             bool_or_null
""")

ORGANIZATION = _settings("""
AuditDisabled                audit_disabled                  bool
DefaultAuthenticationPolicy  default_authentication_policy   text_or_null
OAuth2ClientProfileEnabled   oauth2_client_profile_enabled   bool
EwsEnabled                   ews_enabled                     bool_or_null
EwsApplicationAccessPolicy   ews_application_access_policy   text_or_null
EwsAllowList                 ews_allow_list                  list
EwsBlockList                 ews_block_list                  list
""")

ADMIN_AUDIT_LOG = _settings("""
UnifiedAuditLogIngestionEnabled  unified_audit_log_ingestion_enabled  bool
AdminAuditLogEnabled             admin_audit_log_enabled              bool
""")

USER = _settings("""
AuthenticationPolicy  authentication_policy  text_or_null
""")

AUTHENTICATION_POLICY = _settings("""
AllowBasicAuthActiveSync          allow_basic_auth_active_sync           bool
AllowBasicAuthAutodiscover        allow_basic_auth_autodiscover          bool
AllowBasicAuthImap                allow_basic_auth_imap                  bool
AllowBasicAuthMapi                allow_basic_auth_mapi                  bool
AllowBasicAuthOfflineAddressBook  allow_basic_auth_offline_address_book  bool
AllowBasicAuthOutlookService      allow_basic_auth_outlook_service       bool
AllowBasicAuthPop                 allow_basic_auth_pop                   bool
AllowBasicAuthPowershell          allow_basic_auth_powershell            bool
AllowBasicAuthReportingWebServices allow_basic_auth_reporting_web_services bool
AllowBasicAuthRpc                 allow_basic_auth_rpc                   bool
AllowBasicAuthSmtp                allow_basic_auth_smtp                  bool
AllowBasicAuthWebServices         allow_basic_auth_web_services          bool
""")

SECURITY_DEFAULTS = _settings("""
IsEnabled  security_defaults_enabled  bool
""")

_ONE_WORD_ITEMS = frozenset({"default_audit_set", "audit_owner", "audit_delegate", "audit_admin"})
"""Lists whose items hold no blank, so that PowerShell's ``"$list"`` (joined by blanks) can be taken apart."""

_TRUE = frozenset({"true", "$true", "yes", "1"})
_FALSE = frozenset({"false", "$false", "no", "0"})
_NULL = frozenset({"", "$null", "null", "<null>"})


def value_json(setting: Setting, value: Any) -> str | None:
    """The value as JSON text; None when it says nothing about the setting, so that no row is made of it.

    Lists here are sets: exports write one and the same in different orders, and it is sorted so that they agree.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or (isinstance(value, str) and value.lower() in _NULL):
        return "null" if setting.type.endswith("_or_null") else None
    if setting.type in ("bool", "bool_or_null"):
        return _bool_json(value)
    if setting.type == "list":
        items = list_of(value)
        if items is not None and setting.name in _ONE_WORD_ITEMS:
            items = [word for item in items for word in item.split()]
        return None if items is None else json.dumps(sorted(items), ensure_ascii=False)
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return json.dumps(str(value), ensure_ascii=False)


def _bool_json(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip().lower()
    if text in _TRUE:
        return "true"
    return "false" if text in _FALSE else None


def list_of(value: Any) -> list[str] | None:
    """A list however it was written: a JSON list, ``{A, B}``, ``A,B``, ``A; B``. None where the export lost it.

    ``System.Object[]`` and a Format-List ellipsis (``{A, B...}``) say that there was more than is shown.
    """
    if isinstance(value, Mapping):
        value = value.get("value", value.get("Value"))
    if isinstance(value, list):
        return [str(item).strip() for item in value]
    if not isinstance(value, str) or value.startswith(("System.", "Microsoft.")):
        return None
    text = value.strip().removeprefix("{").removesuffix("}")
    if text.endswith(("...", "…")):
        return None
    if text.startswith("["):
        try:
            return list_of(json.loads(text))
        except (ValueError, RecursionError):
            return None
    return [item for item in (part.strip().strip('"') for part in text.replace(";", ",").split(",")) if item]
