"""The errata command: the catalogue of known log defects, and which of them apply to a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailwitness.cli.app import AsJson, app
from mailwitness.cli.output import print_json, screen

if TYPE_CHECKING:
    from mailwitness.errata import Applying, Erratum


@app.command(short_help="Known defects of the logs themselves.")
def errata(
    name: Annotated[str | None, typer.Argument(metavar="[ID]", help="One entry, such as MW-E0001.")] = None,
    case: Annotated[
        Path | None,
        typer.Option("--case", metavar="CASE", help="Only those that apply to this case, with the rows they touch."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Print the catalogue, one entry of it, or what of it applies to a case."""
    from mailwitness.errata import catalogue, erratum

    if case is not None:
        from mailwitness.workflow.case import Case

        found = Case.open(case).errata()
        if name is not None:
            wanted = erratum(name)
            found = [one for one in found if one.erratum == wanted]
        if as_json:
            print_json({"errata": [_applying(one) for one in found]})
        else:
            _print_applying(found)
        return 0
    entries = catalogue() if name is None else (erratum(name),)
    if as_json:
        print_json({"errata": [_entry(one) for one in entries]})
    elif name is None:
        from mailwitness.cli.tables import print_grid

        print_grid(
            screen(), ["id", "log", "effect", "what"], [(one.id, one.log, one.effect, one.title) for one in entries]
        )
    else:
        _print_entry(entries[0])
    return 0


def _entry(one: Erratum) -> dict[str, Any]:
    return {
        "id": one.id, "title": one.title, "log": one.log, "effect": one.effect, "window_from": one.window_from,
        "window_to": one.window_to, "condition": one.condition, "recognise": one.recognise, "doubt": one.doubt,
        "claims": list(one.claims), "confidence": one.confidence, "checked": one.checked, "sources": list(one.sources),
        "sql": one.sql or None,
    }  # fmt: skip


def _applying(one: Applying) -> dict[str, Any]:
    return {
        "id": one.erratum.id, "title": one.erratum.title, "effect": one.erratum.effect, "claims": list(one.erratum.claims),
        "how": one.how, "rows": one.rows, "time_from": one.time_from, "time_to": one.time_to,
    }  # fmt: skip


def _print_applying(found: list[Applying]) -> None:
    from mailwitness.cli.tables import print_grid

    print_grid(
        screen(),
        ["id", "effect", "how", "rows", "what"],
        [(one.erratum.id, one.erratum.effect, one.how, one.rows, one.erratum.title) for one in found],
    )


def _print_entry(one: Erratum) -> None:
    from mailwitness.cli.tables import cell

    console = screen()
    window = f"{one.window_from or '…'} to {one.window_to or '…'}" if one.window_from or one.window_to else "no window"
    console.print(cell(f"{one.id} {one.title}", 400), style="bold")
    for label, text in (
        ("log", one.log), ("effect", one.effect), ("window", window), ("condition", one.condition),
        ("how to see it", one.recognise), ("doubt", one.doubt), ("qualifies", ", ".join(one.claims)),
        ("confidence", one.confidence), ("checked", one.checked.isoformat()), ("sources", "; ".join(one.sources)),
    ):  # fmt: skip
        if text is not None:
            console.print(cell(f"{label}: {text}", 2_000))
    if one.sql:
        console.print(cell(""))
        for line in one.sql.splitlines():
            console.print(cell(line, 400))
