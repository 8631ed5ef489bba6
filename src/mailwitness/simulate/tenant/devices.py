"""Computers and phones of people. Kinds, user agents and shares are declared in ``devices.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.world import Device, Person

_MARKS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # letters and digits that nobody mistakes on a sticker


def devices_of(chance: Chance, person: Person) -> tuple[Device, ...]:
    """The computer first, then the phone, then a private computer if there is one.

    A computer of this tenant is registered and managed, a phone often, a private computer never; of outsiders' devices nothing is known here.
    """
    known = declared("devices")
    draw = chance.stream("devices", person.number)
    ours = person.home_tenant is None
    found = [
        _device(draw, known["computers"], "CT-LT", chance.guid("computer", person.number) if ours else None),
        _device(
            draw,
            known["phones"],
            "CT-PH",
            chance.guid("phone", person.number) if draw.random() < known["phone_managed"] and ours else None,
        ),
    ]
    if draw.random() < known["private_share"] and ours:
        found.append(_device(draw, known["private"], "DESKTOP", None))
    return tuple(found)


def is_phone(device: Device) -> bool:
    """Whether it is a phone, which moves through mobile networks."""
    return device.os.startswith(("Ios", "Android"))


def _device(draw: Random, kinds: Sequence[dict[str, Any]], prefix: str, device_id: str | None) -> Device:
    kind = draw.choices(kinds, [row["share"] for row in kinds])[0]
    name = f"{prefix}-{''.join(draw.choices(_MARKS, k=7))}"
    return Device(device_id, name, kind["os"], kind["browser"], kind["agent"], device_id is not None)
