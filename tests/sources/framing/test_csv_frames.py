"""Delimited text is cut into rows as a parser would, each at its exact place."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwitness.sources.framing.csv_frames import Row, csv_rows, learn_layout, record_cells, row_starts
from mailwitness.sources.framing.encoding import Utf8Source


def rows_of(data: bytes, width: int, delimiter: str = ",", wide: int | None = None) -> list[Row]:
    rows = list(csv_rows(Utf8Source(io.BytesIO(data), 0), delimiter, width, wide))
    end = 0
    for row in rows:
        assert row.raw == data[row.position : row.position + len(row.raw)]
        assert row.position >= end
        end = row.position + len(row.raw)
    return rows


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"a,b,c\n1,2,3\n", (",", ("a", "b", "c"), 6)),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", (",", ("a", "b"), 8)),
        (b"sep=;\r\na;b,x\r\n", (";", ("a", "b,x"), 14)),
        (b'sep="\na,b\n', (",", ("a", "b"), 10)),
        (b'#TYPE System.Object\r\n"a","b"\r\n', (",", ("a", "b"), 30)),
        (b"a\tb\tc,d\n", ("\t", ("a", "b", "c,d"), 8)),
        (b"Date (UTC),User,User,\n", (",", ("Date (UTC)", "User", "User#2", "column_4"), 22)),
        (b'"a\nb",c\n', None),
        (b"hello world\n", None),
        (b"AuditData\n", (",", ("AuditData",), 10)),
        (b"\r\x01", None),
        (b"", None),
        (b'{"a":1,"b":2}\n', None),
    ],
)
def test_the_layout_is_learned_from_the_head(head: bytes, expected: tuple[str, tuple[str, ...], int] | None) -> None:
    """Delimiter, names and where the rows begin; None for what is no table."""
    layout = learn_layout(head)

    assert expected == (None if layout is None else (layout.delimiter, layout.header, layout.body))


def test_a_row_of_another_width_is_broken_and_alone() -> None:
    """Good rows around it stay."""
    rows = rows_of(b"1,2\n1,2,3\n3,4\n", 2)

    assert [("row", ["1", "2"]), ("broken", ["1", "2", "3"]), ("row", ["3", "4"])] == [(r.kind, r.cells) for r in rows]


def test_a_quote_never_closed_does_not_swallow_the_rows_after_it() -> None:
    """Reading goes on at the next line that is a row."""
    rows = rows_of(b'1,2\n3,"x\n5,6\n7,"8\n9"\n', 2)

    assert [("row", ["1", "2"]), ("broken", b'3,"x\n'), ("row", ["5", "6"]), ("row", ["7", "8\n9"])] == [
        (r.kind, r.raw if r.kind == "broken" else r.cells) for r in rows
    ]


def test_a_cell_cut_off_at_the_end_is_no_row() -> None:
    """The last row has all its cells, and half of its last one."""
    assert [("row", ["1", "2"]), ("broken", ["3", "half"])] == [(r.kind, r.cells) for r in rows_of(b'1,2\n3,"half', 2)]


def test_blank_lines_are_no_rows() -> None:
    """Blanks and NULs between rows are nothing."""
    assert [["1", "2"], ["3", "4"]] == [r.cells for r in rows_of(b"1,2\r\n\r\n\n  \n3,4\n\0\0", 2)]


CELL = st.text(alphabet='ab,;"\n\r é{}', max_size=8)


@settings(deadline=None, max_examples=80, derandomize=True, database=None)
@given(
    st.lists(st.tuples(CELL, CELL, CELL), max_size=8), st.sampled_from(("\n", "\r\n")), st.sampled_from((None, 0, 1, 2))
)
def test_any_cells_come_back_as_they_were(
    given_rows: list[tuple[str, str, str]], newline: str, wide: int | None
) -> None:
    """What csv wrote is read the same, with the short cut for a wide column and without."""
    out = io.StringIO()
    csv.writer(out, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(given_rows)

    found = rows_of(out.getvalue().encode(), 3, wide=wide)

    assert [list(row) for row in given_rows] == [row.cells for row in found]


@settings(deadline=None, max_examples=150, derandomize=True, database=None)
@given(st.text(alphabet='a,"\n\r', max_size=60), st.sampled_from((None, 0, 1)))
def test_any_text_is_cut_in_order_with_and_without_the_short_cut(text: str, wide: int | None) -> None:
    """Rows lie one after the other, whatever the quotes do."""
    rows_of(text.encode(), 2, wide=wide)


def test_row_starts_are_outside_of_quotes() -> None:
    """Each wanted place gives the first row begin after it that is one."""
    data = b'1,2\n3,"a\nb,c\nd"\n5,6\n7,8\n'

    assert [16] == row_starts(Utf8Source(io.BytesIO(data), 0), ",", 2, [6])


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "", "1,2", 'q"', '"a"']),
            st.sampled_from(['"{""Id"":""1""}"', '"{""Id"":"""",""a"":[1,2]}"', '"{""Id"":""x"y""}"', '{"Id":1}', '"{""Id"":1} "', '"{}"'])
            | st.text('{}":,Id\r\n', max_size=8).map(lambda text: '"{""Id""' + text + '}"'),
            st.sampled_from(["", ",", ",b", ',"b"', ",b,c", "b"]),
            st.sampled_from(["\n", "\r\n", "\n\n"]),
        ),
        min_size=1,
        max_size=4,
    )
)  # fmt: skip
def test_cells_cut_out_together_are_the_parsers(rows: list[tuple[str, str, str, str]]) -> None:
    """Where `record_cells` answers, it answers with the parser's cell and the parser's place of every row."""
    data = "".join(f"{before},{cell}{after}{end}" for before, cell, after, end in rows).encode()

    found = record_cells(data, 100, ",", 3, 1, ["Id"])

    if found is not None:
        expected = [(row.cells[1], (100 + row.position, len(row.raw)), row.kind) for row in rows_of(data, 3)]
        cells = found[0].decode().split("\n")
        assert "" == cells.pop()
        assert expected == [(cell, place, "row") for cell, place in zip(cells, found[1], strict=True)]


def test_plain_rows_are_cut_out_together() -> None:
    """What most exports hold is taken the short way."""
    data = b'1,"{""Id"":""\xc3\xa9""}",\r\n2,"{""Id"":""""}",x\r\n'

    expected = (b'{"Id":"\xc3\xa9"}\n{"Id":""}\n', [(0, 22), (22, 21)])
    assert expected == record_cells(data, 0, ",", 3, 1, ["Id"])
