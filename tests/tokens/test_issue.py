"""The seventh step: is a token's issue among the sign-ins of a case, and what does its absence say?"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailwitness.cli import main
from mailwitness.tokens.capture import tokens_in
from mailwitness.tokens.check import check, issue_sought
from mailwitness.tokens.issue import Issue, Sought, issue_step
from mailwitness.tokens.keys import KeyStore
from mailwitness.workflow.case import Case
from tests.tokens.test_check import CONSUMERS, EXCHANGE, TENANT, URL, claims, published, signed

ISSUED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOKEN = Sought("uti", "signin", "sid", ISSUED, TENANT, "app", False, False)
PROVEN = Issue(tenants=frozenset({TENANT}))
SIGNIN = "22608a25-1d9b-44b5-b0f2-cb94f06b2d00"
UTI = "JYpgIpsdtUSw8suU8GstAA"
SESSION = "00000000-0000-0000-0000-000000000006"


@pytest.mark.parametrize(
    ("token", "case", "expected"),
    [
        ({}, {"granted": 1}, ("passed", "issue_recorded")),
        ({}, {"granted": 1, "refused": 1, "unproven": ("all",)}, ("passed", "issue_recorded")),
        ({}, {"granted": 1, "to_another": 1}, ("undecidable", "issued_to_another")),
        ({"is_guest": True}, {"granted": 1, "to_another": 1}, ("passed", "issue_recorded")),
        ({"token_id": None, "signin_id": None}, {"of_session": 2}, ("passed", "session_recorded")),
        ({"token_id": None, "signin_id": None}, {}, ("undecidable", "identifier_missing")),
        ({}, {"refused": 1}, ("undecidable", "signin_not_granted")),
        ({}, {"of_session": 1}, ("undecidable", "session_known_only")),
        ({"issued": None}, {}, ("undecidable", "issue_time_unknown")),
        ({}, {"tenants": frozenset()}, ("undecidable", "tenant_of_case_differs")),
        ({}, {"tenants": frozenset({TENANT, "other"})}, ("undecidable", "tenant_of_case_differs")),
        ({"tenant": None}, {}, ("undecidable", "tenant_of_case_differs")),
        ({"tenant": "other"}, {}, ("undecidable", "tenant_of_case_differs")),
        ({"is_guest": True}, {}, ("undecidable", "issued_to_a_guest")),
        ({}, {"unproven": ("managed identity sign-ins",)}, ("undecidable", "issue_logs_not_whole")),
        ({}, {"without_token": 1}, ("undecidable", "signins_without_token_id")),
        ({"is_for_app": True}, {}, ("undecidable", "app_signins_unlogged")),
        ({"issued": datetime(2024, 9, 20, tzinfo=UTC)}, {}, ("undecidable", "rows_lost")),
        ({"issued": datetime(2025, 12, 31, 23, 59, tzinfo=UTC)}, {}, ("undecidable", "row_could_vanish")),
        ({}, {}, ("failed", "no_recorded_issue")),
        ({"is_for_app": True}, {"is_app_logged": True}, ("failed", "no_recorded_issue")),
        ({"session_id": None, "signin_id": None}, {}, ("failed", "no_recorded_issue")),
    ],
)
def test_each_outcome(token: dict[str, Any], case: dict[str, Any], expected: tuple[str, str]) -> None:
    """Recorded passes; absent fails only where nothing would have left it out; an open step names what would decide it."""
    step = issue_step(dataclasses.replace(TOKEN, **token), dataclasses.replace(PROVEN, **case))

    assert (step.outcome, step.code) == expected
    assert (step.would_decide is not None) == (step.outcome == "undecidable")


def test_claims_of_a_wrong_type_are_not_there(tmp_path: Path) -> None:
    """A token is hostile: a number for a session, a text for a time."""
    path = tmp_path / "capture.txt"
    path.write_text(
        signed(claims(uti=7, sid=["x"], iat="soon", tid={}, idtyp="app", idp="x", appid=True, azp="a", oid=[5]))
    )

    assert issue_sought(tokens_in(path)[0]) == Sought(None, None, None, None, None, "a", True, True)


def statement(
    feed: str, since: str = "2026-03-01T00:00:00Z", until: str = "2026-03-10T00:00:00Z", **more: Any
) -> dict[str, Any]:
    return {
        "collection_statement": 1, "feed": feed, "window_from": since, "window_to": until, "users": "all", "complete": True, **more,
    }  # fmt: skip


FEEDS = ("signins_interactive", "signins_non_interactive", "signins_service_principal", "signins_managed_identity")


def sign_in(id_: str = "5ec7a110-3c41-4f0e-9a52-0d1e2f3a4b00", **more: Any) -> dict[str, Any]:
    """A granted sign-in at the time of issue, as Graph gives it, that says which token was its."""
    return {
        "id": id_,
        "createdDateTime": "2026-03-02T09:30:00Z",
        "userPrincipalName": "ana@contoso.test",
        "userId": "00000000-0000-0000-0000-000000000005",
        "appId": "aaaaaaaa-0000-4000-8000-000000000001",
        "ipAddress": "203.0.113.5",
        "clientAppUsed": "Browser",
        "isInteractive": True,
        "signInEventTypes": ["interactiveUser"],
        "uniqueTokenIdentifier": "EKHHXkE8Dk-aUg0eLzpLAA",
        "status": {"errorCode": 0},
        "conditionalAccessStatus": "notApplied",
        "crossTenantAccessType": "none",
        "resourceTenantId": TENANT,
        **more,
    }


Holding = Callable[..., Case]


@pytest.fixture
def holding(tmp_path: Path) -> Holding:
    """A case with these sign-ins and statements."""

    def make(
        sign_ins: list[dict[str, Any]], statements: list[dict[str, Any]], lists: list[dict[str, Any]] | None = None
    ) -> Case:
        folder = tmp_path / "exports"
        folder.mkdir()
        files = {"signins.json": {"value": sign_ins}, "statements.json": statements, "keys.json": lists}
        for name, content in files.items():
            if content:
                (folder / name).write_text(json.dumps(content))
        case = Case.create(tmp_path / "case")
        assert case.add([folder]).problems == []
        return case

    return make


def code(case: Case, **changes: Any) -> str:
    """The reason code of the step for an ordinary token issued at that time."""
    path = case.path.parent / "capture.txt"
    moment = int(ISSUED.timestamp())
    path.write_text(signed(claims(iat=moment, nbf=moment, exp=moment + 4500, **changes)))
    (token,) = tokens_in(path)
    (issue,) = case.issues_of([issue_sought(token)])
    return next(s.code for s in check(token, KeyStore(), issue=issue).steps if s.name == "issue_record")


WHOLE = [statement(feed) for feed in FEEDS]


@pytest.mark.parametrize(
    ("sign_ins", "expected"),
    [
        ([sign_in(uniqueTokenIdentifier=UTI)], "issue_recorded"),
        ([sign_in(SIGNIN, uniqueTokenIdentifier=None)], "issue_recorded"),
        ([sign_in(uniqueTokenIdentifier=UTI, userId="a0000000-0000-4000-8000-00000000000a")], "issued_to_another"),
        ([sign_in(uniqueTokenIdentifier=UTI, userId=None)], "issue_recorded"),
        ([sign_in(uniqueTokenIdentifier=UTI, status={"errorCode": 50126})], "signin_not_granted"),
        ([sign_in(uniqueTokenIdentifier=UTI.lower(), sessionId=SESSION)], "session_known_only"),
        ([sign_in(uniqueTokenIdentifier=UTI.lower())], "no_recorded_issue"),
        ([sign_in(uniqueTokenIdentifier=None)], "signins_without_token_id"),
        ([sign_in(uniqueTokenIdentifier=None, createdDateTime="2026-03-02T12:00:00Z")], "no_recorded_issue"),
        ([sign_in(uniqueTokenIdentifier=None, status={"errorCode": 50126})], "no_recorded_issue"),
        ([sign_in(resourceTenantId="99999999-2222-4333-8444-555555555555")], "tenant_of_case_differs"),
    ],
)
def test_the_issue_is_sought_by_token_by_request_and_by_session(
    holding: Holding, sign_ins: list[dict[str, Any]], expected: str
) -> None:
    """The identifier as written, whose case counts; the sign-in's own id; the session; and what keeps absence from counting."""
    assert code(holding(sign_ins, WHOLE)) == expected


@pytest.mark.parametrize(
    "statements",
    [
        [],
        WHOLE[:3],
        [*WHOLE[:3], statement(FEEDS[3], until="2026-03-03T09:00:00Z")],
        [*WHOLE[:3], statement(FEEDS[3], since="2026-03-02T08:30:00Z")],
    ],
    ids=["none", "one log missing", "collected too early", "begins too late"],
)
def test_absence_counts_only_where_every_log_is_whole(holding: Holding, statements: list[dict[str, Any]]) -> None:
    """From an hour before to a day after, for every sign-in log."""
    assert code(holding([sign_in()], statements)) == "issue_logs_not_whole"


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-02T10:30:00Z", "2026-03-02T11:30:00Z", "issue_logs_not_whole"),
        ("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z", "no_recorded_issue"),
    ],
)
def test_another_collectors_denial_is_heard(holding: Holding, since: str, until: str, expected: str) -> None:
    """Somebody else who asked for that time and did not get it all speaks against the log being whole; of another time he does not."""
    case = holding([sign_in()], WHOLE)
    denial = case.path.parent / "denial.json"
    denial.write_text(json.dumps(statement(FEEDS[0], since, until, complete=False)))
    case.add([denial])

    assert code(case) == expected


def test_an_application_that_the_logs_know(holding: Holding) -> None:
    """Its own sign-ins are in the case, so one more would be."""
    of_app = sign_in(
        signInEventTypes=["servicePrincipal"], isInteractive=False, servicePrincipalId="5", appId="aaaaaaaa-0000-4000-8000-00000000000b",
        userPrincipalName=None, userId=None,
    )  # fmt: skip
    case = holding([of_app], WHOLE)

    assert code(case, idtyp="app", appid="aaaaaaaa-0000-4000-8000-00000000000b") == "no_recorded_issue"
    assert code(case, idtyp="app", appid="aaaaaaaa-0000-4000-8000-00000000000c") == "app_signins_unlogged"


def test_the_command_reads_the_cases_keys_and_sign_ins(holding: Holding, capsys: pytest.CaptureFixture[str]) -> None:
    """Lists of the case stand beside --keys; a token of a known key that no sign-in issued is contradicted, and the case is as it was."""
    made = {"made_from": "2022-01-01", "made_to": "2027-01-01"}
    lists = [
        {"retrieved_at": "2026-03-03", "url": URL, "keys": [published(**made), published("msa", CONSUMERS, **made)]}
    ]
    case = holding([sign_in()], WHOLE, lists)
    capture = case.path.parent / "capture.txt"
    moment = int(ISSUED.timestamp())
    times = {"iat": moment, "nbf": moment, "exp": moment + int(timedelta(hours=1).total_seconds())}
    recorded = signed(claims(**times, uti="EKHHXkE8Dk-aUg0eLzpLAA"))
    capture.write_text("\n".join([signed(claims(**times)), recorded, signed(claims(**times), key="msa")]))
    case.tables["signins"].fetchall()  # settled, as any reading leaves it
    before = {path: path.read_bytes() for path in case.path.rglob("*") if path.is_file()}

    call = ["token", str(capture), "--case", str(case.path), "--tenant", TENANT, "--audience", EXCHANGE, "--json"]
    exit_code = main(call)
    told = capsys.readouterr().out

    assert exit_code == 1
    assert [(t["verdict"], [r["code"] for r in t["reasons"]]) for t in json.loads(told)["tokens"]] == [
        ("contradicted", ["no_recorded_issue"]),
        ("supported", ["every_step_holds"]),
        ("contradicted", ["key_scope_broken", "no_recorded_issue"]),
    ]
    assert {path: path.read_bytes() for path in case.path.rglob("*") if path.is_file()} == before
    for token in capture.read_text().split():
        assert token.split(".")[2] not in told


def test_without_a_case_the_step_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What no case was asked is no obstacle to a verdict on the token alone."""
    (tmp_path / "capture.txt").write_text(signed(claims()))

    main(["token", str(tmp_path / "capture.txt"), "--json"])

    steps = json.loads(capsys.readouterr().out)["tokens"][0]["steps"]
    assert "issue_record" not in {step["name"] for step in steps}
