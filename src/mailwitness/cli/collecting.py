"""The collect command: fetch from a live tenant, check what may be had, show how it is set up, show what is there."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mailwitness.cli.app import AsJson, app
from mailwitness.cli.output import print_json, say, screen
from mailwitness.cli.times import given_time
from mailwitness.errors import UsageError
from mailwitness.report.text import visible

if TYPE_CHECKING:
    from mailwitness.collect.feed import Feed
    from mailwitness.collect.preflight import Checked
    from mailwitness.collect.run import Progress, Summary
    from mailwitness.collect.status import FeedStatus, Status

_STRIP = 60


@app.command(short_help="Fetch logs and settings from a live tenant.")
def collect(
    where: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DIR | setup | status DIR", help="The folder that evidence goes to.", show_default=False
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML: tenant_id, client_id, cloud, credential.")
    ] = None,
    feeds: Annotated[
        list[str] | None,
        typer.Option(
            "--feeds", metavar="NAME,…", help="Which feeds; the beginning of a name is enough.", show_default="all"
        ),
    ] = None,
    mailbox: Annotated[
        list[str] | None,
        typer.Option("--mailbox", metavar="M", help="Only this mailbox, where a feed can select one. Repeat for more."),
    ] = None,
    time_from: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Since when.", show_default="as far back as each service reaches"),
    ] = None,
    time_to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Until when.", show_default="now")] = None,
    case: Annotated[
        Path | None, typer.Option("--case", metavar="CASE", help="Add what came to this case as well.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what the application may have, and collect nothing.")
    ] = False,
    start_subscriptions: Annotated[
        bool,
        typer.Option(
            "--start-subscriptions",
            help="Start the Management API's subscriptions where they are off. This changes the tenant.",
        ),
    ] = False,
    secret_fd: Annotated[
        int | None, typer.Option("--secret-fd", metavar="N", help="Read the client secret from this file descriptor.")
    ] = None,
    cloud: Annotated[
        Literal["worldwide", "gcc", "gcc-high", "dod", "china"] | None,
        typer.Option("--cloud", help="The cloud, over what the configuration says.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Fetch a tenant's logs and settings into DIR, as evidence for a case. Run it again to go on, or to bring it up to date.

    collect setup prints how to make the app registration. collect status DIR shows what DIR has. A folder of such a name is ./setup or ./status.
    Secrets come from MAILWITNESS_CLIENT_SECRET, MAILWITNESS_CERTIFICATE (PEM file), --secret-fd or the keyring. Exit code 4: something is missing.
    """
    words = where or []
    names = [name.strip() for text in feeds or () for name in text.split(",") if name.strip()]
    if words[:1] == ["setup"] and len(words) == 1:
        return _setup(names, cloud, as_json)
    if words[:1] == ["status"] and len(words) == 2:
        return _status(Path(words[1]), as_json)
    if len(words) > 1 or words == ["status"] or (not words and not check):
        raise UsageError(
            "one folder is needed. Write: mailwitness collect DIR, collect --check, collect setup, or collect status DIR"
        )
    from mailwitness.workflow import collecting

    wanted = collecting.chosen_feeds(names)
    given = collecting.configuration(config, cloud=cloud)
    if check:
        return _check(collecting.check(given, wanted, secret_fd=secret_fd, show=say), as_json)
    from mailwitness.collect.run import Wish

    begin, end = given_time(time_from, "--from"), given_time(time_to, "--to")
    if begin is not None and end is not None and begin >= end:
        raise UsageError(f"--from {time_from} is not before --to {time_to}")
    wish = Wish(begin, end, tuple(_mailboxes(mailbox)), start_subscriptions)
    folder = Path(words[0])
    with _progress(as_json) as progress:
        summary = collecting.collect(
            folder, given, wish, feeds=wanted, secret_fd=secret_fd, show=say, progress=progress
        )
    added = None
    if case is not None and not summary.interrupted:
        from mailwitness.workflow.case import Case

        added = Case.create(case).add([folder])
    problems = collecting.missing_sentences(summary)
    if as_json:
        print_json(
            {"folder": str(folder), **_plain(summary), "missing": problems, "case": None if case is None else str(case)}
        )
    else:
        _print_summary(folder, summary, case)
    for problem in problems:
        say(problem)
    for problem in added.problems if added is not None else ():
        say(problem)
    if summary.interrupted:
        say(f"interrupted; {folder} keeps what came. Run the command again to go on.")
        raise KeyboardInterrupt
    return 0 if summary.complete and (added is None or added.complete) else 4


def _mailboxes(given: list[str] | None) -> list[str]:
    """Addresses of mailboxes, each once, in lower case as Graph compares them."""
    found = list(
        dict.fromkeys(name.strip().lower() for text in given or () for name in text.split(",") if name.strip())
    )
    for name in found:
        if "@" not in name:
            raise UsageError(f"--mailbox {name!r} is no address such as b@example.org")
    return found


def _plain(summary: Summary) -> dict[str, Any]:
    return {
        "records": summary.records,
        "late_records": summary.late,
        "bytes": summary.bytes,
        "windows": summary.verified,
        "requests": summary.requests,
        "throttled": summary.throttled,
        "seconds": round(summary.seconds, 3),
        "interrupted": summary.interrupted,
        "outstanding": summary.outstanding,
        "next_listing_at": summary.next_listing_at,
        "gaps": [
            {
                "feed": gap.feed,
                "scope": gap.scope or None,
                "window_from": gap.window_from,
                "window_to": gap.window_to,
                "reason": gap.reason,
                "detail": gap.detail,
            }
            for gap in summary.gaps
        ],
    }


def _print_summary(folder: Path, summary: Summary, case: Path | None) -> None:
    late = f", {summary.late} of them found only by a later listing" if summary.late else ""
    screen().print(
        f"{summary.records} records{late} in {summary.verified} windows, {summary.bytes / 1e6:.1f} MB, {summary.requests} requests "
        f"({summary.throttled} told to wait), {summary.seconds:.0f} s",
        soft_wrap=True,
    )
    if summary.next_listing_at is not None:
        say(
            f"records arrive late: run it again from {summary.next_listing_at:%Y-%m-%dT%H:%MZ} on, to list these windows once more"
        )
    say("next:")
    say(f"  mailwitness collect status {shlex.quote(str(folder))}")
    if case is None:
        say(f"  mailwitness investigate {shlex.quote(str(folder))}")
    else:
        say(f"  mailwitness ask {shlex.quote(str(case))}")


def _setup(names: list[str], cloud: Any, as_json: bool) -> int:
    from mailwitness.workflow import collecting

    wanted: Mapping[str, Feed] = collecting.chosen_feeds(names)
    from mailwitness.collect.setup_guide import permissions, steps

    way = steps(wanted.values(), cloud or "worldwide")
    if as_json:
        print_json(
            {
                "permissions": [
                    {"service": one.service, "name": one.name, "needed": one.needed, "feeds": list(one.feeds)}
                    for one in permissions(wanted.values())
                ],
                "steps": [{"title": step.title, "lines": list(step.lines)} for step in way],
            }
        )
        return 0
    console = screen()
    for number, step in enumerate(way, start=1):
        console.print(f"{number}. {step.title}", markup=False, soft_wrap=True)
        for line in step.lines:
            console.print(f"   {line}", markup=False, soft_wrap=True)
    return 0


def _check(found: list[Checked], as_json: bool) -> int:
    if as_json:
        print_json(
            {
                "feeds": [
                    {
                        "feed": one.feed.name,
                        "state": one.state,
                        "detail": one.detail,
                        "missing": list(one.missing),
                        "would_help": list(one.would_help),
                        "role": one.feed.needs.role,
                        "licence": one.feed.needs.licence,
                        "why": one.feed.needs.why,
                    }
                    for one in found
                ]
            }
        )
    else:
        from mailwitness.cli.tables import print_grid

        rows = [
            (
                one.feed.name,
                one.state.replace("_", " "),
                "; ".join(filter(None, ("" if one.state == "allowed" else one.detail, _help(one)))),
                one.feed.needs.why,
            )
            for one in found
        ]
        print_grid(screen(), ("feed", "state", "what to do", "why it matters"), rows)
    return 0 if all(one.state == "allowed" for one in found) else 4


def _help(one: Checked) -> str:
    return f"fuller with {', '.join(one.would_help)}" if one.would_help else ""


def _status(folder: Path, as_json: bool) -> int:
    from mailwitness.workflow import collecting

    found = collecting.status(folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "tenant_id": found.tenant_id,
                "cloud": found.cloud,
                "feeds": [_feed(one) for one in found.feeds],
            }
        )
    else:
        _print_status(found)
    return 0 if found.complete else 4


def _feed(one: FeedStatus) -> dict[str, Any]:
    return {
        "feed": one.feed,
        "scope": one.scope or None,
        "window_from": one.window[0],
        "window_to": one.window[1],
        "records": one.records,
        "late_records": {str(generation): count for generation, count in one.late.items()},
        "shares": {state: round(one.share(state), 6) for state in ("settled", "early", "waiting", "gap")},
        "stretches": [
            {"window_from": s.window_from, "window_to": s.window_to, "state": s.state} for s in one.stretches
        ],
        "missing": [
            {
                "reason": gone.reason,
                "windows": gone.windows,
                "window_from": gone.window_from,
                "window_to": gone.window_to,
                "detail": gone.detail,
            }
            for gone in one.absent
        ],
        "waiting": one.waiting,
        "next_expiry": one.next_expiry,
        "next_listing": one.next_listing,
    }


def _print_status(found: Status) -> None:
    from mailwitness.collect.status import LEGEND

    console = screen()
    if not found.feeds:
        console.print("nothing was planned yet")
        return
    begin = min(one.window[0] for one in found.feeds)
    end = max(one.window[1] for one in found.feeds)
    wide = max(len(_name(one)) for one in found.feeds)
    rule = f"{begin:%Y-%m-%dT%H:%MZ}".ljust(_STRIP - 17) + f"{end:%Y-%m-%dT%H:%MZ}"
    console.print(f"{'':{wide}}  {rule}", markup=False, soft_wrap=True)
    for one in found.feeds:
        done = one.share("settled") + one.share("early")
        console.print(
            f"{_name(one):{wide}} |{one.strip(begin, end, _STRIP)}| {done:4.0%} {one.records:>9} records",
            markup=False,
            soft_wrap=True,
        )
    console.print(LEGEND, markup=False, soft_wrap=True)
    for one in found.feeds:
        for gone in one.absent:
            console.print(
                f"{_name(one)}: missing {gone.window_from:%Y-%m-%dT%H:%MZ} to {gone.window_to:%Y-%m-%dT%H:%MZ} ({gone.windows} window(s)): "
                f"{gone.reason}: {visible(gone.detail)}",
                markup=False,
                soft_wrap=True,
            )
        if one.next_expiry is not None:
            console.print(
                f"{_name(one)}: {one.waiting} window(s) not fetched; the service forgets the first at {one.next_expiry:%Y-%m-%dT%H:%MZ}",
                markup=False,
                soft_wrap=True,
            )
    late = sum(sum(one.late.values()) for one in found.feeds)
    if late:
        console.print(f"{late} record(s) came only with a later listing", markup=False, soft_wrap=True)


def _name(one: FeedStatus) -> str:
    return visible(f"{one.feed} {one.scope}".rstrip())


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Shows windows, records, rate and time left, on stderr; silent when that is no terminal or ``quiet``."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[tail]}")
    with Bar(*columns, console=Console(stderr=True, emoji=False), transient=True) as bar:
        task = bar.add_task("collecting", total=None, tail="")

        def show(step: Progress) -> None:
            left = "" if step.left_s is None else f", {_duration(step.left_s)} left"
            waited = f", told to wait {step.throttled}×" if step.throttled else ""
            bar.update(
                task,
                description=step.feed or "planning",
                completed=step.done,
                total=step.total,
                tail=f"{step.records} records, {step.records_per_s:.0f}/s{left}{waited}",
            )

        yield show


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
