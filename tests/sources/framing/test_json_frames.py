"""JSON in every layout is cut into the same records, at their exact places."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.sources.framing import json_frames
from mailwitness.sources.framing.encoding import Utf8Source
from mailwitness.sources.framing.json_frames import Cut, json_cuts

A, B, C = {"Id": "a", "x": "}]"}, {"Id": "b", "x": ['"', {"y": "\\"}]}, {"Id": "c", "x": "é\n"}
ONE, TWO, THREE = (json.dumps(record) for record in (A, B, C))


def cuts_of(text: str | bytes) -> list[Cut]:
    data = text.encode() if isinstance(text, str) else text
    cuts = list(json_cuts(Utf8Source(io.BytesIO(data), 0)))
    for cut in cuts:
        assert cut.raw == data[cut.position : cut.position + len(cut.raw)]
    return cuts


def kinds(text: str | bytes) -> list[tuple[str, str]]:
    return [(cut.kind, cut.raw.decode()) for cut in cuts_of(text) if cut.kind != "page_end"]


WHOLE = [("record", ONE), ("record", TWO), ("record", THREE)]


@pytest.mark.parametrize(
    "text",
    [
        f"[{ONE},{TWO},{THREE}]",
        f"[\n  {ONE},\n  {TWO},\n  {THREE}\n]\n",
        f"{ONE}\n{TWO}\r\n{THREE}",
        f"{ONE}{TWO}{THREE}",
        f"[{ONE}][{TWO},{THREE}]",
        f"[{ONE}\n]\n[{TWO}]\n\n{THREE}",
        f"[[{ONE},{TWO}],[{THREE}]]",
        f"\ufeff[{ONE}]\ufeff[{TWO},{THREE}]",
        f"\x1e{ONE}\n\x1e{TWO}\n\x1e{THREE}\n",
        f'{{"@odata.context":"x","value":[{ONE},{TWO},{THREE}],"@odata.nextLink":"y"}}',
        f'{{"value":[{ONE}]}}{{"value":[{TWO},{THREE}]}}',
        f'{{"records":[{ONE},{TWO}]}}\n{THREE}',
        f"[{ONE},,{TWO},{THREE},]",
    ],
)
def test_every_layout_gives_the_same_records(text: str) -> None:
    """Array, lines, glued, pages: three records."""
    assert WHOLE == kinds(text)


def test_an_array_never_closed_is_told() -> None:
    """All records are there, and that the file ends in an open array."""
    assert [*WHOLE, ("array_open", "")] == kinds(f"[{ONE},{TWO},{THREE}")


def test_a_record_cut_off_is_told_with_its_place() -> None:
    """What came before is whole."""
    assert [("record", ONE), ("cut_off", TWO[:-5]), ("array_open", "")] == kinds(f"[{ONE},{TWO[:-5]}")


def test_text_between_records_is_junk() -> None:
    """Text that is no record does not take its neighbours with it."""
    assert [("record", ONE), ("junk", "WARNING: throttled"), ("record", TWO)] == kinds(
        f"{ONE}\nWARNING: throttled\n{TWO}"
    )


def test_a_record_without_an_end_costs_itself_only() -> None:
    """The next record on a line of its own is found again."""
    assert [("cut_off", '{"Id": 1, "x": ['), ("record", TWO), ("record", THREE)] == kinds(
        f'{{"Id": 1, "x": [\n{TWO}\n{THREE}\n'
    )


def test_the_keys_of_a_page_come_with_its_end() -> None:
    """What stands after the records belongs to the page."""
    (end,) = [
        cut
        for cut in cuts_of(f'{{"@odata.context":"x","value":[{ONE}],"@odata.nextLink":"y"}}')
        if cut.kind == "page_end"
    ]

    assert end.page is not None
    assert ("x", "y") == (end.page["@odata.context"], end.page["@odata.nextLink"])


def test_columns_of_a_log_analytics_table_come_with_its_rows() -> None:
    """Rows are cuts, the columns are in the page."""
    page = {"tables": [{"name": "T", "columns": [{"name": "a"}, {"name": "b"}], "rows": [[1, "x"], [2, "]"]]}]}

    cuts = [cut for cut in cuts_of(json.dumps(page)) if cut.kind == "record"]

    assert ['[1, "x"]', '[2, "]"]'] == [cut.raw.decode() for cut in cuts]
    assert all(cut.page is not None and [{"name": "a"}, {"name": "b"}] == cut.page["columns"] for cut in cuts)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_where_blocks_end_plays_no_part(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read byte by byte or at once: the same cuts."""
    monkeypatch.setattr(json_frames, "READ_BYTES", block)

    assert [*WHOLE, ("cut_off", '{"Id": "d')] == kinds(f'[{ONE},\n{TWO}]{THREE}\n{{"Id": "d')


@pytest.mark.parametrize("rescan", [0, 40, 10_000])
def test_cutting_by_lines_loses_no_record(rescan: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """When broken records are too many to be walked again, whole ones on lines of their own are still found."""
    monkeypatch.setattr(json_frames, "RESCAN_BYTES", rescan)
    broken = '{"Id": 1, "x": [\n'

    found = kinds(broken * 5 + f"{ONE}\n" + broken * 5 + f"{TWO}\n{THREE}\n")

    assert [broken.strip()] * 10 == [raw for kind, raw in found if kind == "cut_off"]
    assert WHOLE == [cut for cut in found if cut[0] == "record"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60, derandomize=True, database=None)
@given(
    st.lists(
        st.dictionaries(
            st.text(min_size=1, max_size=6).filter(lambda k: k.lower() not in json_frames._PAGE_KEYS),
            JSON_VALUES,
            min_size=1,
            max_size=4,
        ),
        max_size=5,
    ),
    st.sampled_from((None, 2)),
    st.booleans(),
)
def test_any_objects_come_back_as_they_were(
    records: list[dict[str, Any]], indent: int | None, ascii_only: bool
) -> None:
    """An array of any objects, however written, is cut into exactly those objects."""
    cuts = cuts_of(json.dumps(records, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace"))

    if ascii_only:
        assert records == [json.loads(cut.raw) for cut in cuts]
    assert len(records) == len(cuts)


@settings(deadline=None, max_examples=150, derandomize=True, database=None)
@given(st.text(alphabet='{}[]",:\\ \nab1', max_size=60).map(str.encode) | st.binary(max_size=60))
def test_any_text_is_cut_into_pieces_in_order(text: bytes) -> None:
    """No byte is in two cuts, and no letter is in none."""
    end = 0
    seen = bytearray()
    for cut in cuts_of(text):
        assert cut.position >= end or not cut.raw
        end = max(end, cut.position + len(cut.raw))
        seen += cut.raw
