"""Law 8: one vendor record in two exports is one event with two sightings."""

from __future__ import annotations

import json
from pathlib import Path

from tests.laws.cases import (
    access,
    accounts,
    audit_id,
    case_of,
    check_sound,
    deletion,
    json_array,
    json_lines,
    rows,
    search_csv,
)


def test_one_record_in_two_exports_is_one_event_seen_twice(tmp_path: Path) -> None:
    """The record has one row; both places are in sightings."""
    case, _ = case_of(tmp_path, json_lines([access(1), access(2)]), search_csv([access(2), access(3)]))

    assert [(audit_id(1), 1), (audit_id(2), 2), (audit_id(3), 1)] == rows(
        case, "SELECT id, sightings FROM audit_events ORDER BY id"
    )
    assert [(2, 2)] == case.sql(
        f"SELECT count(*), count(DISTINCT evidence_id) FROM sightings WHERE row_id = 'audit:{audit_id(2)}'"
    ).fetchall()
    assert 3 == sum(account[1] for account in accounts(case).values())
    check_sound(case)


def test_items_of_a_repeated_access_are_not_doubled(tmp_path: Path) -> None:
    """One message of one access is one item, in however many exports the access lies."""
    record = access(
        1,
        Folders=[{"Path": "\\Inbox", "FolderItems": [{"InternetMessageId": f"<m{n}@contoso.test>"} for n in range(3)]}],
    )

    case, _ = case_of(tmp_path, json_lines([record]), search_csv([record]), json_array([record]))

    assert [(f"<m{n}@contoso.test>", 3) for n in range(3)] == rows(
        case, "SELECT internet_message_id, sightings FROM mail_access_items ORDER BY 1"
    )
    assert [(audit_id(1), 3)] == rows(case, "SELECT id, sightings FROM mail_accesses")


def test_two_records_under_one_id_are_both_kept(tmp_path: Path) -> None:
    """Different content under one id is two rows, the second with ~2, and conflicts names the columns."""
    one, other = deletion(1), deletion(1, Operation="HardDelete", UserId="bob@contoso.test")

    case, _ = case_of(tmp_path, json_lines([one]), json_lines([other]), json_array([one]))

    key = f"audit:{audit_id(1)}"
    assert {(key, 1), (f"{key}~2", 2)} == {
        (row_id, 1 if o == "HardDelete" else 2)
        for row_id, o in rows(case, "SELECT row_id, operation FROM audit_events")
    }
    assert {("HardDelete", 1), ("SoftDelete", 2)} == set(rows(case, "SELECT operation, sightings FROM audit_events"))
    assert [("operation", ["harddelete", "softdelete"]), ("user_id", ["ana@contoso.test", "bob@contoso.test"])] == [
        (column, json.loads(values))
        for column, values in rows(case, "SELECT column_name, values_seen FROM conflicts ORDER BY 1")
    ]
    check_sound(case)


def test_two_mail_accesses_under_one_id_keep_their_items_apart(tmp_path: Path) -> None:
    """The items of each access stay with it."""
    one = access(1)
    other = access(
        1,
        CreationTime="2026-03-05T00:00:00",
        Folders=[{"FolderItems": [{"InternetMessageId": "<other@contoso.test>"}]}],
    )

    case, _ = case_of(tmp_path, json_lines([one, other]))

    assert [("2026-03-02", "<m1@contoso.test>"), ("2026-03-05", "<other@contoso.test>")] == rows(
        case,
        """SELECT strftime(a.time, '%Y-%m-%d'), i.internet_message_id
           FROM mail_accesses AS a JOIN mail_access_items AS i ON i.access_id = a.row_id ORDER BY 1""",
    )
    check_sound(case)


def test_an_item_that_only_a_later_sighting_lists_has_the_time_of_its_access(tmp_path: Path) -> None:
    """Exports write one moment more and less exactly; the event has one time, and so have its items."""
    for n in range(1, 9):  # which sighting is shown hangs on their hashes
        one, other = access(n, Folders=[]), access(n, CreationTime=f"2026-03-02T09:00:{n:02d}.5")
        case, _ = case_of(tmp_path / str(n), json_lines([one]), json_array([other]))

        assert [(True, f"<m{n}@contoso.test>")] == rows(
            case,
            """SELECT i.time = a.time, i.internet_message_id
               FROM mail_accesses AS a JOIN mail_access_items AS i ON i.access_id = a.row_id""",
        )
        check_sound(case)


def test_what_one_sighting_lacks_the_other_gives(tmp_path: Path) -> None:
    """A column empty in one export is filled from another."""
    case, _ = case_of(tmp_path, json_lines([deletion(1)]), json_lines([deletion(1, ClientIP="203.0.113.9")]))

    assert [("203.0.113.9", 2)] == rows(case, "SELECT client_ip, sightings FROM audit_events")
    assert [] == rows(case, "SELECT * FROM conflicts")
