"""A JSON webhook: alerts are sent by HTTP POST, signed where a secret is shared.

The body is ``{"schema_version": 1, "alerts": […]}`` with up to 50 alerts. Any answer of 200 to 299 is taken for received; a redirect is not followed, for
the address and the signature are meant for one receiver. What is not received is sent again at the next run with the same ids; ``Idempotency-Key``
is the same for the same alerts.

With a secret each request carries ``X-Mailwitness-Signature: t=<Unix time>,v1=<hex>``, where hex is HMAC-SHA256 over ``<Unix time>.<body>``. Check it over the
bytes as received and in constant time, and refuse a time that is minutes away: then nobody else can speak in our name or replay us. In Python::

    t, v1 = (part.split("=", 1)[1] for part in header.split(","))
    good = hmac.compare_digest(v1, hmac.new(secret, f"{t}.".encode() + body, "sha256").hexdigest())

An address that holds a token, as those of chat services do, is itself a secret: hand it over as ``webhook:env:NAME`` or ``webhook:fd:N``. Neither
address nor secret is ever shown; the channel is known by scheme, host and port, or by the place of its address.

Sources:
    - https://www.rfc-editor.org/rfc/rfc2104   (HMAC)
    - https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailwitness.errors import UsageError
from mailwitness.watch.alert import SCHEMA_VERSION, Alert
from mailwitness.watch.channels import ChannelKind, Means, NotDelivered, reason_of
from mailwitness.watch.secrets import is_place, secret_at

if TYPE_CHECKING:
    import httpx

_CONNECT_S = 10.0
_ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Webhook:
    name: str
    address: str = field(repr=False)
    means: Means = field(repr=False)
    batch: int = 50

    def deliver(self, alerts: Sequence[Alert]) -> None:
        import httpx

        body = json.dumps({"schema_version": SCHEMA_VERSION, "alerts": [alert.content for alert in alerts]}).encode()
        try:
            with (
                httpx.Client(
                    verify=self.means.tls(),
                    timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
                    follow_redirects=False,
                ) as client,
                # Only the status counts: the answer's body is not read, however long it is.
                client.stream("POST", self.address, content=body, headers=self._headers(alerts, body)) as answer,
            ):
                status = answer.status_code
        except httpx.HTTPError as error:
            raise NotDelivered(_reason(error)) from None  # the error holds the request, which holds the address
        if not 200 <= status < 300:
            note = ", a redirect, which is not followed" if 300 <= status < 400 else ""
            raise NotDelivered(f"the receiver answered {status}{note}")

    def _headers(self, alerts: Sequence[Alert], body: bytes) -> dict[str, str]:
        ids = "".join(alert.alert_id for alert in alerts)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "mailwitness",
            "Idempotency-Key": hashlib.sha256(ids.encode()).hexdigest()[:32],
        }
        if self.means.webhook_secret is not None:
            headers["X-Mailwitness-Signature"] = signature(self.means.webhook_secret, int(time.time()), body)
        return headers


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of the signature header for a body sent at this Unix time."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def _reason(error: httpx.HTTPError) -> str:
    import httpx

    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {_CONNECT_S:.0f} s"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {_ANSWER_S:.0f} s"
    return reason_of(error)


def _opened(where: str, means: Means) -> Sequence[Webhook]:
    try:
        import httpx
    except ModuleNotFoundError:
        raise UsageError("a webhook needs the package httpx. Install it: pip install 'mailwitness[alerts]'") from None
    address = secret_at(where, "webhook") if is_place(where) else where
    try:
        parts = urlsplit(address)
        httpx.URL(address)
        host, port = parts.hostname, parts.port
    except (ValueError, httpx.InvalidURL):
        host, port = None, None
    if host is None or parts.scheme not in ("http", "https"):
        raise UsageError("webhook: the address is no http or https address with a host")
    if where is address and (parts.username is not None or parts.password is not None):
        raise UsageError(
            "webhook: an address with a password is a secret. Hand it over as webhook:env:NAME or webhook:fd:N"
        )
    shown = f"webhook:{where}" if is_place(where) else f"webhook:{parts.scheme}://{host}{f':{port}' if port else ''}"
    if where is address and parts.path not in ("", "/"):
        # Two hooks of one host are two channels; an argument is no secret, yet a long path may be meant as one.
        shown += f" ({hashlib.sha256(address.encode()).hexdigest()[:6]})"
    return [Webhook(shown, address, means)]


KIND = ChannelKind("webhook", "webhook:URL", _opened)
