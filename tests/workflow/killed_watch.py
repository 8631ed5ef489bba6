"""A watch in a process of its own that kills itself at a named step: ``python killed_watch.py CASE FOLDER WEBHOOK STEP``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from mailwitness.watch.channels import Means, opened
from mailwitness.watch.channels.webhook import Webhook
from mailwitness.watch.memory import Memory
from mailwitness.workflow.watching import Watch, watch_once

STEPS = {
    "before taken files are noted": (Memory, "note_taken", "before"),
    "before news is noted": (Memory, "note", "before"),
    "after news is noted": (Memory, "note", "after"),
    "before sending": (Webhook, "deliver", "before"),
    "after sending": (Webhook, "deliver", "after"),
    "after sending is noted": (Memory, "sent", "after"),
}


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Make this process end at the step as if it had been killed there."""
    owner, name, when = STEPS[step]
    real = getattr(owner, name)

    def killed(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            kill()
        done = real(*arguments, **named)
        kill()
        return done

    setattr(owner, name, killed)


if __name__ == "__main__":
    case, folder, address, step = sys.argv[1:]
    arm(step)
    watch_once(Watch(Path(case), [Path(folder)], channels=opened([f"webhook:{address}"], Means())))
