"""What the readers of Entra logs share: the test by which exactly one of them claims a file, and the way to unwrap a frame."""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reject
from mailwitness.sources._entra_shape import Form, family_of, is_wrapper, shape_of, stream_of_name, to_raw


def all_are(head: Head, family: str, form: Form) -> bool:
    """True if the sampled records are of that family and written in that form: a stray other one among them does not matter."""
    if not head.records:
        return bool(head.header) and shape_of(head.header).form == form and shape_of(head.header).family == family
    fitting = [r for r in head.records if shape_of(tuple(r)).form == form and family_of(r) == family]
    return len(fitting) * 2 > len(head.records)


def all_are_wrapped(head: Head) -> bool:
    """True if most of the sampled records are wrapped by the diagnostic settings."""
    return sum(map(is_wrapper, head.records)) * 2 > len(head.records)


def unwrap_object(frame: Frame, place: Place) -> RawRecord | Reject:
    """One object or table row; what is no object is a reject."""
    if not isinstance(frame.value, dict):
        found = type(frame.value).__name__
        return Reject(frame.offset, frame.length, "not_an_object", f"A JSON object was expected here, found {found}.")
    return to_raw(frame.value, frame.offset, frame.length, stream_of_name(place.name), place.options)
