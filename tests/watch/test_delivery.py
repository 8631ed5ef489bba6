"""Sending what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from mailwitness.watch.alert import Alert
from mailwitness.watch.channels import NotDelivered
from mailwitness.watch.delivery import Delivery, deliver
from mailwitness.watch.memory import Memory
from tests.watch.receiving import alert, finding


@dataclass
class Recorder:
    """A channel that keeps what it is sent, and refuses the batch of a given number."""

    name: str
    batch: int = 2
    refuses: int = -1
    got: list[list[str]] = field(default_factory=list)

    def deliver(self, alerts: Sequence[Alert]) -> None:
        if len(self.got) == self.refuses:
            raise NotDelivered("not now")
        self.got.append([alert.alert_id for alert in alerts])


def now() -> datetime:
    return datetime(2026, 3, 2, 9)


def noted(memory: Memory, *channels: str) -> list[str]:
    alerts = [alert(n) for n in range(5)]
    memory.note([(f"finding:f{n}", finding(), made) for n, made in enumerate(alerts)], channels)
    return [made.alert_id for made in alerts]


def test_a_channel_that_fails_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """What was sent before the failure counts as sent; the rest waits, and the other channel has all."""
    with Memory.held(tmp_path) as memory:
        ids = noted(memory, "a", "b")
        failing, good = Recorder("a", refuses=1), Recorder("b")

        assert [Delivery("a", 2, 3, "not now"), Delivery("b", 5, 0, None)] == deliver(memory, [failing, good], now)
        assert [ids[:2]] == failing.got
        assert [ids[:2], ids[2:4], ids[4:]] == good.got


def test_the_next_run_sends_what_waits_and_nothing_else(tmp_path: Path) -> None:
    """After the receiver is back, each alert has come once."""
    with Memory.held(tmp_path) as memory:
        ids = noted(memory, "a")
        channel = Recorder("a", refuses=1)
        deliver(memory, [channel], now)
        channel.refuses = -1

        assert [Delivery("a", 3, 0, None)] == deliver(memory, [channel], now)
        assert ids == [sent for batch in channel.got for sent in batch]
        assert [Delivery("a", 0, 0, None)] == deliver(memory, [channel], now)


def test_a_channel_named_later_gets_what_is_news_later(tmp_path: Path) -> None:
    """A new receiver is not flooded with all that was ever told."""
    with Memory.held(tmp_path) as memory:
        noted(memory, "a")
        late = Recorder("late")

        assert [Delivery("late", 0, 0, None)] == deliver(memory, [late], now)


def test_what_is_no_failure_to_deliver_is_a_defect(tmp_path: Path) -> None:
    """Any other error of a channel is raised, and the alerts still wait."""

    class Broken(Recorder):
        def deliver(self, alerts: Sequence[Alert]) -> None:
            raise ZeroDivisionError

    with Memory.held(tmp_path) as memory:
        noted(memory, "a")
        with pytest.raises(ZeroDivisionError):
            deliver(memory, [Broken("a")], now)

        assert {"a": (0, 5)} == memory.deliveries()
