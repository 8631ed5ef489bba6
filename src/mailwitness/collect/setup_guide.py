"""How the app registration is made that the collector needs: step by step, with no permission that no feed asks for. Works without a network.

Sources:
    - https://learn.microsoft.com/entra/identity-platform/quickstart-register-app
    - https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2
    - https://learn.microsoft.com/office/office-365-management-api/get-started-with-office-365-management-apis
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailwitness.collect.feed import Cloud, Feed

_SERVICES = {
    "graph": "Microsoft Graph",
    "management": "Office 365 Management APIs",
    "exchange": "Office 365 Exchange Online (under: APIs my organization uses)",
}
_PORTALS: dict[Cloud, str] = {
    "worldwide": "https://entra.microsoft.com",
    "gcc": "https://entra.microsoft.com",
    "gcc-high": "https://entra.microsoft.us",
    "dod": "https://entra.microsoft.us",
    "china": "https://entra.microsoftonline.cn",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """One application permission, why, and the feeds that need it; ``needed`` False: it makes records fuller."""

    service: str
    name: str
    needed: bool
    feeds: tuple[str, ...]


def permissions(feeds: Iterable[Feed]) -> list[Permission]:
    """What the feeds ask for, each once."""
    found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for feed in feeds:
        for names, needed in ((feed.needs.permissions, True), (feed.needs.helpful, False)):
            for name in names:
                # Of alternatives the first is the smaller one.
                key = feed.api, name.split("|")[0]
                found.setdefault(key, []).append((feed.name, needed))
    return [
        Permission(service, name, any(needed for _, needed in uses), tuple(feed for feed, _ in uses))
        for (service, name), uses in sorted(
            found.items(), key=lambda held: (list(_SERVICES).index(held[0][0]), held[0][1])
        )
    ]


def steps(feeds: Iterable[Feed], cloud: Cloud = "worldwide") -> list[Step]:
    """The whole way from nothing to a first collection."""
    wanted = list(feeds)
    roles = sorted({feed.needs.role for feed in wanted if feed.api == "exchange" and feed.needs.role is not None})
    made = [
        Step(
            "Register the application",
            (
                f"{_PORTALS[cloud]} > Identity > Applications > App registrations > New registration.",
                "Name: mailwitness collector. Accounts in this organizational directory only. No redirect URI.",
                "Note the Application (client) ID and the Directory (tenant) ID of the Overview page.",
            ),
        ),
        Step(
            "Give it a certificate",
            (
                "openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=mailwitness -keyout key.pem -out certificate.pem",
                "cat key.pem certificate.pem > mailwitness.pem && chmod 600 mailwitness.pem && rm key.pem",
                "Certificates & secrets > Certificates > Upload certificate: certificate.pem (never mailwitness.pem).",
                "A client secret works too, and is easier to lose; Exchange Online is documented for certificates alone.",
            ),
        ),
    ]
    for service, title in _SERVICES.items():
        asked = [one for one in permissions(wanted) if one.service == service]
        if asked:
            made.append(
                Step(
                    f"Permit it to read: {title}",
                    (
                        "API permissions > Add a permission > Application permissions (not delegated):",
                        *(
                            f"  {one.name}{'' if one.needed else ' (fuller records)'}: {', '.join(one.feeds)}"
                            for one in asked
                        ),
                    ),
                )
            )
    made.append(
        Step(
            "Consent",
            (
                "API permissions > Grant admin consent for the organization. It takes a Global Administrator or Privileged Role Administrator.",
                "Remove User.Read, which the portal adds by itself: nothing here needs it.",
            ),
        )
    )
    if roles:
        made.append(
            Step(
                "Give it a role that may read Exchange",
                (
                    "Identity > Roles & admins > (role) > Add assignments > select: mailwitness collector. The role:",
                    *(f"  {role}" for role in roles),
                ),
            )
        )
    made.append(
        Step(
            "Tell mailwitness",
            (
                "Write collect.toml:",
                '  tenant_id = "(Directory ID)"',
                '  client_id = "(Application ID)"',
                f'  cloud = "{cloud}"',
                '  credential = "certificate"',
                "export MAILWITNESS_CERTIFICATE=$PWD/mailwitness.pem",
                "mailwitness collect --check --config collect.toml",
                "mailwitness collect evidence/ --config collect.toml",
            ),
        )
    )
    if any(feed.api == "management" for feed in wanted):
        made.append(
            Step(
                "Start the subscriptions of the Management Activity API, if nobody has",
                (
                    "mailwitness collect evidence/ --config collect.toml --start-subscriptions",
                    "It is the only thing that the collector ever changes in a tenant. Content begins then, up to 12 hours later.",
                ),
            )
        )
    return made
