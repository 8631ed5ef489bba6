"""credential_was_issued: which sign-in issued the token behind a mail access."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from mailwitness.model.findings import Finding
from tests.analyses.conftest import TinyCase
from tests.analyses.exposure.rows import BOB, EVE, Row
from tests.analyses.provenance.rows import CONTROL, FEEDS, FRONT, SERVER, access, background, signin, windows

FORGED = "Forged"
AWAY: Row = {"session_id": "S9", "ip_address": "203.0.113.200"}
"""Of a sign-in that has nothing to do with the access."""


def given(case: TinyCase, *accesses: Row, signins: Sequence[Row] = (), feeds: Sequence[Row] | None = None) -> None:
    """These, beside Eve's proper access, with every log proven whole unless said otherwise."""
    case.given(
        mail_accesses=[*accesses, *CONTROL["mail_accesses"]],
        signins=[*signins, *CONTROL["signins"]],
        collection_windows=windows() if feeds is None else feeds,
    )


def of_bob(case: TinyCase, **asked: Any) -> list[Finding]:
    return [f for f in case.ask("credential_was_issued", **asked) if f.mailbox == BOB]


def said(case: TinyCase, **asked: Any) -> tuple[str, list[str]]:
    """(verdict, codes) of the one credential of Bob's mailbox."""
    (found,) = of_bob(case, **asked)
    assert (found.would_decide is not None) == (found.verdict == "undecidable")
    return found.verdict, sorted({r.code for r in found.reasons})


def test_a_token_that_a_signin_carries_was_issued(case: TinyCase) -> None:
    """The identifier as written decides, whatever else the case has."""
    case.given(mail_accesses=[access()], signins=[signin()])

    (found,) = case.ask("credential_was_issued")

    assert ("token", "Token-A", BOB, "S1", "session", "owner") == (
        found.subject_kind,
        found.subject,
        found.mailbox,
        found.actor,
        found.actor_kind,
        found.accessed_as,
    )
    assert ("supported", "record", None, None) == (found.verdict, found.basis, found.severity, found.would_decide)
    assert (found.time_from, found.time_to) == (datetime(2026, 3, 10, 10), datetime(2026, 3, 10, 10))
    assert ["token_recorded"] == [r.code for r in found.reasons]
    assert [("mail_accesses", "a-Token-A", "record"), ("signins", "s-Token-A", "issuing sign-in")] == [
        (r.table_name, r.row_id, r.role) for r in found.refs
    ]


@pytest.mark.parametrize(
    "row",
    [
        signin(unique_token_identifier=None),
        signin(id="x", unique_token_identifier="Other writing", unique_token_signin_id="request-token-a"),
        signin(stream="unified_audit_log", unique_token_identifier=None, session_id=None, error_code=50140),
        signin(unique_token_identifier=None, error_code=None),
    ],
    ids=["id of the sign-in", "decoded on both sides", "logon of the unified log", "no error code"],
)
def test_a_token_that_decodes_to_a_signin_was_issued(case: TinyCase, row: Row) -> None:
    """The identifier is the id of the request that issued it; the sentence calls that an inference."""
    case.given(mail_accesses=[access()], signins=[row])

    (found,) = case.ask("credential_was_issued")

    assert ("supported", "record", ["token_decoded"]) == (found.verdict, found.basis, [r.code for r in found.reasons])
    assert "inferred" in found.reasons[0].sentence


@pytest.mark.parametrize("column", ["session_id", "aad_session_id"])
def test_a_session_stands_in_where_no_token_is_named(case: TinyCase, column: str) -> None:
    """A session is no token, and the sentence says so; upper and lower case of a GUID mean nothing."""
    case.given(
        mail_accesses=[access(None, **{"aad_session_id": None, column: "s1"})],
        signins=[signin("Other")],
    )

    (found,) = case.ask("credential_was_issued")

    assert ("session", "s1", "supported", "record", ["session_recorded"]) == (
        found.subject_kind,
        found.subject,
        found.verdict,
        found.basis,
        [r.code for r in found.reasons],
    )
    assert "which token of the session it was is not known" in found.reasons[0].sentence


def test_a_token_that_nobody_issued_is_contradicted(case: TinyCase) -> None:
    """Storm-0558: every log that could hold the issue is whole around it, and none does."""
    given(
        case,
        access(FORGED, row_id="a1"),
        access(FORGED, row_id="a2", time="2026-03-10 10:20", client_ip="203.0.113.77"),
    )

    (found,) = of_bob(case)

    assert ("contradicted", "absence", "high", None) == (found.verdict, found.basis, found.severity, found.would_decide)
    assert ("token", FORGED, "No recorded sign-in issued this credential") == (
        found.subject_kind,
        found.subject,
        found.title,
    )
    (reason,) = found.reasons
    assert ("no_signin_issued_it", "against") == (reason.code, reason.stance)
    assert all(text in reason.sentence for text in ("2026-03-10T09:30:00Z", "MW-E0011", "MW-E0012", "MW-E0008"))
    assert [
        ("collection_windows", "w-signins_interactive", "signins_interactive"),
        ("collection_windows", "w-signins_non_interactive", "signins_non_interactive"),
        ("mail_accesses", "a1", "record"),
    ] == [(r.table_name, r.row_id, r.role) for r in found.refs]
    assert (found.time_from, found.time_to) == (datetime(2026, 3, 10, 10), datetime(2026, 3, 10, 10, 20))


def test_a_session_that_no_signin_opened_is_contradicted_too(case: TinyCase) -> None:
    """The record names a session of Entra and an issue time, but no token."""
    given(case, access(None))

    assert ("contradicted", ["no_signin_issued_it"]) == said(case)


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"external_access": True}, ["foreign_tenant"]),
        ({"token_tenant_id": "T2", "organization_id": "t1"}, ["foreign_tenant"]),
        ({"user_id": "eve_fabrikam.test#EXT#@contoso.test"}, ["foreign_tenant"]),
        ({"external_access": None}, ["tenant_unknown"]),
        ({"external_access": None, "token_tenant_id": "T1"}, ["tenant_unknown"]),
        ({"client_ip": SERVER}, ["actor_token"]),
        ({"client_ip": None}, ["actor_token"]),
        ({"accessed_as": "service"}, ["actor_token"]),
        ({"issued_at": None}, ["issue_time_unknown"]),
        ({"client": "ews"}, ["join_not_shown"]),
        ({"client": None}, ["join_not_shown"]),
        ({"aad_session_id": None}, ["application_not_logged"]),
        ({"accessed_as": "application"}, ["application_not_logged"]),
        ({"accessed_as": None, "app_id": None}, ["application_not_logged"]),
        (
            {
                "aad_session_id": None,
                "client": "rest",
                "client_info_string": "Client=REST;Client=RESTSystem;;",
                "client_ip": SERVER,
            },
            ["application_not_logged", "join_not_shown", "unlisted_service_client"],
        ),
        ({"external_access": True, "issued_at": None}, ["foreign_tenant", "issue_time_unknown"]),
    ],
    ids=str,
)
def test_what_could_explain_the_missing_signin_leaves_it_open(case: TinyCase, changed: Row, codes: list[str]) -> None:
    """One thing changed about the forged token, each a reason of its own; the unknown is never taken for harmless."""
    given(case, access(FORGED, **changed))

    assert ("undecidable", codes) == said(case)


@pytest.mark.parametrize(
    "changed",
    [
        {"token_tenant_id": "T1", "organization_id": "t1", "external_access": None},
        {"accessed_as": "delegate"},
        {"app_id": None},
        {"operation_count": 12},
    ],
    ids=str,
)
def test_what_explains_nothing_changes_nothing(case: TinyCase, changed: Row) -> None:
    """The neighbours of the reasons above."""
    given(case, access(FORGED, **changed))

    assert ("contradicted", ["no_signin_issued_it"]) == said(case)


def test_an_application_whose_own_signins_are_logged_is_held_to_them(case: TinyCase) -> None:
    """Without a person the sign-in would stand in the logs of service principals; another sign-in of the application shows that it is logged."""
    own = signin("Earlier", stream="service_principal", app_id="APP-1", session_id=None, time="2026-03-08 10:00")
    given(case, access(FORGED, accessed_as="application", aad_session_id=None), signins=[own])

    (found,) = of_bob(case)

    assert ("contradicted", ["signins_managed_identity", "signins_service_principal", "record"]) == (
        found.verdict,
        [r.role for r in found.refs],
    )


@pytest.mark.parametrize(
    ("feeds", "code"),
    [
        (windows(*FEEDS[:1]), "late_or_lost"),
        (windows(*FEEDS[:1]) + windows(FEEDS[1], complete=None), "late_or_lost"),
        (windows(*FEEDS[:1]) + windows(FEEDS[1], complete=False), "late_or_lost"),
        (windows() + windows(FEEDS[1], since="2026-03-10", until="2026-03-11", complete=False)[:1], "late_or_lost"),
        (windows(*FEEDS[:1]) + windows(FEEDS[1], until="2026-03-10 12:00"), "late_or_lost"),
        (windows(*FEEDS[:1]) + windows(FEEDS[1], until="2026-03-11 09:59"), "late_or_lost"),
        (windows(*FEEDS[:1]) + windows(FEEDS[1], since="2026-03-10 08:30"), "late_or_lost"),
    ],
    ids=[
        "unsaid",
        "unknown",
        "denied",
        "denied by another",
        "ends",
        "ends within a day",
        "begins after its first record",
    ],
)
def test_a_log_that_is_not_proven_whole_leaves_it_open(case: TinyCase, feeds: list[Row], code: str) -> None:
    """The non-interactive log has rows in the case and no proof for the hours around the issue, or none for the day after."""
    for number, row in enumerate(feeds):
        row["row_id"] = f"w{number}"
    early = signin("Early", time="2026-03-02 10:00", **AWAY)
    given(case, access(FORGED), feeds=feeds, signins=[early])

    verdict, codes = said(case)

    assert ("undecidable", [code]) == (verdict, codes)


def test_a_log_that_nobody_collected_is_named(case: TinyCase) -> None:
    """The same forged token without the non-interactive log: undecidable, and the export that would decide it."""
    given(case, access(FORGED), feeds=windows(FEEDS[0]))
    case.connection.execute("UPDATE signins SET stream = 'interactive'")

    (found,) = of_bob(case)

    assert ("undecidable", ["feed_not_collected"]) == (found.verdict, [r.code for r in found.reasons])
    assert "non-interactive user sign-ins is not in this case" in found.reasons[0].sentence
    assert (
        found.would_decide is not None and "non-interactive user sign-ins of 2026-03-10T09:30:00Z" in found.would_decide
    )


@pytest.mark.parametrize("since", ["2026-03-10 09:00", "2026-03-10 08:01"])
def test_a_token_issued_before_the_logs_begin_is_open(case: TinyCase, since: str) -> None:
    """Proven from then on only; the sign-ins before are gone or were never asked for."""
    given(case, access(FORGED), feeds=windows(since=since))
    case.connection.execute("UPDATE signins SET time = TIMESTAMP '2026-03-10 12:00'")

    assert ("undecidable", ["issued_before_window"]) == said(case)


@pytest.mark.parametrize(
    ("made", "verdict"),
    [("2026-03-10 15:00", "undecidable"), ("2026-03-11 10:30", "contradicted"), ("1980-01-01", "contradicted")],
)
def test_a_log_is_whole_no_further_than_its_statement_was_made(case: TinyCase, made: str, verdict: str) -> None:
    """A search asked for days to come, and got all there was; a file time before the window says nothing of it."""
    feeds = [{**row, "evidence_id": "ev"} for row in windows()]
    given(case, access(FORGED), feeds=feeds)
    case.given(evidence=[{"evidence_id": "ev", "modified_at": made, "acquired_at": "2026-06-01"}])

    assert verdict == said(case)[0]


def test_an_hour_before_and_a_day_after_the_issue_are_enough(case: TinyCase) -> None:
    """The neighbour: the least proof that counts. As-of moves the day."""
    given(case, access(FORGED), feeds=windows(since="2026-03-10 08:00", until="2026-03-11 10:00"))

    assert ("contradicted", ["no_signin_issued_it"]) == said(case, as_of="2026-03-11T10:00")
    assert ("undecidable", ["late_or_lost"]) == said(case, as_of="2026-03-11T09:59")


@pytest.mark.parametrize(
    ("issued", "verdict"),
    [("2024-09-02", "undecidable"), ("2024-10-03 23:00", "undecidable"), ("2024-10-04", "contradicted")],
)
def test_what_microsoft_lost_is_not_held_against_a_token(case: TinyCase, issued: str, verdict: str) -> None:
    """MW-E0013: in September 2024 logs were lost at the source, whatever a collector says."""
    given(case, access(FORGED, issued_at=issued), feeds=windows(since="2024-09-01", until="2024-11-01"))

    (found,) = of_bob(case)

    assert (verdict, "MW-E0013" in found.reasons[0].sentence) == (found.verdict, verdict == "undecidable")


@pytest.mark.parametrize(
    "row",
    [
        signin(None, row_id="v", time="2026-03-10 10:30", **AWAY),
        signin("Merged", time="2026-03-11 20:00", sign_ins_grouped=4, **AWAY),
    ],
    ids=["withheld", "merged by the portal"],
)
def test_signins_that_do_not_say_whose_they_were_leave_it_open(case: TinyCase, row: Row) -> None:
    """The issuing one may be among them."""
    given(case, access(FORGED), signins=[row])

    assert ("undecidable", ["identifier_withheld"]) == said(case)


@pytest.mark.parametrize(
    "row",
    [
        signin(None, row_id="v", time="2026-03-10 12:00", **AWAY),
        signin(None, row_id="v", error_code=50126, **AWAY),
        signin(None, row_id="v", stream="service_principal", **{**AWAY, "session_id": None}),
        signin("Merged", time="2026-03-12 00:00", sign_ins_grouped=4, **AWAY),
        signin("Merged", sign_ins_grouped=1, **AWAY),
        signin("Nearly", **{**AWAY, "session_id": None}),
    ],
    ids=["hours later", "refused", "an application's", "days later", "merged of one", "no session"],
)
def test_other_vague_signins_do_not(case: TinyCase, row: Row) -> None:
    """The neighbours, which could not have issued this token."""
    given(case, access(FORGED), signins=[row])

    assert ("contradicted", ["no_signin_issued_it"]) == said(case)


def test_a_session_is_not_missed_where_signins_name_none(case: TinyCase) -> None:
    """Without a token the session is what would meet."""
    given(case, access(None), signins=[signin("Nearly", **{**AWAY, "session_id": None})])

    assert ("undecidable", ["identifier_withheld"]) == said(case)


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"aad_session_id": None, "session_id": "S1"}, ["session_not_of_entra"]),
        ({"issued_at": None}, ["issue_time_unknown"]),
        ({"issued_at": None, "client": "outlook_desktop"}, ["desktop_cache", "issue_time_unknown"]),
        ({"client": "rest"}, ["join_not_shown"]),
    ],
    ids=str,
)
def test_a_session_without_signins_is_open_for_its_own_reasons(case: TinyCase, changed: Row, codes: list[str]) -> None:
    """A session of the mailbox server, no issue time, a desktop that works from its cache."""
    given(case, access(None, **changed))

    assert ("undecidable", codes) == said(case)


def test_records_that_disagree_on_the_issue_leave_it_open(case: TinyCase) -> None:
    """One token has one time of issue."""
    given(case, access(FORGED, row_id="a1"), access(FORGED, row_id="a2", issued_at="2026-03-10 09:40"))

    (found,) = of_bob(case)

    assert ("undecidable", ["issue_time_unknown"]) == (found.verdict, sorted({r.code for r in found.reasons}))
    assert "disagree" in found.reasons[0].sentence


@pytest.mark.parametrize(
    ("issued", "verdict"), [("2026-03-10 10:50", "contradicted"), ("2026-03-10 11:10", "undecidable")]
)
def test_a_token_issued_after_its_use_has_no_time_of_issue(case: TinyCase, issued: str, verdict: str) -> None:
    """Whoever made it wrote the time: absence at a time that cannot be true is no absence. An hour is left for clocks."""
    given(case, access(FORGED, issued_at=issued))

    assert verdict == said(case)[0]


@pytest.mark.parametrize(
    ("feeds", "codes"), [(windows(), ["session_known_only"]), ([], ["issued_before_window", "session_known_only"])]
)
def test_a_known_session_says_nothing_of_another_token(case: TinyCase, feeds: list[Row], codes: list[str]) -> None:
    """Renewed by the service itself, refreshed in a log that is not here, or forged under a session that was known: open either way."""
    given(case, access(FORGED), signins=[signin("Other"), signin("First", stream="interactive")], feeds=feeds)

    (found,) = of_bob(case)

    assert ("undecidable", codes) == (found.verdict, sorted({r.code for r in found.reasons}))
    assert "The session is known, the sign-in of this token is not" == found.title
    assert ("signins", "s-First", "sign-in of the session") in [(r.table_name, r.row_id, r.role) for r in found.refs]


@pytest.mark.parametrize(
    "row",
    [
        signin(FORGED, error_code=53003),
        signin("Other", id=f"request-{FORGED}", error_code=50126),
        signin("Other", error_code=50126, session_id="s1"),
        signin(FORGED, error_code=None, failure_reason="InvalidUserNameOrPassword"),
    ],
    ids=["token", "request", "session", "reason without a code"],
)
def test_refused_signins_issue_nothing_and_excuse_nothing(case: TinyCase, row: Row) -> None:
    """What the log calls refused supports no token, and that it is there contradicts nothing."""
    given(case, access(FORGED), signins=[row])

    (found,) = of_bob(case)

    assert ("undecidable", ["signin_not_granted"]) == (found.verdict, [r.code for r in found.reasons])
    assert ("signins", row["row_id"], "refused sign-in") in [(r.table_name, r.row_id, r.role) for r in found.refs]


def test_a_refusal_and_a_grant_of_one_token_is_a_grant(case: TinyCase) -> None:
    """Steps of one request come as several rows (MW-E0044)."""
    given(case, access(), signins=[signin(row_id="r1", error_code=50074), signin(row_id="r2")])

    (found,) = of_bob(case)

    assert ("supported", ["r2"]) == (found.verdict, [r.row_id for r in found.refs if r.table_name == "signins"])


def test_upper_and_lower_case_of_a_token_count(case: TinyCase) -> None:
    """The same letters in another case are no match, and no absence: an export may have changed them."""
    given(case, access(FORGED), signins=[signin("FORGED", id="x", **AWAY)])

    (found,) = of_bob(case)

    assert ("undecidable", ["identifier_case_differs"]) == (found.verdict, [r.code for r in found.reasons])
    assert ("signins", "s-FORGED", "sign-in with another writing") in [
        (r.table_name, r.row_id, r.role) for r in found.refs
    ]


def test_background_work_is_one_finding_for_each_application_and_mailbox(case: TinyCase) -> None:
    """However many records, addresses and tokens; it is classified before anything is looked for."""
    given(
        case,
        background(),
        background(row_id="b2", client_ip="2603:10b6:5:345::12", unique_token_id="Internal"),
        background(row_id="b3", app_id="00000002-0000-0FF1-CE00-000000000000"),
    )

    found = of_bob(case)

    assert [
        ("app", "(Microsoft service process)", "service", "undecidable", ["service_background"]),
        ("app", "00000002-0000-0ff1-ce00-000000000000", "service", "undecidable", ["service_background"]),
    ] == [(f.subject_kind, f.subject, f.actor_kind, f.verdict, [r.code for r in f.reasons]) for f in found]


@pytest.mark.parametrize(
    ("changed", "kind", "subject", "codes"),
    [
        ({}, "app", "app-1", ["no_identifier"]),
        ({"app_id": None}, "user", BOB, ["no_identifier"]),
        ({"app_id": FRONT, "client_app_id": "APP-9"}, "app", "app-9", ["no_identifier"]),
        ({"app_id": None, "user_id": None}, "app", "(unknown application)", ["no_identifier"]),
        ({"operation_count": 7}, "app", "app-1", ["aggregated_record"]),
        ({"client": "imap"}, "app", "app-1", ["legacy_protocol"]),
        ({"client": "pop"}, "app", "app-1", ["legacy_protocol"]),
        ({"client": "eas"}, "app", "app-1", ["legacy_protocol"]),
        ({"client": None}, "app", "app-1", ["no_identifier"]),
        (
            {"client_info_string": "Client=REST;Client=RESTSystem;;", "client_ip": SERVER},
            "app",
            "app-1",
            ["unlisted_service_client"],
        ),
    ],
    ids=str,
)
def test_records_that_name_no_credential_say_why(
    case: TinyCase, changed: Row, kind: str, subject: str, codes: list[str]
) -> None:
    """One finding for each application of a user and mailbox, however complete the sign-in logs."""
    given(
        case,
        access(None, aad_session_id=None, **changed),
        access(None, **{"row_id": "a2", "aad_session_id": "", **changed}),
    )

    (found,) = of_bob(case)

    assert (kind, subject, "undecidable", codes) == (
        found.subject_kind,
        found.subject,
        found.verdict,
        sorted({r.code for r in found.reasons}),
    )


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ({}, ["recent_signin_fits"]),
        ({"time": "2026-03-09 06:00"}, ["recent_signin_fits"]),
        ({"time": "2026-03-09 05:59"}, ["address_fits"]),
        ({"time": "2026-03-10 10:01"}, ["address_fits"]),
        ({"app_id": "app-2"}, ["address_fits"]),
        ({"app_id": None}, ["address_fits"]),
        ({"user_principal_name": "Robert@contoso.test"}, ["recent_signin_fits"]),
        ({"user_principal_name": EVE}, []),
        ({"user_principal_name": None}, []),
        ({"ip_address": "203.0.113.10"}, []),
        ({"ip_address": None}, []),
        ({"error_code": 50126}, []),
    ],
    ids=str,
)
def test_a_signin_that_fits_is_told_and_decides_nothing(case: TinyCase, row: Row, codes: list[str]) -> None:
    """The same user, address and application within 28 hours is plausible; the same user and address at any time is less."""
    given(case, access(FORGED, external_access=True), signins=[signin("Other", **{"session_id": "S9", **row})])
    case.given(
        identities=[
            {"person": BOB, "kind": "upn", "value": BOB},
            {"person": BOB, "kind": "upn", "value": "robert@contoso.test"},
        ]
    )

    assert ("undecidable", sorted([*codes, "foreign_tenant"])) == said(case)


def test_through_a_front_of_microsofts_the_application_is_not_compared(case: TinyCase) -> None:
    """A browser's record names Exchange; the sign-in names Outlook on the web."""
    front = access(FORGED, external_access=True, app_id=FRONT)
    given(case, front, signins=[signin("Other", session_id="S9", app_id="app-2")])

    assert ("undecidable", ["foreign_tenant", "recent_signin_fits"]) == said(case)


def test_plausible_is_not_asked_of_an_application_by_itself(case: TinyCase) -> None:
    """Its record bears the owner's name, who has nothing to do with it."""
    row = access(None, aad_session_id=None, accessed_as="application")
    given(case, row, signins=[signin("Other", session_id="S9")])

    assert ("undecidable", ["no_identifier"]) == said(case)


def test_a_plausible_address_does_not_save_a_forged_token(case: TinyCase) -> None:
    """An attacker may sit behind the same address; the proof of absence stands."""
    given(case, access(FORGED), signins=[signin("Other", session_id="S9")])

    assert ("contradicted", ["no_signin_issued_it"]) == said(case)


def test_each_mailbox_and_token_is_judged_by_itself(case: TinyCase) -> None:
    """One session with a proper and a forged token; the same forged token on another mailbox."""
    given(
        case,
        access(),
        access(FORGED, aad_session_id="S9"),
        access(FORGED, row_id="a-eve", mailbox=EVE, aad_session_id="S9"),
        signins=[signin()],
    )

    assert [
        (BOB, "Token-A", "S1", "supported"),
        (BOB, FORGED, "S9", "contradicted"),
        (EVE, "Control", "S2", "supported"),
        (EVE, "S3", "S3", "supported"),
        (EVE, FORGED, "S9", "contradicted"),
    ] == [(f.mailbox, f.subject, f.actor, f.verdict) for f in case.ask("credential_was_issued")]


def test_narrowed_questions_give_the_same_verdicts(case: TinyCase) -> None:
    """For a mailbox, for a session, an application or a user as actor, and for a time; Eve's access proves that identifiers meet, though it is not asked about."""
    given(case, access(FORGED), access("Late", time="2026-03-12 10:00"), signins=[signin("Late", **AWAY)])

    every = {f.finding_id: f.verdict for f in of_bob(case)}
    assert ["contradicted", "supported"] == sorted(every.values())
    assert every == {f.finding_id: f.verdict for f in case.ask("credential_was_issued", mailbox=BOB)}
    for actor in ("s1", "App-1", BOB):
        assert [(actor, "contradicted"), (actor, "supported")] == [
            (f.actor, f.verdict) for f in of_bob(case, actor=actor, mailbox=BOB)
        ]
    assert [FORGED] == [f.subject for f in of_bob(case, time_to="2026-03-11")]
    assert ["Late"] == [f.subject for f in of_bob(case, time_from="2026-03-11")]


@pytest.mark.parametrize(
    "other", [{"client_ip": SERVER}, {"client_ip": None}, {"external_access": True}, {"issued_at": "2026-03-10 09:40"}]
)
def test_a_narrower_question_hides_no_record_that_leaves_it_open(case: TinyCase, other: Row) -> None:
    """Two uses of one token: who asks only for the second is told of the first."""
    given(case, access(FORGED, row_id="a1", **other), access(FORGED, row_id="a2", time="2026-03-10 12:00"))
    assert "undecidable" == said(case)[0]

    assert ("undecidable", ["doubtful_elsewhere"]) == said(case, time_from="2026-03-10 11:00")


@pytest.mark.parametrize("name", ["mail_accesses", "signins"])
def test_without_a_table_it_is_undecidable(case: TinyCase, name: str) -> None:
    """No accesses, or no sign-ins at all: the case says which evidence it lacks, and contradicts nothing."""
    given(case, access(FORGED))
    case.connection.execute(f"DELETE FROM {name}")
    case.given()

    found = case.ask("credential_was_issued")

    assert {"undecidable"} == {f.verdict for f in found}
    assert "table_missing" in {r.code for f in found for r in f.reasons}


def test_gaps_are_counted_against_the_tenants_own_rate(case: TinyCase) -> None:
    """By day, client and application: credentials, those without a sign-in, those that nothing explains; background and nameless ones are not among them."""
    given(
        case,
        access(),
        access(FORGED, aad_session_id="S9"),
        access("Far", aad_session_id="S8", issued_at=None, time="2026-03-11 10:00"),
        background(),
        access(None, row_id="n", aad_session_id=None),
        signins=[signin()],
    )
    case.prepare("provenance")

    assert [
        (datetime(2026, 3, 10), "owa", "app-1", 4, 1, 1, 0.4, 0.4),
        (datetime(2026, 3, 11), "owa", "app-1", 1, 1, 0, 0.4, 0.4),
    ] == case.connection.execute("FROM provenance_gaps ORDER BY day").fetchall()


@pytest.mark.parametrize(
    ("at", "verdict", "is_older"),
    [
        ("2026-03-10 10:50", "supported", False),
        ("2026-03-10 13:00", "supported", True),
        ("2026-03-10 15:10", "undecidable", None),
        (None, "supported", False),
    ],
)
def test_a_session_first_seen_after_its_mail_was_opened_elsewhere(
    case: TinyCase, at: str | None, verdict: str, is_older: bool | None
) -> None:
    """A later refresh shows that the session is real; what opened it is not among these sign-ins. An hour is left for clocks."""
    case.given(
        mail_accesses=[access(None), access(None, row_id="a2", time="2026-03-10 14:00")],
        signins=[signin("Other", time=at)],
    )

    (found,) = case.ask("credential_was_issued")

    assert verdict == found.verdict
    assert ("session_seen_later" in {r.code for r in found.reasons}) == (verdict == "undecidable")
    assert is_older is None or ("is not in this case" in found.reasons[0].sentence) == is_older


def test_another_tenants_logs_hold_nothing_against_a_token(case: TinyCase) -> None:
    """Mail of one tenant, sign-ins of another and a statement that they are whole: of which tenant, it does not say."""
    given(case, access(FORGED))
    case.given(audit_events=[{"row_id": "e1", "organization_id": "tenant-a"}])
    assert "contradicted" == said(case)[0]

    case.given(audit_events=[{"row_id": "e2", "organization_id": "tenant-b"}])
    verdict, codes = said(case)

    assert "undecidable" == verdict
    assert "several_tenants" in codes
