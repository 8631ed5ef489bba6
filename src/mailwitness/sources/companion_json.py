"""Companion objects that no table of ours holds, as JSON: Untitled Goose Tool's and Graph's lists of users, devices, grants.

One record per object, kept whole as another record; its kind is told by its keys (see `_companion_shapes`).

Clock: the first of the object's own times that can be read; null where there is none.
Limits: shown, not judged. No real sample was at hand.
Sources:
    - https://github.com/cisagov/untitledgoosetool   (goosey)
    - https://learn.microsoft.com/graph/api/overview
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import OTHER_KINDS, record_kind
from mailwitness.sources.companion_csv import companion_record


def sniff(head: Head) -> bool:
    """True for objects with the keys of a known companion."""
    return record_kind(head) in OTHER_KINDS


def unwrap(frame: Frame, place: Place) -> RawRecord:
    return companion_record(frame.value, frame, place)


READER = Reader("companion_json", frozenset({"json", "json_lines"}), sniff, unwrap)
