"""Conditional Access policies by Microsoft-Extractor-Suite (``…-ConditionalAccessPolicies.csv``).

One row per policy as it stood at the time of export; lists are joined by ``; ``, in earlier versions by line breaks. The columns are put
together again as Graph nests them.

Clock: the file does not say when it was made; ``ModifiedDateTime`` is the policy's last change, in the culture of the
    machine that wrote it. It is left out where day and month cannot be told apart.
Limits: named columns only: authentication strengths, device filters and app-based conditions beyond them are not in the file.
    No real sample under an open licence is known: fixtures follow the script.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-ConditionalAccessPolicy.ps1)
    - https://learn.microsoft.com/en-us/graph/api/resources/conditionalaccesspolicy
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._entra_shape import instant

_LISTS = {
    "includeusers": ("conditions", "users", "includeUsers"),
    "excludeusers": ("conditions", "users", "excludeUsers"),
    "includegroups": ("conditions", "users", "includeGroups"),
    "excludegroups": ("conditions", "users", "excludeGroups"),
    "includeroles": ("conditions", "users", "includeRoles"),
    "excluderoles": ("conditions", "users", "excludeRoles"),
    "includeapplications": ("conditions", "applications", "includeApplications"),
    "excludeapplications": ("conditions", "applications", "excludeApplications"),
    "includeplatforms": ("conditions", "platforms", "includePlatforms"),
    "excludeplatforms": ("conditions", "platforms", "excludePlatforms"),
    "includelocations": ("conditions", "locations", "includeLocations"),
    "excludelocations": ("conditions", "locations", "excludeLocations"),
    "clientapptypes": ("conditions", "clientAppTypes"),
    "userrisklevels": ("conditions", "userRiskLevels"),
    "signinrisklevels": ("conditions", "signInRiskLevels"),
    "serviceprincipalrisklevels": ("conditions", "servicePrincipalRiskLevels"),
    "builtincontrols": ("grantControls", "builtInControls"),
    "customauthenticationfactors": ("grantControls", "customAuthenticationFactors"),
    "termsofuse": ("grantControls", "termsOfUse"),
}
_TEXTS = {
    "id": ("id",),
    "displayname": ("displayName",),
    "state": ("state",),
    "description": ("description",),
    "grantoperator": ("grantControls", "operator"),
    "clientoperatorapptypes": ("grantControls", "operator"),  # so named in earlier versions of the script
    "applicationenforcedrestrictions": ("sessionControls", "applicationEnforcedRestrictions"),
    "cloudappsecurity": ("sessionControls", "cloudAppSecurity"),
    "disableresiliencedefaults": ("sessionControls", "disableResilienceDefaults"),
    "persistentbrowser": ("sessionControls", "persistentBrowser"),
    "signinfrequency": ("sessionControls", "signInFrequency"),
}
_TIMES = {"createddatetime": "createdDateTime", "modifieddatetime": "modifiedDateTime"}


def sniff(head: Head) -> bool:
    """True for the script's columns: a policy's name, state, client app types and built-in controls."""
    return {"displayname", "state", "clientapptypes", "builtincontrols"} <= head.columns()


def unwrap(frame: Frame, place: Place) -> RawRecord:
    """The policy of one row, nested as Graph gives it."""
    row: Mapping[str, Any] = frame.value
    payload: dict[str, Any] = {}
    for name, value in row.items():
        key, text = name.lower(), (value or "").strip()
        if not text or text == "-":
            continue
        if key in _LISTS:
            _put(payload, _LISTS[key], [part.strip() for part in re.split(r";|\r?\n", text) if part.strip()])
        elif key in _TEXTS:
            _put(payload, _TEXTS[key], text)
        elif key in _TIMES:
            payload[_TIMES[key]] = instant(text, None, place.options)
    return RawRecord("conditional_access_policy", payload, frame.offset, frame.length)


def _put(payload: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        payload = payload.setdefault(name, {})
    payload[path[-1]] = value


READER = Reader("mes_ca_policies_csv", frozenset({"csv"}), sniff, unwrap, rank=2)
