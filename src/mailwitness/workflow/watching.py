"""Watching: fetch, add, ask, note what is news, tell it. One run, from which `watch --once` and `watch --every` are made.

The order is what makes it safe: evidence is in the case before it is asked; news is noted with its alerts before any is sent; that an alert was sent is
noted after. Killed between any two of these, the next run goes on from what is on disk.

A source that cannot be reached ends no run: the case is asked as it is, silence is told, and the run says what failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailwitness.analyses import questions
from mailwitness.errors import RemoteError, UsageError
from mailwitness.watch import prometheus
from mailwitness.watch.alert import SEVERITIES, Alert, alert_id_of, finding_alert, silence_alert, time_text
from mailwitness.watch.changes import GAP_CLAIM, Asked, Changed, compare, is_gap
from mailwitness.watch.channels import Channel
from mailwitness.watch.delivery import Delivery, deliver
from mailwitness.watch.memory import Memory
from mailwitness.watch.prometheus import Metric
from mailwitness.watch.silence import Feed, feeds
from mailwitness.workflow.add import Report
from mailwitness.workflow.case import Case

COVERAGE_CLAIM = (
    "an access to this mailbox in this interval would have been recorded, and the record would be in this case"
)

SETTLED_S = 10.0
"""A file changed less than this ago may still be being written and is left to the next run."""

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Ends of the names that programs give to files they are still writing."""

_ROW = (
    "finding_id, claim, pillar, subject_kind, subject, mailbox, actor, actor_kind, time_from, time_to, verdict, state, bounds, "
    "severity, title"
)
_FINDING, _SILENCE = "finding:", "silence:"

Fetch = Callable[[], Sequence[str]]
"""Brings new evidence into a folder. Answers what is missing, in sentences; RemoteError when nothing can be fetched."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a run does. ``folders`` are those that people and programs put evidence into; ``collections`` are filled first, each by its fetch.

    ``shortest_silence``: of which no log is told silent, whatever its rhythm. ``baseline``: what the case says now is taken for known, and not told.
    """

    case: Path
    folders: Sequence[Path] = ()
    collections: Sequence[tuple[Path, Fetch]] = ()
    channels: Sequence[Channel] = ()
    asked: Asked = field(default_factory=Asked)
    shortest_silence: timedelta = timedelta(hours=6)
    with_content: bool = False
    baseline: bool = False
    metrics: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    progress: Report | None = None


@dataclass(slots=True)
class Run:
    """What a run did. ``failed``: sources that could not be reached; ``problems``: what is incomplete; both are sentences with a next step."""

    started_at: datetime
    evidence: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0
    alerts: list[Alert] = field(default_factory=list)
    known: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """True if every source was reached and every channel told."""
        return not self.failed and all(delivery.error is None for delivery in self.deliveries)

    @property
    def exit_code(self) -> int:
        """5: a source or a channel could not be reached; 4: something is incomplete; 0: done."""
        return 5 if not self.succeeded else 4 if self.problems else 0


def claims_of(names: Sequence[str]) -> frozenset[str]:
    """The claims that these questions, pillars or claims stand for. UsageError for one nobody knows."""
    claims: set[str] = set()
    for name in names:
        found = {q.claim for q in questions() if name in (q.name, q.pillar, q.claim)}
        if not found:
            known = sorted({q.pillar for q in questions()} | {q.name for q in questions()})
            raise UsageError(f"no question {name!r}; known: {', '.join(known)}")
        claims |= found
    return frozenset(claims)


def watch_once(watch: Watch, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Run:
    """One run. Errors of the case itself are raised; the numbers of the run are written in any event."""
    if not (watch.case / "case.json").exists():
        Case.create(watch.case)
    run = Run(_naive(clock()))
    with Memory.held(watch.case) as memory:
        numbers: list[Metric] = []
        try:
            case = Case.open(watch.case)
            _fetch(watch, run)
            _take_in(watch, case, memory, run)
            logs = feeds(lambda query: case.sql(query).fetchall(), run.started_at)
            _note_news(watch, case, memory, run, logs)
            run.deliveries = deliver(memory, watch.channels, lambda: _naive(clock()))
            if run.succeeded:
                memory.set_mark("last_success", time_text(run.started_at))
            numbers = _numbers_of_case(case, logs, run.started_at)
        finally:
            if watch.metrics is not None:
                _write_numbers(watch.metrics, [*_numbers_of_watch(memory, run), *numbers], run)
    return run


def _write_numbers(path: Path, numbers: Sequence[Metric], run: Run) -> None:
    """Numbers that cannot be written end no run: what was told was told."""
    try:
        prometheus.write(path, numbers)
    except OSError as error:
        run.problems.append(
            f"{path}: the numbers cannot be written ({error.strerror or error}). Free the place or name another."
        )


def _fetch(watch: Watch, run: Run) -> None:
    for _, fetch in watch.collections:
        try:
            run.problems += fetch()
        except RemoteError as error:
            run.failed.append(str(error))


def _take_in(watch: Watch, case: Case, memory: Memory, run: Run) -> None:
    """Add what is new in the folders. A file that is as it was when it was taken in is not read again."""
    dropped = [folder for folder in watch.folders if folder.is_dir()]
    for folder in watch.folders:
        if folder not in dropped:
            run.failed.append(f"{folder}: the folder is gone. Is it mounted? What was put into it waits there.")
    collected = [folder for folder, _ in watch.collections if folder.is_dir()]  # after a first failure there is none
    for folders, may_be_unfinished in ((dropped, True), (collected, False)):
        if not folders:
            continue
        taken: list[tuple[str, int, int]] = []
        added = case.add(
            folders,
            options=watch.options,
            progress=watch.progress,
            wanted=_wanted(memory, run, taken, may_be_unfinished),
        )
        memory.note_taken(taken)
        run.evidence += added.evidence
        run.problems += added.problems


def _wanted(
    memory: Memory, run: Run, taken: list[tuple[str, int, int]], may_be_unfinished: bool
) -> Callable[[Path], bool]:
    """Tells whether a file is to be added, and notes it in ``taken`` if so. What a collector writes is whole once it has its name."""

    def wanted(path: Path) -> bool:
        try:
            status = path.stat()
        except OSError:
            return True  # adding it names the problem
        state = (str(path.absolute()), status.st_size, status.st_mtime_ns)
        if memory.is_taken(*state):
            return False
        is_young = 0 <= time.time() - status.st_mtime < SETTLED_S
        if may_be_unfinished and (is_young or path.name.lower().endswith(UNFINISHED)):
            run.left += 1
            return False
        taken.append(state)
        return True

    return wanted


def _note_news(watch: Watch, case: Case, memory: Memory, run: Run, logs: Sequence[Feed]) -> None:
    about = {"case": case.path.resolve().name, "case_id": case.id, "noted_at": time_text(run.started_at)}
    news = [
        *_news_of_findings(watch, case, memory, about),
        *_news_of_silence(watch, case, memory, about, run, logs),
    ]
    if watch.baseline:
        run.known = sum(alert is not None for _, _, alert in news)
        news = [(key, content, None) for key, content, _ in news]
    memory.note(news, [channel.name for channel in watch.channels])
    run.alerts = [alert for _, _, alert in news if alert is not None]


News = tuple[str, Mapping[str, Any] | None, Alert | None]


def _news_of_findings(watch: Watch, case: Case, memory: Memory, about: Mapping[str, str]) -> list[News]:
    told = {key.removeprefix(_FINDING): was for key, was in memory.told(_FINDING).items()}
    rows = _rows(case, f"SELECT {_ROW} FROM findings WHERE {_condition(watch.asked, told)}")
    changed = sorted(compare(rows, {key: content for key, (_, content) in told.items()}, watch.asked), key=_worst_first)
    codes = _codes(case, [change.key for change in changed if change.now is not None and not change.moved])
    news: list[News] = []
    for change in changed:
        key = _FINDING + change.key
        if change.moved:
            news.append((key, change.now, None))
            continue
        alert = finding_alert(
            about,
            alert_id_of(about["case_id"], key, told.get(change.key, (0, None))[0] + 1),
            "gap" if is_gap(change.row) else "finding",
            change.change,
            change.now,
            change.before,
            codes.get(change.key, []),
            watch.with_content,
        )
        news.append((key, change.now, alert))
    return news


def _worst_first(change: Changed) -> tuple[int, str]:
    severity = change.row["severity"]
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES), change.key


def _news_of_silence(
    watch: Watch, case: Case, memory: Memory, about: Mapping[str, str], run: Run, logs: Sequence[Feed]
) -> Iterator[News]:
    told = memory.told(_SILENCE)
    for log in logs:
        key = _SILENCE + log.name
        serial, was = told.get(key, (0, None))
        is_silent = log.is_silent(run.started_at, watch.shortest_silence)
        if is_silent:
            run.silent.append(log.name)
        if is_silent == (was is not None):
            continue
        content = {"last_record": log.last} if is_silent else None
        alert = silence_alert(
            about,
            alert_id_of(about["case_id"], key, serial + 1),
            "new" if is_silent else "withdrawn",
            log.name,
            log.last,
            log.silent_after(watch.shortest_silence).total_seconds(),
            log.rests_on(watch.shortest_silence),
        )
        yield key, content, alert


def _condition(asked: Asked, told: Mapping[str, Any]) -> str:
    """SQL of the findings that are to be told, or were."""
    choices = [f"(claim = {_text(GAP_CLAIM)} AND verdict = 'contradicted')"]
    if asked.severities():
        choices.append(f"severity IN ({_list(asked.severities())})")
    if asked.claims:
        choices.append(f"claim IN ({_list(sorted(asked.claims))})")
    if told:
        # One text that is taken apart there: a list of a hundred thousand ids would be an expression as deep.
        choices.append(f"finding_id IN (SELECT unnest(string_split({_text(','.join(sorted(told)))}, ',')))")
    return " OR ".join(choices)


def _codes(case: Case, finding_ids: Sequence[str]) -> dict[str, list[str]]:
    if not finding_ids:
        return {}
    return dict(
        case.sql(
            f"SELECT finding_id, list_sort(list(DISTINCT code)) FROM reasons WHERE finding_id IN ({_list(finding_ids)}) GROUP BY finding_id"
        ).fetchall()
    )


def _numbers_of_watch(memory: Memory, run: Run) -> Iterator[Metric]:
    yield Metric(
        "mailwitness_watch_last_run_timestamp_seconds",
        "gauge",
        "When the last run began, whatever became of it.",
        [({}, _unix(run.started_at))],
    )
    success = memory.mark("last_success")
    if success is not None:
        yield Metric(
            "mailwitness_watch_last_success_timestamp_seconds",
            "gauge",
            "When the last run began that reached every source and told every channel.",
            [({}, _unix(datetime.fromisoformat(success)))],
        )
    yield Metric(
        "mailwitness_watch_sources_failed",
        "gauge",
        "Sources that the last run could not reach.",
        [({}, len(run.failed))],
    )
    counts = memory.deliveries()
    yield Metric(
        "mailwitness_watch_alerts_sent_total",
        "counter",
        "Alerts that a channel was sent.",
        [({"channel": channel}, sent) for channel, (sent, _) in counts.items()],
    )
    yield Metric(
        "mailwitness_watch_alerts_waiting",
        "gauge",
        "Alerts that wait for a channel.",
        [({"channel": channel}, waiting) for channel, (_, waiting) in counts.items()],
    )


def _numbers_of_case(case: Case, logs: Sequence[Feed], now: datetime) -> list[Metric]:
    hours = case.sql(
        "SELECT state, SUM(EPOCH(time_to - time_from)) / 3600 FROM findings "
        f"WHERE claim = {_text(COVERAGE_CLAIM)} AND state IS NOT NULL AND time_to > time_from GROUP BY state ORDER BY state"
    ).fetchall()
    counts = case.sql(
        "SELECT pillar, verdict, COALESCE(severity, 'none') AS severity, COUNT(*) FROM findings GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [
        Metric(
            "mailwitness_feed_records",
            "gauge",
            "Distinct records of a log in the case.",
            [({"feed": log.name}, log.records) for log in logs],
        ),
        Metric(
            "mailwitness_feed_last_record_timestamp_seconds",
            "gauge",
            "Time of the last event of a log in the case.",
            [({"feed": log.name}, _unix(log.last)) for log in logs],
        ),
        Metric(
            "mailwitness_feed_lag_seconds",
            "gauge",
            "Age of the last event of a log at the last run that asked the case.",
            [({"feed": log.name}, (now - log.last).total_seconds()) for log in logs],
        ),
        Metric(
            "mailwitness_coverage_hours",
            "gauge",
            "Hours of all mailboxes together, by whether an access would have been recorded and be in the case.",
            [({"state": state}, total) for state, total in hours],
        ),
        Metric(
            "mailwitness_findings",
            "gauge",
            "Findings of the case.",
            [
                ({"pillar": pillar, "verdict": verdict, "severity": severity}, count)
                for pillar, verdict, severity, count in counts
            ],
        ),
    ]


def _rows(case: Case, query: str) -> list[dict[str, Any]]:
    relation = case.sql(query)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _list(texts: Sequence[str]) -> str:
    return ", ".join(map(_text, texts))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _naive(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _unix(moment: datetime) -> float:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
