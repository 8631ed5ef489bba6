"""Why an act made no record: one vocabulary for the truth about single acts and about coverage."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "suppressed_1h", "throttled", "not_licensed", "not_in_audit_set", "bypassed", "auditing_off", "ingestion_off",
    "never_audited_mailbox_kind", "unlogged_by_design", "outage", "first_party_principal",
]  # fmt: skip
"""suppressed_1h: the same was recorded within the hour. throttled: 1,000 records in 24 hours. not_licensed: no plan that brings this record,
or not yet. not_in_audit_set: the logon's audit set lacks it. bypassed: the actor is exempt (AuditBypassEnabled). auditing_off: AuditDisabled
of the organisation. ingestion_off: the unified log is off. never_audited_mailbox_kind: a room. unlogged_by_design: the service never
writes it, or not yet. outage: it could not. first_party_principal: Microsoft's own applications have no sign-in rows."""
