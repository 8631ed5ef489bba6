"""Whether Exchange records an act on a mailbox: licence, roll-out, audit sets, bypass, switches, the kind of mailbox.

The first rule that applies gives the reason, in this order: outage, ingestion_off, auditing_off, never_audited_mailbox_kind, bypassed,
not_licensed, not_in_audit_set. Whether a record that the rules allow is made is then a matter of merging, suppression and throttling.

Decided one way, because no public source settles it (assumptions):
    - Audit (Standard) brings MailItemsAccessed to E3 and Business plans alike from the tenant's day in mid-2024; a frontline plan and a
      mailbox without a plan never get it. Send and AttachmentAccess go the same way.
    - A mailbox without a licence of its own is recorded for a delegate whose own mailbox is licensed, and for nobody else.
    - A licensed mailbox is recorded whoever accesses it; the accessing person's licence does not matter.
    - Applications and background services show LogonType Owner in public records, so the owner's audit set rules them.
    - Without Audit (Premium) no mailbox record reached the unified log until the end of 2023, and no tenant had worked around that.
    - A service plan switched on is obeyed within 24 hours, one switched off at once; ingestion is switched within 60 minutes both ways;
      all other switches at once. How long exactly is drawn for each change.
    - A group mailbox's fixed set is recorded whatever its licence; a room's acts never are.
    - Add-, Modify- and RemoveFolderPermissions belong to UpdateFolderPermissions, AttachmentAccess to MailItemsAccessed where Microsoft
      manages the set; in a set of one's own each stands for itself.
    - AuditEnabled of one mailbox changes nothing while auditing is on for the organisation.

Sources:
    - https://learn.microsoft.com/purview/audit-mailboxes (sets, kinds of mailbox, organisation switch, AuditEnabled)
    - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
    - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from mailwitness.simulate.acts import Logon
from mailwitness.simulate.service.declared import dates
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.unified_rules import UnifiedRules, within
from mailwitness.simulate.tenant.settings import ADVANCED_AUDITING, AUDIT_PLATFORM, DEFAULT_ACTIONS, GROUP_ACTIONS
from mailwitness.simulate.tenant.timeline import FOREVER
from mailwitness.simulate.world import Mailbox

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

LICENSED_ACTIONS = frozenset({"MailItemsAccessed", "AttachmentAccess", "Send", "SearchQueryInitiated"})
"""What only a licensed mailbox's log has; all else is recorded with every plan."""

_KIND: Mapping[Logon, str] = {
    "owner": "Owner",
    "delegate": "Delegate",
    "admin": "Admin",
    "application": "Owner",
    "service": "Owner",
}
_SUBSUMED = {
    "AddFolderPermissions": "UpdateFolderPermissions",
    "ModifyFolderPermissions": "UpdateFolderPermissions",
    "RemoveFolderPermissions": "UpdateFolderPermissions",
    "AttachmentAccess": "MailItemsAccessed",
}


class Segment(msgspec.Struct, frozen=True, gc=False):
    """What holds for one mailbox in [valid_from, valid_to).

    ``nothing``: why nothing is recorded at all, None if something is. ``licensed``: the mailbox's own licence brings mail accesses.
    ``forwarded``: records reach the unified log. ``sets``: logon kind (Owner, Delegate, Admin) → audited actions.
    """

    valid_from: int
    valid_to: int
    nothing: Reason | None
    licensed: bool
    forwarded: bool
    sets: Mapping[str, frozenset[str]]

    def audits(self, action: str, logon: Logon) -> bool:
        """True if the audit set of that logon holds the action."""
        return action in self.sets[_KIND[logon]]


class MailboxRules:
    """The rules of every mailbox of a tenant over time. Mailboxes are compiled when they are first asked for."""

    def __init__(self, tenant: Tenant, timeline: Timeline, unified: UnifiedRules) -> None:
        self._tenant, self._timeline, self._unified = tenant, timeline, unified
        self._roll_out = dates("roll_out")
        self._segments: dict[str, tuple[Segment, ...]] = {}
        self._last: dict[str, Segment] = {}
        self._bypassed: dict[int, tuple[tuple[int, int], ...]] = {}
        for person in tenant.people:
            held = tuple(
                (one.valid_from, one.valid_to)
                for one in timeline.intervals(person.object_id, "AuditBypassEnabled")
                if one.value == "True"
            )
            if held:
                self._bypassed[person.number] = held
        first, last = self._roll_out["standard_first"], self._roll_out["standard_last"]
        day = tenant.chance.share("roll-out of mail accesses for Audit (Standard)")
        self.standard_from = first + int((last - first) * day)

    def refusal(self, mailbox: Mailbox, action: str, logon: Logon, actor: int | None, at: int) -> Reason | None:
        """Why the act is not recorded; None if it is. ``action`` is a name of the audit sets."""
        segment = self.segment(mailbox, at)
        if segment.nothing is not None:
            return segment.nothing
        if self._bypassed and actor is not None and self.bypassed(actor, at):
            return "bypassed"
        if mailbox.kind == "GroupMailbox":
            return None if segment.audits(action, logon) else "never_audited_mailbox_kind"
        if not segment.forwarded:
            return "not_licensed"
        if action in LICENSED_ACTIONS and not segment.licensed and not self._lent(mailbox, logon, actor, at):
            return "not_licensed"
        return None if segment.audits(action, logon) else "not_in_audit_set"

    def segment(self, mailbox: Mailbox, at: int) -> Segment:
        """What holds for the mailbox at that moment."""
        last = self._last.get(mailbox.guid)
        if last is not None and last.valid_from <= at < last.valid_to:
            return last
        found = next(one for one in self.segments(mailbox) if one.valid_from <= at < one.valid_to)
        self._last[mailbox.guid] = found
        return found

    def segments(self, mailbox: Mailbox) -> tuple[Segment, ...]:
        """All that ever holds for the mailbox, without gaps."""
        known = self._segments.get(mailbox.guid)
        if known is None:
            known = self._segments[mailbox.guid] = tuple(self._compiled(mailbox))
        return known

    def bypassed(self, actor: int, at: int) -> bool:
        """True if nothing that this person does in any mailbox is recorded at that moment."""
        return any(begin <= at < end for begin, end in self._bypassed.get(actor, ()))

    def bypasses(self) -> Mapping[int, tuple[tuple[int, int], ...]]:
        """Person's number → intervals in which nothing of them is recorded."""
        return self._bypassed

    def bring_own_licence(self, mailbox: Mailbox) -> bool:
        """True if a delegate's licence stands in for the mailbox's."""
        return mailbox.plan == "none"

    def _lent(self, mailbox: Mailbox, logon: Logon, actor: int | None, at: int) -> bool:
        if logon != "delegate" or actor is None or not self.bring_own_licence(mailbox):
            return False
        own = self._tenant.mailbox_of(actor)
        return own is not None and self.segment(own, at).licensed

    def _compiled(self, mailbox: Mailbox) -> Iterator[Segment]:
        auditing_off = tuple(
            (one.valid_from, one.valid_to)
            for one in self._timeline.intervals("", "AuditDisabled")
            if one.value == "True"
        )
        licensed = tuple(self._licensed(mailbox))
        premium = tuple((begin, end) for begin, end, plan in self._plans(mailbox) if plan == ADVANCED_AUDITING)
        names = ("DefaultAuditSet", "AuditOwner", "AuditDelegate", "AuditAdmin")
        held = [self._timeline.intervals(mailbox.guid, name) for name in names]
        cuts = {0, FOREVER, self._roll_out["standard_forwarded"]}
        for intervals in (auditing_off, licensed, premium, self._unified.outages, self._unified.ingestion_off):
            cuts.update(moment for interval in intervals for moment in interval)
        cuts.update(one.valid_from for settings in held for one in settings)
        moments = sorted(cuts)
        for begin, end in pairwise(moments):
            nothing: Reason | None = self._unified.refusal(begin)
            if nothing is None and within(auditing_off, begin):
                nothing = "auditing_off"
            elif nothing is None and mailbox.kind == "RoomMailbox":
                nothing = "never_audited_mailbox_kind"
            forwarded = begin >= self._roll_out["standard_forwarded"] or within(premium, begin)
            sets = self._sets(mailbox, begin)
            yield Segment(begin, end, nothing, within(licensed, begin), forwarded, sets)

    def _sets(self, mailbox: Mailbox, at: int) -> Mapping[str, frozenset[str]]:
        if mailbox.kind == "GroupMailbox":
            return {kind: frozenset(actions) for kind, actions in GROUP_ACTIONS.items()}
        managed = self._timeline.value(mailbox.guid, "DefaultAuditSet", at).split(", ")
        sets: dict[str, frozenset[str]] = {}
        for kind, actions in DEFAULT_ACTIONS.items():
            if kind in managed:
                also = [action for action, whole in _SUBSUMED.items() if whole in actions]
                sets[kind] = frozenset((*actions, *also))
            else:
                own = self._timeline.value(mailbox.guid, f"Audit{kind}", at).split(", ")
                more = [a for a, whole in _SUBSUMED.items() if a.endswith("FolderPermissions") and whole in own]
                sets[kind] = frozenset((*own, *more))
        return sets

    def _licensed(self, mailbox: Mailbox) -> Iterator[tuple[int, int]]:
        for begin, end, plan in self._plans(mailbox):
            since = self._roll_out["premium"] if plan == ADVANCED_AUDITING else self.standard_from
            if plan and max(begin, since) < end:
                yield max(begin, since), end

    def _plans(self, mailbox: Mailbox) -> Iterator[tuple[int, int, str]]:
        """(from, to, plan) as Exchange obeys it: '' for none. Switched on, a plan works up to a day later."""
        for held in self._timeline.intervals(mailbox.guid, "ServicePlan"):
            plan = held.value if held.value in (ADVANCED_AUDITING, AUDIT_PLATFORM) else ""
            begin = held.valid_from
            if plan and begin > 0:
                share = self._tenant.chance.share("licence delay", mailbox.guid, begin)
                begin += int(self._roll_out["licence_delay_ms"] * share)
            if begin < held.valid_to:
                yield begin, held.valid_to, plan
