"""Collecting: a configuration, a credential and a wish become a folder of evidence, and, if asked, rows of a case.

    summary = collect("evidence", configuration("collect.toml"), Wish(mailboxes=("b@example.org",)))

The libraries that speak to a tenant come with the extra ``collect``; without them the rest of mailwitness works.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness import __version__
from mailwitness.errors import UsageError

if TYPE_CHECKING:
    from mailwitness.collect.config import Config
    from mailwitness.collect.connect import Connection
    from mailwitness.collect.feed import Feed
    from mailwitness.collect.preflight import Checked
    from mailwitness.collect.run import Progress, Summary, Wish
    from mailwitness.collect.status import Status

_LIBRARIES = ("httpx", "msal", "cryptography")


def need_libraries() -> None:
    """UsageError, with what to install, if the collector's libraries are not there."""
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"collecting needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed. "
            "Install: pip install 'mailwitness[collect]'"
        )


def chosen_feeds(names: Iterable[str]) -> Mapping[str, Feed]:
    """The feeds of these names, or of names that begin so (``signins``); all that are collected by default where none is named."""
    need_libraries()
    from mailwitness.collect.feeds import feeds

    known = feeds()
    wanted = list(names)
    if not wanted:
        return {name: feed for name, feed in known.items() if feed.by_default}
    chosen: dict[str, Feed] = {}
    for text in wanted:
        found = {text: known[text]} if text in known else {name: known[name] for name in known if name.startswith(text)}
        if not found or not text:
            raise UsageError(f"no feed {text!r}; known: {', '.join(known)}")
        chosen.update(found)
    return chosen


@contextmanager
def connection(
    config: Config,
    *,
    secret_fd: int | None = None,
    show: Callable[[str], None] = lambda _: None,
    spill: Path | None = None,
) -> Iterator[Connection]:
    """A signed-in client; the secret is read where the configuration says, and nowhere kept."""
    need_libraries()
    from mailwitness.collect.connect import connect
    from mailwitness.collect.credentials import certificate_for, secret_for

    secret = secret_for(config, secret_fd) if config.credential == "secret" else None
    certificate = certificate_for() if config.credential == "certificate" else None
    made = connect(config, secret=secret, certificate=certificate, show=show, spill=spill)
    try:
        yield made
    finally:
        made.close()


def configuration(path: Path | None, **options: object) -> Config:
    """The configuration of file, environment and options."""
    need_libraries()
    from mailwitness.collect.config import load

    return load(path, None, **options)


def collect(
    folder: Path,
    config: Config,
    wish: Wish,
    *,
    feeds: Mapping[str, Feed] | None = None,
    secret_fd: int | None = None,
    show: Callable[[str], None] = lambda _: None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Bring the folder up to what is wished. RemoteError if nothing can be had; what cannot be had in part is in the summary."""
    need_libraries()
    from mailwitness.collect.raw import PARTIAL
    from mailwitness.collect.run import Run

    chosen = chosen_feeds(()) if feeds is None else feeds
    partial = folder / PARTIAL
    partial.mkdir(parents=True, exist_ok=True)
    with connection(config, secret_fd=secret_fd, show=show, spill=partial) as connected:
        return Run(folder, connected, chosen, __version__).collect(wish, progress)


def fetcher(
    folder: Path, config: Config, wish: Wish, feeds: Mapping[str, Feed] | None = None
) -> Callable[[], Sequence[str]]:
    """What a watch calls to have new evidence in the folder: it answers what is missing, in sentences."""

    def fetch() -> Sequence[str]:
        return missing_sentences(collect(folder, config, wish, feeds=feeds))

    return fetch


def missing_sentences(summary: Summary) -> list[str]:
    """What a run did not get, one sentence for each feed and reason."""
    grouped: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    details: dict[tuple[str, str, str], str] = {}
    for gap in summary.gaps:
        key = gap.feed, gap.scope, gap.reason
        grouped.setdefault(key, []).append((_short(gap.window_from), _short(gap.window_to)))
        details.setdefault(key, gap.detail)
    sentences = [
        f"{feed}{f' of {scope}' if scope else ''}: {len(spans)} window(s) between {min(s[0] for s in spans)} and {max(s[1] for s in spans)} missing: "
        f"{reason}: {details[feed, scope, reason]}"
        for (feed, scope, reason), spans in sorted(grouped.items())
    ]
    if summary.outstanding:
        sentences.append(
            f"{summary.outstanding} window(s) are not fetched yet; run the command again, it goes on where it was"
        )
    return sentences


def _short(moment: object) -> str:
    return f"{str(moment)[:16].replace(' ', 'T')}Z"


def check(
    config: Config,
    feeds: Mapping[str, Feed],
    *,
    secret_fd: int | None = None,
    show: Callable[[str], None] = lambda _: None,
) -> list[Checked]:
    """What the application may have, feed by feed."""
    need_libraries()
    from mailwitness.collect.preflight import check as checked

    with connection(config, secret_fd=secret_fd, show=show) as connected:
        return checked(connected, feeds.values())


def status(folder: Path) -> Status:
    """What a folder has."""
    need_libraries()
    from mailwitness.collect.status import read

    return read(folder)
