"""The unified audit log by the Office 365 Management Activity API: blobs of records, listed by when they became available.

A feed for each content type (Azure AD, Exchange, SharePoint, General); together they are the unified audit log. A body is one blob, an array of audit records in
no order; its content id never changes, so a blob is fetched once, and every listing asks for a whole day, so that blobs that turn up late or under an old time
are met again.

Clock: windows are of ``contentCreated``, when a blob became available, UTC; the records in it are minutes to days older.
Limits: seven days, and nothing from before the subscription was started; starting it changes the tenant, so it is done only on request. Nothing can be
    selected by user. A listing of more than 24 hours may be partial without saying so; none such is made. Content that became available between a
    stop and a restart can never be fetched. Throttling comes as 403 with ``AF429`` too.
Sources:
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
    - https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api
    - https://github.com/Azure/api-management-developer-portal/issues/1063   (a blob five days late)
    - https://github.com/elastic/beats   (x-pack/filebeat/input/o365audit: listings that begin at a blob's own time)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from mmap import mmap

import msgspec

from mailwitness.collect.client import Refused, Reply
from mailwitness.collect.feed import Body, Feed, Gap, Missing, Needs, Restart, Unit, for_the_tenant
from mailwitness.collect.session import Session

_FAMILY = "management"
_DAY = timedelta(hours=24)
_KEPT = timedelta(days=7)
_MARGIN = timedelta(minutes=5)
_OLDEST_EVENT = timedelta(days=7)
_LISTED_AT = (timedelta(0), timedelta(hours=3), timedelta(hours=24), timedelta(hours=72), timedelta(days=5))
"""The last time a day before the first hour of a window of 24 hours can be listed no more; the latest blob seen was five days late."""
_PERMISSIONS = ("ActivityFeed.Read",)
_GONE = frozenset({"AF20050", "AF20051", "AF20052"})
_NOT_SUBSCRIBED = "AF20022"
_DISABLED = "AF20023"


class _Content(msgspec.Struct):
    id: str = msgspec.field(name="contentId")
    uri: str = msgspec.field(name="contentUri")
    created: str = msgspec.field(name="contentCreated")


class _Record(msgspec.Struct):
    id: str | None = msgspec.field(default=None, name="Id")


class _Subscription(msgspec.Struct):
    content_type: str = msgspec.field(name="contentType")
    status: str = ""


def _ids(content: bytes | mmap) -> Iterable[str]:
    try:
        return [record.id for record in msgspec.json.decode(content, type=list[_Record]) if record.id is not None]
    except msgspec.ValidationError:  # an entry of a form never seen, or an id that is no text: name the others
        return [found for raw in msgspec.json.decode(content, type=list[msgspec.Raw]) if (found := _id_of(raw))]


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Record).id
    except msgspec.ValidationError:
        return None


def _fetch(content_type: str, unit: Unit, session: Session) -> Iterator[Body | Missing]:
    root = f"{session.addresses.management}/api/v1.0/{session.tenant_id}/activity/feed"
    publisher = {"PublisherIdentifier": session.tenant_id}  # without it all tenants' callers share one budget
    yield from _subscribed(content_type, root, publisher, unit, session)
    found: dict[str, _Content] = {}
    for reply in _listing(content_type, root, publisher, unit, session):
        yield reply.body(0, part="listing")
        for content in reply.value:
            found.setdefault(content.id, content)
    for content in found.values():
        if session.has(content.id):
            continue
        created = _moment(content.created)
        try:
            blob = session.get(_FAMILY, content.uri, list[msgspec.Raw], params=publisher)
        except Refused as refusal:
            if refusal.code in _GONE or refusal.status in (404, 410):
                yield Missing(
                    (created or unit.window_from) - _OLDEST_EVENT,
                    unit.window_to if created is None else created + timedelta(seconds=1),
                    "content_gone",
                    f"content {content.id} is gone ({refusal.code or refusal.status}); only another export has its records",
                    key=content.id,
                )
                continue
            raise _gap_of(refusal, content_type) from None
        yield blob.body(len(blob.value), key=content.id, created=created)


def _listing(content_type: str, root: str, publisher: dict[str, str], unit: Unit, session: Session) -> Iterator[Reply]:
    """All pages of the listing of the day that ends with the window, as far back as the service lists."""
    begin = max(min(unit.window_from, unit.window_to - _DAY), session.now() - _KEPT + _MARGIN)
    if begin >= unit.window_to:
        raise Gap("outside_retention", "the service lists seven days; this window's turn came too late")
    params: dict[str, str] | None = {
        "contentType": content_type,
        "startTime": begin.strftime("%Y-%m-%dT%H:%M:%S"),
        "endTime": unit.window_to.strftime("%Y-%m-%dT%H:%M:%S"),
        **publisher,
    }
    url: str | None = f"{root}/subscriptions/content"
    seen: set[str] = set()
    while url is not None:
        try:
            reply = session.get(_FAMILY, url, list[_Content], params=params)
        except Refused as refusal:
            if seen and refusal.code == "AF20031":
                raise Restart(f"the listing's next page died ({refusal})") from None
            if refusal.code in ("AF20030", "AF20055"):
                raise Restart(f"the service refuses the window ({refusal}); the clocks may differ") from None
            if refusal.code in (_NOT_SUBSCRIBED, _DISABLED) and session.may_start_subscriptions:
                session.client.known.pop(_known(content_type), None)
                raise Restart(f"the subscription was switched off ({refusal})") from None
            raise _gap_of(refusal, content_type) from None
        yield reply
        url = reply.headers.get("nextpageuri")
        if url is not None and url in seen:
            raise Restart("the listing links to a page that was fetched already")
        seen.add(url or "")
        params = None if url is None or "PublisherIdentifier" in url else publisher


def _subscribed(
    content_type: str, root: str, publisher: dict[str, str], unit: Unit, session: Session
) -> Iterator[Missing]:
    """Nothing, if the content type is and was subscribed to; what may be missing if it was off; a Gap if it is off."""
    known = _known(content_type)
    if session.client.known.get(known) is not True:
        _make_sure(content_type, root, publisher, session)
        session.client.known[known] = True
    off = session.interruption()
    if off is not None:
        yield Missing(
            *off,
            "subscription_disabled",
            f"the subscription to {content_type} was off in this time, and what became available then cannot be had",
        )


def _known(content_type: str) -> str:
    return f"subscription {content_type}"


def _make_sure(content_type: str, root: str, publisher: dict[str, str], session: Session) -> None:
    try:
        listed: list[_Subscription] = session.get(
            _FAMILY, f"{root}/subscriptions/list", list[_Subscription], params=publisher
        ).value
    except Refused as refusal:
        raise _gap_of(refusal, content_type) from None
    mine = [one.status.lower() for one in listed if one.content_type.lower() == content_type.lower()]
    if "enabled" in mine:
        session.note_enabled()
        return
    if not session.may_start_subscriptions:
        raise _not_subscribed(content_type, bool(mine))
    try:
        session.post(
            _FAMILY,
            f"{root}/subscriptions/start",
            params={"contentType": content_type, **publisher},
        )
    except Refused as refusal:
        if refusal.code != "AF20024":  # already enabled
            raise _gap_of(refusal, content_type) from None
    if mine:
        session.note_interruption()
    session.note_enabled()


def _not_subscribed(content_type: str, disabled: bool) -> Gap:
    if disabled:
        return Gap(
            "subscription_disabled",
            f"the subscription to {content_type} was disabled. Nobody does that by accident: find out who did, in the directory audits. "
            "--start-subscriptions starts it again; what became available in between cannot be had.",
        )
    return Gap(
        "not_subscribed",
        f"nobody subscribes to {content_type}. --start-subscriptions starts it, which changes the tenant; content begins then, up to 12 hours later.",
    )


def _gap_of(refusal: Refused, content_type: str) -> Gap:
    if refusal.status == 401 and refusal.code != "AF10001":
        return Gap(
            "sign_in_refused",
            f"the service takes no token of this application ({refusal}). Compare cloud and addresses, then collect again.",
        )
    if refusal.code == "AF10001" or refusal.status == 403:
        return Gap(
            "permission_missing",
            f"the service refused ({refusal}). Grant the application Office 365 Management APIs, {_PERMISSIONS[0]}, and an administrator's consent.",
        )
    if refusal.code in (_NOT_SUBSCRIBED, _DISABLED):
        return _not_subscribed(content_type, refusal.code == _DISABLED)
    if refusal.code in ("AF20010", "AF20011", "AF20012", "AF20013") or "does not exist" in refusal.message:
        return Gap(
            "auditing_off",
            f"the service does not know the tenant ({refusal}). Unified auditing may be off: see Get-AdminAuditLogConfig, UnifiedAuditLogIngestionEnabled.",
        )
    return Gap("refused", f"the service refused ({refusal}; {refusal.request})")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


_WHY = {
    "Exchange": "who read, sent and moved mail, and who changed rules and permissions",
    "AzureActiveDirectory": "logons to Exchange and other services, as the unified log has them",
    "SharePoint": "files read in SharePoint and OneDrive, and part of the unified audit log's whole",
    "General": "the other services' records, among them what searches and compliance roles did",
}

FEEDS = tuple(
    Feed(
        name=f"management_{short}",
        title=f"unified audit log, {content_type}",
        api="management",
        needs=Needs(
            _PERMISSIONS,
            why=_WHY[content_type],
            licence="unified auditing on",
            clouds=frozenset(("worldwide", "gcc", "gcc-high", "dod")),
        ),
        fetch=partial(_fetch, f"Audit.{content_type}"),
        retention=_KEPT,
        plan=for_the_tenant,
        ids=_ids,
        generations=_LISTED_AT,
        part_of="unified_audit_log",
        lead=_DAY,  # a blob may bear the time of one before it
        lag=timedelta(days=6),
    )
    for content_type, short in (
        ("AzureActiveDirectory", "azure_ad"),
        ("Exchange", "exchange"),
        ("SharePoint", "sharepoint"),
        ("General", "general"),
    )
)
