"""Our files beside real ones: headers and shapes, field by field. Where the samples are not at hand, these tests are skipped."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailwitness.simulate.exports import entra_portal_csv, log_analytics_csv
from tests.simulate.exports.records import HOUR, bind, directory, one_life, rule, signin, write

SHARED = Path(__file__).parents[4] / "shared/data"
TRAINING = SHARED / "sentinel-training"


def sample(path: Path) -> Path:
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    return path


def table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    return rows[0], [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def shape(text: str) -> str:
    """What kind of text a cell holds."""
    kinds = {
        "empty": r"",
        "time": r"\d{1,2}/\d{1,2}/\d{4}, \d{1,2}:\d\d:\d\d\.\d{3} [AP]M",
        "guid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "address": r"\d+\.\d+\.\d+\.\d+(:\d+)?|\[?[0-9a-f:]*:[0-9a-f:]+\]?(:\d+)?",
        "number": r"-?\d+(\.\d+)?",
        "boolean": r"(?i)true|false",
        "json": r"(?s)[\[{].*[\]}]",
    }
    return next((kind for kind, pattern in kinds.items() if re.fullmatch(pattern, text)), "text")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("log_analytics")
    write("log_analytics_csv", out, one_life())
    return out


def test_office_activity_has_the_columns_of_the_real_export(ours: Path) -> None:
    """All 131 columns in their order; ours has newer ones before the last two."""
    real, _ = table(sample(TRAINING / "office_activity.csv"))
    header, _ = table(ours / "OfficeActivity/query_data.csv")

    assert real == [name for name in header if name in real]
    assert header[-2:] == real[-2:]


@pytest.mark.parametrize("operation", ["MailItemsAccessed", "New-InboxRule"])
def test_office_activity_fills_its_columns_as_the_real_export_does(operation: str, ours: Path) -> None:
    """A cell of ours has the shape that the same cell has in real records of the same operation."""
    _, real = table(sample(TRAINING / "office_activity.csv"))
    _, made = table(ours / "OfficeActivity/query_data.csv")
    (mine, *_) = [row for row in made if row["Operation"] == operation]
    shapes = {name: {shape(row[name]) for row in real if row["Operation"] == operation} for name in real[0]}
    different = {name for name in shapes if shape(mine[name]) not in shapes[name] and name not in _OWN}

    assert set() == different
    assert "MailItemsAccessed" != operation or "50" == mine["RecordType"]


_OWN = {
    "OfficeTenantId", "OfficeTenantId_",  # a placeholder of the training material
    "OfficeObjectId",  # what a rule is called differs
    "AppId",  # none of our hand-made administration records has one
    "OriginatingServer",  # nor that
    "OrganizationName",
}  # fmt: skip


def test_sign_ins_have_the_columns_of_real_exports(ours: Path) -> None:
    """Of the real exports' columns we have all but those that an ended query added, and those of a merged table."""
    header, _ = table(ours / "SigninLogs/query_data.csv")
    for name in ("sign-in_adelete.csv", "disable_accounts.csv"):
        real, _ = table(sample(TRAINING / name))
        bare = {re.sub("_(dynamic|string)$", "", column) for column in real}
        assert set() == bare - {*header, "AdditionalDetails", "InitiatedBy"}


def test_sign_ins_fill_their_columns_as_real_exports_do(ours: Path) -> None:
    """A cell of ours has the shape of the same cell in real rows, where both say something."""
    _, real = table(sample(TRAINING / "sign-in_adelete.csv"))
    _, made = table(ours / "SigninLogs/query_data.csv")
    different = {}
    for name in made[0]:
        source = name if name in real[0] else f"{name}_dynamic"
        if source in real[0]:
            seen = {shape(row[source]) for row in real} - {"empty"}
            mine = {shape(row[name]) for row in made} - {"empty"}
            if seen and not mine <= seen:
                different[name] = (mine, seen)

    assert {} == different


def test_directory_audits_have_the_columns_of_a_real_result(ours: Path) -> None:
    """Of the columns of the table itself; the query of the sample made others."""
    real, _ = table(sample(TRAINING / "AuditLogs_Hunting.csv"))
    header, _ = table(ours / "AuditLogs/query_data.csv")

    assert {name for name in real if name[0].isupper()} - {*header} == {
        "InitiatingUserOrApp", "InitiatingIpAddress", "UserAgent", "AccountCustomEntity", "IPCustomEntity",
    }  # fmt: skip


def _wrapped() -> Iterator[dict[str, Any]]:
    for line in sample(SHARED / "splunk/example_logs.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)["record"]
        if "properties" in record:
            yield record


def test_diagnostic_records_are_wrapped_as_real_ones(tmp_path: Path) -> None:
    """The wrapper's keys and the kinds of their values are those of real sign-ins and directory audits."""
    write(
        "diagnostic_settings",
        tmp_path,
        [signin(1, HOUR, status={"errorCode": 50126, "failureReason": "Bad."}), directory(2, HOUR)],
    )
    mine = {}
    for path in tmp_path.rglob("PT1H.json"):
        record = json.loads(path.read_text("utf-8"))
        mine[record["category"]] = {key: type(value) for key, value in record.items()}
    for category, keys in mine.items():
        real = [record for record in _wrapped() if record["category"] == category]
        seen = {key: type(value) for record in real for key, value in record.items()}
        assert {key: seen.get(key) for key in keys} == keys
        assert set.intersection(*({*record} for record in real)) <= {*keys}


def test_the_portals_headers_have_their_flaws() -> None:
    """57, 22 and 83 columns; a name twice, trailing blanks, a double blank."""
    users, applications = entra_portal_csv.USER_HEADER, entra_portal_csv.APPLICATION_HEADER

    assert (57, 22, 86) == (len(users), len(applications), len(entra_portal_csv.AUDIT_HEADER))
    assert [9, 49] == [place for place, name in enumerate(users) if name == "Incoming token type"]
    assert {"Application ID ", "Resource ID ", "Autonomous system  number"} <= {*users}
    assert {"Application ID ", "Resource ID "} <= {*applications}


def test_every_portal_row_is_as_wide_as_its_header(tmp_path: Path) -> None:
    write("entra_portal_csv", tmp_path, [one for one in one_life() if one.stream != "unified"])

    for path in tmp_path.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            assert 1 == len({len(row) for row in csv.reader(stream)})


def test_the_cmdlets_columns_and_line_ends(tmp_path: Path) -> None:
    """Export-Csv: byte order mark, every value in quotes, CRLF, result index and count that run through one search."""
    write("sual_csv", tmp_path, [bind(number, 9 * HOUR + number * 1000) for number in range(3)])

    raw = (tmp_path / "UnifiedAuditLog-2026-03-02.csv").read_bytes()
    header, rows = table(tmp_path / "UnifiedAuditLog-2026-03-02.csv")
    assert raw.startswith(b'\xef\xbb\xbf"PSComputerName","RunspaceId",')
    assert 4 == raw.count(b"\r\n") == raw.count(b"\n")
    assert [("1", "3"), ("2", "3"), ("3", "3")] == [(row["ResultIndex"], row["ResultCount"]) for row in rows]
    assert ("ExchangeItemAggregated", "3/2/2026 9:00") == (rows[0]["RecordType"], rows[0]["CreationDate"][:13])
    assert header[-1] == "ObjectState"


def test_purview_writes_the_new_header(tmp_path: Path) -> None:
    write("purview_csv", tmp_path, [rule(1, HOUR)])

    header, (row,) = table(tmp_path / "AuditLog_2026-03-02_2026-03-03.csv")
    assert (
        "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames"
        == ",".join(header)
    )
    assert ("1", "2026-03-02T01:00:00.0000000Z") == (row["RecordType"], row["CreationDate"])
    assert rule(1, HOUR).record == json.loads(row["AuditData"])


def test_the_real_office_activity_is_read_like_ours() -> None:
    """The columns of which this module gives a value of its own exist in the real export, so that none is invented."""
    real, _ = table(sample(TRAINING / "office_activity.csv"))

    assert {*log_analytics_csv.OFFICE_COLUMNS} - {*real} == {
        "AppAccessContext", "SessionId", "OperationCount", "Messages", "ActorInfoString", "TokenObjectId", "TokenTenantId", "DeviceId",
    }  # fmt: skip
