"""Requests to the services, until there is a whole answer or a definite refusal.

What goes wrong between a request and its answer ends here: turns and throttling (429 with and without Retry-After, AF429 in a 403, 503 with
Retry-After), expired tokens (401: a new token, the same request again), 5xx, empty and HTML answers, connections that break, bodies cut off
(they do not parse as the type that was asked for) and bodies that never end (a deadline for the whole answer, not only for a silence). A body that
outgrows memory goes to a file and is read as if it lay in memory.

A token is sent to the configured addresses alone: a link to any other host is refused, whoever gave it.

Sources:
    - https://learn.microsoft.com/graph/throttling   (Retry-After)
    - https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api   (AF429 with status 403)
"""

from __future__ import annotations

import contextlib
import mmap
import random
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import httpx
import msgspec

from mailwitness.collect.budget import Budgets
from mailwitness.collect.clock import Clock, http_date
from mailwitness.collect.feed import Body
from mailwitness.errors import RemoteError

_IN_MEMORY = 8 << 20
_NEW_TOKENS = 6
_TOLD_TO_WAIT = 25
_THROTTLED = frozenset({"AF429", "TooManyRequests"})
_THROTTLING_WORDS = ("is throttled", "too many requests")
_DENIED = frozenset({"AF10001", "Authorization_RequestDenied"})


class Refused(Exception):
    """A definite answer that is not the one asked for. ``code`` is the body's, '' where it has none."""

    def __init__(self, status: int, code: str, message: str, request: str, request_id: str | None) -> None:
        super().__init__(f"{status} {code} {message}".strip())
        self.status = status
        self.code = code
        self.message = message
        self.request = request
        self.request_id = request_id


class Unavailable(Exception):
    """No whole answer came in the tries and time that were given."""


class Interrupted(Exception):
    """The run is ending."""


class Network(RemoteError):
    """Nothing of the service can be reached."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take and how often it is asked for. ``whole_s`` is for one answer from its request to its last byte.

    ``first_pause_s``: the first pause before a failed request is repeated; every other pause that nobody stated is in proportion to it.
    """

    connect_s: float = 15.0
    silence_s: float = 60.0
    whole_s: float = 600.0
    first_pause_s: float = 1.0
    tries: int = 6


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. ``value`` is the body parsed as what was asked for, ``seconds`` how long it took."""

    content: bytes | mmap.mmap
    value: Any
    headers: Mapping[str, str]
    request: str
    seconds: float

    @property
    def request_id(self) -> str | None:
        return self.headers.get("request-id")

    def body(
        self, records: int, *, key: str | None = None, created: datetime | None = None, part: str | None = None
    ) -> Body:
        """This answer as a body to keep."""
        return Body(self.content, records, self.request, self.headers.get("date"), self.request_id, key, created, part)


@dataclass(slots=True)
class Counts:
    """What the wire did, for the progress line and for tests."""

    requests: int = 0
    throttled: int = 0
    refreshed: int = 0
    failed: int = 0
    bytes: int = 0
    waited_s: float = 0.0
    answered_hosts: set[str] = field(default_factory=set)


TokenOf = Callable[[str, str | None], str]
"""The access token for a resource address; another than the one that was refused, if one is named."""


class Client:
    """One application in one tenant. Safe to use from several threads."""

    def __init__(
        self,
        token_of: TokenOf,
        resources: Mapping[str, str],
        *,
        transport: httpx.Client | None = None,
        rates: Mapping[str, float] | None = None,
        patience: Patience | None = None,
        spill: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        """``resources``: service (graph, management, exchange) → base address, which is also the resource of its token."""
        self._token_of = token_of
        self._resources = resources
        self._http = transport or httpx.Client(http2=False)
        self._patience = patience or Patience()
        self._spill = spill
        self._stop = threading.Event()
        self._answered_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self.clock = clock or Clock()
        self.counts = Counts()
        self.known: dict[str, object] = {}
        """What feeds found out about the tenant that holds for this run (its licences)."""
        self.budgets = Budgets(self.wait, rates, 2 * self._patience.first_pause_s)

    def token_for(self, service: str) -> str:
        """The access token for a service, to read what it allows."""
        return self._token_of(self._resources[service], None)

    def stop(self) -> None:
        """Let every thread that waits or reads end with `Interrupted`."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def answered_since(self, service: str, moment: float) -> bool:
        """Whether the service has given anybody a whole answer since then (`time.monotonic`)."""
        return self._answered_at.get(service, -1.0) >= moment

    @property
    def pace(self) -> float:
        """What a second of a pause of our own choosing lasts."""
        return self._patience.first_pause_s

    def wait(self, seconds: float) -> None:
        """Sleep, unless the run is ending."""
        if self._stop.wait(max(0.0, seconds)):
            raise Interrupted

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        family: str,
        method: str,
        url: str,
        into: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        once: bool = False,
    ) -> Reply:
        """The whole answer, parsed as ``into`` (a msgspec type; None: any JSON, not kept; bytes: not parsed).

        ``once``: the service remembers what it has answered, so a request whose answer was lost must not be repeated: Unavailable at once.
        """
        request = self._request(family, method, url, params, headers, json)
        resource = self._resource_of(family, request.url)
        budget = self.budgets.of(family)
        tries, refreshed, throttled = 0, 0, 0
        refused: str | None = None
        while True:
            budget.take()
            if self._stop.is_set():
                raise Interrupted
            token = self._token_of(resource, refused)
            request.headers["authorization"] = f"Bearer {token}"
            outcome = self._once(request, into)
            if isinstance(outcome, Reply):
                budget.answered()
                self._answered_at[family.partition("_")[0]] = time.monotonic()
                return outcome
            if isinstance(outcome, _Throttled):
                with self._lock:
                    self.counts.throttled += 1
                    self.counts.waited_s += budget.throttled(outcome.wait_s)
                throttled += 1
                if throttled >= _TOLD_TO_WAIT:  # some queries are throttled until they are begun anew
                    raise Unavailable(f"told to wait {throttled} times: {_shown(request)}")
                continue  # being told to wait is no failure: the item keeps its place
            if isinstance(outcome, _Unauthorized):
                refreshed += 1
                if refreshed > _NEW_TOKENS:
                    raise outcome.refusal
                if refreshed > 2:  # other workers' requests may have spoilt the token that all share
                    self.wait(self._pause(refreshed - 2))
                with self._lock:
                    self.counts.refreshed += 1
                refused = token
                continue
            if isinstance(outcome, Refused):
                budget.answered()
                raise outcome
            tries += 1
            with self._lock:
                self.counts.failed += 1
            if tries >= self._patience.tries or once:
                raise Unavailable(f"{outcome.why}, {tries} time{'s' if tries > 1 else ''}: {_shown(request)}")
            self.wait(outcome.wait_s if outcome.wait_s is not None else self._pause(tries))

    def _pause(self, tries: int) -> float:
        longest = self._patience.first_pause_s * 2.0 ** min(tries - 1, 6)
        return longest * random.uniform(0.5, 1.0)

    def _request(
        self,
        family: str,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        json: Any,
    ) -> httpx.Request:
        content = None if json is None else msgspec.json.encode(json)
        given = {"accept": "application/json", "accept-encoding": "gzip", **(headers or {})}
        if content is not None:
            given.setdefault("content-type", "application/json; charset=utf-8")
        return self._http.build_request(
            method, url, params=None if params is None else dict(params), headers=given, content=content
        )

    def _resource_of(self, family: str, url: httpx.URL) -> str:
        service = family.partition("_")[0]
        resource = self._resources[service]
        if _origin(str(url)) != _origin(resource):
            raise Refused(
                0,
                "foreign_link",
                f"a link leads to {url.host}, which is not the {service} service at {resource}; no token is sent there",
                str(url.copy_with(query=None)),
                None,
            )
        return resource

    def _once(self, request: httpx.Request, into: Any) -> Reply | _Throttled | _Unauthorized | _Failed | Refused:
        began = time.monotonic()
        patience = self._patience
        request.extensions["timeout"] = {
            "connect": patience.connect_s,
            "read": patience.silence_s,
            "write": patience.silence_s,
            "pool": patience.whole_s,
        }
        with self._lock:
            self.counts.requests += 1
        try:
            response = self._http.send(request, stream=True)
            try:
                content = self._read(response, began)
            finally:
                response.close()
        except _TooSlow as slow:
            return _Failed(str(slow))
        except httpx.TimeoutException as error:
            return _Failed(f"no answer ({type(error).__name__})")
        except httpx.TransportError as error:
            return _Failed(f"the connection failed ({type(error).__name__}: {error})")
        except httpx.DecodingError:
            return _Failed("the answer's compression is broken")
        self.clock.heard(response.headers.get("date"))
        with self._lock:
            self.counts.bytes += len(content)
            self.counts.answered_hosts.add(request.url.host)
        seconds = time.monotonic() - began
        if response.is_success:
            return _parsed(content, into, response, request, seconds)
        return _judged(response, bytes(content[: 1 << 16]), request)

    def _read(self, response: httpx.Response, began: float) -> bytes | mmap.mmap:
        held: list[bytes] = []
        size = 0
        with contextlib.ExitStack() as opened:
            file: IO[bytes] | None = None
            for chunk in response.iter_bytes():
                if self._stop.is_set():
                    raise Interrupted
                if time.monotonic() - began > self._patience.whole_s:
                    raise _TooSlow(f"the answer had not ended after {self._patience.whole_s:g} s ({size} bytes)")
                size += len(chunk)
                held.append(chunk)
                if size > _IN_MEMORY:
                    if file is None:
                        file = opened.enter_context(tempfile.TemporaryFile(dir=self._spill))
                    file.writelines(held)
                    held.clear()
            if file is None:
                return b"".join(held)
            file.writelines(held)
            file.flush()
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@dataclass(frozen=True, slots=True)
class _Throttled:
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class _Unauthorized:
    refusal: Refused


@dataclass(frozen=True, slots=True)
class _Failed:
    why: str
    wait_s: float | None = None


class _TooSlow(Exception):
    pass


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _shown(request: httpx.Request) -> str:
    return f"{request.method} {request.url}"


def _parsed(
    content: bytes | mmap.mmap, into: Any, response: httpx.Response, request: httpx.Request, seconds: float
) -> Reply | _Failed:
    value: Any = None
    if into is not bytes:
        try:
            value = msgspec.json.decode(content, type=msgspec.Raw if into is None else into)
        except msgspec.ValidationError as error:
            return _Failed(f"the answer has not the expected form ({error})")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _Failed(f"the answer is no whole JSON ({error}; {len(content)} bytes)")
    return Reply(content, value, response.headers, _shown(request), seconds)


def _judged(
    response: httpx.Response, content: bytes, request: httpx.Request
) -> _Throttled | _Unauthorized | _Failed | Refused:
    status = response.status_code
    code, message = error_of(content)
    wait_s = retry_after(response.headers)
    if status == 429 or code in _THROTTLED or any(word in message.lower() for word in _THROTTLING_WORDS):
        return _Throttled(wait_s)
    if status == 503 and wait_s is not None:
        return _Throttled(wait_s)
    refusal = Refused(status, code, message, _shown(request), response.headers.get("request-id"))
    if (
        "does not exist" in message and code == "AF50000"
    ):  # a tenant without unified auditing, said as if it were a failure
        return refusal
    if status == 401 and code not in _DENIED:
        return _Unauthorized(refusal)
    if status >= 500 or status in (408, 409, 425) or status < 400:
        return _Failed(f"the service answered {status} {code}".rstrip(), wait_s)
    if not code and status not in (404, 410, 403, 400):
        return _Failed(f"the service answered {status} without saying why", wait_s)
    return refusal


class _Detail(msgspec.Struct):
    message: str | None = None


class _Error(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None
    details: list[_Detail] | _Detail | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error | str | None = None
    error_description: str | None = None
    message: str | None = msgspec.field(default=None, name="Message")


def error_of(content: bytes) -> tuple[str, str]:
    """Code and message of an error body, whichever service wrote it; empty where it says nothing that can be read."""
    try:
        found = msgspec.json.decode(content, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    if isinstance(found.error, str):
        return found.error, found.error_description or ""
    if found.error is None:
        return "", found.message or ""
    details = found.error.details
    listed = [details] if isinstance(details, _Detail) else details or []
    said = [found.error.message or "", *(one.message or "" for one in listed)]
    return str(found.error.code or ""), "; ".join(text for text in said if text)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The stated wait in seconds: of Retry-After as seconds or as an HTTP date, counted from the answer's own Date, or of Rate-Limit-Reset."""
    stated = headers.get("retry-after")
    if stated is not None:
        try:
            return max(0.0, float(stated))
        except ValueError:
            return _until(http_date(stated), headers)
    reset = headers.get("rate-limit-reset")
    if reset is not None:
        try:
            return _until(datetime.fromisoformat(reset.replace("Z", "")), headers)
        except ValueError:
            return None
    return None


def _until(moment: datetime | None, headers: Mapping[str, str]) -> float | None:
    now = http_date(headers.get("date"))
    if moment is None or now is None:
        return None
    return max(0.0, (moment - now).total_seconds())
