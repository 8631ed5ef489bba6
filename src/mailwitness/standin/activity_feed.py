"""The Office 365 Management Activity API: subscriptions, listings of blobs by the time at which they came, blobs.

A blob holds the records of one content type that became available in one stretch of half an hour; its ``contentCreated`` is the moment of the last of
them. It can be listed from then on and lives seven days. A listing spans at most 24 hours, goes back at most seven days and one hour, and pages by the
header ``NextPageUri``. What was created before a subscription began, or while it was off, is never listed.

Faults: F3, F5 (as AF20031), F9, F10, F11, F12, F13, F20, and those of the line.
Assumptions: the status of each AF code; how many blobs there are on a page and records in a blob; that the app may start a subscription again at once.
Sources:
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
    - https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api
    - https://github.com/elastic/beats   (x-pack/filebeat/input/o365audit: seven days and an hour)
    - https://github.com/wazuh/wazuh   (src/wazuh_modules/src/wm_office365.c: AF20024)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import msgspec
from starlette.routing import Route

from mailwitness.standin.answer import Answer, json_answer
from mailwitness.standin.door import Asked, Door, Way
from mailwitness.standin.faults import Faults
from mailwitness.standin.holdings import Holdings, Record
from mailwitness.standin.moments import DAY, HOUR, MINUTE, digits, iso, iso_milliseconds, moment_of
from mailwitness.standin.terms import Terms
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.world import World

CONTENT_TYPES = ("Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All")
_BY_WORKLOAD = {
    "Exchange": "Audit.Exchange",
    "AzureActiveDirectory": "Audit.AzureActiveDirectory",
    "SharePoint": "Audit.SharePoint",
    "OneDrive": "Audit.SharePoint",
}
_ANONYMOUS = "00000000-0000-0000-0000-000000000000"
_LIFE = 7 * DAY
_LATE_MAX = 5 * DAY


@dataclass(frozen=True, slots=True)
class Blob:
    """``created``: what it says of itself. ``listed_from``: when it can first be listed (F11: later)."""

    content_type: str
    id: str
    created: int
    listed_from: int
    records: tuple[Record, ...]


@dataclass(slots=True)
class _Subscription:
    """``on``: stretches of the services' clock in which blobs are kept for it; the last one is open while it is enabled."""

    on: list[tuple[int, int | None]] = field(default_factory=list)
    is_disabled: bool = False

    def is_enabled(self) -> bool:
        return bool(self.on) and self.on[-1][1] is None

    def keeps(self, moment: int) -> bool:
        return any(since <= moment and (until is None or moment < until) for since, until in self.on)


def blobs_of(holdings: Holdings, terms: Terms, faults: Faults) -> list[Blob]:
    """All blobs, in the order of their creation."""
    bundles: dict[tuple[int, str], list[Record]] = {}
    for record in holdings.feeds["unified"].records:
        type_ = record.content_type or _content_type(record.body)
        bundles.setdefault((record.available // (terms.blob_minutes * MINUTE), type_), []).append(record)
    made: list[Blob] = []
    before: dict[str, int] = {}
    for (stretch, type_), records in sorted(bundles.items()):
        records.sort(key=lambda record: record.available)
        for begin in range(0, len(records), terms.blob_records):
            part = records[begin : begin + terms.blob_records]
            created = listed_from = part[-1].available
            name = ("blob", type_, stretch, begin)
            if faults.marks("F11", *name):
                draw = faults.chance.share("order", *name)
                if draw < 0.3 and created - before.get(type_, 0) < DAY:  # two blobs of one time, not of different days
                    created = before[type_]
                else:
                    listed_from += int(draw**3 * _LATE_MAX)
            before[type_] = created
            shuffled = list(part)
            faults.chance.stream("order in blob", *name).shuffle(shuffled)
            mark = faults.chance.bits("content id", *name).hex()[:6]
            words = type_.replace(".", "_")
            id_ = f"{digits(part[0].available)}{mark}${digits(created)}{mark}${words.lower()}${words}$emea0036"
            made.append(Blob(type_, id_, created, listed_from, tuple(shuffled)))
    made.sort(key=lambda blob: (blob.created, blob.id))
    return made


def _content_type(body: bytes) -> str:
    return _BY_WORKLOAD.get(_workload(body).Workload, "Audit.General")


class _Workload(msgspec.Struct):
    Workload: str = ""


_workload = msgspec.json.Decoder(_Workload).decode


class ActivityFeed:
    """The API of one world's tenant."""

    def __init__(self, world: World) -> None:
        self._world, self._words = world, _Words()
        self._blobs = blobs_of(world.holdings, world.terms, world.faults)
        self._by_id = {blob.id: blob for blob in self._blobs}
        long_ago: list[tuple[int, int | None]] = [(0, None)] if world.terms.subscribed else []
        self._subscriptions = {type_: _Subscription(list(long_ago)) for type_ in CONTENT_TYPES}
        self._buckets: dict[str, Bucket] = {}

    def routes(self) -> list[Route]:
        door = Door(self._world, "management", self._words)
        way = Way(("ActivityFeed.Read",), self._bucket, "F3", tells_when=False, latency_s=0.15)
        root = "/api/v1.0/{tenant}/activity/feed"
        return [
            Route(f"{root}/subscriptions/start", door.opens(way, self._start), methods=["POST"]),
            Route(f"{root}/subscriptions/stop", door.opens(way, self._stop), methods=["POST"]),
            Route(f"{root}/subscriptions/list", door.opens(way, self._list), methods=["GET"]),
            Route(f"{root}/subscriptions/content", door.opens(way, self._content), methods=["GET"]),
            Route(f"{root}/audit/{{content_id}}", door.opens(way, self._blob), methods=["GET"]),
        ]

    def withheld(self) -> list[Record]:
        """Records that nobody can have any more from here: their blob came while the subscription was off, or is gone (F10)."""
        return [
            record
            for blob in self._blobs
            if not self._subscriptions[blob.content_type].keeps(blob.created) or self._gone(blob) is not None
            for record in blob.records
        ]

    def _bucket(self, asked: Asked) -> Bucket:
        """A publisher has 2,000 requests a minute; all that say nothing of themselves share a tenth of that."""
        publisher = asked.query.get("PublisherIdentifier", _ANONYMOUS)
        if publisher not in self._buckets:
            self._buckets[publisher] = Bucket(200 if publisher == _ANONYMOUS else 2000, 60, self._world.terms)
        return self._buckets[publisher]

    def _start(self, asked: Asked) -> Answer:
        found = self._subscription(asked)
        if isinstance(found, Answer):
            return found
        if found.is_enabled():
            return self._words.error(400, "AF20024", "The subscription is already enabled. No property change.")
        found.on.append((self._world.clock.now(), None))
        found.is_disabled = False
        return json_answer(200, {"contentType": asked.query["contentType"], "status": "enabled", "webhook": None})

    def _stop(self, asked: Asked) -> Answer:
        found = self._subscription(asked)
        if isinstance(found, Answer):
            return found
        if not found.is_enabled():
            return self._words.error(400, "AF20022", "No subscription found for the specified content type.")
        found.on[-1] = (found.on[-1][0], self._world.clock.now())
        return Answer(200)

    def _list(self, asked: Asked) -> Answer:
        refused = self._wrong_tenant(asked)
        if refused is not None:
            return refused
        return json_answer(
            200,
            [
                {"contentType": type_, "status": "enabled" if one.is_enabled() else "disabled", "webhook": None}
                for type_, one in self._subscriptions.items()
                if one.on
            ],
        )

    def _content(self, asked: Asked) -> Answer:
        found = self._subscription(asked)
        if isinstance(found, Answer):
            return found
        type_, now = asked.query["contentType"], self._world.clock.now()
        if found.is_enabled() and self._world.faults.strikes("F20", *asked.key):
            found.on[-1] = (found.on[-1][0], now)
            found.is_disabled = True
        if not found.is_enabled():
            if found.is_disabled:
                return self._words.error(400, "AF20023", "The subscription was disabled by a tenant admin.", "F20")
            return self._words.error(400, "AF20022", "No subscription found for the specified content type.")
        if "nextPage" in asked.query:
            link, fault = self._world.followed(asked.query["nextPage"], asked.key)
            if link is None:
                return self._words.error(400, "AF20031", f"Invalid nextPage Input: {asked.query['nextPage']}.", fault)
        else:
            window = self._window(asked, now)
            if isinstance(window, Answer):
                return window
            since, until = window
            blobs = [
                blob
                for blob in self._blobs
                if blob.content_type == type_
                and since <= blob.created < until
                and blob.listed_from <= now < blob.created + _LIFE
                and found.keeps(blob.created)
            ]
            is_partial = until - since > DAY
            if is_partial:
                blobs = blobs[: len(blobs) // 2]
            window_told = {"startTime": iso(since)[:-1], "endTime": iso(until)[:-1]}
            link = self._world.links.begin(asked.key, blobs, fault="F13" if is_partial else None, window=window_told)
        end = link.begin + self._world.terms.listing_page
        headers: dict[str, str] = {}
        if end < len(link.query.rows):
            kept = {**link.query.facts["window"], **asked.query}
            kept["nextPage"] = self._world.links.token(link, end)
            headers["NextPageUri"] = (
                f"{self._root()}/subscriptions/content?{urlencode(kept, quote_via=quote, safe=':')}"
            )
        rows = [self._listed(blob) for blob in link.query.rows[link.begin : end]]
        return json_answer(200, rows, headers, fault=link.query.facts["fault"])

    def _listed(self, blob: Blob) -> dict[str, str]:
        return {
            "contentType": blob.content_type,
            "contentId": blob.id,
            "contentUri": f"{self._root()}/audit/{blob.id}",
            "contentCreated": iso_milliseconds(blob.created),
            "contentExpiration": iso_milliseconds(blob.created + _LIFE),
        }

    def _window(self, asked: Asked, now: int) -> tuple[int, int] | Answer:
        """From and to, in milliseconds, half-open."""
        begin, end = asked.query.get("startTime"), asked.query.get("endTime")
        if begin is None and end is None:
            return now - DAY, now
        if begin is None or end is None:
            missing = "startTime" if begin is None else "endTime"
            return self._words.error(400, "AF20001", f"Missing parameter: {missing}.")
        since, until = moment_of(begin), moment_of(end)
        if since is None or until is None:
            return self._words.error(
                400, "AF20002", "Invalid parameter type: startTime, endTime. Expected type: datetime."
            )
        too_long = until - since > DAY and not self._world.faults.marks("F13", *asked.key)
        if since >= until or too_long or since < now - _LIFE - HOUR:
            return self._words.error(
                400,
                "AF20030",
                "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the "
                f"start time no more than 7 days in the past. Start:{begin}, End:{end}",
            )
        return since, until

    def _blob(self, asked: Asked) -> Answer:
        refused = self._wrong_tenant(asked)
        if refused is not None:
            return refused
        id_, now = asked.path["content_id"], self._world.clock.now()
        blob = self._by_id.get(id_)
        if blob is None:
            if id_.count("$") != 4:
                return self._words.error(400, "AF20052", f"Content ID {id_} in the URL is invalid.")
            return self._words.error(404, "AF20050", f"The specified content ({id_}) does not exist.")
        gone = self._gone(blob)
        if now >= blob.created + _LIFE or gone == "AF20051":
            return self._words.error(
                400,
                "AF20051",
                f"Content requested with the key {id_} has already expired. Content older than 7 days cannot be retrieved.",
                gone and "F10",
            )
        if gone is not None:
            return self._words.error(404, "AF20050", f"The specified content ({id_}) does not exist.", "F10")
        blanks = self._blanks(blob)
        body = b",".join([record.body for record in blob.records])
        return Answer(200, b"".join((b"[", blanks, body, b"]")), fault="F9" if blanks else None)

    def _blanks(self, blob: Blob) -> bytes:
        """What makes a huge blob of a small one (F9): blanks before the first record, which JSON allows."""
        if not self._world.faults.marks("F9", blob.id):
            return b""
        small, large = self._world.terms.huge_blob_bytes
        return b" " * (large if self._world.faults.chance.share("huge", blob.id) < 0.1 else small)

    def _gone(self, blob: Blob) -> str | None:
        """The code that a blob lost by F10 answers."""
        if not self._world.faults.marks("F10", blob.id):
            return None
        return "AF20051" if self._world.faults.chance.share("gone", blob.id) < 0.5 else "AF20050"

    def _subscription(self, asked: Asked) -> _Subscription | Answer:
        refused = self._wrong_tenant(asked)
        if refused is not None:
            return refused
        named = asked.query.get("contentType")
        if named is None:
            return self._words.error(400, "AF20001", "Missing parameter: contentType.")
        for type_, one in self._subscriptions.items():
            if type_.lower() == named.lower():
                return one
        return self._words.error(400, "AF20020", f"The specified content type is not valid: {named}.")

    def _wrong_tenant(self, asked: Asked) -> Answer | None:
        named = asked.path["tenant"].lower()
        if not self._world.terms.auditing:
            return self._words.error(
                500,
                "AF50000",
                f"Microsoft.Office.Compliance.Audit.DataServiceException: Tenant {named} does not exist.",
            )
        if named == self._world.holdings.tenant_id:
            return None
        if len(named) != 36 or named.count("-") != 4:
            return self._words.error(400, "AF20013", f"The tenant ID passed in the URL ({named}) is not a valid GUID.")
        return self._words.error(
            400,
            "AF20010",
            f"The tenant ID passed in the URL ({named}) does not match the tenant ID passed in the access token.",
        )

    def _root(self) -> str:
        return f"{self._world.addresses.management}/api/v1.0/{self._world.holdings.tenant_id}/activity/feed"


class _Words:
    """How the API words its refusals: ``{"error": {"code": "AF…", "message": …}}``, whatever the status."""

    def error(self, status: int, code: str, message: str, fault: str | None = None) -> Answer:
        return json_answer(
            status, {"error": {"code": code, "message": message}}, note=f"{code}: {message}", fault=fault
        )

    def unauthorised(self, why: str) -> Answer:
        return json_answer(401, {"Message": "Authorization has been denied for this request."}, note=why)

    def forbidden(self, missing: str) -> Answer:
        return self.error(
            403,
            "AF10001",
            f"The permission set () sent in the request did not include the expected permission {missing}.",
        )

    def throttled(self, headers: Mapping[str, str]) -> Answer:
        return self.error(403, "AF429", f"Too many requests. Method=GET, PublisherId={_ANONYMOUS}")

    def failed(self, status: int) -> Answer:
        return self.error(status, "AF50000", "An internal error occurred. Retry the request.")
