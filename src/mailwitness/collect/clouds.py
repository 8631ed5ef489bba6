"""The clouds that Microsoft 365 runs in, and where their services are.

GCC uses the worldwide authority and Graph, and a Management API host of its own. Which host the Management API has in the cloud that 21Vianet operates
is not published; there the feed is not available unless an address is configured.

Sources:
    - https://learn.microsoft.com/graph/deployments
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
    - https://learn.microsoft.com/exchange/reference/admin-api-get-started
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailwitness.collect.feed import Cloud


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base addresses, without a slash at the end. ``management`` is None where no host is known."""

    authority: str
    graph: str
    management: str | None
    exchange: str


CLOUDS: Mapping[Cloud, Addresses] = {
    "worldwide": Addresses(
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "https://manage.office.com",
        "https://outlook.office365.com",
    ),
    "gcc": Addresses(
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "https://manage-gcc.office.com",
        "https://outlook.office365.com",
    ),
    "gcc-high": Addresses(
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://manage.office365.us",
        "https://outlook.office365.us",
    ),
    "dod": Addresses(
        "https://login.microsoftonline.us",
        "https://dod-graph.microsoft.us",
        "https://manage.protection.apps.mil",
        "https://outlook-dod.office365.us",
    ),
    "china": Addresses(
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        None,
        "https://outlook.office365.cn",
    ),
}
