"""Could an access have been seen: each thing that recording depends on, known and unknown, in a week of which all is known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.analyses.conftest import TinyCase

from .rows import (
    BOB,
    DESKLESS,
    EVE,
    EXCHANGE_2,
    SETTINGS,
    SINCE,
    STANDARD,
    UNTIL,
    Tables,
    Told,
    ask,
    bind,
    change,
    event,
    plan,
    settled,
    sight,
    told,
    whole,
    window,
)

ALL = frozenset({"log_collected", "ingestion_on", "auditing_on", "licensed", "audited", "not_bypassed"})
BEGIN, END = "03-02 00:00:00", "03-09 00:00:00"
SETTINGS_UNKNOWN = {"audit_settings_unknown", "bypass_unknown", "tenant_auditing_unknown"}
"""What a gap of the log leaves unknown of settings, beside the ingestion switch."""


def recorded(since: str = BEGIN, until: str = END) -> Told:
    return since, until, "recorded", ALL


def work(day: int, **more: Any) -> dict[str, Any]:
    """The owner throws a message away in Outlook on the web."""
    return event(
        f"2026-03-0{day} 09:00",
        operation="MoveToDeletedItems",
        record_type=3,
        logon_type=0,
        user_type=0,
        client_info_string="Client=OWA;Mozilla",
        mailbox_owner_upn=BOB,
        **more,
    )


def test_a_week_of_which_everything_is_known_is_recorded(case: TinyCase) -> None:
    """Every necessary thing is a reason for, and each leads to a row."""
    (found,) = settled(case, whole()).ask("access_would_be_recorded")

    assert ("supported", "configuration", "recorded", BOB, BOB) == (
        found.verdict,
        found.basis,
        found.state,
        found.subject,
        found.mailbox,
    )
    assert [(BEGIN, END, "recorded", ALL)] == told([found])
    assert {"collection_windows", "setting_observations", "tenant_settings", "mailbox_settings", "mail_accesses"} == {
        ref.table_name for ref in found.refs
    }  # fmt: skip


@pytest.mark.parametrize(
    ("without", "codes"),
    [
        (["default_audit_set"], {"audit_settings_unknown"}),
        (["audit_bypass_enabled"], {"bypass_unknown"}),
        (["audit_disabled"], {"tenant_auditing_unknown"}),
        (["unified_audit_log_ingestion_enabled"], {"ingestion_unknown"}),
    ],
)
def test_what_nothing_speaks_of_leaves_the_week_open(case: TinyCase, without: list[str], codes: set[str]) -> None:
    """An unknown setting is never taken as its default."""
    assert [(BEGIN, END, "unknown", codes)] == ask(case, whole(*without))


def test_a_log_of_which_nobody_states_anything_is_open(case: TinyCase) -> None:
    """Without a statement no log shows changes of settings either, so that nothing is proven."""
    tables = whole("collection_windows", audit_events=[event(UNTIL)])

    (*_, last) = ask(case, tables)

    assert ("unknown", {"collection_unproven", "ingestion_unknown", "licence_unproven", *SETTINGS_UNKNOWN}) == last[2:]


@pytest.mark.parametrize(("setting", "off", "on", "code"), [("audit_disabled", "true", "false", "auditing_off")])
def test_a_tenant_switch_makes_all_blind(case: TinyCase, setting: str, off: str, on: str, code: str) -> None:
    """From the record of the change to that of its return."""
    changes = [change(setting, off, "2026-03-04 10:00", ""), change(setting, on, "2026-03-05 10:00", "")]

    assert [
        recorded(until="03-04 10:00:00"),
        ("03-04 10:00:00", "03-05 10:00:00", "blind", {code}),
        recorded(since="03-05 10:00:00"),
    ] == ask(case, whole(setting_observations=changes))


DARK = [
    change("unified_audit_log_ingestion_enabled", "false", "2026-03-04 10:00", ""),
    change("unified_audit_log_ingestion_enabled", "true", "2026-03-05 10:00", ""),
]


def test_a_log_switched_off_is_blind_and_tells_nothing_of_settings_after_it(case: TinyCase) -> None:
    """The switch takes up to an hour; and what was changed in the dark left no record, so that settings have to be seen again."""
    hidden = {"licence_unproven", *SETTINGS_UNKNOWN}

    assert [
        recorded(until="03-04 10:00:00"),
        ("03-04 10:00:00", "03-04 11:00:00", "unknown", {"ingestion_unknown", *hidden}),
        ("03-04 11:00:00", "03-05 10:00:00", "blind", {"ingestion_off"}),
        ("03-05 10:00:00", "03-05 11:00:00", "unknown", {"ingestion_unknown", *hidden}),
        ("03-05 11:00:00", END, "unknown", hidden),
    ] == ask(case, whole(setting_observations=DARK))


def test_settings_seen_again_after_the_dark_hold_back_to_its_end(case: TinyCase) -> None:
    """A snapshot after a gap holds back over the gapless log before it."""
    again = [sight(setting, value, UNTIL, subject) for subject, setting, value in SETTINGS]
    tables = whole(setting_observations=[*DARK, *again], licence_observations=[plan(at=UNTIL)])

    assert recorded(since="03-05 11:00:00") == ask(case, tables)[-1]


def test_a_switch_that_reads_off_while_records_exist_is_misread(case: TinyCase) -> None:
    """One shell shows it as off always (MW-E0022): a conflict, never blindness."""
    tables = whole(
        "unified_audit_log_ingestion_enabled",
        setting_observations=[sight("unified_audit_log_ingestion_enabled", "false", subject="")],
        audit_events=[event("2026-03-04 10:00")],
    )

    found = ask(case, tables)

    assert {"unknown"} == {stretch[2] for stretch in found}
    assert all("ingestion_disputed" in stretch[3] for stretch in found)


def test_a_bypassed_account_degrades_every_mailbox_and_is_named(case: TinyCase) -> None:
    """What it does in any mailbox is not recorded; everybody else is."""
    tables = whole(setting_observations=[change("audit_bypass_enabled", "true", "2026-03-04 10:00", EVE)])

    found = settled(case, tables).ask("access_would_be_recorded", mailbox=BOB)

    assert [recorded(until="03-04 10:00:00"), ("03-04 10:00:00", END, "degraded", {"account_bypassed"})] == told(found)
    (degraded,) = (f for f in found if f.state == "degraded")
    assert f"Some accesses would be missing: {EVE}" == degraded.title
    assert f"Nothing that {EVE} does to any mailbox is recorded" in degraded.reasons[0].sentence


def test_several_bypassed_accounts_are_counted(case: TinyCase) -> None:
    """Accounts of one stretch are one reason."""
    tables = whole(
        setting_observations=[sight("audit_bypass_enabled", "true", subject=f"{n}@contoso.test") for n in "cde"]
    )

    found = settled(case, tables).ask("access_would_be_recorded", mailbox=BOB)

    assert ["Nothing that c@contoso.test and 2 more accounts do to any mailbox is recorded: auditing is bypassed (MW-E0019)."] == [
        reason.sentence for f in found for reason in f.reasons
    ]  # fmt: skip


def test_an_account_bypassed_only_where_no_log_shows_its_return_is_unknown_later(case: TinyCase) -> None:
    """A bypass seen before a gap of the log proves nothing after it, in either direction, even where all else was seen again."""
    again = [sight(setting, value, "2026-03-08 00:00", subject) for subject, setting, value in SETTINGS]
    tables = whole(
        setting_observations=[sight("audit_bypass_enabled", "true", SINCE, EVE), *again],
        licence_observations=[plan(at="2026-03-08 00:00")],
    )
    tables["collection_windows"] = [window(until="2026-03-05 00:00"), window(since="2026-03-06 00:00")]

    found = ask(case, tables, mailbox=BOB)

    assert ("degraded", {"account_bypassed"}) == found[0][2:]
    assert ("03-07 00:00:00", END, "unknown", {"bypass_may_last"}) == found[-1]


def test_an_account_first_seen_bypassed_may_have_been_before(case: TinyCase) -> None:
    """A snapshot after a gap says nothing of the time before the gap."""
    tables = whole(setting_observations=[sight("audit_bypass_enabled", "true", "2026-03-08 00:00", EVE)])
    tables["collection_windows"] = [window(until="2026-03-05 00:00"), window(since="2026-03-06 00:00")]

    assert (BEGIN, "03-05 00:00:00", "unknown", {"bypass_may_last"}) == ask(case, tables, mailbox=BOB)[0]


@pytest.mark.parametrize(
    ("sets", "lists", "state", "codes", "title"),
    [
        ('["Admin", "Delegate"]', {"audit_owner"}, "degraded", {"owner_not_audited"}, "owner and applications"),
        ('["Admin", "Owner"]', {"audit_delegate"}, "degraded", {"delegate_not_audited"}, "delegates"),
        ('["Delegate", "Owner"]', {"audit_admin"}, "degraded", {"admin_not_audited"}, "administrators"),
        ("[]", {"audit_owner", "audit_delegate", "audit_admin"}, "blind", {"owner_not_audited", "delegate_not_audited", "admin_not_audited"}, None),
    ],
)  # fmt: skip
def test_a_customised_set_without_mail_accesses_loses_its_logons(
    case: TinyCase, sets: str, lists: set[str], state: str, codes: set[str], title: str | None
) -> None:
    """Each logon type by itself; all three make the mailbox blind."""
    tables = whole(
        "default_audit_set",
        "mail_accesses",
        *lists,
        mail_accesses=[bind(accessed_as=None)],
        setting_observations=[
            sight("default_audit_set", sets),
            *(sight(setting, '["Update", "HardDelete"]') for setting in lists),
        ],
    )

    (found,) = settled(case, tables).ask("access_would_be_recorded")

    assert [(BEGIN, END, state, codes)] == told([found])
    assert title is None or f"Some accesses would be missing: {title}" == found.title


def test_a_customised_set_with_mail_accesses_loses_nothing(case: TinyCase) -> None:
    """The neighbour that must not match: a list of one's own that has MailItemsAccessed."""
    tables = whole(
        "default_audit_set",
        "audit_owner",
        setting_observations=[
            sight("default_audit_set", '["Admin", "Delegate"]'),
            sight("audit_owner", '["MailItemsAccessed"]'),
        ],
    )

    assert [recorded()] == ask(case, tables)


CUSTOM = sight("default_audit_set", '["Admin", "Delegate"]')


@pytest.mark.parametrize(
    ("accessed_as", "state"),
    [("owner", "recorded"), ("application", "recorded"), ("delegate", "unknown"), (None, "unknown")],
)
def test_an_owners_record_shows_that_the_owner_is_audited(case: TinyCase, accessed_as: str | None, state: str) -> None:
    """A list of one's own that no export shows; applications are recorded by the owner's list, delegates are not."""
    tables = whole(
        "default_audit_set", "audit_owner", "mail_accesses",
        setting_observations=[CUSTOM], mail_accesses=[bind(accessed_as=accessed_as)],
    )  # fmt: skip

    assert [(BEGIN, END, state)] == [stretch[:3] for stretch in ask(case, tables)]


@pytest.mark.parametrize(
    ("at", "last"), [("2026-03-04 11:30", {"owner_not_audited"}), ("2026-03-04 13:00", {"settings_disputed"})]
)
def test_a_record_soon_after_a_change_contradicts_nothing(case: TinyCase, at: str, last: set[str]) -> None:
    """A change may take its time; a record hours later is a conflict."""
    removed = [change("audit_owner", '["Update"]', "2026-03-04 10:00"), change("default_audit_set", '{"add": [], "remove": ["Owner"]}', "2026-03-04 10:00")]  # fmt: skip

    found = ask(case, whole(setting_observations=removed, mail_accesses=[bind(at)]))

    assert recorded(until="03-04 10:00:00") == found[0]
    assert last == found[-1][3] - {"audit_settings_unknown"}


def test_audit_enabled_of_one_mailbox_changes_nothing(case: TinyCase) -> None:
    """It is ignored while auditing is on for the organisation."""
    assert [recorded()] == ask(case, whole(setting_observations=[sight("audit_enabled", "false")]))


@pytest.mark.parametrize("kind", ["RoomMailbox", "EquipmentMailbox", "GroupMailbox", "PublicFolderMailbox"])
def test_mailboxes_that_are_never_audited_are_blind_all_the_time(case: TinyCase, kind: str) -> None:
    """A kind seen late was the kind before."""
    tables = whole(
        "recipient_type_details",
        setting_observations=[sight("recipient_type_details", f'"{kind}"', "2026-03-08 12:00")],
    )

    assert [("blind", {"never_audited_kind"})] * 2 == [stretch[2:] for stretch in ask(case, tables)]


def test_a_marked_record_degrades_the_day_after_it(case: TinyCase) -> None:
    """Binds are missing for 24 hours; the seconds at both ends are too coarse to tell."""
    assert [
        recorded(until="03-04 10:00:00"),
        ("03-04 10:00:00", "03-04 10:00:01", "unknown", {"throttling_edge"}),
        ("03-04 10:00:01", "03-05 10:00:00", "degraded", {"throttled"}),
        ("03-05 10:00:00", "03-05 10:00:01", "unknown", {"throttling_edge"}),
        recorded(since="03-05 10:00:01"),
    ] == ask(case, whole(mail_accesses=[bind("2026-03-04 10:00", is_throttled=True)]))


def thousand(last: str | None) -> list[dict[str, Any]]:
    binds = [bind(f"2026-03-04 {10 + n // 600:02}:{n // 10 % 60:02}:{n % 10:02}", is_throttled=None) for n in range(1000)]  # fmt: skip
    return [*binds, *([bind(last)] if last else [])]


def test_a_thousand_records_and_then_silence_may_be_throttling(case: TinyCase) -> None:
    """Newer records do not always carry the mark."""
    found = ask(case, whole(mail_accesses=thousand(None)))

    assert ("03-04 11:39:09", "03-05 11:39:09", "unknown", {"throttling_inferred"}) in found


def test_a_thousand_records_and_more_after_them_are_no_throttling(case: TinyCase) -> None:
    """A bind within the day shows that binds were recorded."""
    assert [recorded()] == ask(case, whole(mail_accesses=[*thousand("2026-03-04 20:00"), bind("2026-03-05 12:00")]))


def test_the_first_day_of_a_log_is_open_until_a_bind_shows_that_binds_are_recorded(case: TinyCase) -> None:
    """The thousand records that throttled a mailbox may lie before the log begins."""
    tables = whole("mail_accesses", mail_accesses=[bind("2026-03-02 09:00")])

    assert [
        (BEGIN, "03-02 09:00:00", "unknown", {"throttling_before_log"}),
        recorded(since="03-02 09:00:00"),
    ] == ask(case, tables)


def test_a_first_bind_that_does_not_say_whether_it_was_the_last_leaves_a_day_open(case: TinyCase) -> None:
    """The nine hundred before the log and this one may have made the thousand."""
    tables = whole("mail_accesses", mail_accesses=[bind("2026-03-02 09:00", is_throttled=None)])

    assert [
        (BEGIN, "03-03 09:00:00", "unknown", {"throttling_before_log"}),
        recorded(since="03-03 09:00:00"),
    ] == ask(case, tables)


def test_a_mailbox_that_nobody_opens_is_open_for_the_first_day(case: TinyCase) -> None:
    """After 24 hours no throttling from before can last."""
    assert [
        (BEGIN, "03-03 00:00:00", "unknown", {"throttling_before_log"}),
        recorded(since="03-03 00:00:00"),
    ] == ask(case, whole("mail_accesses"))


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([plan(STANDARD), plan(EXCHANGE_2)], ("recorded", ALL)),
        ([plan(STANDARD)], ("unknown", {"plan_unpublished"})),
        ([plan(DESKLESS)], ("unknown", {"plan_unpublished"})),
        ([plan(who=EVE)], ("unknown", {"licence_unknown"})),
        ([plan(state="Disabled")], ("unknown", {"licence_unknown"})),
        ([], ("unknown", {"licence_unknown"})),
    ],
    ids=["E3", "Business", "frontline", "another's", "disabled", "none known"],
)
def test_which_licence_brings_mail_accesses(
    case: TinyCase, plans: list[dict[str, Any]], expected: tuple[str, set[str]]
) -> None:
    """E3 and E5 by what is published; of other plans nothing is."""
    tables = whole("mail_accesses", "licence_observations", licence_observations=plans)

    assert expected == ask(case, tables)[-1][2:]


def test_the_owners_own_record_proves_what_no_licence_does(case: TinyCase) -> None:
    """A mailbox with records has them, and over a gapless log without a licence change it had and keeps them."""
    assert [recorded()] == ask(case, whole("licence_observations"))


def test_a_delegates_record_proves_nothing_of_the_mailboxs_licence(case: TinyCase) -> None:
    """It may rest on the delegate's own licence: a shared mailbox without one stays open."""
    tables = whole(
        "licence_observations", "mail_accesses", "recipient_type_details",
        mail_accesses=[bind(accessed_as="delegate")],
        setting_observations=[sight("recipient_type_details", '"SharedMailbox"')],
    )  # fmt: skip

    assert [(BEGIN, END, "unknown", {"shared_without_licence"})] == ask(case, tables)


def test_a_licence_change_that_only_the_unified_log_shows_ends_the_proof(case: TinyCase) -> None:
    """Its plans are not in that record: what held before and after is not known without directory audits."""
    changed = event("2026-03-05 10:00", operation="Change user license.", record_type=8, object_id=BOB)

    assert {"licence_unproven"} == ask(case, whole(audit_events=[changed]))[-1][3]


def test_a_plan_switched_on_records_a_day_later(case: TinyCase) -> None:
    """Recording begins within 24 hours."""
    tables = whole(
        "licence_observations", "mail_accesses",
        licence_observations=[plan(state="Disabled"), plan(at="2026-03-05 10:00", how="change")],
    )  # fmt: skip

    *_, before, after = ask(case, tables)

    assert ("03-06 10:00:00", "unknown") == before[1:3]
    assert recorded(since="03-06 10:00:00") == after


def licence_taken(*later: str) -> Tables:
    """Premium is taken from Bob, who keeps Standard, on the 5th at ten; his own accesses at these times."""
    return whole(
        "licence_observations",
        licence_observations=[plan(), plan(STANDARD), plan(EXCHANGE_2), plan(at="2026-03-05 10:00", state="Deleted", how="change")],
        mail_accesses=[bind(at) for at in later],
    )  # fmt: skip


@pytest.mark.parametrize("later", [(), ("2026-03-05 18:00",)], ids=["silent", "within a day"])
def test_what_is_left_when_premium_is_taken_away_is_open(case: TinyCase, later: tuple[str, ...]) -> None:
    """Nobody says whether Standard then takes its place (MW-E0023); records of the same day may be late obedience."""
    assert [
        recorded(until="03-05 10:00:00"),
        ("03-05 10:00:00", END, "unknown", {"premium_taken_away"}),
    ] == ask(case, licence_taken(*later))


def test_own_records_a_day_after_a_licence_change_prove_what_is_left(case: TinyCase) -> None:
    """From a day after the change until the next."""
    assert recorded(since="03-06 10:00:00") == ask(case, licence_taken("2026-03-08 09:00"))[-1]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2023, ("blind", {"not_licensed"})),
        (2024, ("unknown", {"roll_out_unknown"})),
        (2019, ("blind", {"not_licensed"})),
    ],
)
def test_cheaper_licences_had_no_records_before_the_roll_out(
    case: TinyCase, year: int, expected: tuple[str, set[str]]
) -> None:
    """Certainly none before the pilot of August 2023; from then to October 2024 each tenant had a day of its own."""
    tables = whole("mail_accesses", "licence_observations", licence_observations=[plan(STANDARD), plan(EXCHANGE_2)])

    assert expected == ask(case, in_year(tables, year))[-1][2:]


def test_records_before_the_roll_out_dispute_the_licence(case: TinyCase) -> None:
    """E3 in 2022, and records of the owner's own: one of the two is wrong, and both are shown."""
    tables = whole("licence_observations", licence_observations=[plan(STANDARD), plan(EXCHANGE_2)])

    assert ("unknown", {"licence_disputed"}) == ask(case, in_year(tables, 2022))[-1][2:]


def test_premium_had_records_before_the_roll_out_of_standard(case: TinyCase) -> None:
    """The neighbour: E5 in 2023, of a log that was not searched by the cmdlet."""
    assert "recorded" == ask(case, in_year(whole(), 2023))[-1][2]


def test_before_april_2020_nothing_is_certain(case: TinyCase) -> None:
    """The records were paused."""
    assert {"known_outage"} == ask(case, in_year(whole(), 2020))[-1][3]


def in_year(tables: Tables, year: int) -> Tables:
    return {
        name: [{key: value.replace("2026-", f"{year}-") if isinstance(value, str) else value for key, value in row.items()} for row in rows]
        for name, rows in tables.items()
    }  # fmt: skip


def test_an_owner_who_works_without_one_mail_access_is_not_recorded(case: TinyCase) -> None:
    """Three days of work in a whole log, a plan that nobody says brings records, and none."""
    tables = whole(
        "licence_observations", "mail_accesses",
        licence_observations=[plan(DESKLESS)], audit_events=[work(3), work(4), work(5)],
    )  # fmt: skip

    assert {("degraded", frozenset({"worked_unrecorded"}))} == {stretch[2:] for stretch in ask(case, tables)}


@pytest.mark.parametrize(
    "acts",
    [
        [work(3), work(4)],
        [work(3), work(4), work(5, row_id="x") | {"operation": "Send"}],
        [work(3), work(4), work(5, row_id="x") | {"client_info_string": "Client=TBA;Service=Assistants"}],
        [work(3), work(4), work(5, row_id="x") | {"logon_type": 2}],
    ],
    ids=["two days", "a sent message", "an assistant", "a delegate"],
)
def test_little_work_proves_no_silence(case: TinyCase, acts: list[dict[str, Any]]) -> None:
    """Neighbours that must not match."""
    tables = whole(
        "licence_observations", "mail_accesses", licence_observations=[plan(DESKLESS)], audit_events=acts
    )  # fmt: skip

    assert {"plan_unpublished"} == ask(case, tables)[-1][3]


def test_a_licensed_owner_who_works_without_one_mail_access_is_a_conflict(case: TinyCase) -> None:
    """The plan may have been assigned through a group and not be in effect (MW-E0024)."""
    tables = whole("mail_accesses", audit_events=[work(3), work(4), work(5)])

    assert {"plan_not_effective"} == ask(case, tables)[-1][3]


@pytest.mark.parametrize(
    ("more", "asked", "code"),
    [
        ({"evidence": [{"evidence_id": "ev1", "acquired_at": "2026-03-09 12:00"}]}, {}, "records_may_be_late"),
        ({"evidence": [{"evidence_id": "ev1", "acquired_at": "2026-04-09", "modified_at": "2026-03-09"}]}, {}, "records_may_be_late"),
        ({}, {"as_of": "2026-03-09 06:00"}, "records_may_be_late"),
    ],
    ids=["added", "the file's own time", "asked as of"],
)  # fmt: skip
def test_the_last_day_before_a_collection_is_open(
    case: TinyCase, more: Tables, asked: dict[str, str], code: str
) -> None:
    """Records come up to a day late (MW-E0030)."""
    tables = {**whole(**more), "collection_windows": [window(evidence_id="ev1")]}

    first, *_, last = ask(case, tables, **asked)

    assert ("recorded", {code}) == (first[2], last[3])


def test_a_later_collection_settles_what_was_late_for_the_first(case: TinyCase) -> None:
    """Late for one statement is whole for another."""
    tables = whole(
        evidence=[
            {"evidence_id": "ev1", "acquired_at": "2026-03-09"},
            {"evidence_id": "ev2", "acquired_at": "2026-03-20"},
        ]
    )
    tables["collection_windows"] = [window(evidence_id="ev1"), window(row_id="w2", evidence_id="ev2")]  # fmt: skip

    assert {"recorded"} == {stretch[2] for stretch in ask(case, tables)}


def test_a_window_that_brought_nothing_is_blind(case: TinyCase) -> None:
    """The collector says that it failed, and no record of that time is here."""
    tables = whole()
    tables["collection_windows"] = [window(until="2026-03-05 00:00"), window("2026-03-05 00:00", complete=False)]

    assert [recorded(until="03-05 00:00:00"), ("03-05 00:00:00", END, "blind", {"not_collected"})] == ask(case, tables)


def test_a_window_that_brought_a_part_is_open(case: TinyCase) -> None:
    """Which records are missing nobody knows."""
    tables = whole(audit_events=[event("2026-03-06 01:00")])
    tables["collection_windows"] = [window(until="2026-03-05 00:00"), window("2026-03-05 00:00", complete=False)]

    last = ask(case, tables)[-1]

    assert ("03-05 00:00:00", END, "unknown") == last[:3] and "collection_incomplete" in last[3]


def test_two_statements_that_disagree_are_a_conflict(case: TinyCase) -> None:
    """One says whole, one says nothing came."""
    tables = whole(collection_windows=[window("2026-03-05 00:00", row_id="x", complete=False)])

    assert ("03-05 00:00:00", END, "unknown", {"collection_disputed"}) == ask(case, tables)[-1]


def test_a_log_that_begins_later_than_its_window_may_have_expired(case: TinyCase) -> None:
    """A collector that asks for a year gets what the log still holds, and says complete."""
    tables = whole("audit_events", "mail_accesses", audit_events=[event("2026-03-04 09:00")], mail_accesses=[bind("2026-03-04 09:00")])  # fmt: skip

    found = ask(case, tables)

    assert {"before_first_record"} <= found[0][3] and recorded(since="03-04 00:00:00") == found[-1]


def test_more_records_than_the_collector_counted_are_of_another_export(case: TinyCase) -> None:
    """An export that lacks what another has is not whole."""
    tables = whole(audit_events=[event("2026-03-03 09:00")])
    tables["collection_windows"] = [window(received=1)]

    assert [(BEGIN, END, "unknown", {"exports_disagree"})] == ask(case, tables)


@pytest.mark.parametrize("reader", ["mailbox_audit_log_csv", "defender_cloudappevents_json"])
def test_records_that_the_unified_log_need_not_hold_are_not_counted(case: TinyCase, reader: str) -> None:
    """The neighbour: another log's record in the same table."""
    tables = whole(
        audit_events=[event("2026-03-03 09:00", evidence_id="ev9")], evidence=[{"evidence_id": "ev9", "reader": reader}]
    )
    tables["collection_windows"] = [window(received=1)]  # fmt: skip

    assert [recorded()] == ask(case, tables)


def test_a_log_of_one_record_type_was_filtered(case: TinyCase) -> None:
    """Binds are of type 50, and syncs of type 2 (MW-E0018)."""
    tables = whole("audit_events", audit_events=[event(SINCE, record_type=50)])

    assert [(BEGIN, END, "unknown", {"record_types_filtered"})] == ask(case, tables)


def test_searches_before_2025_may_have_missed_rows(case: TinyCase) -> None:
    """Only where the log was searched with the cmdlet."""
    searched = {"evidence": [{"evidence_id": "ev1", "reader": "sual_ual_json", "acquired_at": "2024-06-01"}]}

    assert {"search_incomplete"} == ask(case, in_year(whole(**searched), 2024))[-1][3]


def three_weeks(*days: str) -> Tables:
    """Accesses at nine on these days of March; everything known until the 23rd."""
    tables = whole(mail_accesses=[bind(f"2026-03-{day} 09:00") for day in days])
    tables["audit_events"] = [event(SINCE), *(event(f"2026-03-{day} 07:00") for day in WEEKDAYS)]
    tables["collection_windows"] = [window(until="2026-03-23 00:00")]
    return tables


WEEKDAYS = ("03", "04", "05", "06", "09", "10", "11", "12", "13", "16", "17", "18", "19", "20")


def test_a_weekday_without_an_access_is_open(case: TinyCase) -> None:
    """Of a mailbox with accesses on nearly every weekday: a doubt, and never a verdict."""
    tables = three_weeks(*(day for day in WEEKDAYS if day != "11"))

    assert [
        recorded(until="03-11 00:00:00"),
        ("03-11 00:00:00", "03-12 00:00:00", "unknown", {"silent_day"}),
        recorded(since="03-12 00:00:00", until="03-23 00:00:00"),
    ] == ask(case, tables, mailbox=BOB)


@pytest.mark.parametrize(
    "missing", [("11", "12", "13", "16", "17"), ("20",), ()], ids=["a week away", "the last day", "none"]
)
def test_a_mailbox_without_such_a_rhythm_raises_no_doubt(case: TinyCase, missing: tuple[str, ...]) -> None:
    """Holidays, weekends and what comes after the last access say nothing."""
    tables = three_weeks(*(day for day in WEEKDAYS if day not in missing))

    found = settled(case, tables).ask("access_would_be_recorded")

    assert {"recorded"} == {f.state for f in found if f.mailbox == BOB}


@pytest.mark.parametrize(("records", "is_limit"), [(5000, True), (4999, False)])
def test_an_export_at_a_limit_is_named_where_nothing_else_proves_it(
    case: TinyCase, records: int, is_limit: bool
) -> None:
    """5,000, 50,000 and the like are where searches end (MW-E0033)."""
    item = {"evidence_id": "ev1", "reader": "sual_ual_csv", "records": records, "scope_from": SINCE, "scope_to": UNTIL}
    tables = whole("collection_windows", evidence=[item], audit_events=[event(UNTIL)])

    assert is_limit == ("export_at_limit" in ask(case, tables)[-1][3])


def test_a_statement_that_does_not_say_for_whom_is_named(case: TinyCase) -> None:
    """Whoever can answer for it states it on adding."""
    tables = whole("collection_windows", collection_windows=[window(feed="unified_audit_log_users_unstated")], audit_events=[event(UNTIL)])  # fmt: skip

    assert {"users_unstated", "collection_unproven"} <= ask(case, tables)[-1][3]


def test_a_gap_of_the_log_takes_the_settings_after_it(case: TinyCase) -> None:
    """A change in the gap would not be seen."""
    tables = whole()
    tables["collection_windows"] = [window(until="2026-03-05 00:00"), window("2026-03-05 01:00")]

    found = ask(case, tables)

    assert recorded(until="03-05 00:00:00") == found[0]
    assert {"ingestion_unknown", "licence_unproven", *SETTINGS_UNKNOWN} == found[-1][3]


def test_settings_that_disagree_are_open(case: TinyCase) -> None:
    """Two sights of one moment."""
    tables = whole(setting_observations=[sight("audit_disabled", "true", subject="", row_id="x")])

    assert "tenant_auditing_unknown" in ask(case, tables)[-1][3]


def test_it_can_be_asked_of_one_mailbox_and_time(case: TinyCase) -> None:
    """Only that mailbox, from and to the moments asked."""
    tables = whole(mail_accesses=[bind("2026-03-03 08:00", mailbox=EVE)])

    assert [recorded("03-04 00:00:00", "03-05 00:00:00")] == ask(
        case, tables, mailbox=BOB, time_from="2026-03-04", time_to="2026-03-05"
    )


def test_a_mailbox_of_which_nothing_is_known_is_told_when_asked_for(case: TinyCase) -> None:
    """Its licence, sets and bypass are open; the log and the tenant's switches are not."""
    found = ask(case, whole(), mailbox="nobody@contoso.test")

    assert {"audit_settings_unknown", "bypass_unknown", "licence_unknown"} == found[-1][3]


def test_an_empty_case_says_what_would_decide_it(case: TinyCase) -> None:
    """No record, no window: one undecidable finding."""
    assert [("", "", "undecidable", {"table_missing"})] == ask(case, {})


def test_what_was_collected_early_is_not_settled_by_asking_later(case: TinyCase) -> None:
    """The evidence was made at the end of the week: a month later it still lacks what came after it."""
    tables = whole(evidence=[{"evidence_id": "e1", "acquired_at": UNTIL, "modified_at": UNTIL}])
    tables["collection_windows"] = [window(evidence_id="e1")]

    found = ask(case, tables, as_of="2026-04-09 00:00")

    case.connection.execute(
        "UPDATE evidence SET modified_at = TIMESTAMP '1980-01-01 00:00:00', acquired_at = TIMESTAMP '2026-04-01 00:00:00'"
    )
    assert [recorded()] == told(case.ask("access_would_be_recorded"))  # the time that archives write for want of one
    assert [recorded(until="03-08 00:00:00"), ("03-08 00:00:00", END, "unknown", {"records_may_be_late"})] == found


@pytest.mark.parametrize(("how", "first"), [("snapshot", "unknown"), ("change", "recorded")])
def test_a_setting_that_changed_without_a_record_is_unknown_between(case: TinyCase, how: str, first: str) -> None:
    """Audited when first seen, not audited when seen again: the record of the change is missing, or is that sight."""
    again = [
        sight("default_audit_set", '["Admin", "Delegate"]', "2026-03-06 00:00", how=how),
        sight("audit_owner", '["Update"]', "2026-03-06 00:00", how=how),
    ]

    found = ask(case, whole("mail_accesses", setting_observations=again, mail_accesses=[bind(accessed_as="delegate")]))

    assert first == found[0][2]
    assert ("degraded", {"owner_not_audited"}) == found[-1][2:]


def test_no_statement_proves_anything_where_two_tenants_logs_are(case: TinyCase) -> None:
    """A statement does not say of which tenant it is. Records that name no tenant, or none of its own, are no second one."""
    names = ("11111111-0000-4000-8000-000000000001", None, "", "00000000-0000-0000-0000-000000000000")
    of_one = [event("2026-03-03 10:00", organization_id=names[0]), *(event(f"2026-03-03 10:0{n}", organization_id=name) for n, name in enumerate(names[1:], 1))]  # fmt: skip
    assert [recorded()] == ask(case, whole(audit_events=of_one))

    other = event("2026-03-03 11:00", organization_id="22222222-0000-4000-8000-000000000002")
    case.given(audit_events=[other])
    found = told(case.ask("access_would_be_recorded"))

    assert {"unknown"} == {state for _, _, state, _ in found}
    assert all("several_tenants" in codes for *_, codes in found)
    assert [("undecidable", {"several_tenants"})] == [
        (f.verdict, {r.code for r in f.reasons}) for f in case.ask("feed_is_whole") if f.subject == "unified_audit_log"
    ]


def test_a_stretch_ends_where_the_question_does(case: TinyCase) -> None:
    """What lies around the time asked for decides, and is not told."""
    found = ask(case, whole(), time_from="2026-03-04T00:00", time_to="2026-03-05T00:00")

    assert [recorded(since="03-04 00:00:00", until="03-05 00:00:00")] == found
