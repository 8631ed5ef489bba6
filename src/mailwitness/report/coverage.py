"""Could we have seen it? The findings of coverage as listings, as a calendar for each mailbox, and as what would have shown more.

Reads findings and their reasons alone, and judges nothing. A calendar has a row for each day and a cell for each run of hours that look the
same; of more than `HOURLY` days it has a row for each week and a cell for each day. A cell that holds several states shows the worst, with the
reasons of all of them; the listing has every stretch to the second.

Sources:
    - https://learn.microsoft.com/powershell/module/exchange/set-adminauditlogconfig
    - https://learn.microsoft.com/powershell/module/exchange/set-organizationconfig
    - https://learn.microsoft.com/powershell/module/exchange/set-mailboxauditbypassassociation
    - https://learn.microsoft.com/powershell/module/exchange/set-mailbox   (DefaultAuditSet)
    - https://learn.microsoft.com/powershell/module/microsoft.graph.users.actions/set-mguserlicense
    - https://learn.microsoft.com/purview/audit-log-investigate-accounts   (throttling, which no licence lifts)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from mailwitness.report.listing import Question, columns, plain
from mailwitness.report.next_steps import Step
from mailwitness.report.text import counted, time_text

CLAIM = "an access to this mailbox in this interval would have been recorded, and the record would be in this case"

FEED_CLAIM = "every record of this log in this interval is in this case"

CALENDARS = 30
"""Mailboxes whose calendar the account holds; the listing has all."""

HOURLY = 31
"""Days up to which a calendar shows hours."""

WEEKS = 60
"""Rows of a calendar of days; an earlier time is in the listing alone."""

STRETCHES = 12
"""Stretches of one mailbox that are told in words below its calendar."""

WORST = ("blind", "degraded", "unknown", "recorded")
"""States from the worst to the best: what a cell shows that holds several."""

_STRETCHES = f"""
    SELECT f.finding_id, f.mailbox, f.time_from, f.time_to, f.state, f.title, f.would_decide,
           (SELECT list_sort(list(DISTINCT r.sentence)) FROM reasons AS r WHERE r.finding_id = f.finding_id) AS reasons,
           (SELECT list_sort(list(DISTINCT r.code)) FROM reasons AS r WHERE r.finding_id = f.finding_id) AS codes
    FROM findings AS f WHERE f.claim = '{CLAIM}'"""

COVERAGE = Question(
    "coverage",
    "Coverage of mailboxes",
    "One row is one mailbox and stretch of time: whether an access would have been recorded, and the record be in this case.",
    columns("""
mailbox       text  Mailbox
time_from     time  From
time_to       time  To
state         text  State
title         text  What
reasons       list  Why
would_decide  text  What would decide it
"""),
    _STRETCHES,
    "mailbox NULLS LAST, time_from NULLS FIRST, time_to, finding_id",
    "No analysis has judged the coverage of a mailbox.",
)

FEEDS = Question(
    "feeds",
    "Collection of the logs",
    "One row is one log and stretch of time: whether every record that the service had is in this case.",
    columns("""
feed          text  Log
time_from     time  From
time_to       time  To
verdict       text  Whole
reasons       list  Why
would_decide  text  What would decide it
"""),
    f"""
    SELECT f.finding_id, f.subject AS feed, f.time_from, f.time_to, f.verdict, f.would_decide,
           (SELECT list_sort(list(DISTINCT r.sentence)) FROM reasons AS r WHERE r.finding_id = f.finding_id) AS reasons
    FROM findings AS f WHERE f.claim = '{FEED_CLAIM}'""",
    "feed, time_from NULLS FIRST, time_to, finding_id",
    "No analysis has judged the collection of a log.",
)

BY_MAILBOX = f"""
    SELECT count(*) AS mailboxes, count(*) FILTER (WHERE all_recorded) AS whole, count(*) FILTER (WHERE some_lost) AS lost,
           count(*) FILTER (WHERE NOT all_recorded AND NOT some_lost) AS unknown
    FROM (SELECT mailbox, bool_and(state = 'recorded') AS all_recorded, bool_or(state IN ('blind', 'degraded')) AS some_lost
          FROM findings WHERE claim = '{CLAIM}' GROUP BY mailbox)"""
"""How many mailboxes were recorded through all of the time, not through some of it, and of how many it is not known."""

MAILBOX_DAYS = f"""
    SELECT state, sum(epoch(time_to) - epoch(time_from)) / 86400 AS days FROM findings
    WHERE claim = '{CLAIM}' AND time_from IS NOT NULL AND time_to IS NOT NULL GROUP BY state"""
"""Each state with its time, a day of one mailbox being one."""

_SHOWN_BY: Mapping[str, str] = {
    "not_collected": "The same window collected again while the log still holds it, or an earlier export.",
    "ingestion_off": "The unified audit log left on. No licence and no later export brings these records.",
    "auditing_off": "Mailbox auditing left on for the organisation. No licence brings these records.",
    "never_audited_kind": "No setting and no licence: only the logs of the clients and networks of its users.",
    "not_licensed": "A licence with Audit (Premium), as E5 has, on this mailbox at that time.",
    "owner_not_audited": "The owner's audited actions left to Microsoft (DefaultAuditSet with Owner), at no cost.",
    "delegate_not_audited": "The delegates' audited actions left to Microsoft (DefaultAuditSet with Delegate), at no cost.",
    "admin_not_audited": "The administrators' audited actions left to Microsoft (DefaultAuditSet with Admin), at no cost.",
    "account_bypassed": "No bypass for that account. Its sign-ins may still show that it was active.",
    "worked_unrecorded": "A licence with Audit (Standard) of E3, or (Premium) of E5, on this mailbox at that time.",
    "throttled": "Nothing: E5 is throttled as well. Syncs are recorded, and sign-ins show who was active.",
}
"""What would have shown the accesses that a reason hides, by its code."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of hours, or a day: ``span`` columns wide, its worst state, and in words what it holds. No state: outside the time."""

    span: int
    state: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of time that is not recorded whole: its state, why, and what would have shown or would decide it."""

    time_from: datetime
    time_to: datetime
    state: str
    title: str
    reasons: tuple[str, ...]
    shown_by: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "time_from": plain(self.time_from),
            "time_to": plain(self.time_to),
            "state": self.state,
            "title": self.title,
            "reasons": list(self.reasons),
            "shown_by": list(self.shown_by),
        }


@dataclass(frozen=True, slots=True)
class Calendar:
    """The time of one or more mailboxes that look alike. ``unit``: hour or day; ``rows``: a label (day, or first day of a week) and its cells."""

    mailboxes: tuple[str, ...]
    unit: str
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    hours: Mapping[str, float]
    stretches: tuple[Stretch, ...]
    stretches_total: int

    @property
    def statement(self) -> str:
        """How many hours are in which state, in words."""
        parts = [f"{_hours_text(self.hours[state])} {state}" for state in reversed(WORST) if self.hours.get(state)]
        return ", ".join(parts) + "."

    def to_dict(self) -> dict[str, Any]:
        return {
            "mailboxes": list(self.mailboxes),
            "hours": {state: round(self.hours.get(state, 0.0), 3) for state in reversed(WORST)},
            "stretches_total": self.stretches_total,
            "stretches": [stretch.to_dict() for stretch in self.stretches],
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """What coverage says of the whole case: ``statement`` for a board, the calendars, and what to switch on."""

    statement: str | None
    mailboxes: int
    calendars: tuple[Calendar, ...]
    switches: tuple[Step, ...]

    @property
    def shown(self) -> int:
        """Mailboxes that have a calendar here."""
        return sum(len(calendar.mailboxes) for calendar in self.calendars)

    def to_dict(self) -> dict[str, Any]:
        return {
            "statement": self.statement,
            "mailboxes": self.mailboxes,
            "shown": self.shown,
            "calendars": [calendar.to_dict() for calendar in self.calendars],
            "switch_on": [step.to_dict() for step in self.switches],
        }


def outlook(connection: duckdb.DuckDBPyConnection) -> Outlook:
    """The calendars of the mailboxes that matter most: first those that somebody other than a background service accessed."""
    ((mailboxes,),) = connection.execute(
        f"SELECT count(DISTINCT mailbox) FROM findings WHERE claim = '{CLAIM}'"
    ).fetchall()
    return Outlook(_statement(connection), mailboxes, _calendars(connection), _switches(connection))


def _statement(connection: duckdb.DuckDBPyConnection) -> str | None:
    ((mailboxes, whole, lost, unknown),) = connection.execute(BY_MAILBOX).fetchall()
    if not mailboxes:
        return None
    said = f"Of {counted(mailboxes, 'mailbox', 'mailboxes')}, every access through all of this time would be recorded and here for {whole:,}"
    if lost:
        said += f"; {lost:,} {'has' if lost == 1 else 'have'} a time of which some or all accesses would be missing"
    if unknown:
        said += f"; of {unknown:,} it is not known for a part of the time or all of it"
    return f"{said}."


def _calendars(connection: duckdb.DuckDBPyConnection) -> tuple[Calendar, ...]:
    chosen = [row[0] for row in connection.execute(
        f"""WITH actors AS (
            SELECT mailbox, sum(accesses) AS accesses FROM exposure_sessions WHERE background IS NULL GROUP BY mailbox
        )
        SELECT f.mailbox FROM findings AS f LEFT JOIN actors AS a ON a.mailbox = f.mailbox
        WHERE f.claim = '{CLAIM}' AND f.mailbox IS NOT NULL AND f.time_from IS NOT NULL AND f.time_to IS NOT NULL
        GROUP BY f.mailbox
        ORDER BY max(a.accesses) DESC NULLS LAST, bool_or(f.state <> 'recorded') DESC, f.mailbox LIMIT {CALENDARS}"""
    ).fetchall()]  # fmt: skip
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    cursor = connection.execute(
        f"""SELECT mailbox, time_from, time_to, state, title, would_decide, reasons, codes FROM ({_STRETCHES})
        WHERE list_contains($mailboxes, mailbox) AND time_from IS NOT NULL AND time_to IS NOT NULL
        ORDER BY mailbox, time_from, time_to, finding_id""",
        {"mailboxes": chosen},
    )
    names = [entry[0] for entry in cursor.description or ()]
    for row in cursor.fetchall():
        found[row[0]].append(dict(zip(names, row, strict=True)))
    alike: dict[tuple[Any, ...], list[str]] = {}
    for mailbox in chosen:
        key = tuple(
            (s["time_from"], s["time_to"], s["state"], s["title"], tuple(s["reasons"] or ())) for s in found[mailbox]
        )
        alike.setdefault(key, []).append(mailbox)
    return tuple(_calendar(tuple(mailboxes), found[mailboxes[0]]) for mailboxes in alike.values())


def _calendar(mailboxes: tuple[str, ...], stretches: Sequence[Mapping[str, Any]]) -> Calendar:
    begin, end = stretches[0]["time_from"], max(stretch["time_to"] for stretch in stretches)
    first = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    hourly = end - first <= timedelta(days=HOURLY)
    hours: dict[str, float] = defaultdict(float)
    for stretch in stretches:
        hours[stretch["state"]] += (stretch["time_to"] - stretch["time_from"]) / timedelta(hours=1)
    told = [_told(stretch) for stretch in stretches if stretch["state"] != "recorded"]
    return Calendar(
        mailboxes,
        "hour" if hourly else "day",
        tuple(_days(stretches, first, end) if hourly else _weeks(stretches, first, end)),
        hours,
        tuple(told[:STRETCHES]),
        len(told),
    )


def _told(stretch: Mapping[str, Any]) -> Stretch:
    shown_by = [_SHOWN_BY[code] for code in stretch["codes"] or () if code in _SHOWN_BY]
    if stretch["would_decide"]:
        shown_by.append(stretch["would_decide"])
    return Stretch(
        stretch["time_from"],
        stretch["time_to"],
        stretch["state"],
        stretch["title"] or "",
        tuple(stretch["reasons"] or ()),
        tuple(shown_by),
    )


def _days(
    stretches: Sequence[Mapping[str, Any]], first: datetime, end: datetime
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    day = first
    while day < end:
        cells: list[Cell] = []
        for hour in range(24):
            since = day + timedelta(hours=hour)
            state, text = _within(stretches, since, since + timedelta(hours=1))
            if cells and (cells[-1].state, cells[-1].text) == (state, text):
                cells[-1] = Cell(cells[-1].span + 1, state, text)
            else:
                cells.append(Cell(1, state, text))
        yield day.strftime("%Y-%m-%d"), tuple(cells)
        day += timedelta(days=1)


def _weeks(
    stretches: Sequence[Mapping[str, Any]], first: datetime, end: datetime
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    monday = max(first - timedelta(days=first.weekday()), _monday(end) - timedelta(weeks=WEEKS - 1))
    while monday < end:
        days = [monday + timedelta(days=number) for number in range(7)]
        yield (
            monday.strftime("%Y-%m-%d"),
            tuple(Cell(1, *_within(stretches, day, day + timedelta(days=1))) for day in days),
        )
        monday += timedelta(weeks=1)


def _monday(time: datetime) -> datetime:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _within(stretches: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> tuple[str | None, str]:
    """The worst state in [since, until), and its titles and reasons in words; None where no stretch is."""
    here = [stretch for stretch in stretches if stretch["time_from"] < until and stretch["time_to"] > since]
    if not here:
        return None, "outside the time of this case"
    here.sort(key=lambda stretch: WORST.index(stretch["state"]))
    texts = [
        f"{stretch['state']}: {stretch['title'] if stretch['state'] == 'recorded' else ' '.join(stretch['reasons'] or [stretch['title'] or ''])}"
        for stretch in here
    ]
    return here[0]["state"], " / ".join(dict.fromkeys(texts))


def _hours_text(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:,.1f} days"
    return f"{hours:,.1f} hours"


_LATEST = "valid_to > (SELECT max(time) FROM setting_observations)"

_SWITCHES: tuple[tuple[str, Step], ...] = (
    (
        f"""SELECT CASE WHEN count(*) = 0 THEN 'not known here' END
        FROM tenant_settings WHERE setting = 'unified_audit_log_ingestion_enabled' AND lower(value) LIKE '%true%' AND {_LATEST}""",
        Step(
            "ingestion",
            "The unified audit log: off, or <named>.",
            "Without it no mailbox record of anybody is kept. It takes up to an hour.",
            "Exchange Online PowerShell; Get-AdminAuditLogConfig shows it",
            "Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true",
        ),
    ),
    (
        f"""SELECT CASE WHEN count(*) = 0 THEN 'not known here' END
        FROM tenant_settings WHERE setting = 'audit_disabled' AND lower(value) LIKE '%false%' AND {_LATEST}""",
        Step(
            "auditing",
            "Mailbox auditing of the organisation: off, or <named>.",
            "It is on for every mailbox unless AuditDisabled is true.",
            "Exchange Online PowerShell; Get-OrganizationConfig shows it",
            "Set-OrganizationConfig -AuditDisabled $false",
        ),
    ),
    (
        f"SELECT string_agg(mailbox, ', ' ORDER BY mailbox) FROM mailbox_settings WHERE audit_bypass AND {_LATEST}",
        Step(
            "bypass",
            "Accounts that auditing passes over: <named>.",
            "Nothing they do to any mailbox is recorded. A backup or migration product may have asked for it; none needs it.",
            "Exchange Online PowerShell",
            "Get-MailboxAuditBypassAssociation -ResultSize Unlimited | Where-Object AuditBypassEnabled | ForEach-Object { "
            "Set-MailboxAuditBypassAssociation -Identity $_.Guid.ToString() -AuditBypassEnabled $false }",
        ),
    ),
    (
        f"""SELECT string_agg(mailbox, ', ' ORDER BY mailbox) FROM mailbox_settings
        WHERE {_LATEST} AND recipient_type IN ('UserMailbox', 'SharedMailbox')
          AND NOT (lower(default_audit_set) LIKE '%owner%' AND lower(default_audit_set) LIKE '%delegate%' AND lower(default_audit_set) LIKE '%admin%')""",
        Step(
            "audit_set",
            "Mailboxes whose audited actions are a list of their own: <named>.",
            "New actions never reach such a list by themselves, and MailItemsAccessed may have been taken out.",
            "Exchange Online PowerShell",
            "Get-Mailbox -ResultSize Unlimited | Where-Object { @($_.DefaultAuditSet).Count -lt 3 } | Set-Mailbox -DefaultAuditSet Admin,Delegate,Owner",
        ),
    ),
    (
        f"""SELECT string_agg(DISTINCT f.mailbox, ', ' ORDER BY f.mailbox) FROM findings AS f JOIN reasons AS r USING (finding_id)
        WHERE f.claim = '{CLAIM}'
          AND r.code IN ('worked_unrecorded', 'shared_without_licence', 'plan_unpublished', 'licence_unknown', 'not_licensed')""",
        Step(
            "licence",
            "Mailboxes without a licence that is known to bring mail-access records: <named>.",
            "E3 brings them with Audit (Standard), E5 with Audit (Premium) and a year of keeping. Recording begins within 24 hours; the past stays as it is.",
            "Microsoft Graph PowerShell, for each mailbox, with a product of your tenant (Get-MgSubscribedSku)",
            "Set-MgUserLicense -UserId <user> -AddLicenses @{SkuId = '<sku>'} -RemoveLicenses @()",
        ),
    ),
    (
        f"""SELECT CASE WHEN count(*) > 0 THEN 'now' END FROM findings AS f JOIN reasons AS r USING (finding_id)
        WHERE f.claim = '{CLAIM}'
          AND r.code IN ('collection_unproven', 'users_unstated', 'collection_incomplete', 'not_collected')""",
        Step(
            "collection",
            "A collection that says what it asked for and got.",
            "The log keeps 180 days (Audit Premium: a year). What was not collected whole, with a statement, proves no absence later.",
            "A collector that runs every day and writes down each window; or, once, a search whose log is kept",
            "Search-UnifiedAuditLog -StartDate <from> -EndDate <to> -SessionCommand ReturnLargeSet -SessionId case -ResultSize 5000 -HighCompleteness",
        ),
    ),
)  # fmt: skip
"""What is off or unknown at the end of the case's time: a test that names what it is about (null: nothing to do), and the step."""

NAMED = 8
"""Names that a step lists."""


def _switches(connection: duckdb.DuckDBPyConnection) -> tuple[Step, ...]:
    ((judged,),) = connection.execute(f"SELECT count(*) FROM findings WHERE claim = '{CLAIM}'").fetchall()
    if not judged:
        return ()
    due = []
    for test, step in _SWITCHES:
        ((named,),) = connection.execute(test).fetchall()
        if named is not None:
            due.append(Step(step.code, step.missing.replace("<named>", _few(named)), step.why, step.get, step.command))
    return tuple(due)


def _few(names: str) -> str:
    parts = names.split(", ")
    more = f" and {len(parts) - NAMED:,} more" if len(parts) > NAMED else ""
    return ", ".join(parts[:NAMED]) + more


def period_text(stretch: Stretch) -> str:
    """From and to of a stretch, for people."""
    return f"{time_text(stretch.time_from)} to {time_text(stretch.time_to)}"
