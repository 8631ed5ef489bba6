"""Folder of Untitled Goose Tool 1.2: JSON lines of Python's ``json.dumps``.

``m365/ual_<day>_<day>.json`` holds bare audit records, from 04:00 UTC of one day to 04:00 UTC of the next; a day of 50,000 lines or more is asked
for in pieces, whose moments stand in the name. ``m365/.ual_bounds`` says what there was in each search. ``azuread/<source>/`` has sign-ins per
day: ``rt`` of users (interactive and non-interactive), ``sp`` of service principals, ``msi`` of managed identities; directory audits lie in
``azuread/azure_audit_logs/``. ``m365/EXO_MailboxCASSettings.json`` shows the protocol switches on the day of the export.

Limits: the last instant of a day, which the tool leaves out, is not left out here (records have whole seconds). Versions differ in what they keep
in ``.ual_bounds``.
Sources:
    - https://github.com/cisagov/untitledgoosetool   (goosey/m365_datadumper.py, goosey/azure_ad_datadumper.py)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mailwitness.simulate.exports._careless import cut_of
from mailwitness.simulate.exports._clock import date, iso
from mailwitness.simulate.exports._objects import Objects
from mailwitness.simulate.exports._searches import SearchFiles, written_below
from mailwitness.simulate.exports.format import SIGN_INS, Format, Streams, Written
from mailwitness.simulate.logged import LogStream, Spooled
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR

if TYPE_CHECKING:
    from mailwitness.simulate.tenant import Tenant, Timeline

CAP_ROWS = 50_000
_SOURCES: dict[LogStream, str] = {
    "interactive": "rt", "noninteractive": "rt", "service_principal": "sp", "managed_identity": "msi",
}  # fmt: skip
_NO_CAP = 1 << 60


def write(out: Path, tenant: Tenant, timeline: Timeline, logs: Iterable[Spooled], streams: Streams) -> Written:
    m365, azuread = out / "m365", out / "azuread"
    m365.mkdir(exist_ok=True)
    begin = tenant.start_at - 20 * MS_PER_HOUR
    unified = SearchFiles(m365, begin, tenant.end_at, MS_PER_DAY, CAP_ROWS - 1, _ual_name, cut=cut_of(tenant))
    others: dict[str, SearchFiles] = {}
    for one in logs:
        line = None if one.lost else json.dumps(one.record).encode() + b"\n"
        if one.stream == "unified":
            unified.add(one.at, one.key, line)
            continue
        source = _SOURCES.get(one.stream, "azure_audit_logs")
        if source not in others:
            (azuread / source).mkdir(parents=True)
            prefix = "azureadauditlog" if source == "azure_audit_logs" else f"{source}_signin_log"
            others[source] = SearchFiles(
                azuread / source, tenant.start_at, tenant.end_at, MS_PER_DAY, _NO_CAP, _by_day(prefix)
            )
        others[source].add(one.at, one.key, line)
    files: list[Path] = []
    for source in sorted(others):
        others[source].close()
        files += others[source].files
    if "unified" in streams:
        unified.close()
        bounds = m365 / ".ual_bounds"
        lines = [f"{_spaced(first)},{_spaced(last)},{count}\n" for first, last, count in unified.searches]
        bounds.write_text("start,end,count\n" + "".join(lines), "utf-8", newline="\n")
        files += [*unified.files, bounds]
    return Written(written_below(out, files), frozenset(unified.dropped))


def close(out: Path, tenant: Tenant, timeline: Timeline, written: Written) -> tuple[str, ...]:
    if tenant.options.coverage == "unified-only":
        return ()
    path = out / "m365" / "EXO_MailboxCASSettings.json"
    objects = Objects(tenant, timeline, tenant.collected_at)
    path.write_bytes(b"".join(json.dumps(made).encode() + b"\n" for made in objects.cas_mailboxes()))
    return written_below(out, [path])


def _ual_name(begin: int, end: int) -> str:
    if end - begin == MS_PER_DAY and begin % MS_PER_DAY == 4 * MS_PER_HOUR:
        return f"ual_{date(begin)}_{date(end)}.json"
    return f"ual_{date(begin)}_{date(end)}_{_in_name(begin)}_{_in_name(end)}.json"


def _in_name(at: int) -> str:
    return iso(at)[11:-1].replace(":", "_") + "_000Z"


def _spaced(at: int) -> str:
    return iso(at)[:-1].replace("T", " ")


def _by_day(prefix: str) -> Callable[[int, int], str]:
    return lambda begin, _end: f"{prefix}_{date(begin)}.json"


FORMAT = Format(
    "goose",
    "Untitled Goose Tool folder",
    frozenset({"unified", *SIGN_INS, "directory"}),
    write,
    close=close,
    together=frozenset({"interactive", "noninteractive"}),
    counts_lost=True,
)
