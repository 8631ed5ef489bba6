"""The manifest of a collection folder (JSON lines): every file with its hash and the request that it answers, each line bound to the one before.

No record: each line is a declared skip. It stays evidence beside the files that it names, so that whoever holds the hash of its last line can tell that
none was changed, added or taken away.

Clock: window ends and the service's own date, UTC.
Limits: it vouches for bytes, not for what a service withheld; that is the statement's matter.
Sources:
    - https://www.rfc-editor.org/rfc/rfc9162   (the idea: each entry commits to all before it; the form here is ours)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, Reader, Skip

_KEYS = frozenset({"collection_manifest", "previous", "path", "sha256"})


def sniff(head: Head) -> bool:
    """True for objects that call themselves lines of a collection's manifest."""
    return _KEYS <= head.keys()


def unwrap(frame: Frame, place: Place) -> Skip:
    return Skip(frame.offset, frame.length, "manifest_line", "a line of the collection's manifest, which is no record")


READER = Reader("collection_manifest_json", frozenset({"json", "json_lines"}), sniff, unwrap)
