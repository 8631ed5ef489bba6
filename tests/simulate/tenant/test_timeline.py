"""Settings over time."""

from __future__ import annotations

import pytest

from mailwitness.simulate.tenant import BEGINNING, FOREVER, Tenant, Timeline
from mailwitness.simulate.world import Setting


def test_what_never_changes_holds_forever(tenant: Tenant) -> None:
    """One interval from the beginning to the end."""
    guid = tenant.mailboxes[0].guid
    timeline = Timeline(tenant)

    assert timeline.intervals(guid, "AuditEnabled") == (Setting(guid, "AuditEnabled", "True", BEGINNING, FOREVER),)
    assert timeline.value(guid, "AuditEnabled", BEGINNING) == "True"
    assert timeline.value(guid, "AuditEnabled", FOREVER - 1) == "True"


def test_intervals_are_half_open_and_without_gaps(tenant: Tenant) -> None:
    """A value holds from the moment of its change until just before the next; changes may come in any order."""
    guid = tenant.mailboxes[0].guid
    timeline = Timeline(
        tenant,
        [(guid, "ImapEnabled", "False")],
        [(3000, guid, "ImapEnabled", "False"), (2000, guid, "ImapEnabled", "True")],
    )

    assert timeline.intervals(guid, "ImapEnabled") == (
        Setting(guid, "ImapEnabled", "False", BEGINNING, 2000),
        Setting(guid, "ImapEnabled", "True", 2000, 3000),
        Setting(guid, "ImapEnabled", "False", 3000, FOREVER),
    )
    assert [timeline.value(guid, "ImapEnabled", at) for at in (0, 1999, 2000, 2999, 3000, 3001)] == [
        "False",
        "False",
        "True",
        "True",
        "False",
        "False",
    ]


def test_a_change_to_the_same_value_begins_nothing(tenant: Tenant) -> None:
    """Neither does one that is undone at the same moment; of two at one moment the last given holds."""
    timeline = Timeline(
        tenant,
        [],
        [
            (1000, "", "AuditDisabled", "False"),
            (2000, "", "AuditDisabled", "True"),
            (2000, "", "AuditDisabled", "False"),
            (3000, "", "AuditDisabled", "False"),
            (3000, "", "AuditDisabled", "True"),
        ],
    )

    assert [(s.value, s.valid_from) for s in timeline.intervals("", "AuditDisabled")] == [
        ("False", BEGINNING),
        ("True", 3000),
    ]


def test_a_setting_known_from_changes_only_was_empty_before(tenant: Tenant) -> None:
    """A new one begins as ''."""
    timeline = Timeline(tenant, [], [(5000, "", "JournalingReportNdrTo", "a@contoso.test")])

    assert timeline.value("", "JournalingReportNdrTo", 4999) == ""
    assert timeline.value("", "JournalingReportNdrTo", 5000) == "a@contoso.test"


def test_an_undeclared_setting_is_the_callers_mistake(tenant: Tenant) -> None:
    """A misspelt name must not look like an empty value."""
    timeline = Timeline(tenant)

    with pytest.raises(KeyError, match="no setting 'ImapEnabeld' is declared for subject ''"):
        timeline.value("", "ImapEnabeld", 0)
    assert timeline.intervals("", "ImapEnabeld") == ()


def test_all_settings_cover_all_time(tenant: Tenant) -> None:
    """Each subject and name is covered from the beginning to the end, once."""
    guid = tenant.mailboxes[1].guid
    timeline = Timeline(tenant, [], [(7000, guid, "PopEnabled", "False"), (8000, guid, "PopEnabled", "True")])
    open_until: dict[tuple[str, str], int] = {}

    for setting in timeline.all():
        key = (setting.subject, setting.name)
        assert open_until.get(key, BEGINNING) == setting.valid_from < setting.valid_to
        open_until[key] = setting.valid_to

    assert set(open_until) == {(subject, name) for subject, name, _ in tenant.initial_settings()}
    assert set(open_until.values()) == {FOREVER}
