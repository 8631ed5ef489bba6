"""What happens seldom, with its rate raised so that it happens here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from mailwitness.simulate.acts import Act, DirectoryAct, MailAccess, SignIn
from mailwitness.simulate.life.consented import ConsentedLife
from mailwitness.simulate.life.declared import Rates, rates
from mailwitness.simulate.life.outsiders import OutsiderLife
from mailwitness.simulate.life.person import PersonLife
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.tenant.conditional_access import blocked


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    return build(Options(seed=4, mailboxes=60, days=12))


def around(tenant: Tenant, **changed: Any) -> Surroundings:
    """A department with other rates: the name of a part of them, and what is different in it."""
    found = Surroundings(tenant, 0, Timeline(tenant))
    known: Rates = rates()
    found.rates = replace(known, **{part: replace(getattr(known, part), **new) for part, new in changed.items()})
    return found


def lived(surroundings: Surroundings, day: Callable[[int], None], days: int = 12) -> list[Act]:
    for number in range(days):
        day(number)
    return sorted(surroundings.acts, key=lambda act: (act.at, act.key))


def test_a_partner_shows_a_token_whose_sign_in_lies_elsewhere(tenant: Tenant) -> None:
    """N5: external, a delegate, a session and token issued in the home tenant, in a row that this tenant does not have."""
    here = around(tenant, outsiders={"visits": 1.0})
    acts = lived(here, OutsiderLife(here).day)
    sign_ins = {act.request_id: act for act in acts if isinstance(act, SignIn)}
    accesses = [act for act in acts if isinstance(act, MailAccess)]

    assert 12 == len(sign_ins)
    assert accesses
    for access in accesses:
        assert access.external
        assert access.token is not None
        sign_in = sign_ins[access.token.request_id]
        person = tenant.people[access.actor or 0]
        assert (sign_in.person, sign_in.session_id) == (person.number, access.session_id)
        assert sign_in.unlogged
        assert sign_in.home_tenant == person.home_tenant != tenant.tenant_id
        assert access.token.issued_at <= access.at < access.token.expires_at


def test_a_private_vpn_is_switched_on_and_off_within_the_hour(tenant: Tenant) -> None:
    """A, B, A: one session and device, two networks, at least once among these people."""
    here = around(tenant, lookalikes={"vpn_toggle": 1.0, "relay_people": 0.0})
    toggled = 0
    for person in here.people:
        here.acts = []
        acts = lived(here, PersonLife(here, person).day)
        by_session: dict[str, list[str]] = {}
        for act in acts:
            if isinstance(act, MailAccess) and act.session_id is not None:
                by_session.setdefault(act.session_id, []).append(act.place.kind)
        rented = {place.ip for place in tenant.hosting(6, "private vpn")}
        through = [act for act in acts if isinstance(act, (MailAccess, SignIn)) and act.place.ip in rented]
        assert {"vpn"} >= {act.place.kind for act in through}
        toggled += sum("vpn" in kinds[1:-1] and kinds[0] != "vpn" != kinds[-1] for kinds in by_session.values())
    assert toggled > 5


def test_an_application_first_lacks_consent_and_then_reads_from_its_makers_servers(tenant: Tenant) -> None:
    """65001, the consent, the success; later rows of its refreshes show the place of the consent, its accesses the servers."""
    here = around(tenant, consented={"share": 1.0, "new": 1.0})
    seen = 0
    for person in here.people:
        here.acts = []
        application = ConsentedLife(here, person)
        acts = lived(here, application.day)
        consents = [act for act in acts if isinstance(act, DirectoryAct)]
        if not consents or application.wallet is None:
            continue
        seen += 1
        (consent,) = consents
        rows = [act for act in acts if isinstance(act, SignIn)]
        assert 65001 in {row.error_code for row in rows if row.at < consent.at}
        assert consent.activity == "Consent to application"
        granted = [row for row in rows if row.token is not None]
        assert granted[0].stream == "interactive"
        assert granted[0].at - consent.at == 1_000
        assert {consent.place} == {row.place for row in granted}
        accesses = [act for act in acts if isinstance(act, MailAccess)]
        assert all(access.at > consent.at for access in accesses)
        assert {"hosting"} >= {access.place.kind for access in accesses}
    assert seen > 10


def test_an_administrator_may_open_a_mailbox_as_admin(tenant: Tenant) -> None:
    """An admin logon shows the administrator's own session and token."""
    here = around(tenant, admins={"reads_as_admin": 1.0})
    admins = [person for person in tenant.people if person.is_admin]
    reads: list[MailAccess] = []
    for department in range(tenant.departments):
        here = Surroundings(tenant, department, Timeline(tenant))
        here.rates = replace(rates(), admins=replace(rates().admins, reads_as_admin=1.0))
        for person in here.people:
            if person.is_admin:
                acts = lived(here, PersonLife(here, person).day)
                reads += [act for act in acts if isinstance(act, MailAccess) and act.logon == "admin"]

    assert reads
    assert {read.actor for read in reads} <= {admin.number for admin in admins}
    assert all(read.token is not None and read.token.session_id == read.session_id for read in reads)


def test_legacy_authentication_is_refused_where_a_policy_says_so(tenant: Tenant) -> None:
    """The block of legacy clients refuses a password over IMAP once it is enabled, and no modern client."""
    policy = next(policy for policy in tenant.policies if policy.key == "legacy")
    enabled = Timeline(tenant, [(policy.id, "state", "enabled")])
    person, device = tenant.people[0], tenant.devices(tenant.people[0])[0]
    verdicts = {}
    for name, timeline in (("off", Timeline(tenant)), ("on", enabled)):
        access = Surroundings(tenant, 0, timeline).conditional_access
        for key in ("imap_basic", "owa", "imap_oauth"):
            client = tenant.clients[key]
            shown = access.shown(person, client, device, tenant.start_at, second_factor=not client.basic_auth)
            verdicts[name, key] = blocked(shown)

    assert {("on", "imap_basic")} == {key for key, refused in verdicts.items() if refused}
