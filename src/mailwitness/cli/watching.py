"""The watch command: keep a case up to date and tell people what changed."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mailwitness.cli.app import AsJson, CasePath, CollectedFor, app
from mailwitness.cli.commands import FailOn, fails
from mailwitness.cli.output import print_json, progress_bar, say
from mailwitness.cli.times import given_time
from mailwitness.errors import BusyError, EvidenceError, RemoteError, UsageError

if TYPE_CHECKING:
    from mailwitness.workflow.watching import Fetch, Run, Watch

_SHOWN = 20
"""Alerts of a run that a terminal shows; channels and ``--json`` get all."""


@app.command(short_help="Keep a case up to date and tell what changed.")
def watch(
    case: CasePath,
    once: Annotated[bool, typer.Option("--once", help="One run, for cron, systemd and Kubernetes.")] = False,
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="Run again and again, such as every 15m or 1h.")
    ] = None,
    from_folder: Annotated[
        list[Path] | None,
        typer.Option("--from-folder", metavar="DIR", help="Add what is put into this folder. May be repeated."),
    ] = None,
    collect: Annotated[
        Path | None,
        typer.Option(
            "--collect", metavar="DIR", help="Fetch from the tenant of --config into this folder, and add it."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Of --collect: as for the command collect.")
    ] = None,
    feeds: Annotated[
        list[str] | None,
        typer.Option("--feeds", metavar="NAME,…", help="Of --collect: which feeds.", show_default="all"),
    ] = None,
    time_from: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Of --collect: since when.", show_default="as for collect"),
    ] = None,
    alert: Annotated[
        list[str] | None,
        typer.Option(
            "--alert",
            metavar="KIND:WHERE",
            help="Tell a receiver: file:PATH, syslog:tls://HOST, webhook:URL, apprise:env:NAME. May be repeated.",
        ),
    ] = None,
    severity: Annotated[
        Literal["critical", "high", "medium", "low", "informational", "none"],
        typer.Option("--severity", help="Tell findings of this severity or worse; none: only those --tell names."),
    ] = "medium",
    tell: Annotated[
        list[str] | None,
        typer.Option(
            "--tell", metavar="QUESTION", help="Tell all findings of this question or pillar, whatever severity."
        ),
    ] = None,
    silent_after: Annotated[
        str, typer.Option("--silent-after", metavar="TIME", help="The shortest silence of a log that is told.")
    ] = "6h",
    with_content: Annotated[
        bool, typer.Option("--with-content", help="Put subjects, message ids and folders into alerts.")
    ] = False,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Take what the case says now for known: tell only what changes later.")
    ] = False,
    webhook_secret: Annotated[
        str | None,
        typer.Option("--webhook-secret", metavar="PLACE", help="Sign webhooks with the secret at env:NAME or fd:N."),
    ] = None,
    alert_ca: Annotated[
        Path | None,
        typer.Option("--alert-ca", metavar="FILE", exists=True, dir_okay=False, help="Trust these authorities (PEM)."),
    ] = None,
    metrics: Annotated[
        Path | None, typer.Option("--metrics", metavar="FILE", help="Write numbers for Prometheus to this file.")
    ] = None,
    collected_for: CollectedFor = None,
    fail_on: FailOn = "never",
    as_json: AsJson = False,
) -> int:
    """Fetch and add what has come, ask the case, and tell each new or changed finding and each silent log once.

    Secrets of channels are given as env:NAME or fd:N, never as arguments.
    """
    if once == (every is not None):
        raise UsageError("watch runs either once or every so often: give --once, or --every 15m")
    interval = None if every is None else length_of_time(every, "--every")
    from mailwitness.watch.changes import Asked
    from mailwitness.watch.channels import Means, opened
    from mailwitness.watch.secrets import secret_at
    from mailwitness.workflow.watching import Watch, claims_of, watch_once

    secret = None if webhook_secret is None else secret_at(webhook_secret, "--webhook-secret")
    channels = opened(alert or [], Means(alert_ca, secret))
    collections = [] if collect is None else [_collection(collect, config, feeds or [], time_from)]
    if collect is None and (config is not None or feeds or time_from is not None):
        raise UsageError("--config, --feeds and --from are of --collect DIR, which is not given")
    for folder in from_folder or []:
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such folder. Make it, or name the one that evidence is put into.")
    if metrics is not None and (metrics.is_dir() or not metrics.absolute().parent.is_dir()):
        raise UsageError(f"{metrics}: not a file in a folder that exists; name the file that Prometheus' numbers go to")
    with progress_bar(as_json) as progress:
        watching = Watch(
            case=case,
            folders=from_folder or [],
            collections=collections,
            channels=channels,
            asked=Asked(None if severity == "none" else severity, claims_of(tell or [])),
            shortest_silence=length_of_time(silent_after, "--silent-after"),
            with_content=with_content,
            baseline=baseline,
            metrics=metrics,
            options={} if collected_for is None else {"collected_for": collected_for},
            progress=progress,
        )
        if interval is not None:
            return _again_and_again(watching, interval, as_json)
        run = watch_once(watching)
    _show(case, run, as_json)
    code = run.exit_code
    verdicts = [alert.content["verdict"] for alert in run.alerts if alert.content.get("verdict")]
    return 1 if code != 5 and fails(fail_on, verdicts) else code


def _collection(folder: Path, config: Path | None, feeds: list[str], time_from: str | None) -> tuple[Path, Fetch]:
    """The folder to collect into, and what fills it. A configuration that is wrong is told before the first run."""
    from mailwitness.workflow import collecting

    collecting.need_libraries()
    from mailwitness.collect.run import Wish

    names = [name.strip() for text in feeds for name in text.split(",") if name.strip()]
    wish = Wish(window_from=given_time(time_from, "--from"))
    return folder, collecting.fetcher(folder, collecting.configuration(config), wish, collecting.chosen_feeds(names))


def _again_and_again(watching: Watch, interval: timedelta, as_json: bool) -> int:
    """Run until a signal says to stop. What may be different next time does not end it: a busy case, unreadable evidence, a full disk, a remote error."""
    from dataclasses import replace

    from mailwitness.workflow.watching import watch_once

    with _stopped_by_signal() as stop:
        while not stop.is_set():
            began = time.monotonic()
            try:
                _show(watching.case, watch_once(watching), as_json, indent=None)
                watching = replace(watching, baseline=False)
            except (BusyError, EvidenceError, RemoteError, OSError) as error:
                say(f"this run ended early: {error}")
            took = time.monotonic() - began
            if took > interval.total_seconds():
                say(f"the run took {took:.0f} s, longer than --every; the next one begins at once")
            stop.wait(max(0.0, interval.total_seconds() - took))
    say("stopped")
    return 0


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM sets, so that a run in progress ends in order; Ctrl-C interrupts at once."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


_LENGTH = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def length_of_time(text: str, option: str) -> timedelta:
    """A length of time as a person gives it: ``90s``, ``15m``, ``6h``, ``2d``."""
    found = _LENGTH.fullmatch(text.strip())
    length = timedelta() if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})
    if not length:
        raise UsageError(f"{option} {text!r} is no length of time; write 90s, 15m, 6h or 2d")
    return length


def _show(case: Path, run: Run, as_json: bool, indent: int | None = 2) -> None:
    if as_json:
        print_json({"case": str(case), **_as_dict(run)}, indent=indent)
    else:
        for alert in run.alerts[:_SHOWN]:
            say(alert.sentence)
        if len(run.alerts) > _SHOWN:
            say(f"and {len(run.alerts) - _SHOWN} more")
        news = f"{run.known} taken for known" if run.known else f"{len(run.alerts)} new or changed"
        left = f"; {run.left} still being written, left to the next run" if run.left else ""
        say(f"{case}: {len(run.evidence)} file(s) taken in{left}; {news}; silent: {', '.join(run.silent) or 'no log'}")
        for delivery in run.deliveries:
            waits = f", {delivery.waiting} waiting for the next run: {delivery.error}" if delivery.error else ""
            say(f"{delivery.channel}: {delivery.sent} sent{waits}")
    for sentence in [*run.failed, *run.problems]:
        say(sentence)


def _as_dict(run: Run) -> dict[str, Any]:
    return {
        "started_at": run.started_at,
        "evidence": run.evidence,
        "left": run.left,
        "alerts": [alert.content for alert in run.alerts],
        "known": run.known,
        "silent": run.silent,
        "channels": [
            {"channel": d.channel, "sent": d.sent, "waiting": d.waiting, "error": d.error} for d in run.deliveries
        ],
        "failed": run.failed,
        "problems": run.problems,
    }
