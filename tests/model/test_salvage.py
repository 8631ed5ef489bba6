"""What a broken record still yields."""

from __future__ import annotations

import time

from mailwitness.model.salvage import salvage, salvage_row

CUT_OFF = (
    '{"CreationTime":"2026-03-02T09:15:22","Id":"aaaa1111-0000-4000-8000-000000000001","Operation":"MailItemsAccessed",'
    '"UserId":"ana@contoso.test","ObjectId":"\\\\Inbox","Folders":[{"Id":"inner","FolderItems":[{"Id":"inn'
)
READ = {
    "id": "aaaa1111-0000-4000-8000-000000000001",
    "time": "2026-03-02T09:15:22",
    "operation": "MailItemsAccessed",
    "user_id": "ana@contoso.test",
    "object_id": "\\Inbox",
}


def test_a_cut_off_record_yields_what_stood_before_the_cut() -> None:
    """Every identifying value that is whole comes back; the inner Ids of folders do not replace it."""
    assert salvage(CUT_OFF) == READ
    assert salvage(CUT_OFF.encode()) == READ


def test_the_outermost_value_wins_whatever_its_place() -> None:
    """An Id inside a folder that stands before the record's own Id is not taken for it."""
    assert salvage('{"Folders":[{"Id":"inner"}],"Id":"outer","Item":{"Id":"x"') == {"id": "outer"}


def test_half_a_value_is_left_out() -> None:
    """A value without its closing quote may be cut, so it is not given."""
    assert salvage('{"Operation":"Send","Id":"aaaa11') == {"operation": "Send"}


def test_names_of_sign_ins_are_known() -> None:
    """Graph's lower-camel names fill the same columns; the principal's name is better than its object id."""
    text = (
        '{"id":"d1","createdDateTime":"2026-03-02T09:14:55Z","userId":"f1","userPrincipalName":"ana@contoso.test","st'
    )
    assert salvage(text) == {"id": "d1", "time": "2026-03-02T09:14:55Z", "user_id": "ana@contoso.test"}


def test_a_record_inside_a_csv_cell_or_a_json_string_is_read() -> None:
    """Doubled and escaped quotes hide the same record."""
    in_csv = 'aaaa,50,"' + CUT_OFF.replace('"', '""')
    in_json = '{"Operations":"MailItemsAccessed","AuditData":"' + CUT_OFF.replace("\\", "\\\\").replace('"', '\\"')
    assert salvage(in_csv)["id"] == READ["id"]
    assert salvage(in_json)["id"] == READ["id"]
    assert salvage(in_json)["time"] == READ["time"]


def test_an_empty_or_foreign_text_yields_nothing() -> None:
    """No name, no value."""
    assert [salvage(text) for text in ("", b"", "not json", '{"Id":null,"Operation":', '{"Id":""')] == [
        {},
        {},
        {},
        {},
        {},
    ]


def test_a_hostile_text_costs_linear_time() -> None:
    """Ten million quotes do not stop the reader."""
    started = time.process_time()
    for text in ('"\\"' * 3_000_000, '"' * 10_000_000, "{[" * 5_000_000):
        salvage(text)
    assert time.process_time() - started < 20  # generous: a loaded machine


def test_a_row_that_breaks_off_yields_the_cells_before_the_break() -> None:
    """Whole cells count under the header's names; the last one may be half and does not."""
    header = ("RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData")
    cells = ["aaaa1111", "2026-03-02T09:15:22Z", "50", "MailItemsAccessed", "ana@cont"]
    assert salvage_row(header, cells) == {
        "id": "aaaa1111",
        "time": "2026-03-02T09:15:22Z",
        "operation": "MailItemsAccessed",
    }
    assert salvage_row(header, [*cells, "{", "more"]) == {}
    assert salvage_row(header, []) == {}
