"""Law 5: where the evidence contradicts itself, both sides are kept and shown, and nothing is decided."""

from __future__ import annotations

import json
from pathlib import Path

from mailwitness.workflow.case import Case
from tests.laws.cases import access, audit_id, case_of, check_sound, deletion, json_array, json_lines, raw_records, rows


def conflicts(case: Case) -> list[tuple[str, list[str]]]:
    return [(c, json.loads(v)) for c, v in rows(case, "SELECT column_name, values_seen FROM conflicts ORDER BY ALL")]


def throttled(value: str) -> dict[str, object]:
    return access(
        1, OperationProperties=[{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": value}]
    )


def test_sightings_that_disagree_are_listed_with_all_values(tmp_path: Path) -> None:
    """One event, its column on which exports disagree, and every value seen."""
    case, _ = case_of(
        tmp_path,
        json_lines([access(1)]),
        json_array([access(1, ClientIPAddress="198.51.100.7")]),
        json_array([access(1, ClientIPAddress="192.0.2.1", UserId="ANA@contoso.test")]),
    )

    assert [("client_ip", ["192.0.2.1", "198.51.100.7", "203.0.113.5"])] == conflicts(case)
    assert [(1,)] == rows(case, "SELECT count(*) FROM audit_events")
    assert [(3,)] == case.sql(f"SELECT count(*) FROM sightings WHERE row_id = 'audit:{audit_id(1)}'").fetchall()
    check_sound(case)


def test_what_decides_a_verdict_is_compared_too(tmp_path: Path) -> None:
    """Two exports of one access, one saying throttled and one saying not."""
    case, _ = case_of(tmp_path, json_lines([throttled("True")]), json_array([throttled("False")]))

    assert [("is_throttled", ["false", "true"])] == conflicts(case)
    assert [(None,)] == rows(case, "SELECT is_throttled FROM mail_accesses")


def test_both_records_of_one_id_can_be_read(tmp_path: Path) -> None:
    """Two records that are not one event have a row each, and each leads to its own bytes."""
    one, other = deletion(1), deletion(1, Operation="HardDelete")

    case, _ = case_of(tmp_path, json_lines([one, other]))

    assert [one, other] == sorted(
        (json.loads(raw) for _, raw in raw_records(case)), key=lambda r: r["Operation"], reverse=True
    )
    assert [("operation", ["harddelete", "softdelete"])] == conflicts(case)


def test_agreeing_sightings_are_no_conflict(tmp_path: Path) -> None:
    """Case, blanks and what one of them lacks are no disagreement."""
    case, _ = case_of(
        tmp_path, json_lines([deletion(1, UserId="Ana@Contoso.test ")]), json_array([deletion(1, Workload=None)])
    )

    assert [] == conflicts(case)


def test_an_access_and_another_act_of_one_id_keep_their_own_keys(tmp_path: Path) -> None:
    """The access has one key in both tables, its items follow it, and it is counted once."""
    both = [access(1), {**deletion(1), "Id": access(1)["Id"], "CreationTime": "2020-01-01T00:00:00"}]
    for name, order in (("a", both), ("b", both[::-1])):
        (tmp_path / name).mkdir()
        case, _ = case_of(tmp_path / name, json_lines(order))

        keys = rows(case, "SELECT row_id FROM audit_events WHERE operation = 'MailItemsAccessed'")
        assert keys == rows(case, "SELECT row_id FROM mail_accesses")
        assert keys == rows(case, "SELECT DISTINCT access_id FROM mail_access_items")
        assert [(2,)] == rows(case, "SELECT count(DISTINCT row_id) FROM audit_events")
        check_sound(case)
