"""A week of a made-up tenant whose accesses are all recorded and here, and the rows that take one thing of it away."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from mailwitness.case.settings_intervals import build
from mailwitness.model.findings import Finding
from tests.analyses.conftest import TinyCase

BOB = "bob@contoso.test"
EVE = "eve@contoso.test"
SINCE = "2026-03-02 00:00"
UNTIL = "2026-03-09 00:00"
"""Monday to Monday."""

PREMIUM = "2f442157-a11c-46b9-ae5b-6e39ff4e5849"
STANDARD = "f6de4823-28fa-440b-b886-4783fa86ddba"
EXCHANGE_2 = "efb87545-963c-4e0d-99df-69c6916d9eb0"
DESKLESS = "4a82b400-a79f-41a4-b4e2-e94f5787b113"

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Told = tuple[str, str, str, AbstractSet[str]]


def bind(at: str = SINCE, **more: Any) -> Row:
    """One bind of Bob's mailbox by himself, said not to be throttled."""
    return {
        "row_id": f"a {at}",
        "time": at,
        "operation": "MailItemsAccessed",
        "record_type": 50,
        "mail_access_type": "Bind",
        "mailbox": BOB,
        "is_throttled": False,
        "accessed_as": "owner",
        **more,
    }


def sight(setting: str, value: str, at: str = SINCE, subject: str = BOB, how: str = "snapshot", **more: Any) -> Row:
    """One setting of a mailbox seen at a moment, or of the tenant where the subject is ''."""
    return {
        "row_id": f"o {subject} {setting} {at} {value}",
        "time": at,
        "subject_kind": "mailbox" if subject else "tenant",
        "subject": subject,
        "setting": setting,
        "value": value,
        "how": how,
        "time_from": "record",
        **more,
    }


def change(setting: str, value: str, at: str, subject: str = BOB) -> Row:
    return sight(setting, value, at, subject, "change")


def plan(plan_id: str = PREMIUM, at: str = SINCE, who: str = BOB, state: str = "Enabled", how: str = "snapshot") -> Row:
    return {
        "row_id": f"l {who} {plan_id} {at}",
        "time": at,
        "user_principal_name": who,
        "service_plan_id": plan_id,
        "service_plan": "plan",
        "state": state,
        "how": how,
    }


def window(since: str = SINCE, until: str = UNTIL, feed: str = "unified_audit_log", **more: Any) -> Row:
    """A statement that a log was collected whole."""
    return {
        "row_id": f"w {feed} {since} {until}",
        "feed": feed,
        "window_from": since,
        "window_to": until,
        "complete": True,
        **more,
    }


def event(at: str, **more: Any) -> Row:
    """A record of the unified log."""
    return {"row_id": f"e {at}", "time": at, "record_type": 2, "operation": "Send", **more}


SETTINGS = (
    (BOB, "default_audit_set", '["Admin", "Delegate", "Owner"]'),
    (BOB, "audit_owner", "null"),
    (BOB, "audit_delegate", "null"),
    (BOB, "audit_admin", "null"),
    (BOB, "audit_bypass_enabled", "false"),
    (BOB, "recipient_type_details", '"UserMailbox"'),
    ("", "audit_disabled", "false"),
    ("", "unified_audit_log_ingestion_enabled", "true"),
)


def whole(*without: str, **more: Sequence[Row]) -> Tables:
    """The week. ``without``: settings, or tables, of which nothing is known; ``more`` is added."""
    made: Tables = {
        "mail_accesses": [bind()],
        "audit_events": [event(SINCE)],
        "setting_observations": [
            sight(setting, value, subject=subject) for subject, setting, value in SETTINGS if setting not in without
        ],
        "licence_observations": [plan()],
        "collection_windows": [window()],
    }
    for name in without:
        made.pop(name, None)
    for name, rows in more.items():
        made[name] = [*made.get(name, []), *rows]
    return made


def settled(case: TinyCase, tables: Tables) -> TinyCase:
    """The case with these rows, its settings and licences resolved into intervals as a real case has them."""
    case.given(**tables)
    build(case.connection)
    return case


def ask(case: TinyCase, tables: Tables, **asked: Any) -> list[Told]:
    """(from, to, state, codes) of each stretch of each mailbox, in order; verdict and state agree."""
    found = settled(case, tables).ask("access_would_be_recorded", **asked)
    verdicts = {"recorded": "supported", "degraded": "contradicted", "blind": "contradicted", "unknown": "undecidable"}
    assert [verdicts[f.state or "unknown"] for f in found] == [f.verdict for f in found]
    assert [f.verdict == "undecidable" for f in found] == [f.would_decide is not None for f in found]
    return told(found)


def told(found: Sequence[Finding]) -> list[Told]:
    ordered = sorted(found, key=lambda f: (f.subject, str(f.time_from)))
    return [
        (
            f"{f.time_from:%m-%d %H:%M:%S}" if f.time_from else "",
            f"{f.time_to:%m-%d %H:%M:%S}" if f.time_to else "",
            f.state or f.verdict,
            frozenset(r.code for r in f.reasons),
        )
        for f in ordered
    ]
