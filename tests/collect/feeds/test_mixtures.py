"""Searches and traces through random mixtures of faults: all is had, or what is missing lies in a gap, and no window is called complete that is not.

``MAILWITNESS_SEEDS=400 pytest tests/collect/feeds/test_mixtures.py`` tries more; a seed decides faults, records and every chance.
"""

from __future__ import annotations

import json
import os
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailwitness.collect.feeds import message_trace_v2, search_unified_audit_log
from mailwitness.standin import Terms
from tests.collect.feeds.reach import START, Reach, audits, in_reach
from tests.standin.tenants import trace

FAULTS = ("F1", "F2", "F4", "F5", "F6", "F7", "F12", "F14", "F15", "F16", "F17", "F21")
FEEDS = ("audit_query", "search_unified_audit_log", "message_trace", "message_trace_v2")


@pytest.mark.parametrize("seed", range(1, int(os.environ.get("MAILWITNESS_SEEDS", "8")) + 1))
def test_what_is_missing_lies_in_a_gap(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The truth is what the stand-in holds."""
    monkeypatch.setattr(search_unified_audit_log, "_APART_S", 0.1)
    monkeypatch.setattr(search_unified_audit_log, "_ROWS", 60)
    monkeypatch.setattr(search_unified_audit_log, "_SESSION_ROWS", 200)
    monkeypatch.setattr(message_trace_v2, "_ROWS", 40)
    chance = random.Random(seed)
    feed = chance.choice(FEEDS)
    faults = [f"{fault}={chance.choice([0.02, 0.1, 0.25])}" for fault in chance.sample(FAULTS, chance.randint(1, 5))]
    terms = Terms(limits=False, pace=1e7, query_records=chance.choice([80, 1_000_000]), search_rows=200)
    count = chance.randint(20, 600)
    streams: dict[str, Any]
    if feed.startswith("message_trace"):
        log, streams = (
            "message_trace",
            {"message_trace": [trace(n, START + timedelta(seconds=61 * n)) for n in range(count)]},
        )
    else:
        log, streams = "unified_audit_log", {"unified": audits(count)}

    with in_reach(tmp_path, *faults, terms=terms, seed=seed, **streams) as reach:
        summary = reach.collect(feed)

        truth = {id_: at.replace(tzinfo=None) for id_, at in reach.standin.holds[log].items()}
        had = {name.partition(" ")[0] for name in reach.had(feed)}
        assert ([], 0) == (reach.lost(summary, reach.standin.holds[log], had), summary.outstanding)
        missing = [at for id_, at in truth.items() if id_ not in had]
        assert [] == [at for at in missing if any(begin <= at < end for begin, end in complete(reach))]


def complete(reach: Reach) -> list[tuple[datetime, datetime]]:
    """The windows that the statement calls complete."""
    lines = [json.loads(line) for line in (reach.folder / "collection-statement.jsonl").read_text().splitlines()]
    ends = [
        tuple(datetime.fromisoformat(line[name]).replace(tzinfo=None) for name in ("window_from", "window_to"))
        for line in lines
        if line.get("complete")
    ]
    return [(begin, end) for begin, end in ends]
