"""Could we have seen it: calendars, what would have shown more, what to switch on, and how each output says it."""

from __future__ import annotations

import csv as csv_files
import json as json_files
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailwitness.report import csv, html, json, xlsx
from mailwitness.report.account import build_account
from mailwitness.report.coverage import CALENDARS, CLAIM, NAMED, STRETCHES, Cell, outlook

from .conftest import Given
from .small_case import ABOUT, Tables, at

ANA = "ana@contoso.test"
TITLES = {
    "recorded": "Every access would be recorded and here",
    "degraded": "Some accesses would be missing: delegates",
    "blind": "No access would be recorded and here",
    "unknown": "Whether an access would be recorded and here is not known",
}
VERDICTS = {"recorded": "supported", "degraded": "contradicted", "blind": "contradicted", "unknown": "undecidable"}


def stretches(*parts: tuple[str, str, str, str], mailbox: str = ANA) -> Tables:
    """Findings and reasons from (from, to, state, code of the reason)."""
    made: Tables = {"findings": [], "reasons": []}
    for number, (since, until, state, code) in enumerate(parts):
        finding_id = f"{mailbox}-{number}"
        made["findings"].append(
            {
                "finding_id": finding_id,
                "claim": CLAIM,
                "pillar": "coverage",
                "subject_kind": "mailbox",
                "subject": mailbox,
                "mailbox": mailbox,
                "time_from": at(since),
                "time_to": at(until),
                "verdict": VERDICTS[state],
                "state": state,
                "title": TITLES[state],
                "would_decide": "The log of the day before would decide it." if state == "unknown" else None,
            }
        )
        made["reasons"].append(
            {"finding_id": finding_id, "code": code, "stance": "for", "sentence": f"Because of {code}."}
        )
    return made


def joined(*tables: Tables) -> Tables:
    return {name: [row for part in tables for row in part.get(name, [])] for name in {n for t in tables for n in t}}


WEEK = stretches(
    ("2026-03-02", "2026-03-03T10:20", "recorded", "log_collected"),
    ("2026-03-03T10:20", "2026-03-03T12:00", "degraded", "delegate_not_audited"),
    ("2026-03-03T12:00", "2026-03-04", "blind", "ingestion_off"),
    ("2026-03-04", "2026-03-05", "unknown", "throttling_before_log"),
)


def test_a_day_is_a_row_of_runs_of_hours(given: Given) -> None:
    """Hours that look the same are one cell; an hour of two states shows the worse with the reasons of both."""
    (calendar,) = outlook(given(**WEEK)).calendars

    assert "hour" == calendar.unit
    assert ["2026-03-02", "2026-03-03", "2026-03-04"] == [day for day, _ in calendar.rows]
    recorded = f"recorded: {TITLES['recorded']}"
    assert calendar.rows[1][1] == (
        Cell(10, "recorded", recorded),
        Cell(1, "degraded", f"degraded: Because of delegate_not_audited. / {recorded}"),
        Cell(1, "degraded", "degraded: Because of delegate_not_audited."),
        Cell(12, "blind", "blind: Because of ingestion_off."),
    )
    assert {24} == {sum(cell.span for cell in cells) for _, cells in calendar.rows}


def test_hours_outside_the_time_have_no_state(given: Given) -> None:
    """The first and last day are whole rows."""
    (calendar,) = outlook(
        given(**stretches(("2026-03-02T06:00", "2026-03-02T18:00", "recorded", "log_collected")))
    ).calendars

    ((_, cells),) = calendar.rows
    assert [(6, None), (12, "recorded"), (6, None)] == [(cell.span, cell.state) for cell in cells]


@pytest.mark.parametrize(("days", "unit"), [(31, "hour"), (32, "day")])
def test_a_long_time_is_shown_by_days(given: Given, days: int, unit: str) -> None:
    """More than a month of hours is no page."""
    until = (at("2026-03-02") + timedelta(days=days)).isoformat()

    (calendar,) = outlook(given(**stretches(("2026-03-02", until, "recorded", "log_collected")))).calendars

    assert unit == calendar.unit


def test_a_week_is_a_row_of_seven_days_from_monday(given: Given) -> None:
    """A day shows its worst state; days before the beginning have none."""
    parts = (
        ("2026-03-04", "2026-03-20T08:00", "recorded", "log_collected"),
        ("2026-03-20T08:00", "2026-03-20T09:00", "blind", "auditing_off"),
        ("2026-03-20T09:00", "2026-05-01", "recorded", "log_collected"),
    )

    (calendar,) = outlook(given(**stretches(*parts))).calendars

    assert ("2026-03-02", [None, None, *["recorded"] * 5]) == (
        calendar.rows[0][0],
        [cell.state for cell in calendar.rows[0][1]],
    )
    assert ("2026-03-16", [*["recorded"] * 4, "blind", *["recorded"] * 2]) == (
        calendar.rows[2][0],
        [cell.state for cell in calendar.rows[2][1]],
    )


def test_the_hours_of_each_state_are_told(given: Given) -> None:
    """In words, from the best to the worst."""
    (calendar,) = outlook(given(**WEEK)).calendars

    assert "34.3 hours recorded, 24.0 hours unknown, 1.7 hours degraded, 12.0 hours blind." == calendar.statement


def test_each_stretch_that_is_not_recorded_says_what_would_have_shown_it(given: Given) -> None:
    """A setting, a licence, another export, or nothing; an unknown one says what would decide it."""
    (calendar,) = outlook(given(**WEEK)).calendars

    assert [
        ("degraded", ("The delegates' audited actions left to Microsoft (DefaultAuditSet with Delegate), at no cost.",)),
        ("blind", ("The unified audit log left on. No licence and no later export brings these records.",)),
        ("unknown", ("The log of the day before would decide it.",)),
    ] == [(stretch.state, stretch.shown_by) for stretch in calendar.stretches]  # fmt: skip
    assert 3 == calendar.stretches_total


def test_every_reason_against_says_what_would_have_shown_it() -> None:
    """The codes of the analysis and the sentences of the report are the same set."""
    from mailwitness.analyses import views
    from mailwitness.report.coverage import _SHOWN_BY

    (denials,) = (view.sql for view in views("coverage") if view.name == "recording_denials")
    codes = re.findall(r"THEN '(\w+)'", denials[: denials.index("END AS code")].rpartition("CASE d.thing")[2])

    assert {*codes, "throttled", "account_bypassed"} == _SHOWN_BY.keys()


def test_many_stretches_are_told_in_part_and_counted_whole(given: Given) -> None:
    """The rest is in the listing."""
    day = at("2026-03-02")
    parts = [
        ((day + timedelta(hours=n)).isoformat(), (day + timedelta(hours=n + 1)).isoformat(), "blind" if n % 2 else "unknown", "x")
        for n in range(40)
    ]  # fmt: skip

    (calendar,) = outlook(given(**stretches(*parts))).calendars

    assert (STRETCHES, 40) == (len(calendar.stretches), calendar.stretches_total)


def test_mailboxes_that_look_alike_share_a_calendar(given: Given) -> None:
    """One picture for many, and each is named."""
    day = ("2026-03-02", "2026-03-03", "recorded", "log_collected")
    other = ("2026-03-02", "2026-03-03", "blind", "ingestion_off")

    found = outlook(given(**joined(stretches(day), stretches(day, mailbox="bo"), stretches(other, mailbox="cy"))))

    assert [("cy",), ("ana@contoso.test", "bo")] == [calendar.mailboxes for calendar in found.calendars]
    assert (3, 3) == (found.mailboxes, found.shown)


def test_mailboxes_that_somebody_accessed_come_first(given: Given) -> None:
    """Background services do not count; of thousands the first are shown and all are counted."""
    day = ("2026-03-02", "2026-03-03", "recorded")
    many = [stretches((*day, f"code{n}"), mailbox=f"m{n:03}") for n in range(CALENDARS + 5)]
    for n, part in enumerate(many):
        part["reasons"][0]["sentence"] = f"Reason {n}."
    sessions = [
        {"mailbox": "m020", "actor": "s1", "accesses": 5},
        {"mailbox": "m030", "actor": "s2", "accesses": 9},
        {"mailbox": "m033", "actor": "service", "accesses": 99, "background": "a service"},
    ]

    found = outlook(given(**joined(*many), exposure_sessions=sessions))

    assert ["m030", "m020", "m000"] == [calendar.mailboxes[0] for calendar in found.calendars[:3]]
    assert (CALENDARS + 5, CALENDARS) == (found.mailboxes, found.shown)


def test_the_whole_case_is_told_in_a_sentence(given: Given) -> None:
    """For the reader who stops after it."""
    recorded = stretches(("2026-03-02", "2026-03-03", "recorded", "log_collected"), mailbox="bo")
    unknown = stretches(("2026-03-02", "2026-03-03", "unknown", "licence_unknown"), mailbox="cy")

    account = build_account(given(**joined(WEEK, recorded, unknown)), ABOUT)

    sentence = (
        "Of 3 mailboxes, every access through all of this time would be recorded and here for 1; 1 has a time of which some or all "
        "accesses would be missing; of 1 it is not known for a part of the time or all of it."
    )
    assert sentence == account.outlook.statement
    seen = next(part for part in account.summary.parts if part.question == "Could we have seen it?")
    assert [
        (
            "certain",
            (
                "Of 3 mailboxes, 1 is shown to have every access recorded and here, through all of the time; in 1 some or all accesses of a "
                "stretch would be missing."
            ),
        ),
        (
            "open",
            "Counted in days of a mailbox: 2.4 recorded, 0.1 recorded in part, 0.5 not recorded or not here and 2.0 unknown.",
        ),
    ] == [(said.certainty, said.text) for said in seen.sentences]


def test_a_case_without_such_findings_says_so(given: Given) -> None:
    """No calendar, no advice, and no sentence."""
    found = outlook(given())

    assert (None, 0, (), ()) == (found.statement, found.mailboxes, found.calendars, found.switches)


LAST = at("9999-12-31")


def known(setting: str, value: str) -> dict[str, Any]:
    return {"row_id": setting, "setting": setting, "value": value, "valid_from": at("2026-03-02"), "valid_to": LAST}


def mailbox_settings(mailbox: str = ANA, **more: Any) -> dict[str, Any]:
    return {
        "row_id": mailbox,
        "mailbox": mailbox,
        "valid_from": at("2026-03-02"),
        "valid_to": LAST,
        "recipient_type": "UserMailbox",
        "default_audit_set": '["Admin", "Delegate", "Owner"]',
        "audit_bypass": False,
        **more,
    }


ALL_ON: Tables = joined(
    stretches(("2026-03-02", "2026-03-03", "recorded", "log_collected")),
    {
        "tenant_settings": [known("unified_audit_log_ingestion_enabled", "true"), known("audit_disabled", "false")],
        "mailbox_settings": [mailbox_settings()],
        "setting_observations": [{"row_id": "o", "time": at("2026-03-02")}],
    },
)


def changed(name: str, *rows: dict[str, Any]) -> Tables:
    return {**ALL_ON, name: list(rows)}


@pytest.mark.parametrize(
    ("tables", "codes"),
    [
        (ALL_ON, []),
        (changed("tenant_settings", known("audit_disabled", "false")), ["ingestion"]),
        (changed("tenant_settings", known("audit_disabled", "true"), known("unified_audit_log_ingestion_enabled", "true")), ["auditing"]),
        (changed("mailbox_settings", mailbox_settings(audit_bypass=True)), ["bypass"]),
        (changed("mailbox_settings", mailbox_settings(audit_bypass=True, valid_to=at("2026-03-01"))), []),
        (changed("mailbox_settings", mailbox_settings(default_audit_set='["Admin", "Delegate"]')), ["audit_set"]),
        (changed("mailbox_settings", mailbox_settings(default_audit_set='["Admin"]', recipient_type="RoomMailbox")), []),
        (changed("mailbox_settings", mailbox_settings(default_audit_set=None)), []),
        (changed("reasons", {"finding_id": f"{ANA}-0", "code": "plan_unpublished"}), ["licence"]),
        (changed("reasons", {"finding_id": f"{ANA}-0", "code": "collection_unproven"}), ["collection"]),
        (changed("reasons", {"finding_id": f"{ANA}-0", "code": "records_may_be_late"}), []),
    ],
    ids=["all on", "ingestion unknown", "auditing off", "bypassed", "bypassed once", "customised", "a room", "set unknown", "licence", "collection",
         "late"],
)  # fmt: skip
def test_what_is_off_or_unknown_is_to_be_switched_on(given: Given, tables: Tables, codes: list[str]) -> None:
    """At the end of the case's time; what is on, or was off once, needs nothing."""
    found = outlook(given(**tables)).switches

    assert codes == [step.code for step in found]
    assert all(step.command and "<named>" not in step.missing for step in found)


def test_only_some_names_are_written_out(given: Given) -> None:
    """The listing has all; names never enter a command."""
    tables = changed("mailbox_settings", *(mailbox_settings(f"m{n:02}';rm", audit_bypass=True) for n in range(NAMED + 3)))  # fmt: skip

    (step,) = outlook(given(**tables)).switches

    assert step.missing.endswith("m07';rm and 3 more.")
    assert "m00" not in step.command


FEED = {
    "finding_id": "feed-1",
    "claim": "every record of this log in this interval is in this case",
    "pillar": "coverage",
    "subject_kind": "feed",
    "subject": "signins_interactive",
    "time_from": at("2026-03-02"),
    "time_to": at("2026-03-05"),
    "verdict": "undecidable",
    "would_decide": "The sign-ins would decide it.",
}


def whole_case() -> Tables:
    return joined(WEEK, {"findings": [FEED], "reasons": [{"finding_id": "feed-1", "code": "log_absent", "sentence": "This log is not in this case."}]})  # fmt: skip


def test_the_page_can_be_read_without_colour_pointer_and_script(given: Given) -> None:
    """Each cell has a sign and, hidden or not, its word; reasons stand in text as well as in what pointing shows."""
    page = html.page(build_account(given(**whole_case()), ABOUT))
    section = page[page.index('<section id="coverage"') : page.index('<section id="findings"')]

    for sign in ("● recorded", "◐ degraded", "○ blind", "? unknown"):
        assert f'<b class="cal s-{sign[2:]}">{sign}</b>' in section
    assert (
        '<td class="s-degraded" title="degraded: Because of delegate_not_audited.">◐<span class="sr"> degraded</span></td>'
        in section
    )
    assert '<td colspan="12" class="s-blind" title="blind: Because of ingestion_off.">○ blind</td>' in section
    assert '<th scope="row">2026-03-03</th>' in section and 'scope="colgroup"' in section
    assert "2026-03-03T12:00:00Z to 2026-03-04T00:00:00Z" in section
    assert "Because of ingestion_off." in re.sub(r'title="[^"]*"', "", section)
    assert "style=" not in section and "<script" not in section
    assert "signins_interactive" in section


def test_text_of_a_log_stays_text_on_the_calendar(given: Given) -> None:
    """A name, a title or a reason with markup is shown as it is."""
    hostile = '"><script>alert(1)</script>\u202e'
    tables = stretches(("2026-03-02", "2026-03-03", "blind", "x"), mailbox=hostile)
    tables["reasons"][0]["sentence"] = tables["findings"][0]["title"] = hostile

    page = html.page(build_account(given(**tables), ABOUT))

    assert "<script>alert" not in page and "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_outputs_for_machines_have_every_stretch(given: Given, tmp_path: Path) -> None:
    """CSV and workbook a row each, JSON the account's."""
    connection = given(**whole_case())
    account = build_account(connection, ABOUT)

    csv.write(account, connection, tmp_path / "csv")
    with (tmp_path / "csv" / "coverage.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv_files.DictReader(file))
    book = xlsx.write(account, connection, tmp_path / "case.xlsx")
    names = re.findall(r'<sheet name="([^"]+)"', zipfile.ZipFile(book).read("xl/workbook.xml").decode())
    found = json_files.loads(json.dumps(account))

    assert ["recorded", "degraded", "blind", "unknown"] == [row["state"] for row in rows]
    assert ("2026-03-03T12:00:00Z", "2026-03-04T00:00:00Z", "Because of ingestion_off.") == (
        rows[2]["time_from"],
        rows[2]["time_to"],
        rows[2]["reasons"],
    )
    assert {"Coverage of mailboxes", "Collection of the logs"} <= set(names)
    assert (tmp_path / "csv" / "feeds.csv").is_file() and (tmp_path / "csv" / "switch_on.csv").is_file()
    assert (4, 1) == (found["coverage"]["total"], found["feeds"]["total"])
    assert {"recorded": 34.333, "unknown": 24.0, "degraded": 1.667, "blind": 12.0} == found["outlook"]["calendars"][0][
        "hours"
    ]
    assert isinstance(datetime.fromisoformat(found["outlook"]["calendars"][0]["stretches"][0]["time_from"]), datetime)
