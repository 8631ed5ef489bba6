"""The truth about coverage: in which intervals the service would have recorded an access to a mailbox, and why not.

``recorded``: every access to mail. ``blind``: none. ``degraded``: some; ``missing`` says which: ``owner``, ``delegate``, ``admin``, ``app_only`` (a
logon), ``bind`` (throttled; syncs are recorded), ``actor:<user principal name>`` (one person). This is the service's own truth, before delivery
and before any export, for MailItemsAccessed; suppression within the hour and merging lose no message and are no gap.

A mailbox without a licence of its own is ``degraded``: it is recorded for licensed delegates alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec

from mailwitness.simulate.service.fates import Reason
from mailwitness.simulate.service.mailbox_rules import MailboxRules
from mailwitness.simulate.service.unified_rules import UnifiedRules
from mailwitness.simulate.world import Mailbox

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

State = Literal["recorded", "degraded", "blind"]
_OWNERS = ("owner", "app_only")


class Recordable(msgspec.Struct, frozen=True, gc=False):
    """What holds for a mailbox's accesses in [valid_from, valid_to). ``missing`` and ``reasons`` are empty if everything is recorded."""

    mailbox: str
    valid_from: int
    valid_to: int
    state: State
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


def recordability(
    tenant: Tenant, timeline: Timeline, mailbox: Mailbox, throttled: Sequence[tuple[int, int]] = ()
) -> tuple[Recordable, ...]:
    """The intervals of the simulated time, without gaps, neighbours different. ``throttled``: what `Service.throttled` tells of the run."""
    rules = _rules(tenant, timeline)
    segments = [s for s in rules.segments(mailbox) if s.valid_from < tenant.end_at and s.valid_to > tenant.start_at]
    cuts = {tenant.start_at, tenant.end_at}
    cuts.update(segment.valid_from for segment in segments)
    cuts.update(moment for interval in throttled for moment in interval)
    for held in rules.bypasses().values():
        cuts.update(moment for interval in held for moment in interval)
    if rules.bring_own_licence(mailbox):
        for number in mailbox.delegates:
            own = tenant.mailbox_of(number)
            cuts.update(s.valid_from for s in (() if own is None else rules.segments(own)))
    moments = sorted(at for at in cuts if tenant.start_at <= at <= tenant.end_at)
    found: list[Recordable] = []
    for begin, end in pairwise(moments):
        one = _at(tenant, rules, mailbox, throttled, begin, end)
        last = found[-1] if found else None
        if last is not None and (last.state, last.missing, last.reasons) == (one.state, one.missing, one.reasons):
            found[-1] = msgspec.structs.replace(last, valid_to=end)
        else:
            found.append(one)
    return tuple(found)


def _at(
    tenant: Tenant, rules: MailboxRules, mailbox: Mailbox, throttled: Sequence[tuple[int, int]], begin: int, end: int
) -> Recordable:
    segment = rules.segment(mailbox, begin)
    if segment.nothing is not None:
        return Recordable(mailbox.guid, begin, end, "blind", (), (segment.nothing,))
    gaps = list(_gaps(tenant, rules, mailbox, begin))
    if any(begin >= since and begin < until for since, until in throttled):
        gaps.append(("bind", "throttled"))
    missing = tuple(dict.fromkeys(what for what, _ in gaps))
    reasons = tuple(dict.fromkeys(reason for _, reason in gaps))
    if {"owner", "delegate", "admin", "app_only"} <= set(missing):
        return Recordable(mailbox.guid, begin, end, "blind", (), reasons)
    return Recordable(mailbox.guid, begin, end, "degraded" if missing else "recorded", missing, reasons)


def _gaps(tenant: Tenant, rules: MailboxRules, mailbox: Mailbox, at: int) -> Iterator[tuple[str, Reason]]:
    """(what is missing, why) at a moment at which something may be recorded."""
    for logon in ("owner", "delegate", "admin"):
        reason = rules.refusal(mailbox, "MailItemsAccessed", logon, None, at)
        if logon == "delegate" and reason == "not_licensed" and rules.bring_own_licence(mailbox):
            refused = [rules.refusal(mailbox, "MailItemsAccessed", logon, number, at) for number in mailbox.delegates]
            if None in refused:
                for number, why in zip(mailbox.delegates, refused, strict=True):
                    if why is not None and why != "bypassed":
                        yield f"actor:{tenant.people[number].upn}", why
                continue
        if reason is not None:
            yield from ((what, reason) for what in (_OWNERS if logon == "owner" else (logon,)))
    for number in sorted(rules.bypasses()):
        if rules.bypassed(number, at):
            yield f"actor:{tenant.people[number].upn}", "bypassed"


@lru_cache(maxsize=2)
def _rules(tenant: Tenant, timeline: Timeline) -> MailboxRules:
    return MailboxRules(tenant, timeline, UnifiedRules(tenant, timeline))
