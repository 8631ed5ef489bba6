"""Whether Exchange records: every reason why not, and the truth about coverage that follows from the same rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mailwitness.simulate.acts import Act
from mailwitness.simulate.service import Reason, Recordable, recordability
from mailwitness.simulate.service.mailbox_rules import MailboxRules
from mailwitness.simulate.service.unified_rules import UnifiedRules
from mailwitness.simulate.tenant.settings import ADVANCED_AUDITING, DEFAULT_ACTIONS
from mailwitness.simulate.world import Mailbox
from tests.simulate.service.conftest import HOUR, Desk, DeskOf

DAY = 24 * HOUR


def fate(desk: Desk, act: Act) -> Reason | None:
    """Why the act made no record; None if it made one."""
    recorded = {key for one in desk.all_records(act) for key in one.acts}
    fates = desk.service.fates()
    assert (act.key in recorded) != (act.key in fates), "an act has a record or a reason, never both or neither"
    return fates.get(act.key)


def access_to(desk: Desk, mailbox: Mailbox, **more: Any) -> Act:
    given: dict[str, Any] = {"actor": mailbox.owner, "messages": (desk.message(0, mailbox=mailbox),)}
    return desk.bind(HOUR, mailbox=mailbox.guid, **(given | more))


def test_an_access_to_a_licensed_and_audited_mailbox_is_recorded(desk: Desk) -> None:
    """No reason is given where a record was made."""
    assert fate(desk, desk.bind(HOUR)) is None


def test_nothing_is_recorded_while_ingestion_is_off(desk_of: DeskOf) -> None:
    """UnifiedAuditLogIngestionEnabled false darkens mailbox and admin records alike."""
    desk = desk_of(overrides=[("", "UnifiedAuditLogIngestionEnabled", "False")])

    assert ["ingestion_off"] * 3 == [fate(desk, a) for a in (desk.bind(HOUR), desk.cmdlet(HOUR), desk.sync(2 * HOUR))]


def test_switching_ingestion_off_is_obeyed_within_an_hour(desk_of: DeskOf) -> None:
    """The command that switches it off is recorded itself; an hour later nothing is."""
    desk = desk_of(changes=[(DAY, "", "UnifiedAuditLogIngestionEnabled", "False")])

    assert fate(desk, desk.cmdlet(DAY, "Set-AdminAuditLogConfig")) is None
    assert "ingestion_off" == fate(desk, desk.bind(DAY + HOUR))


def test_mailbox_auditing_off_for_the_organisation_leaves_admin_records(desk_of: DeskOf) -> None:
    """AuditDisabled concerns mailboxes only."""
    desk = desk_of(overrides=[("", "AuditDisabled", "True")])

    assert ["auditing_off", None] == [fate(desk, desk.bind(HOUR)), fate(desk, desk.cmdlet(HOUR))]


def test_audit_enabled_false_of_a_mailbox_changes_nothing(desk_of: DeskOf) -> None:
    """While auditing is on for the organisation, the mailbox's own switch is ignored."""
    box = desk_of().mailbox
    desk = desk_of(overrides=[(box.guid, "AuditEnabled", "False")])

    assert fate(desk, desk.bind(HOUR)) is None


def test_a_bypassed_actor_is_recorded_nowhere_and_others_are(desk_of: DeskOf) -> None:
    """AuditBypassEnabled exempts one person in every mailbox."""
    plain = desk_of()
    other = plain.licensed("e5", 1)
    assert other.owner is not None
    desk = desk_of(overrides=[(plain.tenant.people[other.owner].object_id, "AuditBypassEnabled", "True")])

    own, delegated = access_to(desk, other), desk.bind(HOUR, logon="delegate", actor=other.owner)

    assert ["bypassed", "bypassed", None] == [fate(desk, own), fate(desk, delegated), fate(desk, desk.bind(HOUR))]


def test_an_outage_set_for_the_tenant_loses_its_streams(desk_of: DeskOf) -> None:
    """Setting Outage names the streams; the others go on."""
    desk = desk_of(changes=[(HOUR, "", "Outage", "unified"), (2 * HOUR, "", "Outage", "")])

    assert ["outage", None] == [fate(desk, desk.bind(HOUR)), fate(desk, desk.bind(2 * HOUR))]
    assert ["interactive"] == [one.stream for one in desk.records(desk.sign_in(HOUR + 1))]


def test_rooms_and_groups_have_no_mail_access_records(desk: Desk) -> None:
    """A room is not audited; a group's fixed set has no MailItemsAccessed but deletions."""
    room, group = desk.of_kind("RoomMailbox"), desk.of_kind("GroupMailbox")
    deletion = desk.mailbox_act(
        HOUR, "HardDelete", mailbox=group.guid, logon="delegate", messages=(desk.message(0, mailbox=group),)
    )

    assert ["never_audited_mailbox_kind"] * 2 == [
        fate(desk, access_to(desk, box, actor=desk.owner.number, logon="delegate")) for box in (room, group)
    ]
    assert fate(desk, deletion) is None


@pytest.mark.parametrize(("plan", "expected"), [("e5", None), ("e3", None), ("business", None), ("f3", "not_licensed")])
def test_plans_of_2026(desk: Desk, plan: Any, expected: Reason | None) -> None:
    """Every plan but the frontline's brings mail accesses today."""
    assert expected == fate(desk, access_to(desk, desk.licensed(plan)))


@pytest.mark.parametrize(("plan", "expected"), [("e5", None), ("e3", "not_licensed")])
def test_plans_before_the_roll_out_of_2024(desk_of: DeskOf, plan: Any, expected: Reason | None) -> None:
    """Until mid-2024 only Audit (Premium) had mail accesses."""
    desk = desk_of(start=date(2024, 3, 1))

    assert expected == fate(desk, access_to(desk, desk.licensed(plan)))


def test_until_2024_nothing_of_other_plans_reached_the_unified_log(desk_of: DeskOf) -> None:
    """Not even a deletion; since then it does, whatever the plan."""

    def deletion(desk: Desk) -> Act:
        box = desk.licensed("e3")
        return desk.mailbox_act(
            HOUR, "HardDelete", mailbox=box.guid, actor=box.owner, messages=(desk.message(0, mailbox=box),)
        )

    before, after = desk_of(start=date(2023, 5, 1)), desk_of(start=date(2024, 3, 1))

    assert ["not_licensed", None] == [fate(before, deletion(before)), fate(after, deletion(after))]


def test_a_licence_switched_on_is_obeyed_within_a_day_and_off_at_once(desk_of: DeskOf) -> None:
    """The delay is drawn once per change and is the same for records and for the truth about coverage."""
    box = desk_of().licensed("f3")
    desk = desk_of(changes=[(0, box.guid, "ServicePlan", ADVANCED_AUDITING), (2 * DAY, box.guid, "ServicePlan", "")])

    assert ["not_licensed", None, "not_licensed"] == [
        fate(desk, access_to(desk, box, key=desk.key())) if at == HOUR else fate(desk, _later(desk, box, at))
        for at in (0, DAY + HOUR, 2 * DAY)
    ]


def _later(desk: Desk, box: Mailbox, at: int) -> Act:
    return desk.bind(at, mailbox=box.guid, actor=box.owner, messages=(desk.message(at, mailbox=box),))


def test_a_mailbox_without_a_plan_is_recorded_for_licensed_delegates_only(desk: Desk) -> None:
    """The delegate's licence stands in for the mailbox's (assumption); an application brings none."""
    shared, frontline = desk.of_kind("SharedMailbox"), desk.licensed("f3")

    assert [None, "not_licensed", "not_licensed"] == [
        fate(desk, access_to(desk, shared, logon="delegate", actor=desk.owner.number)),
        fate(desk, access_to(desk, shared, logon="delegate", actor=frontline.owner)),
        fate(desk, access_to(desk, shared, logon="application", actor=None, token=desk.token(app_only=True))),
    ]


def test_a_set_of_ones_own_is_read_literally(desk_of: DeskOf) -> None:
    """A logon that DefaultAuditSet does not name has the list of its own and nothing else."""
    box = desk_of().mailbox
    desk = desk_of(
        overrides=[
            (box.guid, "DefaultAuditSet", "Admin, Delegate"),
            (box.guid, "AuditOwner", "HardDelete, MailboxLogin"),
        ]
    )
    other = desk.licensed("e3")

    assert ["not_in_audit_set", None, None] == [
        fate(desk, desk.bind(HOUR)),
        fate(desk, desk.mailbox_act(HOUR, "MailboxLogin")),
        fate(desk, desk.bind(HOUR, logon="delegate", actor=other.owner)),
    ]


@pytest.mark.parametrize(
    ("operation", "logon", "expected"),
    [
        ("MailboxLogin", "owner", "not_in_audit_set"),
        ("SearchQueryInitiatedExchange", "owner", "not_in_audit_set"),
        ("Send", "owner", None),
        ("Send", "delegate", "not_in_audit_set"),
        ("SendAs", "delegate", None),
        ("Create", "owner", "not_in_audit_set"),
        ("Create", "delegate", None),
        ("ModifyFolderPermissions", "owner", None),
        ("UpdateInboxRules", "owner", None),
        ("MoveToDeletedItems", "owner", None),
        ("Move", "owner", "not_in_audit_set"),
    ],
)
def test_the_default_sets(desk: Desk, operation: str, logon: Any, expected: Reason | None) -> None:
    """What Microsoft audits by default depends on the logon."""
    actor = desk.owner.number if logon == "owner" else desk.licensed("e3").owner
    act = desk.mailbox_act(HOUR, operation, logon=logon, actor=actor, messages=(desk.message(),))

    assert expected == fate(desk, act)


def test_searches_are_recorded_where_they_were_asked_for(desk_of: DeskOf) -> None:
    """SearchQueryInitiated is opt-in, and its record type is 101."""
    box = desk_of().mailbox
    own = ", ".join((*DEFAULT_ACTIONS["Owner"], "SearchQueryInitiated"))
    desk = desk_of(overrides=[(box.guid, "DefaultAuditSet", "Admin, Delegate"), (box.guid, "AuditOwner", own)])

    [record] = desk.unified(desk.mailbox_act(HOUR, "SearchQueryInitiatedExchange", details=(("QueryText", "invoice"),)))

    assert (101, "invoice") == (record["RecordType"], record["QueryText"])


def test_attachments_have_no_record_before_there_was_one(desk_of: DeskOf) -> None:
    """AttachmentAccess is of 2025."""
    desk = desk_of(start=date(2024, 10, 1))

    assert "unlogged_by_design" == fate(desk, desk.bind(HOUR, desk.message(1, attachments=1), how="attachment"))


def test_an_access_that_no_audit_sees_leaves_no_trace(desk: Desk) -> None:
    """An eDiscovery export or an actor token: no record, and nothing that later suppresses one."""
    hidden = desk.bind(HOUR, unlogged=True)

    assert ["unlogged_by_design", None] == [fate(desk, hidden), fate(desk, desk.bind(HOUR + 1))]


def covered(desk: Desk, mailbox: Mailbox) -> list[tuple[int, int, str, tuple[str, ...], tuple[str, ...]]]:
    """The truth about a mailbox's coverage, in hours since the first day's midnight."""
    throttled = desk.service.throttled(mailbox.guid)
    return [
        (
            (one.valid_from - desk.tenant.start_at) // HOUR,
            (one.valid_to - desk.tenant.start_at) // HOUR,
            one.state,
            one.missing,
            one.reasons,
        )
        for one in recordability(desk.tenant, desk.timeline, mailbox, throttled)
    ]


def test_coverage_of_an_ordinary_mailbox_is_whole(desk: Desk) -> None:
    """One interval, the simulated time."""
    assert (Recordable(desk.mailbox.guid, desk.tenant.start_at, desk.tenant.end_at, "recorded"),) == recordability(
        desk.tenant, desk.timeline, desk.mailbox
    )


def test_coverage_is_blind_where_nothing_is_recorded(desk_of: DeskOf) -> None:
    """Auditing off for a day is a blind day between two whole ones."""
    desk = desk_of(changes=[(DAY, "", "AuditDisabled", "True"), (2 * DAY, "", "AuditDisabled", "False")])

    assert [
        (0, 24, "recorded", (), ()),
        (24, 48, "blind", (), ("auditing_off",)),
        (48, 72, "recorded", (), ()),
    ] == covered(desk, desk.mailbox)


def test_coverage_says_which_logon_is_missing(desk_of: DeskOf) -> None:
    """The owner's set without MailItemsAccessed takes applications with it."""
    box = desk_of().mailbox
    desk = desk_of(
        overrides=[(box.guid, "AuditOwner", "HardDelete")],
        changes=[(DAY, box.guid, "DefaultAuditSet", "Admin, Delegate")],
    )

    assert [
        (0, 24, "recorded", (), ()),
        (24, 72, "degraded", ("owner", "app_only"), ("not_in_audit_set",)),
    ] == covered(desk, desk.mailbox)


def test_coverage_names_the_bypassed_actor_for_every_mailbox(desk_of: DeskOf) -> None:
    """A bypass is a gap in all mailboxes, for one person."""
    person = desk_of().owner
    desk = desk_of(changes=[(DAY, person.object_id, "AuditBypassEnabled", "True")])
    other = desk.licensed("e3")

    assert [
        (0, 24, "recorded", (), ()),
        (24, 72, "degraded", (f"actor:{person.upn}",), ("bypassed",)),
    ] == covered(desk, other)


def test_coverage_lacks_binds_while_the_mailbox_is_throttled(desk: Desk) -> None:
    """The run's throttled interval is part of the truth."""
    acts = [desk.bind(n * 5000, desk.message(n), session_id=desk.tenant.chance.guid("s", n)) for n in range(1001)]
    desk.records(*acts)

    assert [
        (0, 1, "recorded", (), ()),
        (1, 25, "degraded", ("bind",), ("throttled",)),
        (25, 72, "recorded", (), ()),
    ] == covered(desk, desk.mailbox)


def test_coverage_of_rooms_groups_and_unlicensed_mailboxes(desk: Desk) -> None:
    """None of their accesses are recorded; a shared mailbox's are for licensed delegates."""
    shared = desk.of_kind("SharedMailbox")
    unlicensed = tuple(
        f"actor:{desk.tenant.people[number].upn}"
        for number in shared.delegates
        if desk.tenant.people[number].plan == "f3"
    )

    assert [(0, 72, "blind", (), ("never_audited_mailbox_kind",))] == covered(desk, desk.of_kind("RoomMailbox"))
    assert [(0, 72, "blind", (), ("never_audited_mailbox_kind",))] == covered(desk, desk.of_kind("GroupMailbox"))
    assert [(0, 72, "blind", (), ("not_licensed",))] == covered(desk, desk.licensed("f3"))
    [(_, _, state, missing, reasons)] = covered(desk, shared)
    assert ("degraded", {"owner", "app_only", "admin", *unlicensed}, ("not_licensed",)) == (
        state,
        set(missing),
        reasons,
    )


def test_coverage_agrees_with_what_is_recorded(desk_of: DeskOf) -> None:
    """In a tenant whose licences, switches and sets change, an owner's bind has a record exactly where coverage says so."""
    plain = desk_of()
    boxes = [plain.licensed("e5"), plain.licensed("e3"), plain.licensed("f3")]
    assert plain.owner is not None
    desk = desk_of(
        changes=[
            (5 * HOUR, boxes[0].guid, "ServicePlan", ""),
            (20 * HOUR, boxes[0].guid, "ServicePlan", ADVANCED_AUDITING),
            (30 * HOUR, "", "UnifiedAuditLogIngestionEnabled", "False"),
            (34 * HOUR, "", "UnifiedAuditLogIngestionEnabled", "True"),
            (40 * HOUR, boxes[1].guid, "DefaultAuditSet", "Delegate"),
            (50 * HOUR, plain.owner.object_id, "AuditBypassEnabled", "True"),
        ]
    )
    acts = [
        desk.bind(at, mailbox=box.guid, actor=box.owner, messages=(desk.message(at, mailbox=box),))
        for at in range(0, 3 * DAY, 17 * 60_000)
        for box in boxes
    ]
    recorded = {key for one in desk.records(*acts) for key in one.acts}

    for box in boxes:
        assert box.owner is not None
        gap = {"owner", f"actor:{desk.tenant.people[box.owner].upn}"}
        truth = recordability(desk.tenant, desk.timeline, box)
        for act in (one for one in acts if one.mailbox == box.guid):
            [held] = [one for one in truth if one.valid_from <= act.at < one.valid_to]
            assert (act.key in recorded) == (held.state != "blind" and not gap & set(held.missing)), (act.at, held)


def test_the_roll_out_day_belongs_to_the_tenant(desk: Desk) -> None:
    """It lies in the declared window and is drawn once."""
    rules = MailboxRules(desk.tenant, desk.timeline, UnifiedRules(desk.tenant, desk.timeline))

    assert 1_717_200_000_000 <= rules.standard_from < 1_725_148_800_000
