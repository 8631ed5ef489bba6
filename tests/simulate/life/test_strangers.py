"""Passwords tried from the internet: how many, over what, and that none is right."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.life.declared import rates
from mailwitness.simulate.options import Options
from tests.simulate.life.conftest import Lived, live

LEGACY = {"IMAP4", "POP3"}


def tries(lived: Lived) -> list[SignIn]:
    """Sign-ins of people that belong to no session of theirs and got nothing."""
    return [
        act
        for act in lived.sign_ins.values()
        if act.principal is None and act.session_id is None and act.token is None and act.error_code
    ]


@pytest.fixture(scope="module")
def before_2023() -> Lived:
    return live(Options(mailboxes=50, days=4, start=date(2022, 5, 2), seed=2))


def test_tries_come_at_the_stated_rate_and_none_is_right(lived: Lived) -> None:
    """Per account and day, less those that Exchange refuses by itself; from addresses that nobody of the tenant has."""
    found, known = tries(lived), rates().strangers
    days = len(lived.tenant.people) * lived.tenant.options.days
    asked = 1 - known.clients["imap_basic"] - known.clients["pop_basic"]

    assert known.tries * asked == pytest.approx(len(found) / days, rel=0.2)
    assert {50126, 50053, 50034} == {act.error_code for act in found}
    assert {False} == {act.first_factor for act in found}
    assert {"hosting", "residential"} == {act.place.kind for act in found}


def test_an_unknown_account_is_nobody_of_the_tenant(lived: Lived) -> None:
    """50034 has no person, every other code has one."""
    assert {True} == {(act.person is None) == (act.error_code == 50034) for act in tries(lived)}


def test_imap_and_pop_are_tried_until_exchange_took_no_passwords_there(lived: Lived, before_2023: Lived) -> None:
    """SMTP AUTH is tried at all times."""
    then, now = (Counter(act.client.client_app_used for act in tries(one)) for one in (before_2023, lived))

    assert {*LEGACY, "Authenticated SMTP", "Browser"} == set(then)
    assert {"Authenticated SMTP", "Browser"} == set(now)


def test_an_authentication_policy_refuses_before_anyone_is_asked() -> None:
    """Then only browsers are left."""
    options = Options(mailboxes=20, days=4, seed=5)
    policy = "Block basic: AllowBasicAuthImap False, AllowBasicAuthPop False, AllowBasicAuthSmtp False"
    blocked = live(options, (("", "DefaultAuthenticationPolicy", policy),))

    assert {"Browser"} == {act.client.client_app_used for act in tries(blocked)}
