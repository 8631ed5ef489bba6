"""The rows of the truth files. Declarations only; docs/truth.md has a line for every field, and a test holds the two together.

Every row begins with a time (or a mailbox and a time) and the id of its subject, so that the lines of a file, compared as texts, lie in
the order of time. Times are ISO 8601, UTC, with milliseconds and Z. Null is not applicable or not known, as the page says.
``scenario`` and ``step`` are '' for daily life.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from mailwitness.simulate.logged import LogStream


class SignInRow(msgspec.Struct, gc=False, kw_only=True):
    """A request for a token, granted or not."""

    time: str
    signin_id: str
    recorded: bool = False
    exported: bool = False
    stream: str
    user_principal_name: str | None
    principal_id: str | None
    app_id: str
    client_app_used: str
    protocol: str
    error_code: int
    first_factor: bool
    unlogged: bool
    obtained_mail: bool = False
    record_ids: list[str]
    exported_ids: list[str]
    exported_streams: list[str]
    scenario: str
    step: str


class AccessRow(msgspec.Struct, gc=False, kw_only=True):
    """A client obtained mail."""

    time: str
    key: str
    recorded: bool = False
    exported: bool = False
    mailbox: str
    how: str
    folder: str
    logon: str
    user: str | None
    app: str | None
    app_id: str | None
    client_app_id: str | None
    session_id: str | None
    unique_token_identifier: str | None
    signin_id: str | None
    client_ip: str
    client: str
    message_count: int
    messages: list[str]
    item_ids: list[str]
    record_ids: list[str]
    exported_ids: list[str]
    names_credential: bool = False
    throttling_stated: bool = False
    fate: str | None = None
    scenario: str
    step: str


class TokenRow(msgspec.Struct, gc=False, kw_only=True):
    """A token and a mailbox that it was used on."""

    time: str
    request_id: str
    mailbox: str
    issued: bool
    unique_token_identifier: str
    session_id: str | None
    user: str | None
    app_id: str
    issued_at: str
    signin_id: str | None
    signin_stream: str | None = None
    signin_recorded: bool = False
    signin_exported: bool = False
    scenario: str
    step: str


class CoverageRow(msgspec.Struct, gc=False, kw_only=True):
    """A mailbox and an interval in which the same holds for every access of it."""

    mailbox: str
    time_from: str
    time_to: str
    state: str
    missing: list[str]
    reasons: list[str]
    exported_state: str
    scenario: str
    step: str


class SettingRow(msgspec.Struct, gc=False, kw_only=True):
    """A value of a setting, and how long it held."""

    subject: str
    name: str
    valid_from: str | None
    valid_to: str | None
    value: str
    scenario: str
    step: str


class StepRow(msgspec.Struct, gc=False, kw_only=True):
    """One act of a scenario."""

    time: str
    key: str
    act: str
    operation: str
    mailbox: str | None
    record_ids: list[str]
    exported_ids: list[str]
    scenario: str
    step: str


class CapturedTokenRow(msgspec.Struct, gc=False, kw_only=True):
    """An access token that somebody captured."""

    time: str
    sha256: str
    kind: str
    issued: bool
    holds: bool
    decided_by: str
    unique_token_identifier: str
    signin_id: str | None
    used_in_tenant: str
    used_at: str
    scenario: str
    step: str


class SpooledStep(StepRow, gc=False, kw_only=True):
    """A step on its way to its file. ``held``: the streams of ``exported_ids``, one each; an act may have records in several logs."""

    held: list[LogStream]


AnyRow: TypeAlias = SignInRow | AccessRow | TokenRow | CoverageRow | SettingRow | StepRow | CapturedTokenRow

ROWS: dict[str, type[AnyRow]] = {
    "signins": SignInRow,
    "accesses": AccessRow,
    "tokens": TokenRow,
    "coverage": CoverageRow,
    "settings": SettingRow,
    "steps": StepRow,
    "captured_tokens": CapturedTokenRow,
}
"""Every truth file of rows by name; ``<name>.jsonl`` holds it."""
