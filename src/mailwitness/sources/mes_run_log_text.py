"""Microsoft-Extractor-Suite's run log: what it asked the unified audit log for, how much there was, what it did not get.

One record per statement about a window of time. ``Found N audit logs between A and B`` gives a window; the line
``Successfully retrieved n records out of total N`` that follows says whether it got all of it.

A run that was narrowed (to record types, operations, object ids) has a feed of its own, for what it got whole is not the
whole log. So has a run of which nobody says that it was for all users: the tool takes ``-UserIds`` and does not log it. Who adds the
log can state it (option ``collected_for``), and answers for it.

Clock: windows are UTC (with ``Z``); one without a zone is taken as UTC. The stamp at a line's beginning is the machine's
    local time and is not used.
Limits: a window found but not said to be retrieved is left open. An empty answer is no proof that there was nothing. Other lines are skipped and counted as one. No real sample was at
    hand; the sentences are those of the tool's source.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-UAL.ps1, issues on missing windows)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reading, Skip
from mailwitness.sources._text_lines import text_lines

_STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)"
_BETWEEN = re.compile(rf"between {_STAMP} and {_STAMP}")
_SPACED = r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)"
_ARROW = re.compile(rf"[Ww]indow {_SPACED} -> {_SPACED}")
_RUN = re.compile(r"Running Get-UAL(\w*)|Starting Unified Audit Log Collection")
_NARROWED = re.compile(r"(RecordType|Operation)\(s\) are configured|Filtering by ObjectIds|Processing RecordType:")
_FOUND = re.compile(r"Found (\d{1,12}) audit logs between")
_RETRIEVED = re.compile(r"Successfully retrieved (\d{1,12}) records out of total (\d{1,12})")
_NOTHING = re.compile(r"No audit logs between|Empty data set returned between")
_LOST = re.compile(r"NOT CAPTURED|\[ERROR\].*Skipping|incomplete data")
_OURS = re.compile(
    r"audit logs between|Successfully retrieved \d+ records out of total|EVENTS IN THIS RANGE ARE NOT CAPTURED"
)


NARROWED = "unified_audit_log_part"


@dataclass(slots=True)
class _Window:
    """A window that the log has opened: its place, its ends, and what was said of it."""

    offset: int
    length: int
    begin: str | None
    end: str | None
    expected: int | None
    statement: str
    received: int | None = None
    complete: bool | None = None

    def record(self, feed: str) -> RawRecord:
        payload = {
            "feed": feed,
            "window_from": self.begin,
            "window_to": self.end,
            "expected": self.expected,
            "received": self.received,
            "complete": self.complete,
            "statement": self.statement
            if feed != "unified_audit_log"
            else f"{self.statement} / stated on adding: for all users",
        }
        return RawRecord("collection_window", payload, self.offset, self.length)


def sniff(head: Head) -> bool:
    """True for text with the tool's sentences about windows."""
    return _OURS.search(head.text) is not None and head.text.lstrip()[:1] not in ("{", "[", "<")


def unwrap(frame: Frame, place: Place) -> Iterator[Reading]:
    window: _Window | None = None
    others = 0
    whole = (
        "unified_audit_log" if place.options.get("collected_for") == "all-users" else "unified_audit_log_users_unstated"
    )
    feed = whole
    for offset, length, text in text_lines(frame):
        run = _RUN.search(text)
        if run is not None:
            if window is not None:
                yield window.record(feed)
                window = None
            feed = whole if run[1] in (None, "", "All") else NARROWED
        if _NARROWED.search(text) is not None:
            feed = NARROWED
        retrieved = _RETRIEVED.search(text)
        if retrieved is not None and window is not None:
            window.received = int(retrieved[1])
            window.complete = int(retrieved[1]) >= int(retrieved[2]) and window.expected in (None, int(retrieved[2]))
            window.length = offset + length - window.offset
            window.statement += f" / {text.strip()}"
            yield window.record(feed)
            window = None
            continue
        opened = _opened(offset, length, text)
        if opened is None:
            others += bool(text.strip())
            continue
        if opened.complete is False and opened.begin is None and window is not None:
            opened.begin, opened.end, opened.expected = window.begin, window.end, window.expected
            window = None
        if window is not None:
            yield window.record(feed)
        window = opened
        if window.complete is not None or window.expected == 0:
            yield window.record(feed)
            window = None
    if window is not None:
        yield window.record(feed)
    if others:
        yield Skip(frame.offset, frame.length, "no_window_stated", f"{others} lines that state no window")


def _opened(offset: int, length: int, text: str) -> _Window | None:
    """The window that a line states; None for a line that states none."""
    between = _BETWEEN.search(text) or _ARROW.search(text)
    begin, end = (between[1], between[2]) if between is not None else (None, None)
    statement = text.strip()[:500]
    if _LOST.search(text) is not None:
        return _Window(offset, length, begin, end, None, statement, complete=False)
    found = _FOUND.search(text)
    if found is not None and between is not None:
        return _Window(offset, length, begin, end, int(found[1]), statement)
    if between is not None and _NOTHING.search(text) is not None:
        lost = False if text.find("Empty data set") >= 0 else None
        return _Window(offset, length, begin, end, 0 if lost is None else None, statement, 0, lost)
    return None


READER = Reader("mes_run_log_text", frozenset({"text"}), sniff, unwrap, whole=True)
