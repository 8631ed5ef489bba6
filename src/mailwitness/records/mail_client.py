"""Which client reached a mailbox, and in what capacity: read from one audit record's own fields."""

from __future__ import annotations

import re
from functools import lru_cache

_CLIENTS = {
    "owa": "owa",
    "msexchangerpc": "outlook_desktop",
    "mapi": "outlook_desktop",
    "rest": "rest",
    "webservices": "ews",
    "activesync": "eas",
    "airsync": "eas",
    "microsoft.exchange.powershell": "powershell",
    "microsoft.exchange.management": "powershell",
    "pop3": "pop",
    "imap4": "imap",
}
_SERVICE = re.compile(r"(hub transport|msexchangemigration|(eba|tba|monitoring|ci|elc)\b)")


@lru_cache(maxsize=65536)
def client_of(client_info: str | None) -> str | None:
    """The client of a ClientInfoString: its ``Client=`` part, with the protocol or product that follows where it decides.

    One of owa, outlook_desktop, outlook_mobile, ews, rest, imap, pop, eas, powershell, service, other; None without a string.

    Sources: sample records of public repositories (elastic/integrations, SEKOIA-IO/intake-formats), gsexdev.blogspot.com
    (the grammar), prophecyinternational.atlassian.net (Outlook mobile).
    """
    if not client_info:
        return None
    parts = [part.strip() for part in _split(client_info[:4096])]
    first = next((part[7:].strip().lower() for part in parts if part.lower().startswith("client=")), None)
    if first is None:
        return "other"
    rest = ";".join(parts[1:]).lower()
    if first == "pop3/imap4":
        if "protocol=imap4" in rest:
            return "imap"
        return "pop" if "protocol=pop3" in rest else "other"
    if first == "outlookservice":
        return "outlook_mobile"
    if first in _CLIENTS:
        return _CLIENTS[first]
    if _SERVICE.match(first):
        return "service"
    return "other"


def _split(text: str) -> list[str]:
    """Parts between semicolons, of which those inside parentheses (browser agents) do not count."""
    parts, depth, begin = [], 0, 0
    for at, char in enumerate(text):
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif char == ";" and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    return parts


_NT = frozenset({"NT", "Nt", "nT", "nt"})


def accessed_as(
    user_type: int | None,
    logon_type: int | None,
    user_id: str | None,
    owner_upn: str | None,
    logon_sid: str | None,
    owner_sid: str | None,
    client: str | None,
) -> str | None:
    """owner, delegate, admin, application or service; None when the record cannot tell.

    LogonType Owner does not mean the human owner: app-only access says 0 too. Owner needs a person (UserType 0 or 2) and
    the same SID, or the same name, on both sides. A holder of FullAccess is a delegate; admin means eDiscovery-like access.

    Sources: github.com/MicrosoftDocs/office-365-management-api (schema: UserType, LogonType), learn.microsoft.com/purview/audit-mailboxes,
    sample events of elastic/integrations (app-only access with LogonType 0).
    """
    if user_type in (5, 6):
        return "application"
    if user_type in (3, 4) or logon_type in (3, 4) or client == "service":
        return "service"
    if user_id is not None and user_id[:2] in _NT and user_id.upper().startswith("NT AUTHORITY\\SYSTEM"):
        return "service"
    if logon_type in (1, 6):
        return "admin"
    if logon_type == 2:
        return "delegate"
    if user_type not in (0, 2):
        return None
    if logon_sid and owner_sid:
        same = logon_sid == owner_sid
    elif user_id and owner_upn:
        same = user_id.lower() == owner_upn.lower()
    else:
        return None
    if same:
        return "owner"
    return "delegate" if logon_type == 0 else None
