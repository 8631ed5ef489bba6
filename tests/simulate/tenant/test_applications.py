"""Applications, clients and policies."""

from __future__ import annotations

from mailwitness.knowledge.facts import rows_of
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.tenant.applications import MICROSOFT_TENANT, through, with_agent

PROMISED_APPS = (
    "exchange graph outlook_web outlook_desktop outlook_mobile office_home broker substrate search teams_service ios_mail thunderbird "
    "backup_1 backup_2 saas_1 saas_2 saas_3 saas_4 saas_5 saas_6 saas_7 saas_8 saas_9 saas_10 azure_cli"
).split()
PROMISED_CLIENTS = (
    "outlook_desktop owa owa_proxy outlook_mobile_ios outlook_mobile_android activesync ews_mac imap_oauth imap_basic pop_basic pop_oauth "
    "smtp_basic rest_service graph_delegated graph_app backup_ews backup_graph powershell"
).split()


def test_the_promised_keys_are_there(tenant: Tenant) -> None:
    """Other parts ask by these keys."""
    assert set(PROMISED_APPS) <= set(tenant.apps)
    assert set(PROMISED_CLIENTS) <= set(tenant.clients)


def test_ids_are_unique_and_first_party_ones_are_microsofts(tenant: Tenant) -> None:
    """Microsoft owns what is first-party and nothing else; the tenant owns what it registered itself."""
    apps = tenant.apps

    assert len({app.app_id for app in apps.values()}) == len({app.principal_id for app in apps.values()}) == len(apps)
    assert all(app.first_party == (app.owner_tenant == MICROSOFT_TENANT) for app in apps.values())
    assert apps["own_archive"].owner_tenant == tenant.tenant_id
    assert apps["saas_1"].owner_tenant not in (tenant.tenant_id, MICROSOFT_TENANT)


def test_first_party_ids_are_those_of_the_knowledge_base(tenant: Tenant) -> None:
    """Where mailwitness itself knows an application, id and kind agree."""
    ours = {app.app_id: app.first_party for app in tenant.apps.values()}

    assert {ours[row["app_id"]] for row in rows_of("first_party_apps.csv")} == {True}


def test_clients_ask_for_mail(tenant: Tenant) -> None:
    """Every client's resource is Exchange or Graph; who comes through Graph has Graph in front and itself behind."""
    graph, exchange = tenant.apps["graph"].app_id, tenant.apps["exchange"].app_id

    for client in tenant.clients.values():
        assert client.resource_id in (graph, exchange)
        assert (client.resource_id == graph) == (client.app_id == graph)
        assert client.info.startswith("Client=")
        assert "{" not in client.info
        if client.basic_auth:
            assert not client.has_session
            assert not client.has_token_context


def test_another_application_goes_the_same_way(tenant: Tenant) -> None:
    """A direct caller names the other application everywhere, one through Graph keeps Graph in front."""
    apps = tenant.apps
    direct = through(tenant.clients["ews_app"], apps["saas_9"])
    fronted = through(tenant.clients["graph_delegated"], apps["saas_9"])

    assert direct.app is fronted.app is apps["saas_9"]
    assert (direct.app_id, direct.client_app_id) == (apps["saas_9"].app_id, apps["saas_9"].app_id)
    assert direct.info == f"Client=WebServices;ExchangeWebServices/0.0.0.0[AppId={apps['saas_9'].app_id}];"
    assert (fronted.app_id, fronted.client_app_id) == (apps["graph"].app_id, apps["saas_9"].app_id)


def test_another_user_agent_shows_where_the_logs_show_one(tenant: Tenant) -> None:
    """Outlook on the web writes the browser into its records, through its proxy it does not."""
    direct = with_agent(tenant.clients["owa"], "Mozilla/5.0 (test)")
    proxied = with_agent(tenant.clients["owa_proxy"], "Mozilla/5.0 (test)")

    assert (direct.user_agent, direct.info) == ("Mozilla/5.0 (test)", "Client=OWA;Mozilla/5.0 (test);")
    assert (proxied.user_agent, proxied.info) == ("Mozilla/5.0 (test)", "Client=OWA;Action=ViaProxy")


def test_policies_use_graphs_words(tenant: Tenant) -> None:
    """States, client types and controls are values that Graph documents; ids are unique."""
    assert len({policy.id for policy in tenant.policies}) == len(tenant.policies) == 4
    for policy in tenant.policies:
        assert policy.state in ("enabled", "disabled", "enabledForReportingButNotEnforced")
        assert policy.grant in ("block", "mfa", "compliantDevice")
        assert set(policy.client_types) <= {
            "all",
            "browser",
            "mobileAppsAndDesktopClients",
            "exchangeActiveSync",
            "other",
        }
