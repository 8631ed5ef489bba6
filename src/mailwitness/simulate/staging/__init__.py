"""What is staged in the simulated tenant: attacks and hard benign cases, from the files of ``scenarios/`` to acts.

`stage` is a pure function of the tenant and the names: every process that asks gets the same acts. Each scenario is cast (`casting`), then its
steps are played one after the other (`steps`), and their acts are sorted by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailwitness.errors import UsageError
from mailwitness.simulate.acts import Act
from mailwitness.simulate.options import Options
from mailwitness.simulate.staging.casting import Roster, cast_of
from mailwitness.simulate.staging.choosing import Chosen, choose
from mailwitness.simulate.staging.scenario import BASIC_AUTH_END, Scenario, load, scenarios
from mailwitness.simulate.staging.settings import History
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.tenant import Tenant

__all__ = ["Scenario", "Staged", "load", "scenarios", "stage"]


@dataclass(frozen=True, slots=True)
class Staged:
    """All acts of the chosen scenarios, sorted by (at, key). ``overrides``: settings that hold before day 0 instead of the tenant's own.
    ``quiet``: GUIDs of mailboxes whose daily life is left out."""

    acts: tuple[Act, ...] = ()
    overrides: tuple[tuple[str, str, str], ...] = ()
    quiet: frozenset[str] = frozenset()


def stage(
    tenant: Tenant, names: Sequence[str], options: Options, changes: Iterable[tuple[int, str, str, str]] = ()
) -> Staged:
    """The acts of these scenarios; `choosing` says how names carry parameters. ``changes``: (at, subject, name, value) of settings that
    daily life will change, so that a step that depends on a setting knows it."""
    chosen = choose(names, scenarios(), options.days)
    roster, history = Roster(tenant), History(tenant, changes)
    acts: list[Act] = []
    quiet: set[str] = set()
    for one in chosen:
        acts.extend(_played(tenant, one, roster, history, quiet))
    overrides = tuple((subject, name, value) for (subject, name), value in history.overrides.items())
    return Staged(tuple(sorted(acts, key=lambda act: (act.at, act.key))), overrides, frozenset(quiet))


_EARLY = 60_000
"""A token is asked for shortly before its first use, so the first sign-in may lie before the beginning."""


def _played(tenant: Tenant, chosen: Chosen, roster: Roster, history: History, quiet: set[str]) -> list[Act]:
    scenario = chosen.scenario
    cast, begins_at, ends_at = cast_of(chosen, roster)
    stage_ = Stage(tenant, chosen, cast, begins_at, ends_at, history)
    for subject, name, value in stage_.settings(scenario.head.needs.settings):
        history.override(subject, name, value)
    for people in scenario.head.needs.quiet:
        quiet.update(mailbox.guid for mailbox in stage_.mailboxes(people))
    before = 0
    for step in scenario.steps:
        stage_.step, after = step.head.step, stage_.span(step.head.after)
        if after < before:
            stage_.refuse(
                "after",
                f"{after // 60_000}m",
                f"the step before begins {before // 60_000}m after the beginning, and steps are listed in time",
            )
        before = after
        if begins_at + after >= ends_at:
            stage_.refuse("after", f"{after // 60_000}m", f"the scenario lasts {(ends_at - begins_at) // 60_000}m")
        if step.head.only == "always" or (step.head.only == "before 2023") == (tenant.start_at < BASIC_AUTH_END):
            step.play.play(stage_, begins_at + after)
    for act in stage_.acts:
        if not begins_at - _EARLY <= act.at < ends_at:
            late = (act.at - begins_at) // 60_000
            raise UsageError(
                f"{scenario.file}: lasts: found {(ends_at - begins_at) // 60_000}m; step {act.step} acts {late}m after the beginning, and "
                f"lasts must cover every act."
            )
    return stage_.acts
