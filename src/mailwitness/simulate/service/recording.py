"""The service: acts in, vendor records out. It keeps what Exchange remembers: merges that are open, what was recorded within the hour, throttling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from mailwitness.simulate.acts import (
    Act,
    Arrival,
    Cmdlet,
    DirectoryAct,
    GraphCall,
    MailAccess,
    MailboxAct,
    OtherAct,
    SignIn,
    TokenCapture,
)
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.service.delivery import Delivery
from mailwitness.simulate.service.directory_audits import DirectoryLog
from mailwitness.simulate.service.eras import Era, era_at
from mailwitness.simulate.service.exchange_admin import ExchangeAdminLog
from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.graph_activity import GraphLog
from mailwitness.simulate.service.identifiers import Fortune
from mailwitness.simulate.service.logons import LogonLog
from mailwitness.simulate.service.mail_access import MailAccessLog
from mailwitness.simulate.service.mailbox_acts import SENDING, MailboxActLog
from mailwitness.simulate.service.mailbox_fields import MailboxFields
from mailwitness.simulate.service.mailbox_rules import MailboxRules
from mailwitness.simulate.service.message_trace import TraceLog
from mailwitness.simulate.service.other_records import OtherLog
from mailwitness.simulate.service.signins import SignInLog
from mailwitness.simulate.service.unified_rules import UnifiedRules

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

_END = 2**62


class Service:
    """Records acts that come in the order of (at, key), any number at a time. All acts on one mailbox must come to the same service.

    Parts of records that never change are shared between records: whoever wants another value makes a copy.
    """

    def __init__(self, tenant: Tenant, timeline: Timeline) -> None:
        self._tenant = tenant
        self._fates: dict[str, Reason] = {}
        self._delivery = Delivery(tenant, timeline)
        unified = UnifiedRules(tenant, timeline)
        rules = MailboxRules(tenant, timeline, unified)
        fields = MailboxFields(tenant)
        self._accesses = MailAccessLog(tenant, rules, fields, self._delivery, self._fates)
        self._mailbox_acts = MailboxActLog(tenant, rules, fields, self._delivery, self._fates)
        self._admin = ExchangeAdminLog(tenant, unified, self._delivery, self._fates)
        self._logons = LogonLog(tenant, unified, self._delivery)
        self._signins = SignInLog(tenant, self._delivery)
        self._directory = DirectoryLog(tenant, unified, self._delivery, self._fates)
        self._others = OtherLog(tenant, unified, self._delivery, self._fates)
        self._graph = GraphLog(tenant, self._delivery, self._fates)
        self._trace = TraceLog(tenant, self._delivery, self._fates)
        self._era: Era = era_at(tenant.start_at)

    def record(self, acts: Iterable[Act]) -> Iterator[Logged]:
        """The records that these acts made, and those of earlier acts that were finished meanwhile, in no particular order."""
        for act in acts:
            if not self._era.valid_from <= act.at < self._era.valid_to:
                self._era = era_at(act.at)
            self._accesses.finish(act.at)
            self._take(act)
        return self._delivered()

    def close(self) -> Iterator[Logged]:
        """The records that were still open at the end."""
        self._accesses.finish(_END)
        return self._delivered()

    def fates(self) -> Mapping[str, Reason]:
        """Key of an act → why it made no record, since this was last asked."""
        told = dict(self._fates)
        self._fates.clear()
        return told

    def throttled(self, mailbox: str) -> tuple[tuple[int, int], ...]:
        """The intervals in which no new bind record of that mailbox began, so far."""
        return tuple(self._accesses.throttled.get(mailbox, ()))

    def _take(self, act: Act) -> None:
        if isinstance(act, MailAccess):
            self._admin.chores(self._tenant.mailbox(act.mailbox), act.at)
            self._accesses.take(act, self._era)
        elif isinstance(act, SignIn):
            fortune = Fortune(self._tenant.chance, "sign-in", act.key)
            logged = self._logons.take(act, fortune)
            reason = self._signins.take(act, self._era, fortune)
            if reason is not None and not logged:
                self._fates[act.key] = reason
        elif isinstance(act, GraphCall):
            self._graph.take(act, self._era)
        elif isinstance(act, Arrival):
            self._trace.arrived(act)
        elif isinstance(act, MailboxAct):
            self._mailbox_acts.take(act, self._era)
            if act.operation in SENDING and self._trace.left(act):
                self._fates.pop(act.key, None)
        elif isinstance(act, DirectoryAct):
            self._directory.take(act)
        elif isinstance(act, Cmdlet):
            self._admin.take(act, self._era)
        elif isinstance(act, OtherAct):
            self._others.take(act)
        elif isinstance(act, TokenCapture):
            pass  # no log knows of it
        else:
            raise TypeError(f"no log knows an act of kind {type(act).__name__} (key {act.key!r})")

    def _delivered(self) -> Iterator[Logged]:
        out = self._delivery.out
        self._delivery.out = []
        return iter(out)
