"""Something changes in the directory: an application, a credential, a role, a licence, a device, security information, a policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from json import dumps

from mailwitness.simulate.acts import DirectoryAct
from mailwitness.simulate.staging.settings import SettingValue
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, AppName, People, With, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is changed, in the words of the directory audit."""

    type: str
    id: Words
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Modified:
    """A property: what it was and what it is."""

    name: str
    old: Words = field(default_factory=Words)
    new: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """``activity`` of ``category`` on ``targets``. ``by``: the person who does it, or ``app``, or both where an application acts in a person's name."""

    activity: str
    category: str
    targets: tuple[Target, ...]
    by: People | None = None
    app: AppName | None = None
    with_: With | None = None
    from_: Addresses | None = None
    modified: tuple[Modified, ...] = ()
    changes: tuple[SettingValue, ...] = ()

    def play(self, stage: Stage, at: int) -> None:
        actor = None if self.by is None else stage.people(self.by)[0]
        place = None
        if self.from_ is not None:
            place = stage.place(self.from_, at)
        elif self.with_ is not None:
            place = stage.from_where(stage.credential(self.with_, None if actor is None else actor.number), at)
        elif actor is not None:
            place = stage.own_place(actor, at)
        changes = stage.settings(self.changes)
        stage.add(
            DirectoryAct,
            at,
            activity=self.activity,
            category=self.category,
            targets=tuple((one.type, stage.text(one.id), stage.text(one.name)) for one in self.targets),
            modified=tuple((one.name, _json(stage.text(one.old)), _json(stage.text(one.new))) for one in self.modified),
            actor=None if actor is None else actor.number,
            app=None if self.app is None else stage.app(self.app),
            place=place,
            changes=changes,
        )
        stage.change(at, changes)


def _json(value: str) -> str:
    """Values of directory audits are JSON texts; what is none yet becomes one, and nothing stays nothing."""
    return value if not value or value[0] in '[{"' else dumps(value)


STEP = Changing
