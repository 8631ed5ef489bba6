"""Unified audit records with nothing around them, in any layout of JSON.

One object per record: expanded AuditData (``Select -Expand AuditData``), blobs of the Office 365 Management Activity API,
Untitled Goose Tool, DFIR-O365RC, Microsoft-Extractor-Suite with ``-AuditDataOnly`` or for SOF-ELK, Hawk's JSON, and copies made
by log systems that keep the record as it was.

Clock: ``CreationTime`` is UTC without a zone designator. It is when the record was made, usually seconds after the act.
Limits: the Activity API repeats records by design; a blob may bring old records again days later. Untitled Goose Tool's files
    end at 50,000 lines per search. A file of this kind does not say what was asked for, so what is missing does not show.
Sources:
    - https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema
    - https://github.com/cisagov/untitledgoosetool   (goosey)
    - https://github.com/ANSSI-FR/DFIR-O365RC   (DFIR-O365RC/*.psm1)
    - https://github.com/log2timeline/plaso   (test_data/jsonl/microsoft_audit_log.jsonl, a real sample)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._audit_shape import head_shape


def sniff(head: Head) -> bool:
    """True if the objects are audit records themselves, their keys in Microsoft's case."""
    return head_shape(head) == "bare"


def unwrap(frame: Frame, place: Place) -> RawRecord:
    """The bytes as they are: decoding them is the record family's work, done once."""
    return RawRecord("audit_record", frame.raw, frame.offset, frame.length)


READER = Reader("bare_ual_json", frozenset({"json", "json_lines"}), sniff, unwrap, raw_frames=True, bare="audit_record")
