"""Requests until there is a whole answer or a definite refusal, over a transport that answers from a script."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import pytest

from mailwitness.collect.budget import RATES
from mailwitness.collect.client import Client, Interrupted, Patience, Refused, Unavailable, error_of, retry_after

GRAPH = "https://graph.contoso.test"
MANAGE = "https://manage.contoso.test"
URL = f"{GRAPH}/v1.0/things"
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


class Things(msgspec.Struct):
    value: list[int]


WHOLE = b'{"value":[1,2,3]}'


class Script:
    """Answers in order; the last one again and again."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.tokens: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.tokens.append(request.headers["authorization"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Tokens:
    """Gives token-0, and another whenever the last one is refused."""

    def __init__(self) -> None:
        self.number = 0

    def of(self, resource: str, refused: str | None) -> str:
        if refused == f"token-{self.number}":
            self.number += 1
        return f"token-{self.number}"


def client(script: Callable[[httpx.Request], httpx.Response], **patience: Any) -> Client:
    given = {"first_pause_s": 0.001, "tries": 3, **patience}
    return Client(
        Tokens().of,
        {"graph": GRAPH, "management": MANAGE},
        transport=httpx.Client(transport=httpx.MockTransport(script)),
        rates=dict.fromkeys(RATES, 1e6),
        patience=Patience(**given),
    )


def answer(status: int = 200, content: bytes = WHOLE, **headers: str) -> httpx.Response:
    return httpx.Response(
        status, content=content, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def error(status: int, code: str, message: str = "", **headers: str) -> httpx.Response:
    return answer(status, msgspec.json.encode({"error": {"code": code, "message": message}}), **headers)


@pytest.mark.parametrize(
    "throttle",
    [
        answer(429, b"", retry_after="0"),
        answer(429, b"", date=DATE, retry_after=DATE),
        error(429, "TooManyRequests"),
        error(403, "AF429", "Too many requests. Method=GetBlob"),
        error(403, "UnknownError", "This request is throttled. Please try again after some time."),
        answer(503, b"", retry_after="0"),
    ],
    ids=["seconds", "date", "without", "AF429 in 403", "words in 403", "503"],
)
def test_being_told_to_wait_costs_no_try(throttle: httpx.Response) -> None:
    """However the service says it and however often: the same request is asked again."""
    script = Script(*[throttle] * 5, answer())
    one = client(script)
    assert [1, 2, 3] == one.send("graph_directory", "GET", URL, Things).value.value
    assert (6, 5, 0) == (one.counts.requests, one.counts.throttled, one.counts.failed)


def test_a_query_that_is_throttled_for_good_is_given_up() -> None:
    """So that it is begun anew, smaller: such queries are known."""
    with pytest.raises(Unavailable, match="told to wait 25 times"):
        client(Script(answer(429, b"", retry_after="0"))).send("graph_directory", "GET", URL, Things)


def test_an_expired_token_is_replaced_and_the_same_request_repeated() -> None:
    """A 401 is no end of anything."""
    script = Script(
        answer(), answer(401, b'{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}'), answer()
    )
    one = client(script)
    for _ in range(2):
        one.send("graph_directory", "GET", URL, Things)
    assert ["Bearer token-0", "Bearer token-0", "Bearer token-1"] == script.tokens


def test_a_token_that_is_never_good_is_a_refusal() -> None:
    """After some new ones."""
    with pytest.raises(Refused) as refused:
        client(Script(error(401, "InvalidAuthenticationToken"))).send("graph_directory", "GET", URL, Things)
    assert (401, "InvalidAuthenticationToken") == (refused.value.status, refused.value.code)


@pytest.mark.parametrize(
    "broken",
    [
        answer(500, b""),
        answer(502, b"<html>Bad gateway</html>"),
        answer(504, b""),
        answer(200, WHOLE[:-4]),
        answer(200, b""),
        answer(200, b'{"value":"nothing of the kind"}'),
        answer(200, b"<html>maintenance</html>"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        httpx.ReadTimeout("silence"),
    ],
    ids=lambda given: (
        type(given).__name__ if isinstance(given, Exception) else f"{given.status_code} {given.content[:12]!r}"
    ),
)
def test_what_is_no_whole_answer_is_asked_for_again_and_then_given_up(broken: httpx.Response | Exception) -> None:
    """A cut-off body has status 200 and a length that fits; only that it does not parse tells."""
    one = client(Script(broken, broken, answer()))
    assert 3 == len(one.send("graph_directory", "GET", URL, Things).value.value)
    with pytest.raises(Unavailable, match="3 times: GET"):
        client(Script(broken)).send("graph_directory", "GET", URL, Things)


def test_a_request_that_may_be_sent_once_is_not_repeated_when_its_answer_is_lost() -> None:
    """Being told to wait, or that the token is old, is no lost answer."""
    one = client(Script(answer(429, b"", retry_after="0"), answer(401, b""), answer(200, WHOLE[:-4]), answer()))
    with pytest.raises(Unavailable, match="1 time: POST"):
        one.send("graph_directory", "POST", URL, Things, json={}, once=True)
    assert 3 == one.counts.requests


def test_a_definite_refusal_is_told_at_once_with_its_code() -> None:
    """The feed decides what it means."""
    script = Script(error(403, "Authorization_RequestDenied", "Insufficient privileges", request_id="r-1"))
    one = client(script)
    with pytest.raises(Refused) as refused:
        one.send("graph_directory", "GET", URL, Things)
    assert (403, "Authorization_RequestDenied", "Insufficient privileges", "r-1") == (
        refused.value.status,
        refused.value.code,
        refused.value.message,
        refused.value.request_id,
    )
    assert 1 == one.counts.requests


def test_a_body_that_never_ends_is_left_at_the_deadline() -> None:
    """No silence is long enough to end it; the whole has a deadline."""

    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.01)
                yield b" "

    one = client(lambda _: httpx.Response(200, stream=Trickle()), whole_s=0.1, tries=2)
    with pytest.raises(Unavailable, match="had not ended after"):
        one.send("graph_directory", "GET", URL, Things)


def test_a_large_body_is_read_from_a_file_as_if_it_lay_in_memory() -> None:
    """Byte for byte, whatever its size and compression."""
    content = b'{"value":[' + b",".join([b"1"] * 6_000_000) + b"]}"
    packed = answer(200, gzip.compress(content, 1), content_encoding="gzip")
    for given in (answer(200, content), packed):
        reply = client(Script(given)).send("graph_directory", "GET", URL, Things)
        assert (content, 6_000_000, False) == (
            bytes(reply.content),
            len(reply.value.value),
            isinstance(reply.content, bytes),
        )


@pytest.mark.parametrize(
    "link", ["https://evil.test/v1.0/things", "http://graph.contoso.test/v1.0/things", f"{GRAPH}:8443/x", MANAGE]
)
def test_a_token_never_leaves_for_another_host(link: str) -> None:
    """Whoever can write a link into an answer must not get a token by it."""
    script = Script(answer())
    with pytest.raises(Refused, match="no token is sent there"):
        client(script).send("graph_directory", "GET", link, Things)
    assert [] == script.tokens


def test_redirections_are_not_followed() -> None:
    """The services do not redirect; a proxy's login page does."""
    with pytest.raises(Unavailable):
        client(Script(answer(302, b"", location="https://evil.test/"))).send("graph_directory", "GET", URL, Things)


def test_a_run_that_ends_ends_waiting_too() -> None:
    """A worker that was told to wait an hour goes home at once."""
    one = client(Script(answer(429, b"", retry_after="3600")))
    one.stop()
    with pytest.raises(Interrupted):
        one.send("graph_directory", "GET", URL, Things)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"error":{"code":"AF20051","message":"expired"}}', ("AF20051", "expired")),
        (
            b'{"error":{"code":"BadRequest","message":"m","details":[{"message":"|Not found|","target":""}]}}',
            ("BadRequest", "m; |Not found|"),
        ),
        (
            b'{"error":"invalid_client","error_description":"AADSTS7000215: no"}',
            ("invalid_client", "AADSTS7000215: no"),
        ),
        (
            b'{"Message":"Authorization has been denied for this request."}',
            ("", "Authorization has been denied for this request."),
        ),
        (b"<html>", ("", "")),
        (b"", ("", "")),
        (b'{"error":{"code":17}}', ("17", "")),
    ],
)
def test_an_error_is_read_in_each_services_words(content: bytes, expected: tuple[str, str]) -> None:
    """Code and message, or nothing where nothing can be read."""
    assert expected == error_of(content)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT", "date": DATE}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"rate-limit-reset": "2026-03-01T12:01:00Z", "date": DATE}, 60.0),
    ],
)
def test_a_stated_wait_is_counted_from_the_answers_own_date(headers: dict[str, str], expected: float | None) -> None:
    """This machine's clock has no part in it."""
    assert expected == retry_after(headers)
