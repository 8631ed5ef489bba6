"""Chance by name: what a name gives never changes, whoever asks, and no two names are one."""

from __future__ import annotations

import hashlib
import uuid

from mailwitness.simulate.chance import Chance


def test_a_name_gives_what_it_always_gave() -> None:
    """The bits are the hash of the seed and the parts, each with its length before it; a GUID is a version 4 GUID of them."""
    chance = Chance(11)
    parts = b"".join(len(part).to_bytes(4, "big") + part for part in (b"11", b"guid", b"mailbox", b"7"))
    expected = hashlib.blake2b(parts, digest_size=16).digest()

    assert expected == chance.bits("guid", "mailbox", 7)
    assert str(uuid.UUID(bytes=expected, version=4)) == chance.guid("mailbox", 7)


def test_every_guid_is_the_version_4_guid_of_its_bits() -> None:
    """Version and variant lie where the standard library puts them, whatever the bits."""
    chance = Chance(11)

    assert [str(uuid.UUID(bytes=chance.bits("guid", n), version=4)) for n in range(500)] == [
        chance.guid(n) for n in range(500)
    ]


def test_parts_of_a_name_do_not_run_together() -> None:
    """("ab", "c") and ("a", "bc") are two names."""
    chance = Chance(11)

    assert chance.bits("ab", "c") != chance.bits("a", "bc")


def test_a_share_lies_between_nothing_and_all() -> None:
    """From 0 up to, but never, 1."""
    shares = [Chance(11).share("x", n) for n in range(1000)]

    assert 0 <= min(shares) and max(shares) < 1
    assert 0.45 < sum(shares) / 1000 < 0.55
