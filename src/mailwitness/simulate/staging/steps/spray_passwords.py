"""A few passwords are tried on many accounts, slowly and from many addresses. All tries fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, Amount, Hours, People, Span, Words
from mailwitness.simulate.world import MS_PER_DAY

LOCKED_SHARE = 0.02
"""Of the tries, how many meet a locked account (assumption)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spraying:
    """From ``least`` to ``most`` tries a day on each account, from any of the addresses, for as long as it ``lasts``, within ``hours``."""

    accounts: People
    from_: Addresses
    client: Words
    least: Amount
    most: Amount
    lasts: Span
    hours: Hours | None = None
    agent: Words = field(default_factory=Words)

    def play(self, stage: Stage, at: int) -> None:
        client = stage.client(self.client)
        least, most = stage.amount(self.least), stage.amount(self.most)
        until = at + stage.span(self.lasts)
        for day, (begin, end) in enumerate(stage.days(at, -(-(until - at) // MS_PER_DAY), self.hours)):
            for person in stage.people(self.accounts):
                draw = stage.chance("day", day, person.number)
                for moment in stage.spread(
                    draw, draw.randint(least, max(least, most)), begin, max(begin, min(end, until))
                ):
                    stage.add(
                        SignIn,
                        moment,
                        request_id=stage.request_id(draw),
                        stream="interactive",
                        client=client,
                        app=client.app,
                        resource_id=client.resource_id,
                        place=stage.place(self.from_, moment, draw),
                        person=person.number,
                        user_agent=stage.text(self.agent) or None,
                        protocol="ropc",
                        error_code=50053 if draw.random() < LOCKED_SHARE else 50126,
                        correlation_id=stage.guid("correlation", person.number, moment),
                    )


STEP = Spraying
