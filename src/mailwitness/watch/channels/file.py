"""A file of JSON lines: one alert per line, appended, on disk before it counts as sent.

Take it for agents that follow files (Filebeat, Fluent Bit, Splunk forwarders), and where no network is at hand.

The file is made readable for its owner alone; one that exists keeps its rights. A line that a killed writer left unfinished is closed with a line
end, and the alert is written again below it. The JSON is ASCII: control characters of a log come as escapes, so a line is one alert whatever it holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailwitness.errors import UsageError
from mailwitness.watch.alert import Alert
from mailwitness.watch.channels import ChannelKind, Means, NotDelivered


@dataclass(frozen=True, slots=True)
class AlertFile:
    path: Path
    batch: int = 100

    @property
    def name(self) -> str:
        return f"file:{self.path}"

    def deliver(self, alerts: Sequence[Alert]) -> None:
        lines = b"".join(json.dumps(alert.content).encode("ascii") + b"\n" for alert in alerts)
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "rb+") as out:
                out.seek(0, os.SEEK_END)
                if out.tell() > 0:
                    out.seek(-1, os.SEEK_END)
                    if out.read(1) != b"\n":
                        lines = b"\n" + lines
                out.write(lines)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise NotDelivered(error.strerror or type(error).__name__) from error


def _opened(where: str, means: Means) -> Sequence[AlertFile]:
    path = Path(where).absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{where}: not a file in a folder that exists; name the file that alerts are appended to")
    return [AlertFile(path)]


KIND = ChannelKind("file", "file:PATH", _opened)
