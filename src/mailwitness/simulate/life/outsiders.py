"""A partner's technician in a mailbox of this tenant (delegated administration): the sign-in lies in the partner's own tenant.

So its token was issued, and no log of this tenant shows where (N5 of the legitimate accesses without a sign-in). The mailbox's record says that the
access came from outside. Whether a resource tenant's log shows such a sign-in differs by the kind of relation; here it does not (assumption).
"""

from __future__ import annotations

from mailwitness.simulate.acts import MailAccess, SignIn
from mailwitness.simulate.life.drawn import between, guid, one_of, request_id
from mailwitness.simulate.life.reading import older
from mailwitness.simulate.life.shelf import by_folder
from mailwitness.simulate.life.signing_in import agent_of
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant.applications import with_agent
from mailwitness.simulate.world import MS_PER_HOUR, MS_PER_MINUTE, Session, Token


class OutsiderLife:
    """The partners' technicians, in this department's mailboxes."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def day(self, number: int) -> None:
        """Add the visit of that day, if there is one."""
        around = self._around
        tenant = around.tenant
        draw = tenant.chance.stream("outsiders", around.department, number)
        if not tenant.outsiders or draw.random() >= around.rates.outsiders.visits:
            return
        person, mailbox = one_of(draw, tenant.outsiders), one_of(draw, around.mailboxes)
        device = tenant.devices(person)[0]
        client = with_agent(tenant.clients["owa"], device.user_agent)
        at = tenant.day_start(number) + 9 * MS_PER_HOUR + int(draw.random() * 7 * MS_PER_HOUR)
        session = Session(guid(draw), person.number, device, client, at, at + MS_PER_HOUR)
        place = tenant.place(person, device, at)
        token = Token(
            request_id(draw),
            at,
            at + between(draw, around.rates.tokens.minutes) * MS_PER_MINUTE,
            client.app.app_id,
            client.resource_id,
            session.session_id,
            person.object_id,
        )
        around.acts.append(
            SignIn(
                at=at,
                key=guid(draw),
                request_id=token.request_id,
                stream="interactive",
                client=client,
                app=client.app,
                resource_id=client.resource_id,
                place=place,
                person=person.number,
                token=token,
                session_id=session.session_id,
                device=device,
                user_agent=agent_of(client, session),
                correlation_id=guid(draw),
                mfa="satisfied",
                first_factor=True,
                unlogged=True,
                home_tenant=person.home_tenant,
            )
        )
        opened = older(draw, around.shelf(mailbox.guid), at, between(draw, (2, 8)))
        for folder, messages in by_folder(opened) if opened else ():
            at += 20_000 + int(draw.random() * 60_000)
            around.acts.append(
                MailAccess(
                    at=at,
                    key=guid(draw),
                    mailbox=mailbox.guid,
                    how="bind",
                    folder=folder,
                    messages=messages,
                    logon="delegate",
                    client=client,
                    place=place,
                    actor=person.number,
                    app=client.app,
                    session_id=session.session_id,
                    token=token,
                    device=device,
                    external=True,
                )
            )
