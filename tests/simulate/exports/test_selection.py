"""Which records an export holds, by coverage, retention, availability and format."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from mailwitness.simulate.exports import formats
from mailwitness.simulate.exports.selection import Selection
from mailwitness.simulate.logged import Logged, LogStream
from mailwitness.simulate.options import COVERAGES, Coverage
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.world import MS_PER_DAY
from tests.simulate.exports.records import logged, one_life, signin, tenant_of, write

STREAMS: tuple[LogStream, ...] = get_args(LogStream)
EVERY = tuple(formats())


def held(tenant: Tenant, *given: Logged) -> list[bool]:
    selection = Selection(tenant, tenant.options)
    return [selection.holds(one) for one in given]


def of_stream(stream: LogStream, after: int = 0, late: int = 0, **record: str) -> Logged:
    return logged(stream, after, f"{stream}-{after}", {"Workload": "Exchange", **record}, late)


@pytest.mark.parametrize("coverage", COVERAGES)
def test_coverage_leaves_out_streams(coverage: Coverage) -> None:
    """full has all, unified-only one, no-noninteractive all but one; loss20 leaves no stream out whole."""
    tenant = tenant_of(coverage, formats_=EVERY)
    left = {stream for stream in STREAMS if not any(held(tenant, *(of_stream(stream, number) for number in range(40))))}

    wanted: dict[Coverage, set[LogStream]] = {
        "full": set(),
        "unified-only": set(STREAMS) - {"unified"},
        "no-noninteractive": {"noninteractive"},
        "loss20": set(),
    }
    assert wanted[coverage] == left


def test_one_in_five_gets_lost_and_is_marked() -> None:
    """loss20 loses about a fifth, by stream and id, the same ones every time, and marks them; a duplicate goes with its record."""
    tenant = tenant_of("loss20", formats_=EVERY)
    given = [of_stream("unified", number) for number in range(4000)]
    again = [of_stream("unified", number, late=9) for number in range(4000)]

    judged = held(tenant, *given)

    assert judged == held(tenant, *again)
    assert 0.77 < sum(judged) / 4000 < 0.83
    assert judged == [not one.lost for one in given]
    assert judged != held(tenant, *(of_stream("directory", number) for number in range(4000)))


def test_what_was_not_available_yet_is_not_held() -> None:
    """A record that arrives a millisecond after the export is in no file."""
    tenant = tenant_of(formats_=EVERY)
    late = tenant.collected_at - tenant.start_at

    assert [True, False] == held(tenant, of_stream("unified", 0, late), of_stream("unified", 0, late + 1))


def test_the_unified_log_forgets_by_the_plan_of_who_acted() -> None:
    """180 days, or a year for a person with Audit (Premium); case and unknown users change nothing."""
    tenant = tenant_of(days=10, delay_days=175, formats_=EVERY)
    premium = next(person.upn for person in tenant.people if person.plan == "e5")
    standard = next(person.upn for person in tenant.people if person.plan != "e5")
    edge = 5 * MS_PER_DAY  # 180 days before the export

    assert [False, True, True, False] == held(
        tenant,
        of_stream("unified", edge - 1, UserId=standard),
        of_stream("unified", edge, UserId=standard),
        of_stream("unified", edge - 1, UserId=premium.upper()),
        of_stream("unified", edge - 1, UserId="NT AUTHORITY\\SYSTEM"),
    )


def test_message_trace_goes_back_ninety_days() -> None:
    tenant = tenant_of(days=10, delay_days=85, formats_=EVERY)
    edge = 5 * MS_PER_DAY

    assert [False, True] == held(tenant, of_stream("message_trace", edge - 1), of_stream("message_trace", edge))


@pytest.mark.parametrize("name", ["graph_pages", "entra_portal_csv", "entra_portal_json"])
def test_entra_forgets_after_thirty_days_what_is_asked_for_once(name: str, tmp_path: Path) -> None:
    """Older sign-ins are in no page and no download, and nobody states that those days are whole; another format may still have them."""
    old, young = signin(1, 5 * MS_PER_DAY - 1000), signin(2, 5 * MS_PER_DAY)
    alone = tenant_of(days=10, delay_days=25, formats_=(name,))
    together = tenant_of(days=10, delay_days=25, formats_=(name, "diagnostic_settings"))

    assert [False, True] == held(alone, old, young)
    assert [True, True] == held(together, old, young)
    write(name, tmp_path, [old, young], together)
    (found,) = tmp_path.rglob("*nteractive*")
    (path,) = found.iterdir() if found.is_dir() else [found]
    assert (False, True) == (old.id in path.read_text("utf-8"), young.id in path.read_text("utf-8"))
    stated = (tmp_path / "collection-statement.jsonl").read_text("utf-8")
    assert 30 == stated.count('"signins_interactive"')
    assert '"feed":"signins_interactive","window_from":"2026-03-07T00:00:00Z"' in stated


def test_a_stream_that_no_format_carries_is_not_held() -> None:
    """Settings carry no log; message trace carries one; Office activity has no Entra records."""
    office = of_stream("unified"), of_stream("unified", Workload="AzureActiveDirectory")

    assert [False, False] == held(tenant_of(formats_=("settings",)), *office)
    assert [False, False] == held(tenant_of(formats_=("message_trace",)), *office)
    assert [True, False] == held(tenant_of(formats_=("log_analytics_csv",)), *office)
    assert [True, True] == held(tenant_of(formats_=("log_analytics_csv", "goose")), *office)


def test_without_formats_the_default_ones_count() -> None:
    """Graph requests reach no file of the extractor suite."""
    assert [True, False] == held(tenant_of(), of_stream("interactive"), of_stream("graph_activity"))


@pytest.mark.parametrize("name", EVERY)
def test_lost_records_are_in_no_file(name: str, tmp_path: Path) -> None:
    """Whatever counts a lost record, its id stands in no file; and all that came does."""
    tenant = tenant_of("loss20", formats_=(name,))
    given = [one for one in one_life() if one.stream in formats()[name].streams]
    gone = [one for one, is_held in zip(given, held(tenant, *given), strict=True) if not is_held]
    for one in gone:
        one.lost = True

    write(name, tmp_path, given, tenant)

    texts = "".join(path.read_text("utf-8-sig") for path in tmp_path.rglob("*") if path.is_file())
    keeps = formats()[name].keeps
    names = {one.id: one.record.get("MessageId", one.record.get("correlationId", one.id)) for one in given}
    came = {one.id for one in given if not one.lost and keeps(tenant, one)}
    mentioned = {id_ for id_, mark in names.items() if mark in texts}
    assert came <= mentioned
    # A sign-in and its record in the unified log share an id: the mark of a lost one may stand in the other.
    assert not {one.id for one in gone} & mentioned - came
