"""Vendor records of any family, each inside some tool's own object (JSON, JSON lines).

One object per record, the record under ``record``, ``example_log``, ``event``, ``result``, ``_raw`` or the like, beside keys of
the tool: sample events of detection rules, search results of a log system, mixed exports. The family is decided record by
record: audit record, sign-in, directory audit, Graph activity; any other object is kept whole as an other record. A file whose
objects are records of several families without a wrapper is read here too, and so are audit records whose keys a tool has put
into lower case.

Clock: as in the record found.
Limits: what the tool's own keys say (rule names, expected results) is not read.
Sources:
    - https://github.com/panther-labs/panther-analysis   (rules/azure_signin_rules, rules/microsoft_rules: test events)
    - https://github.com/splunk/security_content   (data_sources/o365_*.yml, azure_active_directory_*.yml: example_log)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject
from mailwitness.sources._any_record import held_record, other, reading_of
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._entra_shape import family_of


def sniff(head: Head) -> bool:
    """True if the objects hold records under a known key, or are audit records of several shapes or with changed names."""
    shape = head_shape(head)
    if shape is None:
        return any(family_of(record) is None and held_record(record) is not None for record in head.records)
    return shape in ("mixed", "recased")


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    """The record itself, or the one it holds; what has no family becomes an other record."""
    found = reading_of(frame, frame.value, place)
    if found is None:
        inner = held_record(frame.value)
        found = reading_of(frame, inner, place) if inner is not None else None
    return found if found is not None else other(frame, frame.value)


READER = Reader("wrapped_record_json", frozenset({"json", "json_lines"}), sniff, unwrap)
