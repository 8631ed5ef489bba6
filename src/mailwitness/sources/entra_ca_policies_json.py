"""Conditional Access policies as JSON: Graph pages, Untitled Goose Tool, Hawk, DFIR-O365RC.

One object per policy as it stood at the time of export, in Graph's names (lowerCamel) or those of its PowerShell SDK.

Clock: the file does not say when it was made; ``modifiedDateTime`` is the policy's last change, UTC.
Limits: earlier states of a policy are in directory audits only. No real sample under an open licence is known: fixtures follow
    the resource's description.
Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/conditionalaccesspolicy
    - https://github.com/cisagov/untitledgoosetool   (conditionalAccess_policies.json)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._entra_shape import canonical


def sniff(head: Head) -> bool:
    """True if the objects have a policy's state, conditions and grant controls."""
    wanted = {"displayname", "state", "conditions"}
    fitting = [
        r
        for r in head.records
        if wanted <= {k.lower() for k in r} and {"grantcontrols", "sessioncontrols"} & {k.lower() for k in r}
    ]
    return len(fitting) * 2 > len(head.records)


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    if not isinstance(frame.value, dict):
        found = type(frame.value).__name__
        return Reject(frame.offset, frame.length, "not_an_object", f"A JSON object was expected here, found {found}.")
    return RawRecord("conditional_access_policy", canonical(frame.value), frame.offset, frame.length)


READER = Reader("entra_ca_policies_json", frozenset({"json", "json_lines"}), sniff, unwrap)
