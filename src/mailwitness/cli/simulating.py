"""The commands of the simulated tenant: simulate, score."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mailwitness.cli.app import AsJson, CasePath, app
from mailwitness.cli.output import print_json, say, screen
from mailwitness.errors import UsageError

if TYPE_CHECKING:
    from mailwitness.simulate.run import Progress, Summary
    from mailwitness.simulate.score import Measured, Score
    from mailwitness.workflow.case import Case


_COUNTS = ("subjects", "right", "wrong", "undecidable_rightly", "undecidable_though_decidable")
_COLUMNS = ("scenario", "subjects", "right", "wrong", "undecidable rightly", "undecidable though decidable")


@app.command(short_help="Write an invented tenant's logs, and the truth.")
def simulate(
    out: Annotated[
        Path | None, typer.Argument(help="A folder that does not exist or is empty.", show_default=False)
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario",
            metavar="ID,…",
            help="Attacks and benign hard cases, such as G8,G2 or G8:users=6. Repeat for more.",
            show_default="daily life alone",
        ),
    ] = None,
    coverage: Annotated[
        Literal["full", "unified-only", "no-noninteractive", "loss20"],
        typer.Option("--coverage", help="What of the logs the exports hold."),
    ] = "full",
    collector: Annotated[
        Literal["careful", "careless"],
        typer.Option(
            "--collector", help="Whether the logs were exported whole, or with what caps and broken copies leave out."
        ),
    ] = "careful",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same tenant.")] = 1,
    mailboxes: Annotated[int, typer.Option("--mailboxes", metavar="N", help="How many, 10 to 5000.")] = 200,
    days: Annotated[int, typer.Option("--days", metavar="N", help="How many, 1 to 180.")] = 30,
    start: Annotated[str, typer.Option("--start", metavar="DATE", help="The first day, UTC.")] = "2026-03-02",
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--formats",
            metavar="ID,…",
            help="Formats of the exports. Repeat for more.",
            show_default="what a responder with PowerShell would bring",
        ),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="Show the scenarios and formats, and end.")] = False,
    as_json: AsJson = False,
) -> int:
    """Write the logs of an invented tenant in customers' formats, and beside them the truth.

    OUT/exports holds what a customer would hand over, OUT/truth what really happened.
    """
    if show_list:
        return _list(as_json)
    if out is None:
        raise UsageError("no folder is named. Write: mailwitness simulate OUT, or mailwitness simulate --list")
    from mailwitness.simulate import run
    from mailwitness.simulate.options import Options

    options = Options(
        seed=seed,
        mailboxes=mailboxes,
        days=days,
        start=_day(start),
        scenarios=_names(scenario),
        coverage=coverage,
        formats=_names(formats),
        collector=collector,
    )
    with _progress(as_json) as progress:
        summary = run.simulate(options, out, progress)
    if as_json:
        print_json({**_written(summary), "next": _next_commands(summary.out, options.formats)})
    else:
        _print_summary(summary, _next_commands(summary.out, options.formats))
    return 0


@app.command(short_help="Hold a case against the truth of a simulated tenant.")
def score(
    case: CasePath,
    truth: Annotated[Path, typer.Argument(help="The folder truth that simulate wrote.")],
    max_wrong: Annotated[
        float, typer.Option("--max-wrong", metavar="N", help="End with 1 if more are wrong in a claim and scenario.")
    ] = 0,
    as_json: AsJson = False,
) -> int:
    """Hold the findings of a case against the truth of the simulated tenant whose exports it holds.

    Captured tokens (scenario G16) are taken from the exports beside the truth and checked as mailwitness token does.
    Wrong is a verdict that is decided against the truth. Exit code 1: more of them than --max-wrong in one claim and scenario.
    """
    from mailwitness.analyses import questions
    from mailwitness.simulate.score import captured_tokens, with_captured
    from mailwitness.simulate.score import score as scored
    from mailwitness.workflow.case import Case

    opened = Case.open(case)
    answers = opened.answer_files()
    found = scored(answers["findings"], answers["refs"], truth, {question.pillar for question in questions()})
    tokens = captured_tokens(truth)
    if tokens:
        verdicts = _token_verdicts(opened, truth, tokens[0].used_in_tenant, tokens[0].used_at)
        found = with_captured(found, truth, tokens, verdicts)
    if as_json:
        print_json({"case": str(case), "truth": str(truth), **found.to_dict()})
    else:
        _print_score(found)
    return 1 if found.most_wrong > max_wrong else 0


def _token_verdicts(case: Case, truth: Path, tenant: str, service: str) -> Mapping[str, str]:
    """SHA-256 of each captured token → what the product says of it, with the key lists and the sign-ins of the case."""
    path = truth.resolve().parent / "exports" / "captured" / "tokens.jwt"
    if not path.is_file():
        raise UsageError(
            f"{path} is not there, and the truth knows captured tokens. Leave the exports beside the truth, as simulate wrote them."
        )
    try:
        from mailwitness.tokens.capture import tokens_in
        from mailwitness.tokens.check import check, issue_sought
    except ModuleNotFoundError as missing:
        raise UsageError(
            f"checking tokens needs {missing.name!r}, which is not installed. Install it: pip install 'mailwitness[tokens]'"
        ) from missing
    captured, store = tokens_in(path), case.signing_keys()
    issues = case.issues_of([issue_sought(one) for one in captured])
    return {
        one.sha256: check(one, store, tenant, service, issue).verdict
        for one, issue in zip(captured, issues, strict=True)
    }


def _names(given: list[str] | None) -> tuple[str, ...]:
    """The names of an option that takes several, separated by commas or given again."""
    return tuple(name.strip() for text in given or () for name in text.split(",") if name.strip())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--start {text!r} is not a date. Write it as 2026-03-02.") from None


def _list(as_json: bool) -> int:
    from mailwitness.simulate.exports import DEFAULT_FORMATS, formats
    from mailwitness.simulate.staging import scenarios

    known = scenarios()
    if as_json:
        print_json(
            {
                "scenarios": [{"id": name, "title": known[name].head.title} for name in known],
                "formats": [
                    {"id": one.id, "title": one.title, "default": one.id in DEFAULT_FORMATS}
                    for one in formats().values()
                ],
            }
        )
        return 0
    from mailwitness.cli.tables import print_grid

    print_grid(screen(), ["scenario", "title"], [(name, known[name].head.title) for name in known])
    print_grid(
        screen(),
        ["format", "title", "by default"],
        [(one.id, one.title, "yes" if one.id in DEFAULT_FORMATS else None) for one in formats().values()],
    )
    return 0


def _written(summary: Summary) -> Mapping[str, object]:
    return {
        "out": str(summary.out),
        "files": list(summary.files),
        "records": dict(summary.records),
        "truth": dict(summary.truth),
    }


def _next_commands(out: Path, formats: tuple[str, ...]) -> list[str]:
    if formats == ("tenant",):  # no export: what the stand-in serves to a collector
        return [f"mailwitness standin {shlex.quote(str(out))}"]
    exports, case, truth = (shlex.quote(str(out / name)) for name in ("exports", "case", "truth"))
    return [
        f"mailwitness investigate {exports} --case {case} --collected-for all-users",
        f"mailwitness score {case} {truth}",
    ]


def _print_summary(summary: Summary, next_commands: list[str]) -> None:
    from mailwitness.cli.tables import print_grid

    console = screen()
    print_grid(console, ["records of", "in the exports"], list(summary.records.items()))
    print_grid(console, ["truth", "rows"], list(summary.truth.items()))
    say(f"{len(summary.files)} files in {summary.out / 'exports'}; the truth is in {summary.out / 'truth'}")
    say("next:")
    for command in next_commands:
        say(f"  {command}")


def _print_score(found: Score) -> None:
    from rich.text import Text

    from mailwitness.cli.tables import cell, print_grid

    console = screen()
    by_claim: dict[str, list[Measured]] = {}
    for one in found.claims:
        by_claim.setdefault(one.claim, []).append(one)
    for claim, rows in by_claim.items():
        unit = "" if rows[0].unit == "subjects" else f", in {rows[0].unit}"
        console.print(Text(f"{claim}{unit}{'' if rows[0].asked else ' (the case was not asked)'}", "bold"))
        if any(row.subjects for row in rows):
            print_grid(
                console,
                _COLUMNS,
                ([row.scenario or "daily life", *(getattr(row, name) for name in _COUNTS)] for row in rows),
            )
        else:
            console.print("no subjects")
    for error in found.errors:
        finding = f"finding {error.finding_id}" if error.finding_id is not None else "no finding"
        truth = f" (truth {error.truth})" if error.truth is not None else ""
        words = "wrong" if error.outcome == "wrong" else "undecidable though decidable"
        line = f"{words}: {error.claim}: {error.scenario or 'daily life'}: {finding}: {error.why}{truth}"
        console.print(cell(line, 1_000), soft_wrap=True)
    for other in found.unmeasured:
        console.print(cell(f"not measured: {other.claim}: {other.findings} findings", 400), soft_wrap=True)


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    """Shows what is being done and how far it has come, on stderr; silent when that is no terminal or ``quiet``."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Bar(*columns, console=Console(stderr=True, emoji=False), transient=True) as bar:
        task = bar.add_task("preparing", total=1.0)

        def show(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        yield show
