"""An empty page of a service's answer (JSON): it was asked, and there was nothing.

No record. The file stays evidence of the question: a collector that asks for windows keeps the empty answers too.

Clock: none.
Limits: an empty answer is no proof that there was nothing; what the collector says of the window is in its statement.
Sources:
    - https://learn.microsoft.com/graph/paging   (``@odata.context``, ``value``)
    - https://github.com/KelvinTegelaar/CIPP-API   (New-ExoRequest.ps1: answers of Exchange's admin endpoint)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, Reader, Reject


def sniff(head: Head) -> bool:
    """True if the file is pages with an OData context and no record in the part that is looked at, to its end."""
    return not head.records and head.envelope.get("value") == "[]" and "@odata.context" in head.envelope


def unwrap(frame: Frame, place: Place) -> Reject:
    return Reject(frame.offset, frame.length, "unexpected_record", "a record in a file whose beginning is empty pages")


READER = Reader("empty_page_json", frozenset({"json"}), sniff, unwrap)
