"""Exchange settings by ``InvokeCommand``: what decides whether access was possible and would have been recorded.

Protocol switches, mailbox auditing and its bypass, the organisation's and transport's switches, ingestion of the unified log, authentication policies and who has
which, inbox rules with the hidden ones, permissions. A record is one object as the cmdlet shows it, kept as the response's bytes.

Clock: none of their own; the moment of the snapshot by the service's clock stands in the folder's name.
Limits: a snapshot shows one moment. ``Get-InboxRule`` and the permissions are asked mailbox by mailbox; a mailbox that is gone or refuses is named as
    missing and ends nothing. Inbox rules are refused to Global Reader and View-Only Organization
    Management; the role Mail Recipients has the cmdlet, and much that writes, so a role made from it that has nothing else is asked for.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/get-casmailbox, …/get-mailbox, …/get-mailboxauditbypassassociation
    - https://learn.microsoft.com/powershell/module/exchange/get-adminauditlogconfig   (asked of Exchange Online: Security & Compliance always says False)
    - https://learn.microsoft.com/powershell/module/exchange/get-inboxrule   (IncludeHidden, roles)
    - https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets   (the SMTP switch is in no named set, so whole objects are asked for)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from mailwitness.collect.client import Refused
from mailwitness.collect.feed import Body, Feed, Missing, Needs, Unit
from mailwitness.collect.feeds._invoke_command import PERMISSION, gap_of, invoke, is_not_found
from mailwitness.collect.feeds._snapshots import ONCE, for_each_mailbox_once_a_day, once_a_day, one_of_many, part_named
from mailwitness.collect.session import Session

_READER = "Global Reader or Security Reader"
_RULES_ROLE = "a role of its own with Get-InboxRule alone, made in Exchange from Mail Recipients"
_ALL = {"ResultSize": "Unlimited"}
_KNOWN = "exchange mailboxes"

Commands = Sequence[tuple[str, Mapping[str, Any]]]


class _Mailbox(msgspec.Struct):
    address: str | None = msgspec.field(default=None, name="PrimarySmtpAddress")
    name: str | None = msgspec.field(default=None, name="UserPrincipalName")


_mailbox = msgspec.json.Decoder(_Mailbox)


def _snapshot(commands: Commands, unit: Unit, session: Session) -> Iterator[Body]:
    """What each of the cmdlets shows of the tenant, in one file."""
    part = part_named(commands[0][0], session)
    for cmdlet, parameters in commands:
        try:
            for reply in invoke(session, cmdlet, parameters):
                yield reply.body(len(reply.value.value), part=part)
        except Refused as refusal:
            raise gap_of(refusal, cmdlet, _READER) from None


def _of_mailboxes(
    cmdlet: str, name: str, parameters: Mapping[str, Any], role: str, unit: Unit, session: Session
) -> Iterator[Body | Missing]:
    """What a cmdlet shows of one mailbox after the other: the one that the unit is about, or all."""
    part = part_named(cmdlet, session)
    mailboxes = [unit.scope] if unit.scope else _mailboxes(session)
    for mailbox in mailboxes:
        try:
            for reply in invoke(session, cmdlet, {name: mailbox, **parameters}, mailbox=mailbox):
                yield one_of_many(reply, part)
        except Refused as refusal:
            if not is_not_found(refusal):
                raise gap_of(refusal, cmdlet, role) from None
            yield Missing(unit.window_from, unit.window_to, "mailbox_not_found", f"{cmdlet} of {mailbox}: {refusal}")


def _mailboxes(session: Session) -> list[str]:
    """The addresses of all mailboxes, asked for once in a run."""
    known = session.client.known.get(_KNOWN)
    if isinstance(known, list):
        return [str(address) for address in known]
    found: list[str] = []
    try:
        for reply in invoke(session, "Get-Mailbox", _ALL):
            for raw in reply.value.value:
                mailbox = _mailbox.decode(raw)
                address = mailbox.address or mailbox.name
                if address is not None:
                    found.append(address)
    except Refused as refusal:
        raise gap_of(refusal, "Get-Mailbox", _READER) from None
    session.client.known[_KNOWN] = found
    return found


def _feed(name: str, title: str, why: str, commands: Commands) -> Feed:
    return Feed(
        name=name,
        title=title,
        api="exchange",
        needs=Needs((PERMISSION,), why=why, role=_READER),
        fetch=partial(_snapshot, commands),
        retention=None,
        plan=once_a_day,
        generations=ONCE,
        states=False,
    )


def _mailbox_feed(
    name: str, title: str, why: str, cmdlet: str, parameter: str, more: Mapping[str, Any], role: str
) -> Feed:
    return Feed(
        name=name,
        title=title,
        api="exchange",
        needs=Needs((PERMISSION,), why=why, role=role),
        fetch=partial(_of_mailboxes, cmdlet, parameter, more, role),
        retention=None,
        plan=for_each_mailbox_once_a_day,
        generations=ONCE,
        states=False,
    )


FEEDS = (
    _feed(
        "cas_mailboxes",
        "protocol switches of mailboxes",
        "whether IMAP, POP and SMTP were open: a logged success where they were not obtained no mail",
        [("Get-CASMailbox", _ALL)],
    ),
    _feed(
        "mailboxes",
        "mailboxes and their auditing",
        "which actions of owner, delegate and administrator are recorded, forwarding, and the names that one mailbox has",
        [("Get-Mailbox", _ALL), ("Get-Mailbox", {"GroupMailbox": True, **_ALL})],
    ),
    _feed(
        "audit_bypass",
        "accounts whose acts are not audited",
        "an account with a bypass leaves no mailbox record anywhere",
        [("Get-MailboxAuditBypassAssociation", _ALL)],
    ),
    _feed(
        "organization_config",
        "the organisation's switches",
        "AuditDisabled switches mailbox auditing off for all",
        [("Get-OrganizationConfig", {})],
    ),
    _feed(
        "transport_config",
        "the transport's switches",
        "whether SMTP sign-in is open where a mailbox does not say",
        [("Get-TransportConfig", {})],
    ),
    _feed(
        "admin_audit_log_config",
        "ingestion of the unified audit log",
        "switched off, nothing of any service is recorded",
        [("Get-AdminAuditLogConfig", {})],
    ),
    _feed(
        "authentication_policies",
        "authentication policies and who has which",
        "whether basic authentication was blocked before it asked for a password",
        [("Get-AuthenticationPolicy", {})],
    ),
    _feed(
        "exchange_users", "the authentication policy of each user", "which policy holds for whom", [("Get-User", _ALL)]
    ),
    _feed(
        "recipient_permissions",
        "who may send as whom",
        "how mail is sent under another's name without access to the mailbox",
        [("Get-RecipientPermission", _ALL)],
    ),
    _mailbox_feed(
        "inbox_rules",
        "inbox rules, hidden ones too",
        "rules that forward, delete or hide mail, among them those that no client shows",
        "Get-InboxRule",
        "Mailbox",
        {"IncludeHidden": True},
        _RULES_ROLE,
    ),
    _mailbox_feed(
        "mailbox_permissions",
        "who may open whose mailbox",
        "delegates read mail with their own sign-ins",
        "Get-MailboxPermission",
        "Identity",
        {},
        _READER,
    ),
)
