"""Is the issue of a captured token among the sign-ins of a case? The seventh step of a check.

A token's ``uti`` is the unique token identifier of its sign-in, and in the public samples that sign-in's id as well; ``sid`` is the session. Found, the
issue is recorded. Not found, it went unrecorded only where every sign-in log is proven whole around ``iat`` and nothing known would leave a
row out; anything less is undecidable, with what would decide it.

Clock: ``iat``, UTC, to the hour, with an hour for clocks on both sides and a day for late records.
Limits: the sign-in may have been granted to whoever stole a password; that is not asked here. What a case says is what its evidence says.
Sources:
    - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-log-latency
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailwitness.tokens.steps import Step

ROWS_LOST = (datetime(2024, 9, 2, tzinfo=UTC), datetime(2024, 10, 4, tzinfo=UTC))
"""When Microsoft lost sign-in records of its own (MW-E0013)."""

ROWS_VANISHED_TO = datetime(2026, 1, 1, tzinfo=UTC)
"""Until then a request could be made so that its token was issued and its row left out (MW-E0008, MW-E0009); since when is not known."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a token says of its issue. Null where it does not say."""

    token_id: str | None
    signin_id: str | None  # decoded from token_id
    session_id: str | None
    issued: datetime | None
    tenant: str | None
    app: str | None
    is_for_app: bool
    is_guest: bool
    holder: str | None = None  # the object id of the person or service principal


@dataclass(frozen=True, slots=True)
class Issue:
    """What the sign-ins of a case hold of it. ``unproven``: the sign-in logs that are not proven whole around the issue, by name."""

    granted: int = 0  # sign-ins with the token's identifier, or whose id is in it
    to_another: int = 0  # the same, and granted to a person or service principal who is not the token's holder
    refused: int = 0
    of_session: int = 0
    unproven: tuple[str, ...] = ()
    without_token: int = 0  # sign-ins around the issue that do not say which token was theirs, or stand for several
    tenants: frozenset[str] = frozenset()
    is_app_logged: bool = False


def sought(claims: Mapping[str, Any], signin_id: str | None) -> Sought:
    """What to look for, from a token's claims; a claim of another type than it should have is not there."""

    def text(name: str) -> str | None:
        value = claims.get(name)
        return value if isinstance(value, str) and value else None

    issued = claims.get("iat")
    moment = None
    if isinstance(issued, int | float) and not isinstance(issued, bool) and 0 <= issued < 32503680000:
        moment = datetime.fromtimestamp(issued, UTC)
    tenant = text("tid")
    return Sought(
        token_id=text("uti"),
        signin_id=signin_id,
        session_id=text("sid"),
        issued=moment,
        tenant=None if tenant is None else tenant.lower(),
        app=text("appid") or text("azp"),
        is_for_app=claims.get("idtyp") == "app",
        is_guest="idp" in claims or claims.get("acct") == 1,
        holder=text("oid"),
    )


def issue_step(token: Sought, case: Issue) -> Step:
    """The step: passed where the issue is recorded, failed where it would have been recorded and is not."""
    if case.to_another and not token.is_guest:
        return Step(
            "issue_record", "undecidable", "issued_to_another",
            f"{case.to_another} sign-ins of the case carry this token's identifier and were granted to somebody else than the token names.",
            "The same sign-ins from another export, with their userId, would decide it.",
        )  # fmt: skip
    if case.granted:
        return Step(
            "issue_record",
            "passed",
            "issue_recorded",
            f"{case.granted} sign-ins of the case carry this token's identifier.",
        )
    if token.token_id is None and case.of_session:
        return Step(
            "issue_record", "passed", "session_recorded",
            f"The token names no identifier of its own; {case.of_session} sign-ins of the case are of its session.",
        )  # fmt: skip
    if token.token_id is None:
        return Step(
            "issue_record", "undecidable", "identifier_missing", "The token names no identifier of its own that a sign-in could carry.",
            "Nothing: tokens of Microsoft Entra ID have a uti.",
        )  # fmt: skip
    if case.refused:
        return Step(
            "issue_record", "undecidable", "signin_not_granted", f"{case.refused} sign-ins of the case carry this token's identifier, and none was granted.",
            "The same sign-ins exported again a day later, with their error codes, would decide it.",
        )  # fmt: skip
    if case.of_session:
        return Step(
            "issue_record", "undecidable", "session_known_only",
            f"{case.of_session} sign-ins of the case are of this token's session; none is the one that issued this token.",
            "The sign-in that issued it, or a record that the service renewed it by itself within the session (OWAAuth), would decide it.",
        )  # fmt: skip
    return _absent(token, case)


def _absent(token: Sought, case: Issue) -> Step:
    """No sign-in of the case has the token or its session: does that say anything?"""
    issued = token.issued
    if issued is None:
        return _open(
            "issue_time_unknown",
            "The token does not say when it was issued.",
            "Nothing: tokens of Microsoft Entra ID say it.",
        )
    when = issued.strftime("%Y-%m-%dT%H:%M:%SZ")
    if token.tenant is None or case.tenants != {token.tenant}:
        known = ", ".join(sorted(case.tenants)) or "none"
        return _open(
            "tenant_of_case_differs",
            f"The token is of tenant {token.tenant}; the records of the case name {known}. Only the logs of its own tenant hold its issue.",
            f"The sign-in logs of tenant {token.tenant} of {when} would decide it.",
        )
    if token.is_guest:
        return _open(
            "issued_to_a_guest", "The token is of a guest, whose sign-in may stand in the logs of the home tenant.",
            f"The sign-in logs of the guest's own tenant of {when} would decide it.",
        )  # fmt: skip
    if case.unproven:
        return _open(
            "issue_logs_not_whole",
            f"No sign-in of the case carries this token, and not proven whole around its issue: {', '.join(case.unproven)}.",
            f"An export of these from an hour before {when} to a day after, with a statement that it is whole, would decide it.",
        )
    if case.without_token:
        return _open(
            "signins_without_token_id",
            f"{case.without_token} sign-ins around the issue do not say which token was theirs, or stand for several.",
            f"The same sign-ins of {when} from Microsoft Graph, one by one and with uniqueTokenIdentifier, would decide it.",
        )
    if token.is_for_app and not case.is_app_logged:
        return _open(
            "app_signins_unlogged", "The token is an application's own, and the case has no sign-in of that application: those of Microsoft's own are not logged (MW-E0047).",
            "The owner of its service principal (Get-MgServicePrincipal) would decide it.",
        )  # fmt: skip
    if ROWS_LOST[0] <= issued < ROWS_LOST[1]:
        return _open(
            "rows_lost", "Microsoft lost sign-in records of its own at the time of issue (MW-E0013).",
            "A copy of the sign-in logs fetched from Microsoft Graph at that time would decide it.",
        )  # fmt: skip
    if issued < ROWS_VANISHED_TO:
        return _open(
            "row_could_vanish",
            "No sign-in of the case carries this token, though every sign-in log is proven whole around its issue; but until the end of 2025 a request could be "
            "made so that its row was left out (MW-E0008, MW-E0009).",
            "Microsoft's own issuing log would decide it.",
        )  # fmt: skip
    return Step(
        "issue_record", "failed", "no_recorded_issue",
        f"No sign-in carries this token or its session, though every sign-in log is proven whole around its issue ({when}): it was signed outside the issuer.",
    )  # fmt: skip


def _open(code: str, sentence: str, would_decide: str) -> Step:
    return Step("issue_record", "undecidable", code, sentence, would_decide)
