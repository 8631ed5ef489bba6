"""Companion tables and objects, told apart by the names of their columns: traces, rules, licences, derived tables, the rest.

``kind_of`` gives one kind at most to a set of names, first match first, and every reader of companions claims its own kinds
in its own layout; so no two claim one file. Names are compared in lower case without blanks, dashes and underscores.

Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts: headers of its tables)
    - https://github.com/cisagov/untitledgoosetool   (goosey: names of its files)
    - https://learn.microsoft.com/graph/api/overview   (resources)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from mailwitness.model.evidence import Head
from mailwitness.sources._entra_shape import shape_of
from mailwitness.sources._exo_shape import cmdlet_of

_NOT_LETTERS = re.compile(r"\s*\[[^\]]*\]$|[^a-z0-9.#@]")  # a zone mark ("[UTC]") is no part of a name

_LOG_RECORD = frozenset(
    """auditdata raweventdata officeid creationtime operations clientappused conditionalaccessstatus activitydisplayname
    initiatedby targetresources requesturi operationname grantcontrols eventoriginal timegenerated signineventtypes sourcetype
    raw""".split()
)
"""Names that only logs and policies have, which other readers know."""

# kind: names that must all be there [| one of these at least]
_SIGNATURES = """
message_trace           messageid senderaddress | recipientaddress recipientstatus
emailevents             internetmessageid | recipientemailaddress senderfromaddress sendermailfromaddress
mes_message_ids         timestamp user mailaccesstype internetmessageid
mes_sessions            timestamp user action sessionid mailaccesstype
mes_rules               username rulename
inbox_rule              stopprocessingrules | ruleidentity mailboxownerid movetofolder
graph_message_rule      sequence actions displayname
mes_tenant_licences     sku serviceplans
subscribed_skus         skupartnumber serviceplans | consumedunits prepaidunits capabilitystatus
licence_details         skuid serviceplans
assigned_plans          assignedplans | userprincipalname id mail
mes_user_licences       userprincipalname skupartnumber
mailbox_audit_log       lastaccessed operation
message_inventory       internetmessageid subject
"""

_OTHER_SIGNATURES = """
mes_mailbox_permissions userprincipalname fullaccessusers
mailbox_permission      accessrights | user trustee
oauth_permission        permissiontype clientobjectid
oauth2_permission_grant clientid consenttype
app_role_assignment     approleid resourceid | principalid principaltype
named_location          displayname | ipranges istrusted countriesandregions
mfa_status              userprincipalname | ismfaregistered ismfacapable methodsregistered mfastatus defaultmfamethod mfamethods
risk_detection          riskeventtype risklevel
risky_user              riskstate risklevel
device                  deviceid | approximatelastsignindatetime trusttype profiletype iscompliant devicetype
mobile_device           deviceuseragent
transport_rule          name whenchanged state
role_member             userprincipalname | rolename role roles
directory_role          roletemplateid displayname
service_principal       serviceprincipaltype
application             appid signinaudience
group                   securityenabled mailenabled
security_alert          severity title | alertid alertweburl detectionsource
user                    userprincipalname | accountenabled lastpasswordchangedatetime onpremisessyncenabled proxyaddresses mailnickname
"""


Signature = tuple[str, frozenset[str], frozenset[str]]


def _table(text: str) -> tuple[Signature, ...]:
    made = []
    for line in text.strip().splitlines():
        kind, rest = line.split(None, 1)
        required, _, one_of = rest.partition("|")
        made.append((kind, frozenset(required.split()), frozenset(one_of.split())))
    return tuple(made)


_OTHER = _table(_OTHER_SIGNATURES)
_TABLE = _table(_SIGNATURES) + _OTHER

OTHER_KINDS = frozenset(kind for kind, _, _ in _OTHER)
"""Kinds that no table of ours holds; they become other records."""


@lru_cache(maxsize=512)
def kind_of(names: frozenset[str]) -> str | None:
    """The kind of companion that has these names; None for logs, settings and anything unknown."""
    plain = frozenset(bare(name) for name in names)
    if (plain - {"timegenerated"}) & _LOG_RECORD or {"timestamp", "actiontype"} <= plain:
        return None
    if "timegenerated" in plain:  # of the tables of Log Analytics, this one alone is a companion
        return "emailevents" if {"internetmessageid", "recipientemailaddress"} <= plain else None
    if (
        cmdlet_of(frozenset(name.strip().lower() for name in names))
        or shape_of(tuple(sorted(names))).family is not None
    ):
        return None
    for kind, required, one_of in _TABLE:
        if required <= plain and (not one_of or plain & one_of):
            return kind
    return None


def bare(name: str) -> str:
    """A column's name for comparison: lower case, letters and digits only."""
    return _NOT_LETTERS.sub("", name.lower())


def column_kind(head: Head) -> str | None:
    """The kind of a CSV by its header."""
    return kind_of(frozenset(head.header))


def record_kind(head: Head) -> str | None:
    """The kind of a JSON file by the keys of its sampled objects together."""
    return kind_of(head.keys()) if head.records else None


@lru_cache(maxsize=512)
def _bare_keys(keys: tuple[str, ...]) -> Mapping[str, str]:
    """Bare name → the name as written; the first of two wins."""
    return {bare(key): key for key in reversed(keys)}


def value_of(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first value that is there and not empty, by bare names, best first."""
    keys = _bare_keys(tuple(row))
    for name in names:
        value = row[keys[name]] if name in keys else None
        if value not in (None, ""):
            return value
    return None
