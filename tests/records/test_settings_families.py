"""Families of settings and companions: hostile payloads, and ids that depend on content alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.model.evidence import RawRecord
from mailwitness.records import families
from mailwitness.records.exchange_settings import MAILBOX, value_json

OURS = (
    "settings_object", "inbox_rule", "licence", "message_trace", "message_mention", "collection_window", "derived_hint",
    "other_record",
)  # fmt: skip
NAMES = [
    "Identity", "Name", "UserPrincipalName", "EmailAddresses", "ImapEnabled", "AuditOwner", "DefaultAuditSet", "AuditEnabled",
    "SmtpClientAuthenticationDisabled", "ForwardingAddress", "ExchangeGuid", "mailbox", "rule_name", "conditions", "actions",
    "enabled", "plans", "user_principal_name", "internet_message_id", "recipients", "recipient", "sender", "time", "size_bytes",
    "window_from", "expected", "complete", "detail", "kind", "id", "client_ip", "from_ip",
]  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just("{A, B...}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PAYLOADS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), VALUES, max_size=10)


@pytest.mark.parametrize("family", OURS)
@settings(max_examples=60, deadline=None)
@given(payload=PAYLOADS, cmdlet=st.sampled_from(["Get-CASMailbox", "Get-Mailbox", "Get-OrganizationConfig", "x"]))
def test_every_record_is_one_row_or_one_reject(family: str, payload: dict[str, Any], cmdlet: str) -> None:
    """Whatever the values are, nothing crashes and nothing is lost; the same record twice gives the same ids."""
    raw = RawRecord(
        family, payload, 0, 10, {"cmdlet": cmdlet, "time": "2026-03-10T10:15:00Z", "time_from": "file_name"}
    )
    known = families()[family]

    first, second = known.build([raw], "e1"), known.build([raw], "e2")

    primary = first.tables.get(known.primary)
    assert (0 if primary is None else primary.num_rows) + len(first.rejects) == 1
    assert set(first.tables) <= {known.primary} | known.derived
    for name, rows in first.tables.items():
        assert rows.column("row_id").to_pylist() == second.tables[name].column("row_id").to_pylist()


def test_mailbox_object_without_a_name_is_a_reject() -> None:
    """A switch that belongs to nobody is not guessed to belong to someone."""
    raw = RawRecord("settings_object", {"ImapEnabled": True}, 5, 10, {"cmdlet": "Get-CASMailbox"})

    rejects = families()["settings_object"].build([raw], "e1").rejects

    assert [(r.locator, r.reason) for r in rejects] == [("bytes=5+10", "no_subject")]


def test_mailbox_known_by_its_display_name_only_is_observed_under_it() -> None:
    """A narrow export is still evidence; who is meant is settled when names are resolved."""
    raw = RawRecord(
        "settings_object", {"DisplayName": "Ana Gray", "PopEnabled": "False"}, 0, 1, {"cmdlet": "Get-CASMailbox"}
    )

    rows = families()["settings_object"].build([raw], "e1").tables["setting_observations"].to_pylist()

    assert [(row["subject"], row["setting"], row["value"]) for row in rows] == [("Ana Gray", "pop_enabled", "false")]


def test_same_object_at_two_times_is_two_observations() -> None:
    """A snapshot's time is part of what was observed."""
    ids = [
        families()["settings_object"]
        .build([RawRecord("settings_object", {"Identity": "ana", "ImapEnabled": True}, 0, 1, envelope)], "e1")
        .tables["setting_observations"]
        .column("row_id")
        .to_pylist()
        for envelope in (
            {"cmdlet": "Get-CASMailbox", "time": "2026-03-10T10:15:00Z", "time_from": "file_name"},
            {"cmdlet": "Get-CASMailbox", "time": "2026-03-11T10:15:00Z", "time_from": "file_name"},
        )
    ]

    assert len({*ids[0], *ids[1]}) == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{Update, Move}", '["Move", "Update"]'),
        ("Move Update", '["Move", "Update"]'),
        ("Update;Move", '["Move", "Update"]'),
        ('["Update"]', '["Update"]'),
        ({"value": ["Update"], "Count": 1}, '["Update"]'),
        ([], "[]"),
        ("{Update, Move...}", None),
        ("{Update, Move, SoftDelete, HardDelete…}", None),
        ("System.Object[]", None),
        ("Microsoft.Exchange.Data.MultiValuedProperty`1[x]", None),
        ("", None),
        (None, None),
    ],
)
def test_lists_are_read_however_they_were_written(value: Any, expected: str | None) -> None:
    """In any order it is one value; a list lost or shortened by the export is unknown, never empty."""
    assert value_json(MAILBOX["auditowner"], value) == expected
