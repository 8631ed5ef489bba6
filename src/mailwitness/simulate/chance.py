"""Seeded chance by name: the same seed and name give the same draws, whoever asks, in any order and any process.

Nothing in the simulator keeps a random generator over time. Whoever needs chance names what it is for (``"arrivals", mailbox, day``)
and gets a stream of its own, so that two processes agree on what neither tells the other, and a new habit does not change an old one.
"""

from __future__ import annotations

import hashlib
import uuid
from random import Random


class Chance:
    """All chance of one simulated tenant. Parts of a name are length-prefixed, so that no two names collide by joining."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, *name: object) -> bytes:
        """16 bytes that belong to this name."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.seed, *name):
            text = str(part).encode()
            digest.update(len(text).to_bytes(4, "big") + text)
        return digest.digest()

    def stream(self, *name: object) -> Random:
        """A generator that belongs to this name, at its beginning."""
        return Random(self.bits(*name))

    def guid(self, *name: object) -> str:
        """A version 4 GUID that belongs to this name."""
        return str(uuid.UUID(bytes=self.bits("guid", *name), version=4))

    def share(self, *name: object) -> float:
        """A number in [0, 1) that belongs to this name."""
        return int.from_bytes(self.bits("share", *name)[:7], "big") / 2**56
