"""The nouns of a simulated tenant: people, mailboxes, places, devices, applications, messages. Declarations only.

All are immutable. Moments are whole milliseconds since 1970-01-01T00:00Z (``at``), half-open intervals are pairs of them. Names,
addresses and domains are invented: documentation domains (``.test``, ``.example``), documentation networks (192.0.2.0/24,
198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32) and, for Microsoft's own servers, addresses of Exchange Online's published networks.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MS_PER_SECOND = 1000
MS_PER_MINUTE = 60_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000

PlaceKind = Literal["office", "home", "mobile", "travel", "hosting", "residential", "vpn", "microsoft"]
Plan = Literal["e5", "e3", "business", "f3", "none"]
"""What a mailbox is licensed for. ``none``: a shared or resource mailbox without a licence of its own."""
MailboxKind = Literal["UserMailbox", "SharedMailbox", "RoomMailbox", "GroupMailbox"]
ClientKind = Literal[
    "outlook_desktop", "owa", "outlook_mobile", "activesync", "ews", "imap", "pop", "smtp", "rest", "graph", "backup",
    "service", "powershell",
]  # fmt: skip


class Place(msgspec.Struct, frozen=True, gc=False):
    """One network address at a moment, with what an address database would say of it."""

    ip: str
    asn: int
    city: str
    country: str  # two letters
    kind: PlaceKind


class App(msgspec.Struct, frozen=True, gc=False):
    """An application registered somewhere. ``principal_id`` is its service principal in this tenant."""

    app_id: str
    name: str
    principal_id: str
    owner_tenant: str
    first_party: bool = False


class Client(msgspec.Struct, frozen=True, gc=False):
    """How a program reaches a mailbox, in the words the logs have for it.

    ``app`` asks for tokens; ``app_id`` and ``client_app_id`` are what a mailbox record says (a caller through Graph has
    Graph in the first and itself in the second). ``client_app_used`` is the sign-in log's label.
    """

    kind: ClientKind
    info: str  # ClientInfoString
    app: App
    app_id: str | None
    client_app_id: str | None
    client_app_used: str
    resource_id: str  # the resource that tokens are asked for: Exchange Online or Graph
    has_session: bool = True  # whether its mailbox records carry a session
    has_token_context: bool = True  # whether its mailbox records carry AppAccessContext
    basic_auth: bool = False  # a password with every connection, no token
    process_name: str | None = None
    version: str | None = None
    user_agent: str | None = None


class Device(msgspec.Struct, frozen=True, gc=False):
    """A computer or phone. ``device_id`` is None where it is not registered."""

    device_id: str | None
    name: str
    os: str
    browser: str
    user_agent: str
    managed: bool


class Person(msgspec.Struct, frozen=True, gc=False):
    """An account of a human (or a service account). ``zone`` is minutes east of UTC."""

    number: int
    upn: str
    name: str
    object_id: str
    puid: str
    sid: str
    department: int
    zone: int
    plan: Plan
    mailbox: str | None  # mailbox GUID
    is_admin: bool = False
    home_tenant: str | None = None  # of a guest or partner; None: this tenant


class Mailbox(msgspec.Struct, frozen=True, gc=False):
    """``owner`` is the person's number, None for shared and resource mailboxes. ``delegates``: numbers of people with full access."""

    number: int
    upn: str
    guid: str
    sid: str
    kind: MailboxKind
    plan: Plan
    department: int
    owner: int | None = None
    delegates: tuple[int, ...] = ()


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message as it lies in one mailbox. ``internet_message_id`` carries its angle brackets."""

    mailbox: str  # mailbox GUID
    internet_message_id: str
    item_id: str
    immutable_id: str
    subject: str
    sender: str
    size_bytes: int
    arrived_at: int
    folder: str  # such as \Inbox
    attachments: int = 0


class Session(msgspec.Struct, frozen=True, gc=False):
    """A browser's or program's sign-in that lasts: from the first password to the end of its cookies or refresh tokens."""

    session_id: str
    person: int
    device: Device
    client: Client
    starts_at: int
    ends_at: int


class Token(msgspec.Struct, frozen=True, gc=False):
    """An access token. ``request_id`` is the id of the sign-in that issued it, and its unique token identifier in another writing.

    A forged token looks the same and was issued by nobody: ``issued`` is False.
    """

    request_id: str
    issued_at: int
    expires_at: int
    app_id: str
    resource_id: str
    session_id: str | None
    subject: str  # object id of the person, or of the service principal
    app_only: bool = False
    issued: bool = True


class Setting(msgspec.Struct, frozen=True, gc=False):
    """A value that held in [valid_from, valid_to). ``subject``: a mailbox GUID, a person's object id, or '' for the tenant.

    Names are the cmdlets' own: ImapEnabled, PopEnabled, SmtpClientAuthenticationDisabled, AuditEnabled, DefaultAuditSet, AuditOwner,
    AuditDelegate, AuditAdmin, AuditBypassEnabled, AuditDisabled, UnifiedAuditLogIngestionEnabled, AuthenticationPolicy, … ; and
    ServicePlan for the audit licence of a mailbox. Values are as a cmdlet's output shows them: True, False, '' for null, lists joined by ', '.
    """

    subject: str
    name: str
    value: str
    valid_from: int
    valid_to: int
