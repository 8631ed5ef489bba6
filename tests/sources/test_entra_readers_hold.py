"""Entra readers on rows that no portal wrote: one reading for each, one row or reject, and no crash."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailwitness.model.evidence import Frame, Place, RawRecord, Reject
from mailwitness.records import families
from mailwitness.sources import readers
from tests.sources.entra_rows import HERE

READERS = """entra_signins_csv entra_signins_authdetails_csv entra_audits_csv graph_signins_csv log_analytics_signins
log_analytics_auditlogs log_analytics_graph_activity defender_signins_csv mes_ca_policies_csv""".split()

CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "", "{", "[", "{}", "[]", "null", '{"errorCode": []}', '[{"ServicePlanId": 1}]', "=cmd|' /C calc'!A0", "<script>",
            "\x1b[2J", "../../etc/passwd", "9" * 400, "-1", "1e400", "4/28/2021, 2:54:37 PM", "31/31/2021", "01/02/0001",
            "System.Object[]", "@{a=b}", "::ffff:203.0.113.5:99999999", "Success", "a, b", ",", "\x00", "[" * 3000,
        ]
    ),
)  # fmt: skip


def headers(reader: str) -> list[tuple[str, ...]]:
    """The headers of the reader's own fixtures, a repeated name marked as framing does."""
    found = []
    for path in sorted(Path(HERE / reader).glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            names = [name.strip() for name in next(csv.reader(stream))]
        found.append(tuple(f"{name}#2" if name in names[:n] else name for n, name in enumerate(names)))
    return found


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(data=st.data())
def test_any_cells_give_one_row_or_one_reject(reader: str, data: st.DataObject) -> None:
    """Whatever stands in the cells of a known header, the row is accounted for exactly once."""
    header = data.draw(st.sampled_from(headers(reader)))
    filled = data.draw(st.dictionaries(st.sampled_from(header), CELLS, max_size=8))
    frame = Frame(b"", 5, 7, {name: filled.get(name, "") for name in header})

    reading = readers()[reader].unwrap(frame, Place("a.csv"))

    assert isinstance(reading, (RawRecord, Reject))
    if isinstance(reading, RawRecord):
        family = families()[reading.family]
        typed = family.build([reading], "E1")
        primary = typed.tables.get(family.primary)
        assert (0 if primary is None else primary.num_rows) + len(typed.rejects) == 1
        assert (reading.offset, reading.length) == (5, 7)
