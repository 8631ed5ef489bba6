"""Settings, licences and identities as intervals: what held when, whatever the order of the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.case.settings_intervals import FOREVER, build
from mailwitness.model.tables import table

TYPES = {"text": pa.string(), "time": pa.timestamp("us"), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}


def day(number: int) -> datetime:
    return datetime(2026, 3, number)


def built(**given_rows: Sequence[Mapping[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A connection with the four event views filled from a few rows, after build."""
    connection = duckdb.connect()
    for name in ("setting_observations", "licence_observations", "identity_mentions", "audit_events"):
        schema = pa.schema([(column.name, TYPES[column.type]) for column in table(name).columns])
        rows = pa.Table.from_pylist([dict(row) for row in given_rows.get(name, ())], schema=schema)
        connection.register(f"{name}_rows", rows)
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_rows")
    build(connection)
    return connection


def seen(
    at: int | None, setting: str, value: str, subject: str = "ana@contoso.test", how: str = "change", **more: Any
) -> dict[str, Any]:
    return {
        "time": None if at is None else day(at), "subject_kind": "mailbox", "subject": subject, "setting": setting,
        "value": value, "how": how, "learned_from": "Set-CASMailbox" if how == "change" else "Get-CASMailbox", **more,
    }  # fmt: skip


def pop_intervals(*observations: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return (
        built(setting_observations=observations)
        .execute("SELECT valid_from, valid_to, pop_enabled FROM mailbox_settings ORDER BY ALL")
        .fetchall()
    )


def test_on_off_and_on_again_gives_three_half_open_intervals() -> None:
    """Each change holds from its moment to the next; nothing is said before the first."""
    assert pop_intervals(
        seen(1, "pop_enabled", "true"), seen(3, "pop_enabled", "false"), seen(5, "pop_enabled", "true")
    ) == [(day(1), day(3), True), (day(3), day(5), False), (day(5), FOREVER, True)]


def test_snapshot_that_contradicts_the_replay_holds_from_its_own_time() -> None:
    """A change that no record shows is noticed at the snapshot, not before."""
    assert pop_intervals(
        seen(1, "pop_enabled", "true"), seen(4, "pop_enabled", "false", how="snapshot")
    ) == [(day(1), day(4), True), (day(4), FOREVER, False)]  # fmt: skip


def test_observation_without_time_makes_no_interval() -> None:
    """A setting seen at an unknown moment cannot be placed."""
    assert pop_intervals(seen(None, "pop_enabled", "false")) == []


def test_disagreement_at_one_moment_leaves_the_setting_unknown() -> None:
    """Two sources that contradict each other at the same time decide nothing."""
    assert pop_intervals(seen(1, "pop_enabled", "true"), seen(1, "pop_enabled", "false", how="snapshot")) == [
        (day(1), FOREVER, None)
    ]


def test_snapshot_dated_by_its_file_alone_does_not_overrule_a_record() -> None:
    """A file's stamp may be later than the export: where it contradicts what is known, nothing is known from then on."""
    stamped = {"how": "snapshot", "time_from": "file_time"}
    assert pop_intervals(
        seen(1, "pop_enabled", "false"), seen(4, "pop_enabled", "true", **stamped)
    ) == [(day(1), day(4), False), (day(4), FOREVER, None)]  # fmt: skip
    assert pop_intervals(seen(4, "pop_enabled", "true", **stamped)) == [(day(4), FOREVER, True)]


def test_tenant_null_is_a_value_and_a_dispute_is_none() -> None:
    """The vendor's null is the JSON text null; a setting that two sources dispute has no value."""
    tenant = {"subject_kind": "tenant", "subject": ""}
    rows = built(
        setting_observations=[
            {**seen(1, "default_authentication_policy", "null"), **tenant},
            {**seen(2, "audit_disabled", "true"), **tenant},
            {**seen(2, "audit_disabled", "false", how="snapshot"), **tenant},
        ]
    ).execute("SELECT setting, value FROM tenant_settings ORDER BY ALL")

    assert rows.fetchall() == [("audit_disabled", None), ("default_authentication_policy", "null")]


def test_a_repeated_snapshot_does_not_split_the_interval() -> None:
    """The same state seen again is one interval, learned from both."""
    rows = built(
        setting_observations=[seen(1, "pop_enabled", "true"), seen(4, "pop_enabled", "true", how="snapshot")]
    ).execute("SELECT valid_from, valid_to, learned_from FROM mailbox_settings")

    assert rows.fetchall() == [(day(1), FOREVER, "Get-CASMailbox, Set-CASMailbox")]


def test_all_settings_of_a_mailbox_share_intervals() -> None:
    """A change of one setting splits, and the others carry over."""
    rows = built(
        setting_observations=[
            seen(1, "imap_enabled", "true", how="snapshot"),
            seen(1, "smtp_client_authentication_disabled", "null", how="snapshot"),
            seen(2, "pop_enabled", "false"),
            seen(3, "audit_bypass_enabled", "true"),
        ]
    ).execute(
        """SELECT row_id, valid_from, valid_to, imap_enabled, pop_enabled, smtp_client_authentication_disabled, audit_bypass
           FROM mailbox_settings ORDER BY valid_from"""
    )

    assert rows.fetchall() == [
        ("mailbox_settings:ana@contoso.test@2026-03-01T00:00:00", day(1), day(2), True, None, None, None),
        ("mailbox_settings:ana@contoso.test@2026-03-02T00:00:00", day(2), day(3), True, False, None, None),
        ("mailbox_settings:ana@contoso.test@2026-03-03T00:00:00", day(3), FOREVER, True, False, None, True),
    ]


def test_added_and_removed_actions_are_replayed_on_a_known_list() -> None:
    """A difference on a known list gives the new list; on an unknown one it gives nothing."""
    rows = built(
        setting_observations=[
            seen(1, "audit_owner", '["Update", "Move"]', how="snapshot"),
            seen(1, "default_audit_set", '["Admin", "Delegate", "Owner"]', how="snapshot"),
            seen(2, "audit_owner", '{"add": ["MailItemsAccessed"], "remove": ["Move"]}'),
            seen(2, "default_audit_set", '{"add": [], "remove": ["Owner"]}'),
            seen(2, "audit_admin", '{"add": ["Send"], "remove": []}'),
        ]
    ).execute("SELECT default_audit_set, audit_owner, audit_admin FROM mailbox_settings ORDER BY valid_from")

    assert rows.fetchall() == [
        ('["Admin", "Delegate", "Owner"]', '["Move", "Update"]', None),
        ('["Admin", "Delegate"]', '["MailItemsAccessed", "Update"]', None),
    ]


def test_tenant_switches_and_policies_are_told_apart() -> None:
    """A policy's switch carries the policy's name; the value is JSON."""
    tenant = {"subject_kind": "tenant", "subject": ""}
    rows = built(
        setting_observations=[
            {**seen(1, "audit_disabled", "false"), **tenant},
            {**seen(2, "audit_disabled", "true"), **tenant},
            {**seen(1, "allow_basic_auth_imap", "false"), **tenant, "subject": "Block"},
        ]
    ).execute("SELECT setting, value, valid_from, valid_to FROM tenant_settings ORDER BY ALL")

    assert rows.fetchall() == [
        ("audit_disabled", "false", day(1), day(2)),
        ("audit_disabled", "true", day(2), FOREVER),
        ("authentication_policy/Block/allow_basic_auth_imap", "false", day(1), FOREVER),
    ]


def tie(kind_a: str, value_a: str, kind_b: str, value_b: str, at: int | None = 1) -> dict[str, Any]:
    return {"kind_a": kind_a, "value_a": value_a, "kind_b": kind_b, "value_b": value_b, "time": at and day(at)}


def test_identities_are_connected_and_named_by_the_upn_last_seen() -> None:
    """A renamed user is one person under the later UPN; mailbox GUIDs come from audit records too."""
    connection = built(
        identity_mentions=[
            tie("upn", "Ana.Old@contoso.test", "object_id", "O-1", 1),
            tie("object_id", "o-1", "upn", "ana@contoso.test", 5),
            tie("upn", "ana@contoso.test", "alias", "ana", 5),
        ],
        audit_events=[{"mailbox_owner_upn": "ana@contoso.test", "mailbox_guid": "G-1", "time": day(2)}],
    )

    assert connection.execute("SELECT person, kind, value FROM identities ORDER BY ALL").fetchall() == [
        ("ana@contoso.test", "alias", "ana"),
        ("ana@contoso.test", "mailbox_guid", "g-1"),
        ("ana@contoso.test", "object_id", "o-1"),
        ("ana@contoso.test", "upn", "ana.old@contoso.test"),
        ("ana@contoso.test", "upn", "ana@contoso.test"),
    ]


def test_settings_of_one_mailbox_under_many_names_are_one_history() -> None:
    """A path, a DN, an alias and an object id all resolve to the UPN."""
    names = ["contoso.test/Users/Ana Gray", "CN=Ana Gray,OU=x,DC=test", "ana", "0rg\\O-1", "ANA@contoso.test"]
    connection = built(
        identity_mentions=[
            tie("upn", "ana@contoso.test", "object_id", "o-1"),
            tie("upn", "ana@contoso.test", "alias", "ana"),
            tie("upn", "ana@contoso.test", "name", "Ana Gray"),
        ],
        setting_observations=[
            seen(n, "pop_enabled", "true" if n % 2 else "false", subject=name) for n, name in enumerate(names, 1)
        ],
    )

    assert connection.execute("SELECT mailbox, count(*) FROM mailbox_settings GROUP BY ALL").fetchall() == [
        ("ana@contoso.test", 5)
    ]


def test_name_shared_by_two_people_resolves_to_neither() -> None:
    """A display name is no proof of who is meant: the subject stays as written."""
    connection = built(
        identity_mentions=[
            tie("upn", "a@contoso.test", "name", "John Smith"),
            tie("upn", "b@contoso.test", "name", "John Smith"),
        ],
        setting_observations=[seen(1, "pop_enabled", "true", subject="John Smith")],
    )

    assert connection.execute("SELECT mailbox FROM mailbox_settings").fetchall() == [("John Smith",)]
    assert connection.execute("SELECT count(DISTINCT person) FROM identities").fetchall() == [(2,)]


def plan(
    at: int, name: str, state: str = "Enabled", user: str = "ana@contoso.test", how: str = "snapshot"
) -> dict[str, Any]:
    return {"time": day(at), "user_principal_name": user, "service_plan": name, "state": state, "how": how}


def test_licence_ends_when_a_later_snapshot_lacks_it_or_shows_it_off() -> None:
    """A plan holds while snapshots show it; it is not assumed after one of that user that does not."""
    connection = built(
        licence_observations=[
            plan(1, "AUDIT"), plan(1, "MAIL"), plan(1, "CALLS"),
            plan(4, "MAIL"), plan(4, "CALLS", "Disabled"),
            plan(6, "sku:SPE_E5"),
        ]
    )  # fmt: skip

    assert connection.execute("SELECT service_plan, valid_from, valid_to FROM licences ORDER BY ALL").fetchall() == [
        ("AUDIT", day(1), day(4)),
        ("CALLS", day(1), day(4)),
        ("MAIL", day(1), FOREVER),
        ("sku:SPE_E5", day(6), FOREVER),
    ]


def test_a_plan_is_its_id_whatever_the_export_calls_it() -> None:
    """Graph's assignedPlans name the service, its licenseDetails the plan: one plan, under the plan's name."""
    plan_id = "2f442157-a11c-46b9-ae5b-6e39ff4e5849"
    connection = built(
        licence_observations=[
            {**plan(1, "exchange"), "service_plan_id": plan_id.upper()},
            {**plan(4, "M365_ADVANCED_AUDITING", "Success"), "service_plan_id": plan_id},
        ]
    )

    assert connection.execute("SELECT * EXCLUDE row_id FROM licences").fetchall() == [
        ("ana@contoso.test", plan_id, "M365_ADVANCED_AUDITING", day(1), FOREVER)
    ]


OBSERVATIONS = st.lists(
    st.builds(
        seen,
        st.one_of(st.none(), st.integers(1, 6)),
        st.sampled_from(["pop_enabled", "imap_enabled", "audit_bypass_enabled"]),
        st.sampled_from(["true", "false"]),
        st.sampled_from(["ana@contoso.test", "o-1", "ana", "bob@contoso.test"]),
        st.sampled_from(["change", "snapshot"]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(OBSERVATIONS, st.randoms(use_true_random=False))
def test_order_of_evidence_is_irrelevant_and_intervals_do_not_overlap(rows: list[dict[str, Any]], random: Any) -> None:
    """Any order, and every observation twice, gives the same tables; intervals of a mailbox join without gap or overlap."""
    mentions = [tie("upn", "ana@contoso.test", "object_id", "o-1"), tie("object_id", "o-1", "alias", "ana")]
    shuffled = rows + rows
    random.shuffle(shuffled)
    query = "SELECT * FROM mailbox_settings ORDER BY row_id"

    first = built(setting_observations=rows, identity_mentions=mentions).execute(query).fetchall()
    second = built(setting_observations=shuffled, identity_mentions=mentions[::-1]).execute(query).fetchall()

    assert first == second
    for before, after in pairwise(first):
        if before[1] == after[1]:
            assert before[3] == after[2]
