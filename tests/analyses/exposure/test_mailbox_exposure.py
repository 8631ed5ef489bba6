"""mailbox_exposure, unrecorded: how far the list of messages can be believed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.analyses.conftest import TinyCase, empty_case
from tests.analyses.exposure.rows import BOB, EVE, Row, background, bind, item, proof_of_recording, sync

LATE = "2026-03-20 10:00"


def both(case: TinyCase, **asked: Any) -> tuple[str, str | None, list[str]]:
    """(verdict, bounds, codes) of the statement about S1."""
    (found,) = [f for f in case.ask("mailbox_exposure", **asked) if f.actor in ("S1", asked.get("actor"))]
    return found.verdict, found.bounds, sorted({r.code for r in found.reasons})


def test_a_list_is_exact_when_everything_recording_hangs_on_is_proven(case: TinyCase) -> None:
    """No sync, no throttling, the whole log collected, audited, not bypassed: the list is complete."""
    case.given(mail_accesses=[bind(), bind("a2", LATE)], mail_access_items=[item()], **proof_of_recording())

    (found,) = case.ask("mailbox_exposure")

    assert ("supported", "exact", "absence", None) == (found.verdict, found.bounds, found.basis, found.would_decide)
    assert (found.time_from, found.time_to) == (datetime(2026, 3, 1, 10), datetime(2026, 3, 20, 10))
    assert [
        ("collection_windows", "w1", "collected"),
        ("mailbox_settings", "ms1", "audited_owner"),
        ("mailbox_settings", "ms1", "not_bypassed"),
        ("tenant_settings", "t1", "auditing_on"),
        ("tenant_settings", "t2", "ingestion_on"),
    ] == [(r.table_name, r.row_id, r.role) for r in found.refs]


def test_proof_of_recording_contradicts_that_accesses_went_unrecorded(case: TinyCase) -> None:
    """The other side of the same proof."""
    case.given(mail_accesses=[bind()], **proof_of_recording())

    (found,) = case.ask("unrecorded")

    assert ("contradicted", "configuration", ["recording_proven"]) == (
        found.verdict,
        found.basis,
        [r.code for r in found.reasons],
    )


def without(name: str, row_id: str | None = None) -> dict[str, list[Row]]:
    proof = proof_of_recording()
    proof[name] = [row for row in proof[name] if row_id is not None and row["row_id"] != row_id]
    return proof


def changed(name: str, row_id: str, **columns: Any) -> dict[str, list[Row]]:
    proof = proof_of_recording()
    proof[name] = [{**row, **columns} if row["row_id"] == row_id else row for row in proof[name]]
    return proof


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        (without("collection_windows"), "collection_unproven"),
        (changed("collection_windows", "w1", complete=None), "collection_unproven"),
        (changed("collection_windows", "w1", complete=False), "collection_unproven"),
        (changed("collection_windows", "w1", feed="signins"), "collection_unproven"),
        (changed("collection_windows", "w1", feed=None), "collection_unproven"),
        (changed("collection_windows", "w1", window_from="2026-03-02"), "collection_unproven"),
        (changed("collection_windows", "w1", window_to="2026-03-20"), "collection_unproven"),
        (changed("collection_windows", "w1", window_from=None), "collection_unproven"),
        (changed("collection_windows", "w1", window_to=None), "collection_unproven"),
        (changed("mailbox_settings", "ms1", default_audit_set=None), "audit_settings_unknown"),
        (changed("mailbox_settings", "ms1", default_audit_set='["Admin", "Delegate"]'), "audit_settings_unknown"),
        (
            changed("mailbox_settings", "ms1", default_audit_set='["Admin"]', audit_owner='["HardDelete"]'),
            "not_audited",
        ),
        (changed("mailbox_settings", "ms1", recipient_type="GroupMailbox"), "not_audited"),
        (changed("mailbox_settings", "ms1", mailbox=EVE), "audit_settings_unknown"),
        (changed("mailbox_settings", "ms1", valid_from="2026-03-02"), "audit_settings_unknown"),
        (changed("mailbox_settings", "ms1", audit_bypass=None), "bypass_unknown"),
        (changed("mailbox_settings", "ms1", audit_bypass=True), "actor_bypassed"),
        (without("tenant_settings", "t1"), "tenant_auditing_unknown"),
        (changed("tenant_settings", "t1", value="true"), "auditing_disabled"),
        (changed("tenant_settings", "t1", value=None), "tenant_auditing_unknown"),
        (without("tenant_settings", "t2"), "ingestion_unknown"),
        (changed("tenant_settings", "t2", value="false"), "ingestion_off"),
    ],
)
def test_one_thing_unproven_and_the_list_is_at_least(case: TinyCase, proof: dict[str, list[Row]], code: str) -> None:
    """Unknown or known to be off: the claim stays open and says what would decide it."""
    case.given(mail_accesses=[bind(), bind("a2", LATE)], **proof)

    codes = [
        (f.claim[:8], f.verdict, f.bounds, {r.code for r in f.reasons})
        for f in case.ask("mailbox_exposure", "unrecorded")
    ]

    assert [("accesses", "undecidable", "at_least"), ("the list", "undecidable", "at_least")] == [c[:3] for c in codes]
    assert all(code in c[3] for c in codes)
    assert all(f.would_decide and f.would_decide.endswith("would decide it.") for f in case.findings())


def listed(**columns: Any) -> dict[str, list[Row]]:
    return {"mail_accesses": [bind(**{"operation_count": 2, "items_listed": 2, **columns}), bind("a2", LATE)]}


def cut_off(**salvaged: Any) -> dict[str, list[Row]]:
    row = {"evidence_id": "e1", "reason": "cut_off", "operation": "MailItemsAccessed", "time": "2026-03-05", **salvaged}
    return {"rejects": [row]}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (listed(operation_count=5), "items_unlisted"),
        (listed(items_listed=0), "items_unlisted"),
        (cut_off(), "records_unread"),
        (cut_off(user_id=BOB), "records_unread"),
        (cut_off(time=None, operation=None), "records_unread"),
    ],
)
def test_what_the_evidence_lost_makes_the_list_at_least(case: TinyCase, given: dict[str, list[Row]], code: str) -> None:
    """A record that lists less than it counts, or could not be read whole: collected, and yet not in the list."""
    case.given(**{"mail_accesses": [bind(), bind("a2", LATE)], **proof_of_recording(), **given})

    assert ("undecidable", "at_least", [code]) == both(case)


@pytest.mark.parametrize(
    "given",
    [
        listed(),
        cut_off(user_id=EVE),
        cut_off(time="2026-03-21"),
        cut_off(operation="FileAccessed"),
        {**cut_off(id="whole"), "audit_events": [{"id": "whole", "time": "2026-03-05"}]},
    ],
)
def test_what_was_lost_elsewhere_leaves_the_list_exact(case: TinyCase, given: dict[str, list[Row]]) -> None:
    """Another user, another time, another operation, or the same record whole in another export."""
    case.given(**{"mail_accesses": [bind(), bind("a2", LATE)], **proof_of_recording(), **given})

    assert ("supported", "exact", ["recording_proven"]) == both(case)


@pytest.mark.parametrize(("held", "bounds"), [(2, "exact"), (1, "at_least")])
def test_a_window_proves_only_what_the_case_holds(case: TinyCase, held: int, bounds: str) -> None:
    """The collector got two records; a case with one of them has not the whole log."""
    proof = changed("collection_windows", "w1", expected=2, received=2)
    events = [{"row_id": f"audit:{n}", "id": f"{n}", "time": "2026-03-05"} for n in range(held)]
    case.given(mail_accesses=[bind(), bind("a2", LATE)], audit_events=events, **proof)

    assert bounds == both(case)[1]


@pytest.mark.parametrize(("evidence_id", "bounds"), [("e2", "at_least"), ("e1", "exact")])
def test_a_window_that_another_collector_lost_is_not_proven(case: TinyCase, evidence_id: str, bounds: str) -> None:
    """One log says it got all, another that it did not; a loss that the same log mends later is none."""
    proof = changed("collection_windows", "w1", evidence_id="e1")
    lost = {
        "row_id": "w2",
        "feed": "unified_audit_log",
        "window_from": "2026-03-02",
        "window_to": "2026-03-03",
        "complete": False,
    }
    proof["collection_windows"].append({**lost, "evidence_id": evidence_id})
    case.given(mail_accesses=[bind(), bind("a2", LATE)], **proof)

    assert bounds == both(case)[1]


def test_a_change_in_the_middle_of_the_time_is_seen(case: TinyCase) -> None:
    """Audited, then not, then audited again: the stretch between counts."""
    settings = proof_of_recording()["mailbox_settings"][0]
    proof = without("mailbox_settings")
    proof["mailbox_settings"] = [
        {**settings, "row_id": "ms1", "valid_to": "2026-03-10"},
        {**settings, "row_id": "ms2", "valid_from": "2026-03-10", "valid_to": "2026-03-11", "audit_bypass": True},
        {**settings, "row_id": "ms3", "valid_from": "2026-03-11"},
    ]
    case.given(mail_accesses=[bind(), bind("a2", LATE)], **proof)

    assert ("undecidable", "at_least", ["actor_bypassed"]) == both(case)


@pytest.mark.parametrize(
    ("second_from", "bounds"), [("2026-03-10", "exact"), ("2026-03-09", "exact"), ("2026-03-10 00:01", "at_least")]
)
def test_windows_that_touch_cover_together_and_a_hole_does_not(case: TinyCase, second_from: str, bounds: str) -> None:
    """Daily collections prove a month only without a hole."""
    proof = changed("collection_windows", "w1", window_to="2026-03-10")
    proof["collection_windows"].append(
        {**proof["collection_windows"][0], "row_id": "w2", "window_from": second_from, "window_to": "2026-04-01"}
    )
    case.given(mail_accesses=[bind(), bind("a2", LATE)], **proof)

    assert bounds == both(case)[1]


def test_a_list_of_actions_that_names_the_operation_is_as_good_as_the_managed_set(case: TinyCase) -> None:
    """A customised mailbox that still lists MailItemsAccessed records it."""
    case.given(
        mail_accesses=[bind()],
        **changed("mailbox_settings", "ms1", default_audit_set="[]", audit_owner='["MailItemsAccessed"]'),
    )

    assert ("supported", "exact", ["recording_proven"]) == both(case)


@pytest.mark.parametrize(
    ("accessed_as", "managed", "bounds"),
    [
        ("delegate", '["Delegate"]', "exact"),
        ("delegate", '["Owner"]', "at_least"),
        ("admin", '["Admin"]', "exact"),
        ("application", '["Owner"]', "at_least"),
        ("application", '["Owner", "Admin", "Delegate"]', "exact"),
        (None, '["Owner"]', "at_least"),
        (None, '["Owner", "Admin", "Delegate"]', "exact"),
    ],
)
def test_the_logon_that_was_used_must_be_audited(
    case: TinyCase, accessed_as: str | None, managed: str, bounds: str
) -> None:
    """Owner, delegate and admin are audited apart; access of unknown kind needs all three."""
    case.given(
        mail_accesses=[bind(accessed_as=accessed_as)],
        **changed("mailbox_settings", "ms1", default_audit_set=managed),
    )

    assert bounds == both(case)[1]


def test_the_bypass_of_the_actor_counts_and_not_of_the_mailbox(case: TinyCase) -> None:
    """Eve reads Bob's mailbox: it is Eve's account that must not be bypassed."""
    proof = proof_of_recording()
    case.given(mail_accesses=[bind(user_id=EVE, accessed_as="delegate")], **proof)
    assert ("undecidable", "at_least", ["bypass_unknown"]) == both(case)

    case.given(
        mailbox_settings=[{**proof["mailbox_settings"][0], "row_id": "ms2", "mailbox": EVE}],
        setting_observations=[
            {**row, "row_id": f"{row['row_id']}-eve", "subject": EVE}
            for row in proof["setting_observations"]
            if row["setting"] == "audit_bypass_enabled"
        ],
    )
    assert ("supported", "exact", ["recording_proven"]) == both(case)


def seen_only_at(day: str) -> dict[str, list[Row]]:
    """Every setting was seen once; the table of intervals takes it to hold from then on."""
    proof = proof_of_recording(since=day)
    proof["setting_observations"] = [row for row in proof["setting_observations"] if row["time"] == day]
    return proof


@pytest.mark.parametrize(("collected_from", "bounds"), [("2026-01-01", "exact"), ("2026-02-15", "at_least")])
def test_a_setting_holds_only_as_far_as_its_changes_would_be_seen(
    case: TinyCase, collected_from: str, bounds: str
) -> None:
    """Seen on in January; without the log of February nothing shows that it was still on in March."""
    proof = seen_only_at("2026-01-10")
    proof["collection_windows"] = [{**row, "window_from": collected_from} for row in proof["collection_windows"]]
    case.given(mail_accesses=[bind(), bind("a2", LATE)], **proof)

    assert bounds == both(case)[1]


def test_a_managed_set_whose_list_lacks_the_operation_is_no_proof(case: TinyCase) -> None:
    """The list shown is what is recorded: without the licence for it, the managed set lacks MailItemsAccessed."""
    proof = changed("mailbox_settings", "ms1", audit_owner='["HardDelete"]')
    case.given(mail_accesses=[bind(), bind("a2", LATE)], **proof)

    assert ("undecidable", "at_least", ["audit_settings_unknown"]) == both(case)


def test_a_sync_leaves_the_list_without_an_upper_end(case: TinyCase) -> None:
    """A folder taken whole names no messages."""
    case.given(mail_accesses=[bind(), sync()], mail_access_items=[item()], **proof_of_recording())

    assert ("undecidable", "unbounded", ["folder_synced"]) == both(case)


def test_a_sync_by_someone_else_does_not_matter(case: TinyCase) -> None:
    """The neighbour: another session of the same mailbox synchronised."""
    case.given(mail_accesses=[bind(), sync(session_id="S2")], **proof_of_recording())

    assert ("supported", "exact", ["recording_proven"]) == both(case)


def test_a_throttled_record_of_anyone_leaves_the_mailbox_unbounded(case: TinyCase) -> None:
    """Throttling falls on the mailbox."""
    case.given(
        mail_accesses=[bind(), bind("a2", "2026-03-01 09:00", session_id="S2", is_throttled=True)],
        **proof_of_recording(),
    )

    assert ("undecidable", "unbounded", ["throttled"]) == both(case)


def test_throttling_at_another_time_leaves_it_at_least(case: TinyCase) -> None:
    """Weeks later, but the actor could have been there unseen."""
    case.given(mail_accesses=[bind(), bind("a2", LATE, session_id="S2", is_throttled=True)], **proof_of_recording())

    assert ("undecidable", "at_least", ["throttled_at_another_time"]) == both(case)


def test_throttling_of_another_mailbox_does_not_matter(case: TinyCase) -> None:
    """The neighbour: the mark is on Eve's mailbox."""
    case.given(
        mail_accesses=[bind(), bind("a2", mailbox=EVE, session_id="S2", is_throttled=True)], **proof_of_recording()
    )

    assert ("supported", "exact", ["recording_proven"]) == both(case)


def test_throttling_not_stated_is_not_false(case: TinyCase) -> None:
    """A null of any bind of a mailbox with records enough to be throttled leaves the list at least."""
    many = [bind(f"n{n}", f"2026-03-{1 + n % 2:02} 1{n % 10}:00", session_id="S2") for n in range(999)]
    case.given(
        mail_accesses=[bind(), bind("a2", LATE, session_id="S2", is_throttled=None), *many], **proof_of_recording()
    )

    assert ("undecidable", "at_least", ["throttling_unknown"]) == both(case)


def test_too_few_records_cannot_have_been_throttled(case: TinyCase) -> None:
    """The neighbour: the whole log is here and the mailbox never had a thousand records in two days, so the missing mark does not matter."""
    case.given(mail_accesses=[bind(), bind("a2", LATE, session_id="S2", is_throttled=None)], **proof_of_recording())

    assert ("supported", "exact", ["recording_proven"]) == both(case)


@pytest.mark.parametrize(
    ("until", "bounds", "code"),
    [
        ("2026-03-15", "at_least", "licence_gap"),
        ("2026-02-15", "at_least", "licence_gap"),
        ("2026-04-01", "exact", "recording_proven"),
    ],
)
def test_where_the_licence_history_is_known_it_must_cover_the_time(
    case: TinyCase, until: str, bounds: str, code: str
) -> None:
    """A licence taken away in the middle is a gap; with no licence known at all the records themselves show that there was one."""
    plan = "2F442157-a11c-46b9-ae5b-6e39ff4e5849"
    case.given(
        mail_accesses=[bind(), bind("a2", LATE)],
        licences=[
            {
                "row_id": "l1",
                "user_principal_name": BOB,
                "service_plan_id": plan,
                "valid_from": "2026-02-01",
                "valid_to": until,
            }
        ],
        **proof_of_recording(),
    )

    assert (bounds, [code]) == both(case)[1:]


@pytest.mark.parametrize(
    ("changed", "who", "code"),
    [
        ("2026-02-28 12:00", BOB, "licence_changed"),
        ("2026-02-27 23:00", BOB, "recording_proven"),
        ("2026-02-28 12:00", EVE, "recording_proven"),
    ],
    ids=["the day before", "longer ago", "another's"],
)
def test_a_licence_that_just_changed_leaves_the_list_open(case: TinyCase, changed: str, who: str, code: str) -> None:
    """It takes up to a day until accesses are recorded by the new licence, whichever of the two the records came by."""
    told = {
        "row_id": "lo1",
        "time": changed,
        "user_principal_name": who,
        "service_plan_id": "x",
        "state": "Enabled",
        "how": "change",
    }
    logged = {"row_id": "e1", "time": changed, "record_type": 8, "operation": "Change user license.", "object_id": who}
    for table, row in (("licence_observations", told), ("audit_events", logged)):
        one = empty_case()
        one.given(mail_accesses=[bind()], **{**proof_of_recording(), table: [row]})
        assert [code] == both(one, time_from="2026-03-01", time_to="2026-03-02")[2], table


def test_the_time_asked_for_must_be_covered_whole(case: TinyCase) -> None:
    """Asked beyond the collected window, the list is at least."""
    case.given(mail_accesses=[bind()], **proof_of_recording())

    assert "exact" == both(case, time_from="2026-02-01", time_to="2026-04-01")[1]
    assert "at_least" == both(case, time_from="2026-01-31", time_to="2026-04-01")[1]
    assert "at_least" == both(case, time_from="2026-02-01", time_to="2026-04-01T00:00:01")[1]


def test_records_may_still_be_on_their_way(case: TinyCase) -> None:
    """Asked as of the same day, records may be late."""
    case.given(mail_accesses=[bind()], **proof_of_recording())

    assert ("undecidable", "at_least", ["records_may_be_late"]) == both(case, as_of="2026-03-02T09:00")
    assert "exact" == both(case, as_of="2026-03-02T10:00")[1]


def test_an_access_without_time_is_a_gap(case: TinyCase) -> None:
    """What has no time cannot be placed in a proven interval."""
    case.given(mail_accesses=[bind(), bind("a2", None)], **proof_of_recording())

    assert ("undecidable", "at_least", ["access_undated"]) == both(case)


def test_nothing_recorded_of_what_was_asked_is_no_answer(case: TinyCase) -> None:
    """No row is not a verdict."""
    case.given(mail_accesses=[bind(mailbox=EVE)], **proof_of_recording())

    (found,) = case.ask("mailbox_exposure", mailbox=BOB, actor="S1")

    assert ("undecidable", "at_least", BOB, "S1") == (found.verdict, found.bounds, found.mailbox, found.actor)
    assert "no_access_recorded" in {r.code for r in found.reasons}


def test_a_snapshot_holds_back_to_the_beginning_of_the_gapless_log(case: TinyCase) -> None:
    """Settings seen only at the end are proven before, for a change would be in the log that is here without a gap."""
    proof = proof_of_recording()
    proof["setting_observations"] = [
        {**row, "how": "snapshot"} for row in proof["setting_observations"] if row["time"] == "2026-04-01"
    ]
    for name in ("mailbox_settings", "tenant_settings"):
        proof[name] = [{**row, "valid_from": "2026-04-01", "valid_to": "9999-12-31"} for row in proof[name]]
    case.given(mail_accesses=[bind()], mail_access_items=[item()], **proof)

    found = case.ask("mailbox_exposure", time_from="2026-02-10", time_to="2026-03-10")

    assert [("supported", "exact")] == [(f.verdict, f.bounds) for f in found]


def test_equal_values_on_both_sides_of_a_gap_prove_nothing_within(case: TinyCase) -> None:
    """A change and its reversal in the time that was not collected would leave both sights equal."""
    proof = proof_of_recording()
    window = proof["collection_windows"][0]
    proof["collection_windows"] = [
        {**window, "row_id": "w1", "window_to": "2026-02-20"},
        {**window, "row_id": "w2", "window_from": "2026-02-25"},
    ]
    case.given(mail_accesses=[bind()], mail_access_items=[item()], **proof)

    found = case.ask("mailbox_exposure", time_from="2026-02-10", time_to="2026-03-10")

    assert {"collection_unproven", "audit_settings_unknown"} <= {r.code for f in found for r in f.reasons}


@pytest.mark.parametrize("feed", ["signins_interactive", "signins_non_interactive"])
def test_without_the_sign_ins_of_the_time_the_actor_may_have_had_another_session(case: TinyCase, feed: str) -> None:
    """Whoever holds a credential can come back in another session; only the sign-ins show that he did not."""
    proof = proof_of_recording()
    proof["collection_windows"] = [row for row in proof["collection_windows"] if row["feed"] != feed]
    case.given(mail_accesses=[bind()], **proof)

    assert ("undecidable", "at_least", ["signins_unproven"]) == both(case)


def test_an_application_needs_the_sign_ins_of_service_principals_too(case: TinyCase) -> None:
    """An application in its own name signs in elsewhere than people do, and in a person's name as they do."""
    app: Row = {"session_id": None, "app_id": "app-1", "accessed_as": "application", "user_id": None, "client": "ews"}
    proof = proof_of_recording()
    case.given(mail_accesses=[bind(**app)], **proof)
    assert ["exact"] == [f.bounds for f in case.ask("mailbox_exposure", time_from="2026-02-10", time_to="2026-03-20")]

    case.connection.execute("DELETE FROM collection_windows WHERE feed = 'signins_service_principal'")
    assert [["signins_unproven"]] == [
        [r.code for r in f.reasons] for f in case.ask("mailbox_exposure", time_from="2026-02-10", time_to="2026-03-20")
    ]


def test_an_access_without_a_session_may_be_this_actors(case: TinyCase) -> None:
    """A record of the same mailbox that names no session leaves the list of a session at least; one of the service does not."""
    case.given(mail_accesses=[bind(), background("b1")], **proof_of_recording())
    assert ("supported", "exact", ["recording_proven"]) == both(case)

    case.given(mail_accesses=[bind("a9", session_id=None)])
    assert ["accesses_unattributed"] == [
        r.code
        for f in case.ask("mailbox_exposure", actor="S1", time_from="2026-02-10", time_to="2026-03-20")
        for r in f.reasons
    ]


def test_what_a_service_read_is_never_known_whole(case: TinyCase) -> None:
    """Compliance searches, indexing and assistants read without a mail-access record; the person beside it is not touched by that."""
    case.given(mail_accesses=[bind(), background("b1")], **proof_of_recording())

    found = {f.actor: sorted({r.code for r in f.reasons}) for f in case.ask("mailbox_exposure")}

    assert {"S1": ["recording_proven"], "(Microsoft service process)": ["service_actor"]} == found


def test_a_service_that_acted_in_a_persons_name_leaves_every_list_open(case: TinyCase) -> None:
    """Actor tokens are logged neither at issue nor at use; a directory change is their one trace. A person's own name is none, nor what services do for people."""
    other = {"initiated_by_user": BOB, "initiated_by_name": "Bob", "activity": "Add member to role"}
    exchange = {**other, "initiated_by_name": "Office 365 Exchange Online"}
    usual = [
        {**exchange, "row_id": "d2", "activity": "Add member to group"},
        {**exchange, "row_id": "d3", "activity": "Set directory feature on tenant"},
    ]
    case.given(mail_accesses=[bind()], directory_audits=[{"row_id": "d1", **other}, *usual], **proof_of_recording())
    assert ("supported", "exact", ["recording_proven"]) == both(case)

    case.given(directory_audits=[{"row_id": "d4", **exchange}])
    assert ("undecidable", "at_least", ["service_in_a_persons_name"]) == both(case)


def typed(*types: int, **more: Any) -> dict[str, list[Row]]:
    return {
        "audit_events": [
            {"row_id": f"e{n}", "time": "2026-03-01 10:00", "record_type": kind, **more} for n, kind in enumerate(types)
        ]
    }


@pytest.mark.parametrize(("asked_to", "bounds"), [(None, "at_least"), ("2026-03-19T11:00", "exact")])
def test_a_list_is_exact_only_to_a_day_before_its_log_was_collected(
    case: TinyCase, asked_to: str | None, bounds: str
) -> None:
    """Collected an hour after the last record: later records of that day may not have come yet."""
    proof = proof_of_recording()
    proof["collection_windows"] = [{**row, "evidence_id": "ev"} for row in proof["collection_windows"]]
    made = {"evidence_id": "ev", "acquired_at": "2026-06-01", "modified_at": "2026-03-20 11:00"}
    case.given(mail_accesses=[bind(), bind("a2", LATE)], mail_access_items=[item()], evidence=[made], **proof)

    _, found, codes = both(case, time_from="2026-03-01", **({} if asked_to is None else {"time_to": asked_to}))

    assert (bounds, bounds == "at_least") == (found, "records_may_be_late" in codes)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (typed(50), "record_types_filtered"),
        ({**typed(50, 2), "collection_windows": [{"row_id": "w9", "feed": "unified_audit_log", "window_from": "2026-03-01", "window_to": "2026-03-02", "complete": True, "expected": 1, "received": 1}]}, "exports_disagree"),
        ({"audit_events": [{"row_id": "e1", "organization_id": "a"}, {"row_id": "e2", "organization_id": "b"}]}, "several_tenants"),
        (typed(50, 2), None),
    ],
    ids=["no syncs in the log", "another export has more", "two tenants", "whole"],
)  # fmt: skip
def test_what_makes_coverage_doubtful_makes_the_list_so(
    case: TinyCase, more: dict[str, list[Row]], code: str | None
) -> None:
    """A log that lacks what an access would have left says nothing of the end of a list."""
    proof = proof_of_recording()
    case.given(
        mail_accesses=[bind(), bind("a2", LATE)], mail_access_items=[item()],
        **{name: [*proof.get(name, []), *more.get(name, [])] for name in {*proof, *more}},
    )  # fmt: skip

    verdict, bounds, codes = both(case, time_from="2026-03-01", time_to="2026-03-21")

    assert (("supported", "exact") if code is None else ("undecidable", "at_least")) == (verdict, bounds)
    assert code is None or code in codes


@pytest.mark.parametrize(
    ("year", "proof", "code"),
    [
        (2024, {"evidence": [{"evidence_id": "ev", "reader": "sual_csv"}]}, "search_incomplete"),
        (2019, {}, "known_outage"),
    ],
)
def test_what_the_service_lost_makes_the_list_doubtful(
    case: TinyCase, year: int, proof: dict[str, list[Row]], code: str
) -> None:
    """Searches of 2023 and 2024 missed rows; in 2019 the records were paused."""
    case.given(
        mail_accesses=[bind(at=f"{year}-03-01 10:00")], mail_access_items=[item()], **proof,
        **proof_of_recording(since=f"{year}-02-01", until=f"{year}-04-01"),
    )  # fmt: skip

    _, bounds, codes = both(case)

    assert ("at_least", True) == (bounds, code in codes)
