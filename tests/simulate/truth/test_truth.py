"""The truth files: what happened, what was recorded of it, what the exports hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mailwitness.simulate.acts import Act, Cmdlet, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.logged import Key, Logged, LogStream
from mailwitness.simulate.options import Coverage, Options
from mailwitness.simulate.service import Recordable
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.truth import Truth, finish
from mailwitness.simulate.truth.rows import ROWS
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, Message, Place, Token

HOUR = MS_PER_HOUR
PLACE = Place("203.0.113.5", 64500, "Brussels", "BE", "office")
OPTIONS = Options(mailboxes=10, days=4, start=date(2026, 3, 2))
REQUEST = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    """Ten mailboxes, four days."""
    return build(OPTIONS)


def message(tenant: Tenant, number: int) -> Message:
    """A message of the first mailbox."""
    return Message(
        tenant.mailboxes[0].guid,
        f"<m{number}@contoso.test>",
        f"item-{number}",
        "",
        "",
        "",
        1000,
        tenant.start_at,
        "\\Inbox",
    )


def token(tenant: Tenant, at: int, request_id: str = REQUEST, issued: bool = True) -> Token:
    """A token of an hour for the first person's Outlook."""
    return Token(
        request_id, tenant.start_at + at, tenant.start_at + at + HOUR, "app", "", "session-1", "", issued=issued
    )


def signin(tenant: Tenant, at: int, key: str = "signin-act", request_id: str = REQUEST, **given: Any) -> SignIn:
    """The first person signs in, ``at`` milliseconds after the start."""
    client = tenant.clients["outlook_desktop"]
    return SignIn(
        at=tenant.start_at + at, key=key, request_id=request_id, stream="interactive", client=client, app=client.app, resource_id="",
        place=PLACE, person=0, token=token(tenant, at, request_id), first_factor=True, **given,
    )  # fmt: skip


def access(tenant: Tenant, at: int, key: str = "access-act", **given: Any) -> MailAccess:
    """The first person binds a message of the own mailbox."""
    usual = {
        "how": "bind",
        "messages": (message(tenant, 1),),
        "token": token(tenant, at),
        "mailbox": tenant.mailboxes[0].guid,
    }
    return MailAccess(
        at=tenant.start_at + at, key=key, folder="\\Inbox", logon="owner", client=tenant.clients["outlook_desktop"], place=PLACE,
        actor=0, session_id="session-1", **{**usual, **given},
    )  # fmt: skip


def record(
    tenant: Tenant, at: int, *acts: str, id_: str = "record-1", stream: Any = "unified", **fields: Any
) -> Logged:
    """A record of these acts."""
    return Logged(stream, tenant.start_at + at, tenant.start_at + at, id_, fields, acts)


class Day:
    """What one call of `Truth.take` gets."""

    def __init__(self, *acts: Act, held: Iterable[Logged] = (), lost: Iterable[Logged] = (), **fates: str) -> None:
        self.acts = acts
        self.judged = [*((one, True) for one in held), *((one, False) for one in lost)]
        self.fates = {key.replace("_", "-"): reason for key, reason in fates.items()}


Tell = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.fixture
def tell(tmp_path: Path, tenant: Tenant) -> Tell:
    """Writes the truth of departments' days; gives the rows of each file."""

    def tell(
        *departments: list[Day],
        dropped: Iterable[Key] = (),
        recordable: Iterable[Recordable] = (),
        changes: Iterable[tuple[int, str, str, str]] = (),
        coverage: Coverage = "full",
    ) -> dict[str, list[dict[str, Any]]]:
        told = tenant if coverage == "full" else build(msgspec.structs.replace(OPTIONS, coverage=coverage))
        for number, days in enumerate(departments):
            truth = Truth(tmp_path / "spool", told, number)
            for day in days:
                truth.take(day.acts, day.judged, day.fates)
            truth.close(recordable if number == 0 else ())
        out = tmp_path / "truth"
        counts = finish(told, Timeline(told, (), changes), tmp_path / "spool", out, ["mes"], frozenset(dropped))
        found = {
            name: [msgspec.json.decode(line) for line in (out / f"{name}.jsonl").read_bytes().splitlines()]
            for name in ROWS
        }
        assert counts == {name: len(rows) for name, rows in found.items()}
        return found

    return tell


def test_an_access_is_told_in_all_three_layers(tell: Tell, tenant: Tenant) -> None:
    """What happened, the record of it, and that an export holds it."""
    told = tell(
        [
            Day(
                access(tenant, 9 * HOUR),
                held=[
                    record(tenant, 9 * HOUR, "access-act", SessionId="s", OperationProperties=[{"Name": "IsThrottled"}])
                ],
            )
        ]
    )
    client = tenant.clients["outlook_desktop"]
    assert told["accesses"] == [
        {
            "time": "2026-03-02T09:00:00.000Z",
            "key": "access-act",
            "recorded": True,
            "exported": True,
            "mailbox": tenant.mailboxes[0].guid,
            "how": "bind",
            "folder": "\\Inbox",
            "logon": "owner",
            "user": tenant.people[0].upn,
            "app": client.app.app_id,
            "app_id": client.app_id,
            "client_app_id": client.client_app_id,
            "session_id": "session-1",
            "unique_token_identifier": "ERERESIiM0OERFVVVVVVVQ",
            "signin_id": REQUEST,
            "client_ip": "203.0.113.5",
            "client": "outlook_desktop",
            "message_count": 1,
            "messages": ["<m1@contoso.test>"],
            "item_ids": [],
            "record_ids": ["record-1"],
            "exported_ids": ["record-1"],
            "names_credential": True,
            "throttling_stated": True,
            "fate": None,
            "scenario": "",
            "step": "",
        }
    ]


def test_a_record_that_no_export_holds_is_recorded_and_not_exported(tell: Tell, tenant: Tenant) -> None:
    """By the selection, or dropped when the file was written."""
    acts = [access(tenant, HOUR, key=key) for key in ("a", "b", "c")]
    held = [record(tenant, HOUR, "b", "c", id_="r2"), record(tenant, HOUR, "c", id_="r3")]
    told = tell([Day(*acts, held=held, lost=[record(tenant, HOUR, "a", id_="r1")])], dropped=[("unified", "r2")])
    assert [(row["key"], row["recorded"], row["exported"], row["exported_ids"]) for row in told["accesses"]] == [
        ("a", True, False, []),
        ("b", True, False, []),
        ("c", True, True, ["r3"]),
    ]


def test_a_record_delivered_twice_is_one_record(tell: Tell, tenant: Tenant) -> None:
    """The same id again, later; one of the two is held."""
    twice = record(tenant, HOUR, "access-act")
    told = tell([Day(access(tenant, HOUR), held=[twice], lost=[twice])])
    (row,) = told["accesses"]
    assert (row["record_ids"], row["exported_ids"], row["exported"]) == (["record-1"], ["record-1"], True)


def test_a_record_of_the_next_day_is_told(tell: Tell, tenant: Tenant) -> None:
    """A merged bind is written after midnight, and its act does not stay unrecorded."""
    told = tell([Day(access(tenant, 23 * HOUR)), Day(held=[record(tenant, 23 * HOUR, "access-act")])])
    assert [row["recorded"] for row in told["accesses"]] == [True]


def test_an_act_or_record_that_comes_too_late_is_an_error(tell: Tell, tenant: Tenant) -> None:
    """Nothing is lost silently: its day is written already."""
    days = [Day(access(tenant, day * 24 * HOUR, key=f"a{day}")) for day in range(4)]
    with pytest.raises(ValueError, match=r"act late of 2026-03-02T01:00:00\.000Z came after"):
        tell([*days, Day(access(tenant, HOUR, key="late"))])
    with pytest.raises(ValueError, match=r"record late of 2026-03-02T01:00:00\.000Z came after"):
        tell([*days, Day(held=[record(tenant, HOUR, "a0", id_="late")])])


def test_an_unrecorded_access_says_why(tell: Tell, tenant: Tenant) -> None:
    """The service's reason, or that it gave none; a recorded one needs none."""
    acts = [access(tenant, HOUR, key=key) for key in ("a", "b", "c")]
    told = tell([Day(*acts, held=[record(tenant, HOUR, "c")], a="suppressed_1h", c="throttled")])
    assert [(row["recorded"], row["fate"]) for row in told["accesses"]] == [
        (False, "suppressed_1h"),
        (False, "unstated"),
        (True, None),
    ]


def test_messages_of_daily_syncs_are_counted_and_not_listed(tell: Tell, tenant: Tenant) -> None:
    """A scenario's sync lists them; an attachment's access has the item ids."""
    both = (message(tenant, 1), message(tenant, 2))
    acts = [
        access(tenant, HOUR, key="a", how="sync", messages=both),
        access(tenant, HOUR, key="b", how="sync", messages=both, scenario="G5", step="sync"),
        access(tenant, HOUR, key="c", how="attachment"),
    ]
    told = tell([Day(*acts)])
    assert [(row["message_count"], row["messages"], row["item_ids"]) for row in told["accesses"]] == [
        (2, [], []),
        (2, ["<m1@contoso.test>", "<m2@contoso.test>"], []),
        (1, ["<m1@contoso.test>"], ["item-1"]),
    ]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"SessionId": "s"}, True),
        ({"AppAccessContext": {"UniqueTokenId": "t"}}, True),
        ({"AppAccessContext": {"AADSessionId": "s"}}, True),
        ({"AppAccessContext": {"APIId": "a"}}, False),
        ({"SessionId": ""}, False),
        ({}, False),
    ],
)
def test_whether_a_record_names_the_credential(tell: Tell, tenant: Tenant, fields: dict[str, Any], named: bool) -> None:
    """A session or a token, in either place."""
    told = tell([Day(access(tenant, HOUR), held=[record(tenant, HOUR, "access-act", **fields)])])
    assert [row["names_credential"] for row in told["accesses"]] == [named]


# Sign-ins


def test_a_sign_in_is_told_with_the_streams_that_hold_it(tell: Tell, tenant: Tenant) -> None:
    """Of several records of one sign-in, those that an export holds."""
    told = tell(
        [
            Day(
                signin(tenant, HOUR),
                held=[record(tenant, HOUR, "signin-act", id_=REQUEST, stream="interactive")],
                lost=[record(tenant, HOUR, "signin-act", id_=REQUEST)],
            )
        ]
    )
    client = tenant.clients["outlook_desktop"]
    assert told["signins"] == [
        {
            "time": "2026-03-02T01:00:00.000Z",
            "signin_id": REQUEST,
            "recorded": True,
            "exported": True,
            "stream": "interactive",
            "user_principal_name": tenant.people[0].upn,
            "principal_id": None,
            "app_id": client.app.app_id,
            "client_app_used": client.client_app_used,
            "protocol": "oAuth2",
            "error_code": 0,
            "first_factor": True,
            "unlogged": False,
            "obtained_mail": False,
            "record_ids": [REQUEST],
            "exported_ids": [REQUEST],
            "exported_streams": ["interactive"],
            "scenario": "",
            "step": "",
        }
    ]


def basic(tenant: Tenant, at: int) -> MailAccess:
    """An access over a connection that a password opened."""
    return access(tenant, at, token=None, signin_id=REQUEST)


@pytest.mark.parametrize("by", ["token", "connection"])
@pytest.mark.parametrize("hours", [0, 28, 70])
def test_a_sign_in_obtained_mail_if_its_token_or_connection_was_used(
    tell: Tell, tenant: Tenant, by: str, hours: int
) -> None:
    """At once, by a long-lived token the day after, or after the sign-in was written; a forged token's id names no sign-in."""
    use = access if by == "token" else basic
    days = [Day(signin(tenant, HOUR), signin(tenant, HOUR, key="other", request_id="other"))]
    days += [Day(access(tenant, day * 24 * HOUR, key=f"x{day}", token=None)) for day in range(1, 4)]
    day, hour = divmod(1 + hours, 24)
    days[day].acts = (*days[day].acts, use(tenant, (day * 24 + hour) * HOUR))
    told = tell(days)
    assert [(row["signin_id"], row["obtained_mail"]) for row in told["signins"]] == [(REQUEST, True), ("other", False)]


def test_a_token_used_in_another_department_obtained_mail(tell: Tell, tenant: Tenant) -> None:
    """An application signs in once and reads everywhere; and what is known of the sign-in is told of the token there."""
    told = tell(
        [Day(access(tenant, 2 * HOUR))],
        [Day(signin(tenant, HOUR), held=[record(tenant, HOUR, "signin-act", id_=REQUEST, stream="interactive")])],
    )
    assert [row["obtained_mail"] for row in told["signins"]] == [True]
    (row,) = told["tokens"]
    assert (row["signin_stream"], row["signin_recorded"], row["signin_exported"]) == ("interactive", True, True)


# Tokens


def test_a_token_is_told_once_for_each_mailbox_it_was_used_on(tell: Tell, tenant: Tenant) -> None:
    """At its first use there; a scenario's use of it is the one that is named."""
    other = tenant.mailboxes[1].guid
    acts = [
        signin(tenant, HOUR),
        access(tenant, 2 * HOUR, key="a", token=token(tenant, HOUR)),
        access(tenant, 3 * HOUR, key="b", token=token(tenant, HOUR), scenario="G3", step="replay"),
        access(tenant, 4 * HOUR, key="c", token=token(tenant, HOUR), mailbox=other),
    ]
    told = tell([Day(*acts, held=[record(tenant, HOUR, "signin-act", id_=REQUEST, stream="interactive")])])
    assert told["tokens"][0] == {
        "time": "2026-03-02T02:00:00.000Z",
        "request_id": REQUEST,
        "mailbox": tenant.mailboxes[0].guid,
        "issued": True,
        "unique_token_identifier": "ERERESIiM0OERFVVVVVVVQ",
        "session_id": "session-1",
        "user": tenant.people[0].upn,
        "app_id": "app",
        "issued_at": "2026-03-02T01:00:00.000Z",
        "signin_id": REQUEST,
        "signin_stream": "interactive",
        "signin_recorded": True,
        "signin_exported": True,
        "scenario": "G3",
        "step": "replay",
    }
    assert [(row["time"], row["mailbox"], row["scenario"]) for row in told["tokens"][1:]] == [
        ("2026-03-02T04:00:00.000Z", other, "")
    ]


def test_a_forged_token_has_no_sign_in(tell: Tell, tenant: Tenant) -> None:
    """Not even if a sign-in has the same id by chance."""
    acts = [signin(tenant, HOUR), access(tenant, 2 * HOUR, token=token(tenant, HOUR, issued=False))]
    told = tell([Day(*acts, held=[record(tenant, HOUR, "signin-act", id_=REQUEST)])])
    (row,) = told["tokens"]
    assert (row["issued"], row["signin_id"], row["signin_stream"], row["signin_recorded"]) == (False, None, None, False)
    assert [row["obtained_mail"] for row in told["signins"]] == [False]


def test_a_token_of_a_sign_in_that_no_row_tells_of(tell: Tell, tenant: Tenant) -> None:
    """Issued before the first day, or by a sign-in that was not recorded."""
    told = tell([Day(access(tenant, HOUR, token=token(tenant, -HOUR)))])
    (row,) = told["tokens"]
    assert (row["signin_id"], row["signin_stream"], row["signin_recorded"]) == (REQUEST, None, False)


def test_a_dropped_sign_in_is_not_exported_for_its_tokens_either(tell: Tell, tenant: Tenant) -> None:
    """Both files agree."""
    acts = [signin(tenant, HOUR), access(tenant, 2 * HOUR)]
    held = [record(tenant, HOUR, "signin-act", id_=REQUEST)]
    told = tell([Day(*acts, held=held)], dropped=[(held[0].stream, REQUEST)])
    assert [(row["exported"], row["exported_streams"]) for row in told["signins"]] == [(False, [])]
    assert [(row["signin_recorded"], row["signin_exported"]) for row in told["tokens"]] == [(True, False)]


@pytest.mark.parametrize(("gone", "left"), [("unified", "interactive"), ("interactive", "unified")])
def test_a_sign_in_loses_one_record_and_keeps_the_other_of_the_same_id(
    gone: LogStream, left: LogStream, tell: Tell, tenant: Tenant
) -> None:
    """Its row in the sign-in log and its record in the unified log share their id: one of them dropped, the other is still exported."""
    act = signin(tenant, HOUR, scenario="G2", step="sign in")
    held = [record(tenant, HOUR, "signin-act", id_=REQUEST, stream=stream) for stream in ("interactive", "unified")]
    told = tell([Day(act, access(tenant, 2 * HOUR), held=held)], dropped=[(gone, REQUEST)])
    assert [(row["exported"], row["exported_ids"], row["exported_streams"]) for row in told["signins"]] == [
        (True, [REQUEST], [left])
    ]
    assert [row["signin_exported"] for row in told["tokens"]] == [True]
    assert [(row["record_ids"], row["exported_ids"]) for row in told["steps"]] == [([REQUEST], [REQUEST])]


# Coverage, settings, steps


def test_coverage_names_the_scenario_that_changed_the_setting(tell: Tell, tenant: Tenant) -> None:
    """Where less is recorded after its command; clipped to the simulated days."""
    guid, start, end = tenant.mailboxes[0].guid, tenant.start_at, tenant.end_at
    change = start + 9 * HOUR
    command = Cmdlet(
        at=change, key="command", operation="Set-Mailbox", target="x", parameters=(), changes=((guid, "AuditOwner", "Send"),),
        scenario="G11", step="tamper",
    )  # fmt: skip
    told = tell(
        [Day(command)],
        recordable=[
            Recordable(guid, 0, change, "recorded"),
            Recordable(guid, change, change + HOUR, "degraded", ("owner",), ("not_in_audit_set",)),
            Recordable(guid, change + HOUR, end + MS_PER_DAY, "recorded"),
        ],
        changes=[(change, guid, "AuditOwner", "Send")],
    )
    assert told["coverage"] == [
        {
            "mailbox": guid, "time_from": since, "time_to": until, "state": state, "missing": missing, "reasons": reasons,
            "exported_state": state, "scenario": scenario, "step": step,
        }
        for since, until, state, missing, reasons, scenario, step in [
            ("2026-03-02T00:00:00.000Z", "2026-03-02T09:00:00.000Z", "recorded", [], [], "", ""),
            ("2026-03-02T09:00:00.000Z", "2026-03-02T10:00:00.000Z", "degraded", ["owner"], ["not_in_audit_set"], "G11", "tamper"),
            ("2026-03-02T10:00:00.000Z", "2026-03-06T00:00:00.000Z", "recorded", [], [], "", ""),
        ]
    ]  # fmt: skip
    assert [row for row in told["settings"] if (row["subject"], row["name"]) == (guid, "AuditOwner")][1] == {
        "subject": guid, "name": "AuditOwner", "valid_from": "2026-03-02T09:00:00.000Z", "valid_to": None, "value": "Send",
        "scenario": "G11", "step": "tamper",
    }  # fmt: skip


def states(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """From, to (day and hour) and what an export holds."""
    return [(row["time_from"][8:13], row["time_to"][8:13], row["exported_state"]) for row in rows]


def test_hours_of_which_no_export_holds_an_access_are_blind_in_the_case(tell: Tell, tenant: Tenant) -> None:
    """Degraded where some are held; between hours with records the worse of the two; at the edges the nearest."""
    acts = [access(tenant, hour * HOUR, key=f"a{hour:02}{n}") for hour in (6, 12, 18) for n in range(2)]
    records = {act.key: record(tenant, act.at - tenant.start_at, act.key, id_=act.key) for act in acts}
    lost = ("a060", "a061", "a120")
    told = tell(
        [Day(*acts, held=[r for k, r in records.items() if k not in lost], lost=[records[k] for k in lost])],
        recordable=[Recordable(tenant.mailboxes[0].guid, tenant.start_at, tenant.end_at, "recorded")],
    )
    assert states(told["coverage"]) == [
        ("02T00", "02T12", "blind"),
        ("02T12", "02T18", "degraded"),
        ("02T18", "06T00", "recorded"),
    ]


def test_what_the_service_did_not_record_no_export_makes_good(tell: Tell, tenant: Tenant) -> None:
    """The worse of the two layers is the case's."""
    told = tell(
        [Day(access(tenant, HOUR), held=[record(tenant, HOUR, "access-act")])],
        recordable=[Recordable(tenant.mailboxes[0].guid, tenant.start_at, tenant.end_at, "blind", (), ("bypassed",))],
    )
    assert states(told["coverage"]) == [("02T00", "06T00", "blind")]


def test_random_loss_degrades_every_hour(tell: Tell, tenant: Tenant) -> None:
    """Even one of which all records are held by luck."""
    told = tell(
        [Day(access(tenant, HOUR), held=[record(tenant, HOUR, "access-act")])],
        recordable=[Recordable(tenant.mailboxes[0].guid, tenant.start_at, tenant.end_at, "recorded")],
        coverage="loss20",
    )
    assert states(told["coverage"]) == [("02T00", "06T00", "degraded")]


def test_every_act_of_a_scenario_is_a_step_with_its_records(tell: Tell, tenant: Tenant) -> None:
    """Of any kind; daily life is none."""
    send = MailboxAct(
        at=tenant.start_at + 2 * HOUR, key="send", mailbox=tenant.mailboxes[0].guid, operation="Send", logon="owner",
        client=tenant.clients["owa"], place=PLACE, scenario="G2", step="fraud",
    )  # fmt: skip
    acts = [access(tenant, HOUR), signin(tenant, 2 * HOUR, key="in", scenario="G2", step="sign in"), send]
    told = tell(
        [Day(*acts, held=[record(tenant, HOUR, "in", id_="r1")], lost=[record(tenant, HOUR, "send", id_="r2")])],
        dropped=[("unified", "r1")],
    )
    assert told["steps"] == [
        {
            "time": "2026-03-02T02:00:00.000Z", "key": key, "act": act, "operation": operation, "mailbox": mailbox,
            "record_ids": ids, "exported_ids": [], "scenario": "G2", "step": step,
        }
        for key, act, operation, mailbox, ids, step in [
            ("in", "SignIn", "interactive", None, ["r1"], "sign in"),
            ("send", "MailboxAct", "Send", tenant.mailboxes[0].guid, ["r2"], "fraud"),
        ]
    ]  # fmt: skip


def test_departments_are_merged_in_the_order_of_time(tell: Tell, tenant: Tenant) -> None:
    """Over days; at one moment by key."""
    told = tell(
        [Day(access(tenant, 5 * HOUR, key="b")), Day(access(tenant, 30 * HOUR, key="e"))],
        [
            Day(access(tenant, HOUR, key="z"), access(tenant, 5 * HOUR, key="a")),
            Day(access(tenant, 29 * HOUR, key="f")),
        ],
    )
    assert [row["key"] for row in told["accesses"]] == ["z", "a", "b", "f", "e"]


def test_the_tenant_is_told(tell: Tell, tenant: Tenant, tmp_path: Path) -> None:
    """Options, times, formats, and who is who."""
    tell([])
    about = msgspec.json.decode((tmp_path / "truth" / "tenant.json").read_bytes())
    people, mailboxes = about.pop("people"), about.pop("mailboxes")
    assert about.pop("version")
    assert about == {
        "seed": 1,
        "coverage": "full",
        "collector": "careful",
        "scenarios": [],
        "formats": ["mes"],
        "tenant_id": tenant.tenant_id,
        "domain": "contoso.test",
        "time_from": "2026-03-02T00:00:00.000Z",
        "time_to": "2026-03-06T00:00:00.000Z",
        "collected_at": "2026-03-09T00:00:00.000Z",
    }
    assert [person["upn"] for person in people] == [person.upn for person in tenant.people]
    assert [mailbox["mailbox"] for mailbox in mailboxes] == [mailbox.guid for mailbox in tenant.mailboxes]


@pytest.mark.parametrize("name", ROWS)
def test_every_field_is_documented_and_no_other(name: str) -> None:
    """The page has a table for each file with a line for each field, in their order."""
    page = (Path(__file__).parents[3] / "docs" / "truth.md").read_text("utf-8")
    section = page.partition(f"\n## {name}.jsonl\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(ROWS[name].__struct_fields__)
