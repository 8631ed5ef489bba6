"""When records can be exported, repeated deliveries, and the figures that all of it rests on."""

from __future__ import annotations

import re
from importlib.resources import files

from mailwitness.simulate.service.declared import latency, rates
from tests.simulate.service.conftest import HOUR, MINUTE, Desk, tenant_of


def test_the_unified_log_is_an_hour_late_and_sometimes_a_day(desk: Desk) -> None:
    """96 of 100 records come after 60 to 90 minutes, the others within 24 hours."""
    acts = [desk.cmdlet(n * 1000) for n in range(2000)]

    delays = [one.available - one.at for one in desk.records(*acts)]

    assert 60 * MINUTE <= min(delays)
    assert 0.94 < sum(delay <= 90 * MINUTE for delay in delays) / 2000 < 0.98
    assert max(delays) <= 24 * HOUR


def test_some_records_are_delivered_twice_with_the_same_id(desk: Desk) -> None:
    """The second delivery is the same record, later."""
    acts = [desk.cmdlet(n * 1000) for n in range(4000)]
    by_id: dict[str, list[int]] = {}
    records: dict[str, set[str]] = {}

    for one in desk.all_records(*acts):
        by_id.setdefault(one.id, []).append(one.available)
        records.setdefault(one.id, set()).add(repr(one.record))

    twice = [times for times in by_id.values() if len(times) > 1]
    assert 0.013 < len(twice) / 4000 < 0.027
    assert {2} == {len(times) for times in twice}
    assert [] == [times for times in twice if not 0 < times[1] - times[0] <= 24 * HOUR + 1]
    assert {1} == {len(texts) for texts in records.values()}


def test_two_services_make_the_same_records() -> None:
    """Nothing of the process is in them."""
    first, second = Desk(tenant_of()), Desk(tenant_of())
    acts = [first.bind(n * 20_000, first.message(n)) for n in range(300)] + [
        first.sign_in(n * 20_000 + 1) for n in range(300)
    ]
    acts.sort(key=lambda act: (act.at, act.key))

    assert first.all_records(*acts) == second.all_records(*acts)


def test_delays_grow_with_their_draw() -> None:
    """Earliest at 0, latest just below 1, nothing in between out of order."""
    draws = [n / 1000 for n in range(1000)]
    for stream in ("unified", "interactive", "directory", "graph_activity", "message_trace"):
        told = latency(stream)
        delays = [told.of(draw) for draw in draws]

        assert (sorted(delays), told.low) == (delays, delays[0])
        assert delays[-1] <= told.worst


def test_every_figure_has_a_source_or_is_called_an_assumption() -> None:
    """Each value of rates.yaml has a comment on its line, and the sources that it names are listed at the top."""
    text = files("mailwitness.simulate.service").joinpath("rates.yaml").read_text("utf-8")
    listed = set(re.findall(r"^#   (\S+) +https", text, re.MULTILINE))
    values = [line for line in text.splitlines() if re.match(r" +\w+: *[\d{]", line)]

    assert {"audit-log", "schema", "api-faq", "lab-2021", "intake", "splunk", "elastic"} == listed
    assert [] == [line for line in values if "#" not in line]
    assert sum(len(rates(part)) for part in ("mail_access", "eras", "roll_out", "logons", "admin", "delivery")) == len(
        values
    )
