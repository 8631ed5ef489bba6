"""legacy_advice: what closes a protocol, and what that would have stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mailwitness.analyses import GIVEN
from mailwitness.analyses.runner import prepare
from mailwitness.knowledge.facts import rows_of
from tests.analyses.accuracy.rows import signin
from tests.analyses.conftest import TinyCase
from tests.analyses.exposure.rows import BOB, EVE


def advice(case: TinyCase, mailbox: str | None = None) -> list[dict[str, Any]]:
    prepare(case.connection, ["accuracy"], mailbox)
    return case.rows("SELECT * FROM legacy_advice ORDER BY scope, mailbox, protocol")


def test_the_list_of_protocols_has_its_form() -> None:
    """A protocol that reads mail has a client; labels are lower case and spelled once."""
    protocols = rows_of("legacy_protocols.csv")

    assert [c.name for c in GIVEN["legacy_protocols"].columns] == list(protocols[0])
    assert len({p["label"] for p in protocols}) == len(protocols)
    assert all(p["label"] == p["label"].lower() and (p["reads_mail"] == "true") == bool(p["client"]) for p in protocols)


def test_what_it_would_have_stopped_is_counted_once_for_each_sign_in(case: TinyCase) -> None:
    """Per mailbox and for the tenant: successes, failures, users, addresses, first and last."""
    case.given(
        signins=[
            signin("i1", "2026-03-01"),
            signin("i1b", "2026-03-01", id="I1"),
            signin("i2", "2026-03-02", error_code=50126, ip_address="198.51.100.1"),
            signin("i3", "2026-03-03", error_code=None),
            signin("i4", "2026-03-04", user_principal_name=EVE),
            signin("i5", "2026-03-05", client_app_used="Browser", authentication_protocol="oAuth2"),
        ]
    )
    names = ("scope", "mailbox", "protocol", "successes", "failures", "users", "addresses", "time_from", "time_to")

    assert [
        ("mailbox", BOB, "IMAP", 1, 1, 1, 2, datetime(2026, 3, 1), datetime(2026, 3, 3)),
        ("mailbox", EVE, "IMAP", 1, 0, 1, 1, datetime(2026, 3, 4), datetime(2026, 3, 4)),
        ("tenant", None, "IMAP", 2, 1, 2, 2, datetime(2026, 3, 1), datetime(2026, 3, 4)),
    ] == [tuple(row[name] for name in names) for row in advice(case)]
    assert [BOB, None] == [row["mailbox"] for row in advice(case, BOB)]


@pytest.mark.parametrize(
    ("label", "of_mailbox", "of_tenant", "policy"),
    [
        (
            "IMAP4",
            "-ImapEnabled $false",
            "Get-CASMailbox -ResultSize Unlimited | Set-CASMailbox -ImapEnabled $false",
            "AllowBasicAuthImap",
        ),
        (
            "SMTP",
            "-SmtpClientAuthenticationDisabled $true",
            "Set-TransportConfig -SmtpClientAuthenticationDisabled $true",
            "AllowBasicAuthSmtp",
        ),
        ("AutoDiscover", None, None, "AllowBasicAuthAutodiscover"),
        ("Other clients", None, None, None),
    ],
)
def test_each_protocol_has_the_commands_that_close_it(
    case: TinyCase, label: str, of_mailbox: str | None, of_tenant: str | None, policy: str | None
) -> None:
    """Of one mailbox, of all, and the policies."""
    case.given(signins=[signin(client_app_used=label)])
    mailbox, tenant = advice(case)

    assert (of_mailbox and f"Set-CASMailbox -Identity '{BOB}' {of_mailbox}") == mailbox["exchange_command"]
    assert of_tenant == tenant["exchange_command"]
    assert (policy and f"Set-User -Identity '{BOB}' -AuthenticationPolicy 'Block basic authentication'") == mailbox[
        "policy_command"
    ]
    assert (policy is None) == (tenant["policy_command"] is None) and (policy or "") in (tenant["policy_command"] or "")
    assert mailbox["conditional_access"].startswith("Conditional Access: block all users")


def test_a_password_grant_is_answered_by_a_second_factor(case: TinyCase) -> None:
    """The block of legacy clients does not name it."""
    case.given(signins=[signin(client_app_used=None)])

    assert ["Conditional Access: require"] * 2 == [row["conditional_access"][:27] for row in advice(case)]


def test_a_user_name_never_leaves_its_quotes(case: TinyCase) -> None:
    """PowerShell takes five characters for a single quote; each is doubled."""
    case.given(signins=[signin(user_principal_name="a'; Remove-Mailbox b’ ‘c‚d‛")])

    assert (
        "Set-CASMailbox -Identity 'a''; remove-mailbox b’’ ‘‘c‚‚d‛‛' -ImapEnabled $false"
        == advice(case)[0]["exchange_command"]
    )
