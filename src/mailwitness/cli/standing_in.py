"""The command that serves a simulated tenant as Microsoft 365 would: standin."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mailwitness.cli.app import AsJson, app
from mailwitness.cli.output import print_json, say, screen
from mailwitness.cli.times import given_time
from mailwitness.errors import UsageError

if TYPE_CHECKING:
    from mailwitness.standin import StandIn, Terms

CONFIGURATION = "collect.toml"


@app.command(short_help="Serve a simulated tenant as Microsoft 365 would.")
def standin(
    tenant: Annotated[
        Path | None, typer.Argument(help="What simulate --formats tenant wrote.", show_default=False)
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", metavar="ID[=P]", help="Misbehave so, with this probability. Repeat for more; all: all."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same faults.")] = 1,
    repeats: Annotated[
        int,
        typer.Option("--repeats", metavar="N", help="How often in a row a fault may strike a request; 0: for ever."),
    ] = 2,
    clock: Annotated[
        str | None,
        typer.Option("--clock", metavar="TIME", help="The services' moment at start.", show_default="the export's"),
    ] = None,
    rate: Annotated[
        float, typer.Option("--rate", metavar="X", help="Seconds of the services that pass in a real one.")
    ] = 1.0,
    pace: Annotated[
        float, typer.Option("--pace", metavar="X", help="Throttle and tarry so many times faster than the services.")
    ] = 1.0,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="No throttle and no latency.")] = False,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="PERMISSION", help="Do not grant this. A cmdlet: no role allows it."),
    ] = None,
    licence: Annotated[
        Literal["free", "P1", "P2"], typer.Option("--licence", help="Of Entra ID, that the tenant has.")
    ] = "P2",
    unsubscribed: Annotated[
        bool, typer.Option("--unsubscribed", help="No subscription to the Management API was ever started.")
    ] = False,
    no_auditing: Annotated[bool, typer.Option("--no-auditing", help="The tenant's unified auditing is off.")] = False,
    secret_expired: Annotated[bool, typer.Option("--secret-expired", help="The client secret has expired.")] = False,
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="The first of four ports.", show_default="any that are free")
    ] = 0,
    show_list: Annotated[bool, typer.Option("--list", help="Show the faults, and end.")] = False,
    as_json: AsJson = False,
) -> int:
    """Serve a simulated tenant as Microsoft 365 would, until Ctrl-C.

    For testing collectors, over TLS and on this machine only. Prints addresses, credentials, and the configuration for mailwitness collect.
    """
    try:
        from mailwitness.standin import StandIn, parse_faults
    except ModuleNotFoundError as error:
        raise UsageError(f"the stand-in needs {error.name}: pip install 'mailwitness[standin]'") from None
    if show_list:
        return _list(as_json)
    if tenant is None:
        raise UsageError(
            "no tenant is named. Write: mailwitness standin TENANT, after mailwitness simulate TENANT --formats tenant"
        )
    if rate < 0 or repeats < 0:
        raise UsageError(
            f"--rate {rate:g} --repeats {repeats}: neither can be negative. Rate 0 stops the clock, repeats 0 means without end."
        )
    terms = _terms(pace, not no_limits, without or [], licence, not unsubscribed, not no_auditing, secret_expired)
    switched = parse_faults(fault or ())
    started = StandIn(
        tenant, switched, seed=seed, repeats=repeats or None, terms=terms, rate=rate, port=port,
        now=given_time(clock, "--clock"),
    )  # fmt: skip
    for ending in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell has what it puts in the background ignore it
        signal.signal(ending, signal.default_int_handler)
    with started as serving:
        try:
            _tell(serving, switched, as_json)
            threading.Event().wait()
        except KeyboardInterrupt:
            if not as_json:
                _tell_served(serving)
    return 0


def _terms(
    pace: float,
    limits: bool,
    without: list[str],
    licence: Literal["free", "P1", "P2"],
    subscribed: bool,
    auditing: bool,
    secret_expired: bool,
) -> Terms:
    from mailwitness.standin.terms import CMDLETS, PERMISSIONS, Terms

    withheld = {name.strip() for text in without for name in text.split(",") if name.strip()}
    unknown = sorted(withheld - PERMISSIONS - CMDLETS)
    if unknown:
        known = ", ".join(sorted(PERMISSIONS | CMDLETS))
        raise UsageError(
            f"--without {unknown[0]!r} is no permission or cmdlet that is granted here; there are {known}."
        )
    return Terms(
        pace=pace, limits=limits, granted=PERMISSIONS - withheld, cmdlets=CMDLETS - withheld, licence=licence,
        subscribed=subscribed, auditing=auditing, secret_expired=secret_expired,
    )  # fmt: skip


def _tell(serving: StandIn, switched: dict[str, float], as_json: bool) -> None:
    """Where everything is. The configuration is written beside the CA file and goes with it."""
    file = serving.ca_file.parent / CONFIGURATION
    file.write_text(_configuration(serving), "utf-8")
    addresses = {name: getattr(serving.addresses, name) for name in ("authority", "graph", "management", "exchange")}
    if as_json:
        print_json(
            {
                "addresses": addresses,
                "tenant_id": serving.tenant_id,
                "client_id": serving.client_id,
                "client_secret": serving.client_secret,
                "certificate_file": str(serving.certificate_file),
                "ca_file": str(serving.ca_file),
                "configuration_file": str(file),
                "now": serving.now,
                "faults": switched,
            }
        )
        sys.stdout.flush()
        return
    from rich.text import Text

    console = screen()
    rows: dict[str, Any] = {
        **addresses,
        "tenant id": serving.tenant_id,
        "client id": serving.client_id,
        "client secret": serving.client_secret,
        "certificate": serving.certificate_file,
        "CA file": serving.ca_file,
        "configuration": file,
        "services' time": f"{serving.now:%Y-%m-%dT%H:%M:%SZ}",
        "faults": ", ".join(f"{name}={share:g}" for name, share in switched.items()) or "none",
    }
    for name, value in rows.items():
        console.print(Text(f"{name:<15} {value}"), soft_wrap=True)
    console.print(Text(f"\n{_configuration(serving)}"), soft_wrap=True)
    say("next, in another terminal:")
    say(f"  export MAILWITNESS_CLIENT_SECRET={shlex.quote(serving.client_secret)}")
    say(f"  mailwitness collect COLLECTED --config {shlex.quote(str(file))}")
    say("serving until Ctrl-C")


def _configuration(serving: StandIn) -> str:
    """What mailwitness collect reads; no secret is in it."""
    lines = [
        f'tenant_id = "{serving.tenant_id}"',
        f'client_id = "{serving.client_id}"',
        f"ca_file = '{serving.ca_file}'",
        "",
        "[addresses]",
        *(
            f'{name} = "{getattr(serving.addresses, name)}"'
            for name in ("authority", "graph", "management", "exchange")
        ),
    ]
    return "\n".join(lines) + "\n"


def _tell_served(serving: StandIn) -> None:
    served = serving.served
    struck = Counter(one.fault for one in served if one.fault is not None)
    say(f"served {len(served)} requests")
    for name in sorted(struck, key=lambda name: int(name[1:])):
        say(f"  {name}: {struck[name]}")


def _list(as_json: bool) -> int:
    from mailwitness.standin import FAULTS

    if as_json:
        names = ("id", "title", "behaviour", "right", "probability", "seen")
        print_json({"faults": [{name: getattr(one, name) for name in names} for one in FAULTS.values()]})
        return 0
    from mailwitness.cli.tables import print_grid

    rows = [(one.id, one.title, one.behaviour, f"{one.probability:g}") for one in FAULTS.values()]
    print_grid(screen(), ["fault", "title", "what it looks like", "usual probability"], rows)
    return 0
