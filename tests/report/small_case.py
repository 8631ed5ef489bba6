"""A small made-up case for the report's tests: one owner, one intruder's session, one app, one service, odd files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Tables = dict[str, list[dict[str, Any]]]

SESSION = "00b1cc4e-6f0e-4b4c-9f27-3f1c5a1d9b10"
APP = "4f3c1a2e-9d0b-4f51-8a63-7b1f5f0f9c21"


def at(text: str) -> datetime:
    """``2026-03-02T09:14:55`` as the naive UTC time that tables hold."""
    return datetime.fromisoformat(text)


ABOUT = {
    "case": "contoso-0147",
    "version": "0.1.0",
    "as_of": "2026-03-10T00:00:00Z",
    "made_at": "2026-03-10T08:00:00Z",
}


def small_case() -> Tables:
    """The tables, newly made each time so that a test can change them."""
    return {
        "evidence": [
            _item("ev1", "purview/AuditLog_2026-03.csv", 1204, 1187, 9, 5, 3, 2_411_772, reader="purview_ual_csv"),
            _item("ev2", "AuditLog_again.csv", 640, 0, 640, 0, 0, 1_200_344, reader="purview_ual_csv"),
            _item("ev3", "signins/InteractiveSignIns.json", 88, 88, 0, 0, 0, 310_002, reader="entra_signins_json"),
            _item("ev4", "notes.docx", 0, 0, 0, 0, 0, 18_233, reader=None, notes='["looks like a Word document"]'),
            _item("ev5", "ual_5000.json", 5000, 5000, 0, 0, 0, 9_120_400, reader="sual_ual_json"),
        ],
        "rejects": [
            {
                "evidence_id": "ev1",
                "locator": f"bytes={2_400_000 + n}+771",
                "reason": "cut_off",
                "detail": "the file ends inside the record",
                "id": f"r{n}",
                "time": at("2026-03-05T11:00:00"),
            }
            for n in range(5)
        ],
        "skips": [
            {
                "evidence_id": "ev1",
                "reason": "repeated_header",
                "detail": "the header again",
                "records": 3,
                "locator": "bytes=9+9",
            }
        ],
        "faults": [
            {
                "evidence_id": "ev1",
                "locator": "bytes=100+80",
                "row_id": "a1",
                "path": "OperationCount",
                "found": "'three'",
            }
        ],
        "conflicts": [
            {
                "table_name": "audit_events",
                "row_id": "a2",
                "column_name": "client_ip",
                "values_seen": '["203.0.113.7", null]',
            }
        ],
        "mail_accesses": [
            _access("m1", "2026-03-02T09:14:55", "Bind", SESSION, "owner", "203.0.113.77"),
            _access(
                "m2",
                "2026-03-02T09:20:11",
                "Sync",
                SESSION,
                "owner",
                "203.0.113.77",
                folder_path="\\Inbox",
                record_type=2,
            ),
            _access("m3", "2026-03-02T09:31:40", "Bind", SESSION, "owner", "203.0.113.77", is_throttled=True),
            _access("m4", "2026-03-03T07:00:00", "Bind", None, "application", "198.51.100.4", app_id=APP),
            _access(
                "m5", "2026-03-03T07:30:00", "Bind", None, "service", "2603:10a6::1", user_id="NT AUTHORITY\\SYSTEM"
            ),
        ],
        "mail_access_items": [
            {"access_id": "m1", "mailbox": "ana@contoso.test", "internet_message_id": f"<{n}@example.org>"}
            for n in range(3)
        ],
        "signins": [
            {
                "row_id": "s1",
                "time": at("2026-03-02T09:10:00"),
                "stream": "interactive",
                "evidence_id": "ev3",
                "locator": "bytes=0+900",
            }
        ],
        "exposure_sessions": [
            _session(
                SESSION, "session", "owner", "unbounded", 3, 3, 1, 1, ["outlook_desktop", "owa"], ["203.0.113.77"]
            ),
            _session(APP, "app", "application", "at_least", 1, 1, 0, 0, ["rest"], ["198.51.100.4"]),
            _session(
                "(Microsoft service process)",
                "service",
                "service",
                "at_least",
                1,
                0,
                0,
                0,
                ["service"],
                ["2603:10a6::1"],
            )
            | {"background": "A process of Microsoft's own service: no session, the service's own client and address."},
        ],
        "exposed_messages": [
            {
                "mailbox": "ana@contoso.test",
                "actor": SESSION,
                "message": f"<{n}@example.org>",
                "internet_message_id": f"<{n}@example.org>",
                "folder_path": "\\Inbox",
                "subject": f"Invoice {1147 + n}" if n else None,
                "size_bytes": 14_200 + n,
                "first_time": at("2026-03-02T09:14:55"),
                "last_time": at("2026-03-02T09:31:40"),
                "accesses": 2,
                "client": "owa",
                "client_ip": "203.0.113.77",
            }
            for n in range(3)
        ],
        "exposure_scopes": [
            {"actor": SESSION, "accesses": 3, "bounds": "unbounded", "is_background": False},
            {"actor": APP, "accesses": 1, "bounds": "at_least", "is_background": False},
            {"actor": "(Microsoft service process)", "accesses": 1, "bounds": "at_least", "is_background": True},
        ],
        "mailbox_message_counts": [{"mailbox": "ana@contoso.test", "messages": 3}],
        "exposed_folders": [
            {
                "mailbox": "ana@contoso.test",
                "actor": SESSION,
                "folder_path": "\\Inbox",
                "first_time": at("2026-03-02T09:20:11"),
                "last_time": at("2026-03-02T09:20:11"),
                "syncs": 1,
            }
        ],
        "exposure_unknown": [
            {
                "mailbox": "ana@contoso.test",
                "actor": SESSION,
                "time_from": at("2026-03-02T09:31:40"),
                "time_to": at("2026-03-03T09:31:40"),
                "code": "throttled",
                "reason": "Recording was throttled; binds in this time are in no log.",
                "would_decide": "Client-side evidence of that time would decide it.",
            }
        ],
        "findings": [
            _finding("f1", "exposure", "this message was accessed by this actor", "supported", "exact"),
            _finding("f2", "accuracy", "this logged success obtained mail", "undecidable", None)
            | {"would_decide": "A CAS mailbox export or directory audit from before 2026-03-02.", "severity": "high"},
            _finding(
                "f4", "exposure", "every message in this folder was exposed to this actor", "supported", "unbounded"
            )
            | {"subject_kind": "folder", "subject": "\\Inbox", "title": "Folder synchronised: \\Inbox"},
            _finding("f3", "accuracy", "this logged success obtained mail", "contradicted", None),
        ],
        "reasons": [
            {"finding_id": "f1", "code": "bound", "stance": "for", "sentence": "A Bind record lists the message."},
            {
                "finding_id": "f2",
                "code": "config_unknown",
                "stance": "open",
                "sentence": "No settings are known for that time.",
            },
            {
                "finding_id": "f3",
                "code": "protocol_disabled",
                "stance": "against",
                "sentence": "POP was off for that mailbox.",
            },
        ],
        "refs": [
            {"finding_id": "f1", "table_name": "mail_accesses", "row_id": "m1", "role": "access"},
            {"finding_id": "f2", "table_name": "signins", "row_id": "s1", "role": "sign-in"},
        ],
    }


def _item(
    evidence_id: str,
    name: str,
    records: int,
    rows: int,
    duplicates: int,
    rejects: int,
    skips: int,
    size: int,
    **more: Any,
) -> dict[str, Any]:
    return {
        "evidence_id": evidence_id,
        "name": name,
        "sha256": (evidence_id * 32)[:64],
        "size_bytes": size,
        "origin": f"export/{name}",
        "acquired_at": at("2026-03-09T16:00:00"),
        "scope_from": at("2026-03-01T00:00:12") if records else None,
        "scope_to": at("2026-03-08T23:59:40") if records else None,
        "records": records,
        "rows": rows,
        "duplicates": duplicates,
        "rejects": rejects,
        "skips": skips,
        "kept": "copied",
        **more,
    }


def _access(
    row_id: str, time: str, kind: str, session: str | None, accessed_as: str, address: str, **more: Any
) -> dict[str, Any]:
    return {
        "row_id": row_id,
        "time": at(time),
        "operation": "MailItemsAccessed",
        "mail_access_type": kind,
        "record_type": 50,
        "mailbox": "ana@contoso.test",
        "session_id": session,
        "accessed_as": accessed_as,
        "client_ip": address,
        "evidence_id": "ev1",
        "locator": f"bytes={row_id[1:]}00+99",
        **more,
    }


def _session(
    actor: str, kind: str, accessed_as: str, bounds: str, accesses: int, messages: int, folders_synced: int, throttled: int,
    clients: list[str], addresses: list[str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "mailbox": "ana@contoso.test",
        "actor": actor,
        "actor_kind": kind,
        "accessed_as": accessed_as,
        "clients": clients,
        "addresses": addresses,
        "syncs": folders_synced,
        "first_time": at("2026-03-02T09:14:55"),
        "last_time": at("2026-03-02T09:31:40"),
        "accesses": accesses,
        "messages": messages,
        "folders_synced": folders_synced,
        "throttled": throttled,
        "bounds": bounds,
    }


def _finding(finding_id: str, pillar: str, claim: str, verdict: str, bounds: str | None) -> dict[str, Any]:
    return {
        "finding_id": finding_id,
        "claim": claim,
        "pillar": pillar,
        "subject_kind": "message" if pillar == "exposure" else "signin",
        "subject": f"<{finding_id}@example.org>",
        "mailbox": "ana@contoso.test",
        "actor": SESSION,
        "actor_kind": "session",
        "accessed_as": "owner",
        "time_from": at("2026-03-02T09:14:55"),
        "time_to": at("2026-03-02T09:31:40"),
        "verdict": verdict,
        "basis": "record",
        "bounds": bounds,
        "title": f"Finding {finding_id} of the invented case",
    }
