"""The token command: captured access tokens, checked offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailwitness.cli.app import AsJson, app
from mailwitness.cli.output import print_json, screen
from mailwitness.errors import UsageError

if TYPE_CHECKING:
    from mailwitness.tokens.check import Checked
    from mailwitness.tokens.issue import Issue


@app.command(short_help="Check captured access tokens offline.")
def token(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file with one or more captured tokens.")],
    keys: Annotated[
        list[str] | None,
        typer.Option(
            "--keys",
            metavar="FILE[=DATE]",
            help="A saved key list (JWKS), with the day it was fetched. Repeat for more.",
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="ID", help="The tenant in which the token was used.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", metavar="ID", help="The service at which it was used, as id or address.")
    ] = None,
    case: Annotated[
        Path | None,
        typer.Option(
            "--case", metavar="CASE", help="A case: its key lists are used, and the issue is sought in its sign-ins."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Was each token signed by who it says, with a key that may sign it, in that key's life?

    Nothing is fetched and no token is shown. A key list is what the issuer publishes at discovery/v2.0/keys; give the day it was saved.
    With a case, also: is the issue of the token among its sign-ins? The case is only read.
    Exit code 1: a token is contradicted (forged, altered or not for this use).
    """
    try:
        from mailwitness.tokens.capture import tokens_in
        from mailwitness.tokens.check import CLAIM, check, issue_sought
        from mailwitness.tokens.keys import joined, read_keys
    except ModuleNotFoundError as missing:
        raise UsageError(
            f"checking tokens needs {missing.name!r}, which is not installed. Install it: pip install 'mailwitness[tokens]'"
        ) from missing
    store = read_keys(keys or ())
    captured = tokens_in(path)
    issues: list[Issue | None] = [None] * len(captured)
    if case is not None:
        from mailwitness.workflow.case import Case

        opened = Case.open(case)
        store = joined(store, opened.signing_keys())
        issues = list(opened.issues_of([issue_sought(one) for one in captured]))
    checked = [check(one, store, tenant, audience, issue) for one, issue in zip(captured, issues, strict=True)]
    if as_json:
        print_json({"claim": CLAIM, "tokens": [_plain(one) for one in checked]})
    else:
        _print(checked)
    return 1 if any(one.verdict == "contradicted" for one in checked) else 0


def _plain(one: Checked) -> dict[str, Any]:
    return {
        "sha256": one.sha256,
        "offset": one.offset,
        "verdict": one.verdict,
        "reasons": [{"code": r.code, "stance": r.stance, "sentence": r.sentence} for r in one.reasons],
        "would_decide": list(one.would_decide),
        "steps": [{"name": s.name, "outcome": s.outcome, "code": s.code, "sentence": s.sentence} for s in one.steps],
        "facts": dict(one.facts),
    }


def _print(checked: list[Checked]) -> None:
    from mailwitness.cli.tables import cell, print_grid
    from mailwitness.tokens.check import CLAIM

    console = screen()
    for one in checked:
        console.print(cell(f"{one.verdict}: {CLAIM}"), style="bold")
        console.print(cell(f"token sha256 {one.sha256} at byte {one.offset}; {_names(one)}", 400))
        print_grid(console, ["step", "outcome", "why"], [(s.name, s.outcome, s.sentence) for s in one.steps])
        for wanted in one.would_decide:
            console.print(cell(f"would decide it: {wanted}", 400))
        console.print()


def _names(one: Checked) -> str:
    known = ("iss", "tid", "aud", "oid", "appid", "azp", "uti", "signin_id", "sid")
    return ", ".join(f"{name} {one.facts[name]}" for name in known if one.facts.get(name) is not None)
