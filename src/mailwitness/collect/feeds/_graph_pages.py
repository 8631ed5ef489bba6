"""Listings of Microsoft Graph: pages that link to the next one, newest record first.

A link lives for minutes and dies without a word of warning, so a window is always fetched from its first page to its last, never resumed at a link. A
window of which the first page says that it holds more than `PAGES` pages is cut at once into as many parts as that density asks for: so windows are
as long as the tenant is quiet, up to a day, and short where it is busy.

Clock: the window's ends are compared with the field that the endpoint filters on, half-open, to 100 ns.
Sources:
    - https://learn.microsoft.com/graph/paging
    - https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/5974   (long queries are throttled for good; short ones are not)
    - https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1388   (a link that died: "Invalid Skip Token, skip token is null")
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from mmap import mmap

import msgspec

from mailwitness.collect.client import Refused, Reply, Unavailable
from mailwitness.collect.feed import Body, Gap, Restart, Split, Unit
from mailwitness.collect.session import Session

PAGE_ROWS = 1000
PAGES = 50
_SLOW_PAGE_S = 60.0
_DEAD_LINK_CODES = frozenset({"Directory_ExpiredPageToken", "Request_UnsupportedQuery"})
_DEAD_LINK_WORDS = ("skip token", "skiptoken", "page token", "expired token")


Ask = Callable[[str, Mapping[str, str] | None], Reply]


class Row(msgspec.Struct):
    """What is looked at of a record; everything else is passed over unread."""

    id: str | int | None = None
    created: str | None = msgspec.field(default=None, name="createdDateTime")
    activity: str | None = msgspec.field(default=None, name="activityDateTime")

    @property
    def time(self) -> str | None:
        return self.created or self.activity


class Page(msgspec.Struct):
    """A page's frame. A body that was cut off does not parse as one."""

    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Ids(msgspec.Struct):
    value: list[Row]


_page_of_rows = msgspec.json.Decoder(_Ids)
_row = msgspec.json.Decoder(Row)


def ids(content: bytes | mmap) -> Iterable[str]:
    """The ids of a page's records; a record without one is not named."""
    try:
        rows = _page_of_rows.decode(content).value
    except msgspec.ValidationError:  # a record of a form never seen: name the others
        raws = msgspec.json.decode(content, type=Page).value
        rows = [row for raw in raws if (row := _row_of(raw)) is not None]
    return [str(row.id) for row in rows if row.id is not None]


def _row_of(raw: msgspec.Raw) -> Row | None:
    try:
        return _row.decode(raw)
    except msgspec.ValidationError:
        return None


def window_filter(field: str, unit: Unit) -> str:
    """The half-open window as a filter expression."""
    begin, end = (moment.isoformat(timespec="microseconds") + "0Z" for moment in (unit.window_from, unit.window_to))
    return f"{field} ge {begin} and {field} lt {end}"


def quoted(text: str) -> str:
    """A text as a literal of a filter expression."""
    return "'" + text.replace("'", "''") + "'"


def pages(
    unit: Unit,
    session: Session,
    family: str,
    path: str,
    params: Mapping[str, str],
    *,
    limit: int = PAGES,
    ask: Ask | None = None,
) -> Iterator[Body]:
    """All pages of one window. ``ask`` gets each page, where the feed knows refusals that are none."""
    get = ask or (lambda url, given: session.get(family, url, Page, params=given))
    url: str | None = f"{session.addresses.graph}{path}"
    given: Mapping[str, str] | None = params
    number = 0
    seen: set[str] = set()
    while url is not None:
        try:
            reply = get(url, given)
        except Refused as refusal:
            if number and _is_dead_link(refusal):
                raise Restart(f"page {number + 1}'s link died: {refusal}") from None
            raise
        except Unavailable as error:
            if number:
                raise Split(2, f"page {number + 1} did not come: {error}") from None
            raise
        number += 1
        page: Page = reply.value
        yield reply.body(len(page.value))
        if page.next_link is None:
            return
        if number == 1:
            _split_if_dense(unit, page)
        if number >= limit:
            raise Split(2, f"more than {limit} pages")
        if reply.seconds > _SLOW_PAGE_S:
            raise Split(2, f"page {number} took {reply.seconds:.0f} s")
        if page.next_link in seen:
            raise Restart(f"page {number} links to a page that was fetched already")
        seen.add(page.next_link)
        url, given = page.next_link, None


def _split_if_dense(unit: Unit, page: Page) -> None:
    """Cut the window at once if its newest page covers so little of it that the rest would be too many pages."""
    if len(page.value) < PAGE_ROWS // 2:
        return
    oldest = _row_of(page.value[-1])
    if oldest is None or oldest.time is None:
        return
    try:
        moment = datetime.fromisoformat(oldest.time).replace(tzinfo=None)
    except ValueError:
        return
    covered = (unit.window_to - moment) / unit.length
    if 0 < covered < 1 and 1 / covered > PAGES:
        raise Split(min(48, math.ceil(1.2 / covered / PAGES)), f"the first page covers {covered:.2%} of the window")


def _is_dead_link(refusal: Refused) -> bool:
    text = refusal.message.lower()
    return refusal.code in _DEAD_LINK_CODES or any(word in text for word in _DEAD_LINK_WORDS)


def gap_of(refusal: Refused, permissions: Iterable[str]) -> Gap:
    """The gap that a refusal of Graph stands for."""
    if refusal.status == 401:
        return Gap(
            "sign_in_refused",
            f"the service takes no token of this application ({refusal}). Compare cloud and addresses, then collect again.",
        )
    if refusal.status == 403:
        wanted = ", ".join(permissions)
        return Gap(
            "permission_missing",
            f"the service refused ({refusal}). Grant the application {wanted} and an administrator's consent, then collect again.",
        )
    if "segment" in refusal.message.lower():
        return Gap("not_in_this_cloud", f"the service has no such endpoint here ({refusal})")
    return Gap("refused", f"the service refused ({refusal}; request {refusal.request_id or 'without id'})")
