"""Law 3: what a record or an export does not say is unknown, and never counts as no."""

from __future__ import annotations

import json
from pathlib import Path

from tests.laws.cases import access, audit_id, case_of, json_lines, rows, signin


def throttled(number: int, value: str | None) -> dict[str, object]:
    properties = [{"Name": "MailAccessType", "Value": "Bind"}]
    return access(
        number, OperationProperties=[*properties, *([] if value is None else [{"Name": "IsThrottled", "Value": value}])]
    )


def test_a_switch_a_record_lacks_is_unknown(tmp_path: Path) -> None:
    """Absent, empty and strange are null; False is only what says False."""
    values = ["True", "False", None, "", "maybe"]

    case, _ = case_of(tmp_path, json_lines([throttled(n, value) for n, value in enumerate(values)]))

    assert [(True,), (False,), (None,), (None,), (None,)] == rows(
        case, "SELECT is_throttled FROM mail_accesses ORDER BY id"
    )


def test_booleans_and_numbers_a_record_lacks_are_unknown(tmp_path: Path) -> None:
    """No external access, logon type or user type is made up."""
    record = {k: v for k, v in access(1).items() if k != "UserType"}

    case, _ = case_of(tmp_path, json_lines([record, access(2, ExternalAccess=None, LogonType=None, UserType=None)]))

    assert [(None, None, None)] * 2 == rows(case, "SELECT external_access, logon_type, user_type FROM audit_events")


def test_a_sign_in_without_an_error_code_did_not_succeed(tmp_path: Path) -> None:
    """Null is not 0."""
    case, _ = case_of(
        tmp_path,
        json.dumps({"value": [signin(1, status={"errorCode": None}), signin(2, status=None), signin(3)]}).encode(),
    )

    assert [(None,), (None,), (0,)] == rows(case, "SELECT error_code FROM signins ORDER BY id")


def test_a_setting_an_export_leaves_empty_is_unknown(tmp_path: Path) -> None:
    """Off is off, and an empty cell is neither on nor off."""
    settings = tmp_path / "20260301-101500-CASMailbox.csv"
    settings.write_text("Identity,PrimarySmtpAddress,ImapEnabled,PopEnabled\nana,ana@contoso.test,False,\n")

    case, _ = case_of(tmp_path, settings)

    assert {(False, None)} == set(
        rows(case, "SELECT imap_enabled, pop_enabled FROM mailbox_settings WHERE imap_enabled IS NOT NULL")
    )
    assert [] == rows(case, "SELECT * FROM mailbox_settings WHERE pop_enabled IS NOT NULL")


def test_without_the_tables_that_decide_it_a_claim_is_undecidable(tmp_path: Path) -> None:
    """A case of accesses alone decides nothing but what the accesses themselves say."""
    case, _ = case_of(tmp_path, json_lines([throttled(n, None) for n in range(5)]))

    found = case.sql("SELECT DISTINCT verdict, basis FROM findings ORDER BY ALL").fetchall()

    assert [("supported", "record"), ("undecidable", "none")] == found
    assert [] == case.sql("SELECT * FROM findings WHERE verdict = 'undecidable' AND would_decide IS NULL").fetchall()


def test_an_empty_case_has_every_table_and_decides_nothing(tmp_path: Path) -> None:
    """Tables without rows can be asked, and no evidence is no verdict."""
    case, _ = case_of(tmp_path, b"")

    assert [("undecidable",)] == case.sql("SELECT DISTINCT verdict FROM findings").fetchall()
    filled = [name for name, relation in case.tables.items() if relation.limit(1).fetchall()]
    assert ["evidence", "findings", "reasons"] == filled


def test_null_keys_are_not_joined(tmp_path: Path) -> None:
    """Records without ids stay apart from each other and from those that have one."""
    nameless = {k: v for k, v in access(1).items() if k != "Id"}

    case, _ = case_of(tmp_path, json_lines([nameless, access(2), {**nameless, "UserId": "bob@contoso.test"}]))

    assert [(None, 1), (None, 1), (audit_id(2), 1)] == rows(
        case, "SELECT id, sightings FROM audit_events ORDER BY id NULLS FIRST"
    )
