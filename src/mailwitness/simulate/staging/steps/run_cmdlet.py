"""An Exchange administration command is run. ``changes`` are the settings that it changes, so that everything after it meets the new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailwitness.simulate.acts import Cmdlet
from mailwitness.simulate.staging.settings import SettingValue
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, People, With, Words
from mailwitness.simulate.tenant.inbox_rules import COMMANDS, change_by, parsed, setting_name
from mailwitness.simulate.world import MS_PER_SECOND, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """``operation`` about ``target``, by the first of ``by``. ``each``: once for each of these people, who are ``{each.…}`` in texts and
    ``each`` in changes. An inbox rule's change follows from the command itself. ``with``: the session of that credential; ``from``: an address, without either the administrator's own."""

    operation: str
    target: Words
    parameters: Mapping[str, Words]
    by: People
    each: People | None = None
    with_: With | None = None
    from_: Addresses | None = None
    changes: tuple[SettingValue, ...] = ()

    def play(self, stage: Stage, at: int) -> None:
        people: tuple[Person | None, ...] = (None,) if self.each is None else stage.people(self.each)
        actor = stage.people(self.by)[0]
        draw = stage.chance("pace")
        for each in people:
            session_id, place = None, None
            if self.with_ is not None:
                credential = stage.credential(self.with_, actor.number)
                session_id, place = credential.session_id, stage.from_where(credential, at)
            if self.from_ is not None:
                place = stage.place(self.from_, at)
            target = stage.text(self.target, each)
            parameters = tuple((name, stage.text(value, each)) for name, value in self.parameters.items())
            changes = (*stage.settings(self.changes, each), *self._rule(stage, at, target, parameters))
            stage.add(
                Cmdlet,
                at,
                operation=self.operation,
                target=target,
                parameters=parameters,
                actor=actor.number,
                place=place or stage.own_place(actor, at),
                session_id=session_id,
                changes=changes,
            )
            stage.change(at, changes)
            at += int(draw.uniform(5 * MS_PER_SECOND, 40 * MS_PER_SECOND))

    def _rule(
        self, stage: Stage, at: int, target: str, parameters: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str, str], ...]:
        """What a command about an inbox rule makes of it."""
        if self.operation not in COMMANDS:
            return ()
        try:
            mailbox, rule = parsed(stage.tenant, target)
        except ValueError:
            stage.refuse(
                "target", target, "for an inbox rule it is the mailbox's address, a backslash and the rule's name"
            )
        held = stage.history.value(mailbox, setting_name(rule), at)
        if self.operation != "New-InboxRule" and not held:
            stage.refuse("target", target, "no earlier step makes that rule")
        return (change_by(stage.tenant, self.operation, target, parameters, held),)


STEP = Running
