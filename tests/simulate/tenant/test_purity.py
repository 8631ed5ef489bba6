"""The same question has the same answer in any order, in any tenant of the same options."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, Timeline, build

OPTIONS = Options(seed=7, mailboxes=90, days=60)


def _answers(tenant: Tenant, days: list[int]) -> dict[tuple[str, int, int], object]:
    found: dict[tuple[str, int, int], object] = {}
    for day in days:
        noon = tenant.day_start(day) + 43_200_000
        for number in (0, 31, 62):
            person = tenant.people[number]
            mailbox = tenant.mailboxes[number].guid
            found["sessions", day, number] = tenant.sessions(person, day)
            found["workday", day, number] = tenant.workday(person, day)
            found["places", day, number] = [tenant.place(person, device, noon) for device in tenant.devices(person)]
            found["arrivals", day, number] = tenant.arrivals(mailbox, day)
            found["before", day, number] = tenant.messages_before(mailbox, noon, 40)
            found["inbox", day, number] = tenant.folder_contents(mailbox, "\\Inbox", noon)
    return found


def test_order_of_questions_does_not_matter() -> None:
    """Days asked backwards of a fresh tenant give what days asked forwards gave."""
    days = [0, 1, 5, 29, 30, 31, 59]

    forwards = _answers(build(OPTIONS), days)
    backwards = _answers(build(OPTIONS), days[::-1])

    assert forwards == backwards


def test_what_is_forgotten_is_made_again_the_same(tenant: Tenant) -> None:
    """More department-days than are kept in memory do not change the first ones."""
    mailbox = tenant.mailboxes[3].guid
    first = tenant.arrivals(mailbox, 0)

    for department in range(tenant.departments):
        for day in range(60):
            tenant.arrivals(tenant.mailboxes_in(department)[0].guid, day)

    assert tenant.arrivals(mailbox, 0) is not first
    assert tenant.arrivals(mailbox, 0) == first


_DIGEST = """
import hashlib
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Timeline, build

tenant = build(Options(seed=7, mailboxes=50, days=20))
digest = hashlib.sha256(repr((tenant.people, tenant.apps, tuple(Timeline(tenant).all()))).encode())
for person in tenant.people:
    for day in range(20):
        sessions = tenant.sessions(person, day)
        places = [tenant.place(person, s, tenant.day_start(day)) for s in sessions]
        digest.update(repr((sessions, places)).encode())
for mailbox in tenant.mailboxes:
    digest.update(repr(tenant.messages_before(mailbox.guid, tenant.end_at)).encode())
print(digest.hexdigest())
"""


def test_another_process_gives_the_same_bytes() -> None:
    """Not even the order of sets and hashes of a process shows."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


@pytest.mark.parametrize(
    "part",
    [
        lambda t: t.people,
        lambda t: t.mailboxes,
        lambda t: dict(t.apps),
        lambda t: t.policies,
        lambda t: t.microsoft_servers,
        lambda t: t.initial_settings(),
        lambda t: tuple(Timeline(t).all()),
    ],
    ids=["people", "mailboxes", "apps", "policies", "microsoft_servers", "initial_settings", "timeline"],
)
def test_seed_decides(part: Callable[[Tenant], object]) -> None:
    """The same options give the same tenant, another seed another one."""
    assert part(build(OPTIONS)) == part(build(OPTIONS))
    assert part(build(OPTIONS)) != part(build(Options(seed=8, mailboxes=90, days=60)))


def test_a_longer_simulation_begins_the_same(tenant: Tenant) -> None:
    """More days change nothing of the first ones but how long the last sessions and passwords are known."""
    longer = build(Options(seed=7, mailboxes=90, days=120))

    for number in (0, 31, 62):
        person, mailbox = tenant.people[number], tenant.mailboxes[number].guid
        assert tenant.arrivals(mailbox, 10) == longer.arrivals(mailbox, 10)
        assert tenant.workday(person, 10) == longer.workday(person, 10)
        assert [s.session_id for s in tenant.sessions(person, 10)] == [
            s.session_id for s in longer.sessions(person, 10)
        ]
