"""Cases made by hand: every declared table as a table of an in-memory database, filled with the few rows a test names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pytest

from mailwitness.model.tables import TABLES

_TYPES = {"text": "VARCHAR", "time": "TIMESTAMP", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}

PROCEEDINGS: Mapping[str, str] = {
    "custody_acts": """number BIGINT, time TIMESTAMP, act VARCHAR, name VARCHAR, sha256 VARCHAR, evidence_id VARCHAR,
        line_hash VARCHAR""",
    "questions_asked": "pillar VARCHAR, name VARCHAR, claim VARCHAR, question VARCHAR, sha256 VARCHAR",
}
"""What the workflow tells a report of the case itself: the acts on it and the questions asked."""

VIEWS: Mapping[str, str] = {
    "exposure_sessions": """mailbox VARCHAR, actor VARCHAR, actor_kind VARCHAR, accessed_as VARCHAR, users VARCHAR[],
        apps VARCHAR[], clients VARCHAR[], addresses VARCHAR[], first_time TIMESTAMP, last_time TIMESTAMP, accesses BIGINT,
        messages BIGINT, syncs BIGINT, folders_synced BIGINT, throttled BIGINT, bounds VARCHAR, background VARCHAR, remark VARCHAR""",
    "exposed_messages": """mailbox VARCHAR, actor VARCHAR, actor_kind VARCHAR, accessed_as VARCHAR, message VARCHAR,
        internet_message_id VARCHAR, item_id VARCHAR, subject VARCHAR, folder_path VARCHAR, size_bytes BIGINT,
        first_time TIMESTAMP, last_time TIMESTAMP, accesses BIGINT, attachments BIGINT, client VARCHAR, client_ip VARCHAR, session VARCHAR,
        bounds VARCHAR""",
    "first_party_apps": "app_id VARCHAR, name VARCHAR",
    "exposure_scopes": "mailbox VARCHAR, actor VARCHAR, accesses BIGINT, bounds VARCHAR, is_background BOOLEAN",
    "mailbox_message_counts": "mailbox VARCHAR, messages BIGINT",
    "exposed_folders": """mailbox VARCHAR, actor VARCHAR, folder_path VARCHAR, first_time TIMESTAMP, last_time TIMESTAMP,
        syncs BIGINT""",
    "errata_applying": """id VARCHAR, effect VARCHAR, title VARCHAR, how VARCHAR, rows BIGINT, time_from TIMESTAMP, time_to TIMESTAMP,
        claims VARCHAR[], sources VARCHAR[]""",
    "exposure_unknown": """mailbox VARCHAR, actor VARCHAR, actor_kind VARCHAR, time_from TIMESTAMP, time_to TIMESTAMP,
        code VARCHAR, reason VARCHAR, would_decide VARCHAR""",
    "legacy_advice": """scope VARCHAR, mailbox VARCHAR, protocol VARCHAR, switch VARCHAR, successes BIGINT, failures BIGINT, users BIGINT,
        addresses BIGINT, time_from TIMESTAMP, time_to TIMESTAMP, exchange_command VARCHAR, policy_command VARCHAR,
        conditional_access VARCHAR""",
    "provenance_gaps": """day TIMESTAMP, client VARCHAR, app VARCHAR, credentials BIGINT, without_signin BIGINT, unexplained BIGINT,
        rate_of_app DOUBLE, rate_of_client DOUBLE""",
    **PROCEEDINGS,
}
"""The views that the analyses give, the table of errata and the case's own proceedings, as the report reads them."""

Rows = Sequence[Mapping[str, Any]]
Given = Callable[..., duckdb.DuckDBPyConnection]


def at(text: str) -> datetime:
    """``2026-03-02T09:14:55`` as the naive UTC time that tables hold."""
    return datetime.fromisoformat(text)


def make_case(views: Mapping[str, str] = VIEWS, **tables: Rows) -> duckdb.DuckDBPyConnection:
    """A database with every table of the model and the views of the exposure analyses, which here are tables too."""
    connection = duckdb.connect(config={"threads": 1})
    for name, table in TABLES.items():
        spec = ", ".join(f'"{column.name}" {_TYPES[column.type]}' for column in table.columns)
        connection.execute(f"CREATE TABLE {name} ({spec})")
    for name, spec in views.items():
        connection.execute(f"CREATE TABLE {name} ({spec})")
    for name, rows in tables.items():
        for row in rows:
            names = ", ".join(f'"{key}"' for key in row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO {name} ({names}) VALUES ({marks})", list(row.values()))
    return connection


@pytest.fixture
def given() -> Given:
    """``given(evidence=[…], mail_accesses=[…])`` gives a connection with every table, those filled, the others empty."""
    return make_case
