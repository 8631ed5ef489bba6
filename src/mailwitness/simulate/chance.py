"""Seeded chance by name: the same seed and name give the same draws, whoever asks, in any order and any process.

Nothing in the simulator keeps a random generator over time. Whoever needs chance names what it is for (``"arrivals", mailbox, day``)
and gets a stream of its own, so that two processes agree on what neither tells the other, and a new habit does not change an old one.
"""

from __future__ import annotations

import hashlib
from random import Random


class Chance:
    """All chance of one simulated tenant. Parts of a name are length-prefixed, so that no two names collide by joining."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        text = str(seed).encode()
        self._seeded = hashlib.blake2b(len(text).to_bytes(4, "big") + text, digest_size=16)

    def bits(self, *name: object) -> bytes:
        """16 bytes that belong to this name."""
        digest = self._seeded.copy()
        for part in name:
            text = str(part).encode()
            digest.update(len(text).to_bytes(4, "big") + text)
        return digest.digest()

    def stream(self, *name: object) -> Random:
        """A generator that belongs to this name, at its beginning."""
        return Random(self.bits(*name))

    def guid(self, *name: object) -> str:
        """A version 4 GUID that belongs to this name."""
        text = self.bits("guid", *name).hex()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:]}"

    def share(self, *name: object) -> float:
        """A number in [0, 1) that belongs to this name."""
        return int.from_bytes(self.bits("share", *name)[:7], "big") / 2**56
