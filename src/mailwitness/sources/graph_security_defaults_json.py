"""Whether security defaults are on, as Graph says it (``identitySecurityDefaultsEnforcementPolicy``).

One record: the tenant's policy.

Clock: that of the file, see `_exo_shape`.
Limits: the state at one moment; changes of it are in directory audits only. No real sample was at hand: the fixture follows the resource's
    description.
Sources:
    - https://learn.microsoft.com/graph/api/resources/identitysecuritydefaultsenforcementpolicy
    - https://learn.microsoft.com/powershell/module/microsoft.graph.identity.signins/get-mgpolicyidentitysecuritydefaultenforcementpolicy
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._exo_shape import settings_record

_ID = "00000000-0000-0000-0000-000000000005"
"""The one policy's id, the same in every tenant."""


def sniff(head: Head) -> bool:
    """True if every object is that policy: by its id, with a switch."""
    return bool(head.records) and all(_is_policy(record) for record in head.records)


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    if not isinstance(frame.value, Mapping) or not _is_policy(frame.value):
        return Reject(
            frame.offset, frame.length, "not_the_policy", "not the policy of security defaults, in a file of it"
        )
    cmdlet = "Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy"
    return settings_record(frame.value, frame.offset, frame.length, place, cmdlet)


def _is_policy(record: Mapping[str, Any]) -> bool:
    given = {str(key).lower(): value for key, value in record.items()}
    return given.get("id") == _ID and "isenabled" in given


READER = Reader("graph_security_defaults_json", frozenset({"json", "json_lines"}), sniff, unwrap)
