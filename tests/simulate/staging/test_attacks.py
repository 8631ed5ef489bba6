"""What is particular to each scenario."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date

import pytest

from mailwitness.simulate.acts import Arrival, Cmdlet, DirectoryAct, GraphCall, MailboxAct, OtherAct, SignIn
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from tests.simulate.staging.conftest import Played, play


def test_g1_reads_with_tokens_that_nobody_issued() -> None:
    """No sign-in at all; every token is forged, says an earlier time of issue, and is renewed within one session for each mailbox."""
    played = play("G1")
    accesses = played.accesses("G1")

    assert [] == played.sign_ins("G1")
    assert 10 == len({access.mailbox for access in accesses})
    tokens = [access.token for access in accesses]
    assert all(token is not None and not token.issued for token in tokens)
    sessions = defaultdict(set)
    for access in accesses:
        assert access.token is not None
        sessions[access.mailbox].add(access.session_id)
        assert access.token.expires_at - access.token.issued_at == 60 * MS_PER_MINUTE
        assert access.app is not None and access.client.client_app_id == access.app.app_id
        assert access.client.app_id == played.tenant.apps["exchange"].app_id
    assert {1} == {len(ids) for ids in sessions.values()}
    first: dict[str, int] = {}
    for access in accesses:
        assert access.token is not None
        first.setdefault(access.token.request_id, access.at - access.token.issued_at)
    assert all(5 * MS_PER_MINUTE <= lead <= 50 * MS_PER_MINUTE for lead in first.values())


def test_g1_works_on_weekdays_at_night_from_servers_that_rotate() -> None:
    """30 to 120 binds a weekday, 01:00 to 09:00 UTC, from rented servers each used for four days."""
    played = play("G1", days=21)
    binds = [access for access in played.accesses("G1") if access.how == "bind"]

    by_day = Counter((access.at // MS_PER_DAY) for access in binds)
    assert all((day + 3) % 7 < 5 for day in by_day)
    assert all(30 <= count <= 120 for count in by_day.values())
    assert all(MS_PER_HOUR <= access.at % MS_PER_DAY < 9 * MS_PER_HOUR for access in binds)
    assert {"hosting"} == {access.place.kind for access in binds}
    places = {(access.at - binds[0].at + MS_PER_HOUR) // (4 * MS_PER_DAY): set[str]() for access in binds}
    assert 3 <= len({access.place.ip for access in binds}) <= 6
    assert len(places) >= 3


def test_g1_can_come_in_the_words_of_a_browser() -> None:
    """The parameter chooses between the two published kinds of user agent."""
    infos = {access.client.info for access in play("G1:client=owa").accesses("G1")}

    assert len(infos) == 1
    assert infos.pop().startswith("Client=OWA;Mozilla/5.0")


def test_g2_opens_120_messages_and_hides_its_traces() -> None:
    """A phished session with a token for the mailbox after some minutes, 120 binds, a rule, three messages whose copies are destroyed."""
    played = play("G2")

    codes = [act.error_code for act in played.sign_ins("G2") if act.stream == "interactive"]
    assert [50076, 50140, 0] == codes
    assert 120 == len([access for access in played.accesses("G2", "read") if access.how == "bind"])
    assert ["New-InboxRule"] == [act.operation for act in played.of("G2") if isinstance(act, Cmdlet)]
    sent = [act for act in played.of("G2", "fraud") if isinstance(act, MailboxAct)]
    assert ["Send", "Send", "Send", "HardDelete"] == [act.operation for act in sent]
    assert sum((act.messages for act in sent[:3]), ()) == sent[3].messages
    assert 1 == len({access.session_id for access in played.accesses("G2")} | {act.session_id for act in sent})


def test_g3_continues_a_session_of_the_victims_own_life() -> None:
    """The session began before and lives on; there is no interactive sign-in, another network, another browser."""
    played = play("G3")
    (session_id,) = {access.session_id for access in played.accesses("G3")}
    actor = played.accesses("G3")[0].actor
    assert actor is not None
    victim = played.tenant.people[actor]
    begin = played.accesses("G3")[0].at
    (own,) = [s for s in played.tenant.sessions(victim, played.tenant.day_of(begin)) if s.session_id == session_id]

    assert own.starts_at < begin < own.ends_at
    assert {"noninteractive"} == {act.stream for act in played.sign_ins("G3")}
    for access in played.accesses("G3"):
        assert access.place != played.tenant.place(victim, own, access.at)
        assert access.device is not None and access.device.os != own.device.os
        assert access.client.info != own.client.info


def test_g4_shares_session_and_device_with_the_victim() -> None:
    """Approval and redemption differ in nothing but the address; the session is one of the victim's own."""
    played = play("G4")
    approval, redeemed, prt, *_ = played.sign_ins("G4")

    assert ("deviceCode", "interactive") == (approval.protocol, approval.stream)
    assert ("deviceCodeFlow", "noninteractive", 40_000) == (
        redeemed.transfer,
        redeemed.stream,
        redeemed.at - approval.at,
    )
    assert approval.session_id == redeemed.session_id and approval.device == redeemed.device
    assert approval.place != redeemed.place
    assert approval.person is not None
    victim = played.tenant.people[approval.person]
    own = played.tenant.sessions(victim, played.tenant.day_of(approval.at))
    assert approval.session_id in {session.session_id for session in own}
    assert played.tenant.devices(victim)[0] == approval.device
    assert ("primaryRefreshToken", approval.session_id) == (prt.incoming, prt.session_id)
    assert prt.device is not None and prt.device != approval.device
    calls = [act for act in played.of("G4") if isinstance(act, GraphCall)]
    assert 12 == len(calls)
    assert all("$search=" in call.uri and call.token is not None for call in calls)
    assert len(played.obtained("G4")) > 0


def test_g5_takes_every_folder_before_and_after_the_password_is_reset() -> None:
    """Consent, a sync of all folders within 25 minutes, a reset, and it comes back for days."""
    played = play("G5")
    accesses = played.accesses("G5")
    (consent,) = [
        act for act in played.of("G5") if isinstance(act, DirectoryAct) and act.activity == "Consent to application"
    ]
    (reset,) = [
        act for act in played.of("G5") if isinstance(act, DirectoryAct) and act.activity == "Reset user password"
    ]
    first = [access for access in accesses if access.step == "export"]

    mailbox = accesses[0].mailbox
    held = {message.folder for message in played.tenant.messages_before(mailbox, first[0].at)}
    assert {"sync"} == {access.how for access in accesses}
    assert held <= {access.folder for access in first}
    assert all(consent.at < access.at < consent.at + 30 * MS_PER_MINUTE for access in first)
    assert any(access.at > reset.at + MS_PER_DAY for access in accesses)
    assert {"ff8d92dc-3d82-41d6-bcbd-b9174d163620"} == {access.client.client_app_id for access in accesses}
    assert {"interactive", "noninteractive"} == {act.stream for act in played.sign_ins("G5")}


def test_g6_sprays_then_reads_executives_as_applications() -> None:
    """Tries from many homes, one password, applications with full access, 14 mailboxes at night, by service principals."""
    played = play("G6")
    tries = [act for act in played.sign_ins("G6") if act.step == "spray"]
    accesses = played.accesses("G6")

    assert len({act.place.ip for act in tries}) > 50
    assert {50126, 50053} >= {act.error_code for act in tries}
    assert 14 == len({access.mailbox for access in accesses})
    assert {"application"} == {access.logon for access in accesses}
    assert {None} == {access.actor for access in accesses}
    assert all(access.token is not None and access.token.app_only for access in accesses)
    assert {30 * MS_PER_MINUTE <= access.at % MS_PER_DAY < 5 * MS_PER_HOUR for access in accesses} == {True}
    assert {"service_principal"} == {act.stream for act in played.sign_ins("G6") if act.principal is not None}
    assert 1 == len(played.staged.quiet)


def test_g7_signs_in_once_a_day_and_reads_a_little() -> None:
    """One sign-in a day from one server, three mailboxes, forty messages each."""
    played = play("G7")
    days = {act.at // MS_PER_DAY for act in played.accesses("G7")}

    assert len(days) == len(played.sign_ins("G7"))
    per_day = Counter((access.mailbox, access.at // MS_PER_DAY) for access in played.accesses("G7"))
    assert {40} == set(per_day.values())
    assert 3 == len({access.mailbox for access in played.accesses("G7")})
    assert 1 == len({access.place for access in played.accesses("G7")})
    calls = Counter((act.at, act.token) for act in played.of("G7") if isinstance(act, GraphCall))
    assert calls == Counter((access.at, access.token) for access in played.accesses("G7"))


def test_g7_can_read_so_much_that_recording_is_throttled() -> None:
    """More than a thousand records in a day: the service stops recording binds of that mailbox."""
    played = play("G7:mailboxes=1:messages=2600:minutes=1380:addresses=4:days=3")

    assert "throttled" in played.fates().values()


def test_g9_sends_and_reads_nothing() -> None:
    """A second factor is asked for, SMTP needs none, 800 messages within 40 minutes, no access to mail."""
    played = play("G9")
    sent = [act for act in played.of("G9", "send") if isinstance(act, MailboxAct)]

    assert [50076, 0, 0] == [act.error_code for act in played.sign_ins("G9")]
    assert {"ropc"} == {act.protocol for act in played.sign_ins("G9")}
    assert 800 == len(sent) == len({act.recipients for act in sent}) == len({act.messages[0].item_id for act in sent})
    assert sent[-1].at - sent[0].at <= 40 * MS_PER_MINUTE
    assert [] == played.accesses("G9")


def test_g10_lets_a_colleague_read_as_a_delegate() -> None:
    """The inbox is opened to everyone, read by a colleague with their own session, and closed again."""
    played = play("G10")
    accesses = played.accesses("G10")

    assert 35 == len(played.obtained("G10"))
    assert {"delegate"} == {access.logon for access in accesses}
    assert {"\\Inbox"} == {access.folder for access in accesses}
    rights = [act.at for act in played.of("G10") if isinstance(act, MailboxAct)]
    assert rights[0] < accesses[0].at and accesses[-1].at < rights[1]


def test_g11_reads_what_the_service_does_not_record() -> None:
    """By bypass and by audit set, for a day; after both are put back, the last look is recorded."""
    played = play("G11")
    fates = played.fates()

    assert {"bypassed"} == {fates[access.key] for access in played.accesses("G11", "read_as_delegate")}
    assert {"not_in_audit_set"} == {fates[access.key] for access in played.accesses("G11", "read_as_owner")}
    assert 50 == len(played.accesses("G11", "read_as_owner"))
    assert set() == {access.key for access in played.accesses("G11", "last_look")} & set(fates)


def test_g12_exports_hits_that_no_mailbox_records() -> None:
    """Records of the search, hits that leave the mailboxes, no record of them."""
    played = play("G12")
    operations = [act.operation for act in played.of("G12") if isinstance(act, OtherAct)]
    fates = played.fates()

    assert [
        "Add-RoleGroupMember",
        "SearchCreated",
        "SearchStarted",
        "SearchExported",
        "SearchExportDownloaded",
    ] == operations
    assert all("merger" in message.subject.casefold() for message in played.obtained("G12"))
    assert {"unlogged_by_design"} == {fates[access.key] for access in played.accesses("G12")}


def test_g13_copies_out_what_comes_after_the_change() -> None:
    """Every message that comes to a forwarded mailbox has a second delivery outside; what it sends has none."""
    played = play("G13")
    forwarding = [act for act in played.of("G13", "forward") if isinstance(act, Cmdlet)]
    copies = [act for act in played.of("G13", "leave_by_forwarding") if isinstance(act, Arrival)]
    forwarded = {act.changes[0][0] for act in forwarding}
    begin = min(act.message.arrived_at for act in copies)
    end = max(act.message.arrived_at for act in copies)
    came = {
        message.item_id
        for guid in forwarded
        for day in range(played.tenant.options.days)
        for message in played.tenant.arrivals(guid, day)
        if begin <= message.arrived_at <= end and message.folder != "\\Sent Items"
    }

    assert 2 == len(forwarded)
    assert came == {act.message.item_id for act in copies}
    assert {"archive@mail-archive.example"} == {act.recipient for act in copies}
    by_rule = [act for act in played.of("G13", "leave_by_rule") if isinstance(act, Arrival)]
    assert by_rule and all("bank details" in act.message.subject for act in by_rule)
    assert [] == played.accesses("G13")


@pytest.mark.parametrize(
    ("scenario", "rule", "properties"),
    [
        (
            "G2",
            ".",
            {
                "MoveToFolder": "RSS Feeds",
                "MarkAsRead": True,
                "SubjectOrBodyContainsWords": ["invoice", "payment", "bank"],
            },
        ),
        ("G13", "..", {"ForwardTo": ["archive@mail-archive.example"], "SubjectContainsWords": ["invoice"]}),
    ],
)
def test_an_inbox_rule_is_a_setting_of_its_mailbox_from_then_on(
    scenario: str, rule: str, properties: dict[str, object]
) -> None:
    """So that settings exports hold it: '' before the command, its properties after it."""
    played = play(scenario)
    (command,) = [act for act in played.of(scenario) if isinstance(act, Cmdlet) and act.operation == "New-InboxRule"]
    ((mailbox, name, _),) = command.changes
    before, after = played.timeline.intervals(mailbox, name)

    assert (f"InboxRule:{rule}", command.target) == (name, f"{played.tenant.mailbox(mailbox).upn}\\{rule}")
    assert ("", command.at) == (before.value, after.valid_from)
    assert properties.items() <= json.loads(after.value).items()


def test_g14_comes_with_tokens_of_another_tenants_log() -> None:
    """The tokens are issued; the rows lie in the partner's tenant."""
    played = play("G14")
    sign_ins = played.sign_ins("G14")
    fates = played.fates()

    assert {True} == {access.external for access in played.accesses("G14")}
    assert 4 == len({access.mailbox for access in played.accesses("G14")})
    assert all(access.token is not None and access.token.issued for access in played.accesses("G14"))
    assert all(act.unlogged and act.home_tenant not in (None, played.tenant.tenant_id) for act in sign_ins)
    assert {"unlogged_by_design"} == {fates[act.key] for act in sign_ins}


def test_g15_leaves_one_trace_and_reads_without_any() -> None:
    """One directory act by a service in a person's name; the reads make no record, their tokens were never issued."""
    played = play("G15")
    (role,) = [act for act in played.of("G15") if isinstance(act, DirectoryAct)]
    fates = played.fates()

    assert role.app is played.tenant.apps["exchange"] and role.actor is not None
    (audit,) = [logged.record for logged in played.logged() if logged.stream == "directory"]
    user = audit["initiatedBy"]["user"]
    told = ("Office 365 Exchange Online", played.tenant.people[role.actor].upn)
    assert told == (user["displayName"], user["userPrincipalName"])
    assert [] == [act for act in played.of("G15") if isinstance(act, SignIn)]
    assert 120 == len(played.obtained("G15"))
    assert {"unlogged_by_design"} == {fates[access.key] for access in played.accesses("G15")}


def test_b2_toggles_within_one_token_and_device() -> None:
    """Desk, VPN, desk: two networks, one session, one device."""
    played = play("B2")
    kinds = [access.place.kind for access in played.accesses("B2") if access.how == "bind"]

    assert "vpn" in kinds and kinds[0] != "vpn" and kinds[-1] != "vpn"
    assert 1 == len({access.session_id for access in played.accesses("B2")})
    assert 1 == len({access.device for access in played.accesses("B2")})


def test_b5_is_throttled_without_an_attacker() -> None:
    """More than a thousand records in a day, so the service leaves binds out."""
    played = play("B5")

    assert Counter(played.fates().values())["throttled"] > 1000


def test_no_record_type_is_missing_in_the_time_of_passwords() -> None:
    """Every scenario stages in 2022 as well, by people whose accesses were recorded then."""
    for name in ("G1", "G2", "G8", "G11"):
        played: Played = play(name, start=date(2022, 5, 2))
        assert played.staged.acts
