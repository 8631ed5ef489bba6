"""The numbers of a watch as a Prometheus text file, for the textfile collector of the node exporter.

Written beside its place and moved there, so that a scrape sees the old numbers or the new ones. It is written after failed runs too: then the time of the
last run goes on and that of the last success does not, which is what to alert on (``time() - mailwitness_watch_last_success_timestamp_seconds``).

Names of logs and channels are label values and are escaped. No mailbox, user or message is in it.

Sources:
    - https://prometheus.io/docs/instrumenting/exposition_formats/   (text format, escapes)
    - https://github.com/prometheus/node_exporter#textfile-collector
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric and its samples: labels, value. A metric without samples is left out."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def text_of(metrics: Iterable[Metric]) -> str:
    """The metrics in the text format."""
    lines: list[str] = []
    for metric in metrics:
        if not metric.samples:
            continue
        lines += [f"# HELP {metric.name} {_escaped(metric.help)}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{metric.name}{_labels(labels)} {_number(value)}" for labels, value in metric.samples]
    return "".join(f"{line}\n" for line in lines)


def write(path: Path, metrics: Iterable[Metric]) -> None:
    """Put the metrics in the file, readable for whoever scrapes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # the collector reads *.prom only
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as out:
            out.write(text_of(metrics))
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value, quotes=True)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(text: str, quotes: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
