"""Sending what waits: batch by batch to each channel, each noted before the next is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mailwitness.watch.channels import Channel, NotDelivered
from mailwitness.watch.memory import Memory


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one channel was sent in this run, what still waits for it, and why; ``error`` None when nothing went wrong."""

    channel: str
    sent: int
    waiting: int
    error: str | None


def deliver(memory: Memory, channels: Iterable[Channel], clock: Callable[[], datetime]) -> list[Delivery]:
    """Send every channel what waits for it, oldest first. A channel that fails is left until the next run; the others are not held up."""
    done = []
    for channel in channels:
        sent, error = 0, None
        while error is None and (batch := memory.waiting(channel.name, channel.batch)):
            try:
                channel.deliver(batch)
            except NotDelivered as failure:
                error = str(failure)
                memory.failed(channel.name, batch, error)
            else:
                memory.sent(channel.name, batch, clock())
                sent += len(batch)
        waiting = memory.deliveries().get(channel.name, (0, 0))[1]
        done.append(Delivery(channel.name, sent, waiting, error))
    return done
