"""Rows of made-up legacy sign-ins and what surrounds them, with only what a test cares about left to say."""

from __future__ import annotations

from typing import Any

from tests.analyses.exposure.rows import BOB, bind, proof_of_recording

Row = dict[str, Any]

ADDRESS = "203.0.113.9"
AT = "2026-03-01 10:00"


def signin(row_id: str = "i1", at: str | None = AT, **more: Any) -> Row:
    """One success over IMAP for Bob from one address."""
    return {
        "row_id": row_id,
        "id": row_id,
        "time": at,
        "stream": "interactive",
        "user_principal_name": BOB,
        "error_code": 0,
        "client_app_used": "IMAP4",
        "authentication_protocol": "ropc",
        "ip_address": ADDRESS,
        **more,
    }


def imap(row_id: str = "m1", at: str | None = "2026-03-01 10:00:05", **more: Any) -> Row:
    """One bind of Bob's mailbox by an IMAP client from the same address, without session or token."""
    return bind(
        row_id, at, **{"session_id": None, "client": "imap", "client_info_string": "Client=POP3/IMAP4;Protocol=IMAP4", "client_ip": ADDRESS, **more}
    )  # fmt: skip


def event(row_id: str = "e1", at: str | None = "2026-03-01 10:00:05", **more: Any) -> Row:
    """One MailboxLogin of Bob's mailbox by an IMAP client from the same address."""
    return {
        "row_id": row_id,
        "time": at,
        "operation": "MailboxLogin",
        "user_id": BOB,
        "user_type": 0,
        "mailbox_owner_upn": BOB,
        "client_info_string": "Client=POP3/IMAP4;Protocol=IMAP4",
        "client_ip": ADDRESS,
        **more,
    }


def seen(setting: str, value: str, at: str = "2026-02-02", about: str = BOB, **more: Any) -> Row:
    """One sight of one setting in a snapshot."""
    return {
        "row_id": f"{about}-{setting}-{at}",
        "time": at,
        "subject_kind": "mailbox" if about else "tenant",
        "subject": about,
        "setting": setting,
        "value": value,
        "how": "snapshot",
        **more,
    }


def window(feed: str, since: str = "2026-02-01", until: str = "2026-04-01", **more: Any) -> Row:
    """A log that its collector says is whole."""
    return {"row_id": f"w-{feed}", "feed": feed, "window_from": since, "window_to": until, "complete": True, **more}


SIGNINS_WHOLE = [window("signins_interactive"), window("signins_non_interactive")]
LOG_WHOLE = [window("unified_audit_log")]


def recorded(since: str = "2026-02-01", until: str = "2026-04-01") -> dict[str, list[Row]]:
    """Everything that proves that accesses of Bob's mailbox were recorded and collected, a licence among it; of sign-ins it says nothing."""
    return {
        **proof_of_recording(BOB, since, until),
        "collection_windows": [window("unified_audit_log", since, until)],
        "licences": [
            {
                "row_id": "l1",
                "user_principal_name": BOB,
                "service_plan_id": "2f442157-a11c-46b9-ae5b-6e39ff4e5849",
                "service_plan": "M365_ADVANCED_AUDITING",
                "valid_from": since,
                "valid_to": until,
            }
        ],
    }
