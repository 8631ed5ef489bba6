"""The catalogue of log defects: every file's form, and which entries apply to the rows of a case."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from mailwitness.analyses.check import faults_of
from mailwitness.cli import main
from mailwitness.errata import Erratum, applying, catalogue, erratum, read_erratum
from mailwitness.errors import UsageError
from mailwitness.model.tables import TABLES

SQL_TYPES = {"text": "VARCHAR", "time": "TIMESTAMP", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}
DECLARED = {name: {column.name: column.type for column in table.columns} for name, table in TABLES.items()}


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """Every declared table, empty."""
    made = duckdb.connect()
    for table in TABLES.values():
        made.execute(
            f"CREATE TABLE {table.name} ({', '.join(f'{column.name} {SQL_TYPES[column.type]}' for column in table.columns)})"
        )
    return made


def put(connection: duckdb.DuckDBPyConnection, table: str, **row: object) -> None:
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
    )


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.id)
def test_every_entry_has_its_form(one: Erratum) -> None:
    """Sources and claims are named, the window is in order, and the SQL is portable over declared tables."""
    assert (
        one.sources
        and set(one.claims) <= {"accuracy", "coverage", "provenance", "exposure", "detection"}
        and one.claims
    )
    assert one.window_from is None or one.window_to is None or one.window_from <= one.window_to
    if one.sql:
        faults, columns = faults_of(one.sql, DECLARED)
        assert ([], ["table_name", "row_id", "time"]) == (faults, list(columns))


def test_numbers_are_without_gap_and_unique() -> None:
    """A number is a promise: none is used twice or left out."""
    assert [f"MW-E{n:04d}" for n in range(1, len(catalogue()) + 1)] == [one.id for one in catalogue()]


SEEN: dict[str, tuple[str, dict[str, object]]] = {
    "MW-E0001": ("signins", {"error_code": 0, "client_app_used": "IMAP4"}),
    "MW-E0002": ("audit_events", {"operation": "UserLoggedIn", "logon_error": "UserAccountNotFound"}),
    "MW-E0003": (
        "audit_events",
        {"operation": "UserLoginFailed", "result_status": "Success", "user_id": "a@contoso.test"},
    ),
    "MW-E0004": ("audit_events", {"operation": "UserLoggedIn", "error_number": 50140}),
    "MW-E0005": ("signins", {"error_code": 65001}),
    "MW-E0007": ("signins", {"error_code": 700016}),
    "MW-E0012": (
        "directory_audits",
        {"initiated_by_user": "a@contoso.test", "initiated_by_name": "Office 365 Exchange Online"},
    ),
    "MW-E0014": ("audit_events", {"operation": "CopilotInteraction", "time": datetime(2025, 8, 1)}),
    "MW-E0015": ("mail_accesses", {"is_throttled": True, "session_id": "s"}),
    "MW-E0016": ("mail_accesses", {"operation": "MailItemsAccessed", "operation_count": 2, "session_id": "s"}),
    "MW-E0017": ("mail_accesses", {"mail_access_type": "Sync", "session_id": "s"}),
    "MW-E0018": ("mail_accesses", {"record_type": 50, "session_id": "s"}),
    "MW-E0019": ("mailbox_settings", {"audit_bypass": True}),
    "MW-E0020": ("tenant_settings", {"setting": "audit_disabled", "value": "true"}),
    "MW-E0021": ("tenant_settings", {"setting": "unified_audit_log_ingestion_enabled", "value": "false"}),
    "MW-E0023": (
        "licences",
        {"service_plan_id": "2f442157-a11c-46b9-ae5b-6e39ff4e5849", "valid_to": datetime(2026, 3, 1)},
    ),
    "MW-E0025": ("mailbox_settings", {"default_audit_set": "Admin, Delegate"}),
    "MW-E0026": ("signins", {"error_code": 0, "client_app_used": "IMAP4", "time": datetime(2026, 1, 9)}),
    "MW-E0032": ("audit_events", {"sightings": 2}),
    "MW-E0033": (
        "evidence",
        {"evidence_id": "e", "records": 5000, "reader": "sual_ual_csv", "scope_to": datetime(2026, 3, 1)},
    ),
    "MW-E0035": (
        "evidence",
        {"evidence_id": "e", "records": 7, "reader": "sual_ual_csv", "scope_to": datetime(2024, 3, 1)},
    ),
    "MW-E0039": ("signins", {"stream": "interactive"}),
    "MW-E0040": ("signins", {"sign_ins_grouped": 4}),
    "MW-E0041": ("signins", {"stream": "non_interactive", "incoming_token_type": "refreshToken"}),
    "MW-E0042": ("signins", {"time": datetime(2026, 3, 1), "ingested_at": datetime(2026, 3, 2)}),
    "MW-E0045": ("signins", {"conditional_access_status": "success"}),
    "MW-E0049": ("signins", {"cross_tenant_access_type": "passthrough"}),
    "MW-E0051": ("mail_accesses", {"client_info_string": "Client=REST;Client=RESTSystem;;", "session_id": "s"}),
    "MW-E0052": ("audit_events", {"operation": "UserLoginFailed"}),
    "MW-E0053": ("mail_accesses", {"operation": "MailItemsAccessed"}),
    "MW-E0057": ("mailbox_settings", {"recipient_type": "GroupMailbox"}),
}
"""For each entry that one row can show: that row."""


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_row_shows_its_erratum(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """The recogniser finds the row, and finds nothing in an empty case."""
    table, row = SEEN[name]
    assert [] == [one for one in applying(connection) if one.how == "seen"]

    put(connection, table, **({"row_id": "r"} if table != "evidence" else {}), **row)

    assert (1, "seen") in [(one.rows, one.how) for one in applying(connection) if one.erratum.id == name]


def test_every_recogniser_has_a_row_that_shows_it() -> None:
    """What the next tests show with several rows is the only exception."""
    assert {"MW-E0022", "MW-E0044"} == {one.id for one in catalogue() if one.sql} - SEEN.keys()


def test_an_ingestion_switch_that_reads_false_beside_records_was_read_wrong(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Records made while the log is said to be off contradict the switch, from an hour after the change."""
    put(
        connection, "tenant_settings", row_id="t", setting="unified_audit_log_ingestion_enabled", value="false",
        valid_from=datetime(2026, 3, 1), valid_to=datetime(9999, 12, 31),
    )  # fmt: skip
    put(connection, "audit_events", row_id="a", time=datetime(2026, 3, 1, 0, 30))
    assert "MW-E0022" not in [one.erratum.id for one in applying(connection)]

    put(connection, "audit_events", row_id="b", time=datetime(2026, 3, 2))
    assert "MW-E0022" in [one.erratum.id for one in applying(connection)]


def test_rows_of_one_correlation_are_one_sign_in(connection: duckdb.DuckDBPyConnection) -> None:
    """Two interactive rows with one correlation id are touched; a lone one and non-interactive ones are not."""
    for row_id, stream, correlation in (
        ("a", "interactive", "c"), ("b", "interactive", "c"), ("d", "interactive", "e"), ("f", "non_interactive", "e"),
    ):  # fmt: skip
        put(connection, "signins", row_id=row_id, stream=stream, correlation_id=correlation)

    assert [2] == [one.rows for one in applying(connection) if one.erratum.id == "MW-E0044"]


def test_all_three_logon_types_managed_is_no_customised_set(connection: duckdb.DuckDBPyConnection) -> None:
    """The neighbour that must not match: nothing was customised, or nothing is known."""
    put(connection, "mailbox_settings", row_id="m", default_audit_set="Admin, Delegate, Owner")
    put(connection, "mailbox_settings", row_id="n", default_audit_set=None)

    assert [] == [one for one in applying(connection) if one.erratum.id == "MW-E0025"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2024, 9, 1), False),
        (datetime(2024, 9, 2), True),
        (datetime(2024, 10, 3, 23), True),
        (datetime(2024, 10, 4), False),
    ],
)
def test_what_data_cannot_show_applies_where_its_window_meets_the_log(
    connection: duckdb.DuckDBPyConnection, day: datetime, expected: bool
) -> None:
    """The loss of September 2024, of which no row speaks; both days of its window belong to it."""
    put(connection, "signins", row_id="r", stream="interactive", time=day)

    found = {one.erratum.id: one for one in applying(connection)}

    assert expected == ("MW-E0013" in found)
    if expected:
        assert ("possible", None, day) == (found["MW-E0013"].how, found["MW-E0013"].rows, found["MW-E0013"].time_from)
    assert "always" == found["MW-E0048"].how


def test_a_log_that_the_case_lacks_has_no_errata(connection: duckdb.DuckDBPyConnection) -> None:
    """An empty case has none, and a case of sign-ins none of the Graph activity log."""
    assert [] == list(applying(connection))
    put(connection, "signins", row_id="r", stream="interactive", time=datetime(2026, 3, 1))
    assert [] == [one for one in applying(connection) if one.erratum.log in ("graph_activity", "unified")]


@pytest.mark.parametrize("name", ["MW-E0015", "mw-e0015", "E0015", "15", "mail_access_throttled"])
def test_an_entry_goes_by_several_names(name: str) -> None:
    """Id, number or slug."""
    assert "MW-E0015" == erratum(name).id


def test_an_unknown_entry_says_which_there_are() -> None:
    """The message leads to the list."""
    with pytest.raises(UsageError, match=r"no erratum 'MW-E9999'; `mailwitness errata` lists them"):
        erratum("MW-E9999")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("effect: missing", "effect: lost"), "effect 'lost' is not known; it is one of false success"),
        (("log: signins", "log: mail"), "log 'mail' is not known"),
        (("checked:", "looked:"), r"lacks \['checked'\] and has unknown \['looked'\]"),
        (("MW-E0013", "MW-E0099"), "says id 'MW-E0099'"),
        (("/*", ""), "does not begin with a comment"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    """File, key, value found and allowed values."""
    path = erratum("13").path
    (tmp_path / path.name).write_text(path.read_text("utf-8").replace(*change))

    with pytest.raises(ValueError, match=message):
        read_erratum(tmp_path / path.name)


def test_the_command_prints_the_catalogue_one_entry_and_both_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The list has every id; an entry has its sources and SQL; JSON has the same."""
    assert 0 == main(["errata"])
    assert all(one.id in capsys.readouterr().out for one in catalogue()[:1])
    assert 0 == main(["errata", "MW-E0013"])
    assert "helpnetsecurity.com" in capsys.readouterr().out
    assert 0 == main(["errata", "--json"])
    told = json.loads(capsys.readouterr().out)

    assert [one.id for one in catalogue()] == [one["id"] for one in told["errata"]]
    assert ("2024-09-02", None) == (told["errata"][12]["window_from"], told["errata"][12]["sql"])
    assert date(2024, 9, 2) == erratum("13").window_from
