"""A made-up case in which every pillar has spoken: forged credentials, old protocols, coverage, recommendations, and what is open."""

from __future__ import annotations

from typing import Any

from mailwitness.report import accuracy, coverage, posture, provenance

from .small_case import SESSION, Tables, at, small_case

TOKEN = "AAAAbbbbCCCCddddEEEE01"

_PILLARS = {
    accuracy.OBTAINED: "accuracy",
    accuracy.FACTOR: "accuracy",
    coverage.CLAIM: "coverage",
    coverage.FEED_CLAIM: "coverage",
    posture.CLAIM: "posture",
    provenance.ISSUED: "provenance",
    provenance.ONE_NETWORK: "provenance",
}


def judged_case() -> Tables:
    """The small case with findings of every pillar, newly made each time."""
    tables = small_case()
    judged = [
        _judged("p1", provenance.ISSUED, "contradicted", "no_signin_issued_it", "against", subject=TOKEN, actor=SESSION, severity="high"),
        _judged("p2", provenance.ISSUED, "contradicted", "no_signin_issued_it", "against", subject="t2", actor=SESSION, severity="high"),
        _judged("p3", provenance.ISSUED, "supported", "token_recorded", "for", subject="t3", mailbox="bo@contoso.test", actor="other"),
        _judged("p4", provenance.ISSUED, "undecidable", "feed_not_collected", "open", subject="t4", mailbox="bo@contoso.test", actor="other"),
        _judged("p5", provenance.ONE_NETWORK, "contradicted", "two_networks", "against", subject_kind="session", subject="s5"),
        _judged("a1", accuracy.OBTAINED, "supported", "mail_by_token", "for", title="IMAP success", actor="ana"),
        _judged("a2", accuracy.FACTOR, "supported", "legacy_success", "for", title="First factor right: IMAP"),
        _judged("a3", accuracy.FACTOR, "undecidable", "first_factor_hidden", "open", title="First factor hidden: IdsLocked"),
        _judged("c1", coverage.CLAIM, "supported", "log_collected", "for", state="recorded", subject_kind="mailbox"),
        _judged("c2", coverage.FEED_CLAIM, "undecidable", "collection_unproven", "open", subject_kind="feed", subject="signins"),
        _judged("k1", posture.CLAIM, "supported", "recording_on", "for", subject="cisa-unified-audit-log-on", mailbox=None),
        _judged("k2", posture.CLAIM, "contradicted", "legacy_not_blocked", "against", subject="cisa-legacy-authentication-blocked", mailbox=None,
                severity="high", sentence="None of 2 policies blocks them. To fix it: a Conditional Access policy that does"),
        _judged("k3", posture.CLAIM, "contradicted", "action_not_audited", "against", subject="cisa-logs-search", mailbox=None, severity="medium",
                sentence="SearchQueryInitiated is not audited. To fix it: Set-Mailbox -Identity <mailbox> -AuditOwner @{Add='SearchQueryInitiated'}"),
        _judged("k4", posture.CLAIM, "undecidable", "people_must_answer", "open", subject="cisa-logs-searchable", mailbox=None),
    ]  # fmt: skip
    tables["findings"] += [finding for finding, _ in judged]
    tables["reasons"] += [reason for _, reason in judged]
    tables["errata_applying"] = [
        {"id": "MW-E0001", "title": "A success that is none", "how": "seen", "rows": 3},
        {"id": "MW-E0013", "title": "Lost records", "how": "possible"},
    ]
    tables["legacy_advice"] = [
        _advice("tenant", None, "IMAP", 3, 20, 2, 5),
        _advice("mailbox", "ana@contoso.test", "IMAP", 3, 18, 1, 4),
        _advice("mailbox", "bo@contoso.test", "IMAP", 0, 2, 1, 1),
        _advice("tenant", None, "Other clients", 1, 0, 1, 1, exchange_command=None, policy_command=None),
        _advice("mailbox", "ana@contoso.test", "Other clients", 1, 0, 1, 1, exchange_command=None, policy_command=None),
        _advice("tenant", None, "Password grant (ROPC)", 7, 1, 1, 2, exchange_command=None, policy_command=None),
        _advice(
            "mailbox",
            "cy@contoso.test",
            "Password grant (ROPC)",
            7,
            1,
            1,
            2,
            exchange_command=None,
            policy_command=None,
        ),
    ]
    tables["provenance_gaps"] = [
        _gap("2026-03-02", "outlook_mobile", "app1", 40, 2, 0),
        _gap("2026-03-03", "outlook_mobile", "app1", 60, 0, 0),
        _gap("2026-03-02", "rest", "app2", 2, 2, 2),
        _gap("2026-03-02", "rest", "app3", 8, 0, 0),
    ]
    tables["custody_acts"] = [
        {"number": 1, "time": at("2026-03-09T16:00:00"), "act": "created", "line_hash": "aa"},
        {"number": 2, "time": at("2026-03-09T16:00:01"), "act": "added", "name": "notes.docx", "evidence_id": "ev4", "sha256": "ff", "line_hash": "bb"},
    ]  # fmt: skip
    tables["questions_asked"] = [
        {"pillar": "accuracy", "name": "accuracy/legacy.sql", "claim": accuracy.OBTAINED, "question": "Was mail obtained?", "sha256": "cc"},
        {"pillar": "exposure", "name": "exposure/none.sql", "claim": "nobody asked this", "question": "Nothing?", "sha256": "dd"},
    ]  # fmt: skip
    return tables


def _judged(
    finding_id: str, claim: str, verdict: str, code: str, stance: str, sentence: str | None = None, **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    finding = {
        "finding_id": finding_id,
        "claim": claim,
        "pillar": _PILLARS[claim],
        "subject_kind": "signin",
        "subject": finding_id,
        "mailbox": "ana@contoso.test",
        "time_from": at("2026-03-02T09:00:00"),
        "time_to": at("2026-03-02T21:00:00"),
        "verdict": verdict,
        "basis": "record",
        "title": f"Finding {finding_id}",
        "would_decide": "An export of the sign-ins would decide it." if verdict == "undecidable" else None,
        **more,
    }
    return finding, {
        "finding_id": finding_id,
        "code": code,
        "stance": stance,
        "sentence": sentence or f"The reason of {finding_id}.",
    }


def _advice(
    scope: str,
    mailbox: str | None,
    protocol: str,
    successes: int,
    failures: int,
    users: int,
    addresses: int,
    **more: Any,
) -> dict[str, Any]:
    return {
        "scope": scope,
        "mailbox": mailbox,
        "protocol": protocol,
        "successes": successes,
        "failures": failures,
        "users": users,
        "addresses": addresses,
        "time_from": at("2026-03-02T01:00:00"),
        "time_to": at("2026-03-02T02:00:00"),
        "exchange_command": f"Set-CASMailbox {protocol}",
        "policy_command": f"New-AuthenticationPolicy {protocol}",
        **more,
    }


def _gap(day: str, client: str, app: str, credentials: int, without_signin: int, unexplained: int) -> dict[str, Any]:
    return {
        "day": at(day),
        "client": client,
        "app": app,
        "credentials": credentials,
        "without_signin": without_signin,
        "unexplained": unexplained,
    }
