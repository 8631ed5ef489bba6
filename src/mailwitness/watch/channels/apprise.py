"""Mail, Teams, Slack and whatever else Apprise speaks to: ``apprise:env:NAME`` or ``apprise:fd:N``.

An Apprise address holds the password or token of its service, so it is never an argument. The place may hold several addresses, separated by blanks or
line ends; each is a channel of its own, known by the place, its number and the service, so that one that fails is tried again without the others.

A message holds up to ten alerts, one line each, as plain text.

Limits: chat services make links and mentions of plain text. What a log brings is defused as far as text allows: no angle or square brackets, no ``://``, no
    ``@`` but inside an address. A receiver that makes a link of a bare host name still does.
    Apprise says that a service took a message or did not, and not why in words that are safe to show.
Sources:
    - https://github.com/caronc/apprise/wiki   (addresses of the services)
    - https://docs.slack.dev/messaging/formatting-message-text   (mentions, links)
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mailwitness.errors import UsageError
from mailwitness.watch.alert import Alert, harmless
from mailwitness.watch.channels import ChannelKind, Means, NotDelivered
from mailwitness.watch.secrets import is_place, secret_at

_BARE_AT = re.compile(r"(?<![A-Za-z0-9._%+-])@|@(?![A-Za-z0-9])")
_DEFUSED = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'"})
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    service: Any = field(repr=False)
    batch: int = 10

    def deliver(self, alerts: Sequence[Alert]) -> None:
        import apprise

        case = defused(str(alerts[0].content["case"]))
        told = apprise.Apprise(self.service).notify(
            title=f"mailwitness: {len(alerts)} alert{'s' if len(alerts) > 1 else ''} of {case}",
            body="\n".join(_line(alert) for alert in alerts),
            body_format=apprise.NotifyFormat.TEXT,
            timeout=_TIMEOUT_S,
        )
        if not told:
            raise NotDelivered("the service did not take it")


def _line(alert: Alert) -> str:
    finding = alert.content.get("finding_id")
    more = f"; finding {finding}" if finding else ""
    return f"{alert.content['noted_at']} {defused(alert.sentence)}{more}; alert {alert.alert_id}"


def defused(text: str) -> str:
    """Text on one line of which no chat service makes a mention, a masked link or markup that hides something."""
    return _BARE_AT.sub("(at)", harmless(text).translate(_DEFUSED).replace("://", ": //"))


def _opened(where: str, means: Means) -> Sequence[Service]:
    try:
        import apprise
    except ModuleNotFoundError:
        raise UsageError(
            "mail and chat services need the package apprise. Install it: pip install 'mailwitness[alerts]'"
        ) from None
    if not is_place(where):
        raise UsageError("apprise: an address holds a secret. Hand it over as apprise:env:NAME or apprise:fd:N")
    # Apprise logs addresses of services; nothing of it goes anywhere.
    quiet = logging.getLogger("apprise")
    quiet.handlers, quiet.propagate = [logging.NullHandler()], False
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, app_id="mailwitness")
    channels = []
    for number, address in enumerate(secret_at(where, "apprise").split(), start=1):
        service = apprise.Apprise.instantiate(address, asset=asset)
        if service is None:
            raise UsageError(
                f"apprise: address {number} of {where} is of no service that Apprise knows, or is incomplete"
            )
        scheme = address.partition("://")[0].lower()
        channels.append(Service(f"apprise:{where}#{number} ({scheme})", service))
    return channels


KIND = ChannelKind("apprise", "apprise:env:NAME", _opened)
