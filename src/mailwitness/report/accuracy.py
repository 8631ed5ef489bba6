"""Accuracy: what logged successes of old protocols came to, whose first factor was proved right, and what closes the door.

Reads the findings of accuracy and the view ``legacy_advice`` (what closes each protocol, and which sign-ins it would have met); nothing is judged here.
Conditional Access asks after the first factor: it stops what a right password would get, and not the guessing of passwords. An authentication
policy of Exchange Online refuses before a password is looked at.

Sources:
    - https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication
    - https://learn.microsoft.com/entra/identity/conditional-access/overview   (enforced after first-factor authentication)
    - https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/disable-basic-authentication-in-exchange-online
    - https://learn.microsoft.com/graph/api/conditionalaccessroot-post-policies
    - https://learn.microsoft.com/powershell/module/exchangepowershell/new-authenticationpolicy
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb

from mailwitness.report.listing import Question, columns
from mailwitness.report.next_steps import Step
from mailwitness.report.text import counted, time_text

OBTAINED = "this logged success obtained mail"
FACTOR = "the first factor of this sign-in was right"

PROTOCOLS = Question(
    "legacy_protocols_used",
    "Logged successes of old protocols",
    "One row is one protocol without modern authentication: what its logged successes came to.",
    columns("""
what          text  Logged as
supported     int   Obtained mail
contradicted  int   Did not
undecidable   int   Not decided
users         int   Users
first         time  First
last          time  Last
"""),
    f"""
    SELECT title AS what, count(*) FILTER (WHERE verdict = 'supported') AS supported,
           count(*) FILTER (WHERE verdict = 'contradicted') AS contradicted,
           count(*) FILTER (WHERE verdict = 'undecidable') AS undecidable, count(DISTINCT actor) AS users,
           min(time_from) AS first, max(time_to) AS last
    FROM findings WHERE claim = '{OBTAINED}' GROUP BY title""",
    "supported DESC, undecidable DESC, contradicted DESC, what",
    "No sign-in of a protocol without modern authentication succeeded in this evidence.",
)

_FINDINGS = """
    SELECT f.finding_id, f.verdict, f.title, f.subject, f.mailbox, f.time_from, f.time_to, f.would_decide,
           (SELECT list_sort(list(DISTINCT r.sentence)) FROM reasons AS r WHERE r.finding_id = f.finding_id) AS reasons
    FROM findings AS f WHERE f.claim = '{claim}'"""

_FINDING_COLUMNS = columns("""
verdict       text  Verdict
title         text  What
mailbox       text  User
time_from     time  From
time_to       time  To
reasons       list  Why
would_decide  text  What would decide it
subject       code  Sign-in
finding_id    code  Finding
""")

_FINDING_ORDER = (
    "CASE verdict WHEN 'supported' THEN 0 WHEN 'undecidable' THEN 1 ELSE 2 END, time_from NULLS LAST, finding_id"
)

SUCCESSES = Question(
    "legacy_successes_judged",
    "Did this logged success obtain mail?",
    "One row is one sign-in that a client without modern authentication is logged to have made. Whatever the verdict, its password was right.",
    _FINDING_COLUMNS,
    _FINDINGS.format(claim=OBTAINED),
    _FINDING_ORDER,
    "No sign-in of a protocol without modern authentication succeeded in this evidence.",
)

FACTORS = Question(
    "first_factors",
    "Whose first factor was right?",
    "One row is the sign-ins of one user from one address with one result: whether they prove that the password, or what stood for it, was right.",
    _FINDING_COLUMNS,
    _FINDINGS.format(claim=FACTOR),
    _FINDING_ORDER,
    "No sign-in of this evidence proves or hides a first factor.",
)

ADVICE = Question(
    "legacy_advice",
    "What closes it, mailbox by mailbox",
    "One row is one mailbox and one protocol: the commands that close it, and which sign-ins of this case it would have met. Whoever still uses it is stopped too.",
    columns("""
mailbox           text  Mailbox
protocol          text  Protocol
successes         int   Succeeded
failures          int   Failed
addresses         int   Addresses
time_from         time  First
time_to           time  Last
exchange_command  code  Switch of the mailbox
policy_command    code  Authentication policy
"""),
    "SELECT * FROM legacy_advice WHERE scope = 'mailbox'",
    "successes DESC, failures DESC, mailbox NULLS LAST, protocol",
    "No sign-in of a protocol without modern authentication is in this evidence.",
)

_PASSWORD_GRANT = "Password grant (ROPC)"

BLOCKING = "Block clients without modern authentication"

_POLICY = (
    "New-MgIdentityConditionalAccessPolicy -BodyParameter @{{displayName = '{name}'; state = 'enabledForReportingButNotEnforced'; "
    "conditions = @{{clientAppTypes = @({clients}); applications = @{{includeApplications = @('All')}}; "
    "users = @{{includeUsers = @('All'); excludeUsers = @('<object id of an emergency account>')}}}}; "
    "grantControls = @{{operator = 'OR'; builtInControls = @('{control}')}}}}"
)


_OLD_CLIENTS = "'exchangeActiveSync', 'other'"

BLOCKING_POLICY = _POLICY.format(name=BLOCKING, clients=_OLD_CLIENTS, control="block")
"""The command that makes the Conditional Access policy, in report-only mode."""


def closing_steps(connection: duckdb.DuckDBPyConnection) -> tuple[Step, ...]:
    """What closes the door for the whole tenant, with what each would have met in this case. Empty where no such sign-in is here."""
    rows = connection.execute(
        """SELECT protocol, successes, failures, users, addresses, time_from, time_to, exchange_command, policy_command
        FROM legacy_advice WHERE scope = 'tenant' ORDER BY protocol"""
    ).fetchall()
    return tuple(_policies(connection, [row[0] for row in rows])) + tuple(_switches(rows))


def _policies(connection: duckdb.DuckDBPyConnection, protocols: list[str]) -> Iterator[Step]:
    for code, is_grant, name, clients, control in (
        ("block_legacy", False, BLOCKING, _OLD_CLIENTS, "block"),
        ("require_mfa", True, "Require multifactor authentication", "'all'", "mfa"),
    ):  # fmt: skip
        if not any((protocol == _PASSWORD_GRANT) == is_grant for protocol in protocols):
            continue
        ((successes, failures, users),) = connection.execute(
            """SELECT coalesce(sum(successes) FILTER (WHERE scope = 'tenant'), 0)::BIGINT,
                   coalesce(sum(failures) FILTER (WHERE scope = 'tenant'), 0)::BIGINT, count(DISTINCT mailbox)
            FROM legacy_advice WHERE (protocol = $grant) = $is_grant""",
            {"grant": _PASSWORD_GRANT, "is_grant": is_grant},
        ).fetchall()
        yield Step(
            code,
            f"{name}, for all users and all resources.",
            f"Without exclusions it would have stopped {successes:,} that succeeded of the sign-ins of {counted(users, 'user')} in this case. "
            f"{failures:,} had failed already: it asks only after the password, so it stops no guessing.",
            "Microsoft Graph PowerShell. It begins in report-only mode: read what it would stop, exclude emergency accounts, "
            "then Update-MgIdentityConditionalAccessPolicy -ConditionalAccessPolicyId <id> -State enabled",
            _POLICY.format(name=name, clients=clients, control=control),
        )


def _switches(rows: list[tuple[object, ...]]) -> Iterator[Step]:
    for protocol, successes, failures, users, addresses, first, last, switch, policy in rows:
        commands = "; ".join(str(command) for command in (switch, policy) if command)
        if commands:
            yield Step(
                "close_protocol",
                f"{protocol}: closed for every mailbox.",
                f"In this case it would have met {counted(int(str(successes)), 'sign-in')} that succeeded and {int(str(failures)):,} that "
                f"failed, of {counted(int(str(users)), 'user')} from {counted(int(str(addresses)), 'address', 'addresses')}"
                f"{_between(first, last)}. A switch closes the mailbox; an authentication policy refuses before the password is looked at.",
                "Exchange Online PowerShell; whoever still uses the protocol is stopped",
                commands,
            )


def _between(first: object, last: object) -> str:
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return ""
    return f", between {time_text(first)} and {time_text(last)}"
