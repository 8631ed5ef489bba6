"""Rows of made-up mail accesses by tokens, of sign-ins, and of what a collector says of its logs."""

from __future__ import annotations

from typing import Any

from tests.analyses.exposure.rows import BOB, EVE, Row

ISSUED = "2026-03-10 09:30"
SERVER = "2603:10b6:5:345::11"
FRONT = "00000003-0000-0000-c000-000000000000"
FEEDS = ("signins_interactive", "signins_non_interactive", "signins_service_principal", "signins_managed_identity")


def access(token: str | None = "Token-A", **more: Any) -> Row:
    """A bind of Bob's mailbox in a browser at 10:00, with a token of session S1 that says it was issued at 09:30."""
    return {
        "row_id": f"a-{token}",
        "time": "2026-03-10 10:00",
        "operation": "MailItemsAccessed",
        "mail_access_type": "Bind",
        "mailbox": BOB,
        "user_id": BOB,
        "aad_session_id": "S1",
        "unique_token_id": token,
        "issuing_signin_id": None if token is None else f"request-{token.lower()}",
        "issued_at": ISSUED,
        "external_access": False,
        "accessed_as": "owner",
        "client": "owa",
        "client_info_string": "Client=OWA;Action=ViaProxy",
        "client_ip": "203.0.113.9",
        "app_id": "app-1",
        **more,
    }


def background(**more: Any) -> Row:
    """A bind by a background process of Exchange itself."""
    service = {
        "row_id": "b1",
        "aad_session_id": None,
        "issued_at": None,
        "client": "rest",
        "client_info_string": "Client=REST;Client=RESTSystem;;",
        "client_ip": SERVER,
        "app_id": None,
    }
    return access(None, **{**service, **more})


def signin(token: str | None = "Token-A", **more: Any) -> Row:
    """A granted non-interactive sign-in of Bob at the time of issue, with that token and session S1."""
    return {
        "row_id": f"s-{token}",
        "id": f"REQUEST-{token}".upper(),
        "time": ISSUED,
        "stream": "non_interactive",
        "user_principal_name": BOB,
        "error_code": 0,
        "ip_address": "203.0.113.9",
        "app_id": "app-1",
        "session_id": "S1",
        "unique_token_identifier": token,
        **more,
    }


def windows(
    *feeds: str, since: str = "2026-03-01", until: str = "2026-03-20", complete: bool | None = True
) -> list[Row]:
    """What a collector says of these logs: all of that time, and whole."""
    return [
        {"row_id": f"w-{feed}", "feed": feed, "window_from": since, "window_to": until, "complete": complete}
        for feed in feeds or FEEDS
    ]


CONTROL = {
    "mail_accesses": [
        access("Control", row_id="a-control", mailbox=EVE, user_id=EVE, aad_session_id="S2"),
        access(None, row_id="a-control-2", mailbox=EVE, user_id=EVE, aad_session_id="S3"),
    ],
    "signins": [
        signin("Control", user_principal_name=EVE, session_id="S2"),
        signin("Other", user_principal_name=EVE, session_id="S3", stream="interactive"),
    ],
}
"""Eve in the same kind of client, with a token and a session that sign-ins carry: identifiers of both logs are known to meet."""
