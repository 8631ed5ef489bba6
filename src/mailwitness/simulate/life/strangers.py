"""The internet at the door: passwords tried on accounts from rented servers and strangers' homes, all day and all of them wrong.

Every tenant has them, attacked or not, and an attack has to be told from them. Names that the tenant does not know are tried too. Over
the protocols that take a password alone: those of IMAP and POP reached the identity provider until Exchange stopped taking passwords there,
those of SMTP AUTH still do. An authentication policy lets Exchange refuse before anyone asks, so there is no row then.

Limits: each try is alone; waves of tries on all accounts within an hour are a scenario's (G6, G8). A locked account has no row of the
    tries that locked it before.
"""

from __future__ import annotations

from mailwitness.simulate.acts import SignIn
from mailwitness.simulate.life.drawn import by_share, count, guid, one_of, request_id
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.world import MS_PER_DAY, Person, Place

_NO_SUCH_ACCOUNT = 50034


class StrangerLife:
    """Tries on the accounts of this department."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        tenant, known = around.tenant, around.rates.strangers
        self._places: tuple[Place, ...] = (
            *tenant.hosting(known.servers, "tries"),
            *tenant.residential(known.homes, "tries"),
        )

    def day(self, number: int) -> None:
        """Add the tries of that day."""
        around, known = self._around, self._around.rates.strangers
        tenant = around.tenant
        draw = tenant.chance.stream("strangers", around.department, number)
        begin = tenant.day_start(number)
        for person in around.people:
            for _ in range(count(draw, known.tries)):
                at = begin + int(draw.random() * MS_PER_DAY)
                client = tenant.clients[by_share(draw, known.clients)]
                code, place = by_share(draw, known.codes), one_of(draw, self._places)
                names = guid(draw), request_id(draw), guid(draw)
                if client.basic_auth and not self._asked(person, client.kind, at):
                    continue
                around.acts.append(
                    SignIn(
                        at=at,
                        key=names[0],
                        request_id=names[1],
                        stream="interactive",
                        client=client,
                        app=client.app,
                        resource_id=client.resource_id,
                        place=place,
                        person=None if code == _NO_SUCH_ACCOUNT else person.number,
                        user_agent=client.user_agent,
                        protocol="ropc" if client.basic_auth else "oAuth2",
                        error_code=code,
                        correlation_id=names[2],
                    )
                )

    def _asked(self, person: Person, kind: str, at: int) -> bool:
        """Whether Exchange asks the identity provider about a password that came over that protocol."""
        if kind != "smtp" and at >= self._around.rates.basic_auth.until_at:
            return False
        value = self._around.timeline.value
        own = "" if person.mailbox is None else value(person.mailbox, "AuthenticationPolicy", at)
        return not (own or value("", "DefaultAuthenticationPolicy", at))
