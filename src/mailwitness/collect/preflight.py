"""What the application may have of the tenant, feed by feed, before anything is collected.

The permissions are those that the access token itself names; then each permitted feed is asked for a moment of its log, with the same code that collects it,
so that "allowed" means that the service answered. Nothing is kept, and nothing of the tenant is changed. A feed that would leave a search job behind is not asked.

Limits: a feed may be allowed for the moment asked for and still lack older windows (a licence bought since).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mailwitness.collect.client import Refused, Unavailable
from mailwitness.collect.connect import Connection
from mailwitness.collect.credentials import SignInError
from mailwitness.collect.feed import Feed, Gap, Later, Plan, Restart, Split
from mailwitness.collect.ledger import Ledger, Wanted
from mailwitness.collect.session import Session

ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Checked:
    """One feed's answer. ``state``: ``allowed``, or the reason of the gap that collecting it now would leave.

    ``missing``: permissions that it needs; ``would_help``: permissions without which its records are less full.
    """

    feed: Feed
    state: str
    detail: str
    missing: tuple[str, ...] = ()
    would_help: tuple[str, ...] = ()


def check(connection: Connection, feeds: Iterable[Feed]) -> list[Checked]:
    """Every feed's answer. RemoteError if the tenant does not let the application in at all, or nobody answers."""
    wanted = list(feeds)
    connection.learn_clock(feed.api for feed in wanted)
    ledger = Ledger(Path(":memory:"))
    try:
        return [_checked(connection, ledger, feed) for feed in wanted]
    finally:
        ledger.close()


def _checked(connection: Connection, ledger: Ledger, feed: Feed) -> Checked:
    config = connection.config
    if config.cloud not in feed.needs.clouds:
        return Checked(feed, "not_in_this_cloud", f"Microsoft does not offer it in the cloud {config.cloud!r}")
    if feed.api not in config.resources:
        return Checked(feed, "not_in_this_cloud", f"no address is known for it in the cloud {config.cloud!r}")
    try:
        held = connection.tokens.roles(config.resources[feed.api])
    except SignInError as error:
        if not error.only_there:
            raise
        return Checked(feed, "sign_in_refused", str(error))
    missing = tuple(name for name in feed.needs.permissions if not allows(held, name))
    would_help = tuple(name for name in feed.needs.helpful if not allows(held, name))
    if missing:
        detail = f"grant {' and '.join(missing)} to the application, with an administrator's consent"
        return Checked(feed, "permission_missing", detail, missing, would_help)
    if not feed.probe:
        return Checked(
            feed, ALLOWED, "by its permissions; not asked, because that would leave a search behind", (), would_help
        )
    state, detail = _probe(connection, ledger, feed)
    return Checked(feed, state, detail, (), would_help)


def allows(held: frozenset[str], wanted: str) -> bool:
    """Whether one of the granted permissions is the wanted one; ``A|B`` is either."""
    return any(name in held for name in wanted.split("|"))


def _probe(connection: Connection, ledger: Ledger, feed: Feed) -> tuple[str, str]:
    end = (connection.client.clock.now() - feed.settle).replace(second=0, microsecond=0)
    begin = end - timedelta(minutes=1)
    scope = next((planned.scope for planned in feed.plan(Plan(begin, end, (), end))), "")
    ledger.plan([Wanted(feed.name, scope, begin, end, due=begin)])
    taken = ledger.take([feed.name], end, end)
    assert taken is not None
    unit, _ = taken
    session = Session(connection.client, ledger, unit, connection.config.tenant_id, connection.config.addresses)
    try:
        for _ in feed.fetch(unit, session):
            break
    except Gap as gap:
        return gap.reason, gap.detail
    except Refused as refusal:
        return "refused", f"the service refused ({refusal})"
    except Unavailable as error:
        return "unavailable", str(error)
    except (Later, Split, Restart):
        pass  # it took the work on
    return ALLOWED, "the service answered"
