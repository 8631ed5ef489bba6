"""An act that only the unified audit log knows: eDiscovery, audit searches, Security & Compliance commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwitness.simulate.acts import OtherAct
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, People, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """``operation`` of ``record_type`` (AuditLogRecordType) in ``workload``, with further fields of its record as ``details``."""

    record_type: int
    operation: str
    workload: str
    by: People
    from_: Addresses | None = None
    target: Words = field(default_factory=Words)
    details: Mapping[str, Words] = field(default_factory=dict)

    def play(self, stage: Stage, at: int) -> None:
        actor = stage.people(self.by)[0]
        stage.add(
            OtherAct,
            at,
            record_type=self.record_type,
            operation=self.operation,
            workload=self.workload,
            actor=actor.number,
            place=stage.own_place(actor, at) if self.from_ is None else stage.place(self.from_, at),
            target=stage.text(self.target),
            details=tuple((name, stage.text(value)) for name, value in self.details.items()),
        )


STEP = Recording
