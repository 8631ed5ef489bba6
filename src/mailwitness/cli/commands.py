"""Commands that bring evidence in and check it: demo, investigate, add, verify."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mailwitness.cli.app import AsJson, CasePath, CollectedFor, DayFirst, Paths, ReaderId, TimeZone, app
from mailwitness.cli.output import print_json, progress_bar, say, screen

if TYPE_CHECKING:
    from mailwitness.workflow.case import Added, Case

Keep = Annotated[
    Literal["copy", "reference"],
    typer.Option("--keep", help="Copy the originals into the case, or leave them in place and note their hash."),
]
FailOn = Annotated[
    Literal["never", "supported", "undecidable"],
    typer.Option("--fail-on", help="End with 1 if a finding is supported; undecidable: or cannot be decided."),
]


@app.command(short_help="Investigate the incident that comes along.")
def demo(
    case: Annotated[Path, typer.Option("--case", metavar="DIR", help="Where the case goes.")] = Path(
        "mailwitness-demo"
    ),
    show: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the report in a browser.", show_default="when at a terminal"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Investigate the incident that comes with mailwitness, end to end."""
    from mailwitness.workflow.case import Case

    with as_file(files("mailwitness") / "demo" / "evidence") as evidence, progress_bar(as_json) as progress:
        opened = Case.create(case)
        added = opened.add([evidence], options={"collected_for": "all-users"}, progress=progress)
    report = case / "report.html"
    opened.report("html", report)
    _show_account(opened, added, report, as_json)
    if show is None:
        show = not as_json and sys.stdout.isatty()
    if show:
        import webbrowser

        webbrowser.open(report.resolve().as_uri())
    return 0  # the cut-off file in it is part of the lesson, not a failure


@app.command(short_help="Exports in, findings and a report out.")
def investigate(
    paths: Paths,
    case: Annotated[
        Path | None,
        typer.Option(
            "--case", metavar="DIR", help="The case folder, made or added to.", show_default="named after PATH"
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Where the HTML report goes.", show_default="in the case"),
    ] = None,
    keep: Keep = "copy",
    reader: ReaderId = None,
    time_zone: TimeZone = None,
    day_first: DayFirst = None,
    collected_for: CollectedFor = None,
    fail_on: FailOn = "never",
    as_json: AsJson = False,
) -> int:
    """Read exports and say who read which mail: files, folders or archives in, findings and a report out."""
    from mailwitness.workflow.case import Case

    folder = case if case is not None else _folder_for(paths)
    opened = Case.create(folder)
    with progress_bar(as_json) as progress:
        added = opened.add(
            paths, reader=reader, keep=keep, options=_options(time_zone, day_first, collected_for), progress=progress
        )
    target = report if report is not None else folder / "report.html"
    opened.report("html", target)
    _show_account(opened, added, target, as_json)
    if fails(fail_on, (verdict for (verdict,) in opened.sql("SELECT DISTINCT verdict FROM findings").fetchall())):
        return 1
    return 0 if added.complete else 4


@app.command(short_help="Add evidence to a case.")
def add(
    case: CasePath,
    paths: Paths,
    keep: Keep = "copy",
    reader: ReaderId = None,
    time_zone: TimeZone = None,
    day_first: DayFirst = None,
    collected_for: CollectedFor = None,
    as_json: AsJson = False,
) -> int:
    """Add evidence to a case, which is made if it does not exist. Adding the same evidence again changes nothing."""
    from mailwitness.workflow.case import Case

    opened = Case.create(case)
    with progress_bar(as_json) as progress:
        added = opened.add(
            paths, reader=reader, keep=keep, options=_options(time_zone, day_first, collected_for), progress=progress
        )
    if as_json:
        print_json(_added(case, added))
    else:
        from mailwitness.cli.tables import print_rows

        print_rows(screen(), added.evidence, _EVIDENCE_SHOWN)
    for problem in added.problems:
        say(problem)
    return 0 if added.complete else 4


@app.command(short_help="Check hashes, custody chain and accounting.")
def verify(case: CasePath, as_json: AsJson = False) -> int:
    """Compute every hash, the custody chain and the accounting again, and name what changed."""
    from mailwitness.workflow.case import Case

    problems = [str(problem) for problem in Case.open(case).verify()]
    if as_json:
        print_json({"case": str(case), "intact": not problems, "problems": problems})
    elif not problems:
        say(f"{case}: intact: hashes, custody chain and accounting are as recorded")
    if not as_json:
        for problem in problems:
            say(problem)
    return 3 if problems else 0


_EVIDENCE_SHOWN = ("name", "reader", "records", "rows", "duplicates", "rejects", "skips")


def fails(fail_on: str, verdicts: Iterable[str]) -> bool:
    """True if one of the verdicts is one that ``--fail-on`` names: undecidable includes supported."""
    ends = {"never": (), "supported": ("supported",), "undecidable": ("supported", "undecidable")}[fail_on]
    return any(verdict in ends for verdict in verdicts)


def _folder_for(paths: list[Path]) -> Path:
    """A case folder in the working directory that is the same for the same paths and for no others."""
    resolved = sorted(str(path.resolve()) for path in paths)
    mark = hashlib.sha256("\0".join(resolved).encode("utf-8", "surrogateescape")).hexdigest()[:6]
    stem = Path(resolved[0]).stem.lstrip(".") or "evidence"
    return Path(f"mailwitness-{stem}-{mark}")


def _options(time_zone: str | None, day_first: bool | None, collected_for: str | None) -> dict[str, str]:
    options: dict[str, str] = {}
    if time_zone is not None:
        options["time_zone"] = time_zone
    if day_first is not None:
        options["day_first"] = "true" if day_first else "false"
    if collected_for is not None:
        options["collected_for"] = collected_for
    return options


def _added(case: Path, added: Added) -> dict[str, Any]:
    return {"case": str(case), "complete": added.complete, "evidence": added.evidence, "problems": added.problems}


def _show_account(case: Case, added: Added, report: Path, as_json: bool) -> None:
    account = case.account()
    if as_json:
        print_json({**_added(case.path, added), "report": str(report), "account": account.to_dict()})
        return
    from mailwitness.report.terminal import print_account

    print_account(account, screen())
    for problem in added.problems:
        say(problem)
    say(f"case: {case.path}")
    say(f"report: {report}")
