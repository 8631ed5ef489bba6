"""Applications and the ways in which programs reach a mailbox. Ids and words are declared in ``applications.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.world import App, Client

MICROSOFT_TENANT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""Owner of Microsoft's own applications, as ``appOwnerTenantId`` shows it in every tenant."""


def apps_of(chance: Chance, tenant_id: str) -> Mapping[str, App]:
    """Key → application, each with its service principal in this tenant."""
    known = declared("applications")
    apps: dict[str, App] = {}
    for key, row in known["first_party"].items():
        apps[key] = App(row["app_id"], row["name"], chance.guid("principal", key), MICROSOFT_TENANT, True)
    for key, row in known["others"].items():
        owner = chance.guid("publisher", key)
        apps[key] = App(row["app_id"], row["name"], chance.guid("principal", key), owner)
    for key, name in known["invented"].items():
        owner = tenant_id if key.startswith("own_") else chance.guid("publisher", key)
        apps[key] = App(chance.guid("app", key), name, chance.guid("principal", key), owner)
    return MappingProxyType(apps)


def clients_of(apps: Mapping[str, App]) -> Mapping[str, Client]:
    """Key → way of reaching a mailbox."""
    return MappingProxyType({key: _client(row, apps) for key, row in declared("applications")["clients"].items()})


def through(client: Client, app: App) -> Client:
    """The same way of reaching a mailbox, taken by another application.

    What the record names as application follows: the original caller always, the one that reached Exchange unless that is a front.
    """
    return replace(
        client,
        app=app,
        app_id=app.app_id if client.app_id == client.client_app_id else client.app_id,
        client_app_id=app.app_id,
        info=client.info.replace(client.app.app_id, app.app_id),
    )


def with_agent(client: Client, agent: str) -> Client:
    """The same client with another user agent, wherever the logs show one."""
    info = client.info if client.user_agent is None else client.info.replace(client.user_agent, agent)
    return replace(client, user_agent=agent, info=info)


def _client(row: Mapping[str, Any], apps: Mapping[str, App]) -> Client:
    def id_of(key: str | None) -> str | None:
        return None if key is None else apps[key].app_id

    agent = row.get("agent")
    return Client(
        kind=row["kind"],
        info=row["info"].replace("{agent}", agent or "").replace("{app}", apps[row["app"]].app_id),
        app=apps[row["app"]],
        app_id=id_of(row["app_id"]),
        client_app_id=id_of(row["client_app_id"]),
        client_app_used=row["used"],
        resource_id=apps[row.get("resource", "exchange")].app_id,
        has_session=row.get("session", True),
        has_token_context=row.get("context", True),
        basic_auth=row.get("basic", False),
        process_name=row.get("process"),
        version=row.get("version"),
        user_agent=agent,
    )
