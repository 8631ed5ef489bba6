"""The service's own traffic: Microsoft's servers that index, classify and push what arrives, about 70 % of all mail accesses.

They come from Exchange Online's own networks as ``Client=REST;Client=RESTSystem;;``, under a first-party application, without a session and
without a token that any customer's log shows. A very few carry identifiers of a token between Microsoft's services; its sign-in is in no
customer's log, so that these accesses cannot be told from forged ones by the logs alone.

Sources:
    - https://github.com/invictus-ir/o365_dataset: 396 of 556 mail accesses are such
    - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-track-linkable-identifiers (no identifiers on
      background processes)
    - https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins (sign-ins of Microsoft's own principals are left out)
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

from msgspec.structs import replace

from mailwitness.simulate.acts import MailAccess, SignIn
from mailwitness.simulate.life.drawn import between, by_share, count, guid, one_of, request_id
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.tenant.mail import SENT_ITEMS
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, Client, Mailbox, Message, Place, Token

_DELAY_MS = (1_500, 240_000)
"""How long after its arrival the service touches a message (assumption)."""


class Background:
    """The service in every mailbox of the department."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        rates = around.rates.background
        apps = around.tenant.apps
        self._clients = {around.client("rest_service", apps[key]): share for key, share in rates.apps.items()}
        self._keys = {around.client("rest_service", apps[key]): key for key in rates.apps}

    def day(self, number: int) -> None:
        """Add the service's accesses of that day."""
        for mailbox in self._around.mailboxes:
            self._mailbox(mailbox, number)

    def _mailbox(self, mailbox: Mailbox, number: int) -> None:
        around = self._around
        tenant, rates = around.tenant, around.rates.background
        draw = tenant.chance.stream("background", mailbox.number, number)
        servers = tuple(one_of(draw, tenant.microsoft_servers) for _ in range(rates.servers))
        begin = tenant.day_start(number)
        end = begin + MS_PER_DAY
        low, high = _DELAY_MS
        shelf = around.shelf(mailbox.guid)
        whole, rest = divmod(rates.per_message, 1.0)
        for message in tenant.arrivals(mailbox.guid, number):
            for _ in range(int(whole) + (draw.random() < rest)):
                at = message.arrived_at + low + int(draw.random() * (high - low))
                if at < end and shelf.holds(message, at):
                    self._touch(draw, mailbox, at, servers, message.folder, (message,))
        for _ in range(count(draw, rates.sweeps)):
            at = begin + int(draw.random() * MS_PER_DAY)
            swept: dict[str, Message] = {}
            for _ in range(between(draw, rates.swept)):
                old = shelf.old(draw, at)
                if old is not None and old.folder != SENT_ITEMS:
                    swept[old.item_id] = old
            if swept:
                folder = next(iter(swept.values())).folder
                found = tuple(old for old in swept.values() if old.folder == folder)
                self._touch(draw, mailbox, at, servers, folder, found)

    def _touch(
        self,
        draw: Random,
        mailbox: Mailbox,
        at: int,
        servers: tuple[Place, ...],
        folder: str,
        messages: tuple[Message, ...],
    ) -> None:
        around = self._around
        client = by_share(draw, self._clients)
        place = servers[int(draw.random() * len(servers))]
        token: Token | None = None
        if draw.random() < around.rates.background.internal_token:
            token = internal_token(around.tenant, self._keys[client], around.tenant.day_of(at))
            client = _with_token(client)
        around.acts.append(
            MailAccess(
                at=at,
                key=guid(draw),
                mailbox=mailbox.guid,
                how="bind",
                folder=folder,
                messages=messages,
                logon="service",
                client=client,
                place=place,
                app=client.app,
                token=token,
                aggregated=token is None,
            )
        )


def internal_token(tenant: Tenant, key: str, day: int) -> Token:
    """The token with which that first-party application goes to Exchange on that day; the same for all mailboxes."""
    draw = tenant.chance.stream("internal token", key, day)
    app = tenant.apps[key]
    issued_at = tenant.day_start(day) - int(draw.random() * MS_PER_HOUR) - 1 if day == 0 else tenant.day_start(day)
    return Token(
        request_id(draw),
        issued_at,
        tenant.day_start(day + 1) + MS_PER_HOUR,
        app.app_id,
        tenant.apps["exchange"].app_id,
        None,
        app.principal_id,
        app_only=True,
    )


def internal_signins(around: Surroundings, day: int) -> None:
    """The requests for those tokens, which no customer's log shows. One department adds them for the whole tenant."""
    tenant = around.tenant
    for key in around.rates.background.apps:
        token = internal_token(tenant, key, day)
        if token.issued_at < tenant.day_start(day):
            continue
        draw = tenant.chance.stream("internal sign-in", key, day)
        client = around.client("rest_service", tenant.apps[key])
        around.acts.append(
            SignIn(
                at=token.issued_at,
                key=guid(draw),
                request_id=token.request_id,
                stream="service_principal",
                client=client,
                app=client.app,
                resource_id=token.resource_id,
                place=one_of(draw, tenant.microsoft_servers),
                principal=client.app,
                token=token,
                correlation_id=guid(draw),
                unlogged=True,
            )
        )


@lru_cache(maxsize=64)
def _with_token(client: Client) -> Client:
    return replace(client, has_token_context=True)
