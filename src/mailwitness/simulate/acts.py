"""What really happens in a simulated tenant, before any log: the first of the three layers of truth. Declarations only.

An act says who did what to what, when and from where. Whether a log records it, when and in which words is the service's matter
(`service/`), whether an export holds the record is the export's (`exports/`). ``scenario`` and ``step`` are '' for the background
of daily life. Acts of one moment are ordered by ``key``, which is unique.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from mailwitness.simulate.world import App, Client, Device, Message, Place, Token

Stream = Literal["interactive", "noninteractive", "service_principal", "managed_identity"]
How = Literal["bind", "sync", "attachment"]
Logon = Literal["owner", "delegate", "admin", "application", "service"]


class Act(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True):
    """The common part. ``key``: GUID that names this act in the truth files."""

    at: int
    key: str
    scenario: str = ""
    step: str = ""


class SignIn(Act, frozen=True, gc=False, kw_only=True):
    """A request for a token at the identity provider, granted or not. Its id is ``request_id``.

    ``person``/``principal``: who asks. ``token``: what was issued, None on failure and for basic authentication. ``policies``: (name,
    result, client types it targets) of every Conditional Access policy that the event shows; None where it shows none at all.
    ``unlogged``: the identity provider writes no row for it (a known log defect), though a token was issued.
    """

    request_id: str
    stream: Stream
    client: Client
    app: App
    resource_id: str
    place: Place
    person: int | None = None
    principal: App | None = None
    token: Token | None = None
    session_id: str | None = None
    device: Device | None = None
    user_agent: str | None = None
    protocol: str = "oAuth2"  # authenticationProtocol
    transfer: str = "none"  # originalTransferMethod
    incoming: str = "none"  # incomingTokenType
    error_code: int = 0
    failure: str = ""
    correlation_id: str = ""
    credential_key_id: str | None = None
    mfa: str = ""  # '', 'satisfied', 'claim', 'denied'
    policies: tuple[tuple[str, str, tuple[str, ...]], ...] | None = None
    first_factor: bool = False  # the password (or its equivalent) was right
    unlogged: bool = False
    home_tenant: str | None = None


class MailAccess(Act, frozen=True, gc=False, kw_only=True):
    """A client obtains mail: messages (bind), a folder (sync, with the messages then in it), or attachments of messages.

    ``actor``: the person's number, None for applications and services. ``signin_id``: the sign-in that opened a basic-auth connection.
    ``unlogged``: it goes a way that no mailbox audit sees, whatever the settings: an eDiscovery export, an actor token.
    """

    mailbox: str  # mailbox GUID
    how: How
    folder: str
    messages: tuple[Message, ...]
    logon: Logon
    client: Client
    place: Place
    actor: int | None = None
    app: App | None = None
    session_id: str | None = None
    token: Token | None = None
    device: Device | None = None
    signin_id: str | None = None
    external: bool = False
    aggregated: bool = False  # a background or merged entry whose identifiers Exchange leaves out
    unlogged: bool = False


class MailboxAct(Act, frozen=True, gc=False, kw_only=True):
    """Another audited act on a mailbox: Send, SendAs, Create, Update, Move, MoveToDeletedItems, SoftDelete, HardDelete, MailboxLogin,
    SearchQueryInitiatedExchange, UpdateInboxRules, ModifyFolderPermissions, …; ``details`` are further fields of its record, ``changes`` as in `Cmdlet`."""

    mailbox: str
    operation: str
    logon: Logon
    client: Client
    place: Place
    actor: int | None = None
    app: App | None = None
    messages: tuple[Message, ...] = ()
    folder: str = ""
    target_folder: str = ""
    session_id: str | None = None
    token: Token | None = None
    recipients: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()


class Cmdlet(Act, frozen=True, gc=False, kw_only=True):
    """An Exchange administration command: New-InboxRule, Set-CASMailbox, Set-Mailbox, Set-TransportConfig, Set-OrganizationConfig,
    Set-MailboxAuditBypassAssociation, Set-AdminAuditLogConfig, … ``changes``: settings it changes, as (subject, name, value)."""

    operation: str
    target: str  # ObjectId: what the command was about
    parameters: tuple[tuple[str, str], ...]
    actor: int | None = None  # None: the service itself
    place: Place | None = None
    session_id: str | None = None
    app: App | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    succeeded: bool = True


class DirectoryAct(Act, frozen=True, gc=False, kw_only=True):
    """A change in the directory: consent, application, credential, role, licence, user, device, security information.

    ``targets``: (type, id, display name). ``modified``: (name, old value, new value) as JSON texts. ``changes`` as in `Cmdlet`.
    """

    activity: str
    category: str
    targets: tuple[tuple[str, str, str], ...]
    modified: tuple[tuple[str, str, str], ...] = ()
    actor: int | None = None
    app: App | None = None
    place: Place | None = None
    result: str = "success"
    changes: tuple[tuple[str, str, str], ...] = ()


class GraphCall(Act, frozen=True, gc=False, kw_only=True):
    """One HTTP request to Microsoft Graph."""

    method: str
    uri: str
    status: int
    app: App
    place: Place
    token: Token | None = None
    person: int | None = None
    user_agent: str = ""
    size_bytes: int = 0


class Arrival(Act, frozen=True, gc=False, kw_only=True):
    """A message is delivered to a mailbox: a row of message trace."""

    message: Message
    recipient: str
    from_ip: str


class OtherAct(Act, frozen=True, gc=False, kw_only=True):
    """An act that only the unified audit log knows: eDiscovery, Copilot, SharePoint, audit searches. ``details`` are its record's fields."""

    record_type: int
    operation: str
    workload: str
    actor: int | None = None
    place: Place | None = None
    target: str = ""
    details: tuple[tuple[str, str], ...] = ()


class TokenCapture(Act, frozen=True, gc=False, kw_only=True):
    """A copy of an access token falls into a responder's hands. No log knows of it. ``truly``: what the token is, a name of `captured.kinds`."""

    truly: str
    token: Token


AnyAct: TypeAlias = (
    SignIn | MailAccess | MailboxAct | Cmdlet | DirectoryAct | GraphCall | Arrival | OtherAct | TokenCapture
)
"""One act of any kind, for decoding."""
