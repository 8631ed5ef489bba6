"""first_factor_proved: the first factor of this sign-in was right."""

from __future__ import annotations

from typing import Any

import pytest

from mailwitness.knowledge.facts import rows_of
from mailwitness.model.findings import Finding
from tests.analyses.accuracy.rows import ADDRESS, Row, event, signin
from tests.analyses.conftest import TinyCase
from tests.analyses.exposure.rows import BOB, EVE

QUESTION = "first_factor_proved"
CODES = rows_of("signin_error_codes.csv")


def row(row_id: str = "i1", code: int | None = 53003, at: str | None = "2026-03-01 10:00", **more: Any) -> Row:
    """One refused sign-in of Bob in a browser."""
    return signin(
        row_id, at, **{"error_code": code, "client_app_used": "Browser", "authentication_protocol": "oAuth2", **more}
    )


def logon(
    row_id: str = "x", code: int | None = 0, error: str | None = None, operation: str = "UserLoggedIn", **more: Any
) -> dict[str, list[Row]]:
    """One logon of the unified log, in both tables that it stands in; its ResultStatus says success, whatever happened."""
    sign_in = row(
        f"signin:ual:{row_id}",
        code,
        stream="unified_audit_log",
        client_app_used=None,
        failure_reason=error,
        id=row_id,
        **more,
    )
    record = event(
        f"audit:{row_id}",
        operation=operation,
        result_status="Success",
        logon_error=error,
        error_number=code,
        client_info_string=None,
    )
    return {"signins": [sign_in], "audit_events": [record]}


def ask(case: TinyCase, **tables: Any) -> list[Finding]:
    case.given(**tables)
    return case.ask(QUESTION)


def said(found: list[Finding]) -> list[tuple[str, str, list[str]]]:
    return [(f.subject, f.verdict, [r.code for r in f.reasons]) for f in found]


def test_the_list_of_codes_is_whole_and_its_words_are_known() -> None:
    """Every code once, with a reading, a source and one of the declared words; names are unique too, for some logs give only these."""
    assert len({r["code"] for r in CODES}) == len({r["name"].lower() for r in CODES}) == len(CODES)
    assert {"yes", "no", "none", "unknown"} == {r["first_factor"] for r in CODES}
    assert {"no", "continues"} == {r["token_issued"] for r in CODES}
    assert all(r["reading"] and r["source"] for r in CODES)


def test_every_code_is_read_as_its_list_says(case: TinyCase) -> None:
    """For, open, or nothing; a refusal alone makes no finding."""
    found = ask(
        case,
        signins=[row(f"i{c['code']}", int(c["code"]), user_principal_name=f"u{c['code']}@contoso.test") for c in CODES],
    )

    expected = {"yes": "supported", "unknown": "undecidable"}
    assert {f"i{c['code']}": expected[c["first_factor"]] for c in CODES if c["first_factor"] in expected} == {
        f.subject: f.verdict for f in found
    }


def test_a_block_by_conditional_access_proves_the_first_factor(case: TinyCase) -> None:
    """The whole of the finding."""
    (found,) = ask(case, signins=[row()])

    assert ("supported", "record", "signin", "i1", BOB, BOB, "user", "First factor right: BlockedByConditionalAccess", None) == (
        found.verdict, found.basis, found.subject_kind, found.subject, found.mailbox, found.actor, found.actor_kind, found.title,
        found.would_decide,
    )  # fmt: skip
    assert [
        ("first_factor_right", "for", "53003 BlockedByConditionalAccess: Conditional Access blocked the sign-in, which it does only after the first factor.")
    ] == [(r.code, r.stance, r.sentence) for r in found.reasons]  # fmt: skip
    assert [("signins", "i1", "signin")] == [(r.table_name, r.row_id, r.role) for r in found.refs]


@pytest.mark.parametrize(
    ("code", "words"), [(50053, "the answer is the same"), (50057, "contradict each other"), (700016, "(MW-E0007)")]
)
def test_a_hidden_first_factor_is_open_and_cites_what_hides_it(case: TinyCase, code: int, words: str) -> None:
    """Neither side is claimed."""
    (found,) = ask(case, signins=[row(code=code)])

    assert ("undecidable", "none", [("first_factor_hidden", "open")]) == (
        found.verdict, found.basis, [(r.code, r.stance) for r in found.reasons],
    )  # fmt: skip
    assert words in found.reasons[0].sentence
    assert found.would_decide


@pytest.mark.parametrize(("code", "words"), [(65001, "(MW-E0005)"), (50140, "(MW-E0004)")])
def test_an_erratum_is_cited(case: TinyCase, code: int, words: str) -> None:
    """What the catalogue says of the code stands in the sentence."""
    assert words in ask(case, signins=[row(code=code)])[0].reasons[0].sentence


@pytest.mark.parametrize("more", [{"client_app_used": "IMAP4"}, {"authentication_protocol": "ropc"}])
def test_a_client_that_gives_its_password_each_time_is_no_earlier_session(case: TinyCase, more: Row) -> None:
    """Clients of old protocols stand in the non-interactive log too, and what was blocked there was a password."""
    (found,) = ask(case, signins=[row(code=53003, stream="non_interactive", **more)])

    assert ("supported", ["first_factor_right"]) == (found.verdict, [r.code for r in found.reasons])
    assert "nothing shows that a password was typed" not in found.reasons[0].sentence


@pytest.mark.parametrize(
    "more",
    [
        {"stream": "non_interactive"},
        {"incoming_token_type": "refreshToken"},
        {"authentication_details": '[{"authenticationMethod":"Previously satisfied"}]'},
    ],
)
def test_what_an_earlier_session_satisfied_is_told_apart(case: TinyCase, more: Row) -> None:
    """Nothing shows that a password was typed."""
    (found,) = ask(case, signins=[row(code=50158, **more)])

    assert ("supported", ["session_right"]) == (found.verdict, [r.code for r in found.reasons])


@pytest.mark.parametrize("label", ["IMAP4", "authenticated smtp", "Other clients"])
def test_a_legacy_success_proves_it(case: TinyCase, label: str) -> None:
    """Whatever the protocol can do."""
    (found,) = ask(case, signins=[signin(client_app_used=label)])

    assert ("supported", ["legacy_success"]) == (found.verdict, [r.code for r in found.reasons])


def test_plain_successes_and_applications_say_nothing(case: TinyCase) -> None:
    """Neighbours: a modern success, a code nobody lists, none, and sign-ins without a person."""
    found = ask(
        case,
        signins=[
            row("i1", 0), row("i2", 90014), row("i3", None), row("i4", service_principal_id="sp"), row("i5", stream="service_principal"),
            row("i6", stream="managed_identity"), row("i7", 50058),
        ],
    )  # fmt: skip
    assert [] == found


def test_a_spray_of_refusals_makes_no_finding(case: TinyCase) -> None:
    """Two hundred refused passwords, none of them right."""
    rows = [
        row(f"i{n}", 50126, user_principal_name=f"u{n % 50}@contoso.test", ip_address=f"198.51.100.{n % 7}")
        for n in range(200)
    ]

    assert [] == ask(case, signins=rows)


def test_refusals_are_told_where_the_first_factor_was_right_too(case: TinyCase) -> None:
    """The guesses before the hit, from there; not those of other people and places. First and last are named."""
    found = ask(
        case,
        signins=[
            *(row(f"g{n}", 50126, f"2026-03-01 09:{n:02}") for n in range(5)),
            row("g9", 50126, ip_address="198.51.100.1"),
            row("g8", 50126, user_principal_name=EVE),
            row("i1", 50076),
        ],
    )

    assert [("g0", "contradicted", ["first_factor_refused"]), ("i1", "supported", ["first_factor_right"])] == said(
        found
    )
    assert found[0].reasons[0].sentence.endswith("5 sign-ins from this address.")
    assert ["g0", "g4"] == [r.row_id for r in found[0].refs]


def test_equal_sign_ins_are_one_finding_and_every_row_that_proves_is_named(case: TinyCase) -> None:
    """One user, one address, one code; another of each is another finding."""
    found = ask(
        case,
        signins=[
            row("i2", 53003, "2026-03-01 11:00"), row("i1", 53003, "2026-03-01 10:00"), row("i3", 53003, "2026-03-01 12:00"),
            row("i4", 53003, ip_address="198.51.100.1"), row("i5", 53003, user_principal_name=EVE), row("i6", 53000, "2026-03-01 13:00"),
        ],
    )  # fmt: skip

    assert ["i1", "i4", "i6", "i5"] == [f.subject for f in found]
    assert ["i1", "i2", "i3"] == [r.row_id for r in found[0].refs]
    assert ("2026-03-01 10:00:00", "2026-03-01 12:00:00") == (str(found[0].time_from), str(found[0].time_to))
    assert found[0].reasons[0].sentence.endswith("3 sign-ins from this address.")


def test_hidden_ones_of_a_user_are_one_finding_whatever_the_address(case: TinyCase) -> None:
    """A locked account under a spray is one doubt."""
    rows = [row(f"i{n}", 50053, f"2026-03-01 10:0{n}", ip_address=f"198.51.100.{n}") for n in range(4)]
    (found,) = ask(case, signins=rows)

    assert ("i0", ["i0", "i3"]) == (found.subject, [r.row_id for r in found.refs])
    assert found.reasons[0].sentence.endswith("4 sign-ins from 4 addresses.")


@pytest.mark.parametrize(
    ("success", "is_left_out"),
    [
        ({}, True),
        ({"correlation_id": "c2"}, False),
        ({"correlation_id": None}, False),
        ({"user_principal_name": EVE}, False),
        ({"time": "2026-03-01 11:30"}, False),
        ({"time": "2026-03-01 09:59"}, False),
        ({"error_code": 50126}, False),
        ({"stream": "unified_audit_log", "failure_reason": "UserDisabled"}, False),
    ],
)
@pytest.mark.parametrize("code", [50074, 50140])
def test_an_interrupt_that_a_success_completes_is_part_of_it(
    case: TinyCase, code: int, success: Row, is_left_out: bool
) -> None:
    """By correlation id and person, within an hour; a second factor never given stays."""
    done = row("i2", 0, "2026-03-01 10:01", **{"correlation_id": "c1", **success})
    found = ask(
        case, signins=[row("i1", code, correlation_id="c1"), {**done, "time": success.get("time", "2026-03-01 10:01")}]
    )

    assert is_left_out == ("i1" not in [f.subject for f in found])


def test_a_block_is_no_interrupt(case: TinyCase) -> None:
    """A later success under the same correlation id does not take the proof away."""
    found = ask(
        case, signins=[row("i1", 53003, correlation_id="c1"), row("i2", 0, "2026-03-01 10:01", correlation_id="c1")]
    )

    assert ["i1"] == [f.subject for f in found]


@pytest.mark.parametrize(
    ("code", "error", "operation", "expected"),
    [
        (50140, None, "UserLoggedIn", ("supported", "first_factor_right", "(MW-E0004)")),
        (65001, "DelegationDoesNotExist", "UserLoginFailed", ("supported", "first_factor_right", "(MW-E0005)")),
        (0, "UserDisabled", "UserLoggedIn", ("undecidable", "first_factor_hidden", "(MW-E0002)")),
        (None, "useraccountnotfound", "UserLoggedIn", None),
        (
            None,
            "BlockedByConditionalAccess",
            "UserLoginFailed",
            ("supported", "first_factor_right", "after the first factor."),
        ),
        (0, None, "UserLoggedIn", None),
        (0, None, "UserLoginFailed", None),
        (None, "SomethingNew", "UserLoginFailed", None),
        (50126, "InvalidUserNameOrPassword", "UserLoginFailed", None),
    ],
)
def test_the_unified_log_is_read_by_code_and_error_never_by_its_result_status(
    case: TinyCase, code: int | None, error: str | None, operation: str, expected: tuple[str, str, str] | None
) -> None:
    """Every record here says Success."""
    found = ask(case, **logon(code=code, error=error, operation=operation))

    assert ([expected[:2]] if expected else []) == [(f.verdict, f.reasons[0].code) for f in found]
    assert expected is None or found[0].reasons[0].sentence.endswith(expected[2])


def test_an_error_name_of_another_log_is_no_code(case: TinyCase) -> None:
    """The failure reason of an Entra row without a code is prose."""
    assert [] == ask(case, signins=[row(code=None, failure_reason="UserDisabled")])


def test_two_logs_that_agree_on_a_sign_in_are_one_finding(case: TinyCase) -> None:
    """Both rows are named."""
    twin = logon("i1", 53003, "BlockedByConditionalAccess", "UserLoginFailed")
    (found,) = ask(case, signins=[row(), *twin["signins"]], audit_events=twin["audit_events"])

    assert ["i1", "signin:ual:i1"] == [r.row_id for r in found.refs]
    assert "sign-ins" not in found.reasons[0].sentence


def test_two_logs_that_disagree_on_a_sign_in_are_a_conflict(case: TinyCase) -> None:
    """Both sides are shown."""
    twin = logon("i1", 50126, "InvalidUserNameOrPassword", "UserLoginFailed")
    (found,) = ask(case, signins=[row(), *twin["signins"]], audit_events=twin["audit_events"])

    assert ("undecidable", "First factor: rows of one sign-in disagree", {("first_factor_right", "for"), ("first_factor_refused", "against")}) == (
        found.verdict, found.title, {(r.code, r.stance) for r in found.reasons},
    )  # fmt: skip


def test_what_is_unknown_is_kept(case: TinyCase) -> None:
    """No user, no address, no time, no id."""
    found = ask(case, signins=[row("i1", user_principal_name=None, ip_address=None, time=None, id=None)])

    assert [("i1", None, "supported")] == [(f.subject, f.mailbox, f.verdict) for f in found]


def test_a_question_is_narrowed_by_mailbox_actor_and_time(case: TinyCase) -> None:
    """Legacy successes too."""
    case.given(
        signins=[
            row(), row("i2", 53000, "2026-03-02", user_principal_name=EVE, ip_address="198.51.100.7"),
            signin("i3", "2026-03-03", user_principal_name=EVE, ip_address="198.51.100.7"),
        ],
    )  # fmt: skip

    assert ["i1"] == [f.subject for f in case.ask(QUESTION, mailbox=BOB)]
    assert ["i2", "i3"] == [f.subject for f in case.ask(QUESTION, actor=EVE)]
    assert ["i1"] == [f.subject for f in case.ask(QUESTION, actor=ADDRESS)]
    assert ["i2"] == [f.subject for f in case.ask(QUESTION, time_from="2026-03-02T00:00", time_to="2026-03-03T00:00")]
