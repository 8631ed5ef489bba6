"""Applications of other makers that a person let read their mail: they come from their maker's servers, with tokens of the person.

The application is a confidential client: rows of its token refreshes show the address of the person's consent, while the mailbox sees the maker's
server (https://learn.microsoft.com/entra/identity/monitoring-health/concept-noninteractive-sign-ins). Its session began with the consent and does
not end in the simulated days.
"""

from __future__ import annotations

from random import Random

from mailwitness.simulate.acts import DirectoryAct, GraphCall, MailAccess, SignIn
from mailwitness.simulate.life.drawn import guid, request_id
from mailwitness.simulate.life.shelf import by_folder
from mailwitness.simulate.life.signing_in import Wallet, agent_of
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, Person, Session


class ConsentedLife:
    """One person's consented application. ``consented_at``: when; before day 0 for most."""

    def __init__(self, around: Surroundings, person: Person) -> None:
        self._around, self.person = around, person
        tenant, rates = around.tenant, around.rates.consented
        draw = tenant.chance.stream("consented", person.number)
        self.wallet: Wallet | None = None
        if person.plan not in ("e5", "e3", "business") or draw.random() >= rates.share:
            return
        key = tuple(rates.apps)[int(draw.random() * len(rates.apps))]
        self.app = tenant.apps[key]
        client = around.client(rates.apps[key], self.app)
        self.consented_at = tenant.start_at - MS_PER_DAY - int(draw.random() * 300 * MS_PER_DAY)
        if draw.random() < rates.new:
            work = tenant.workday(person, int(draw.random() * tenant.options.days))
            at = work.starts_at + int(draw.uniform(0.1, 0.9) * (work.ends_at - work.starts_at))
            if work.off == "" and tenant.start_at + MS_PER_HOUR < at < tenant.end_at - MS_PER_HOUR:
                self.consented_at = at
        device = tenant.devices(person)[0]
        session = Session(guid(draw), person.number, device, client, self.consented_at, tenant.end_at + MS_PER_DAY)
        self.wallet = Wallet(around, person, session, client, asked_from=around.computer(person, self.consented_at))
        self.wallet.opened = True
        self._seen = max(self.consented_at, tenant.start_at)
        self._servers = tenant.hosting(rates.servers, "application", key)
        self._graph = client.resource_id == tenant.apps["graph"].app_id
        self._shelf = around.shelf(around.mailbox_of(person).guid)

    def day(self, number: int) -> None:
        """Add the consent, if it falls on that day, and the application's visits."""
        wallet, around = self.wallet, self._around
        if wallet is None:
            return
        draw = around.tenant.chance.stream("application", self.person.number, number)
        if around.tenant.day_of(self.consented_at) == number:
            self._consent(draw, wallet)
        gap = around.rates.consented.every * MS_PER_MINUTE
        for low, high in around.working_hours(self.person, number):
            at = low + int(draw.random() * gap)
            while at < high:
                if at > self.consented_at + MS_PER_MINUTE:
                    self._visit(draw, wallet, at)
                at += int(gap * (0.75 + 0.5 * draw.random()))

    def _consent(self, draw: Random, wallet: Wallet) -> None:
        around, app, at = self._around, self.app, self.consented_at
        place = around.computer(self.person, at)
        client, session = wallet.client, wallet.session
        around.acts.append(
            SignIn(
                at=at - 25_000,
                key=guid(draw),
                request_id=request_id(draw),
                stream="interactive",
                client=client,
                app=app,
                resource_id=client.resource_id,
                place=place,
                person=self.person.number,
                session_id=session.session_id,
                device=session.device,
                user_agent=agent_of(client, session),
                error_code=65001,
                correlation_id=guid(draw),
                mfa="claim",
                policies=around.conditional_access.shown(self.person, client, session.device, at, second_factor=True),
                first_factor=True,
            )
        )
        scope = around.rates.consented.scope
        around.acts.append(
            DirectoryAct(
                at=at,
                key=guid(draw),
                activity="Consent to application",
                category="ApplicationManagement",
                targets=(("ServicePrincipal", app.principal_id, app.name),),
                modified=(
                    ("ConsentContext.IsAdminConsent", "null", '"False"'),
                    ("ConsentContext.IsAppOnly", "null", '"False"'),
                    ("ConsentContext.OnBehalfOfAll", "null", '"False"'),
                    ("ConsentAction.Permissions", "null", f'"[] => [[ConsentType: Principal, Scope: {scope}]]"'),
                ),
                actor=self.person.number,
                place=place,
            )
        )
        wallet.held = wallet.interactive(around, draw, at + 1_000, place, client, client.resource_id, first=False)

    def _visit(self, draw: Random, wallet: Wallet, at: int) -> None:
        around, app = self._around, self.app
        mailbox, client = around.mailbox_of(self.person), wallet.client
        place = self._servers[int(draw.random() * len(self._servers))]
        token = wallet.token(around, draw, at, place)
        if not around.opened(mailbox.guid, client, at):
            return
        new = self._shelf.new(self._seen, at, around.rates.most_new)
        self._seen = at
        if self._graph:
            top = max(len(new), 1)
            around.acts.append(
                GraphCall(
                    at=at,
                    key=guid(draw),
                    method="GET",
                    uri=f"https://graph.microsoft.com/v1.0/me/messages?$top={top}&$orderby=receivedDateTime desc",
                    status=200,
                    app=app,
                    place=place,
                    token=token,
                    person=self.person.number,
                    user_agent=client.user_agent or "",
                    size_bytes=2_000 + sum(message.size_bytes for message in new) // 20,
                )
            )
        for folder, messages in by_folder(new) if new else ():
            around.acts.append(
                MailAccess(
                    at=at,
                    key=guid(draw),
                    mailbox=mailbox.guid,
                    how="bind",
                    folder=folder,
                    messages=messages,
                    logon="owner",
                    client=client,
                    place=place,
                    actor=self.person.number,
                    app=app,
                    session_id=wallet.session.session_id,
                    token=token,
                )
            )
