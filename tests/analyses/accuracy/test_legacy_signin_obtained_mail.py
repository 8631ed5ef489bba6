"""legacy_signin_obtained_mail: this logged success obtained mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mailwitness.model.findings import Finding
from tests.analyses.accuracy.rows import (
    ADDRESS,
    LOG_WHOLE,
    SIGNINS_WHOLE,
    Row,
    event,
    imap,
    recorded,
    seen,
    signin,
    window,
)
from tests.analyses.conftest import TinyCase
from tests.analyses.coverage.rows import bind, settled, whole
from tests.analyses.coverage.rows import event as noise
from tests.analyses.coverage.rows import window as week
from tests.analyses.exposure.rows import BOB, EVE

QUESTION = "legacy_signin_obtained_mail"
GUID = "b1d9a0c4-0000-4000-8000-000000000001"
OFF: dict[str, list[Row]] = {"collection_windows": LOG_WHOLE, "setting_observations": [seen("imap_enabled", "false")]}
ON: dict[str, list[Row]] = {"collection_windows": LOG_WHOLE, "setting_observations": [seen("imap_enabled", "true")]}


def ask(case: TinyCase, **tables: Any) -> list[Finding]:
    case.given(**tables)
    return case.ask(QUESTION)


def said(found: list[Finding]) -> dict[str, tuple[str, set[str]]]:
    return {f.subject: (f.verdict, {r.code for r in f.reasons}) for f in found}


def both(*tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Several sets of rows as one."""
    names = {name for one in tables for name in one}
    return {name: [row for one in tables for row in one.get(name, [])] for name in names}


def test_an_access_from_the_same_address_right_after_supports_the_claim(case: TinyCase) -> None:
    """The record, the sign-in and the whole of the finding."""
    (found,) = ask(case, signins=[signin()], mail_accesses=[imap()])

    assert ("supported", "record", "signin", "i1", BOB, BOB, "user", "IMAP success", None) == (
        found.verdict, found.basis, found.subject_kind, found.subject, found.mailbox, found.actor, found.actor_kind, found.title,
        found.would_decide,
    )  # fmt: skip
    assert [("mail_by_address", "for")] == [(r.code, r.stance) for r in found.reasons]
    assert [("mail_accesses", "m1", "mail"), ("signins", "i1", "signin")] == [
        (r.table_name, r.row_id, r.role) for r in found.refs
    ]


@pytest.mark.parametrize(
    ("sign_in", "access"),
    [
        ({"id": "I1"}, {"issuing_signin_id": "i1"}),
        ({"unique_token_identifier": "Tok"}, {"unique_token_id": "Tok"}),
    ],
)
@pytest.mark.parametrize(
    "more", [{}, {"client_ip": "198.51.100.7", "client": "ews", "time": "2026-03-01 23:00", "mailbox": EVE}]
)
def test_a_record_that_names_the_token_supports_the_claim_wherever_it_comes_from(
    case: TinyCase, sign_in: Row, access: Row, more: Row
) -> None:
    """A token is an identity of its own: another address, client, hour or mailbox does not matter."""
    (found,) = ask(case, signins=[signin(**sign_in)], mail_accesses=[imap(**access, **more)])

    assert ("supported", [("mail_by_token", "for")]) == (found.verdict, [(r.code, r.stance) for r in found.reasons])


def test_a_token_differs_by_case(case: TinyCase) -> None:
    """Token identifiers are case-sensitive."""
    found = ask(
        case,
        signins=[signin(unique_token_identifier="Tok")],
        mail_accesses=[imap(unique_token_id="tok", client_ip=None)],
    )

    assert "supported" != found[0].verdict


@pytest.mark.parametrize(
    ("label", "client", "info"),
    [("IMAP4", "imap", "IMAP"), (" imap ", "imap", "IMAP"), ("POP3", "pop", "POP"), ("POP", "pop", "POP")],
)
def test_the_client_must_be_that_of_the_label(case: TinyCase, label: str, client: str, info: str) -> None:
    """Case and spelling of the label do not matter; a POP row is not answered by IMAP mail."""
    (found,) = ask(
        case,
        signins=[signin(client_app_used=label)],
        mail_accesses=[imap(client=client), imap("m2", client="pop" if client == "imap" else "imap")],
    )

    assert ("supported", f"{info} success", ["m1"]) == (
        found.verdict, found.title, [r.row_id for r in found.refs if r.table_name == "mail_accesses"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "client"),
    [
        ("Exchange ActiveSync", "eas"),
        ("Exchange Web Services", "ews"),
        ("MAPI Over HTTP", "outlook_desktop"),
        ("Outlook Anywhere (RPC over HTTP)", "outlook_desktop"),
    ],
)
def test_clients_that_modern_sign_ins_have_too_need_whole_sign_in_logs(case: TinyCase, label: str, client: str) -> None:
    """The same client string comes from tokens of sign-ins that the case may lack."""
    rows: dict[str, Any] = {"signins": [signin(client_app_used=label)], "mail_accesses": [imap(client=client)]}
    (before,) = ask(case, **rows)
    (after,) = ask(case, collection_windows=SIGNINS_WHOLE)

    assert ("undecidable", "supported") == (before.verdict, after.verdict)


def test_a_modern_success_from_there_is_a_rival(case: TinyCase) -> None:
    """An ActiveSync access may be of the modern sign-in beside it; an application listed as Microsoft's own is no rival for IMAP, another is."""
    teams = "CC15FD57-2c6c-4117-a88c-83b1d56b4bbe"
    modern = signin(
        "i2",
        "2026-03-01 09:59",
        client_app_used="Mobile Apps and Desktop clients",
        authentication_protocol="oAuth2",
        app_id=teams,
    )
    other = {**modern, "row_id": "i3", "id": "i3", "app_id": "somebody"}
    browser = {**modern, "row_id": "i4", "id": "i4", "client_app_used": "Browser", "app_id": "somebody"}
    eas = {"client_app_used": "Exchange ActiveSync"}
    found = []
    for label, access, rival in (
        (eas, {"client": "eas"}, modern), ({}, {}, modern), ({}, {}, other), (eas, {"client": "eas"}, browser),
    ):  # fmt: skip
        for table in ("signins", "mail_accesses", "collection_windows"):
            case.connection.execute(f"DELETE FROM {table}")
        (one,) = ask(
            case, signins=[signin(**label), rival], mail_accesses=[imap(**access)], collection_windows=SIGNINS_WHOLE
        )
        found.append(one.verdict)

    assert ["undecidable", "supported", "undecidable", "supported"] == found


OUTLOOK = "27922004-5251-4030-B22D-91ecd9a37ea4"
APPLE = "f8d98a96-0999-43f5-8af3-69971c7bb423"


@pytest.mark.parametrize(
    ("hours", "more", "verdict"),
    [
        (3, {}, "undecidable"),
        (27, {}, "undecidable"),
        (29, {}, "supported"),
        (3, {"resource_display_name": "Microsoft Graph"}, "supported"),
        (3, {"app_id": OUTLOOK}, "supported"),
        (3, {"app_id": APPLE}, "supported"),
    ],
)
def test_a_modern_token_that_may_still_live_is_a_rival(case: TinyCase, hours: int, more: Row, verdict: str) -> None:
    """A program signed in with OAuth from the same address hours before: its token lives up to 28 hours, and what it fetches looks the same."""
    oauth = {
        "client_app_used": "Mobile Apps and Desktop clients", "authentication_protocol": "oAuth2", "app_id": "somebody", **more,
    }  # fmt: skip
    at = datetime(2026, 3, 1, 10) - timedelta(hours=hours)

    (found,) = ask(
        case, signins=[signin(), signin("i2", str(at), **oauth)], mail_accesses=[imap()], collection_windows=SIGNINS_WHOLE
    )  # fmt: skip

    assert verdict == found.verdict


@pytest.mark.parametrize(
    ("of_signin", "of_access", "same"),
    [
        ("2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.9", "203.0.113.10", False),
        (None, ADDRESS, False),
        (ADDRESS, None, False),
        (None, None, False),
    ],
)
def test_the_same_address_is_the_same_sixty_four_bits(
    case: TinyCase, of_signin: str | None, of_access: str | None, same: bool
) -> None:
    """IPv6 clients change the rest at will; an unknown address is the same as none."""
    (found,) = ask(
        case, signins=[signin(ip_address=of_signin)], mail_accesses=[imap(client_ip=of_access)], **recorded()
    )

    assert ("supported" if same else "undecidable") == found.verdict


def test_mail_of_another_user_or_kind_is_not_this_sign_ins(case: TinyCase) -> None:
    """Neighbours: another mailbox and user, an application, the service, a modern label, a failure."""
    found = ask(
        case,
        signins=[
            signin(),
            signin("i2", error_code=50126),
            signin("i3", client_app_used="Browser", authentication_protocol="oAuth2"),
            signin("i4", error_code=None),
            signin("i5", service_principal_id="sp"),
        ],
        mail_accesses=[
            imap("m1", mailbox=EVE, user_id=EVE),
            imap("m2", accessed_as="application"),
            imap("m3", accessed_as="service"),
        ],
        **recorded(),
    )

    assert {"i1": ("contradicted", {"no_mail_recorded"})} == said(found)


@pytest.mark.parametrize("access", [{"user_id": None}, {"mailbox": EVE}])
def test_mail_without_a_user_or_of_a_mailbox_that_the_user_opens_counts(case: TinyCase, access: Row) -> None:
    """Who acted decides; without a user, the owner."""
    assert ["supported"] == [f.verdict for f in ask(case, signins=[signin()], mail_accesses=[imap(**access)])]


def test_mail_of_the_mailbox_by_somebody_else_leaves_it_open(case: TinyCase) -> None:
    """It is not shown to be another's sign-in that stands behind it."""
    (found,) = ask(case, signins=[signin()], mail_accesses=[imap(user_id=EVE)], **recorded())

    assert "undecidable" == found.verdict


def test_names_of_one_person_are_one(case: TinyCase) -> None:
    """A sign-in by object id and an access under the mailbox's GUID meet."""
    (found,) = ask(
        case,
        signins=[signin(user_principal_name=None, user_id="Oid")],
        mail_accesses=[imap(mailbox=GUID, user_id="BOB@contoso.test")],
        identities=[{"person": BOB, "kind": kind, "value": value} for kind, value in (("upn", BOB), ("object_id", "oid"), ("mailbox_guid", GUID))],
    )  # fmt: skip

    assert ("supported", BOB) == (found.verdict, found.mailbox)


@pytest.mark.parametrize(
    ("after", "verdict"), [("10:01:59", "supported"), ("10:02:01", "undecidable"), ("09:59:59", "undecidable")]
)
def test_without_whole_sign_in_logs_an_access_must_follow_within_two_minutes(
    case: TinyCase, after: str, verdict: str
) -> None:
    """Later, a sign-in that the case lacks may stand behind it."""
    (found,) = ask(case, signins=[signin()], mail_accesses=[imap(at=f"2026-03-01 {after}")])

    assert verdict == found.verdict
    assert (
        {"mail_by_address"} if verdict == "supported" else {"mail_shared_with_other_signins", "settings_unknown"}
    ) == {r.code for r in found.reasons}


@pytest.mark.parametrize(
    ("other", "verdict"),
    [("09:30", "undecidable"), ("10:40", "undecidable"), ("08:30", "supported"), ("11:30", "supported")],
)
def test_without_whole_sign_in_logs_another_success_within_an_hour_leaves_it_open(
    case: TinyCase, other: str, verdict: str
) -> None:
    """A client that signs in often may have signed in unseen."""
    found = ask(case, signins=[signin(), signin("i2", f"2026-03-01 {other}")], mail_accesses=[imap()])

    assert verdict == said(found)["i1"][0]


def test_with_whole_sign_in_logs_the_nearest_success_has_the_mail_and_the_earlier_is_open(case: TinyCase) -> None:
    """The earlier one's connection could have lived on."""
    found = ask(
        case,
        signins=[signin(), signin("i2", "2026-03-01 10:10")],
        mail_accesses=[imap(at="2026-03-01 10:10:05")],
        **both(recorded(), {"collection_windows": SIGNINS_WHOLE}),
    )

    assert {
        "i1": ("undecidable", {"mail_shared_with_other_signins", "settings_unknown"}),
        "i2": ("supported", {"mail_by_address"}),
    } == said(found)


@pytest.mark.parametrize("other", ["10:08:30", "10:10:01", "10:12:00"])
def test_two_successes_within_two_minutes_of_the_mail_are_both_open(case: TinyCase, other: str) -> None:
    """Accesses within two minutes are one record, whose time is the first one's."""
    found = ask(
        case,
        signins=[signin("i1", "2026-03-01 10:10"), signin("i2", f"2026-03-01 {other}")],
        mail_accesses=[imap(at="2026-03-01 10:10:02")],
        collection_windows=SIGNINS_WHOLE,
    )

    assert {"undecidable"} == {f.verdict for f in found}


def test_with_whole_sign_in_logs_the_only_success_of_a_day_has_the_mail(case: TinyCase) -> None:
    """Exchange keeps a password's success for up to a day."""
    rows: dict[str, Any] = {"signins": [signin()], "mail_accesses": [imap(at="2026-03-02 09:59")]}

    assert ["supported"] == [f.verdict for f in ask(case, **rows, collection_windows=SIGNINS_WHOLE)]
    case.given(signins=[signin("i2", "2026-02-28 12:00"), signin("i3", "2026-03-01 11:00", user_principal_name=EVE)])
    assert "supported" == said(case.ask(QUESTION))["i1"][0]
    case.given(signins=[signin("i4", "2026-03-02 09:00")])
    assert {"i1": "undecidable", "i4": "undecidable"} == {
        k: v[0] for k, v in said(case.ask(QUESTION)).items() if k in ("i1", "i4")
    }


@pytest.mark.parametrize(
    "windows",
    [
        [window("signins_interactive")],
        [window("signins_non_interactive")],
        [window("signins_interactive", since="2026-03-01 12:00"), window("signins_non_interactive")],
        [window("signins_interactive"), window("signins_non_interactive", until="2026-03-02 09:00")],
    ],
)
def test_one_sign_in_log_alone_or_in_part_is_not_whole(case: TinyCase, windows: list[Row]) -> None:
    """Password sign-ins are in both."""
    (found,) = ask(case, signins=[signin()], mail_accesses=[imap(at="2026-03-02 09:59")], collection_windows=windows)

    assert "undecidable" == found.verdict


def test_mail_with_another_token_is_not_this_sign_ins(case: TinyCase) -> None:
    """It belongs to the sign-in that issued it; if that is not in the case, it is open."""
    tokens: dict[str, Any] = {"mail_accesses": [imap(issuing_signin_id="x1")], **recorded()}
    (unknown,) = ask(case, signins=[signin()], **tokens)
    case.given(signins=[signin("x1", "2026-03-01 08:00", client_app_used="Browser", authentication_protocol="oAuth2")])
    known = case.ask(QUESTION)

    assert ("undecidable", {"mail_shared_with_other_signins", "settings_unknown"}) == said([unknown])["i1"]
    assert {"i1": ("contradicted", {"no_mail_recorded"})} == said(known)


@pytest.mark.parametrize(
    ("smtp", "tenant", "words"),
    [
        ("false", None, "SMTP AUTH was allowed"),
        ("null", "false", "SMTP AUTH was allowed"),
        ("true", "false", "SMTP AUTH was switched off"),
        ("null", "true", "SMTP AUTH was switched off"),
        ("null", None, "SMTP AUTH followed the tenant, whose value is not known"),
        (None, "false", "whether SMTP AUTH was allowed is not known"),
    ],
)
def test_a_protocol_that_was_off_contradicts_the_success_and_tells_of_smtp(
    case: TinyCase, smtp: str | None, tenant: str | None, words: str
) -> None:
    """Configuration decides; the published conditions are told and turn nothing."""
    name = "smtp_client_authentication_disabled"
    settings = [seen(name, smtp)] if smtp else []
    settings += [seen(name, tenant, about="")] if tenant else []
    (found,) = ask(case, signins=[signin()], **both(OFF, {"setting_observations": settings}))

    assert ("contradicted", "configuration", ["protocol_off"]) == (
        found.verdict,
        found.basis,
        [r.code for r in found.reasons],
    )
    assert words in found.reasons[0].sentence and "(MW-E0001)" in found.reasons[0].sentence
    assert ("setting_observations", f"{BOB}-imap_enabled-2026-02-02", "setting") in [
        (r.table_name, r.row_id, r.role) for r in found.refs
    ]


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (None, "shows no Conditional Access policies"),
        ("[]", "was applied to it"),
        ('[{"displayName":"Block legacy","result":"notApplied"}]', "was applied to it"),
        ('[{"result":"success"}]', "let it pass"),
        ('[{"enforcedGrantControls":["Block"],"result":"failure"}]', "which a success contradicts"),
        (r'[{"displayName":"\"result\":\"failure\"","result":"success"}]', "let it pass"),
    ],
)
def test_policies_in_the_event_are_told_and_turn_nothing(case: TinyCase, policies: str | None, words: str) -> None:
    """Names in a policy are data: a name that looks like a result is none."""
    (found,) = ask(case, signins=[signin(applied_conditional_access_policies=policies)], **OFF)

    assert "contradicted" == found.verdict
    assert words in found.reasons[0].sentence


@pytest.mark.parametrize(
    ("label", "setting"),
    [
        ("POP3", "pop_enabled"), ("Exchange ActiveSync", "active_sync_enabled"), ("Exchange Web Services", "ews_enabled"),
        ("MAPI", "mapi_enabled"), ("Outlook Anywhere", "mapi_enabled"),
    ],
)  # fmt: skip
def test_each_protocol_has_its_switch(case: TinyCase, label: str, setting: str) -> None:
    """IMAP off says nothing of POP."""
    (before,) = ask(case, signins=[signin(client_app_used=label)], **OFF)
    (after,) = ask(case, setting_observations=[seen(setting, "false")])

    assert (("undecidable", {"coverage_unproven", "settings_unknown"}), ("contradicted", {"protocol_off"})) == (
        said([before])["i1"], said([after])["i1"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "windows", "codes"),
    [
        ([seen("imap_enabled", "false")], [], {"settings_unknown"}),
        ([seen("imap_enabled", "false", about=EVE)], LOG_WHOLE, {"settings_unknown"}),
        ([seen("imap_enabled", "false", None)], LOG_WHOLE, {"settings_unknown"}),  # type: ignore[arg-type]
        ([seen("imap_enabled", "false", "2026-03-05")], [window("unified_audit_log", since="2026-03-02")], {"settings_unknown"}),
        ([seen("imap_enabled", "false")], [window("unified_audit_log", until="2026-02-20")], {"settings_unknown"}),
        ([seen("imap_enabled", "true")], LOG_WHOLE, set()),
        ([seen("imap_enabled", "false"), seen("imap_enabled", "true", "2026-02-20")], LOG_WHOLE, set()),
        ([seen("imap_enabled", "false", "2026-03-01 09:30", how="change")], LOG_WHOLE, {"switched_nearby"}),
        ([seen("imap_enabled", "false"), seen("imap_enabled", "true", "2026-03-01 10:30", how="change")], LOG_WHOLE, {"switched_nearby"}),
        ([seen("imap_enabled", "false"), seen("imap_enabled", "true", "2026-02-20", about="Bobby B")], LOG_WHOLE, {"settings_unknown"}),
        ([seen("imap_enabled", "false"), seen("imap_enabled", "true", "2026-02-02", row_id="z")], LOG_WHOLE, {"settings_unknown"}),
        ([seen("imap_enabled", "true", how="change"), seen("imap_enabled", "false", "2026-02-20", time_from="file_time")], LOG_WHOLE, {"settings_unknown"}),
    ],
    ids=["no log", "another mailbox", "undated", "log begins later", "log ended", "on", "switched on", "off since half an hour",
         "on in half an hour", "a name nobody knows", "two that disagree", "an old export"],
)  # fmt: skip
def test_what_does_not_prove_the_protocol_off(
    case: TinyCase, settings: list[Row], windows: list[Row], codes: set[str]
) -> None:
    """One doubt, and the claim stays open."""
    (found,) = ask(case, signins=[signin()], setting_observations=settings, collection_windows=windows)

    assert ("undecidable", {"coverage_unproven", *codes}) == (found.verdict, {r.code for r in found.reasons})
    assert found.would_decide


def test_a_change_an_hour_before_has_become_effective(case: TinyCase) -> None:
    """And a snapshot afterwards joins on."""
    settings = [
        seen("imap_enabled", "false", "2026-03-01 09:00", how="change"),
        seen("imap_enabled", "false", "2026-03-01 10:30"),
    ]
    (found,) = ask(case, signins=[signin()], setting_observations=settings, collection_windows=LOG_WHOLE)

    assert ("contradicted", {"protocol_off"}) == said([found])["i1"]


def test_mail_although_the_protocol_was_off_is_a_conflict(case: TinyCase) -> None:
    """Both sides are kept and shown."""
    (found,) = ask(case, signins=[signin()], mail_accesses=[imap()], **OFF)

    assert ("undecidable", [("mail_by_address", "for"), ("protocol_off", "against")]) == (
        found.verdict, [(r.code, r.stance) for r in found.reasons],
    )  # fmt: skip


@pytest.mark.parametrize(
    "act",
    [{"mail_accesses": [imap(at="2026-02-20", client_ip="198.51.100.1")]}, {"audit_events": [event(at="2026-02-20")]}],
)
def test_a_client_let_in_while_the_protocol_was_off_leaves_it_open(case: TinyCase, act: dict[str, list[Row]]) -> None:
    """Settings or records are wrong."""
    (found,) = ask(case, signins=[signin()], **act, **OFF)

    assert ("undecidable", {"protocol_off", "mail_while_off"}) == said([found])["i1"]


def test_a_toggled_switch_gives_each_attempt_its_own_verdict(case: TinyCase) -> None:
    """On and mail, off and none, on and mail."""
    settings = [seen("imap_enabled", "true")] + [
        seen("imap_enabled", value, at, how="change")
        for value, at in (("false", "2026-03-01 16:00"), ("true", "2026-03-02 18:00"))
    ]
    found = ask(
        case,
        signins=[signin(), signin("i2", "2026-03-02 13:00"), signin("i3", "2026-03-03 12:59")],
        mail_accesses=[imap(), imap("m3", "2026-03-03 12:59:05")],
        setting_observations=settings,
        collection_windows=LOG_WHOLE,
    )

    assert {
        "i1": ("supported", {"mail_by_address"}),
        "i2": ("contradicted", {"protocol_off"}),
        "i3": ("supported", {"mail_by_address"}),
    } == said(found)


def test_mail_after_the_switch_without_a_sign_in_of_its_own_leaves_the_attempt_open(case: TinyCase) -> None:
    """Exchange may have kept the success for a day."""
    settings = [seen("imap_enabled", "false"), seen("imap_enabled", "true", "2026-03-01 18:00", how="change")]
    (found,) = ask(
        case,
        signins=[signin()],
        mail_accesses=[imap(at="2026-03-01 19:00")],
        setting_observations=settings,
        collection_windows=LOG_WHOLE,
    )

    assert ("undecidable", {"protocol_off", "mail_after_off"}) == said([found])["i1"]


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("Authenticated SMTP", "Authenticated SMTP"), ("SMTP", "Authenticated SMTP"), ("AutoDiscover", "AutoDiscover"),
        ("Offline Address Book", "Offline Address Book"), ("Exchange Online PowerShell", "Exchange Online PowerShell"),
        ("Reporting Web Services", "Reporting Web Services"),
    ],
)  # fmt: skip
def test_a_protocol_that_cannot_read_contradicts_the_claim(case: TinyCase, label: str, title: str) -> None:
    """With mail by its token it is a conflict."""
    (found,) = ask(case, signins=[signin(client_app_used=label)], mail_accesses=[imap()])
    (disputed,) = ask(case, mail_accesses=[imap("m2", issuing_signin_id="i1")])

    assert ("contradicted", "configuration", f"{title} success", ["protocol_cannot_read"]) == (
        found.verdict, found.basis, found.title, [r.code for r in found.reasons],
    )  # fmt: skip
    assert ("undecidable", {"protocol_cannot_read", "mail_by_token"}) == said([disputed])["i1"]


def test_no_mail_where_it_would_have_been_recorded_contradicts_the_claim(case: TinyCase) -> None:
    """Absence is a reason where recording is proven, and says what it leaves open."""
    (found,) = ask(case, signins=[signin()], **recorded())

    assert ("contradicted", "absence", ["no_mail_recorded"]) == (
        found.verdict,
        found.basis,
        [r.code for r in found.reasons],
    )
    assert "A connection that fetched nothing is possible." in found.reasons[0].sentence


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"mail_accesses": [imap(at="2026-03-01 09:10")]}, "mail_shared_with_other_signins"),
        ({"mail_accesses": [imap(at="2026-03-01 23:00")]}, "mail_shared_with_other_signins"),
        ({"mail_accesses": [imap(client_ip="198.51.100.7")]}, "mail_by_protocol_from_elsewhere"),
        ({"mail_accesses": [imap(client_ip=None)]}, "mail_by_unknown_client"),
        ({"mail_accesses": [imap(client=None)]}, "mail_by_unknown_client"),
        ({"mail_accesses": [imap(client="other", at="2026-03-02 09:00")]}, "mail_by_unknown_client"),
        ({"mail_accesses": [imap(at=None)]}, "access_undated"),
        ({"audit_events": [event()]}, "connected"),
        ({"audit_events": [event(operation="Update", at="2026-03-01 12:00")]}, "connected"),
        ({"rejects": [{"operation": "MailItemsAccessed", "time": "2026-03-01 10:05"}]}, "records_unread"),
        ({"rejects": [{"operation": None, "time": None}]}, "records_unread"),
        ({"mail_accesses": [imap(at="2026-02-28 20:00", is_throttled=True, client="owa")]}, "recording_degraded"),
        ({"collection_windows": [window("unified_audit_log", row_id="x", complete=False, since="2026-03-01 12:00", until="2026-03-01 13:00")]}, "coverage_unproven"),
        ({"tenant_settings": [{"row_id": "t9", "setting": "audit_disabled", "value": "true", "valid_from": "2026-03-01", "valid_to": "2026-03-03"}]}, "coverage_unproven"),
        ({"mailbox_settings": [{"row_id": "ms9", "mailbox": BOB, "valid_from": "2026-03-01", "valid_to": "2026-03-09", "recipient_type": "RoomMailbox"}]}, "not_recorded"),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)  # fmt: skip
def test_one_doubt_and_absence_is_no_reason(case: TinyCase, more: dict[str, list[Row]], code: str) -> None:
    """What may be this sign-in's mail, or may have hidden it."""
    (found,) = ask(case, signins=[signin()], **both(recorded(), more))

    assert ("undecidable", {code, "settings_unknown"}) == (found.verdict, {r.code for r in found.reasons})
    assert found.would_decide


@pytest.mark.parametrize(
    "more",
    [
        {"mail_accesses": [imap(at="2026-03-01 08:57")]},
        {"mail_accesses": [imap(at="2026-03-02 10:01")]},
        {"mail_accesses": [imap(client="owa")]},
        {"mail_accesses": [imap(client="pop")]},
        {"audit_events": [event(client_ip="198.51.100.7")]},
        {"audit_events": [event(client_info_string="Client=OWA;x")]},
        {"audit_events": [event(user_type=4)]},
        {"rejects": [{"operation": "Send", "time": "2026-03-01 10:05"}]},
        {"rejects": [{"operation": "MailItemsAccessed", "time": "2026-03-05 10:05"}]},
        {"signins": [signin("i9", "2026-03-01 11:00", ip_address="198.51.100.7")], "mail_accesses": [imap(at="2026-03-01 11:00:05", client_ip="198.51.100.7")]},
    ],
    ids=["long before", "a day later", "another client", "another protocol", "let in elsewhere", "another client let in", "the system",
         "another record unread", "unread at another time", "mail that another sign-in explains"],
)  # fmt: skip
def test_what_does_not_hinder_absence(case: TinyCase, more: dict[str, list[Row]]) -> None:
    """Neighbours that are not this sign-in's mail."""
    found = ask(case, **both(recorded(), {"signins": [signin()]}, more))

    assert ("contradicted", {"no_mail_recorded"}) == said(found)["i1"]


def test_absence_needs_the_whole_day_in_the_log(case: TinyCase) -> None:
    """The log ends twenty hours later: nothing follows."""
    found = ask(case, signins=[signin()], **recorded(until="2026-03-02 06:00"))
    assert {"i1": ("undecidable", {"coverage_unproven", "settings_unknown"})} == said(found)


@pytest.mark.parametrize(
    ("as_of", "codes"),
    [
        ("2026-03-03T09:00", {"records_may_be_late", "coverage_unproven", "settings_unknown"}),
        ("2026-03-03T10:01", {"no_mail_recorded"}),
    ],
)
def test_records_come_late(case: TinyCase, as_of: str, codes: set[str]) -> None:
    """A day for mail, and a day for its record to come."""
    case.given(signins=[signin()], **recorded())

    assert [codes] == [{r.code for r in f.reasons} for f in case.ask(QUESTION, as_of=as_of)]


def test_absence_counts_although_the_protocol_is_known_to_be_on(case: TinyCase) -> None:
    """And without a record of it, an open protocol alone decides nothing."""
    (alone,) = ask(case, signins=[signin()], **ON)
    (proven,) = ask(case, **recorded())

    assert (("undecidable", {"coverage_unproven"}), ("contradicted", {"no_mail_recorded"})) == (
        said([alone])["i1"],
        said([proven])["i1"],
    )


def test_an_outage_is_named_where_nothing_decides(case: TinyCase) -> None:
    """IMAP in the days of MW-E0026, and no other protocol or day."""
    found = ask(
        case,
        signins=[
            signin("i1", "2026-01-10"), signin("i2", "2026-01-07 23:00"), signin("i3", "2026-01-10", client_app_used="POP3"),
            signin("i4", "2026-01-15"),
        ],
    )  # fmt: skip
    assert ["i1"] == [f.subject for f in found if "protocol_outage" in {r.code for r in f.reasons}]


def test_a_success_beside_a_failed_policy_contradicts_itself(case: TinyCase) -> None:
    """One open reason more."""
    (found,) = ask(case, signins=[signin(applied_conditional_access_policies='[{"result":"failure"}]')])

    assert "success_despite_policy" in {r.code for r in found.reasons}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"time": None}, "time_unknown"),
        ({"user_principal_name": None}, "user_unknown"),
        ({"user_principal_name": "info@contoso.test"}, "user_unknown"),
    ],
)
def test_a_sign_in_that_does_not_say_when_or_who_stays_open(case: TinyCase, more: Row, code: str) -> None:
    """A name that two people share names nobody."""
    shared = [{"person": person, "kind": "smtp", "value": "info@contoso.test"} for person in (BOB, EVE)]
    (found,) = ask(case, signins=[signin(**more)], identities=shared, **both(recorded(), OFF))

    assert "undecidable" == found.verdict
    assert code in {r.code for r in found.reasons}


@pytest.mark.parametrize(
    "more",
    [
        {"client_app_used": "Other clients"},
        {"client_app_used": "Other Client"},
        {"client_app_used": "Mobile Apps and Desktop clients", "resource_id": "00000002-0000-0FF1-ce00-000000000000"},
        {"client_app_used": None, "resource_display_name": "Office 365 Exchange Online"},
        {"client_app_used": None},
    ],
)
def test_a_label_that_names_no_protocol_needs_a_token_or_an_empty_mailbox(case: TinyCase, more: Row) -> None:
    """Any client may have come with it."""
    (nothing,) = ask(case, signins=[signin(**more)], **recorded())
    (nearby,) = ask(case, mail_accesses=[imap(client="ews")])
    (token,) = ask(case, mail_accesses=[imap("m2", client="rest", issuing_signin_id="i1")])

    assert [
        ("contradicted", {"no_mail_recorded"}), ("undecidable", {"mail_from_same_address"}), ("supported", {"mail_by_token"}),
    ] == [said([f])["i1"] for f in (nothing, nearby, token)]  # fmt: skip


def test_a_label_that_names_no_protocol_alone_in_its_hour_has_the_imap_mail(case: TinyCase) -> None:
    """A password over IMAP is a password grant in the unified log; another success within the hour takes the certainty away."""
    other: Row = {"client_app_used": None, "resource_display_name": "Office 365 Exchange Online"}
    (alone,) = ask(case, signins=[signin(**other)], mail_accesses=[imap(client="pop")])
    found = ask(case, signins=[signin("i2", "2026-03-01 09:20", client_app_used="POP3")])

    assert ("supported", {"mail_by_address"}) == said([alone])["i1"]
    assert alone.reasons[0].sentence.startswith("An IMAP or POP client obtained mail")
    assert "undecidable" == said(found)["i1"][0]


def test_a_password_grant_to_something_else_is_no_subject(case: TinyCase) -> None:
    """Only Exchange has mail here."""
    assert [] == ask(
        case,
        signins=[
            signin(
                client_app_used=None,
                resource_id="00000003-0000-0000-c000-000000000000",
                resource_display_name="Microsoft Graph",
            )
        ],
    )


def test_rows_of_one_id_are_one_subject(case: TinyCase) -> None:
    """Rows of Azure Monitor and the twin in the unified log, which has no label; all are named."""
    twin = signin(
        "signin:ual:x", id="I1", stream="unified_audit_log", client_app_used=None, authentication_protocol=None
    )
    (found,) = ask(
        case,
        signins=[signin("a1", id="i1"), signin("a2", id="i1", client_app_used=None), twin],
        audit_events=[event("audit:x", operation="UserLoggedIn", client_info_string=None)],
        mail_accesses=[imap()],
    )

    assert ("supported", "IMAP success") == (found.verdict, found.title)
    assert [("a1", "signin"), ("signin:ual:x", "same sign-in")] == [
        (r.row_id, r.role) for r in found.refs if r.table_name == "signins"
    ]


@pytest.mark.parametrize(("other", "codes"), [(EVE, {"user_unknown"}), ("B.Ob@contoso.test", {"no_mail_recorded"})])
def test_rows_of_one_id_with_two_people_name_nobody(case: TinyCase, other: str, codes: set[str]) -> None:
    """Neither one's mailbox says anything of the sign-in; two names of one person are one."""
    names = [{"kind": "upn", "value": value, "person": BOB} for value in (BOB, "b.ob@contoso.test")]

    (found,) = ask(
        case, signins=[signin(), signin("i2", id="I1", user_principal_name=other)], identities=names, **recorded()
    )

    assert codes <= {r.code for r in found.reasons}
    assert ("contradicted" if codes == {"no_mail_recorded"} else "undecidable") == found.verdict


def test_rows_of_one_id_with_two_protocols_name_none(case: TinyCase) -> None:
    """What is disputed is not known."""
    (found,) = ask(
        case,
        signins=[signin("a1", id="i1"), signin("a2", id="i1", client_app_used="POP3")],
        mail_accesses=[imap(client="ews")],
    )

    assert ("undecidable", "Other clients success") == (found.verdict, found.title)


@pytest.mark.parametrize(
    ("more", "operation", "is_subject"),
    [
        ({}, "UserLoggedIn", True),
        ({}, "UserLoginFailed", False),
        ({}, None, False),
        ({"failure_reason": "UserAccountNotFound"}, "UserLoggedIn", False),
        ({"error_code": 50140}, "UserLoggedIn", False),
        ({"user_agent": "Mozilla/5.0"}, "UserLoggedIn", False),
        ({"user_agent": None}, "UserLoggedIn", False),
    ],
)
def test_the_unified_log_alone_tells_a_password_grant_by_its_agent(
    case: TinyCase, more: Row, operation: str | None, is_subject: bool
) -> None:
    """Operation and logon error decide whether it was a success."""
    logon = {
        "stream": "unified_audit_log",
        "client_app_used": None,
        "authentication_protocol": None,
        "user_agent": "BAV2ROPC",
        "failure_reason": None,
    }
    found = ask(
        case,
        signins=[signin("signin:ual:x", **{**logon, **more})],
        audit_events=[event("audit:x", operation=operation, client_info_string=None)] if operation else [],
    )

    assert (["Password grant (ROPC) success"] if is_subject else []) == [f.title for f in found]


def test_a_question_is_narrowed_by_mailbox_user_address_and_time(case: TinyCase) -> None:
    """The others still stand behind mail: they are not asked, not forgotten."""
    case.given(
        signins=[
            signin(),
            signin("i2", "2026-03-01 10:20"),
            signin("i3", "2026-03-02", user_principal_name=EVE, ip_address="198.51.100.7"),
        ],
        mail_accesses=[imap()],
    )

    assert ["i1", "i2"] == [f.subject for f in case.ask(QUESTION, mailbox=BOB)]
    assert ["i3"] == [f.subject for f in case.ask(QUESTION, actor="EVE@contoso.test")]
    assert ["i3"] == [f.subject for f in case.ask(QUESTION, actor="198.51.100.7")]
    narrowed = case.ask(QUESTION, time_from="2026-03-01T10:00", time_to="2026-03-01T10:20")
    assert [("i1", "undecidable")] == [(f.subject, f.verdict) for f in narrowed]


def test_a_mailbox_whose_recording_is_in_doubt_has_no_absence(case: TinyCase) -> None:
    """Licensed and audited, but its owner worked for days of which the log holds no access: what holds of coverage holds of absence (MW-E0024)."""
    work = {
        "operation": "MoveToDeletedItems", "record_type": 3, "logon_type": 0, "user_type": 0, "mailbox_owner_upn": BOB,
        "client_info_string": "Client=OWA;x",
    }  # fmt: skip
    works = [{"row_id": f"w{day}", "time": f"2026-03-0{day} 09:00", **work} for day in (3, 4, 5)]

    settled(case, whole("mail_accesses", audit_events=works, signins=[signin(at="2026-03-04 10:00")]))

    assert {"i1": ("undecidable", {"coverage_unproven", "settings_unknown"})} == said(case.ask(QUESTION))


def test_a_silent_day_is_no_absence(case: TinyCase) -> None:
    """A weekday without any access, of a mailbox that has some on all others: coverage leaves it open, and so does this."""
    days = [f"2026-03-{day:02} 23:00" for day in (2, 3, 4, 5, 6, 9, 10, 12, 13)]
    tables = whole("collection_windows", mail_accesses=[bind(day) for day in days])
    tables["collection_windows"] = [week(until="2026-03-16 00:00")]
    tables["audit_events"] = [noise(f"2026-03-{day:02} 08:00") for day in range(2, 16)]

    settled(case, {**tables, "signins": [signin(at="2026-03-11 10:00"), signin("i2", "2026-03-07 10:00")]})

    found = said(case.ask(QUESTION))
    assert "undecidable" == found["i1"][0]
    assert ("contradicted", {"no_mail_recorded"}) == found["i2"]


@pytest.mark.parametrize("feed", ["MailItemsAccessed", "Audit.Exchange", "unified_audit_log_part"])
def test_a_part_of_the_log_shows_no_change_of_a_switch(case: TinyCase, feed: str) -> None:
    """One operation or one content type collected whole is not the log in which the change would stand."""
    (found,) = ask(case, signins=[signin()], **{**OFF, "collection_windows": [window(feed)]})

    assert ("undecidable", {"coverage_unproven", "settings_unknown"}) == said([found])["i1"]


def test_a_switch_seen_with_another_value_later_changed_nobody_knows_when(case: TinyCase) -> None:
    """Off on one day, on some weeks later, and no record of the change between: the log missed it."""
    later = seen("imap_enabled", "true", at="2026-03-20")

    (found,) = ask(case, signins=[signin()], **both(OFF, {"setting_observations": [later]}))

    assert ("undecidable", {"coverage_unproven", "settings_unknown"}) == said([found])["i1"]


def test_a_change_after_the_sign_in_leaves_the_value_before_it(case: TinyCase) -> None:
    """The record of the change says when."""
    later = seen("imap_enabled", "true", at="2026-03-20", how="change")

    (found,) = ask(case, signins=[signin()], **both(OFF, {"setting_observations": [later]}))

    assert ("contradicted", {"protocol_off"}) == said([found])["i1"]


def test_a_narrow_question_gives_the_verdict_of_the_whole(case: TinyCase) -> None:
    """The day after the sign-in lies outside the time asked for, and in the case."""
    case.given(signins=[signin()], **recorded())

    assert said(case.ask(QUESTION)) == said(
        case.ask(QUESTION, time_from="2026-03-01T09:00", time_to="2026-03-01T11:00")
    )


def test_text_in_a_log_stays_text(case: TinyCase) -> None:
    """An id, a user and a label with quotes."""
    odd = "x'); DROP TABLE signins; --"
    (found,) = ask(case, signins=[signin(id=odd, user_principal_name=odd, client_app_used="IMAP4")])

    assert (odd, odd.lower()) == (found.subject, found.mailbox)
