"""Exchange's admin endpoint, which runs one cmdlet per request: ``POST {exchange}/adminapi/beta/{tenant}/InvokeCommand``.

It is what Microsoft's own PowerShell module calls, and is not documented for others; its form is known from public code. The next page is had by posting the
same body again to ``@odata.nextLink``. Only cmdlets that read are ever sent.

Limits: a cmdlet that the application's Exchange roles do not allow is answered like one that does not exist. How often one may ask is not published.
Sources:
    - https://github.com/KelvinTegelaar/CIPP-API   (New-ExoRequest.ps1)
    - https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2   (Exchange.ManageAsApp and the role beside it)
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mailwitness.collect.client import Refused, Reply
from mailwitness.collect.feed import Gap, Restart
from mailwitness.collect.session import Session

PERMISSION = "Exchange.ManageAsApp"
_FAMILY = "exchange"
_PAGE_ROWS = 1000
_SYSTEM_MAILBOX = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"
_DEAD_LINK_WORDS = ("skip token", "skiptoken", "page token")
_NO_CMDLET = "is not recognized as"
_NOT_FOUND = ("managementobjectnotfound", "couldn't be found", "could not be found")


class Answer(msgspec.Struct):
    """The frame of an answer. A body that was cut off does not parse as one."""

    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    warnings: list[str] | None = msgspec.field(default=None, name="@adminapi.warnings")


def invoke(
    session: Session, cmdlet: str, parameters: Mapping[str, Any], *, mailbox: str | None = None, once: bool = False
) -> Iterator[Reply]:
    """All pages of what a cmdlet answers. ``mailbox``: the one that it is about, where the request has to go to that mailbox's server.

    ``once``: each request gives other rows than the one before, so one whose answer was lost is not repeated.
    """
    if not (cmdlet.startswith("Get-") or cmdlet == "Search-UnifiedAuditLog"):
        raise ValueError(f"{cmdlet}: only cmdlets that read are sent")
    anchor = (
        f"APP:{_SYSTEM_MAILBOX}@{session.tenant_id}" if mailbox is None or not mailbox.isascii() else f"UPN:{mailbox}"
    )
    url: str | None = f"{session.addresses.exchange}/adminapi/beta/{session.tenant_id}/InvokeCommand"
    seen: set[str] = set()
    while url is not None:
        headers = {
            "x-cmdletname": cmdlet,
            "prefer": f"odata.maxpagesize={_PAGE_ROWS}",
            "client-request-id": str(uuid.uuid4()),
            "x-anchormailbox": anchor,
        }
        body = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": dict(parameters)}}
        try:
            reply = session.post(_FAMILY, url, Answer, headers=headers, json=body, once=once)
        except Refused as refusal:
            if seen and any(word in refusal.message.lower() for word in _DEAD_LINK_WORDS):
                raise Restart(f"the link to page {len(seen) + 1} died: {refusal}") from None
            raise
        yield reply
        url = reply.value.next_link
        if url is not None and url in seen:
            raise Restart("a page links to one that was fetched already")
        seen.add(url or "")


def is_not_found(refusal: Refused) -> bool:
    """True if the cmdlet ran and found nothing of the name that it was given."""
    return any(words in refusal.message.lower() for words in _NOT_FOUND)


def gap_of(refusal: Refused, cmdlet: str, role: str) -> Gap:
    """The gap that a refusal of the endpoint stands for."""
    if _NO_CMDLET in refusal.message:
        return Gap(
            "permission_missing",
            f"no Exchange role of the application allows {cmdlet}. Give its service principal the role {role}, then collect again.",
        )
    if refusal.status in (401, 403):
        return Gap(
            "permission_missing",
            f"the service refused {cmdlet} ({refusal}). Grant the application Office 365 Exchange Online, {PERMISSION}, and its service "
            f"principal the role {role}, then collect again.",
        )
    return Gap("refused", f"the service refused {cmdlet} ({refusal}; request {refusal.request_id or 'without id'})")
