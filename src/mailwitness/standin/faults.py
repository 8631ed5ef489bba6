"""The misbehaviour of the real services, each a switch with a probability: what it looks like, what a right client does, who saw it.

All chance is drawn by name from the seed: the same request asked for the same time meets the same fate, whatever else is asked in
between and in whatever order. A fault that strikes a request strikes the same one at most ``repeats`` times in a row, so that whoever
asks again gets through even at probability 1; ``repeats=None`` lifts that.

Sources: each fault names its own. Assumption: the probabilities, which are chosen to be met often in a small run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mailwitness.errors import UsageError
from mailwitness.simulate.chance import Chance


@dataclass(frozen=True, slots=True)
class Fault:
    """``probability``: where none is given. ``seen``: where the public can read of it."""

    id: str
    title: str
    behaviour: str
    right: str
    probability: float
    seen: str


_GRAPH_LIMITS = "https://learn.microsoft.com/graph/throttling-limits"
_ACTIVITY_API = (
    "https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference"
)
_ACTIVITY_HELP = "https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api"
_BEATS = "https://github.com/elastic/beats (x-pack/filebeat/input/o365audit)"
_SUAL = "https://learn.microsoft.com/powershell/module/exchange/search-unifiedauditlog"

_ALL = (
    Fault(
        "F1", "throttled, with Retry-After", "429 of Graph, Retry-After in seconds or as an HTTP date",
        "wait as told, ask the same again", 0.2, _GRAPH_LIMITS,
    ),
    Fault(
        "F2", "throttled, without Retry-After", "429 of identityProtection, conditionalAccess and Exchange that has no Retry-After",
        "back off by itself, longer each time, with jitter", 0.2, _GRAPH_LIMITS,
    ),
    Fault(
        "F3", "throttled, disguised", "403 of the Management API whose body says AF429",
        "read the code in the body, not the status", 0.1, _ACTIVITY_HELP,
    ),
    Fault(
        "F4", "token dies", "401 for a token that should still live; the same token is refused from then on",
        "get a new token, ask the same again", 0.05,
        "https://github.com/cisagov/untitledgoosetool (stops with a partial file on 401)",
    ),
    Fault(
        "F5", "next page's link dies", "400 skip token is null, Directory_ExpiredPageToken, AF20031; the link stays dead",
        "begin the window again at its first page", 0.1,
        "https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1388",
    ),
    Fault(
        "F6", "gateway", "500, 502, 503 or 504 with an error object, HTML or nothing",
        "ask again, then ask for less", 0.1, "https://github.com/invictus-ir/Microsoft-Extractor-Suite/issues/144",
    ),
    Fault(
        "F7", "body cut off", "200 whose body ends inside a record: its length header says the cut length, or the connection breaks",
        "see that it is no JSON, ask again", 0.05, _BEATS,
    ),
    Fault(
        "F8", "slow body", "more than five seconds to the first byte, or 20 kB at 1 kB/s and then the rest",
        "wait for it, within a deadline", 0.05, "https://github.com/ddbnl/office365-audit-log-collector/issues/72",
    ),
    Fault(
        "F9", "huge blob", "a blob of more than 1 MiB, some of more than 64 MiB (blanks between its records)",
        "write it to disk as it comes", 0.1, "https://github.com/wazuh/wazuh (wm_office365.c: curl_max_size)",
    ),
    Fault(
        "F10", "blob gone", "a listed blob answers AF20051 (expired) or AF20050 (unknown), for good",
        "state a gap that names the blob", 0.05, _ACTIVITY_API,
    ),
    Fault(
        "F11", "blob out of order", "a blob is first listed long after its contentCreated, or has that of another blob",
        "list past windows again, remember content ids", 0.2,
        "https://github.com/Azure/api-management-developer-portal/issues/1063",
    ),
    Fault(
        "F12", "record delivered twice", "an audit record's id again, up to an hour later: same body, another body, or in another content type",
        "keep one row, and both bodies where they differ", 0.05, _ACTIVITY_HELP,
    ),
    Fault(
        "F13", "long listing answered in part", "a listing of more than 24 hours is 200 and lacks blobs, instead of AF20030",
        "ask for at most 24 hours", 1.0, _ACTIVITY_API,
    ),
    Fault(
        "F14", "query cut by its limit", "an audit query of more than an hour succeeds, has half its records and says isRecordCountLimitExceeded",
        "ask for halves", 0.3, "https://learn.microsoft.com/graph/api/resources/security-auditlogquery",
    ),
    Fault(
        "F15", "pages of a query differ", "a page lacks rows: its @odata.count says so, or only a second pass shows it",
        "page until two passes agree", 0.1, "https://github.com/ANSSI-FR/DFIR-O365RC (DFIR-O365RC.psm1)",
    ),
    Fault(
        "F16", "query does not end well", "an audit query runs for hours, fails, or is cancelled",
        "set a deadline, submit it again", 0.2, "https://github.com/invictus-ir/Microsoft-Extractor-Suite (Get-UALGraph.ps1 waits for ever)",
    ),
    Fault(
        "F17", "search answers nonsense", "Search-UnifiedAuditLog gives nothing, ResultCount 0, ResultIndex -1, or leaves out indices",
        "believe a zero only twice, check the indices", 0.2,
        "https://github.com/ANSSI-FR/DFIR-O365RC, https://github.com/invictus-ir/Microsoft-Extractor-Suite/issues/138",
    ),
    Fault(
        "F18", "licence denied that is there", "403 Authentication_RequestFromNonPremiumTenantOrB2CTenant of a tenant with Entra ID P1 or P2",
        "ask again, look at the licences, then believe it", 0.9,
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/14120",
    ),
    Fault(
        "F19", "events arrive late", "lateness of every record lognormal, median 60 min, 1 in 100 more than 24 h, some 5 days",
        "ask for past windows again", 1.0, "https://github.com/splunk/splunk-add-on-microsoft-azure/issues/90",
    ),
    Fault(
        "F20", "subscription switched off", "AF20023 until it is started again; what came in between is lost for good",
        "state a gap, tell people, start it again if allowed", 0.05, _ACTIVITY_API,
    ),
    Fault(
        "F21", "clocks disagree", "the Date of an answer is up to 90 seconds off",
        "work by the server's clock, with a margin", 1.0, "https://www.rfc-editor.org/rfc/rfc9110#field.date",
    ),
    Fault(
        "F22", "long query throttled for good", "after many rows every further page of the query is 429, until the query is begun anew",
        "ask for short windows", 1.0, "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/5974",
    ),
    Fault(
        "F23", "records with a changed shape", "unknown fields, null in place of an object, no id",
        "keep the bytes, read leniently", 0.05, "https://github.com/wazuh/wazuh/issues/16485",
    ),
    Fault(
        "F24", "the line or the client dies", "the connection is reset at any byte of an answer; a test may have its client killed there",
        "go on from the ledger: nothing lost, nothing twice", 0.02, "https://github.com/counteractive/o365beat/issues/47",
    ),
)  # fmt: skip
FAULTS: Mapping[str, Fault] = MappingProxyType({fault.id: fault for fault in _ALL})
"""Id → fault, F1 to F24."""


def parse_faults(given: Iterable[str]) -> dict[str, float]:
    """The switches of texts such as ``F5``, ``F5=0.05`` and ``all``. A later one replaces an earlier one."""
    switched: dict[str, float] = {}
    for text in given:
        name, equals, share = text.strip().partition("=")
        name = name.strip()
        chosen = _ALL if name.lower() == "all" else (_known(name),)
        for fault in chosen:
            switched[fault.id] = _share(text, share) if equals else fault.probability
    return switched


def _known(name: str) -> Fault:
    fault = FAULTS.get(name.upper())
    if fault is None:
        raise UsageError(f"fault {name!r} is not known; there are F1 to F24, and 'all'.")
    return fault


def _share(text: str, share: str) -> float:
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"fault {text!r}: {share!r} is no probability. Write it as F5=0.05, from 0 to 1.")
    return value


class Faults:
    """Decides what strikes. Safe to ask from several threads."""

    def __init__(self, switched: Mapping[str, float], seed: int, repeats: int | None = 2) -> None:
        for name in switched:
            _known(name)
        self.switched = MappingProxyType(dict(switched))
        self.chance = Chance(seed)
        self._repeats = repeats
        self._asked: dict[tuple[object, ...], int] = {}
        self._in_a_row: dict[tuple[object, ...], int] = {}
        self._lock = threading.Lock()

    def strikes(self, fault: str, *name: object) -> bool:
        """Whether it strikes what bears that name, this time. Asked again it may not."""
        rate = self.switched.get(fault, 0.0)
        if rate == 0.0:
            return False
        key = (fault, *name)
        with self._lock:
            nth = self._asked.get(key, 0)
            self._asked[key] = nth + 1
            row = self._in_a_row.get(key, 0)
            struck = (self._repeats is None or row < self._repeats) and self.chance.share(*key, nth) < rate
            self._in_a_row[key] = row + 1 if struck else 0
        return struck

    def marks(self, fault: str, *name: object) -> bool:
        """Whether what bears that name has the fault, always: the same answer each time."""
        rate = self.switched.get(fault, 0.0)
        return rate > 0 and self.chance.share(fault, *name) < rate

    def draw(self, fault: str, *name: object) -> float:
        """A number in [0, 1) for the fault's particulars; another one each time."""
        key = ("draw", fault, *name)
        with self._lock:
            nth = self._asked.get(key, 0)
            self._asked[key] = nth + 1
        return self.chance.share(*key, nth)
