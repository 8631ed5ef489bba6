"""Settings as snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailwitness.collect.feeds import feeds
from mailwitness.collect.feeds._invoke_command import invoke
from mailwitness.standin import Terms
from mailwitness.standin.terms import CMDLETS, PERMISSIONS
from mailwitness.workflow.case import Case
from tests.collect.feeds.reach import DAY, START, in_reach
from tests.standin.tenants import objects

SETTINGS = tuple(name for name, feed in feeds().items() if feed.retention is None)
RESOURCE = {"id": "sp2", "appId": "00000003-0000-0000-c000-000000000000", "servicePrincipalType": "Application"}


def tenant() -> dict[Any, Any]:
    """Objects of which some are other than at first."""
    made = objects(imap=False)
    for mailbox in (*made["Get-Mailbox"], *made["Get-Mailbox -GroupMailbox"]):
        mailbox |= {"AuditEnabled": True, "DefaultAuditSet": ["Admin", "Delegate", "Owner"]}
    made["Get-InboxRule"][0] |= {"Identity": "ana@contoso.test\\1", "StopProcessingRules": True}
    made["servicePrincipals"] = [{"id": "sp1", "appId": "app", "servicePrincipalType": "Application"}, RESOURCE]
    made["appRoleAssignedTo"][0] |= {"appRoleId": "r", "principalType": "ServicePrincipal"}
    made["policies/identitySecurityDefaultsEnforcementPolicy"] = [
        {"id": "00000000-0000-0000-0000-000000000005", "isEnabled": True}
    ]
    made["subscribedSkus"] = [
        {"skuId": "s", "skuPartNumber": "SPE_E5", "servicePlans": [], "capabilityStatus": "Enabled"}
    ]
    made["users"] = [
        {
            "id": f"u{n}",
            "userPrincipalName": f"{name}@contoso.test",
            "assignedPlans": [{"servicePlanId": "p", "capabilityStatus": "Enabled"}],
        }
        for n, name in enumerate(("ana", "bo", "cleo"), 1)
    ]
    made["identity/conditionalAccess/policies"] = [
        {
            "id": "p1",
            "displayName": "Block",
            "state": "enabled",
            "conditions": {},
            "grantControls": {"builtInControls": ["block"]},
        }
    ]
    made["oauth2PermissionGrants"] = [
        {"id": "g1", "clientId": "sp1", "consentType": "AllPrincipals", "scope": "Mail.Read"}
    ]
    return {START: made}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All settings of the tenant, collected once."""
    tmp_path = tmp_path_factory.mktemp("settings")
    with in_reach(tmp_path, snapshots=tenant()) as reach:
        summary = reach.collect(*SETTINGS)
        assert summary.gaps == ()
        yield reach.folder


def test_snapshots_lie_under_the_moment_of_the_services_clock(collected: Path) -> None:
    """One folder, whose name the readers of settings take for the time."""
    assert ["20260312T000000Z"] == [folder.name for folder in (collected / "settings").iterdir()]


def test_every_snapshot_is_read_into_the_case(collected: Path, tmp_path: Path) -> None:
    """No file without a reader, no record rejected; what decides coverage is known at the moment of the snapshot."""
    case = Case.create(tmp_path / "case")

    added = case.add(collected)

    unread = [
        item["name"] for item in added.evidence if item["name"].startswith("settings/") and item["reader"] is None
    ]
    assert ([], 0) == (unread, sum(item["rejects"] for item in added.evidence))
    known = case.sql(
        "SELECT DISTINCT setting, value, strftime(time, '%Y-%m-%d %H:%M') FROM setting_observations ORDER BY setting"
    ).fetchall()
    assert {
        ("imap_enabled", "false", "2026-03-12 00:00"),
        ("audit_disabled", "false", "2026-03-12 00:00"),
        ("unified_audit_log_ingestion_enabled", "true", "2026-03-12 00:00"),
        ("security_defaults_enabled", "true", "2026-03-12 00:00"),
        ("smtp_client_authentication_disabled", "true", "2026-03-12 00:00"),
        ("audit_bypass_enabled", "false", "2026-03-12 00:00"),
    } <= set(known)
    assert [("ana@contoso.test", ".")] == case.sql(
        "SELECT mailbox, rule_name FROM inbox_rules WHERE rule_name = '.' AND mailbox IS NOT NULL"
    ).distinct().fetchall()
    assert [(1,)] == case.sql("SELECT count(*) FROM conditional_access_policies").fetchall()
    kinds = dict(case.sql("SELECT kind, count(*) FROM other_records GROUP BY kind").fetchall())
    assert {
        "app_role_assignment": 1,
        "oauth2_permission_grant": 1,
        "service_principal": 2,
        "mailbox_permission": 3,
    }.items() <= kinds.items()
    assert 3 <= case.sql("SELECT count(*) FROM licence_observations").fetchall()[0][0]


def test_a_second_run_on_the_same_day_takes_nothing_and_the_next_day_does(tmp_path: Path) -> None:
    """One snapshot a day, however often the collector runs."""
    with in_reach(tmp_path, snapshots={START: objects(imap=True), START + 10.5 * DAY: objects(imap=False)}) as reach:
        reach.collect("cas_mailboxes")
        reach.standin.now += 0.3 * DAY
        reach.collect("cas_mailboxes")
        assert 1 == reach.asked("POST", "/InvokeCommand")

        reach.standin.now += 0.8 * DAY
        reach.collect("cas_mailboxes")

    files = sorted((tmp_path / "collected/settings").rglob("*.json"))
    assert [b'"ImapEnabled":true' in file.read_bytes() for file in files] == [True, False]


def test_a_mailbox_that_is_gone_is_named_and_ends_nothing(tmp_path: Path) -> None:
    """The others' rules are there."""
    with in_reach(tmp_path, snapshots=tenant()) as reach:
        summary = reach.collect("inbox_rules", mailboxes=("ana@contoso.test", "gone@contoso.test"))

    (gap,) = summary.gaps
    assert ("mailbox_not_found", True) == (gap.reason, "gone@contoso.test" in gap.detail)
    assert 1 == len(list((tmp_path / "collected/settings").rglob("Get-InboxRule-*.json")))


def test_a_cmdlet_that_no_role_allows_is_a_gap_of_its_own(tmp_path: Path) -> None:
    """What the application may have it has."""
    terms = Terms(limits=False, cmdlets=CMDLETS - {"Get-InboxRule"})
    with in_reach(tmp_path, terms=terms, snapshots=tenant()) as reach:
        summary = reach.collect("inbox_rules", "cas_mailboxes", "organization_config")

    assert [("inbox_rules", "permission_missing")] == [(gap.feed, gap.reason) for gap in summary.gaps]
    assert 2 == summary.verified


def test_a_permission_of_graph_that_is_missing_is_named(tmp_path: Path) -> None:
    """The gap says which."""
    terms = Terms(limits=False, granted=PERMISSIONS - {"Policy.Read.All"})
    with in_reach(tmp_path, terms=terms, snapshots=tenant()) as reach:
        summary = reach.collect("security_defaults", "conditional_access_policies", "user_licences")

    assert {"conditional_access_policies", "security_defaults"} == {gap.feed for gap in summary.gaps}
    assert all("Policy.Read.All" in gap.detail for gap in summary.gaps)


@pytest.mark.parametrize("faults", [("F1=0.3", "F2=0.3", "F4=0.1"), ("F5=0.3", "F6=0.2", "F7=0.2")])
def test_settings_come_whole_through_throttling_dead_links_and_cut_bodies(
    tmp_path: Path, faults: tuple[str, ...]
) -> None:
    """A snapshot is never cut in time; it is taken again from its first page."""
    terms = Terms(limits=False, object_page=1)
    with in_reach(tmp_path, *faults, terms=terms, snapshots=tenant()) as reach:
        summary = reach.collect(*SETTINGS)

    assert ((), len(SETTINGS)) == (summary.gaps, summary.verified)


def test_only_cmdlets_that_read_are_sent() -> None:
    """Nothing that changes a tenant leaves here, whatever a feed asks for."""
    with pytest.raises(ValueError, match="only cmdlets that read"):
        next(invoke(None, "Set-Mailbox", {}))  # type: ignore[arg-type]
