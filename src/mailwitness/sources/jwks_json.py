"""A token issuer's saved key list (JWKS): the public keys that it published on some day.

One record per key of the list. A file is a list as published (``{"keys": […]}``), an array of such lists, or one per line; whoever saves a
list may add ``url`` (where it was fetched) and ``retrieved_at`` (when) beside ``keys``.

Clock: ``retrieved_at``, in ISO 8601; a list without it shows keys of an unknown day.
Limits: a list says which keys were published then, not which were trusted. Lists of the older endpoint do not say whose tokens a key may
    sign. No real sample is in the tests: a list there is made with keys of our own.
Sources:
    - https://www.rfc-editor.org/rfc/rfc7517
    - https://learn.microsoft.com/entra/identity-platform/access-tokens   (the lists, and the issuer of each key)
"""

from __future__ import annotations

from collections.abc import Iterator

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader, Reading, Reject


def sniff(head: Head) -> bool:
    """True if an object has ``keys``, a list of objects with a key's type and id; a list longer than the head shows it by its text."""
    for record in head.records:
        keys = record.get("keys")
        if isinstance(keys, list):
            return any(isinstance(key, dict) and {"kty", "kid"} <= key.keys() for key in keys)
    return not head.records and all(f'"{name}"' in head.text for name in ("keys", "kty", "kid"))


def unwrap(frame: Frame, place: Place) -> Iterator[Reading]:
    listed = frame.value.get("keys") if isinstance(frame.value, dict) else None
    if not isinstance(listed, list) or not listed:
        yield Reject(
            frame.offset, frame.length, "no_keys", 'No key in this list; a key list looks like {"keys": [{…}, …]}.'
        )
        return
    envelope = {name: frame.value.get(name) for name in ("url", "retrieved_at")}
    for number, key in enumerate(listed):
        if isinstance(key, dict):
            yield RawRecord("signing_key", key, frame.offset, frame.length, envelope)
        else:
            found = type(key).__name__
            yield Reject(
                frame.offset, frame.length, "not_a_key", f"keys[{number}] is {found}; a JSON Web Key is an object."
            )


READER = Reader("jwks_json", frozenset({"json", "json_lines"}), sniff, unwrap)
