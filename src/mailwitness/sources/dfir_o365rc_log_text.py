"""DFIR-O365RC's log: the windows it searched, how many records there were, and where some may be missing.

One record per line that states a window or a loss: ``Dumping N UAL records between A and B``, ``More than 50000 records between
A and B - some records might be missing``, ``Collected X out of Y``, ``Failed to dump …``.

Clock: windows are as given to the search, taken as UTC.
Limits: the search treats a date without zone as UTC, the line shows it without zone. Other lines are skipped and counted as
    one. No real sample was at hand; the sentences are those of the tool's source.
Sources:
    - https://github.com/ANSSI-FR/DFIR-O365RC   (DFIR-O365RC/Search-O365.ps1, Get-O365.ps1, DFIR-O365RC.psm1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reading, Skip
from mailwitness.sources._text_lines import text_lines

_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
_BETWEEN = re.compile(rf"between {_STAMP} and {_STAMP}")
_DUMPING = re.compile(r"Dumping (\d{1,12}) (UAL|\S+) records between")
_OUT_OF = re.compile(r"Collected (\d{1,12}) out of (\d{1,12})")
_LOST = re.compile(r"(records|events) (might|will|may) be missing|Failed to dump .* aborting|consider logs incomplete")
_LINE = re.compile(r"^\ufeff?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, (INFO|WARNING|ERROR), ", re.MULTILINE)


def sniff(head: Head) -> bool:
    """True for text whose lines begin with the tool's time and level."""
    return len(_LINE.findall(head.text)) >= 1 and head.text.lstrip("\ufeff \r\n")[:2] == "20"


def unwrap(frame: Frame, place: Place) -> Iterator[Reading]:
    others = 0
    for offset, length, text in text_lines(frame):
        payload = _stated(text)
        if payload is not None:
            yield RawRecord("collection_window", payload, offset, length)
        else:
            others += bool(text.strip())
    if others:
        yield Skip(frame.offset, frame.length, "no_window_stated", f"{others} lines that state no window")


def _stated(text: str) -> dict[str, Any] | None:
    between = _BETWEEN.search(text)
    dumping, out_of, lost = _DUMPING.search(text), _OUT_OF.search(text), _LOST.search(text)
    if dumping is None and out_of is None and lost is None:
        return None
    expected = dumping[1] if dumping is not None else out_of[2] if out_of is not None else None
    received = out_of[1] if out_of is not None else None
    complete: bool | None = None
    if lost is not None:
        complete = False
    elif out_of is not None:
        complete = int(out_of[1]) >= int(out_of[2])
    return {
        "feed": _feed(text),
        "window_from": between[1] if between is not None else None,
        "window_to": between[2] if between is not None else None,
        "expected": expected,
        "received": received,
        "complete": complete,
        "statement": text.strip("\ufeff \t")[:500],
    }


def _feed(text: str) -> str | None:
    """Which log a line is about; None where it does not say."""
    if "MailboxAudit" in text or "250000" in text:
        return "mailbox_audit_log"
    if " uri " in text:
        return "graph"
    return "unified_audit_log" if re.search(r"UAL|nified|50000|Failed to dump \S* ?records", text) else None


READER = Reader("dfir_o365rc_log_text", frozenset({"text"}), sniff, unwrap, whole=True)
