"""Computers and phones of a person."""

from __future__ import annotations

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.world import Device, Person

_EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36 Edg/144.0.0.0"


def devices_of(chance: Chance, person: Person) -> tuple[Device, ...]:
    """The laptop first, then the phone, then private ones."""
    laptop = Device(
        chance.guid("laptop", person.number), f"L-{person.number:05}", "Windows11", "Edge 144.0.0", _EDGE, True
    )
    phone = Device(
        chance.guid("phone", person.number),
        f"P-{person.number:05}",
        "Ios 19.3",
        "Mobile Safari",
        "Outlook-iOS/5.2604.0",
        True,
    )
    return (laptop, phone)
