"""Rows of made-up mail accesses, with only what a test cares about left to say."""

from __future__ import annotations

from typing import Any

BOB = "bob@contoso.test"
EVE = "eve@contoso.test"
MESSAGE = "<m1@example.org>"

Row = dict[str, Any]


def bind(row_id: str = "a1", at: str | None = "2026-03-01 10:00", **more: Any) -> Row:
    """One bind of Bob's mailbox in session S1 by Bob himself, said not to be throttled."""
    return {
        "row_id": row_id,
        "time": at,
        "operation": "MailItemsAccessed",
        "mail_access_type": "Bind",
        "mailbox": BOB,
        "user_id": BOB,
        "session_id": "S1",
        "is_throttled": False,
        "accessed_as": "owner",
        "client": "owa",
        "client_info_string": "Client=OWA;Action=ViaProxy",
        "client_ip": "203.0.113.9",
        **more,
    }


def sync(row_id: str = "s1", at: str = "2026-03-01 10:00", folder_path: str | None = "\\Inbox", **more: Any) -> Row:
    """One sync of a folder of Bob's mailbox by Outlook on a desktop."""
    return bind(
        row_id,
        at,
        mail_access_type="Sync",
        folder_path=folder_path,
        is_throttled=None,
        client="outlook_desktop",
        **more,
    )


def background(row_id: str = "b1", at: str = "2026-03-01 10:00", **more: Any) -> Row:
    """One bind by a background process of Exchange itself."""
    service = {
        "session_id": None,
        "client": "rest",
        "client_info_string": "Client=REST;Client=RESTSystem;;",
        "client_ip": "2603:10b6:5:345::11",
        "accessed_as": "service",
    }
    return bind(row_id, at, **{**service, **more})


def item(access_id: str = "a1", message: str | None = MESSAGE, **more: Any) -> Row:
    return {
        "row_id": f"{access_id}/{message}",
        "access_id": access_id,
        "mailbox": BOB,
        "internet_message_id": message,
        **more,
    }


def proof_of_recording(
    mailbox: str = BOB, since: str = "2026-02-01", until: str = "2026-04-01"
) -> dict[str, list[Row]]:
    """Everything that proves that accesses of a mailbox by its owner were recorded and collected from since until."""
    seen = [
        {
            "row_id": f"o-{setting}-{at}",
            "time": at,
            "subject_kind": kind,
            "subject": subject,
            "setting": setting,
            "value": value,
        }
        for at in (since, until)
        for kind, subject, setting, value in (
            ("mailbox", mailbox, "default_audit_set", '["Admin", "Delegate", "Owner"]'),
            ("mailbox", mailbox, "audit_owner", "null"),
            ("mailbox", mailbox, "audit_bypass_enabled", "false"),
            ("tenant", "", "audit_disabled", "false"),
            ("tenant", "", "unified_audit_log_ingestion_enabled", "true"),
        )
    ]
    return {
        "setting_observations": seen,
        "collection_windows": [
            {"row_id": row_id, "feed": feed, "window_from": since, "window_to": until, "complete": True}
            for row_id, feed in (
                ("w1", "unified_audit_log"),
                ("w2", "signins_interactive"),
                ("w3", "signins_non_interactive"),
                ("w4", "signins_service_principal"),
            )
        ],
        "mailbox_settings": [
            {
                "row_id": "ms1",
                "mailbox": mailbox,
                "valid_from": since,
                "valid_to": until,
                "default_audit_set": '["Admin", "Delegate", "Owner"]',
                "audit_bypass": False,
                "recipient_type": "UserMailbox",
            }
        ],
        "tenant_settings": [
            {"row_id": "t1", "setting": "audit_disabled", "value": "false", "valid_from": since, "valid_to": until},
            {
                "row_id": "t2",
                "setting": "unified_audit_log_ingestion_enabled",
                "value": "true",
                "valid_from": since,
                "valid_to": until,
            },
        ],
    }
