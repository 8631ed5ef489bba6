"""G8: every row of the published condition that its time allows, and truth that follows the settings of each moment."""

from __future__ import annotations

from datetime import date

import pytest

from mailwitness.simulate.acts import MailboxAct, SignIn
from tests.simulate.staging.conftest import Played, play

OLD, NEW = date(2022, 5, 2), date(2026, 3, 2)


def attempts(played: Played, step: str) -> list[tuple[int, str, bool]]:
    """(error code, client, whether mail was obtained) of each row of a step."""
    found = []
    for act in played.of("G8", step):
        if isinstance(act, SignIn):
            ids = {act.request_id}
            obtained = any(
                access.signin_id in ids or (access.token is not None and access.token.request_id in ids)
                for access in played.accesses("G8")
            )
            found.append((act.error_code, act.client.client_app_used, obtained))
    return found


MODERN = "Mobile Apps and Desktop clients"


@pytest.mark.parametrize(
    ("start", "step", "rows"),
    [
        (OLD, "row_1_blocked_imap", [(53003, "IMAP4", False)]),
        (OLD, "row_2_forbidden", []),
        (OLD, "row_3_open", [(0, "IMAP4", True)]),
        (OLD, "row_4_false_success", [(0, "IMAP4", False)] * 5),
        (OLD, "row_5_shut", []),
        (OLD, "row_6_token_closed", [(0, MODERN, False)] * 5),
        (OLD, "row_7_token_open", [(0, MODERN, True)]),
        (OLD, "row_8_smtp", [(0, "Authenticated SMTP", False)]),
        (NEW, "row_1_blocked_smtp", [(53003, "Authenticated SMTP", False)]),
        (NEW, "row_6_token_closed", [(0, MODERN, False)] * 5),
        (NEW, "row_7_token_open", [(0, MODERN, True)]),
        (NEW, "row_8_smtp", [(0, "Authenticated SMTP", False)]),
        (OLD, "history_1_on_password", [(0, "IMAP4", True)]),
        (OLD, "history_2_off_password", [(0, "IMAP4", False)]),
        (OLD, "history_3_on_password", [(0, "IMAP4", True)]),
        (NEW, "history_1_on_token", [(0, MODERN, True)]),
        (NEW, "history_2_off_token", [(0, MODERN, False)]),
        (NEW, "history_3_on_token", [(0, MODERN, True)]),
    ],
)
def test_each_row_of_the_matrix_is_there(start: date, step: str, rows: list[tuple[int, str, bool]]) -> None:
    """The sign-in row and whether mail followed, for each row that the time allows."""
    assert rows == attempts(play("G8", start=start), step)


@pytest.mark.parametrize("start", [OLD, NEW])
def test_passwords_over_imap_end_with_2022(start: date) -> None:
    """A tenant of a later time has no success with a password over IMAP or POP."""
    labels = {act.client.client_app_used for act in play("G8", start=start).sign_ins("G8")}

    assert (start == OLD) == ("IMAP4" in labels)


@pytest.mark.parametrize("start", [OLD, NEW])
def test_truth_follows_the_settings_of_the_moment(start: date) -> None:
    """By overrides and changes alone: mail followed a success over IMAP if, and only if, IMAP was on in that mailbox at that moment."""
    played = play("G8", start=start)
    by_signin = {access.signin_id or (access.token and access.token.request_id) for access in played.accesses("G8")}
    judged = set()
    for act in played.sign_ins("G8"):
        if act.error_code != 0 or act.client.kind != "imap":
            continue
        assert act.person is not None
        mailbox = played.tenant.mailbox_of(act.person)
        assert mailbox is not None
        switched_on = played.timeline.value(mailbox.guid, "ImapEnabled", act.at) == "True"
        assert switched_on == (act.request_id in by_signin)
        if act.client.basic_auth and not switched_on:
            assert "False" == played.timeline.value(mailbox.guid, "SmtpClientAuthenticationDisabled", act.at)
        judged.add(switched_on)

    assert {True, False} == judged


def test_the_policy_is_on_for_the_blocked_attempt_only() -> None:
    """Before and after it the policy against legacy clients is off, and rows of successes say notEnabled."""
    played = play("G8")
    (legacy,) = [policy for policy in played.tenant.policies if policy.key == "legacy"]

    states = [one.value for one in played.timeline.intervals(legacy.id, "state")]

    assert ["disabled", "enabled", "disabled"] == states
    for act in played.sign_ins("G8"):
        results = {name: result for name, result, _ in act.policies or ()}
        if act.error_code == 53003:
            assert "failure" == results[legacy.name]
        elif act.error_code == 0:
            assert "notEnabled" == results[legacy.name]


def test_an_open_mailbox_is_logged_in_to() -> None:
    """Where mail followed, the protocol opened the mailbox (MailboxLogin); where not, it did not."""
    played = play("G8")
    logins = {act.mailbox for act in played.of("G8") if isinstance(act, MailboxAct) and act.operation == "MailboxLogin"}

    assert {access.mailbox for access in played.accesses("G8")} == logins


def test_the_number_of_false_successes_is_a_parameter() -> None:
    """G8:users=2 gives two."""
    assert [(0, MODERN, False)] * 2 == attempts(play("G8:users=2"), "row_6_token_closed")
