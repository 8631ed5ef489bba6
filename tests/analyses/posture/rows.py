"""Rows of made-up settings, licences and windows: what a checklist of recommendations is judged from."""

from __future__ import annotations

from typing import Any

from tests.analyses.conftest import TinyCase

BOB = "bob@contoso.test"
EVE = "eve@contoso.test"
NOW = "2026-03-31 12:00"
FOREVER = "9999-12-31"
PREMIUM = "2f442157-a11c-46b9-ae5b-6e39ff4e5849"
STANDARD = "f6de4823-28fa-440b-b886-4783fa86ddba"

Row = dict[str, Any]


def settings(mailbox: str = BOB, **more: Any) -> Row:
    """The settings of a mailbox as they were last seen: nothing known but what is given."""
    return {
        "row_id": f"ms-{mailbox}",
        "mailbox": mailbox,
        "valid_from": "2026-03-30",
        "valid_to": FOREVER,
        "recipient_type": "UserMailbox",
        **more,
    }


def sight(setting: str, value: str, subject: str = BOB, at: str = "2026-03-30 12:00", kind: str = "mailbox") -> Row:
    """One value of one setting, seen at one moment."""
    return {
        "row_id": f"o-{setting}-{subject}-{at}",
        "time": at,
        "subject_kind": kind,
        "subject": subject,
        "setting": setting,
        "value": value,
        "how": "snapshot",
    }


def switch(setting: str, value: str | None, **more: Any) -> Row:
    """A switch of the tenant as it was last seen."""
    return {
        "row_id": f"t-{setting}",
        "setting": setting,
        "value": value,
        "valid_from": "2026-03-30",
        "valid_to": FOREVER,
        **more,
    }


def window(feed: str, since: str = "2026-02-01", until: str = NOW, complete: bool | None = True, **more: Any) -> Row:
    return {
        "row_id": f"w-{feed}-{since}",
        "feed": feed,
        "window_from": since,
        "window_to": until,
        "complete": complete,
        **more,
    }


def audit(row_id: str = "e1", at: str = NOW, **more: Any) -> Row:
    return {"row_id": row_id, "time": at, "record_type": 50, "operation": "MailItemsAccessed", **more}


def signin(row_id: str = "s1", at: str = NOW, **more: Any) -> Row:
    return {
        "row_id": row_id,
        "time": at,
        "stream": "interactive",
        "user_principal_name": BOB,
        "error_code": 0,
        "client_app_used": "Browser",
        **more,
    }


def access(row_id: str = "a1", at: str = NOW, **more: Any) -> Row:
    return {"row_id": row_id, "time": at, "operation": "MailItemsAccessed", "mailbox": BOB, "client": "owa", **more}


def plan(mailbox: str = BOB, service_plan_id: str = PREMIUM, valid_to: str = FOREVER) -> Row:
    return {
        "row_id": f"l-{mailbox}-{service_plan_id}",
        "user_principal_name": mailbox,
        "service_plan_id": service_plan_id,
        "valid_from": "2026-03-30",
        "valid_to": valid_to,
    }


def plan_sight(mailbox: str = BOB, service_plan_id: str | None = "efb87545-963c-4e0d-99df-69c6916d9eb0") -> Row:
    """A snapshot that lists one plan of a user: Exchange Online unless said otherwise."""
    return {
        "row_id": f"lo-{mailbox}-{service_plan_id}",
        "time": "2026-03-30 12:00",
        "user_principal_name": mailbox,
        "service_plan_id": service_plan_id,
        "state": "Enabled",
        "how": "snapshot",
    }


def policy(row_id: str = "p1", **more: Any) -> Row:
    """An enabled Conditional Access policy that blocks legacy clients of everybody everywhere."""
    return {
        "row_id": row_id,
        "id": row_id,
        "name": row_id,
        "state": "enabled",
        "modified_at": "2026-01-01",
        "conditions": conditions(),
        "grant_controls": '{"builtInControls":["block"],"operator":"OR"}',
        **more,
    }


def conditions(
    clients: str = '"exchangeActiveSync","other"',
    users: str = '"All"',
    excluded: str = "",
    applications: str = '"All"',
    more: str = "",
) -> str:
    """Conditions of a policy as the case keeps them: JSON with sorted keys and no blanks."""
    return (
        f'{{"applications":{{"excludeApplications":[],"includeApplications":[{applications}]}},"clientAppTypes":[{clients}],{more}'
        f'"users":{{"excludeUsers":[{excluded}],"includeUsers":[{users}]}}}}'
    )


def answers(case: TinyCase, question: str, **asked: Any) -> dict[str, tuple[str, str]]:
    """Verdict and the one reason of each recommendation that a question is about; an undecidable names what would decide it."""
    found = case.ask(question, **asked)
    for one in found:
        assert len(one.reasons) == 1
        assert (one.would_decide is not None) == (one.verdict == "undecidable")
        assert one.verdict != "contradicted" or "To fix it: " in one.reasons[0].sentence
    return {one.subject: (one.verdict, one.reasons[0].code) for one in found}
