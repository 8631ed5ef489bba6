"""Listings of the Office 365 Management Activity API (JSON): which content there was to fetch, as arrays of content ids.

No record: each entry is a declared skip. A collector keeps its listings so that it shows which blobs it was told of.

Clock: ``contentCreated`` is when a blob became available, UTC, and no event's time.
Limits: a listing names what was available when it was asked for; blobs come later, some under an earlier time. An empty listing is ``[]`` and nothing else.
Sources:
    - https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, Reader, Skip

_KEYS = frozenset({"contentid", "contenturi", "contentcreated"})


def sniff(head: Head) -> bool:
    """True for content entries, or for empty arrays alone."""
    if head.records:
        return head.keys() >= _KEYS
    words = head.text.split()
    return bool(words) and all(word == "[]" for word in words)


def unwrap(frame: Frame, place: Place) -> Skip:
    return Skip(frame.offset, frame.length, "content_listed", "an entry of a listing of content, which is no record")


READER = Reader("management_listing_json", frozenset({"json"}), sniff, unwrap)
