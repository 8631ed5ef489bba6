"""Records that mail was obtained: MailItemsAccessed (Bind and Sync) and AttachmentAccess.

A bind is of one message, and what one caller binds within two minutes becomes one record (RecordType 50) whose time is the first bind's.
A sync is of a folder and makes a record of its own (RecordType 2) that names the folder and no message. The same bind or sync makes no second
record for an hour. After 1,000 records of a mailbox within 24 hours the next bind record is marked ``IsThrottled`` and no new bind record
begins for 24 hours; syncs and everything else are still recorded.

Decided one way, because no public source settles it (assumptions):
    - The two minutes run from the first bind of the record, and the record's time is that bind's (public record of 2026-07-28: its items lie
      up to 67 seconds after its own time). Binds merge if mailbox, user, program, application, address, session and token are the same.
    - The hour runs from the recorded bind, not from suppressed ones. Same means: address, ClientInfoString, folder, logon, user, session and
      message are the same, whatever the token. A message is listed once in a record.
    - Bind and sync records count towards the 1,000; the marked record is the 1,001st, and takes binds for its two minutes like any other.
    - A throttled bind is forgotten: it suppresses nothing later.
    - AttachmentAccess merges like a bind, is never suppressed and does not count.
    - IsThrottled is always written before 2025; since then it is sometimes absent where it would be False.

Clock: ``CreationTime``, UTC without a zone.
Sources:
    - https://learn.microsoft.com/purview/audit-log-investigate-accounts
    - https://github.com/SEKOIA-IO/intake-formats (Office 365/o365/tests/exchange_item_aggregated_2.json: the record of 2026-07-28)
    - https://github.com/elastic/integrations (packages/o365, test-exchange-access-event.json: AttachmentAccess)
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

from mailwitness.simulate.acts import MailAccess
from mailwitness.simulate.service.declared import rates
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.eras import Era
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.mailbox_fields import MailboxFields
from mailwitness.simulate.service.mailbox_rules import MailboxRules
from mailwitness.simulate.service.moments import unzoned
from mailwitness.simulate.world import Mailbox

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant

_Same: TypeAlias = tuple[object, ...]
_BIND, _SYNC = {"Name": "MailAccessType", "Value": "Bind"}, {"Name": "MailAccessType", "Value": "Sync"}
_ATTACHMENT = {"Name": "AttachmentAccessType", "Value": "Bind"}
_THROTTLED = {"Name": "IsThrottled", "Value": "True"}
_NOT_THROTTLED = {"Name": "IsThrottled", "Value": "False"}


class _Merge:
    """A record of binds or attachments that still takes more of them. ``groups``: folder or message → its items."""

    __slots__ = ("acts", "count", "era", "first", "groups", "key", "mailbox", "marked")

    def __init__(self, mailbox: _MailboxState, key: _Same, first: MailAccess, era: Era, marked: bool) -> None:
        self.mailbox, self.key, self.first, self.era, self.marked = mailbox, key, first, era, marked
        self.acts: list[str] = []
        self.groups: dict[str, list[dict[str, Any]]] = {}
        self.count = 0


class _MailboxState:
    """What Exchange remembers of one mailbox."""

    __slots__ = ("dark_until", "mailbox", "open", "recorded", "seen", "swept_at")

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.open: dict[_Same, _Merge] = {}
        self.seen: dict[_Same, dict[str, int]] = {}  # who and how → message or folder → when it was recorded
        self.recorded: deque[int] = deque()
        self.dark_until = 0
        self.swept_at = 0


class MailAccessLog:
    """Makes the records of mail accesses. Acts come in the order of time."""

    def __init__(
        self, tenant: Tenant, rules: MailboxRules, fields: MailboxFields, delivery: Delivery, fates: dict[str, Reason]
    ) -> None:
        told = rates("mail_access")
        self._merge_ms: int = told["merge_ms"]
        self._suppress_ms: int = told["suppress_ms"]
        self._most: int = told["throttle_records"]
        self._window_ms: int = told["throttle_window_ms"]
        self._dark_ms: int = told["throttle_dark_ms"]
        self._absent: float = told["is_throttled_absent"]
        self._tenant, self._chance = tenant, tenant.chance
        self._rules, self._fields, self._delivery, self._fates = rules, fields, delivery, fates
        self._states: dict[str, _MailboxState] = {}
        self._queue: deque[_Merge] = deque()
        self.throttled: dict[str, list[tuple[int, int]]] = {}

    def take(self, act: MailAccess, era: Era) -> None:
        """One access: recorded, merged into a record that is still open, or not recorded for a reason."""
        state = self._states.get(act.mailbox)
        if state is None:
            state = self._states[act.mailbox] = _MailboxState(self._tenant.mailbox(act.mailbox))
        attachment = act.how == "attachment"
        if act.how != "sync" and not act.messages:
            raise ValueError(f"act {act.key!r} is a {act.how} of no message; leave it out, or name what was obtained")
        if act.unlogged or (attachment and not era.attachment_access):
            self._fates[act.key] = "unlogged_by_design"
            return
        action = "AttachmentAccess" if attachment else "MailItemsAccessed"
        reason = self._rules.refusal(state.mailbox, action, act.logon, act.actor, act.at)
        if reason is None:
            if attachment:
                reason = self._attachments(act, state, era)
            elif act.how == "sync":
                reason = self._sync(act, state, era)
            else:
                reason = self._bind(act, state, era)
        if reason is not None:
            self._fates[act.key] = reason

    def finish(self, before: int) -> None:
        """Deliver the records that take no more binds because their two minutes ended at or before this moment."""
        queue = self._queue
        while queue and queue[0].first.at + self._merge_ms <= before:
            merge = queue.popleft()
            if merge.mailbox.open.get(merge.key) is merge:
                del merge.mailbox.open[merge.key]
            self._deliver(merge)

    def _bind(self, act: MailAccess, state: _MailboxState, era: Era) -> Reason | None:
        at = act.at
        caller = None if act.app is None else act.app.app_id
        who = (act.place.ip, act.client.info, act.logon, act.actor, caller, act.session_id)
        seen = self._seen(state, ("bind", act.folder, *who), at)
        since = at - self._suppress_ms
        fresh = [m for m in act.messages if seen.get(m.internet_message_id, -1) <= since]
        if not fresh:
            return "suppressed_1h"
        merge = self._merge(act, state, era, ("bind", *who), throttles=True)
        if merge is None:
            return "throttled"
        named = self._fields.names_requests(act.client, era)
        request = self._chance.guid("item request", act.key) if named else ""
        for message in fresh:
            seen[message.internet_message_id] = at
            item: dict[str, Any] = {}
            if era.item_time:
                item["CreationTime"] = unzoned(at)
            if request:
                item["ClientRequestId"] = request
            if era.item_id:
                item["Id"] = message.item_id
            if era.immutable_id:
                item["ImmutableId"] = message.immutable_id
            item["InternetMessageId"] = message.internet_message_id
            if era.item_size:
                item["SizeInBytes"] = message.size_bytes
            if era.item_time:
                item["Subject"] = message.subject
            folder = act.folder or message.folder
            group = merge.groups.get(folder)
            if group is None:
                merge.groups[folder] = [item]
            else:
                group.append(item)
        merge.count += len(fresh)
        merge.acts.append(act.key)
        return None

    def _attachments(self, act: MailAccess, state: _MailboxState, era: Era) -> Reason | None:
        caller = None if act.app is None else act.app.app_id
        who = (act.place.ip, act.client.info, act.logon, act.actor, caller, act.session_id)
        merge = self._merge(act, state, era, ("attachment", *who), throttles=False)
        assert merge is not None, "attachments are never throttled"
        for message in act.messages:
            rest_id = message.item_id.replace("/", "-").replace("+", "_")
            items = merge.groups.setdefault(rest_id, [])
            for number in range(max(1, message.attachments)):
                part = self._chance.bits("attachment", message.internet_message_id, number).hex()[:22]
                size = max(1, message.size_bytes // (number + 2))
                items.append({"Id": f"{rest_id}ABIAE{part}", "SizeInBytes": size})
                merge.count += 1
        merge.acts.append(act.key)
        return None

    def _merge(self, act: MailAccess, state: _MailboxState, era: Era, who: _Same, throttles: bool) -> _Merge | None:
        """The open record that takes this act, or a new one; None if no new one may begin."""
        token = None if act.token is None else act.token.request_id
        device = None if act.device is None else act.device.device_id
        key = (*who, act.client.client_app_id, act.client.app_id, token, device, act.aggregated)
        merge = state.open.get(key)
        if merge is not None and act.at - merge.first.at < self._merge_ms:
            return merge
        marked = False
        if throttles:
            if act.at < state.dark_until:
                return None
            marked = self._count(state, act.at)
            if marked:
                state.dark_until = act.at + self._dark_ms
                self.throttled.setdefault(act.mailbox, []).append((act.at, state.dark_until))
        merge = state.open[key] = _Merge(state, key, act, era, marked)
        self._queue.append(merge)
        return merge

    def _count(self, state: _MailboxState, at: int) -> bool:
        """Count one record; True if 1,000 came before it within 24 hours."""
        recorded = state.recorded
        while recorded and recorded[0] <= at - self._window_ms:
            recorded.popleft()
        recorded.append(at)
        return len(recorded) > self._most

    def _sync(self, act: MailAccess, state: _MailboxState, era: Era) -> Reason | None:
        caller = None if act.app is None else act.app.app_id
        who = (act.place.ip, act.client.info, act.logon, act.actor, caller, act.session_id)
        seen = self._seen(state, ("sync", *who), act.at)
        if seen.get(act.folder, -1) > act.at - self._suppress_ms:
            return "suppressed_1h"
        seen[act.folder] = act.at
        self._count(state, act.at)
        id_ = self._chance.guid("record", act.key)
        fortune = Fortune(self._chance, "unified", act.key)
        record = self._fields.record(act, state.mailbox, 2, "MailItemsAccessed", id_, era)
        record["OperationProperties"] = self._properties(_SYNC, False, fortune, era)
        folder_id = self._fields.folder_id(act.mailbox, act.folder)
        name = act.folder.rpartition("\\")[2]
        record["Item"] = {"Id": folder_id, "ParentFolder": {"Id": folder_id, "Name": name, "Path": "Not Available"}}
        self._delivery.unified(act.at, id_, record, (act.key,), fortune)
        return None

    def _seen(self, state: _MailboxState, same: _Same, at: int) -> dict[str, int]:
        """When each message or folder was last recorded for this caller. Older than an hour is forgotten now and then."""
        if at - state.swept_at > 4 * self._suppress_ms:
            since = at - self._suppress_ms
            kept = {
                who: {what: when for what, when in seen.items() if when > since} for who, seen in state.seen.items()
            }
            state.seen = {who: seen for who, seen in kept.items() if seen}
            state.swept_at = at
        known = state.seen.get(same)
        if known is None:
            known = state.seen[same] = {}
        return known

    def _deliver(self, merge: _Merge) -> None:
        act, era = merge.first, merge.era
        id_ = self._chance.guid("record", act.key)
        fortune = Fortune(self._chance, "unified", act.key)
        mailbox = merge.mailbox.mailbox
        if act.how == "attachment":
            record = self._fields.record(act, mailbox, 50, "AttachmentAccess", id_, era)
            record["OperationProperties"] = [_ATTACHMENT]
            record["Messages"] = [
                {"Id": message, "MessageItems": items, "Path": "Messages"} for message, items in merge.groups.items()
            ]
        else:
            record = self._fields.record(act, mailbox, 50, "MailItemsAccessed", id_, era)
            record["OperationProperties"] = self._properties(_BIND, merge.marked, fortune, era)
            record["Folders"] = [
                {"FolderItems": items, "Id": self._fields.folder_id(mailbox.guid, folder), "Path": folder}
                for folder, items in merge.groups.items()
            ]
        record["OperationCount"] = merge.count
        self._delivery.unified(act.at, id_, record, merge.acts, fortune)

    def _properties(self, kind: dict[str, str], marked: bool, fortune: Fortune, era: Era) -> list[dict[str, str]]:
        if marked:
            return [kind, _THROTTLED]
        if era.is_throttled_optional and fortune.shape < self._absent:
            return [kind]
        return [kind, _NOT_THROTTLED]
