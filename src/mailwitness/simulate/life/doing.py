"""What people do in their mailboxes beside reading: sending, drafts, deleting, rules, permissions; and files and Copilot beside mail."""

from __future__ import annotations

from json import dumps

from msgspec.structs import replace

from mailwitness.simulate.acts import Arrival, Cmdlet, Logon, MailboxAct, OtherAct
from mailwitness.simulate.life.drawn import between, guid, one_of
from mailwitness.simulate.life.instant import Instant
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.inbox_rules import change_by, setting_name
from mailwitness.simulate.tenant.mail import INBOX
from mailwitness.simulate.world import Mailbox, Message, Person

_TARGETS = {"MoveToDeletedItems": "\\Deleted Items", "Move": "\\Archive"}
_GROUPS = frozenset({"MoveToDeletedItems", "SoftDelete", "HardDelete"})
"""Acts that people do to several messages at once."""
_SEARCHED = ("invoice", "contract", "meeting", "travel", "budget")


class Doing:
    """One person's acts. ``shared``: mailboxes as which they may send."""

    def __init__(self, around: Surroundings, person: Person, own: Mailbox, shared: tuple[Mailbox, ...]) -> None:
        self._around, self._person, self._own, self._shared = around, person, own, shared
        self._shelf = around.shelf(own.guid)

    def send(self, now: Instant, message: Message) -> None:
        """Send the message that comes to lie in \\Sent Items, at times as a mailbox that the person shares."""
        around = self._around
        here = around.recipients.get(message.internet_message_id)
        recipients = tuple(here) if here else (self._correspondent(now),)
        if self._shared and now.draw.random() < around.rates.send_as:
            mailbox = one_of(now.draw, self._shared)
            details = (("SendAsUserSmtp", mailbox.upn), ("SendAsUserMailboxGuid", mailbox.guid))
            self._record(now, mailbox, "SendAs", "delegate", (message,), recipients=recipients, details=details)
        else:
            self._record(now, self._own, "Send", "owner", (message,), recipients=recipients)
        if not here:
            around.acts.append(
                Arrival(
                    at=now.at,
                    key=guid(now.draw),
                    message=message,
                    recipient=recipients[0],
                    from_ip=around.sender_ip(message.sender),
                )
            )

    def draft(self, now: Instant, message: Message) -> None:
        """Write what will be sent some minutes later: the draft is made, and saved again."""
        draft = (replace(message, folder="\\Drafts"),)
        self._record(now, self._own, "Create", "owner", draft, folder="\\Drafts")
        later = now.later(20_000, 30_000)
        if later is not None:
            self._record(later, self._own, "Update", "owner", draft, folder="\\Drafts")

    def act(self, now: Instant, what: str) -> None:
        """One of the acts that audit logs know, by the name of its operation."""
        if what == "SearchQueryInitiatedExchange":
            if self._around.audited(self._own.guid, "SearchQueryInitiated", now.at):
                self._record(now, self._own, what, "owner", details=(("QueryText", one_of(now.draw, _SEARCHED)),))
        elif what == "MailboxLogin":
            if self._around.audited(self._own.guid, what, now.at):
                self._record(now, self._own, what, "owner")
        elif what == "New-InboxRule":
            self._rule(now)
        elif what == "UpdateInboxRules":
            if now.wallet.client.kind == "outlook_desktop":
                name = one_of(now.draw, self._around.rates.rule_names)
                rule = {"RuleOperation": "AddMailboxRule", "RuleName": name, "RuleState": "Enabled"}
                details = tuple((f"OperationProperties.{key}", value) for key, value in rule.items())
                moved = dumps({"Enabled": True, "From": [self._correspondent(now)], "MoveToFolder": f"Inbox\\{name}"})
                changes = ((self._own.guid, setting_name(name), moved),)
                self._record(now, self._own, what, "owner", folder=INBOX, details=details, changes=changes)
        elif what == "ModifyFolderPermissions":
            self._share_calendar(now)
        elif what == "FileAccessed":
            self._file(now)
        elif what == "CopilotInteraction":
            if self._person.plan == "e5":
                event = {"AppHost": "Outlook", "ThreadId": f"19:{guid(now.draw)}@thread.v2", "AccessedResources": []}
                self._beside_mail(now, 261, what, "Copilot", "", (("CopilotEventData", dumps(event)),))
        else:
            self._on_messages(now, what)

    def _on_messages(self, now: Instant, what: str) -> None:
        lying = tuple(self._shelf.all(now.at, 30, INBOX))
        if not lying:
            return
        many = between(now.draw, (1, 3)) if what in _GROUPS else 1
        chosen = {message.item_id: message for message in (one_of(now.draw, lying) for _ in range(many))}
        messages = tuple(chosen.values())
        self._record(now, self._own, what, "owner", messages, folder=INBOX, target=_TARGETS.get(what, ""))
        if what != "Update":
            self._shelf.remove(messages, now.at)

    def _share_calendar(self, now: Instant) -> None:
        colleague = one_of(now.draw, self._around.people)
        name = f"LgAAAAB{self._around.tenant.chance.bits('calendar', self._own.guid).hex().upper()}AAAB"
        parent = {
            "Id": name,
            "MemberRights": "ReadAny, Visible, FreeBusySimple, FreeBusyDetailed",
            "MemberSid": colleague.sid,
            "MemberUpn": colleague.upn,
            "Name": "Calendar",
            "Path": "\\Calendar",
        }
        details = (("Item", dumps({"Id": name, "ParentFolder": parent})),)
        self._record(now, self._own, "ModifyFolderPermissions", "owner", folder="\\Calendar", details=details)

    def _rule(self, now: Instant) -> None:
        name = one_of(now.draw, self._around.rates.rule_names)
        target = f"{self._person.upn}\\{name}"
        parameters = (
            ("Name", name),
            ("From", self._correspondent(now)),
            ("MoveToFolder", f"Inbox\\{name}"),
            ("StopProcessingRules", "False"),
        )
        self._around.acts.append(
            Cmdlet(
                at=now.at,
                key=guid(now.draw),
                operation="New-InboxRule",
                target=target,
                parameters=parameters,
                actor=self._person.number,
                place=now.place,
                session_id=now.wallet.session.session_id,
                app=now.wallet.client.app,
                changes=(change_by(self._around.tenant, "New-InboxRule", target, parameters, ""),),
            )
        )

    def _correspondent(self, now: Instant) -> str:
        """Someone outside who wrote to the person."""
        for _ in range(4):
            message = self._shelf.old(now.draw, now.at)
            if message is not None and not message.sender.endswith("@" + self._around.tenant.domain):
                return message.sender
        return "office@fabrikam.example"

    def _file(self, now: Instant) -> None:
        tenant = self._around.tenant
        site = f"https://{tenant.name.lower()}.sharepoint.test/sites/department{self._around.department}/"
        file = f"Report-{between(now.draw, (1, 400))}.docx"
        details = (
            ("SiteUrl", site),
            ("SourceFileName", file),
            ("SourceFileExtension", "docx"),
            ("SourceRelativeUrl", "Shared Documents"),
            ("UserAgent", now.wallet.session.device.user_agent),
            ("ItemType", "File"),
        )
        self._beside_mail(now, 6, "FileAccessed", "SharePoint", f"{site}Shared Documents/{file}", details)

    def _beside_mail(
        self, now: Instant, type_: int, what: str, workload: str, target: str, details: tuple[tuple[str, str], ...]
    ) -> None:
        self._around.acts.append(
            OtherAct(
                at=now.at,
                key=guid(now.draw),
                record_type=type_,
                operation=what,
                workload=workload,
                actor=self._person.number,
                place=now.place,
                target=target,
                details=details,
            )
        )

    def _record(
        self,
        now: Instant,
        mailbox: Mailbox,
        operation: str,
        logon: Logon,
        messages: tuple[Message, ...] = (),
        *,
        folder: str = "",
        target: str = "",
        recipients: tuple[str, ...] = (),
        details: tuple[tuple[str, str], ...] = (),
        changes: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        self._around.acts.append(
            MailboxAct(
                at=now.at,
                key=guid(now.draw),
                mailbox=mailbox.guid,
                operation=operation,
                logon=logon,
                client=now.wallet.client,
                place=now.place,
                actor=self._person.number,
                app=now.wallet.client.app,
                messages=messages,
                folder=folder,
                target_folder=target,
                session_id=now.wallet.session.session_id,
                token=now.token(),
                recipients=recipients,
                details=details,
                changes=changes,
            )
        )
