"""What holds for every scenario, alone and together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations

import pytest

from mailwitness.simulate.acts import Cmdlet, DirectoryAct, GraphCall, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.options import COVERAGES, Options
from mailwitness.simulate.staging import scenarios, stage
from mailwitness.simulate.tenant import build
from tests.simulate.staging.conftest import Played, play

_OLD = date(2022, 5, 2)
NAMES = [*(f"G{n}" for n in range(1, 17)), *(f"B{n}" for n in range(1, 7))]


def test_the_catalogue_is_complete() -> None:
    """G1 to G16 and B1 to B6, in that order."""
    assert NAMES == list(scenarios())


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_stages_within_a_small_tenant(name: str, play: Callable[..., Played]) -> None:
    """Acts lie within the days, in order, each with a key of its own, its scenario and a step that the file declares."""
    played = play(name)

    acts = played.staged.acts

    assert acts
    assert sorted(acts, key=lambda act: (act.at, act.key)) == list(acts)
    assert len(acts) == len({act.key for act in acts})
    assert all(played.tenant.start_at <= act.at < played.tenant.end_at for act in acts)
    assert {name} == {act.scenario for act in acts}
    assert {act.step for act in acts} <= {step.head.step for step in scenarios()[name].steps}


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_explains_itself(name: str) -> None:
    """Sources that anyone can open, a sentence for each step, a verdict for each coverage."""
    head, steps = scenarios()[name].head, scenarios()[name].steps

    assert head.sources
    assert all(source.startswith("https://") for source in head.sources)
    assert all(step.head.what.endswith(".") for step in steps)
    assert head.expected
    assert all(set(COVERAGES) == set(one.verdicts) for one in head.expected)


def test_a_step_without_acts_gives_a_credential_that_a_later_one_uses() -> None:
    """Nothing in a file is idle, but attempts of which nobody keeps a trace."""
    silent = {"forge_tokens", "continue_session", "use_app_secret", "try_protocol"}
    for name in NAMES:
        played = play(name)
        acting = {act.step for act in played.staged.acts}
        for step in scenarios()[name].steps:
            if step.head.only != "before 2023":
                assert step.head.step in acting or step.kind in silent, (name, step.head.step)


def test_the_same_options_stage_the_same_acts() -> None:
    """A second tenant with the same options gets the same acts, in whatever order the names come."""
    options = Options(seed=3, mailboxes=60, days=10)
    first = stage(build(options), ["G2", "G8", "B3", "G11"], options)
    second = stage(build(options), ["G11", "B3", "G8", "G2"], options)

    assert first == second


def test_another_seed_stages_other_acts() -> None:
    """Victims and moments are drawn."""
    one, two = (
        stage(build(options), ["G3"], options) for options in (Options(seed=1, days=10), Options(seed=2, days=10))
    )

    assert one != two


def test_seven_days_are_enough_for_each(play: Callable[..., Played]) -> None:
    """Long scenarios shrink, short ones fit."""
    for name in NAMES:
        assert play(name, days=7).staged.acts


def test_together_they_have_victims_of_their_own(everything: Played) -> None:
    """A mailbox that one scenario reads, none of the others reads, but for those that say that they share (backup, search, rule)."""
    shared = {"B4", "G12", "G13"}
    read = {name: {access.mailbox for access in everything.accesses(name)} for name in NAMES if name not in shared}

    assert [] == [(a, b) for a, b in combinations(read, 2) if read[a] & read[b]]


def test_tokens_cover_their_uses(everything: Played) -> None:
    """Whatever is done with a token is done between its issue and its end."""
    for act in everything.staged.acts:
        if isinstance(act, (MailAccess, MailboxAct, GraphCall)) and act.token is not None:
            assert act.token.issued_at <= act.at < act.token.expires_at, act


def test_issued_tokens_have_their_sign_in_and_forged_ones_have_none(everything: Played) -> None:
    """A token's request id is that of one successful sign-in at the moment of its issue, or of none."""
    issued = {act.request_id: act for act in everything.staged.acts if isinstance(act, SignIn)}
    forged = 0
    for act in everything.staged.acts:
        if not isinstance(act, (MailAccess, MailboxAct, GraphCall)) or act.token is None:
            continue
        if not act.token.issued:
            forged += 1
            assert act.token.request_id not in issued
            continue
        sign_in = issued[act.token.request_id]
        assert (act.token, act.token.issued_at, 0) == (sign_in.token, sign_in.at, sign_in.error_code)
        assert act.token.session_id == sign_in.session_id
        assert sign_in.resource_id == act.token.resource_id
    assert forged > 100


def test_sign_in_ids_are_unique(everything: Played) -> None:
    """No two requests have one id, and each looks like a request id: its last byte is zero."""
    ids = [act.request_id for act in everything.staged.acts if isinstance(act, SignIn)]

    assert len(ids) == len(set(ids))
    assert all(one.endswith("00") for one in ids)


def test_connections_with_a_password_name_their_sign_in(everything: Played) -> None:
    """Without a token, the sign-in that opened the connection is named, and it succeeded just before."""
    sign_ins = {act.request_id: act for act in everything.staged.acts if isinstance(act, SignIn)}
    old = play("G8", start=_OLD).accesses("G8")
    assert any(access.signin_id is not None for access in old)
    sign_ins |= {act.request_id: act for act in play("G8", start=_OLD).sign_ins("G8")}
    for access in [*old, *(act for act in everything.staged.acts if isinstance(act, MailAccess))]:
        if access.client.basic_auth:
            assert access.token is None and access.signin_id is not None
            assert sign_ins[access.signin_id].error_code == 0
            assert 0 < access.at - sign_ins[access.signin_id].at < 600_000


def test_obtained_messages_really_lay_there(everything: Played) -> None:
    """An access names messages of that mailbox and folder that had arrived; a sync names all that lay in the folder."""
    tenant = everything.tenant
    for access in everything.staged.acts:
        if not isinstance(access, MailAccess):
            continue
        assert access.messages or access.how == "sync"
        assert {access.mailbox} >= {message.mailbox for message in access.messages}
        assert all(message.arrived_at < access.at and message.folder == access.folder for message in access.messages)
        if access.how == "sync":
            assert tenant.folder_contents(access.mailbox, access.folder, access.at) == access.messages


def test_rows_of_policies_agree_with_their_outcome(everything: Played) -> None:
    """No success shows a policy that failed; a block shows one; a wrong password shows none, because policies come after it."""
    for played in (everything, play("G8", start=_OLD)):
        for act in played.staged.acts:
            if not isinstance(act, SignIn) or act.principal is not None:
                continue
            results = {result for _, result, _ in act.policies or ()}
            if act.error_code == 0:
                assert "failure" not in results, act
            if act.error_code in (53003, 50076, 50079):
                assert "failure" in results, act
            if act.error_code in (50126, 50053):
                assert act.policies is None and not act.first_factor


def test_overrides_and_changes_are_settings_that_the_tenant_has(everything: Played) -> None:
    """Nothing is set that no mailbox, person, policy or tenant has. An inbox rule is new: its mailbox has other settings."""
    known = {(subject, name) for subject, name, _ in everything.tenant.initial_settings()}
    changes = [
        change for act in everything.staged.acts if isinstance(act, (Cmdlet, DirectoryAct)) for change in act.changes
    ]

    assert changes
    found = {(subject, name) for subject, name, _ in [*everything.staged.overrides, *changes]}
    rules = {(subject, name) for subject, name in found if name.startswith("InboxRule:")}
    assert rules == found - known
    assert {subject for subject, _ in rules} <= {mailbox.guid for mailbox in everything.tenant.mailboxes}
