"""Sign-ins and tokens: what an access shows was issued to the same session, and the legitimate cases in which no log shows that."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from mailwitness.simulate.acts import GraphCall, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.life.declared import rates
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import build
from mailwitness.simulate.world import MS_PER_HOUR, MS_PER_MINUTE, Token
from tests.simulate.life.conftest import Lived, live


def used_tokens(lived: Lived) -> list[tuple[int, Token]]:
    """(moment, token) of every act that shows one."""
    return [
        (act.at, act.token)
        for act in lived.acts
        if isinstance(act, (MailAccess, MailboxAct, GraphCall)) and act.token is not None
    ]


def test_every_token_covers_the_moment_of_its_use(lived: Lived) -> None:
    """Issued before, not yet expired, and by an issuer."""
    used = used_tokens(lived)

    assert len(used) > 10_000
    assert [] == [(at, token) for at, token in used if not token.issued_at <= at < token.expires_at or not token.issued]


def test_every_token_comes_from_a_sign_in_of_this_life_or_from_before_it(lived: Lived) -> None:
    """The sign-in has the token's id, moment, session, application, resource and subject; only tokens from before day 0 have none."""
    before = 0
    for token in {token.request_id: token for _, token in used_tokens(lived)}.values():
        if token.issued_at < lived.tenant.start_at:
            assert token.request_id not in lived.sign_ins
            before += 1
            continue
        sign_in = lived.sign_ins[token.request_id]
        assert sign_in.token == token
        assert sign_in.error_code == 0
        assert (sign_in.at, sign_in.session_id) == (token.issued_at, token.session_id)
        assert (sign_in.app.app_id, sign_in.resource_id) == (token.app_id, token.resource_id)
        principal = sign_in.principal
        subject = lived.tenant.people[sign_in.person].object_id if sign_in.person is not None else None
        assert token.subject == (subject if principal is None else principal.principal_id)
    assert before > 0


def test_an_access_agrees_with_its_sign_in(lived: Lived) -> None:
    """Session, device, application and person are the same; the application's resource is the client's."""
    checked = 0
    for access in lived.accesses:
        if access.token is None or access.token.app_only or access.token.issued_at < lived.tenant.start_at:
            continue
        sign_in = lived.sign_ins[access.token.request_id]
        assert access.session_id == sign_in.session_id
        assert access.actor == sign_in.person
        assert access.client.app == sign_in.app
        assert access.client.resource_id == sign_in.resource_id
        if access.device is not None:  # an application's server shows none
            assert access.device == sign_in.device
            checked += 1
    assert checked > 5_000


def test_people_are_where_the_tenant_says(lived: Lived) -> None:
    """Sign-ins and accesses of a person's device come from the person's place at that moment; exits of private VPNs and relays are the exceptions."""
    tenant = lived.tenant
    elsewhere: Counter[str] = Counter()
    total = 0
    acts: list[MailAccess | SignIn] = [*lived.accesses, *lived.sign_ins.values()]
    for act in acts:
        person = act.actor if isinstance(act, MailAccess) else act.person
        if act.device is None or person is None or tenant.people[person].home_tenant is not None:
            continue
        total += 1
        # a row of a sign-in may lie some seconds before the use for which the place was looked up
        moments = (act.at, act.at + 2_500, act.at + 60_000, act.at - 7_000, act.at - 10 * MS_PER_MINUTE)
        if act.place not in [tenant.place(tenant.people[person], act.device, at) for at in moments]:
            elsewhere[act.place.kind] += 1
    assert elsewhere["vpn"] > 0
    assert sum(elsewhere.values()) - elsewhere["vpn"] < 0.01 * total
    assert sum(elsewhere.values()) < 0.08 * total


def test_uses_lie_within_their_session(lived: Lived) -> None:
    """No device obtains mail before its session begins or after it ends."""
    sessions = {
        session.session_id: session
        for person in lived.tenant.people
        for day in range(lived.tenant.options.days)
        for session in lived.tenant.sessions(person, day)
    }
    known = [access for access in lived.accesses if access.session_id in sessions]

    assert len(known) > 5_000
    assert [] == [
        access
        for access in known
        if not sessions[access.session_id or ""].starts_at <= access.at < sessions[access.session_id or ""].ends_at
    ]


def test_tokens_live_an_hour_or_a_day(lived: Lived) -> None:
    """60 to 90 minutes, or 20 to 28 hours for a share of sessions and never for IMAP, POP and ActiveSync; an hour for applications."""
    lives: dict[str, list[float]] = defaultdict(list)
    for sign_in in lived.sign_ins.values():
        if sign_in.token is not None and sign_in.stream != "service_principal":
            life = (sign_in.token.expires_at - sign_in.token.issued_at) / MS_PER_MINUTE
            lives[sign_in.client.kind].append(life)
    for kind, found in lives.items():
        assert all(60 <= life <= 90 or 20 * 60 <= life <= 28 * 60 for life in found)
        if kind in ("imap", "pop", "activesync", "powershell"):
            assert max(found) <= 90
    assert max(lives["outlook_desktop"]) > 20 * 60
    products = {lived.tenant.apps[key].app_id for key in rates().products}
    assert {MS_PER_HOUR} == {
        token.expires_at - token.issued_at for _, token in used_tokens(lived) if token.app_id in products
    }


def test_a_session_begins_with_a_sign_in(lived: Lived) -> None:
    """At its first moment: before the person's eyes, or silently on a managed Windows computer (N7: no logon in the unified log)."""
    tenant = lived.tenant
    first = {(act.session_id, act.at): act for act in lived.sign_ins.values() if act.error_code == 0}
    streams: Counter[tuple[str, str]] = Counter()
    for person in tenant.people:
        for day in range(tenant.options.days):
            for session in tenant.sessions(person, day):
                if tenant.day_start(day) <= session.starts_at < tenant.day_start(day + 1):
                    streams[session.client.kind, first[session.session_id, session.starts_at].stream] += 1
    assert {"outlook_desktop"} == {kind for kind, stream in streams if stream == "noninteractive"}
    assert streams["outlook_desktop", "interactive"] > 0
    assert streams["owa", "interactive"] > 20


def test_interrupted_sign_ins_lead_to_their_success(lived: Lived) -> None:
    """50126, 50076, 500121 and 50140 are followed, under the same correlation id, by the success."""
    by_correlation = defaultdict(list)
    for sign_in in sorted(lived.sign_ins.values(), key=lambda act: act.at):
        own = sign_in.session_id is not None  # and not a stranger's try
        if sign_in.stream == "interactive" and sign_in.error_code != 65001 and own:
            by_correlation[sign_in.correlation_id].append(sign_in.error_code)
    codes = Counter(code for found in by_correlation.values() for code in found)

    assert {0, 50126, 50076, 50140} <= set(codes)
    assert {0} == {found[-1] for found in by_correlation.values()}
    assert {1} == {found.count(0) for found in by_correlation.values()}


def test_legitimate_accesses_without_a_sign_in_occur(lived: Lived) -> None:
    """N1 the service, N6 IMAP and N8 others without identifiers, N10 tokens between Microsoft's services, which no log shows."""
    kinds: Counter[str] = Counter()
    for access in lived.accesses:
        if access.logon == "service":
            kinds["N1" if access.token is None else "N10"] += 1
            assert access.place.kind == "microsoft"
            assert access.aggregated == (access.token is None)
            assert access.session_id is None
        elif access.aggregated:
            kinds["N6" if access.client.kind in ("imap", "pop") else "N8"] += 1
    internal = [act for act in lived.sign_ins.values() if act.principal is not None and act.principal.first_party]

    assert kinds["N1"] > 20_000
    assert 0.0005 < kinds["N10"] / kinds["N1"] < 0.005
    assert kinds["N8"] > 50
    assert internal
    assert all(act.unlogged for act in internal)


def test_basic_authentication_has_a_sign_in_for_each_connection() -> None:
    """Before 2023 an IMAP connection opens with a password: its accesses name that sign-in and have neither token nor session."""
    lived = live(Options(seed=5, mailboxes=150, days=2, start=date(2022, 3, 1)))
    accesses = [access for access in lived.accesses if access.client.basic_auth]

    assert len(accesses) > 5
    for access in accesses:
        sign_in = lived.sign_ins[access.signin_id or ""]
        assert (access.token, access.session_id) == (None, None)
        assert (sign_in.error_code, sign_in.token, sign_in.protocol) == (0, None, "ropc")
        assert (sign_in.client, sign_in.person, sign_in.place) == (access.client, access.actor, access.place)
        assert 0 <= access.at - sign_in.at < MS_PER_MINUTE


def test_no_basic_authentication_today(lived: Lived) -> None:
    """After 2022 every access of a person shows a token."""
    assert [] == [access for access in lived.accesses if access.client.basic_auth]
    assert [] == [access for access in lived.accesses if access.logon == "owner" and access.token is None]


def test_a_closed_protocol_gives_tokens_and_no_mail() -> None:
    """With IMAP and POP off, Thunderbird goes on signing in with success and obtains nothing."""
    options = Options(seed=5, mailboxes=150, days=2)
    off = tuple(
        (mailbox.guid, name, "False") for mailbox in build(options).mailboxes for name in ("ImapEnabled", "PopEnabled")
    )
    lived, open_ = live(options, off), live(options)

    def imap(of: Lived) -> tuple[bool, bool]:
        kinds = ("imap", "pop")
        return (
            any(act.client.kind in kinds and act.token is not None for act in of.sign_ins.values()),
            any(access.client.kind in kinds for access in of.accesses),
        )

    assert (True, False) == imap(lived)
    assert (True, True) == imap(open_)
