"""What the services hold, for the stand-in: each record with its two moments, objects as they change, grants as they are used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mailwitness.simulate.tenant import Timeline
from tests.simulate.exports.records import HOUR, MINUTE, bind, one_life, signin, tenant_of, write


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_record_has_its_own_time_and_the_time_of_its_arrival(tmp_path: Path) -> None:
    """Under its stream and day, in the order of time; a repeated delivery is a second line."""
    first, second = bind(1, 9 * HOUR), bind(2, 10 * HOUR)
    first.available += 90 * MINUTE
    again = bind(1, 9 * HOUR)
    again.available += 200 * MINUTE

    write("tenant", tmp_path, [first, again, second])

    found = lines(tmp_path / "unified" / "20260302.jsonl")
    assert [(one.id, one.at, one.available, one.record) for one in (first, again, second)] == [
        (row["id"], row["at"], row["available"], row["record"]) for row in found
    ]


def test_a_day_of_a_stream_is_a_file(tmp_path: Path) -> None:
    written = write("tenant", tmp_path, [*one_life(), bind(7, 30 * HOUR)])
    assert {"unified/20260302.jsonl", "unified/20260303.jsonl", "interactive/20260302.jsonl"} <= set(written.files)
    assert not [name for name in written.files if name.startswith("graph_activity")]


def test_objects_are_written_when_one_of_them_changed(tmp_path: Path) -> None:
    """A change at nine o'clock is in the next midnight's objects; a midnight without a change has no file."""
    tenant = tenant_of(days=4)
    mailbox = next(mailbox for mailbox in tenant.mailboxes if mailbox.kind == "UserMailbox")
    timeline = Timeline(
        tenant,
        [(mailbox.guid, "ImapEnabled", "True")],
        [(tenant.start_at + 9 * HOUR, mailbox.guid, "ImapEnabled", "False")],
    )

    write("tenant", tmp_path, [], tenant, timeline)

    found = sorted((tmp_path / "objects").iterdir())
    assert ["20260302000000.json", "20260303000000.json"] == [path.name for path in found]
    shown = [json.loads(path.read_text("utf-8"))["objects"]["Get-CASMailbox"] for path in found]
    assert [[True], [False]] == [
        [one["ImapEnabled"] for one in objects if one["PrimarySmtpAddress"] == mailbox.upn] for objects in shown
    ]


def test_the_tenant_says_whose_it_is(tmp_path: Path) -> None:
    tenant = tenant_of()
    write("tenant", tmp_path, [])
    assert json.loads((tmp_path / "tenant.json").read_text("utf-8")) == {
        "tenant_id": tenant.tenant_id, "domain": tenant.domain, "name": tenant.name,
        "start_at": tenant.start_at, "end_at": tenant.end_at, "collected_at": tenant.collected_at,
    }  # fmt: skip


def test_an_application_that_is_used_has_its_grant(tmp_path: Path) -> None:
    """By a person: a delegated grant of theirs; by itself: an application permission. Unused ones have none."""
    tenant = tenant_of()
    person, app, own = tenant.people[0], tenant.apps["saas_1"], tenant.apps["backup_1"]
    by_person, by_itself = signin(1, 9 * HOUR, "noninteractive"), signin(2, 10 * HOUR, "service_principal")
    by_person.record |= {"appId": app.app_id, "userId": person.object_id}
    by_itself.record |= {"appId": own.app_id, "userId": ""}

    write("tenant", tmp_path, [by_person, by_itself])

    (snapshot, *_) = sorted((tmp_path / "objects").iterdir())
    objects = json.loads(snapshot.read_text("utf-8"))["objects"]
    assert [(app.principal_id, person.object_id)] == [
        (grant["clientId"], grant["principalId"]) for grant in objects["oauth2PermissionGrants"]
    ]
    assert [own.principal_id] == [one["principalId"] for one in objects["appRoleAssignedTo"]]
    assert {app.principal_id, own.principal_id} <= {one["id"] for one in objects["servicePrincipals"]}


def test_a_rule_has_the_fields_of_get_inbox_rule_and_its_lists(tmp_path: Path) -> None:
    """Names of the properties that it does not use are there, empty; a list stays one."""
    tenant = tenant_of()
    mailbox = next(mailbox for mailbox in tenant.mailboxes if mailbox.kind == "UserMailbox")
    rule = json.dumps({"SubjectContainsWords": ["invoice", "pay"], "MoveToFolder": "RSS Feeds"})
    timeline = Timeline(tenant, [], [(tenant.start_at, mailbox.guid, "InboxRule:.", rule)])

    write("tenant", tmp_path, [], tenant, timeline)

    (snapshot, *_) = sorted((tmp_path / "objects").iterdir())
    (made,) = json.loads(snapshot.read_text("utf-8"))["objects"]["Get-InboxRule"]
    assert (mailbox.upn, ".", True, ["invoice", "pay"], "RSS Feeds", None) == tuple(
        made[name]
        for name in ("MailboxOwnerId", "Name", "Enabled", "SubjectContainsWords", "MoveToFolder", "DeleteMessage")
    )


def test_users_have_their_licences(tmp_path: Path) -> None:
    """As Graph shows them to whoever selects these fields."""
    write("tenant", tmp_path, [])
    (snapshot, *_) = sorted((tmp_path / "objects").iterdir())
    objects = json.loads(snapshot.read_text("utf-8"))["objects"]
    skus = {one["skuId"] for one in objects["subscribedSkus"]}
    assert skus == {licence["skuId"] for user in objects["users"] for licence in user["assignedLicenses"]}
    assert {"Member"} == {user["userType"] for user in objects["users"]}
