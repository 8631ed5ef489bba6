"""What a request passes before and after the service proper: latency, gateway, token, throttle, permission; then the line back.

Each service says in its own words why it refuses (`Words`); when it does is the same for all and written here.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import Request

from mailwitness.standin.answer import SLOW_STEP, Answer, Fate
from mailwitness.standin.moments import SECOND, http_date
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.tokens import Audience, Token
from mailwitness.standin.world import Served, World

_VOLATILE = frozenset({"$skiptoken", "nextPage", "PublisherIdentifier"})
"""Of a query: what does not change what is asked for."""
_GATEWAY = (500, 502, 503, 504)
_SKEW_S = 90


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``key``: what is asked and on which page, the same however often it is; ``path``: the route's parameters."""

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    token: Token
    key: tuple[object, ...]


class Words(Protocol):
    """How a service words what all services say."""

    def unauthorised(self, why: str) -> Answer: ...
    def forbidden(self, missing: str) -> Answer: ...
    def throttled(self, headers: Mapping[str, str]) -> Answer: ...
    def failed(self, status: int) -> Answer: ...


Handler: TypeAlias = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Way:
    """What must be so for a request to come through. ``any_of``: permissions of which one is enough.

    ``bucket``: its throttle; ``cost``: units of it. ``tells_when``: whether a refusal for too many requests has Retry-After. ``throttle_fault``: which fault
    injects such refusals.
    """

    any_of: tuple[str, ...]
    bucket: Callable[[Asked], Bucket]
    throttle_fault: str
    tells_when: bool = True
    latency_s: float = 0.2
    cost: int = 1


class Door:
    """The way in and out of one service."""

    def __init__(self, world: World, service: Audience, words: Words) -> None:
        self._world, self._service, self._words = world, service, words

    def opens(
        self, way: Way, handler: Handler, key: Callable[[Request, bytes], tuple[object, ...]] | None = None
    ) -> Callable[[Request], Awaitable[Answer]]:
        """An endpoint. ``key``: names what is asked where path and query do not."""

        async def endpoint(request: Request) -> Answer:
            body = await request.body()
            named = key(request, body) if key is not None else self._key(request)
            await self._tarry(way)
            answer = self._answered(way, handler, request, body, named)
            return self._sent(answer, request, named)

        return endpoint

    async def _tarry(self, way: Way) -> None:
        latency = self._world.terms.seconds(way.latency_s)
        if latency > 0:
            await asyncio.sleep(latency)

    def _answered(self, way: Way, handler: Handler, request: Request, body: bytes, key: tuple[object, ...]) -> Answer:
        faults = self._world.faults
        if faults.strikes("F6", *key):
            return _by("F6", self._gateway(key))
        text = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self._world.tokens.look(text)
        if token is None or token.audience != self._service:
            return self._words.unauthorised("no token of this service")
        if not token.is_dead and faults.strikes("F4", *key):
            token.is_dead = True
        if not token.is_good():
            refused = self._words.unauthorised("the token has expired")
            return _by("F4", refused) if token.is_dead else refused
        asked = Asked(
            request.method, request.path_params, dict(request.query_params), request.headers, body, token, key
        )
        wait = way.bucket(asked).wait(way.cost)
        if wait > 0:
            return self._words.throttled(self._when(way, wait, dated=False))
        if faults.strikes(way.throttle_fault, *key):
            seconds = self._world.terms.seconds(1 + 20 * faults.draw(way.throttle_fault, *key))
            dated = faults.draw(way.throttle_fault, *key) < 0.5
            return _by(way.throttle_fault, self._words.throttled(self._when(way, seconds, dated)))
        if token.permissions.isdisjoint(way.any_of):
            return self._words.forbidden(" or ".join(way.any_of))
        return handler(asked)

    def _when(self, way: Way, seconds: float, dated: bool) -> dict[str, str]:
        """Retry-After in whole seconds, rounded up, or down where the stand-in is faster than the services."""
        if not way.tells_when:
            return {}
        whole = math.ceil(seconds) if self._world.terms.pace <= 1 else math.floor(seconds)
        return {"retry-after": http_date(self._world.clock.now() + whole * SECOND) if dated else str(whole)}

    def _gateway(self, key: tuple[object, ...]) -> Answer:
        draw = self._world.faults.draw("F6", *key)
        status = _GATEWAY[int(draw * 4)]
        form = int(draw * 12) % 3
        if form == 0:
            return Answer(status, b"", note="gateway")
        if form == 1:
            page = f"<html><head><title>{status} Error</title></head><body><h2>The gateway did not answer.</h2></body></html>"
            return Answer(status, page.encode(), content_type="text/html", note="gateway")
        return self._words.failed(status)

    def _sent(self, answer: Answer, request: Request, key: tuple[object, ...]) -> Answer:
        world, faults = self._world, self._world.faults
        now = world.clock.now()
        skew = int((2 * faults.draw("F21", *key) - 1) * _SKEW_S * SECOND) if faults.marks("F21", *key) else 0
        answer.headers["date"] = http_date(now + skew)
        if answer.status < 400:
            self._on_the_line(answer, key)
        size = len(answer.body)
        path, query = request.url.path, request.url.query
        world.note(
            Served(now, self._service, request.method, path, query, answer.status, size, answer.fault, answer.note)
        )
        return answer

    def _on_the_line(self, answer: Answer, key: tuple[object, ...]) -> None:
        """What happens to a good answer on its way; it hides in the log what is odd about the answer itself."""
        faults, terms = self._world.faults, self._world.terms
        if faults.strikes("F24", *key):
            at = int(faults.draw("F24", *key) * len(answer.body))
            answer.fate, answer.fault = Fate(cut_at=at, then=self._world.kill), "F24"
        elif faults.strikes("F7", *key):
            at = int(faults.draw("F7", *key) * max(len(answer.body) - 1, 0))
            answer.fate, answer.fault = Fate(cut_at=at, honest=faults.draw("F7", *key) < 0.5), "F7"
        elif faults.strikes("F8", *key):
            slow = Fate(first_byte_after_s=6 / terms.pace), Fate(step_s=SLOW_STEP / 1_000 / terms.pace)
            answer.fate, answer.fault = slow[faults.draw("F8", *key) < 0.5], "F8"

    def _key(self, request: Request) -> tuple[object, ...]:
        """Method, path and query without what only says which page, and the page's number."""
        named = sorted(
            pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] not in _VOLATILE
        )
        token = request.query_params.get("$skiptoken", request.query_params.get("nextPage"))
        page = 1 if token is None else self._world.links.page_of(token)
        return (request.method, request.url.path, *(part for pair in named for part in pair), page)


def _by(fault: str, answer: Answer) -> Answer:
    answer.fault = fault
    return answer
