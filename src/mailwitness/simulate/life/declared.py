"""Reads ``rates.yaml`` into types, so that a wrong key or kind of value fails at once and by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml

from mailwitness.simulate.world import ClientKind, MailboxKind


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Tokens(_Part, frozen=True):
    """How long access tokens live."""

    minutes: tuple[int, int]
    cae_hours: tuple[int, int]
    cae: Mapping[ClientKind, float]
    held_before_day_0: float
    app_only_minutes: int


class SignInRates(_Part, frozen=True):
    """What happens around a sign-in."""

    silent: float
    wrong_password: float
    mfa_asked: float
    mfa_failed: float
    stay_signed_in: float
    again: float
    expired: float
    also_for: Mapping[str, float]
    elsewhere: Mapping[str, tuple[str, float]]
    elsewhere_interactive: float


class Use(_Part, frozen=True):
    """How a kind of client is used."""

    window: Literal["work", "awake"]
    every: int
    idle: int
    how: Literal["bind", "sync"]
    older: float
    bare: float
    binds: float = 0.0


class PrivateComputer(_Part, frozen=True):
    """Minutes between two uses of the mailbox on a private computer."""

    every: int
    idle: int


class BasicAuth(_Part, frozen=True):
    """Until when IMAP and POP took a password."""

    until: date
    share: float

    @property
    def until_at(self) -> int:
        """The moment at which it ended."""
        return int(datetime(self.until.year, self.until.month, self.until.day, tzinfo=UTC).timestamp()) * 1000


class Background(_Part, frozen=True):
    """The service's own accesses."""

    per_message: float
    sweeps: float
    swept: tuple[int, int]
    apps: Mapping[str, float]
    servers: int
    internal_token: float


class Lookalikes(_Part, frozen=True):
    """What looks like an attack and is none."""

    vpn_toggle: float
    vpn_minutes: tuple[int, int]
    relay_people: float
    relay: float
    new_phone: float
    new_profile: float
    first_messages: int


class Consented(_Part, frozen=True):
    """Applications that people let read their mail."""

    share: float
    new: float
    every: int
    servers: int
    apps: Mapping[str, str]
    scope: str


class Product(_Part, frozen=True, rename={"begins": "from"}):
    """An app-only product. ``begins``: hour and minute, UTC."""

    client: str
    kinds: tuple[MailboxKind, ...]
    share: float
    begins: str
    hours: float
    servers: int


class Outsiders(_Part, frozen=True):
    """People of other tenants."""

    visits: float


class Strangers(_Part, frozen=True):
    """Passwords tried from the internet. ``codes``: error code → share."""

    tries: float
    servers: int
    homes: int
    clients: Mapping[str, float]
    codes: Mapping[int, float]


class Admins(_Part, frozen=True):
    """What administrators do beside their own work."""

    reads_as_admin: float
    audit_search: float


class Administration(_Part, frozen=True):
    """Acts of administration per 1,000 mailboxes and working day."""

    imap_pop_off: float
    licence_upgrade: float
    licence_lapse: float
    audit_set: float
    cmdlet: float
    directory: float
    security_info: float


class Rates(_Part, frozen=True):
    """All of rates.yaml."""

    tokens: Tokens
    sign_in: SignInRates
    clients: Mapping[ClientKind, Use]
    private_computer: PrivateComputer
    most_new: int
    attachments: float
    delegated: float
    assisted: float
    basic_auth: BasicAuth
    background: Background
    people: Mapping[str, float]
    drafts: float
    send_as: float
    rule_names: tuple[str, ...]
    lookalikes: Lookalikes
    consented: Consented
    products: Mapping[str, Product]
    outsiders: Outsiders
    strangers: Strangers
    admins: Admins
    administration: Administration
    cmdlets: Mapping[str, Mapping[str, str]]
    activities: Mapping[str, str]


@cache
def rates() -> Rates:
    """The declared rates."""
    text = files("mailwitness.simulate").joinpath("rates.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Rates)
