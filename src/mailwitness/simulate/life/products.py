"""App-only products: backup and archive services that go through many mailboxes each night with their own credential.

One token of client credentials serves an hour and whatever mailboxes fall into it, in all departments; so the night's plan is a pure
function of the tenant, the product and the day, and the first department adds the sign-ins for all.
"""

from __future__ import annotations

from random import Random

import msgspec

from mailwitness.simulate.acts import GraphCall, MailAccess, SignIn
from mailwitness.simulate.life.declared import Product, rates
from mailwitness.simulate.life.drawn import guid, request_id
from mailwitness.simulate.life.shelf import by_folder
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.world import (
    MS_PER_DAY,
    MS_PER_HOUR,
    MS_PER_MINUTE,
    App,
    Client,
    Mailbox,
    Message,
    Place,
    Token,
)


class Night(msgspec.Struct, frozen=True):
    """One night's run of a product: its tokens in the order of time, and from where it comes."""

    begins_at: int
    ends_at: int
    tokens: tuple[Token, ...]
    place: Place


class ProductLife:
    """One product in the mailboxes of the department."""

    def __init__(self, around: Surroundings, key: str, product: Product) -> None:
        self._around, self._key, self._product = around, key, product
        tenant = around.tenant
        self._app = tenant.apps[key]
        self._client = around.client(product.client, self._app)
        self._graph = self._client.resource_id == tenant.apps["graph"].app_id
        self._mailboxes = tuple(
            mailbox
            for mailbox in around.mailboxes
            if mailbox.kind in product.kinds and tenant.chance.share("product", key, mailbox.number) < product.share
        )

    def day(self, number: int) -> None:
        """Add the run of that night."""
        around = self._around
        tenant = around.tenant
        night = night_of(tenant, self._key, self._product, self._client, number)
        if around.department == 0:
            self._sign_in(night, number)
        length = night.ends_at - night.begins_at
        for mailbox in self._mailboxes:
            draw = tenant.chance.stream("product", self._key, mailbox.number, number)
            at = night.begins_at + int((mailbox.number + draw.random()) / len(tenant.mailboxes) * length)
            self._read(draw, mailbox, at, night)

    def _sign_in(self, night: Night, number: int) -> None:
        around, client, app = self._around, self._client, self._app
        draw = around.tenant.chance.stream("product sign-ins", self._key, number)
        credential = around.tenant.chance.guid("credential", self._key)
        for token in night.tokens:
            around.acts.append(
                SignIn(
                    at=token.issued_at,
                    key=guid(draw),
                    request_id=token.request_id,
                    stream="service_principal",
                    client=client,
                    app=app,
                    resource_id=token.resource_id,
                    place=night.place,
                    principal=app,
                    token=token,
                    protocol="none",
                    correlation_id=guid(draw),
                    credential_key_id=credential,
                )
            )

    def _read(self, draw: Random, mailbox: Mailbox, at: int, night: Night) -> None:
        """Take what came in the last 24 hours, what the owner sent included."""
        around = self._around
        if not around.opened(mailbox.guid, self._client, at):
            return
        token = next(token for token in night.tokens if token.issued_at <= at < token.expires_at)
        shelf = around.shelf(mailbox.guid)
        day = around.tenant.day_of(at)
        new: list[Message] = [
            message
            for near in (day - 1, day)
            for message in around.tenant.arrivals(mailbox.guid, near)
            if at - MS_PER_DAY <= message.arrived_at < at and shelf.holds(message, at)
        ]
        if self._graph:
            self._call(draw, mailbox, at, night.place, token, len(new))
        for folder, messages in by_folder(new) if new else ():
            around.acts.append(
                MailAccess(
                    at=at,
                    key=guid(draw),
                    mailbox=mailbox.guid,
                    how="bind",
                    folder=folder,
                    messages=messages,
                    logon="application",
                    client=self._client,
                    place=night.place,
                    app=self._app,
                    token=token,
                )
            )

    def _call(self, draw: Random, mailbox: Mailbox, at: int, place: Place, token: Token, found: int) -> None:
        for uri, size in (
            (f"https://graph.microsoft.com/v1.0/users/{mailbox.upn}/mailFolders/delta", 4_000),
            (f"https://graph.microsoft.com/v1.0/users/{mailbox.upn}/messages/delta", 2_000 + 3_000 * found),
        ):
            self._around.acts.append(
                GraphCall(
                    at=at,
                    key=guid(draw),
                    method="GET",
                    uri=uri,
                    status=200,
                    app=self._app,
                    place=place,
                    token=token,
                    user_agent=self._client.user_agent or "",
                    size_bytes=size,
                )
            )


def night_of(tenant: Tenant, key: str, product: Product, client: Client, day: int) -> Night:
    """The run of a product that begins on that day."""
    draw = tenant.chance.stream("night", key, day)
    hour, minute = product.begins.split(":")
    begins_at = tenant.day_start(day) + int(hour) * MS_PER_HOUR + int(minute) * MS_PER_MINUTE
    begins_at += int(draw.random() * 8 * MS_PER_MINUTE)
    ends_at = begins_at + int(product.hours * MS_PER_HOUR)
    places = tenant.hosting(product.servers, "application", key)
    place = places[int(draw.random() * len(places))]
    return Night(begins_at, ends_at, tuple(_tokens(draw, tenant.apps[key], client, begins_at, ends_at)), place)


def _tokens(draw: Random, app: App, client: Client, begins_at: int, ends_at: int) -> list[Token]:
    """Tokens one after another: the next is asked for some minutes before the last runs out."""
    life = rates().tokens.app_only_minutes * MS_PER_MINUTE
    at, found = begins_at - 2_000, []
    while at < ends_at:
        found.append(
            Token(
                request_id(draw), at, at + life, app.app_id, client.resource_id, None, app.principal_id, app_only=True
            )
        )
        at += life - 5 * MS_PER_MINUTE
    return found
