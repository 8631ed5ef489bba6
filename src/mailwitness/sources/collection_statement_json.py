"""A statement of what was collected (JSON): who collects a log writes down what was asked for and what came.

One record per feed and window of time. Own collectors write it, and anyone who collected by hand may: it is the only way to say that
an export is whole, and who adds it answers for it. The keys::

    {"collection_statement": 1, "feed": "signins_non_interactive", "window_from": "2026-03-01T00:00:00Z", "window_to": "2026-03-02T00:00:00Z",
     "users": "all", "expected": 120, "received": 120, "complete": true, "collector": "…", "statement": "…"}

``feed``: unified_audit_log, signins_interactive, signins_non_interactive, signins_service_principal, signins_managed_identity,
directory_audits, graph_activity, message_trace. ``users``: ``all``, or ``some`` where the search named users, operations or record types:
then it is the feed's part only. ``expected`` and ``received`` count distinct records. ``complete``: true, false, or absent where nobody knows.

Clock: window ends are UTC.
Limits: a statement says what its writer saw; records that the service never had are not its matter. A feed of another name is kept
    and proves nothing.
Sources:
    - https://github.com/cisagov/untitledgoosetool   (a collector that keeps its windows; the form here is ours)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reject

_KEYS = frozenset({"collection_statement", "feed", "window_from", "window_to"})


def sniff(head: Head) -> bool:
    """True for objects that call themselves a collection statement."""
    return _KEYS <= head.keys()


def unwrap(frame: Frame, place: Place) -> RawRecord | Reject:
    value = frame.value
    if value.get("collection_statement") != 1:
        found = value.get("collection_statement")
        return Reject(
            frame.offset,
            frame.length,
            "statement_version",
            f"collection_statement is {found!r}; 1 is what is known here",
        )
    feed, users = value.get("feed"), value.get("users")
    if not isinstance(feed, str) or users not in ("all", "some"):
        return Reject(
            frame.offset,
            frame.length,
            "statement_incomplete",
            f"feed is {feed!r} and users {users!r}; a feed's name and 'all' or 'some' are needed",
        )
    payload = {
        "feed": feed if users == "all" else f"{feed}_part",
        **{name: value.get(name) for name in ("window_from", "window_to", "expected", "received", "complete")},
        "statement": " / ".join(str(value[name]) for name in ("collector", "statement") if value.get(name)) or None,
    }
    return RawRecord("collection_window", payload, frame.offset, frame.length)


READER = Reader("collection_statement_json", frozenset({"json", "json_lines"}), sniff, unwrap)
