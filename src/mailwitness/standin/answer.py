"""An answer on its way: status, headers, body, and the fate that the line has in store for it (F7, F8, F24)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

encode = msgspec.json.Encoder().encode

SLOW_BYTES = 20_000
SLOW_STEP = 1_000


class LineCut(ConnectionError):
    """The connection is to be reset here. The server turns it into that."""


@dataclass(frozen=True, slots=True)
class Fate:
    """``first_byte_after_s``: how long nothing comes. ``step_s``: seconds for each of the first 20 kB. ``cut_at``: the byte of the body
    at which it ends; ``honest``: the length header says so. ``then``: called when it ends there, before the connection is reset."""

    first_byte_after_s: float = 0.0
    step_s: float = 0.0
    cut_at: int | None = None
    honest: bool = False
    then: Callable[[], None] | None = None


class Answer:
    """An ASGI response. ``note``: why it refuses, in our own words; ``fault``: which fault made it so. Both only for the stand-in's log."""

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json; charset=utf-8",
        note: str | None = None,
        fault: str | None = None,
    ) -> None:
        self.status, self.body, self.note, self.fault = status, body, note, fault
        self.headers: dict[str, str] = {"content-type": content_type, **(headers or {})}
        self.fate = Fate()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fate, body = self.fate, self.body
        if fate.cut_at is not None:
            body = body[: fate.cut_at]
        length = len(body) if fate.honest or fate.cut_at is None else len(self.body)
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in self.headers.items()]
        headers.append((b"content-length", str(length).encode()))
        if fate.first_byte_after_s:
            await asyncio.sleep(fate.first_byte_after_s)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        begin = 0
        if fate.step_s:
            for begin in range(0, min(len(body), SLOW_BYTES), SLOW_STEP):
                await send({"type": "http.response.body", "body": body[begin : begin + SLOW_STEP], "more_body": True})
                await asyncio.sleep(fate.step_s)
            begin += SLOW_STEP
        cut = fate.cut_at is not None and not fate.honest
        await send({"type": "http.response.body", "body": body[begin:], "more_body": cut})
        if cut:
            if fate.then is not None:
                fate.then()
            raise LineCut


def json_answer(
    status: int,
    content: Any,
    headers: Mapping[str, str] | None = None,
    note: str | None = None,
    fault: str | None = None,
) -> Answer:
    """An answer whose body is this object."""
    return Answer(status, encode(content), headers, note=note, fault=fault)
